"""The page: a table of ratios, the bars, how cost grows, and a chart."""

from __future__ import annotations

import datetime
import importlib.metadata
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import growth
from bench.columns import NAMES
from bench.counting import operations, saved
from bench.figures import mean, number
from bench.growth import Growth
from bench.npbench import Medium
from bench.rows import SAMPLES, Row

PACKAGES = ("numpy", "numba", "autograd", "jax", "torch")
COLOURS = {"hand": "#9aa5b1", "sct": "#2f6fb0", "sct Numba": "#7fb2e5", "JAX jit": "#d9822b", "autograd": "#a8577e"}


@dataclass(frozen=True)
class Result:
    """One row of the table, in units of the plain primal."""

    row: Row
    ratios: dict[str, float]
    empty: dict[str, str]
    inputs: int

    def quotient(self, above: str, below: str) -> float | None:
        if above in self.ratios and below in self.ratios:
            return self.ratios[above] / self.ratios[below]
        return None


def machine() -> str:
    """The kind of machine and the versions."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    versions = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    today = datetime.date.today().isoformat()
    return f"{today}; {os.cpu_count()} cores ({platform.system()}, {model}); {', '.join(versions)}"


def counts(row: Row) -> str:
    """The cells of the columns *operations* and *saved*."""
    text = (SAMPLES / row.folder / f"{row.stem}_grad.py").read_text(encoding="utf-8")
    suffix = "tangent" if row.mode == "forward" else "adjoint"
    ratio = operations(text, f"{row.function}_{suffix}") / operations(text, row.function)
    return f"{number(ratio)} | {saved(text, f'{row.function}_{suffix}')}"


def table(results: Sequence[Result]) -> list[str]:
    notes: dict[str, int] = {}
    names = [name for name in NAMES if name != "primal"]
    lines = [f"| row | {' | '.join(names)} | differences | operations | saved |", f"|---|{'---:|' * (len(names) + 3)}"]
    for result in results:
        cells = []
        for name in names:
            if name in result.ratios:
                cells.append(number(result.ratios[name]))
            else:
                reason = result.empty.get(name, "")
                mark = notes.setdefault(reason, len(notes) + 1)
                cells.append(f"– ({mark})")
        lines.append(f"| {result.row.name} | {' | '.join(cells)} | {result.inputs + 1} | {counts(result.row)} |")
    return [*lines, "", *(f"{mark}. {reason}" for reason, mark in notes.items())]


BARS: tuple[tuple[str, str, str, float, bool, tuple[str, ...]], ...] = (
    ("sct plain / hand-written", "sct", "hand", 1.10, True, ()),
    ("sct Numba / hand-written under Numba", "sct Numba", "hand Numba", 1.10, True, ()),
    ("sct plain / primal, loops and stencils", "sct", "primal", 3.0, True, ("loop",)),
    ("sct Numba / primal under Numba, loops and stencils", "sct Numba", "primal Numba", 3.0, True, ("loop",)),
    ("JAX jit / sct Numba, loops and in-place rows", "JAX jit", "sct Numba", 1.0, False, ("loop",)),
    ("autograd / sct plain", "autograd", "sct", 1.0, False, ()),
)


def bars(results: Sequence[Result]) -> list[str]:
    """Each bar: how many rows reach it, the geometric mean, the worst row."""
    lines = [
        "| figure | bar, each row | rows that reach it | geometric mean | not reached by |",
        "|---|---|---|---:|---|",
    ]
    for title, above, below, bar, is_most, kinds in BARS:
        found = [(r.quotient(above, below), r.row.name) for r in results if not kinds or r.row.kind in kinds]
        known = [(q, name) for q, name in found if q is not None]
        missed = [(q, name) for q, name in known if (q > bar if is_most else q <= bar)]
        missed.sort(reverse=is_most)
        named = ", ".join(f"{name} ({number(q)})" for q, name in missed)
        reached = f"{len(known) - len(missed)} of {len(known)}"
        average = number(mean(q for q, _ in known))
        lines.append(f"| {title} | {'≤' if is_most else '>'} {bar:g} | {reached} | {average} | {named} |")
    return lines


def medium(found: Sequence[Medium]) -> list[str]:
    """NPBench's M sizes: a table, and the means of the quotients."""
    lines = ["| kernel | primal Numba | JAX jit, loops | JAX jit, whole arrays |", "|---|---:|---:|---:|"]
    for m in found:
        cells = [number(x) if x is not None else "–" for x in (m.primal, m.loops, m.whole)]
        lines.append(f"| {m.name} | {' | '.join(cells)} | {m.why}".rstrip(" |") + " |")
    loops = [m.loops for m in found if m.loops is not None]
    if loops:
        means = (
            f"geometric mean {number(mean(loops))} (bar ≥ 45), arithmetic mean {number(sum(loops) / len(loops))} (≥ 92)"
        )
        slower = [m.name for m in found if m.loops is not None and m.loops <= 1.0]
        lines += ["", f"JAX jit with loops / sct Numba: {means}; not faster than JAX: {', '.join(slower) or 'none'}."]
    return lines


