"""What is measured: by part and name, each a function that returns its result as JSON.

``measure`` runs one of them, in a process of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import gradbench, growth, npbench
from bench.columns import columns
from bench.measure import ratios
from bench.rows import ROWS, Row


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes
    ----------
    seconds : float
        About how long to measure a row.
    small : bool
        Take small arguments.
    gradbench : Path, optional
        A checkout of GradBench.
    python : str
        The interpreter that runs GradBench's evals.
    """

    seconds: float
    small: bool
    gradbench: Path | None = None
    python: str = ""


def row(given: Row, options: Options) -> Any:
    """The times of the columns in units of the primal's, why others are empty, and how many numbers are active."""
    runs, empty = columns(given, options.small)
    inputs = sum(int(np.size(given.args(options.small)[k])) for k in given.wrt)
    return {"ratios": ratios(runs, "primal", options.seconds), "empty": empty, "inputs": inputs}


def _medium(given: Row, options: Options) -> Any:
    return asdict(npbench.measured(given, options.small, options.seconds / 4))


def _gradbench(name: str, options: Options) -> Any:
    if options.gradbench is None:
        raise FileNotFoundError("no checkout of GradBench was named (--gradbench)")
    return gradbench.measured(name, options.gradbench, options.python, options.seconds / 4)


def _steps(options: Options) -> Any:
    return [asdict(steps) for steps in growth.by_steps((100, 1_000) if options.small else growth.STEPS)]


def _length(count: int, options: Options) -> Any:
    return growth.length(count)


PARTS: dict[str, dict[str, Callable[[Options], Any]]] = {
    "rows": {given.name: partial(row, given) for given in ROWS},
    "medium": {given.name: partial(_medium, given) for given in npbench.KERNELS},
    "gradbench": {name: partial(_gradbench, name) for name in gradbench.EVALS},
    "growth": {"steps": _steps, **{f"{count} lines": partial(_length, count) for count in growth.LINES}},
}


def measure(part: str, name: str, options: Options) -> Any:
    """One of `PARTS`."""
    warnings.filterwarnings("ignore", message=".*faster on contiguous arrays.*")
    return PARTS[part][name](options)
