"""The bars: what each says, which rows do not reach it, by how much, and why."""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean

from bench import growth
from bench.counting import saved
from bench.figures import mean, number
from bench.results import Results
from bench.rows import SAMPLES

Figures = list[tuple[str, float | None]]
WHY: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "why.toml").read_text(encoding="utf-8"))
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "≤": operator.le,
    "<": operator.lt,
    "≥": operator.ge,
    ">": operator.gt,
}
# Kernels that are linear in what they are differentiated with respect to, but for the sum of squares at their end.
LINEAR = ("seidel_2d", "jacobi_1d", "jacobi_2d", "heat_3d", "fdtd_2d")


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    figures : callable
        The name and the figure of each row; None where there is nothing to compare.
    sign, limit : str, float
        What a figure has to be: `HOLDS`, and compared with what.
    average : callable, optional
        What of the figures is held to the bar, if it is not each one of them.
    """

    title: str
    figures: Callable[[Results], Figures]
    sign: str
    limit: float
    average: Callable[[Iterable[float]], float] | None = None

    def holds(self, value: float) -> bool:
        return HOLDS[self.sign](value, self.limit)

    def missed(self, found: Figures) -> list[tuple[str, float]]:
        """The rows on the wrong side, the worst first; none if their mean is what counts, and it holds."""
        known = [(name, value) for name, value in found if value is not None]
        if not known or (self.average and self.holds(self.average(value for _, value in known))):
            return []
        wrong = [(name, value) for name, value in known if not self.holds(value)]
        return sorted(wrong, key=lambda row: row[1], reverse=self.sign in "=≤<")


def _quotients(above: str, below: str, results: Results, kinds: tuple[str, ...] = ()) -> Figures:
    return [(r.row.name, r.quotient(above, below)) for r in results.rows if not kinds or r.row.kind in kinds]


def _ahead(results: Results) -> Figures:
    """JAX's compiled code and PyTorch, each in units of sct: Numba, or plain where it does not compile."""
    found: Figures = []
    for r in results.rows:
        if r.row.kind == "gradbench":
            sct = "sct Numba" if "sct Numba" in r.ratios else "sct"
            found += [(f"{r.row.name}: {peer}", r.quotient(peer, sct)) for peer in ("JAX jit", "PyTorch")]
    return found


def _saved(results: Results) -> Figures:
    texts = {name: (SAMPLES / "kernels" / f"{name}_grad.py").read_text(encoding="utf-8") for name in LINEAR}
    return [(name, saved(text, f"{name}_adjoint")) for name, text in texts.items()]


def _lines(count: int, results: Results) -> Figures:
    return [
        (f"{kind} function, ms", ms)
        for lines, *times in results.lengths
        if lines == count
        for kind, ms in zip(("straight", "mixed"), times, strict=True)
    ]


def _growth(kind: str, results: Results) -> Figures:
    """Times and peaks a step, in units of those of 1,000 steps: before, it is the call that counts."""
    found: Figures = []
    for k, name in enumerate(growth.NAMES):
        rows = [(s.steps, s.times[k] if kind == "time" else s.peaks[k]) for s in results.steps if s.steps >= 1_000]
        known = [(steps, x) for steps, x in rows if x is not None]
        found += [(f"{name}, {steps:,} steps", x / known[0][1]) for steps, x in known[1:]]
    return found


def _loops(results: Results) -> Figures:
    return [(m.name, m.loops) for m in results.medium]


BARS = (
    Bar("sct plain / hand-written", partial(_quotients, "sct", "hand"), "≤", 1.10),
    Bar("sct Numba / hand-written under Numba", partial(_quotients, "sct Numba", "hand Numba"), "≤", 1.10),
    Bar(
        "sct plain / primal, loops and stencils",
        *(partial(_quotients, "sct", "primal", kinds=("loop",)), "≤", 3.0),
    ),
    Bar(
        "sct Numba / primal under Numba, loops and stencils",
        *(partial(_quotients, "sct Numba", "primal Numba", kinds=("loop",)), "≤", 3.0),
    ),
    Bar(
        "JAX jit / sct Numba, loops and in-place rows",
        *(partial(_quotients, "JAX jit", "sct Numba", kinds=("loop",)), ">", 1.0),
    ),
    Bar("autograd / sct plain", partial(_quotients, "autograd", "sct"), ">", 1.0),
    Bar("NPBench's M sizes: JAX jit / sct Numba, geometric mean", _loops, "≥", 45.0, mean),
    Bar("NPBench's M sizes: JAX jit / sct Numba, arithmetic mean", _loops, "≥", 92.0, fmean),
    Bar(
        "GradBench: sct Numba / hand-written C++, geometric mean",
        lambda results: [(g.name, g.ratio("sct Numba")) for g in results.gradbench],
        *("≤", 1.5, mean),
    ),
    Bar("GradBench: JAX jit and PyTorch / sct Numba, where they complete", _ahead, ">", 1.0),
    Bar("values saved in linear kernels", _saved, "=", 0.0),
    Bar("transformation of 20 lines, ms", partial(_lines, 20), "<", 50.0),
    Bar("transformation of 500 lines, ms", partial(_lines, 500), "<", 2000.0),
    Bar("time a step, as steps grow", partial(_growth, "time"), "≤", 1.25),
    Bar("peak bytes a step, as steps grow", partial(_growth, "bytes"), "≤", 1.25),
)


def table(results: Results) -> list[str]:
    """Each bar and how many rows reach it; then each row that does not, and why."""
    lines = ["| bar | figure has to be | rows that reach it | mean | worst | |", "|---|---|---:|---:|---|---|"]
    reasons = ["| bar not reached | by | figure | why |", "|---|---|---:|---|"]
    for bar in BARS:
        found = bar.figures(results)
        known = sorted(((n, v) for n, v in found if v is not None), key=lambda row: row[1])
        missed = bar.missed(found)
        told = f"| {bar.title} | {bar.sign} {bar.limit:g} |"
        if not known:
            lines.append(f"{told} – | – | – | not measured |")
            continue
        values = [value for _, value in known]
        average = number((bar.average or (mean if min(values) > 0 else fmean))(values))
        name, worst = known[-1] if bar.sign in "=≤<" else known[0]
        reached = f"{sum(map(bar.holds, values))} of {len(known)}"
        verdict = "**not reached**" if missed else "reached"
        lines.append(f"{told} {reached} | {average} | {number(worst)} ({name}) | {verdict} |")
        reasons += [f"| {bar.title} | {name} | {number(value)} | {reason(bar, name)} |" for name, value in missed]
    return [*lines, "", *(reasons if len(reasons) > 2 else ["Every bar is reached."])]


def reason(bar: Bar, name: str) -> str:
    """What `WHY` has for the bar and the row, or for the row at all bars, or for all rows of the bar."""
    written = WHY.get(bar.title, {})
    return written.get(name) or WHY[""].get(name) or written.get("") or "**no reason is written yet**"
