"""Derivatives of derivatives: Hessians, their products with vectors, and any order for a function of a number."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct.api import grad
from sct.arguments import ArgumentError
from sct.derivatives import Wrt, derivative_of
from sct.errors import RefusedError
from sct.fitting import tangent as tangent_of
from sct.generated import call
from sct.jacobian import CHUNK, Jacobian, units
from sct.modes import dots_of, jvp
from sct.pickling import Made


def hessian(f: Callable[..., Any] | None = None, *, wrt: int | str = 0, sparsity: Any = None) -> Any:
    """The Hessian of a scalar function.

    It is forward mode over reverse mode, many columns a pass; where the reverse sweep keeps values in lists that it
    takes apart, reverse mode over forward mode, a row a pass.  ``sparsity`` is as in ``jacobian``.

    Returns
    -------
    Hessian
        A function with the signature of ``f``.  For an argument of shape t it returns an array of shape t + t.
    """
    return functools.partial(hessian, wrt=wrt, sparsity=sparsity) if f is None else Hessian(f, wrt, sparsity)


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The product of the Hessian of a scalar function at ``x`` with ``v``: one pass of one mode over the other.

    ``x`` and ``v`` are a number or an array, for a function of one argument; or tuples of as many as the function has.
    None in ``v`` stands for an argument that is held constant, and has no entry in the product (Pearlmutter, Fast exact
    multiplication by the Hessian, 1994).
    """
    xs, vs = (x, v) if isinstance(x, tuple) else ((x,), (v,))
    if len(xs) != len(vs):
        raise ArgumentError(f"hvp takes as many directions as arguments, not {len(vs)} and {len(xs)}")
    active = tuple(k for k, direction in enumerate(vs) if direction is not None)
    if not active:
        raise ArgumentError("every direction of hvp is None: give one for an argument that is not held constant")
    wrt = active if len(active) > 1 else active[0]
    try:
        return jvp(grad(f, wrt=wrt), xs, vs)[1]
    except RefusedError:
        return _ReverseOverForward(f, wrt)([vs[k] for k in active], xs, {})


def derivative(f: Callable[..., Any] | None = None, *, order: int = 1, wrt: int | str = 0) -> Any:
    """The derivative of a function of a number: forward mode, applied ``order`` times to its own result.

    The value may be a number, an array or a tuple of these.

    Returns
    -------
    Slope
        A function with the signature of ``f``.
    """
    return functools.partial(derivative, order=order, wrt=wrt) if f is None else Slope(f, order, wrt)


class Hessian(Made):
    """A function that returns the Hessian of ``primal``."""

    maker = "hessian"

    def __init__(self, f: Callable[..., Any], wrt: int | str, sparsity: Any = None) -> None:
        self.primal = f
        self._columns = Jacobian(grad(f, wrt=wrt), wrt, "forward", CHUNK, sparsity)
        self._rows = _ReverseOverForward(f, wrt)
        self._by_rows = False
        functools.update_wrapper(self, f)
        self._given = (f, wrt, sparsity)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._by_rows:
            try:
                return self._columns(*args, **kwargs)
            except RefusedError:
                self._by_rows = True
        ((x, _),) = self._rows.derivative.chosen(args, kwargs)
        (directions,) = units([x], 0, np.size(x))
        return np.reshape([self._rows([unit], args, kwargs) for unit in directions], np.shape(x) * 2)[()]


class _ReverseOverForward:
    """The gradient of a directional derivative; no list that a reverse sweep takes apart is differentiated."""

    def __init__(self, f: Callable[..., Any], wrt: Wrt) -> None:
        self.derivative = derivative_of(f, wrt, with_value=True)

    def __call__(self, directions: Sequence[Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        tangent, values = self.derivative.prepare("tangent", args, kwargs)
        names, of = self.derivative.names, self.derivative.authored
        over = derivative_of(tangent, names, with_value=True, needs_scalar=False, of=of)
        chosen = zip(directions, self.derivative.chosen(args, kwargs), strict=True)
        dots = [tangent_of(direction, value, name) for direction, (value, name) in chosen]
        given = dict(zip(dots_of(tangent, len(directions)), dots, strict=True))
        given |= zip(inspect.signature(tangent).parameters, values, strict=False)
        adjoint, values = over.prepare("adjoint", (), given)
        (seed,) = dots_of(adjoint, 1)
        _, bars = call(adjoint, values, **{seed: (0.0, 1.0)})
        return bars


class Slope(Made):
    """A function that returns the derivative of ``primal``, of an order, with respect to a number."""

    maker = "derivative"

    def __init__(self, f: Callable[..., Any], order: int, wrt: int | str) -> None:
        if not isinstance(order, int) or order < 1:
            raise ArgumentError(f"the order of a derivative is a whole number from 1 on, not {order!r}")
        self.primal = f
        self.order = order
        self._derivative = derivative_of(f, wrt, with_value=True, needs_scalar=False)
        functools.update_wrapper(self, f)
        self._given = (f, order, wrt)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        ((value, name),) = self._derivative.chosen(args, kwargs)
        if np.ndim(value):
            raise ArgumentError(f"a derivative of an order is with respect to a number, and {name} is an array")
        step, values = self._derivative.prepare("tangent", args, kwargs)
        for _ in range(self.order - 1):
            wrt, of = self._derivative.names[0], self._derivative.authored
            tower = derivative_of(step, wrt, with_value=True, needs_scalar=False, of=of)
            (last,) = dots_of(step, 1)
            given = dict(zip(inspect.signature(step).parameters, values, strict=False))
            step, values = tower.prepare("tangent", (), {**given, last: 1.0})
        (last,) = dots_of(step, 1)
        value = found = call(step, values, **{last: 1.0})
        for _ in range(self.order):
            value, found = value[0], found[1]
        self._derivative.refuse_value(value)
        return found
