"""Side by side: every column is run in every round, and what counts is the median of the rounds' ratios."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Run = Callable[[], object]


_LONG = 0.1
"""What takes so many seconds is not run once more in each round."""


def seconds(run: Run, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def ratios(columns: Mapping[str, Run], unit: str, budget: float) -> dict[str, float]:
    """The time of each column in times of ``unit``; each has run once before, so that it is compiled.

    Parameters
    ----------
    budget : float
        About how many seconds to spend.
    """
    once = {name: seconds(run, 1) for name, run in columns.items()}
    # What takes much longer than the others is run this once: its ratio is far off any bar.
    slow = {name: t / once[unit] for name, t in once.items() if t > max(0.2, budget / 4) and name != unit}
    columns = {name: run for name, run in columns.items() if name not in slow}
    once = {name: min(once[name], seconds(run, 1)) for name, run in columns.items()}
    times = {name: max(1, int(0.003 / max(t, 1e-9))) for name, t in once.items()}
    times = {name: max(count, int(0.003 / max(seconds(columns[name], count), 1e-9))) for name, count in times.items()}
    cost = sum(max(0.003, once[name]) for name in columns)
    rounds = min(61, max(3, int(budget / cost)))
    samples: dict[str, list[float]] = {name: [] for name in columns}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in columns.items():
                if once[name] < _LONG:  # the first run after other columns pays for the memory that it needs
                    run()
                samples[name].append(seconds(run, times[name]))
            gc.collect()
    finally:
        gc.enable()
    return slow | {
        name: statistics.median(t / base for t, base in zip(taken, samples[unit], strict=True))
        for name, taken in samples.items()
    }
