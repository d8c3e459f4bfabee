"""The sweeps of a function that ``sct.checkpoint`` marks: they keep its arguments, and run it again.

Before: ``y = sct.checkpoint(g)(x, c)``.
After: ``y, g_residuals = g_again_forward(x, c)``, whose residuals are ``(x, c)``; ``g_again_reverse`` begins with
``g_forward(x, c)``.  What the caller writes into its arguments later it restores, as for any callee.
"""

from __future__ import annotations

from sct.backend.functions import docstring
from sct.backend.names import added
from sct.backend.wrapping import indent
from sct.backend.writer import Writer
from sct.ir.nodes import Op


def write_checkpoint(writer: Writer, op: Op, name: str) -> str:
    """``NAME_again_forward`` and ``NAME_again_reverse``, for the pair ``NAME_forward`` and ``NAME_reverse``."""
    ref, params, keywords = op.attrs["callee"], list(op.attrs["params"]), op.attrs["keywords"]
    function = writer.reach(ref)
    own = [added(param, [function.split(".")[0]]) for param in params]
    passed = [f"{param}={name}" if param in keywords else name for param, name in zip(params, own, strict=True)]
    bar = added(f"{ref.label}_bar", params)
    call, signature = f"{ref.label}({', '.join(params)})", ", ".join(own)
    kept = f"({signature},)" if len(params) == 1 else f"({signature})"
    wanted = ", ".join(f"{params[k]}_bar" for k in op.attrs["wrt"])
    return "\n".join(
        [
            f"def {name}_again_forward({signature}):",
            *indent(docstring(f"Return ``{call}`` and its arguments.")),
            f"    return {function}({', '.join(passed)}), {kept}",
            "",
            "",
            f"def {name}_again_reverse(arguments, {bar}):",
            *indent(docstring(f"Run ``{call}`` again; return its adjoint ``{wanted}``, seeded with ``{bar}``.")),
            f"    _, residuals = {name}_forward(*arguments)",
            f"    return {name}_reverse(residuals, {bar})",
        ]
    )
