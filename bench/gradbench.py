"""GradBench's own evals, of a checkout whose tool ``manual`` is built: they ask, they judge, and the tools are timed.

An eval is a process that writes messages and reads the answers: those of sct come from ``bench.protocol``, as
``scripts/gradbench_tool`` gives them, those of the hand-written C++ from its programs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Message = dict[str, Any]
Answer = Callable[[Message], Message]
ROOT = Path(__file__).parent.parent
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
    """By tool: how many answers there are and what is wrong with them; and their times in units of the C++'s."""
    module = name.partition(",")[0]
    own = [sys.executable, "-m", "bench.protocol"]
    compiled = (checkout / "tools" / "manual" / "bin" / module).exists()
    times: dict[str, dict[str, float]] = {}
    judged: dict[str, list[str]] = {}
    for tool, command in (("C++", []), ("sct", [*own, "--plain"]), ("sct Numba", own)):
        if tool == "C++" and not compiled:
            continue
        with _native(checkout) if tool == "C++" else _process(command) as answer:
            found = conversation(name, checkout, python, seconds, answer)
        judged[tool] = [e.error and f"{e.function}: {e.error}" for e in found]
        for function in dict.fromkeys(e.function for e in found):
            median = statistics.median(e.nanoseconds for e in found if e.function == function)
            times.setdefault(function, {})[tool] = median
    ratios = {
        function: {tool: t / taken["C++"] for tool, t in taken.items() if tool != "C++"}
        for function, taken in times.items()
        if "C++" in taken
    }
    return {"judged": judged, "ratios": ratios}


def conversation(name: str, checkout: Path, python: str, seconds: float, answer: Answer) -> list[Evaluation]:
    """Let an eval run, and answer its messages."""
    module = name.partition(",")[0]
    folder = checkout / "python" / "gradbench"
    command = [python or sys.executable, str(folder / "gradbench" / "evals" / module / "run.py"), *EVALS[name]]
    if module != "hello":
        command += ["--min-runs", "5", "--min-seconds", str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    found: dict[int, Evaluation] = {}
    with (
        tempfile.TemporaryFile("w+") as errors,
        _talking(command, cwd=checkout, env=environment, stderr=errors) as process,
    ):
        for line in process.stdout or ():
            message = json.loads(line)
            response = {"id": message["id"]}
            if message["kind"] == "analysis":
                found[message["of"]].error = "" if message["valid"] else message.get("error", "not valid")
            else:
                response |= answer(message)
            if message["kind"] == "evaluate":
                taken = [t["nanoseconds"] for t in response.get("timings", ()) if t["name"] == "evaluate"]
                error = "not judged" if response["success"] else response["error"].strip().splitlines()[-1]
                found[message["id"]] = Evaluation(message["function"], statistics.median(taken or [0.0]), error)
            _write(process, response)
        if process.wait():
            errors.seek(0)
            raise RuntimeError(f"the eval: {errors.read().strip().splitlines()[-1]}")
    return list(found.values())


@contextmanager
def _talking(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that reads and writes lines, ended with the block."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def _write(process: subprocess.Popen[str], message: Message) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()


@contextmanager
def _process(command: list[str]) -> Iterator[Answer]:
    """A tool that is a process of its own."""
    with _talking(command, cwd=ROOT) as process:

        def answer(message: Message) -> Message:
            _write(process, message)
            assert process.stdout is not None
            return json.loads(process.stdout.readline())

        yield answer


@contextmanager
def _native(checkout: Path) -> Iterator[Answer]:
    """The C++: a program for each problem, which reads a file."""

    def answer(message: Message) -> Message:
        if message["kind"] != "evaluate":
            return {"id": message["id"], "success": True}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(message["input"], file)
            file.flush()
            program = checkout / "tools" / "manual" / "bin" / message["module"]
            command = [str(program), file.name, message["function"]]
            made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            return {"success": False, "error": made.stderr or f"exit code {made.returncode}"}
        output, *timings = map(json.loads, made.stdout.splitlines())
        return {"success": True, "output": output, "timings": timings}

    yield answer
