"""Differentiate random programs and compare with dual numbers: no wrong answer and no crash.

Exits with 1 if a program is differentiated wrongly, or sct or the generated code fails.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fuzzing import trial


def main() -> None:
    """Run the programs and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=1000, metavar="N", help="how many (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the number of the first one (default: 0)")
    parser.add_argument("--target", choices=["python", "numba"], help="of all programs; numba: without compiling")
    options = parser.parse_args()
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    console = Console()
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    example: dict[str, int] = {}
    bad = 0
    seeds = range(options.seed, options.seed + options.programs)
    for seed in track(seeds, console=console, transient=True):
        outcome = trial(seed, options.target)
        kinds[outcome.kind] += 1
        if outcome.kind == "refused":
            reasons[outcome.reason] += 1
            example.setdefault(outcome.reason, seed)
        if outcome.kind in ("wrong", "crash"):
            bad += 1
            console.print(f"program {seed}: {outcome.kind}: {outcome.reason}", markup=False, highlight=False)
    for kind, count in kinds.most_common():
        console.print(f"{count:6d} {kind}", highlight=False)
    for reason, count in reasons.most_common():
        console.print(f"{count:6d} refused: {reason}, as program {example[reason]}", markup=False, highlight=False)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
