"""The GradBench tool answers recorded messages as the hand-written C++ derivatives of GradBench do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.protocol import answers

RECORDED = [json.loads(line) for line in Path(__file__).with_name("gradbench_messages.jsonl").read_text().splitlines()]


def _equal(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            _equal(found[name], value)
    else:
        # GradBench itself asks for 1e-4; the gradient of `ode` is that of the exact solution, and has two steps of
        # descents behind it in `particle`.
        np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-5, atol=1e-5)


def test_recorded_messages() -> None:
    lines = [json.dumps(record["message"]) for record in RECORDED]
    problems = set()
    for record, line in zip(RECORDED, answers(lines, compiled=False), strict=True):
        message, found = record["message"], json.loads(line)
        assert found["id"] == message["id"]
        if message["kind"] == "define":
            assert found["success"] is (message["module"] != "nothing")
        if message["kind"] == "evaluate":
            assert found["success"], found["error"]
            _equal(found["output"], record["output"])
            assert [timing["name"] for timing in found["timings"]] == ["evaluate"]
            problems.add((message["module"], message["function"]))
    assert len({module for module, _ in problems}) == 12
    assert {function for module, function in problems if module == "saddle"} == {"ff", "fr", "rf", "rr"}


def test_the_process_compiles_and_answers() -> None:
    pytest.importorskip("numba")
    asked = [r for r in RECORDED if r["message"].get("module", "lse") in ("hello", "lse")]
    text = "".join(json.dumps(record["message"]) + "\n" for record in asked)
    command = [sys.executable, "-m", "bench.protocol"]
    root = Path(__file__).parent.parent
    made = subprocess.run(command, input=text, cwd=root, capture_output=True, text=True, check=True)
    for record, line in zip(asked, made.stdout.splitlines(), strict=True):
        if "output" in record:
            found = json.loads(line)
            _equal(found["output"], record["output"])
            assert [timing["name"] for timing in found["timings"]] == ["compile", "evaluate"]


def test_a_failure_is_an_answer() -> None:
    message = {"id": 7, "kind": "evaluate", "module": "lse", "function": "primal", "input": {"x": [1.0]}}
    (line,) = answers([json.dumps(message)], compiled=False)
    found = json.loads(line)
    assert (found["id"], found["success"]) == (7, False)
    assert "KeyError" in found["error"]
