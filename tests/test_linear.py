"""What a transformation costs grows with the length of the function, counted by calls, and in time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.growth import mixed, straight

ROOT = Path(__file__).parent.parent


CODE = """
import sys
import time
from bench.growth import mixed, straight
from sct.pipeline import Request, differentiate

def terms(n):
    return f"def f(x: float, a: float) -> float:\\n    return {' + '.join(n * ['x**2 * a'])}\\n"

def turn(n):
    lines = [f"        y = y * x**2 + {k}.0" for k in range(n)]
    head = "def f(x: float, n: int) -> float:\\n    y = x\\n    for i in range(n):"
    return "\\n".join([head, *lines, "    return y\\n"])

def cases(n):
    lines = [f"    elif n == {k}:\\n        y = y * x**2 + {k}.0" for k in range(n)]
    head = "def f(x: float, n: int) -> float:\\n    y = x\\n    if n < 0:\\n        y = 2.0 * x"
    return "\\n".join([head, *lines, "    return y\\n"])

def calls(text, wrt, mode):
    count = 0
    def watch(frame, event, arg):
        nonlocal count
        count += event == "call"
    sys.setprofile(watch)
    differentiate(text, "f.py", [Request("f", wrt, mode)])
    sys.setprofile(None)
    return count

def seconds(text, wrt, mode):
    start = time.process_time()  # what else runs on the machine does not count
    differentiate(text, "f.py", [Request("f", wrt, mode)])
    return time.process_time() - start
"""


def calls(short: str, long: str, wrt: tuple[int, ...], mode: str = "adjoint") -> list[int]:
    """How many Python functions are called to differentiate a short function, and a long one.

    In a process of its own: Python 3.11 may hang where a profile is set late in a long run.
    """
    code = f"{CODE}\nprint(*(calls(text, {wrt}, {mode!r}) for text in ({short}, {long})))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return list(map(int, found.stdout.split()))


def test_a_straight_function() -> None:
    few, many = calls("straight(100)", "straight(400)", (0,))
    assert many < 5 * few


def test_a_function_with_loops_and_stores() -> None:
    few, many = calls("mixed(30)", "mixed(120)", (0, 1))
    assert many < 9 * few  # each store is compared with each read


def test_the_time_of_a_function_with_loops_and_stores() -> None:
    """What is gone through without a call counts here; six times as long is usual for five times the lines."""
    code = f"{CODE}\nprint(*(seconds(mixed(count), (0, 1), 'adjoint') for count in (20, 100, 500)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    _, few, many = map(float, found.stdout.split())  # the first one waits for what is loaded once
    assert many < 9 * few


@pytest.mark.parametrize("mode", ["adjoint", "tangent"])
@pytest.mark.parametrize("shape", ["terms", "turn", "cases"])
def test_a_long_statement_a_long_turn_and_many_cases(shape: str, mode: str) -> None:
    few, many = calls(f"{shape}(15)", f"{shape}(60)", (0,), mode)
    assert many < 7 * few


@pytest.mark.parametrize("count", [20, 100])
def test_lines(count: int) -> None:
    assert len(straight(count).splitlines()) - 2 == count
    assert abs(len(mixed(count).splitlines()) - 2 - count) < 15
