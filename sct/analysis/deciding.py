"""Branches that the kinds of the arguments decide.

Before: ``%c = is %cache, None; %cache2 = if %c { yield %new } else { yield %cache }``, where ``%cache`` is None; or
``%c = isscalar %x``, where ``%x`` is an array; or ``%c = eq (ndim %x), 2``.
After: ``%new`` stands for ``%cache2``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Op, Value
from sct.rules.kinds import QUESTIONS

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}


def decided(op: If, fn: Function, makers: Mapping[Value, Op], exact: bool) -> int | None:
    """Which block of an ``if`` is entered, where it asks whether something is None; None if that is not known.

    Types that are not ``exact`` come from annotations, and what they say may be None for all that.
    """
    asked = makers.get(op.operands[0])
    if asked is None or asked.name not in ("is", "is_not"):
        answer = _answer(op.operands[0], makers)
        if answer is not None and not _is_question(op.operands[0], makers) and _checks(op, op.blocks[answer]):
            return None
        return None if answer is None else 0 if answer else 1
    value, other = asked.operands
    if not _is_none(other, makers):
        return None
    if _is_none(value, makers):
        return 0 if asked.name == "is" else 1
    if value not in fn.params or value.type.kind == "unknown" or value.type.optional:
        return None
    is_none = value.type.kind == "none"
    default = fn.defaults.get(fn.param_names[fn.params.index(value)])
    if not is_none and value.type.literal is None and (default == "None" or not exact):
        return None
    return 0 if is_none == (asked.name == "is") else 1


def _is_none(value: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether a value is the author's None, or one among the items that he writes out."""
    maker = makers.get(value)
    if maker is not None and maker.name == "item":
        items = makers.get(maker.operands[0])
        return items is not None and items.name == "tuple" and _is_none(items.operands[maker.attrs["index"]], makers)
    return maker is not None and maker.name == "const" and maker.attrs["value"] is None


def _checks(op: If, left_out: Block) -> bool:
    """Whether the author checks a rank here: it is told by that, and another one is still to be refused by it."""
    return op.attrs.get("form") != "stmt" or any(inner.name == "raise" for inner in left_out.walk())


def _is_question(value: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether a condition is a question about kinds, or begins with one."""
    maker = makers.get(value)
    if maker is not None and (maker.name == "not" or (isinstance(maker, If) and maker.attrs.get("taken") is not None)):
        return _is_question(maker.operands[0], makers)
    return maker is not None and maker.name in QUESTIONS


def _answer(value: Value, makers: Mapping[Value, Op]) -> bool | None:
    """What types answer to a question about kinds, as far as a value is one, or is made of such and of constants."""
    maker, answer = makers.get(value), value.type.dim
    if maker is not None and maker.name in _COMPARED:
        numbers = [_number(operand, makers) for operand in maker.operands]
        is_asked = any(makers[operand].name != "const" for operand in maker.operands if operand in makers)
        return None if None in numbers or not is_asked else bool(_COMPARED[maker.name](*numbers))
    if maker is None or value.type.kind != "bool" or not isinstance(answer, bool):
        return None
    if maker.name == "not":
        inner = _answer(maker.operands[0], makers)
        return None if inner is None else not inner
    is_decided = isinstance(maker, If) and maker.attrs.get("taken") is not None and _asks(maker.operands[0], makers)
    return answer if maker.name in QUESTIONS or is_decided else None


def _number(value: Value, makers: Mapping[Value, Op]) -> int | None:
    """The number of dimensions that is asked for, or a constant that it is compared with."""
    maker = makers.get(value)
    if maker is None:
        return None
    if maker.name == "const":
        found = maker.attrs["value"]
        return found if type(found) is int else None
    shape = makers.get(maker.operands[0]) if maker.name == "len" else maker if maker.name == "ndim" else None
    return shape.operands[0].type.rank if shape is not None and shape.name in ("shape", "ndim") else None


def _asks(value: Value, makers: Mapping[Value, Op]) -> bool:
    return _answer(value, makers) is not None


def take_decided(fn: Function) -> None:
    """Leave the branches out that are not entered; questions about kinds are constants then."""
    for op in fn.body.walk():
        if op.name in QUESTIONS and isinstance(op.result.type.dim, bool):
            answer = op.result.type.dim
            op.name, op.operands, op.attrs = "const", [], {"value": answer, "text": repr(answer)}
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
