"""A range run backwards, in the form that a person writes and, where the step is a constant, that Numba compiles."""

from __future__ import annotations

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, Function, Op, Value
from sct.transform.build import Builder
from sct.transform.unused import drop_unused

_BOUNDS = frozenset({"const", "sub", "add", "mul", "floordiv", "neg", "where", "gt"})


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


def reversed_count(first: Value, after: Value, step: int, build: Builder) -> list[Value]:
    """The same for what began at ``first`` and has had ``step`` added in each turn, which made ``after`` of it."""
    back = "sub" if step > 0 else "add"
    size = build.const(abs(step))
    return [build.op(back, after, size), build.op(back, first, build.const(1)), build.const(-step)]


def read_backwards(fn: Function, boundary: int) -> int:
    """Let a loop that runs a range with a variable step backwards be ``for i in reversed(range(0, n, step))``.

    That is so where the range is of what the function's own block has.  Returns where the reverse sweep, which began at
    ``boundary``, begins then.
    """
    first = fn.body.ops[:boundary]
    known = {*fn.params, *(result for op in first for result in op.results)}
    values = [value for op in fn.body.walk() for value in op.results]
    values += [arg for block in fn.body.blocks() for arg in block.args]
    if "reversed" in {*fn.param_names, *(value.hint for value in values)}:
        return boundary  # the author's, which would hide Python's
    for loop in [op for op in fn.body.walk() if isinstance(op, For)]:
        forward = loop.origin
        if not isinstance(forward, For) or forward.stops or isinstance(forward.operands[2].type.dim, int):
            continue
        if known.issuperset(forward.operands[:3]):
            loop.operands[:3] = forward.operands[:3]
            loop.attrs["reversed"] = True
    drop_unused(fn.body, lambda op: op.name in _BOUNDS and op.origin is not None)
    kept = set(fn.body.ops)
    return sum(op in kept for op in first)


def count_up(fn: Function, boundary: int) -> int:
    """Let ``for _ in range(n - 1, -1, -1)``, where nothing uses the index, be ``for _ in range(n)``.

    Returns where the reverse sweep, which began at ``boundary``, begins then.
    """
    if not any(isinstance(op, For) for op in fn.body.walk()):
        return boundary
    count, first = use_counts(fn.body), fn.body.ops[:boundary]
    made = {result: op for op in fn.body.walk() for result in op.results}
    for block in list(fn.body.blocks()):
        for loop in [op for op in block.ops if isinstance(op, For) and op.origin is not None]:
            start, stop, step = loop.operands[:3]
            maker, numbers = made.get(start), [_number(made.get(value)) for value in (stop, step)]
            if loop.body.args[0].hint != "_" or count[loop.body.args[0]] or numbers != [-1, -1] or maker is None:
                continue
            build, last = Builder(Block(), loop.stmt), _number(maker)
            if last is not None:
                turns = build.const(last + 1)
            elif maker.name == "sub" and _number(made.get(maker.operands[1])) == 1:
                turns = maker.operands[0]
            else:
                continue
            loop.operands[:3] = [build.const(0), turns, build.const(1)]
            place = block.ops.index(loop)
            block.ops[place:place] = build.block.ops
    drop_unused(fn.body, lambda op: op.name in _BOUNDS and op.origin is not None)
    kept = set(fn.body.ops)
    return sum(op in kept for op in first)


def _number(op: Op | None) -> int | None:
    value = op.attrs["value"] if op is not None and op.name == "const" else None
    return value if isinstance(value, int) else None


def _sign(step: Value, build: Builder) -> Value:
    return build.text("where(step > 0, 1, -1)", {"step": step})