def page(results: Sequence[Result], found: Sequence[Medium], native: Sequence[str], costs: Growth) -> str:
    grown = []
    for s in costs.steps:
        peaks = ["–" if peak is None else number(peak) for peak in s.peaks]
        grown.append(f"| {s.steps:,} | {' | '.join([*map(number, s.times), *peaks])} |")
    transformed = [f"| {count} | {ms:.0f} | {mixed:.0f} |" for count, ms, mixed in costs.lengths]
    return "\n".join(
        [
            "<!-- Written by scripts/bench. Do not edit. -->",
            "",
            "# Benchmarks",
            "",
            f"{machine()}.",
            "",
            "Value and gradient together, in units of the time of the plain Python and NumPy primal: side by side in",
            "one process, medians of the ratios of many rounds (what takes seconds runs once); compile times apart,",
            "results waited for. *hand* is the adjoint that an expert writes (`bench/hand`, tested), *hand Numba* the",
            "same text under `numba.njit`, or loops where an expert writes loops for Numba (`bench/hand/loops.py`);",
            "*sct Numba* is what `sct build --target numba` writes. JAX has loops as `fori_loop` and `scan`",
            "(`bench/peers_jax.py`); *differences* is what one-sided finite differences cost, a run for each input and",
            "one more; *operations* how many operations the text of the derivative has for each one of the primal's,",
            "and *saved* how many of its statements save something (both counted, not timed). Every gradient is",
            "compared with that of sct. `scripts/bench --write` writes this page.",
            "",
            "![Ratios to the primal](benchmarks.svg)",
            "",
            *table(results),
            "",
            "## The bars",
            "",
            *bars(results),
            "",
            "## NPBench's M sizes",
            "",
            "In units of sct Numba; `bench/npbench.py` says which kernels are left out, and why.",
            "",
            *medium(found),
            "",
            *(["## GradBench's hand-written C++", "", *native, ""] if native else []),
            "## How cost grows",
            "",
            "The Euler time loop (`samples/pendulum.py`), and the same with `# sct: checkpoint` behind its `for`: time",
            "a step (the first row is 1), peak bytes a step (Numba's by the system's pages, where there are many).",
            "",
            f"| steps | {' | '.join(f'{name}, time' for name in growth.NAMES)} | "
            f"{' | '.join(f'{name}, bytes' for name in growth.NAMES)} |",
            f"|{'---:|' * (2 * len(growth.NAMES) + 1)}",
            *grown,
            "",
            "The transformation itself, in milliseconds, of straight-line functions, and of functions with loops,",
            "branches, arrays and stores:",
            "",
            "| lines | straight | mixed |",
            "|---:|---:|---:|",
            *transformed,
            "",
        ]
    )


def chart(results: Sequence[Result]) -> str:
    """Horizontal bars on a logarithmic scale, as SVG."""
    low, high, left, width, bar, gap = -3, 4, 230, 560, 7, 10
    block = bar * len(COLOURS) + gap
    height = block * len(results) + 60

    def x(ratio: float) -> float:
        return left + width * (min(max(math.log10(ratio), low), high) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for k, (name, colour) in enumerate(COLOURS.items()):
        parts.append(f'<rect x="{left + 110 * k}" y="8" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{left + 110 * k + 14}" y="17">{name}</text>')
    for power in range(low, high + 1):
        at = x(10.0**power)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="40" y2="{height}" stroke="{"#333" if not power else "#ddd"}"/>'
        )
        parts.append(f'<text x="{at:.1f}" y="36" text-anchor="middle">{10.0**power:g}</text>')
    for k, result in enumerate(results):
        top = 46 + block * k
        parts.append(f'<text x="{left - 8}" y="{top + block / 2}" text-anchor="end">{result.row.name}</text>')
        for j, (name, colour) in enumerate(COLOURS.items()):
            if name in result.ratios:
                length = x(result.ratios[name]) - left
                parts.append(
                    f'<rect x="{left}" y="{top + bar * j}" width="{length:.1f}" height="{bar - 1}" fill="{colour}"/>'
                )
    return "\n".join([*parts, "</svg>", ""])
