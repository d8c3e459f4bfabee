"""Loops that surely have a turn: what each turn binds before it reads it needs no value from before.

Before: ``%y.2 = for (%k, %y.1) in (0, 3, 1, %y0) { %1 = sin %x; yield %1 }``.
After: the loop starts from ``undef``, so that a loop around it need not carry ``%y`` from turn to turn.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, Function, Loop, Op, Value, While
from sct.ir.operations import COMPARISONS

_TESTS: dict[str, Callable[..., Any]] = {**COMPARISONS, "not": operator.not_}


def enter(fn: Function) -> bool:
    """Let loops that surely have a turn start from nothing where a turn reads nothing of before; whether any does."""
    found = False
    uses = use_counts(fn.body)
    constants = {op.result: op.attrs["value"] for op in fn.body.walk() if op.name == "const"}
    for block in fn.body.blocks():
        for loop in [op for op in block.ops if isinstance(op, Loop)]:
            if _is_entered(loop, constants):
                loop.attrs["entered"] = True
                found |= _start_anew(loop, block, uses)
    return found


def _start_anew(loop: Loop, block: Block, uses: Mapping[Value, int]) -> bool:
    found, first = False, len(loop.operands) - len(loop.inits)
    for k, carried in enumerate(loop.carried):
        asked = loop.test.args[k] if isinstance(loop, While) else carried
        if not uses.get(carried) and not uses.get(asked):
            absent = Op("undef", [], [Value()], {}, None, loop.stmt)
            block.ops.insert(block.ops.index(loop), absent)
            loop.operands[first + k], found = absent.result, True
    return found


def _is_entered(loop: Loop, constants: Mapping[Value, Any]) -> bool:
    """Whether a loop has a turn, as far as constants tell."""
    if isinstance(loop, For):
        bounds = [bound for value in loop.operands[:3] if isinstance(bound := constants.get(value), int)]
        return len(bounds) == 3 and bounds[2] != 0 and len(range(*bounds)) > 0
    assert isinstance(loop, While)
    values = {arg: constants[init] for arg, init in zip(loop.test.args, loop.inits, strict=True) if init in constants}
    values |= {value: constants[value] for value in _made_in(loop.test) if value in constants}
    for op in loop.test.ops:
        if op.name in _TESTS and all(isinstance(values.get(operand), int | float) for operand in op.operands):
            values[op.result] = _TESTS[op.name](*(values[operand] for operand in op.operands))
    return bool(values.get(loop.test.yields[0], False))


def _made_in(block: Block) -> list[Value]:
    return [result for op in block.ops for result in op.results]
