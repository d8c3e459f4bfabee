"""What fused loops rely on: that sizes with one name are equal, which NumPy would say where they are not.

Before: parameters ``A: Float[np.ndarray, "n n"]`` and ``B: Float[np.ndarray, "n n"]``.
After: ``assert A.shape[1] == A.shape[0]; assert B.shape == A.shape`` in front of all else.
"""

from __future__ import annotations

import re

from sct.ir.nodes import Block, Dim, Function, Value
from sct.transform.build import Builder
from sct.transform.fusing.nests import plus, size_of


def check_sizes(fn: Function) -> int:
    """Check the sizes of the parameters where there are fused loops; returns how many operations do it."""
    if not any(op.attrs.get("fused") for op in fn.body.walk()):
        return 0
    builder = Builder(Block())
    builder.span, builder.lib = fn.span, "numpy"
    arrays: dict[tuple[Dim, ...], Value] = {}
    known: dict[str, tuple[Value, int, int]] = {}
    for param in fn.params:
        dims = param.type.shape if param.type.is_array else None
        if dims is None:
            continue
        if dims in arrays and len(dims) > 1 and not any(str(dim).startswith("?") for dim in dims):
            shapes = [builder.op("shape", array, style="attr") for array in (param, arrays[dims])]
            builder.effect("assert", builder.op("eq", *shapes))
            continue
        arrays[dims] = param
        for axis, dim in enumerate(dims):
            name, less = _parts(dim)
            if isinstance(dim, int):
                builder.effect("assert", builder.op("eq", size_of(builder, param, axis), builder.const(dim)))
            elif name in known:
                other, place, by = known[name]
                size = plus(builder, size_of(builder, other, place), by - less)
                builder.effect("assert", builder.op("eq", size_of(builder, param, axis), size))
            elif not name.startswith("?"):
                known[name] = (param, axis, less)
    fn.body.ops[:0] = builder.block.ops
    return len(builder.block.ops)


def _parts(dim: Dim) -> tuple[str, int]:
    """The name of a size, and what is taken away from it."""
    match = re.fullmatch(r"(.*?)\+?(?:-(\d+))?", str(dim))
    assert match is not None
    return match[1], int(match[2] or 0)
