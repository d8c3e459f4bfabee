"""What a class has beside its fields: bases, static methods, fields by name; each held to differences in both modes."""

from __future__ import annotations

from pathlib import Path

import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.modules import load_module
from tests.programs import hold
from tests.refused import refused

PROGRAMS = '''
import abc
import functools
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar, Generic, NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")


class Doubling:
    """What a class without fields gives others."""

    def twice(self):
        return 2.0 * self.a

    @property
    def half(self):
        return 0.5 * self.twice() ** 2

    def own(self):
        return 100.0


class Valued(abc.ABC):
    @abc.abstractmethod
    def value(self): ...


@dataclass
class P(Doubling, Valued):
    a: float
    b: float = 2.0
    count: ClassVar[int] = 3

    def value(self):
        return self.a * self.b

    def own(self):
        return self.a**3


class Net(Doubling):
    def __init__(self, a: float):
        self.a: float = a

    def loss(self, x):
        return self.twice() * x * self.half


class Ops:
    @staticmethod
    def square(t):
        return t * t

    @staticmethod
    def fourth(t, k=2.0):
        return k * Ops.square(Ops.square(t))


class Pair(NamedTuple):
    a: float
    b: float

    def product(self):
        return self.a * self.b


def of_bases(x: float, y: float) -> float:
    p = P(x, b=y)
    return p.twice() * P(y).value() + p.half * p.own()


def of_an_argument(p: P, x: float) -> float:
    return p.half * p.value() * x


def of_an_object(net: Net, x: float) -> float:
    return net.loss(x) * Net.twice(net)


def of_static_methods(x: float, y: float) -> float:
    return Ops.fourth(x) * Ops.fourth(y, k=x) + applied(Ops.square, x)


def applied(g, x):
    return g(g(x))


def by_the_class(x: float, y: float) -> float:
    return Pair.product(Pair(x, y * x)) * P.value(P(x))


def of_a_namespace(x: float, y: float) -> float:
    made = SimpleNamespace(u=x * y, v=np.sin(x))
    return made.u * made.v + made.u


@functools.lru_cache(maxsize=None)
def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) * fibonacci(x, n - 2)


@functools.cache
def both(x):
    return x * x, 3.0 * x


def of_caches(x: float, y: float) -> float:
    a, b = both(x)
    return fibonacci(y, 5) * a + b
'''


@pytest.mark.parametrize("name", ["of_bases", "of_static_methods", "by_the_class", "of_a_namespace", "of_caches"])
def test_program(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), (0.7, 1.3))


@pytest.mark.parametrize(("name", "made"), [("of_an_argument", "P(0.7, b=1.3)"), ("of_an_object", "Net(0.7)")])
def test_program_of_an_object(tmp_path: Path, name: str, made: str) -> None:
    (tmp_path / "model.py").write_text(PROGRAMS)
    model = load_module(tmp_path / "model.py")
    f, of = getattr(model, name), eval(made, vars(model))
    change = (f(of, 1.1 + 1e-6) - f(of, 1.1 - 1e-6)) / 2e-6
    assert sct.grad(f, wrt="x")(of, 1.1) == pytest.approx(change, rel=1e-8)
    assert sct.jvp(f, (of, 1.1), (None, 1.0))[1] == pytest.approx(change, rel=1e-8)


BY_NAME = """
from dataclasses import KW_ONLY, dataclass


@dataclass
class P:
    a: float
    _: KW_ONLY
    b: float = 2.0
    c: float = 3.0


def f(x: float) -> float:
    return P(x).b * P(x, c=x * x).c * P(c=x, a=x).a


def g(x: float) -> float:
    return P(x, x).b
"""


def test_fields_that_are_passed_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(BY_NAME)
    model = load_module(tmp_path / "model.py")
    assert sct.grad(model.f)(0.7) == pytest.approx(6.0 * 0.7**2)
    with pytest.raises(RefusedError, match="`P` has no such field"):
        sct.grad(model.g)(0.7)


