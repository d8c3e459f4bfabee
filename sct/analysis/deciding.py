"""Branches that the kinds of the arguments decide.

Before: ``%c = is %cache, None; %cache2 = if %c { yield %new } else { yield %cache }``, where ``%cache`` is None.
After: ``%new`` stands for ``%cache2``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Op, Value


def decided(op: If, fn: Function, makers: Mapping[Value, Op], exact: bool) -> int | None:
    """Which block of an ``if`` is entered, where it asks whether a parameter is None; None if that is not known.

    Types that are not ``exact`` come from annotations, and what they say may be None for all that.
    """
    asked = makers.get(op.operands[0])
    if asked is None or asked.name not in ("is", "is_not"):
        return None
    value, other = asked.operands
    maker = makers.get(other)
    if (
        maker is None
        or maker.attrs.get("value", 0) is not None
        or value not in fn.params
        or value.type.kind == "unknown"
        or value.type.optional
    ):
        return None
    is_none = value.type.kind == "none"
    default = fn.defaults.get(fn.param_names[fn.params.index(value)])
    if not is_none and value.type.literal is None and (default == "None" or not exact):
        return None
    return 0 if is_none == (asked.name == "is") else 1


def take_decided(fn: Function) -> None:
    """Leave the branches out that are not entered."""
    instead = Instead()
    _take(fn.body, instead)
    instead.substitute(fn.body)


def _take(block: Block, instead: Instead) -> None:
    ops = []
    for op in block.ops:
        for owned in op.blocks:
            _take(owned, instead)
        taken = op.attrs.get("taken")
        if taken is None:
            ops.append(op)
            continue
        entered = op.blocks[taken]
        ops += entered.ops
        for result, value in zip(op.results, entered.yields, strict=True):
            instead[result] = value
    block.ops = ops
