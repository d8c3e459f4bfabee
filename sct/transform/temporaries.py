"""Names for temporaries, should they need one: after what they are part of, never from a counter.

Before: ``%1 = sub %w1, 8`` in ``return (w1 - 8)**2``.
After: the temporary would be called ``w1_diff``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.ir.names import identifier
from sct.ir.nodes import Function, Op, Value
from sct.transform.masks import COMPARISONS

_NOUNS = {
    "add": "sum",
    "sub": "diff",
    "mul": "product",
    "div": "ratio",
    "pow": "power",
    "matmul": "product",
    "dot": "product",
    "neg": "negative",
    "getitem": "item",
    "stop_gradient": "constant",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "invert": "not",
    "where": "choice",
    "lt": "is_less",
    "le": "is_at_most",
    "gt": "is_greater",
    "ge": "is_at_least",
    "eq": "is_equal",
    "ne": "differs",
    "astype_like": "mask",
    "array_of": "array",
    "array_of_list": "array",
    "array_of_tuple": "array",
    "array_of_table": "array",
    "stack_of": "stack",
    "vstack_of": "stack",
    "hstack_of": "stack",
    "column_stack_of": "stack",
    "concatenate_of": "joined",
    "diagonal_places": "diagonal",
    **dict.fromkeys(("nonzero", "triu_indices", "tril_indices", "diag_indices", "diag_indices_from", "ix"), "indices"),
}

_OF_SHAPE = frozenset({"slice", "none", "ellipsis", "step"})


def name_temporaries(fn: Function) -> None:
    """Give every unnamed value of ``fn`` a name to fall back on."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for op in fn.body.walk():
        for result in op.results:
            if result.hint is None and result.temp is None:
                result.temp = name_of(op, makers)


def noun(op: Op) -> str:
    """What an operation makes: a sum, a product."""
    if op.name == "pow" and op.operands[1].type.dim == 3:
        return "cube"
    if op.name == "tuple" and (form := op.attrs.get("form")) is not None and form.kind in ("dict", "list"):
        return str(form.kind)
    if len(op.results) == 1 and op.result.type.kind == "bool" and op.name == "if":
        return "condition"  # what the function returns is its value
    if op.name in COMPARISONS and op.result.type.is_array:
        return "mask"
    return "value" if op.name == "if" else _NOUNS.get(op.name, op.name)


def name_of(op: Op, makers: Mapping[Value, Op]) -> str:
    """What a result of ``op`` is called, should it need a name."""
    target = op.stmt.target if op.stmt is not None else "value"
    if op.name == "call":
        return f"{op.attrs['callee'].label}_value"
    if op.name == "global":
        return identifier(op.attrs["name"])
    if op.name == "getitem":
        return part_name(op.operands[0], op.operands[1:], makers)
    if op.name == "item":
        form, index = op.operands[0].type.form, op.attrs["index"]
        label = form.words[index] if form is not None and form.labels else str(index)
        base = op.operands[0].hint or op.operands[0].temp
        return label if label.isidentifier() else f"{base}_{label}" if label.isdigit() and base else f"{target}_item"
    subject = op.operands[0].hint if op.operands else None
    return f"{subject or target}_{noun(op)}"


def part_name(array: Value, path: Sequence[Value], makers: Mapping[Value, Op]) -> str:
    """``u_i`` for ``u[i]`` and ``u[i, :]``, ``u_i_bar`` for a part of its adjoint; anything else is ``u_item``."""
    name = array.hint or array.temp or "item"
    suffix = next((suffix for suffix in ("_bar", "_dot") if name.endswith(suffix)), "")
    parts = [_index_name(index, makers) for index in path if index.type.kind not in _OF_SHAPE]
    known = [part for part in parts if part is not None]
    whole = name.removesuffix(suffix)
    if len(known) < len(parts):
        return f"{whole}_item{suffix}"
    return "_".join([whole, *known]) + suffix if known or whole.endswith("_part") else f"{whole}_part{suffix}"


def _index_name(index: Value, makers: Mapping[Value, Op]) -> str | None:
    maker = makers.get(index)
    number = maker.attrs["value"] if maker is not None and maker.name == "const" else None
    return index.hint or (str(number) if isinstance(number, int) and number >= 0 else None)
