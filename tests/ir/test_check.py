"""The checker finds what a broken pass would hand on."""

from __future__ import annotations

import pytest

from sct.errors import Span
from sct.ir.check import InvalidIR, check
from sct.ir.nodes import Block, For, Function, If, Op, Value

SPAN = Span("f.py", 1, 0, 1, 1)


def _function(block: Block) -> Function:
    return Function("f", block, [str(k) for k in range(len(block.args))], SPAN)


def _square(x: Value) -> Op:
    return Op("mul", [x, x], [Value(hint="y")])


def test_a_sound_function() -> None:
    x = Value(hint="x")
    op = _square(x)
    check(_function(Block([x], [op], [op.result])))


def test_a_value_used_before_its_definition() -> None:
    x = Value(hint="x")
    first = _square(x)
    second = _square(first.result)
    with pytest.raises(InvalidIR, match="mul uses <y: unknown>, which is not defined there"):
        check(_function(Block([x], [second, first], [second.result])))


def test_a_value_out_of_sight() -> None:
    x = Value(hint="x")
    inner = _square(x)
    branch = If("if", [x], [], then=Block([], [inner], []), orelse=Block())
    fn = _function(Block([x], [branch], [inner.result]))
    with pytest.raises(InvalidIR, match="the yield of the function uses <y: unknown>, which is out of sight there"):
        check(fn)
    check(fn, elsewhere=lambda value: value is inner.result)


def test_a_second_definition_and_a_second_place() -> None:
    x = Value(hint="x")
    op = _square(x)
    with pytest.raises(InvalidIR, match=r"mul stands in two places.*is defined twice, again by mul"):
        check(_function(Block([x], [op, op], [op.result])))


def test_blocks_that_hand_on_too_little() -> None:
    x = Value(hint="x")
    branch = If("if", [x], [Value()], then=Block(yields=[x]), orelse=Block())
    with pytest.raises(InvalidIR, match=r"an if hands on \[1, 0\] values for 1 results"):
        check(_function(Block([x], [branch], [x])))
    arg = Value(hint="i")
    loop = For("for", [x, x, x, x], [Value()], body=Block([arg, Value()], [], []))
    with pytest.raises(InvalidIR, match=r"a for has \[1, 1, 0, 1\] initial, carried, next and resulting values"):
        check(_function(Block([x], [loop], [x])))
