"""GradBench's own evals, of a checkout whose tool ``manual`` is built: they ask, they judge, and the tools are timed.

An eval is a process that writes messages and reads the answers: those of sct come from ``bench.protocol``, which
``scripts/gradbench_tool`` runs, those of the hand-written C++ from its programs.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.protocol import Message, Tool

Answer = Callable[[Message], Message]
TOOLS = ("C++", "sct", "sct Numba")

# By name, the arguments that make an eval send one middling input.
EVALS: dict[str, tuple[str, ...]] = {
    "hello": (),
    "det": ("-l", "7"),
    "lse": ("-n", "10000"),
    "llsq": ("-n", "2048"),
    "kmeans": ("-k", "10", "-n", "1000", "-d", "8"),
    "ode": ("-n", "1000", "-s", "10"),
    "gmm": ("-d", "10", "-k", "25"),
    "lstm": ("-l", "2", "-c", "1024"),
    "ba": ("--min", "1", "--max", "1"),
    "ht, simple": ("--min", "5", "--max", "5", "--model", "small", "--variant", "simple"),
    "ht, complicated": ("--min", "5", "--max", "5", "--model", "small", "--variant", "complicated"),
    "particle": (),
    "saddle": (),
}
PRIMALS = ("primal", "objective", "cost", "square")


@dataclass
class Evaluation:
    """An answer of a tool: what the eval says of it, and the median time."""

    function: str
    nanoseconds: float
    error: str = "not judged"


def measured(name: str, checkout: Path, python: str, seconds: float) -> Any:
    """By tool, what is wrong with each answer, or nothing; by function, times of right ones in units of the C++'s."""
    module = name.partition(",")[0]
    compiled = Tool(compiled=True)
    answers: dict[str, Answer] = {
        "C++": partial(native, checkout),
        "sct": Tool(compiled=False).answer,
        "sct Numba": compiled.answer,
    }
    if not (checkout / "tools" / "manual" / "bin" / module).exists():
        del answers["C++"]
    times: dict[str, dict[str, float]] = {}
    judged: dict[str, list[str]] = {}
    for tool, answer in answers.items():
        found = conversation(name, checkout, python, seconds, answer)
        judged[tool] = [e.error and f"{e.function}: {e.error}" for e in found]
        for function in dict.fromkeys(e.function for e in found if not e.error):
            median = statistics.median(e.nanoseconds for e in found if e.function == function and not e.error)
            times.setdefault(function, {})[tool] = median
    ratios = {
        function: {tool: t / taken["C++"] for tool, t in taken.items() if tool != "C++"}
        for function, taken in times.items()
        if "C++" in taken
    }
    kept = sorted({re.sub(r"^.*/", "", reason.splitlines()[0]) for reason in compiled.modules.kept})
    return {"judged": judged, "ratios": ratios, "kept": kept}


def conversation(name: str, checkout: Path, python: str, seconds: float, answer: Answer) -> list[Evaluation]:
    """Let an eval run, and answer its messages."""
    module = name.partition(",")[0]
    folder = checkout / "python" / "gradbench"
    command = [python or sys.executable, str(folder / "gradbench" / "evals" / module / "run.py"), *EVALS[name]]
    if module != "hello":
        command += ["--min-runs", "5", "--min-seconds", str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    found: dict[int, Evaluation] = {}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, cwd=checkout, env=environment, stderr=errors, **pipes) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            response = {"id": message["id"]}
            if message["kind"] == "analysis":
                found[message["of"]].error = "" if message["valid"] else message.get("error", "not valid")
            else:
                response |= answer(message)
            if message["kind"] == "evaluate":
                taken = [t["nanoseconds"] for t in response.get("timings", ()) if t["name"] == "evaluate"]
                error = "not judged" if response["success"] else (response["error"].strip() or "?").splitlines()[-1]
                found[message["id"]] = Evaluation(message["function"], statistics.median(taken or [0.0]), error)
            process.stdin.write(json.dumps(response) + "\n")
            process.stdin.flush()
        if process.wait():
            errors.seek(0)
            raise RuntimeError(f"the eval: {errors.read().strip().splitlines()[-1]}")
    return list(found.values())


def native(checkout: Path, message: Message) -> Message:
    """The answer of the C++: a program for each problem, which reads a file."""
    if message["kind"] != "evaluate":
        return {"id": message["id"], "success": True}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(message["input"], file)
        file.flush()
        program = checkout / "tools" / "manual" / "bin" / message["module"]
        made = subprocess.run([str(program), file.name, message["function"]], capture_output=True, text=True)
    if made.returncode:
        return {"success": False, "error": made.stderr or f"exit code {made.returncode}"}
    output, *timings = map(json.loads, made.stdout.splitlines())
    return {"success": True, "output": output, "timings": timings}
