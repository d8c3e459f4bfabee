"""Bound methods and partial functions: their derivatives are those of the function inside, at what they hold."""

from __future__ import annotations

import inspect
import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.origin import SourceError
from sct.verification import PointError


class Model:
    def __init__(self, w: Any) -> None:
        self.w = w

    def loss(self, x: Any) -> Any:
        return np.sum(self.w * x**3)

    @sct.grad(wrt="k")
    def decorated(self, k: float) -> float:
        return self.w[0] * k**2

    @classmethod
    def of_class(cls, x: float) -> float:
        return x


def power(x: Any, n: Any, scale: float = 1.0) -> Any:
    return scale * x**n


def pair(x: Any, k: float) -> Any:
    return np.array([k * x[0] * x[1], x[1] ** 2])


X, W = np.array([1.0, 2.0]), np.array([3.0, 5.0])


def test_a_bound_method() -> None:
    model = Model(W.copy())
    gradient = sct.grad(model.loss)
    for _ in range(2):
        assert np.array_equal(gradient(X), 3 * W * X**2)
    model.w = 2 * W  # as it is at each call
    assert np.array_equal(gradient(X), 6 * W * X**2)
    assert str(inspect.signature(gradient)) == "(x: 'Any') -> 'Any'"
    assert repr(gradient) == f"<sct.grad of {__name__}.Model.loss with respect to x>"
    assert "def Model_loss_adjoint(" in gradient.source
    value, bars = sct.value_and_grad(model.loss)(x=X)
    assert value == np.sum(2 * W * X**3)
    assert np.array_equal(bars, 6 * W * X**2)


CUBE = partial(power, n=3)


@pytest.mark.parametrize(
    ("gradient", "args", "expected"),
    [
        (sct.grad(CUBE), (2.0,), 12.0),
        (sct.grad(CUBE, wrt="scale"), (2.0,), 8.0),
        (sct.grad(CUBE, wrt=("scale", 0)), (2.0,), (8.0, 12.0)),
        (sct.grad(CUBE, wrt=["n"]), (2.0,), (8.0 * np.log(2.0),)),
        (sct.grad(partial(CUBE, scale=2.0)), (2.0,), 24.0),
        (sct.grad(partial(power, 2.0)), (3.0,), 8.0 * np.log(2.0)),
        (sct.grad(partial(power, 2.0), wrt="scale"), (3,), 8.0),
        (sct.grad(sct.grad(CUBE)), (2.0,), 12.0),
        (sct.grad(partial(sct.grad(power), n=3)), (2.0,), 12.0),
        (sct.derivative(CUBE, order=2), (2.0,), 12.0),
        (sct.hessian(CUBE), (2.0,), 12.0),
        (sct.grad(Model(W).decorated), (2.0,), 6.0),
    ],
)
def test_partial_functions(gradient: Any, args: tuple[Any, ...], expected: Any) -> None:
    assert gradient(*args) == pytest.approx(expected)


def test_arguments_of_the_call_come_first() -> None:
    gradient = sct.grad(CUBE)
    assert gradient(2.0, n=4) == 32.0
    with pytest.raises(ArgumentError, match=r"power\(\): multiple values for argument 'n'"):
        gradient(2.0, 3)


def test_both_modes_and_matrices() -> None:
    model, f = Model(W), partial(pair, k=2.0)
    expected = [[2 * X[1], 2 * X[0]], [0.0, 2 * X[1]]]
    for mode in ("forward", "reverse"):
        assert np.array_equal(sct.jacobian(f, mode=mode)(X), expected)
    assert np.array_equal(sct.jacobian(f, sparsity="auto")(X), expected)
    assert sct.jvp(model.loss, (X,), (X,))[1] == np.sum(3 * W * X**3)
    assert np.array_equal(sct.vjp(model.loss, X)[1](2.0), 6 * W * X**2)
    (bar,) = sct.pullback(CUBE, 2.0)[1](1.0)
    assert bar == 12.0
    assert np.array_equal(sct.hessian(model.loss)(X), np.diag(6 * W * X))
    assert np.array_equal(sct.hessian(model.loss, sparsity="auto")(X), np.diag(6 * W * X))
    assert np.array_equal(sct.hvp(model.loss, X, X), 6 * W * X**2)


def test_they_are_verified() -> None:
    assert sct.verify(Model(W).loss, X).agrees
    assert sct.verify(CUBE, 2.0).agrees
    with pytest.raises(PointError, match="loss holds arguments; give the others"):
        sct.verify(Model(W).loss)


@pytest.mark.parametrize("made", [sct.grad(CUBE), sct.grad(Model(np.float64(2.0)).loss), sct.hessian(CUBE)])
def test_they_are_pickled(made: Any) -> None:
    assert pickle.loads(pickle.dumps(made))(2.0) == made(2.0)


def test_what_they_do_not_have() -> None:
    with pytest.raises(ArgumentError, match="loss has no parameter 'self'; it has x"):
        sct.grad(Model(W).loss, wrt="self")
    with pytest.raises(ArgumentError, match=r"Model\.of_class is a class method"):
        sct.grad(Model(W).of_class)
    with pytest.raises(SourceError, match="sum has no source in Python"):
        sct.grad(partial(np.sum, axis=0))


def of_pair(x: Any) -> Any:
    return np.sum(sct.jacobian(scaled)(x))


def scaled(x: Any) -> Any:
    return pair(x, 2.0)


def test_a_jacobian_is_differentiated_in_a_function() -> None:
    with pytest.raises(SourceError, match=r"sct.jacobian\(scaled\) has no source .* `def g\(x\): return sct.jacobian"):
        sct.grad(sct.jacobian(scaled))
    with pytest.raises(SourceError, match=r"sct.derivative\(power\) has no source"):
        sct.jacobian(sct.derivative(power))
    assert np.array_equal(sct.grad(of_pair)(X), [2.0, 4.0])
