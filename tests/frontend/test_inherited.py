"""Fields and methods of a class that another one inherits from; dicts of arguments; ranges run backwards."""

from __future__ import annotations

import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
from dataclasses import dataclass


@dataclass
class Base:
    k: float

    def g(self, x):
        return self.f(x) ** 2

    def f(self, x):
        return self.k * x

    @property
    def double(self):
        return 2 * self.k


@dataclass
class Derived(Base):
    l: float = 3.0

    def f(self, x):
        return self.l * self.k * x + x * x

    def h(self, x):
        return self.g(x) * self.l


def inherited(x: float):
    d = Derived(2.0, x)
    e = Base(x)
    return d.h(x) + d.g(x) + d.double + e.g(x)


def given(x: float, d: Derived):
    return d.h(x) + d.g(x) + d.double


def scaled(x, a, b):
    return x * a + b**2


def spread(x: float):
    d = {"a": x, "b": x * x}
    return scaled(x, **d) + scaled(b=x, **{"x": x, "a": 2.0})


def backwards(x: float, n: int):
    for i in range(n)[::-1]:
        x = x * math.sin(x + i)
    return x
"""


def test_programs() -> None:
    hold(SOURCE, "inherited", (0,), (0.5,))
    hold(SOURCE, "spread", (0,), (0.5,))
    hold(SOURCE, "backwards", (0,), (0.5, 3))


def test_a_class_stands_before_those_that_inherit_from_it() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("inherited")])
    assert piece.text.index("class Base:") < piece.text.index("class Derived(Base):")


def test_what_is_spread_must_be_a_dict() -> None:
    with pytest.raises(RefusedError, match="it is not known how many items this has"):
        differentiate(
            "def g(x):\n    return x\n\n\ndef f(x: float, o: float):\n    return g(**o)\n", "f.py", [Request("f")]
        )


def test_a_range_backwards_is_a_range() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("backwards")])
    assert "for i in range(n - 1, -1, -1):" in piece.text
