"""The results that the page is made of, read from records; what has failed or was not measured says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import gradbench, growth, npbench
from bench.columns import NAMES
from bench.growth import Steps
from bench.npbench import Medium
from bench.records import Records
from bench.rows import ROWS, Row


@dataclass(frozen=True)
class Result:
    """One row of the main table, in units of the plain primal."""

    row: Row
    ratios: dict[str, float]
    empty: dict[str, str]
    inputs: int | None

    def quotient(self, above: str, below: str) -> float | None:
        if above in self.ratios and below in self.ratios:
            return self.ratios[above] / self.ratios[below]
        return None


@dataclass(frozen=True)
class Judged:
    """What one of GradBench's evals says of each tool's answers (empty: right); times in units of the C++'s."""

    name: str
    judged: dict[str, Sequence[str]]
    ratios: dict[str, dict[str, float]]
    kept: Sequence[str] = ()
    why: str = ""

    def ratio(self, tool: str) -> float | None:
        """That of the derivative."""
        return next((by.get(tool) for function, by in self.ratios.items() if function not in gradbench.PRIMALS), None)


@dataclass(frozen=True)
class Results:
    """All of it.

    Attributes
    ----------
    lengths : sequence of (int, float, float)
        Lines, and the milliseconds that a straight function of so many takes and a mixed one.
    failed : dict
        Why parts of the growth are not there.
    """

    rows: Sequence[Result]
    medium: Sequence[Medium]
    gradbench: Sequence[Judged]
    steps: Sequence[Steps]
    lengths: Sequence[tuple[int, float, float]]
    failed: dict[str, str]


def read(records: Records) -> Results:
    def of(part: str, name: str) -> tuple[Any, str]:
        record = records.get(part, name)
        return (record.found, record.failed) if record else (None, "not measured")

    rows, medium, judged, lengths, failed = [], [], [], [], {}
    for row in ROWS:
        found, why = of("rows", row.name)
        rows.append(Result(row, **found) if found else Result(row, {}, dict.fromkeys(NAMES, why), None))
    for kernel in npbench.KERNELS:
        found, why = of("medium", kernel.name)
        medium.append(Medium(**found) if found else Medium(kernel.name, None, None, None, why))
    for name in gradbench.EVALS:
        found, why = of("gradbench", name)
        judged.append(Judged(name, **found) if found else Judged(name, {}, {}, (), why))
    for count in growth.LINES:
        found, why = of("growth", f"{count} lines")
        if found:
            lengths.append((count, *found))
        else:
            failed[f"{count} lines"] = why
    found, why = of("growth", "steps")
    if why:
        failed["steps"] = why
    return Results(rows, medium, judged, [Steps(**steps) for steps in found or ()], lengths, failed)
