"""Beside GradBench's hand-written C++: ``python -m bench.native CHECKOUT`` with the tool `manual` built there."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import mean, number
from bench.protocol import Tool


def _list(random: np.random.Generator, *shape: int) -> Any:
    return random.normal(size=shape).tolist()


def inputs(random: np.random.Generator) -> dict[tuple[str, str], Any]:
    """A middling input of each problem that the C++ has, by problem and derivative."""
    points = random.uniform(size=(1000, 8)).tolist()
    d, k, layers, b = 10, 25, 2, 14
    return {
        ("det", "gradient"): {"A": _list(random, 49), "ell": 7},
        ("gmm", "jacobian"): {
            **{"d": d, "k": k, "n": 1000, "m": 0, "gamma": 1.0, "alpha": _list(random, k)},
            **{"x": _list(random, 1000, d), "mu": _list(random, k, d), "q": _list(random, k, d)},
            "l": _list(random, k, d * (d - 1) // 2),
        },
        ("ba", "jacobian"): {
            **{"n": 49, "m": 7776, "p": 31843, "cam": _list(random, 11), "x": _list(random, 3), "w": 0.7},
            "feat": _list(random, 2),
        },
        ("kmeans", "dir"): {"points": points, "centroids": points[-10:]},
        ("llsq", "gradient"): {"x": _list(random, 128), "n": 2048},
        ("lse", "gradient"): {"x": _list(random, 10000)},
        ("lstm", "jacobian"): {
            **{"main_params": _list(random, 2 * layers, 4 * b), "extra_params": _list(random, 3, b)},
            **{
                "state": _list(random, 2 * layers, b),
                "sequence": (random.normal(size=(1024, b)) > 0).astype(float).tolist(),
            },
        },
        ("ode", "gradient"): {"x": _list(random, 1000), "s": 10},
    }


def native(checkout: Path, module: str, function: str, given: Any) -> float:
    """The median time of the C++, in nanoseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(given, file)
        file.flush()
        command = [str(checkout / "tools" / "manual" / "bin" / module), file.name, function]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    timings = [json.loads(line) for line in text.splitlines()[1:]]
    return statistics.median(t["nanoseconds"] for t in timings if t["name"] == "evaluate")


def table(checkout: Path) -> list[str]:
    """The ratios to the C++ of a checkout of GradBench, as a table."""
    tools = {"plain": Tool(compiled=False), "Numba": Tool(compiled=True)}
    ratios: dict[str, list[float]] = {name: [] for name in tools}
    lines = ["| problem | sct / C++ | sct Numba / C++ |", "|---|---:|---:|"]
    for (module, function), given in inputs(np.random.default_rng(7)).items():
        given = {**given, "min_runs": 5, "min_seconds": 0.5}
        base = native(checkout, module, function, given)
        for name, tool in tools.items():
            tool.define(module)
            answer = tool.evaluate({"module": module, "function": function, "input": given})
            timings = [t["nanoseconds"] for t in answer["timings"] if t["name"] == "evaluate"]
            ratios[name].append(statistics.median(timings) / base)
        lines.append(f"| {module} | {' | '.join(number(found[-1]) for found in ratios.values())} |")
        print(lines[-1], flush=True)
    lines.append(f"| geometric mean (bar: ≤ 1.5) | {' | '.join(number(mean(found)) for found in ratios.values())} |")
    kept = sorted({reason.splitlines()[0] for reason in tools["Numba"].modules.kept})
    return [*lines, *([""] if kept else []), *(f"Not compiled: {re.sub(r'^.*/', '', reason)}." for reason in kept)]


if __name__ == "__main__":
    print("\n".join(table(Path(sys.argv[1]))))
