"""A range run backwards, in the form that a person writes and that Numba compiles (no ``reversed``)."""

from __future__ import annotations

from sct.ir.nodes import Value
from sct.transform.build import Builder


def reversed_range(start: Value, stop: Value, step: Value, build: Builder) -> list[Value]:
    """Start, stop and step that visit ``range(start, stop, step)`` backwards.

    ``range(a, b)`` becomes ``range(b - 1, a - 1, -1)``; with any other step the last index that is reached comes
    first: ``a + (b - a - 1) // s * s``, which lies before ``a`` (so that the range is empty) where ``b <= a``.
    """
    size = step.type.dim
    if size in (1, -1):
        one = build.const(size)
        return [build.op("sub", stop, one), build.op("sub", start, one), build.op("neg", step)]
    sign = build.const(1 if size > 0 else -1) if isinstance(size, int) else _sign(step, build)
    reach = build.op("sub", build.op("sub", stop, start), sign)
    last = build.op("add", start, build.op("mul", build.op("floordiv", reach, step), step))
    return [last, build.op("sub", start, sign), build.op("neg", step)]


def reversed_turns(start: Value, step: Value, turns: Value, build: Builder) -> list[Value]:
    """The same for the first ``turns`` turns of a range."""
    last = build.op("add", start, build.op("mul", build.op("sub", turns, build.const(1)), step))
    return [last, build.op("sub", start, step), build.op("neg", step)]


def _sign(step: Value, build: Builder) -> Value:
    return build.text("where(step > 0, 1, -1)", {"step": step})
