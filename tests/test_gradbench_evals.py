"""An eval of a checkout is let run: what it asks is answered, what it says is kept, and times are compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from bench import gradbench
from bench.protocol import Tool

# As GradBench's: it asks for a primal and a derivative, and finds a value wrong that is not the one of its argument.
EVAL = """
import json, sys

RIGHT = {"primal": 1.0, "gradient": [1.0]}
count = 0


def send(**message):
    global count
    print(json.dumps({"id": count, **message}), flush=True)
    response = json.loads(sys.stdin.readline())
    assert response["id"] == count
    count += 1
    return response


assert sys.argv[1:3] == ["-n", "10000"], sys.argv
send(kind="start", eval="lse")
if send(kind="define", module="lse")["success"]:
    for function, right in RIGHT.items():
        of = count
        given = {"x": [1.0], "min_runs": 2, "min_seconds": float(sys.argv[-1])}
        response = send(kind="evaluate", module="lse", function=function, input=given)
        if response["success"]:
            valid = response["output"] == right
            send(kind="analysis", of=of, valid=valid, **({} if valid else {"error": f"not {right}"}))
"""
MANUAL = """#!/bin/sh
case $2 in primal) echo 1.0;; *) echo "[2.0]";; esac
for t in 5 7 9; do echo "{\\"name\\": \\"evaluate\\", \\"nanoseconds\\": $t}"; done
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    run = tmp_path / "python" / "gradbench" / "gradbench" / "evals" / "lse" / "run.py"
    program = tmp_path / "tools" / "manual" / "bin" / "lse"
    for path, text in ((run, EVAL), (program, MANUAL)):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def test_an_eval_is_answered_and_judges(checkout: Path) -> None:
    found = gradbench.conversation("lse", checkout, "", 0.001, Tool(compiled=False).answer)
    assert [(e.function, e.error) for e in found] == [("primal", ""), ("gradient", "")]
    assert all(e.nanoseconds > 0 for e in found)


def test_a_failure_is_told(checkout: Path) -> None:
    def answer(message: gradbench.Message) -> dict[str, Any]:
        return {"success": message["kind"] == "define", "error": "Traceback:\n  …\nValueError: no"}

    found = gradbench.conversation("lse", checkout, "", 0.001, answer)
    assert [e.error for e in found] == ["ValueError: no"] * 2
    (checkout / "python" / "gradbench" / "gradbench" / "evals" / "lse" / "run.py").write_text("import nothing_such")
    with pytest.raises(RuntimeError, match="ModuleNotFoundError: No module named 'nothing_such'"):
        gradbench.conversation("lse", checkout, "", 0.001, answer)


def test_the_tools_are_compared_with_the_program(checkout: Path) -> None:
    pytest.importorskip("numba")
    found = gradbench.measured("lse", checkout, sys.executable, 0.001)
    assert found["judged"] == {"C++": ["", "gradient: not [1.0]"], "sct": ["", ""], "sct Numba": ["", ""]}
    assert set(found["ratios"]) == {"primal"}, "what is wrong has no time"
    assert set(found["ratios"]["primal"]) == {"sct", "sct Numba"} and found["kept"] == []
    (checkout / "tools" / "manual" / "bin" / "lse").unlink()
    without = gradbench.measured("lse", checkout, "", 0.001)
    assert set(without["judged"]) == {"sct", "sct Numba"} and without["ratios"] == {}


def test_every_problem_is_asked_for() -> None:
    from bench.problems import PROBLEMS

    assert {name.partition(",")[0] for name in gradbench.EVALS} == set(PROBLEMS)
