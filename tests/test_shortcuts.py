"""A derivative that was called before answers as one that was not, whatever it was called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from tests.trees import same


def products(x, y, k=2):
    return np.sum(x * y) * k


def in_place(u, v):
    u *= v
    return np.sum(u * v)


def kinds(x, flag):
    return np.sum(x**2) if flag == "square" else np.sum(x)


LINE = np.linspace(-1.0, 1.0, 6)
ARGUMENTS: dict[Callable[..., Any], list[tuple[Any, ...]]] = {
    products: [
        (LINE, LINE + 1.0),
        (LINE, 2.0),
        (LINE, np.array([2.0])),
        (np.array([2.0]), LINE),
        (LINE[::2], LINE[:3]),
        (np.arange(6), LINE),
        (LINE.astype(np.float32), LINE.astype(np.float32)),
        (2.0, 3.0),
        (2, 3.0),
        (np.float32(2.0), LINE),
        (np.array(2.0), LINE),
        (LINE.reshape(2, 3).T, LINE.reshape(3, 2)),
        (LINE, LINE, 3),
        (LINE, LINE, 3.5),
        (LINE, LINE, np.float64(3.5)),
    ],
    in_place: [(LINE, LINE + 1.0), (LINE, 2.0), (LINE.reshape(2, 3).T, np.ones((3, 2)))],
    kinds: [(LINE, "square"), (LINE, "other"), (2.0, "square"), (LINE, None)],
}
MAKERS = {
    "gradient": lambda f: sct.grad(f),
    "value and gradient": lambda f: sct.value_and_grad(f),
    "of two": lambda f: sct.grad(f, wrt=(0, 1)) if f is not kinds else sct.grad(f),
    "in another order": lambda f: sct.value_and_grad(f, wrt=(1, 0)) if f is not kinds else sct.value_and_grad(f),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_was_called_before_makes_no_difference(make: Callable[..., Any]) -> None:
    for f, given in ARGUMENTS.items():
        expected = [make(f)(*args) for args in given]
        called = make(f)
        for k in [*range(len(given)), *reversed(range(len(given))), *range(len(given))]:
            found = called(*given[k])
            assert same(found, expected[k]), (f.__name__, given[k])
            assert np.shape(found) == np.shape(expected[k]) if not isinstance(found, tuple) else True


def test_arguments_that_share_memory_are_refused_each_time() -> None:
    gradient = sct.grad(in_place)
    u = np.ones(3)
    for _ in range(3):
        gradient(u, np.ones(3))
        with pytest.raises(ArgumentError, match="share memory"):
            gradient(u, u[:])


def test_a_nested_function_sees_what_it_captures_as_it_is() -> None:
    c = np.ones(3)

    def f(x):
        return np.sum(c * x)

    gradient = sct.grad(f)
    for k in range(3):
        c = np.full(3, float(k))
        assert np.array_equal(gradient(np.ones(3)), c)


def test_sizes_that_are_new_each_time_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sct.shortcuts._MANY", 4)
    gradient = sct.grad(products)
    for n in range(2, 12):
        x = np.arange(float(n))
        assert np.array_equal(gradient(x, x), 2 * x)
    assert len(gradient._shortcuts._arrays) <= 4  # type: ignore[attr-defined]
