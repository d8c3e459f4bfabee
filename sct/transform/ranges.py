"""A range run backwards, in the form that a person writes and that Numba compiles (no ``reversed``)."""

from __future__ import annotations

from sct.ir.nodes import Value
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


def _sign(step: Value, build: Builder) -> Value:
    return build.text("where(step > 0, 1, -1)", {"step": step})
