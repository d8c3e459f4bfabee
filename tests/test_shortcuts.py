"""A derivative that was called before answers as one that was not, whatever it was called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import sct
from sct import kept
from sct.arguments import ArgumentError
from tests.trees import parts


def products(x, y, k=2):
    return np.sum(x * y) * k


def in_place(u, v):
    u *= v
    return np.sum(u * v)


def kinds(x, flag):
    return np.sum(x**2) if flag == "square" else np.sum(x)


@dataclass
class Layer:
    w: Any
    b: Any


class Plain:
    def __init__(self, w: Any, b: Any) -> None:
        self.w = w
        self.b = b


def fields(p, x):
    return np.sum(p.w * x + p.b)


def keys(p, x):
    return np.sum(p["w"] * x + p["b"])


def items(ps, x):
    total = 0.0
    for p in ps:
        total = total + np.sum(p * x)
    return total


def pair(p, x):
    w, b = p
    return np.sum(w * x + b)


def layers(ps, x):
    total = 0.0
    for p in ps:
        total = total + np.sum(p.w * x) * p.b
    return total


LINE = np.linspace(-1.0, 1.0, 6)
FLAT, TALL, ONE = np.ones((2, 3)), np.full((3, 1), 2.0), np.array([4.0])
HELD: list[tuple[Any, Any]] = [
    (LINE, 2.0),
    (LINE, np.float64(3.0)),
    (LINE, 2),
    (LINE, LINE),
    (LINE, ONE),
    (ONE, LINE),
    (FLAT, 1.0),
    (TALL, FLAT[0]),
    (FLAT.T, TALL),
    (LINE.astype(np.float32), np.float32(2.0)),
    (LINE.astype(np.float32), LINE),
    (np.arange(6), 2.0),
    (2.0, LINE),
]
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
    fields: [(Layer(*held), 2.0) for held in HELD] + [(Plain(*held), ONE) for held in HELD[:3]],
    keys: [({"w": w, "b": b}, 2.0) for w, b in HELD[:3]]
    + [({"b": 2.0, "w": LINE}, 2.0), ({"w": LINE, "b": 0.0, "c": 1}, 2.0)],
    items: [
        ([LINE, LINE], 2.0),
        ([LINE], 2.0),
        ([LINE, LINE, LINE], LINE),
        ([LINE, ONE], 2.0),
        ([ONE, LINE], 2.0),
        ([1.0, 2.0], 2.0),
        ([1.0, 2], 2.0),
        ([np.float64(1.0), 2.0], 2.0),
        ([FLAT, TALL, FLAT[0]], 2.0),
        ((LINE, 2.0), 2.0),
        ((2.0, LINE), 2.0),
    ],
    pair: [(held, 2.0) for held in HELD[:4]] + [(list(held), 2.0) for held in HELD[:4]],
    layers: [([Layer(LINE, 1.0)] * n, 2.0) for n in (1, 2, 3)] + [([Layer(FLAT, 1.0), Layer(LINE, 2.0)], 2.0)],
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
        expected = []
        for args in given:
            forget(f)
            expected.append(make(f)(*args))
        forget(f)
        called = make(f)
        for k in [*range(len(given)), *reversed(range(len(given))), *range(len(given))]:
            found = called(*given[k])
            assert described(found) == described(expected[k]), (f.__name__, given[k])


def forget(f: Callable[..., Any]) -> None:
    """Let the next derivative of a function be a new one, of which no call was made."""
    vars(f).pop(kept._NAME, None)


def described(value: Any) -> Any:
    """What a value is made of, and what it is."""
    inner = parts(value) or (list(vars(value).values()) if hasattr(value, "__dict__") else None)
    if inner is not None:
        return type(value), list(map(described, inner))
    return type(value), np.shape(value), getattr(value, "dtype", None), np.asarray(value).tolist()


@pytest.mark.parametrize("f", [products, fields, keys, items, pair, layers], ids=lambda f: f.__name__)
def test_a_second_call_takes_the_shortcut(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    gradient, args = sct.grad(f), ARGUMENTS[f][0]
    expected = gradient(*args)
    monkeypatch.setattr(gradient, "prepare", None)
    assert described(gradient(*args)) == described(expected)
    with pytest.raises(TypeError):
        gradient(*args[:-1], 2)


def offset(x, shift=np.ones(3)):  # noqa: B008
    return np.sum(x * shift)


def test_a_default_that_is_written_into_is_the_one_that_counts() -> None:
    gradient, x = sct.grad(offset), np.arange(3.0)
    for k in range(3):
        offset.__defaults__[0][:] = k  # type: ignore[index]
        assert np.array_equal(gradient(x), np.full(3, float(k)))


def test_a_class_that_has_changed_is_noticed() -> None:
    @dataclass
    class Held:
        w: Any
        b: Any

    gradient = sct.grad(fields)
    gradient(Held(LINE, 1.0), 2.0)
    gradient(Held(LINE, 1.0), 2.0)
    Held.__getattr__ = lambda self, name: 0.0  # type: ignore[attr-defined]
    with pytest.raises(ArgumentError, match="__getattr__"):
        gradient(Held(LINE, 1.0), 2.0)


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
    assert len(gradient._shortcuts._others) <= 4  # type: ignore[attr-defined]
