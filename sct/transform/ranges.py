"""A range run backwards, in the form that a person writes and that Numba compiles (no ``reversed``)."""

from __future__ import annotations

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, Function, Value
from sct.transform.build import Builder


def reversed_range(start: Value, stop: Value, step: Value, build: Builder) -> list[Value]:
    """Start, stop and step that visit ``range(start, stop, step)`` backwards.

    ``range(a, b)`` becomes ``range(b - 1, a - 1, -1)``, and ``range(b, a, -1)`` becomes ``range(a + 1, b + 1)``; with
    any other step the last index that is reached comes first: ``a + (b - a - 1) // s * s``, or
    ``b - (b - a - 1) // s * s`` where the step is ``-s``, which lies beyond the range's end where ``b <= a``.
    """
    size = step.type.dim
    if not isinstance(size, int):
        sign = _sign(step, build)
        reach = build.op("sub", build.op("sub", stop, start), sign)
        last = build.op("add", start, build.op("mul", build.op("floordiv", reach, step), step))
        return [last, build.op("sub", start, sign), build.op("neg", step)]
    # Towards larger indices, what lies beyond is one more.
    high, low, onward, back = (stop, start, "add", "sub") if size > 0 else (start, stop, "sub", "add")
    one, width = build.const(1), build.const(abs(size))
    if abs(size) == 1:
        last = build.op(back, stop, one)
    else:
        reach = build.op("sub", build.op("sub", high, low), one)
        last = build.op(onward, start, build.op("mul", build.op("floordiv", reach, width), width))
    return [last, build.op(back, start, one), build.const(-size)]


def reversed_turns(start: Value, step: Value, turns: Value, build: Builder) -> list[Value]:
    """The same for the first ``turns`` turns of a range."""
    last = build.op("add", start, build.op("mul", build.op("sub", turns, build.const(1)), step))
    return [last, build.op("sub", start, step), build.op("neg", step)]


def count_up(fn: Function, boundary: int) -> int:
    """Let a loop run as often as the author's, if neither uses the index, which he calls ``_``.

    Returns where the reverse sweep, which began at ``boundary``, begins then.
    """
    count, first = use_counts(fn.body), fn.body.ops[:boundary]
    for block in list(fn.body.blocks()):
        for loop in [op for op in block.ops if isinstance(op, For) and isinstance(op.origin, For)]:
            index, forward = loop.body.args[0], loop.origin
            if index.hint != "_" or count[index] or not isinstance(forward, For):
                continue
            before = loop.operands[:3]
            if not forward.stops:
                loop.operands[:3] = forward.operands[:3]
            else:
                build = Builder(Block(), loop.stmt)
                loop.operands[:3] = [build.const(0), forward.attrs["turns"], build.const(1)]
                k = block.ops.index(loop)
                block.ops[k:k] = build.block.ops
            _drop_unused(fn, before)
    kept = set(fn.body.ops)
    return sum(op in kept for op in first)


def _drop_unused(fn: Function, values: list[Value]) -> None:
    """Drop what computed the values, if nothing uses them."""
    count = use_counts(fn.body)
    unused = {value for value in values if not count[value]}
    for block in fn.body.blocks() if unused else ():
        gone = [op for op in block.ops if op.origin is not None and unused.issuperset(op.results) and op.results]
        block.ops = [op for op in block.ops if op not in gone]
        if gone:
            _drop_unused(fn, [value for op in gone for value in op.operands])


def _sign(step: Value, build: Builder) -> Value:
    return build.text("where(step > 0, 1, -1)", {"step": step})
