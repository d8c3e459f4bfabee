"""scripts/bench: measure, each row in a process of its own; write docs/benchmarks.md and its chart."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench import bars
from bench.apart import Failed, apart
from bench.figures import number
from bench.parts import PARTS, Options, measure
from bench.records import Record, Records
from bench.report import chart, page
from bench.results import read

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rows", default="", help="measure only the rows whose names contain this")
    parser.add_argument("--only", choices=tuple(PARTS), help="measure this part alone")
    parser.add_argument("--seconds", type=float, default=4.0, help="about how long to measure each row")
    parser.add_argument("--limit", type=float, default=1200.0, help="the seconds after which a row is given up")
    parser.add_argument("--small", action="store_true", help="small arguments: a test that all of it runs")
    parser.add_argument("--results", type=Path, help="keep results in this file; what it has is not measured again")
    parser.add_argument("--again", action="store_true", help="measure again what --results has")
    parser.add_argument("--no-run", action="store_true", help="measure nothing: --results has all that is wanted")
    parser.add_argument("--write", nargs="?", type=Path, const=DOCS, metavar="FOLDER", help="write the page; to docs/")
    parser.add_argument("--gradbench", type=Path, help="a checkout of gradbench/gradbench, its tool `manual` built")
    parser.add_argument("--python", default="", help="the interpreter for GradBench's evals, if not this one")
    given = parser.parse_args()
    options = Options(given.seconds, given.small, given.gradbench and given.gradbench.resolve(), given.python)
    records = Records(given.results, given.small)
    for part, names in PARTS.items():
        if given.no_run or given.only not in (None, part) or (part == "gradbench" and not given.gradbench):
            continue
        for name in names:
            if given.rows.lower() in name.lower() and (given.again or not records.get(part, name)):
                print(shown(measured(part, name, options, given.limit, records)), flush=True)
    results = read(records)
    print(*bars.table(results), sep="\n")
    if given.write:
        (given.write / "benchmarks.md").write_text(page(results, records.made()), encoding="utf-8")
        (given.write / "benchmarks.svg").write_text(chart(results.rows), encoding="utf-8")


# As GradBench has its tools: its C++ runs in one thread.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured(part: str, name: str, options: Options, limit: float, records: Records) -> Record:
    try:
        environment = ONE_THREAD if part == "gradbench" else {}
        return records.add(part, name, apart(limit, measure, part, name, options, environment=environment), "")
    except Failed as reason:
        return records.add(part, name, None, str(reason))


def shown(record: Record) -> str:
    return f"{record.part}, {record.name}: {record.failed or _short(record.found)}"


def _short(found: Any) -> str:
    if isinstance(found, dict):
        return ", ".join(f"{name} {_short(part)}" for name, part in found.items() if part)
    if isinstance(found, list):
        return "[" + ", ".join(map(_short, found)) + "]"
    return number(found) if isinstance(found, float) else str(found)


if __name__ == "__main__":
    main()
