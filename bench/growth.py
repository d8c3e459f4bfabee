"""How cost grows: with the steps of a time loop, and with the length of what is transformed."""

from __future__ import annotations

import math
import re
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.compiled import compile_module, load, numba_folder
from bench.rows import SAMPLES
from sct.builds import plan
from sct.pipeline import Request, differentiate

STEPS = (100, 1_000, 10_000, 100_000)
LINES = (20, 100, 500)
NAMES = ("sct", "sct with checkpoints", "sct Numba", "sct Numba with checkpoints")


@dataclass(frozen=True)
class Steps:
    """A number of steps, and for each of `NAMES` the time a step and the peak bytes a step, None where too few."""

    steps: int
    times: tuple[float, ...]
    peaks: tuple[float | None, ...]


def by_steps(counts: Sequence[int]) -> list[Steps]:
    """For each number of steps of the pendulum: time a step in units of the first row's, and peak bytes a step."""
    functions = [
        load("pendulum_grad", SAMPLES).final_angle_adjoint,
        _checkpointed("python"),
        compile_module("pendulum_grad", SAMPLES).final_angle_adjoint,
        _checkpointed("numba"),
    ]
    for function in functions:
        function(0.9, 1.2, 0.3, 2, 0.01)
    times, peaks = [], []
    for count in counts:
        args = (0.9, 1.2, 0.3, count, 0.01)
        times.append([_seconds(function, args, max(1, counts[-1] // count // 10)) / count for function in functions])
        found = [
            peak(function, args)
            for peak, function in zip((_traced, _traced, _resident, _resident), functions, strict=True)
        ]
        peaks.append([None if bytes_ is None else bytes_ / count for bytes_ in found])
    return [
        Steps(count, tuple(t / first for t, first in zip(row, times[0], strict=True)), tuple(peak))
        for count, row, peak in zip(counts, times, peaks, strict=True)
    ]


def _checkpointed(target: Any) -> Callable[..., Any]:
    """The pendulum's adjoint with checkpoints in its loop."""
    folder = numba_folder(Path("checkpointed"))
    source = folder / f"pendulum_{target}.py"
    text = (SAMPLES / "pendulum.py").read_text(encoding="utf-8")
    source.write_text(re.sub(r"(for .*:)\n", r"\1  # sct: checkpoint\n", text), encoding="utf-8")
    build = plan(source, target=target)
    build.target.write_text(build.text(), encoding="utf-8")
    return load(build.target.stem, folder).final_angle_adjoint


def _seconds(function: Callable[..., Any], args: tuple[Any, ...], times: int) -> float:
    taken = []
    for _ in range(21):
        start = time.perf_counter()
        for _ in range(times):
            function(*args)
        taken.append((time.perf_counter() - start) / times)
    return statistics.median(taken)


def _traced(function: Callable[..., Any], args: tuple[Any, ...]) -> float | None:
    tracemalloc.start()
    function(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _resident(function: Callable[..., Any], args: tuple[Any, ...]) -> float | None:
    """What compiled code takes is seen by the system alone, by pages: None if it is little, or not told."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        before = _status("VmRSS")
        function(*args)
        taken = _status("VmHWM") - before
    except OSError:
        return None
    return taken if taken > 2**18 else None


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return 1024 * int(found[1]) if found else 0


def straight(count: int) -> str:
    """A function of so many lines, one after the other."""
    lines = [f"    y{k + 1} = math.sin(y{k}) * x + y{k} * {k + 1}.0" for k in range(count - 2)]
    return "\n".join(["import math", "def f(x: float) -> float:", "    y0 = x", *lines, f"    return y{count - 2}"])


PART = """    for i in range(1, n - 1):
        t{k} = 0.5 * (u[i - 1] + u[i + 1])
        if t{k} > 0.1:
            u[i] = t{k} * math.sin(s{k})
        else:
            u[i] = u[i] * t{k} + x * {k}.0
    v{k} = u[1:] * u[:-1] + np.sin(u[1:]) * {k}.5
    s{j} = s{k} * 0.5 + np.sum(v{k} * v{k}) / n
    u[0] = math.cos(s{j})
    u[1:-1] += 0.1 * v{k}[1:]"""


def mixed(count: int) -> str:
    """A function of about so many lines, with loops, branches, arrays and stores."""
    head = "import math\nimport numpy as np\ndef f(x: float, u: 'Float[np.ndarray, \"n\"]') -> float:"
    parts = [PART.format(k=k, j=k + 1) for k in range(max(1, math.ceil((count - 3) / 10)))]
    return "\n".join([head, "    n = len(u)", "    s0 = x", *parts, f"    return s{len(parts)}"])


def length(count: int) -> list[float]:
    """The milliseconds that the transformation takes of a straight function of so many lines, and of a mixed one."""
    medians = []
    for text, wrt in ((straight(count), (0,)), (mixed(count), (0, 1))):
        times = []
        for run in range(3):
            start = time.process_time()
            differentiate(f"{text}\n# {run}\n", "f.py", [Request("f", wrt, "adjoint")])  # parsed anew each time
            times.append(time.process_time() - start)
        medians.append(1000 * statistics.median(times))
    return medians
