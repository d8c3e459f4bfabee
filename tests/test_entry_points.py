"""What is asked of the functions of sct: calls of other forms, empty arrays, and what is refused with a reason."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.errors import RefusedError, SctError
from sct.origin import SourceError
from sct.results import NotScalarError

Pair = namedtuple("Pair", "u v")
EMPTY = np.zeros(0)


@dataclass
class State:
    x: float


class Scaled:
    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, x):  # type: ignore[no-untyped-def]
        return self.by * x * x

    @classmethod
    def of_class(cls, x):  # type: ignore[no-untyped-def]
        return x * x

    @staticmethod
    def alone(x):  # type: ignore[no-untyped-def]
        return x * x


class Plain:
    by = 2.0


def square(x):  # type: ignore[no-untyped-def]
    return x * x


def squares(x):  # type: ignore[no-untyped-def]
    return np.sum(x * x)


def itself(x):  # type: ignore[no-untyped-def]
    return x


def total(x, p):  # type: ignore[no-untyped-def]
    s = 0.0
    for q in p:
        s = s + x * q
    return s


def by_key(x, d):  # type: ignore[no-untyped-def]
    s = 0.0
    for k in d:
        s = s + x * d[k]
    return s


def first(x, p):  # type: ignore[no-untyped-def]
    return np.sum(x * p[0])


def times(x, k):  # type: ignore[no-untyped-def]
    return x * k


def given(x, p):  # type: ignore[no-untyped-def]
    if p[0] is None:
        return x
    return x * p[0]


def nothing(x):  # type: ignore[no-untyped-def]
    y = x  # noqa: F841


def text(x):  # type: ignore[no-untyped-def]
    return "x"


def sometimes(x):  # type: ignore[no-untyped-def]
    if x > 0:
        return x * x
    return None


def as_dict(x):  # type: ignore[no-untyped-def]
    return {"a": x}


def as_state(x):  # type: ignore[no-untyped-def]
    return State(x)


def as_pair(x):  # type: ignore[no-untyped-def]
    return Pair(x, x)


def stopped(x):  # type: ignore[no-untyped-def]
    return sct.stop_gradient(np.sin(x)) * x


def called(o, x):  # type: ignore[no-untyped-def]
    return o.by * x


ENTRIES: dict[str, Callable[[Any, float], Any]] = {
    "grad": lambda f, x: sct.grad(f)(x),
    "value_and_grad": lambda f, x: sct.value_and_grad(f)(x),
    "jvp": lambda f, x: sct.jvp(f, (x,), (1.0,)),
    "vjp": lambda f, x: sct.vjp(f, x)[1](1.0),
    "pullback": lambda f, x: sct.pullback(f, x)[1](1.0),
    "derivative": lambda f, x: sct.derivative(f)(x),
    "forward": lambda f, x: sct.jacobian(f, mode="forward")(x),
    "reverse": lambda f, x: sct.jacobian(f, mode="reverse")(x),
    "jacobian": lambda f, x: sct.jacobian(f)(x),
    "hessian": lambda f, x: sct.hessian(f)(x),
    "hvp": lambda f, x: sct.hvp(f, x, 1.0),
    "verify": lambda f, x: sct.verify(f, x),
}


def test_a_call_with_a_container_of_another_form() -> None:
    """A later call does not run what was generated for an earlier one."""
    g = sct.grad(total)
    assert [g(1.0, p) for p in ((2.0, 3.0), (2.0, 3.0, 4.0), (2.0, 3.0), [1.0, 2], [1.0, 2, 3])] == [5, 9, 5, 3, 6]
    d = sct.value_and_grad(by_key)
    assert d(1.0, {"a": 1.0, "b": 2.0}) == (3.0, 3.0) and d(1.0, {"a": 3.0, "c": 4.0, "d": 1.0}) == (8.0, 8.0)
    f = sct.grad(first)
    assert f(1.0, (2.0,)) == 2.0 and f(1.0, (np.array([2.0, 3.0]),)) == 5.0
    k = sct.grad(given)
    assert [k(2.0, p) for p in ((None,), (3.0,), (None,))] == [1.0, 3.0, 1.0]


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("f", [nothing, text, sometimes])
def test_a_function_that_returns_no_number(f: Any, entry: str) -> None:
    with pytest.raises(SctError, match=r"returns no number|whose value is a number|return a number on"):
        ENTRIES[entry](f, -1.0)


@pytest.mark.parametrize(("f", "kind"), [(as_dict, "dict"), (as_state, "State"), (as_pair, "Pair")])
def test_a_gradient_of_a_container(f: Any, kind: str) -> None:
    with pytest.raises(NotScalarError, match=f"{f.__name__} returns a {kind}, and grad needs a scalar"):
        sct.grad(f)(2.0)


def test_a_value_that_is_the_argument() -> None:
    v = np.array([1.0, 2.0])
    for mode in ("forward", "reverse", None):
        assert sct.jacobian(itself, mode=mode)(2.0) == 1.0
        assert np.array_equal(sct.jacobian(itself, mode=mode)(v), np.eye(2))
    assert sct.hessian(itself)(2.0) == 0.0


@pytest.mark.parametrize("mode", ["forward", "reverse", None])
@pytest.mark.parametrize("sparsity", [None, "auto"])
def test_empty_arrays(mode: Any, sparsity: Any) -> None:
    assert sct.jacobian(square, mode=mode, sparsity=sparsity)(EMPTY).shape == (0, 0)
    assert sct.jacobian(squares, mode=mode, sparsity=sparsity)(EMPTY).shape == (0,)
    assert sct.hessian(squares, sparsity=sparsity)(EMPTY).shape == (0, 0)


def test_arguments_that_say_nothing() -> None:
    for call in (
        lambda: sct.grad(square, wrt=()),
        lambda: sct.vjp(square, 1 > 0),
        lambda: sct.jacobian(square, wrt=()),
    ):
        with pytest.raises(ArgumentError, match="square is differentiated with respect to nothing"):
            call()
    with pytest.raises(ArgumentError, match="every tangent of jvp is None"):
        sct.jvp(square, (1.0,), (None,))
    with pytest.raises(ArgumentError, match="as tuples or lists"):
        sct.jvp(square, 1.0, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="every direction of hvp is None"):
        sct.hvp(square, 1.0, None)
    with pytest.raises(ArgumentError, match=r"a whole number from 1 on, not 1\.5"):
        sct.derivative(square, order=1.5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"chunk an int from 1 on, not None and 1\.5"):
        sct.jacobian(square, chunk=1.5)  # type: ignore[arg-type]


def test_stop_gradient_is_differentiated_once() -> None:
    """Generated code does not say what is constant in it: the derivative of the derivative would be another one."""
    assert sct.grad(stopped)(2.0) == np.sin(2.0)
    seconds: list[Callable[[], Any]] = [
        lambda: sct.grad(sct.grad(stopped))(2.0),
        lambda: sct.hessian(stopped)(2.0),
        lambda: sct.hvp(stopped, 2.0, 1.0),
        lambda: sct.derivative(stopped, order=2)(2.0),
        lambda: sct.grad(nested)(2.0),
    ]
    for second in seconds:
        with pytest.raises(RefusedError, match=r"has lost what `sct\.stop_gradient` says"):
            second()


def nested(x):  # type: ignore[no-untyped-def]
    return sct.grad(stopped)(x)


def test_methods_that_are_bound() -> None:
    with pytest.raises(ArgumentError, match=r"Scaled\.of_class is a class method, .* make it a static method"):
        sct.grad(Scaled.of_class)
    assert sct.grad(Scaled.alone)(2.0) == 4.0


def test_objects_that_can_be_called() -> None:
    assert sct.grad(Scaled.__call__, wrt="x")(Scaled(2.0), 3.0) == 12.0
    assert sct.grad(called)(Scaled(2.0), 3.0).by == 3.0
    assert sct.verify(called, Scaled(2.0), 3.0).agrees
    with pytest.raises(SourceError, match=r"differentiate `Scaled\.__call__`, and pass it the object"):
        sct.grad(Scaled(2.0))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (staticmethod(square), "square is a static method by now: write `@staticmethod` above sct's decorator"),
        (classmethod(square), "square is a class method, .* make it a static method"),
        ("x", "sct takes a function, and not what is of type str; `wrt=…` names parameters"),
        (1.0, "sct takes a function, and not what is of type float"),
        (Scaled, "Scaled is a class: write a function that calls it"),
        (max, "max has no source in Python: write a function that calls it"),
    ],
    ids=["static method", "class method", "str", "float", "class", "built-in function"],
)
def test_what_is_no_function_of_python(given: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        sct.grad(given)


class Doubling(np.ndarray):
    def __mul__(self, other):  # type: ignore[no-untyped-def]
        return 2.0 * np.asarray(self) * np.asarray(other)


class Silent(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return np.zeros(2)


class Named(np.ndarray):
    """An array that knows its name, and is one in all else."""

    def __array_finalize__(self, other):  # type: ignore[no-untyped-def]
        self.name = getattr(other, "name", "")


OTHERS = [np.matrix, np.ma.MaskedArray, Doubling, Silent]


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("entry", ["grad", "value_and_grad", "jvp", "vjp", "pullback", "forward", "reverse"])
def test_arrays_whose_operators_are_others(kind: type, entry: str) -> None:
    """A call with arrays before made no difference between them, and the derivative was that of another function."""
    plain = np.array([[1.0, 2.0]])
    asked = ENTRIES[entry] if entry != "jvp" else lambda f, x: sct.jvp(f, (x,), (plain,))
    for call in (lambda x: asked(squares, x), lambda x: sct.grad(first)(2.0, (x,))):
        call(plain)
        with pytest.raises(ArgumentError, match=rf"is a {kind.__name__}, whose operators are not those of an array"):
            call(plain.view(kind))


@pytest.mark.parametrize("base", [float, int])
def test_numbers_whose_operators_are_others(base: type) -> None:
    other = type("Tripled", (base,), {"__mul__": lambda self, x: 3.0 * x, "__rmul__": lambda self, x: 3.0 * x})
    named = type("Named", (base,), {"__repr__": lambda self: "n"})
    assert sct.grad(first)(2.0, (named(5),)) == sct.grad(first)(2.0, (base(5),))
    for call in (lambda k: sct.grad(times)(2.0, k), lambda k: sct.grad(first)(2.0, (k,))):
        call(named(5))
        with pytest.raises(ArgumentError, match=rf"is a Tripled, .* those of a number; pass `{base.__name__}\(…\)`"):
            call(other(5))


def test_arrays_that_are_such_by_another_name(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "x", dtype=float, mode="w+", shape=(2,))
    mapped[:] = 1.0, 2.0
    for x in (mapped, np.array([1.0, 2.0]).view(Named)):
        np.testing.assert_array_equal(sct.grad(squares)(x), [2.0, 4.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sct.grad(first)(1.0), r"first\(\): missing a required argument: 'p'"),
        (lambda: sct.grad(square)(1.0, 2.0), r"square\(\): too many positional arguments"),
        (lambda: sct.grad(square)(1.0, y=2.0), r"square\(\): got an unexpected keyword argument 'y'"),
        (lambda: sct.jvp(first, (1.0,), (1.0,)), r"first\(\): missing a required argument: 'p'"),
        (lambda: sct.grad(called, wrt="x")(Scaled, 1.0), "the argument o is a class: make a class method a static one"),
        (
            lambda: sct.grad(called, wrt="x")(Plain(), 1.0),
            "of type Plain; pass .* of a class with an `__init__`",
        ),
    ],
)
def test_arguments_that_do_not_fit(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        call()
    assert str(caught.value).startswith(__file__)
