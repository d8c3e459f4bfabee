"""How cost grows: with the steps of a time loop, and with the length of what is transformed."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Sequence

from bench.compiled import compile_module, load
from bench.rows import SAMPLES
from sct.pipeline import Request, differentiate

STEPS = (100, 1_000, 10_000, 100_000)
LINES = (20, 100, 500)


def steps(counts: Sequence[int] = STEPS) -> list[tuple[int, float, float, float]]:
    """For each number of steps of the pendulum: time a step, plain and under Numba, and peak bytes a step.

    Times are in units of the first row's.
    """
    plain = load("pendulum_grad", SAMPLES).final_angle_adjoint
    compiled = compile_module("pendulum_grad", SAMPLES).final_angle_adjoint
    compiled(0.9, 1.2, 0.3, 2, 0.01)
    found = []
    for count in counts:
        args = (0.9, 1.2, 0.3, count, 0.01)
        times = []
        for function in (plain, compiled):
            taken = []
            for _ in range(7):
                start = time.perf_counter()
                for _ in range(max(1, counts[-1] // count // 10)):
                    function(*args)
                taken.append((time.perf_counter() - start) / max(1, counts[-1] // count // 10))
            times.append(statistics.median(taken) / count)
        tracemalloc.start()
        plain(*args)
        peak = tracemalloc.get_traced_memory()[1] / count
        tracemalloc.stop()
        found.append((count, *times, peak))
    first = found[0]
    return [(count, a / first[1], b / first[2], peak) for count, a, b, peak in found]


def lengths(counts: Sequence[int] = LINES) -> list[tuple[int, float]]:
    """For each number of lines: the milliseconds that a transformation takes."""
    found = []
    for count in counts:
        lines = [f"    y{k + 1} = math.sin(y{k}) * x + y{k} * {k + 1}.0" for k in range(count - 2)]
        text = "\n".join(["import math", "def f(x: float) -> float:", "    y0 = x", *lines, f"    return y{count - 2}"])
        times = []
        for _ in range(5):
            start = time.process_time()
            differentiate(text, "f.py", [Request("f", (0,), "adjoint")])
            times.append(time.process_time() - start)
        found.append((count, 1000 * statistics.median(times)))
    return found
