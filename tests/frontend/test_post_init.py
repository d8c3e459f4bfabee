"""Dataclasses with a ``__post_init__``, made in the function: held to differences."""

from __future__ import annotations

import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

HEAD = """
import dataclasses
from dataclasses import InitVar, dataclass, field

import numpy as np

ZERO = 0.0


@dataclass
class P:
    x: float
    k: float = 2.0
    y: float = field(init=False)
    z: float = ZERO
    seen: list = field(default_factory=list)

    def __post_init__(self):
        self.y = self.x**2 * self.k
        if self.z == 0.0:
            self.z = self.x

    def area(self):
        self.seen.append(self.y)
        return self.y * self.z

    @property
    def half(self):
        return self.x / 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checked:
    x: float
    y: float = 1.5

    def __post_init__(self):
        if self.x > 1e9:
            raise ValueError("large")


@dataclass
class Scaled:
    x: float
    k: InitVar[float] = 2.0

    def __post_init__(self, k):
        self.x = self.x * k


"""
PROGRAMS = {
    "defaults and fields that are no parameters": """
def f(a, n):
    p = P(a, k=3.0)
    q = P(x=2 * a, z=a)
    total = p.y * p.x + q.area() + q.area() * p.half
    return total * q.seen[1] + len(p.seen)
""",
    "in loops, and from functions": """
def made(a, k):
    p = P(a, k)
    p.x += k
    return p


def f(a, n):
    total = 0.0
    for c in (Checked(x=a), Checked(x=a * a, y=a)):
        total += c.x * c.y
    for i in range(n):
        p = made(total, 0.5)
        total = np.sin(p.x * p.y + p.z)
    return total
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(text: str) -> None:
    hold(HEAD + text, "f", (0,), (0.7, 3), annotated=False)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("return a if ‹P(a) == P(a)› else 2 * a", "two instances of a dataclass are compared"),
        ("return ‹Scaled(a)›.x", "its `__post_init__` may change its fields"),
        ("return P(a, ‹q=2.0›).x", "`P` has no such parameter"),
        ("return P(a, 2.0, 1.0, [], ‹a›).x", "`P` has no such parameter"),
        ("return ‹P()›.x", "`P` needs the argument `x`"),
    ],
)
def test_refused(marked: str, reason: str) -> None:
    assert reason in refused(f"{HEAD}def f(a: float):\n    {marked}\n").reason


def test_what_is_passed_is_not_looked_into() -> None:
    assert "`__post_init__` may change its fields" in refused(f"{HEAD}def f(‹p›: P):\n    return p.x\n").reason


def test_no_part_of_the_object_is_left() -> None:
    (piece,) = differentiate(f"{HEAD}def f(a: float):\n    return P(a).area()\n", "m.py", [Request("f")])
    assert "P(" not in piece.text.split("# forward")[1]
