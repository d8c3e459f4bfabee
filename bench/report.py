"""The page: a table of ratios, the bars, how cost grows, and a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench import bars, growth
from bench.columns import NAMES
from bench.counting import operations, saved
from bench.figures import number
from bench.gradbench import TOOLS
from bench.npbench import Medium
from bench.results import Judged, Result, Results
from bench.rows import SAMPLES, Row

COLOURS = {"hand": "#9aa5b1", "sct": "#2f6fb0", "sct Numba": "#7fb2e5", "JAX jit": "#d9822b", "autograd": "#a8577e"}


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
        cells.append("–" if result.inputs is None else str(result.inputs + 1))
        lines.append(f"| {result.row.name} | {' | '.join(cells)} | {counts(result.row)} |")
    return [*lines, "", *(f"{mark}. {reason}" for reason, mark in notes.items())]


def medium(found: Sequence[Medium]) -> list[str]:
    """NPBench's M sizes: a table."""
    lines = ["| kernel | primal Numba | JAX jit, loops | JAX jit, whole arrays | |", "|---|---:|---:|---:|---|"]
    for m in found:
        cells = [number(x) if x is not None else "–" for x in (m.primal, m.loops, m.whole)]
        lines.append(f"| {m.name} | {' | '.join(cells)} | {m.why} |")
    return lines


def judged(found: Sequence[Judged]) -> list[str]:
    """What GradBench's evals say, and the derivative's times in units of the C++'s."""
    lines = [
        f"| problem | {' | '.join(f'{tool}: valid' for tool in TOOLS)} | sct / C++ | sct Numba / C++ | |",
        f"|---|{'---|' * len(TOOLS)}---:|---:|---|",
    ]
    for g in found:
        valid = [f"{g.judged[t].count('')} of {len(g.judged[t])}" if t in g.judged else "–" for t in TOOLS]
        ratios = [g.ratio(tool) for tool in TOOLS[1:]]
        cells = valid + ["–" if ratio is None else number(ratio) for ratio in ratios]
        wrong = [f"{tool}: {error.splitlines()[0]}" for tool, errors in g.judged.items() for error in errors if error]
        wrong += [f"stays plain: {reason}" for reason in g.kept]
        lines.append(f"| {g.name} | {' | '.join(cells)} | {g.why or '; '.join(wrong)} |")
    return lines


def grown(results: Results) -> list[str]:
    """By steps, and by lines."""
    names = [f"{name}, {unit}" for unit in ("time", "bytes") for name in growth.NAMES]
    lines = [f"| steps | {' | '.join(names)} |", f"|{'---:|' * (len(names) + 1)}"]
    for s in results.steps:
        peaks = ["–" if peak is None else number(peak) for peak in s.peaks]
        lines.append(f"| {s.steps:,} | {' | '.join([*map(number, s.times), *peaks])} |")
    lines += [
        "",
        "The transformation itself, in milliseconds, of straight-line functions, and of functions with loops,",
        "branches, arrays and stores:",
        "",
        "| lines | straight | mixed |",
        "|---:|---:|---:|",
        *(f"| {count} | {ms:.0f} | {mixed:.0f} |" for count, ms, mixed in results.lengths),
    ]
    return [*lines, *("" for _ in results.failed), *(f"No {what}: {why}." for what, why in results.failed.items())]


def page(results: Results, made: str) -> str:
    """All of it; ``made`` says when and where."""
    return "\n".join(
        [
            "<!-- Written by scripts/bench. Do not edit. -->",
            "",
            "# Benchmarks",
            "",
            f"{made}.",
            "",
            "Value and gradient together, in units of the time of the plain Python and NumPy primal. Each row is",
            "measured in a process of its own, its columns side by side: medians of the ratios of many rounds (what",
            "takes seconds runs once); compile times apart, results waited for. *hand* is the adjoint that an expert",
            "writes (`bench/hand`, tested), *hand Numba* the same text under `numba.njit`, or loops where an expert",
            "writes loops for Numba (`bench/hand/loops.py`); *sct Numba* is what `sct build --target numba` writes.",
            "JAX has loops as `fori_loop` and `scan` (`bench/peers_jax.py`); *differences* is what one-sided finite",
            "differences cost, a run for each input and one more; *operations* how many operations the text of the",
            "derivative has for each one of the primal's, and *saved* how many of its statements save something (both",
            "counted, not timed). Every gradient is compared with that of sct. `scripts/bench --write` writes this",
            "page.",
            "",
            "![Ratios to the primal](benchmarks.svg)",
            "",
            *table(results.rows),
            "",
            "## The bars",
            "",
            "A bar is for each row, unless it is for a mean. What has no figure (a dash in the tables) is not counted.",
            "",
            *bars.table(results),
            "",
            "## NPBench's M sizes",
            "",
            "In units of sct Numba; `bench/npbench.py` says which kernels are left out, and why.",
            "",
            *medium(results.medium),
            "",
            "## GradBench",
            "",
            "GradBench's own evals (`bench/gradbench.py` says with which arguments) talk to `scripts/gradbench_tool`",
            "and to the hand-written C++, and judge the answers; the times are those of the derivative, as the tools",
            "report them. There is no C++ for particle and saddle; `bench/peers_jax.py` and the main table have JAX",
            "and PyTorch.",
            "",
            *judged(results.gradbench),
            "",
            "## How cost grows",
            "",
            "The Euler time loop (`samples/pendulum.py`), and the same with `# sct: checkpoint` behind its `for`: time",
            "a step (the first row is 1), peak bytes a step (Numba's by the system's pages, where there are many).",
            "",
            *grown(results),
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
