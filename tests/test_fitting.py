"""Tangents and seeds have the form of what they belong to, or are refused by the name of the part that has not."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError

V = np.array([1.0, 2.0, 3.0])
Pair = namedtuple("Pair", "u v")


@dataclass
class State:
    x: float
    n: int


def half(x):  # type: ignore[no-untyped-def]
    y = x.copy()
    y[0] = 0.5 * x[0]
    return y


def twice(x):  # type: ignore[no-untyped-def]
    return 2 * x


def both(x):  # type: ignore[no-untyped-def]
    return x, x * x


def named(x):  # type: ignore[no-untyped-def]
    return Pair(x * x, np.sum(x))


def labelled(x):  # type: ignore[no-untyped-def]
    return {"a": x * x, "b": np.sum(x)}


def counted(x):  # type: ignore[no-untyped-def]
    return x * x, 3, "name"


def first(p):  # type: ignore[no-untyped-def]
    return p[0] * 2


def field(s):  # type: ignore[no-untyped-def]
    return s.x * s.n


def weighed(x):  # type: ignore[no-untyped-def]
    return np.sum(x**3)


@pytest.mark.parametrize("direction", [[1, 0, 0], (1, 0, 0), np.array([1, 0, 0]), np.array([True, False, False])])
def test_ints_bools_and_lists_are_converted(direction: Any) -> None:
    assert np.array_equal(sct.jvp(half, (V,), (direction,))[1], [0.5, 0.0, 0.0])
    assert np.array_equal(sct.vjp(half, V)[1](direction), [0.5, 0.0, 0.0])
    assert np.array_equal(sct.vjp(twice, V)[1](direction), [2.0, 0.0, 0.0])
    assert np.array_equal(sct.hvp(weighed, V, direction), [6.0, 0.0, 0.0])


def test_a_number_stays_a_number() -> None:
    value, dot = sct.jvp(twice, (1,), (np.array(1),))
    assert (value, dot) == (2.0, 2.0) and not isinstance(dot, np.ndarray)
    assert type(sct.jvp(twice, (1.0,), (1.0,))[1]) is float
    single = sct.jvp(twice, (np.ones(2, np.float32),), (np.ones(2, np.float32),))[1]
    assert single.dtype == np.float32


def test_a_seed_has_the_structure_of_the_value() -> None:
    for seed in ((V, 1.0), Pair(V, 1.0), [V, 1]):
        assert np.array_equal(sct.vjp(named, V)[1](seed), 2 * V * V + 1)
    assert np.array_equal(sct.vjp(labelled, V)[1]({"b": 1.0, "a": V}), 2 * V * V + 1)
    for seed in ((1.0, 1.0, None), (1.0, None, None), (1.0, 0, None)):  # no derivative flows into a number of things
        assert sct.vjp(counted, 2.0)[1](seed) == 4.0
    by_row, total = sct.jacobian(named, mode="reverse")(V)
    assert np.array_equal(by_row, np.diag(2 * V)) and np.array_equal(total, np.ones(3))


def test_a_tangent_has_the_structure_of_the_argument() -> None:
    assert np.array_equal(sct.jvp(first, ((V,),), ((V,),))[1], 2 * V)
    assert sct.jvp(field, (State(2.0, 3),), (State(1.0, 0),))[1] == 3.0
    assert sct.jvp(field, (State(2.0, 3),), (sct.grad(field)(State(2.0, 3)),))[1] == 9.0  # with None for the int


@pytest.mark.parametrize(
    ("f", "args", "seed", "said"),
    [
        (both, (V,), (np.ones((2, 3)), V), r"the value\[0\] has its shape, \(3,\), and not \(2, 3\)"),
        (both, (V,), (V,), "has its form, a tuple of 2, and not a tuple of 1"),
        (both, (V,), V, r"has its form, a tuple of 2, and not an array of shape \(3,\)"),
        (both, (V,), (V, None), r"the value\[1\] is an array of shape \(3,\), and not None"),
        (labelled, (V,), {"a": V}, "has its form, a dict of a, b, and not a dict of a"),
        (labelled, (V,), {"a": V, "b": V}, r"the value\['b'\] has its shape, \(\), and not \(3,\)"),
        (counted, (1.0,), (1.0, 1.0, "x"), r"the value\[2\] is None, as that of a string is, and not a string"),
        (sct.grad(field), (State(2.0, 3),), State(1.0, 0), r"\.n is None, as what it belongs to is None, and not a"),
        (twice, (V,), [V, [1.0]], r"is an array of shape \(3,\), and not a list of 2"),
        (twice, (V,), 1j * V, "complex numbers are not supported"),
        (twice, (1.0,), 1j, "complex numbers are not supported"),
        (twice, (1.0,), None, "is a number, and not None"),
        (
            twice,
            (V,),
            np.ma.array(V, mask=[True, False, False]),
            r"of shape \(3,\), and not a masked array; pass `.filled",
        ),
        (twice, (V,), V.astype(object), r"of shape \(3,\), and not an array of shape \(3,\) and of object"),
    ],
)
def test_a_seed_of_another_form(f: Any, args: Any, seed: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=f"the adjoint of .*{said}"):
        sct.vjp(f, *args)[1](seed)
    with pytest.raises(ArgumentError, match=f"the adjoint of .*{said}"):
        sct.pullback(f, *args)[1](seed)


@pytest.mark.parametrize(
    ("f", "primal", "tangent", "said"),
    [
        (twice, 2, np.ones(2), r"x has its shape, \(\), and not \(2,\)"),
        (first, (V,), (np.ones(1),), r"p\[0\] has its shape, \(3,\), and not \(1,\)"),
        (field, State(2.0, 3), {"x": 1.0}, "s has its form, a State of x, n, and not a dict of x"),
        (field, State(2.0, 3), State(1.0, 1), r"s\.n is None or 0: an int in a container"),
        (twice, V, "abc", r"x is an array of shape \(3,\), and not a string"),
        (twice, V, 1j * V, "x is complex"),
    ],
)
def test_a_tangent_of_another_form(f: Any, primal: Any, tangent: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=f"the tangent of {said}"):
        sct.jvp(f, (primal,), (tangent,))


def test_an_hvp_along_another_shape() -> None:
    with pytest.raises(ArgumentError, match=r"the tangent of x has its shape, \(3,\), and not \(2,\)"):
        sct.hvp(weighed, V, np.ones(2))