ON_ONE_LINE = """
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


@dataclass
class P: x: float; y: float


class Q(NamedTuple): x: float


class E(IntEnum): A = 1; B = 2


class K: g = 9.81


class O:
    def __init__(self, a: float): self.a = a

    def square(self) -> float: return self.a * self.a * K.g


def f(t: float, e: E) -> float:
    p, q = P(t, 2.0), Q(t)
    return p.x * p.y * q.x * O(t).square() if e == E.B else t
"""


def test_bodies_behind_a_colon() -> None:
    hold(ON_ONE_LINE, "f", (0,), (1.3, 2))
    hold(ON_ONE_LINE, "f", (0,), (1.3, 1))
    (piece,) = differentiate(ON_ONE_LINE, "model.py", [Request("O.square")])
    assert "self_bar = SimpleNamespace(a=" in piece.text


def test_a_base_stands_before_what_inherits_from_it() -> None:
    (piece,) = differentiate(PROGRAMS, "model.py", [Request("of_bases", (0, 1))])
    places = [piece.text.index(f"class {name}") for name in ("Doubling", "Valued", "P(")]
    assert max(places[:2]) < places[2]


REFUSED = [
    ("class Q(P):\n    pass", "‹Q›(x).a", "`Q` is not supported: it inherits the fields of `P`"),
    (
        "@dataclass\nclass R:\n    r: float\n\n\n@dataclass\nclass Q(P, R):\n    c: float = 1.0",
        "‹Q(x)›.c",
        "`Q` is not supported: it inherits the fields of several classes",
    ),
    ("@dataclass\nclass Q(dict):\n    c: float", "‹Q(x)›.c", "it is not known what it inherits from `dict`"),
    (
        "@dataclass\nclass Q(Doubling):\n    a: float\n    half: float",
        "‹Q(x, x)›.half",
        "it inherits `half`, which is one",
    ),
    ("class R(Doubling):\n    pass\n\n\n@dataclass\nclass Q(R, Doubling):\n    a: float", "‹Q(x)›.a", "in two ways"),
    ("@dataclass\nclass Q(Generic[T]):\n    a: float", "‹Q(x)›.a", "not known what it inherits from `Generic[T]`"),
    ("", "‹P(x).count› * x", "`.count` is an attribute of a class, and these are not read"),
    ("", "x * ‹P›", "the class `P` is used as a value"),
    ("", "‹x.imag›", "the attribute `.imag` is not supported"),
    ("", "‹{'k': x}.k›", "the attribute `.k` is not supported"),
    ("", "x * ‹np.foo.BAR›", "`np.foo.BAR` is used as a value"),
    (
        "@functools.cache\ndef buffer(n):\n    return np.zeros(n)",
        "‹buffer(2)›[0] * x",
        "`buffer` keeps what it returned, and takes or returns more than numbers",
    ),
    ("@functools.cache\ndef listed(n):\n    return [1.0, n]", "‹listed(2)›[0] * x", "`listed` keeps what it returned"),
    ("@functools.lru_cache\ndef of(p):\n    return p.a", "‹of(P(x))›", "`of` keeps what it returned"),
    ("@functools.lru_cache\ndef of(*xs):\n    return xs[0]", "‹of(x)›", "`of` keeps what it returned"),
]


@pytest.mark.parametrize(("above", "marked", "reason"), REFUSED, ids=[reason for *_, reason in REFUSED])
def test_refused(above: str, marked: str, reason: str) -> None:
    assert reason in refused(f"{PROGRAMS}\n\n{above}\n\n\ndef f(x: float):\n    return {marked}").reason


def test_the_kinds_of_fields_are_asked_for() -> None:
    text = (
        "class N:\n    def __init__(self, W):\n        self.W = W\n\n    def loss(self, x: float):\n        return x\n"
    )
    with pytest.raises(RefusedError, match="the kinds of the fields of `N` are not known"):
        differentiate(text, "model.py", [Request("N.loss", ("x",))])
    with pytest.raises(RefusedError, match="`N` is not supported: it is not known what it inherits from `Base`"):
        differentiate(text.replace("N:", "N(Base):"), "model.py", [Request("N.loss", ("x",))])
