"""GradBench's protocol: messages come in as lines of JSON, and each is answered by a line with the same id."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bench.problems import PROBLEMS, Modules, Problem

Message = dict[str, Any]


class Tool:
    """What has been defined, and how messages are answered."""

    def __init__(self, compiled: bool) -> None:
        self.modules = Modules(compiled)
        self.problems: dict[str, Problem] = {}
        self.warm: set[tuple[str, str]] = set()

    def answer(self, message: Message) -> Message:
        response = {"id": message["id"]}
        try:
            match message["kind"]:
                case "start":
                    response["tool"] = "sct"
                case "define":
                    response |= self.define(message["module"])
                case "evaluate":
                    response |= self.evaluate(message)
        except Exception as error:
            response |= {"success": False, "error": "".join(traceback.format_exception(error))}
        return response

    def define(self, module: str) -> Message:
        if module not in PROBLEMS:
            return {"success": False, "error": f"there is no problem {module!r}"}
        self.problems[module] = PROBLEMS[module](self.modules)
        return {"success": True}

    def evaluate(self, message: Message) -> Message:
        """Evaluate until there are enough runs and enough seconds; what Numba compiles, it compiles before."""
        given = message["input"]
        prepare, function, write = self.problems[message["module"]][message["function"]]
        args = prepare(given)
        runs, seconds = (given.get("min_runs", 1), given.get("min_seconds", 0)) if isinstance(given, dict) else (1, 0)
        times: list[int] = []
        timings = []
        if self.modules.compiled and (message["module"], message["function"]) not in self.warm:
            self.warm.add((message["module"], message["function"]))
            timings.append({"name": "compile", "nanoseconds": timed(function, args)[1]})
        taken = 0
        while not times or len(times) < runs or taken < seconds * 1e9:
            output, nanoseconds = timed(function, args)
            times.append(nanoseconds)
            taken += nanoseconds
        timings += [{"name": "evaluate", "nanoseconds": nanoseconds} for nanoseconds in times]
        return {"success": True, "output": write(output), "timings": timings}


def timed(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, int]:
    start = time.perf_counter_ns()
    output = function(*args)
    return output, time.perf_counter_ns() - start


def answers(lines: Iterable[str], compiled: bool) -> Iterator[str]:
    """The answer to each line."""
    tool = Tool(compiled)
    for line in lines:
        yield json.dumps(tool.answer(json.loads(line)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="gradbench_tool", description="GradBench's protocol on standard streams.")
    parser.add_argument("--plain", action="store_true", help="leave Numba out")
    options = parser.parse_args()
    for line in answers(sys.stdin, not options.plain):
        print(line, flush=True)


if __name__ == "__main__":
    main()
