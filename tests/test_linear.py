"""What a transformation costs grows with the length of the function, counted by calls and not by the clock."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from bench.growth import mixed, straight
from sct.pipeline import Request, differentiate


def calls(text: str, wrt: tuple[int, ...]) -> int:
    """How many Python functions are called to differentiate a function."""
    count = 0

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(watch)
    try:
        differentiate(text, "f.py", [Request("f", wrt, "adjoint")])
    finally:
        sys.setprofile(None)
    return count


def test_a_straight_function() -> None:
    assert calls(straight(400), (0,)) < 5 * calls(straight(100), (0,))


def test_a_function_with_loops_and_stores() -> None:
    assert calls(mixed(120), (0, 1)) < 9 * calls(mixed(30), (0, 1))  # each store is compared with each read


@pytest.mark.parametrize("count", [20, 100])
def test_lines(count: int) -> None:
    assert len(straight(count).splitlines()) - 2 == count
    assert abs(len(mixed(count).splitlines()) - 2 - count) < 15
