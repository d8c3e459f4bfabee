"""The decorators, and what marks a function for them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, overload

import numpy as np

from sct.arguments import ArgumentError
from sct.derivatives import Compile, Derivative, Wrt, derivative_of
from sct.ruled import note_rule

P = ParamSpec("P")
R = TypeVar("R")


@overload
def grad(f: Callable[P, Any], *, wrt: Wrt = 0, compile: Compile = None) -> Derivative[P, Any]: ...
@overload
def grad(
    f: None = None, *, wrt: Wrt = 0, compile: Compile = None
) -> Callable[[Callable[P, Any]], Derivative[P, Any]]: ...
def grad(f: Callable[P, Any] | None = None, *, wrt: Wrt = 0, compile: Compile = None) -> Any:
    """The gradient of a scalar function.

    It may be called in a function that is differentiated itself (and built by the command): ``sct.grad(g)(x)``, of a
    function of the module, or of a nested one with what it captures.

    Parameters
    ----------
    f : callable
        A function of scalars and NumPy arrays that returns a scalar.
    wrt : int, str, or sequence of either
        The parameters to differentiate with respect to, by position or name.
    compile : "numba", optional
        Let Numba (which must be installed) compile the generated module: loops run as fast as C.  The first call of
        each process loads the compiled code, or makes it, which takes seconds.

    Returns
    -------
    Derivative
        A function with the signature of ``f`` that returns the gradient: one value, of the shape of its argument, or a
        tuple of them if ``wrt`` is a sequence of several.

    Raises
    ------
    RefusedError
        On the first call, if ``f`` cannot be differentiated.
    NotScalarError
        On the first call, if ``f`` does not return a scalar.
    CompileError
        On the first call, if Numba does not compile what was generated.

    Examples
    --------
    >>> import sct
    >>> @sct.grad(wrt=("x", "y"))
    ... def area(x: float, y: float) -> float:
    ...     return x * y
    """
    if f is None:
        return functools.partial(grad, wrt=wrt, compile=compile)
    return derivative_of(f, wrt, with_value=False, compile=compile)


@overload
def value_and_grad(f: Callable[P, R], *, wrt: Wrt = 0, compile: Compile = None) -> Derivative[P, tuple[R, Any]]: ...
@overload
def value_and_grad(
    f: None = None, *, wrt: Wrt = 0, compile: Compile = None
) -> Callable[[Callable[P, R]], Derivative[P, tuple[R, Any]]]: ...
def value_and_grad(f: Callable[P, Any] | None = None, *, wrt: Wrt = 0, compile: Compile = None) -> Any:
    """Like ``grad``, but the result returns ``(value, gradient)``."""
    if f is None:
        return functools.partial(value_and_grad, wrt=wrt, compile=compile)
    return derivative_of(f, wrt, with_value=True, compile=compile)


def rule(f: Callable[..., Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """State the derivative of ``f``, which is then never looked into: a solver, a compiled extension, a C function.

    The decorated function is an adjoint or a tangent, in ordinary Python; generated code calls it.

    - An adjoint takes the value of ``f``, its adjoint, and the parameters of ``f``, and returns the adjoint of each
      parameter, or None for one that no derivative flows into: ``def f_adjoint(y, y_bar, a, b)``.
    - A tangent takes the value, the parameters, and the tangents of those that a derivative flows from, and returns the
      tangent of the value: ``def f_tangent(y, a, b, a_dot)``.

    The first two may have any name and that name with ``_bar``, the others are called as ``f`` calls them.  ``f`` and
    its rule write into none of their arguments, and what ``f`` returns is new.  An annotation of the first parameter
    (or of the result of ``f``) tells the kind of the value.  ``sct.verify(f_adjoint, *args)`` checks a rule at
    arguments of ``f``.

    Parameters
    ----------
    f : callable
        The function, by its name: one of this module, or an imported one.

    Returns
    -------
    callable
        A decorator that leaves the rule as it is.

    Examples
    --------
    >>> import sct
    >>> def root(a: float) -> float:
    ...     return a**0.5
    >>> @sct.rule(root)
    ... def root_adjoint(y: float, y_bar, a):
    ...     return y_bar / (2 * y)
    """
    if not callable(f):
        raise ArgumentError(f"sct.rule takes the function that the rule is for, and not a {type(f).__name__}")

    def state(stated: Callable[P, R]) -> Callable[P, R]:
        note_rule(stated, f)
        return stated

    return state


def stop_gradient(x: R) -> R:
    """Return ``x``; as far as derivatives go, a constant.

    In a function that is differentiated, no derivative flows through the call.  Generated code drops it, and so cannot
    be differentiated again: a second derivative is refused.
    """
    return x


def checkpoint(f: Callable[P, R]) -> Callable[P, R]:
    """Return ``f``; where it is called in a function that is differentiated, its forward sweep keeps nothing.

    The arguments are kept, and the reverse sweep runs ``f`` again: what ``f`` saves is there for one call at a time.  A
    loop of n turns in calls of about sqrt(n) turns each saves about 2 sqrt(n) records (Griewank and Walther, Evaluating
    Derivatives, 2008, section 12).  Write ``sct.checkpoint(f)(x)``, or decorate ``f``; the gradient is the same.
    ``f`` writes into none of its arguments.
    """
    return f


@contextmanager
def adjoint_of(x: Any) -> Iterator[Any]:
    """In a function that is differentiated, ``with sct.adjoint_of(x) as x_bar:`` runs its body in the reverse sweep.

    There ``x_bar`` is the adjoint of ``x`` at this point of the function.  The body may print it, check it, and change
    it (``x_bar = np.clip(x_bar, -1, 1)``, ``x_bar[:] = …``): what it is then flows on.  Forward mode has no adjoint,
    and skips the body.  Where nothing is differentiated, the body runs with zeros.
    """
    yield np.zeros_like(x, dtype=None if x.dtype.kind == "f" else float) if isinstance(x, np.ndarray) else 0.0
