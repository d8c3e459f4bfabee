"""scripts/bench: measure the rows and write docs/benchmarks.md and its chart."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from bench import growth, native, npbench
from bench.columns import columns
from bench.figures import number
from bench.measure import ratios
from bench.report import Result, bars, chart, medium, page
from bench.rows import ROWS, Row

DOCS = Path(__file__).parent.parent / "docs"


def measured(row: Row, small: bool, budget: float) -> Result:
    runs, empty = columns(row, small)
    inputs = sum(int(np.size(row.args(small)[k])) for k in row.wrt)
    return Result(row, ratios(runs, "primal", budget), empty, inputs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rows", default="", help="only the rows whose names contain this")
    parser.add_argument("--seconds", type=float, default=4.0, help="about how long to measure each row")
    parser.add_argument("--small", action="store_true", help="small arguments: a test that all of it runs")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and docs/benchmarks.svg")
    parser.add_argument("--only", choices=("rows", "medium"), help="the rows alone, or NPBench's M sizes alone")
    parser.add_argument("--gradbench", type=Path, help="a checkout of gradbench/gradbench, its tool `manual` built")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*faster on contiguous arrays.*")
    results = []
    for row in ROWS:
        if options.rows.lower() in row.name.lower() and options.only != "medium":
            results.append(measured(row, options.small, options.seconds))
            cells = [f"{name} {number(ratio)}" for name, ratio in results[-1].ratios.items() if name != "primal"]
            missing = [f"{name}: {reason}" for name, reason in results[-1].empty.items()]
            print(f"{row.name}: {', '.join(cells)}", *missing, sep="\n    ", flush=True)
    found = []
    for row in npbench.KERNELS:
        if options.rows.lower() in row.name.lower() and options.only != "rows":
            found.append(npbench.measured(row, options.small, options.seconds / 4))
            print(found[-1], flush=True)
    print("\n".join([*bars(results), "", *medium(found)]))
    if options.write:
        beside = native.table(options.gradbench) if options.gradbench else []
        text = page(results, found, beside, growth.grown())
        (DOCS / "benchmarks.md").write_text(text, encoding="utf-8")
        (DOCS / "benchmarks.svg").write_text(chart(results), encoding="utf-8")


if __name__ == "__main__":
    main()
