"""The modes by themselves: ``jvp`` forward, ``vjp`` and ``pullback`` reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from sct import fitting
from sct.arguments import ArgumentError, arguments_of, type_of
from sct.backend.essence import USED_UP
from sct.contents import copy, duplicate, found_in
from sct.derivatives import Derivative, derivative_of


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of ``f`` at ``primals`` and its derivative along ``tangents``.

    Parameters
    ----------
    f : callable
        A function of scalars, arrays and containers of these.
    primals : sequence
        Its arguments.
    tangents : sequence
        The direction: each tangent has the structure and the shapes of its primal; None stands for a primal that is
        held constant, and, in a container, for what carries no derivative.

    Returns
    -------
    value, tangent
        ``f(*primals)``, and the directional derivative, of its shape.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ArgumentError("jvp takes the arguments and their tangents as tuples or lists")
    if len(primals) != len(tangents):
        raise ArgumentError(f"jvp takes as many tangents as primals, not {len(tangents)} and {len(primals)}")
    wrt = tuple(k for k, tangent in enumerate(tangents) if tangent is not None)
    if not wrt:
        raise ArgumentError("every tangent of jvp is None: give one for an argument that is not held constant")
    derivative = derivative_of(f, wrt, with_value=True, needs_scalar=False)
    chosen = zip(wrt, derivative.chosen(primals, {}), strict=True)
    given = [fitting.tangent(tangents[k], value, name) for k, (value, name) in chosen]
    generated, values = derivative.prepare("tangent", primals, {})
    value, tangent = derivative.run(generated, values, **dict(zip(dots_of(generated, len(wrt)), given, strict=True)))
    seeds = list(found_in(given, np.ndarray))
    is_seed = any(np.may_share_memory(a, b) for a in found_in(tangent, np.ndarray) for b in seeds)
    return value, copy(tangent) if is_seed else tangent


def vjp(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value of ``f`` and its pullback, with respect to every argument that is a float or an array of floats.

    Returns
    -------
    value
        ``f(*args)``.
    pullback : callable
        Takes the adjoint of the value (of its form) and returns the adjoints of the arguments: a tuple, or a single
        one for a function of one such argument.  It runs the reverse sweep only, and may be called again.
    """
    wrt = floats(f, args)
    return split(derivative_of(f, wrt, with_value=True, needs_scalar=False), args, {})


def pullback(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of ``f`` and its pullback, in the form of Zygote.jl.

    ``y, back = pullback(f, *args)`` runs the forward sweep and keeps what the reverse sweep needs; each ``back(y_bar)``
    runs the reverse sweep (Innes, Don't unroll adjoint: differentiating SSA-form programs, 2018).

    Returns
    -------
    value
        ``f(*args)``.
    back : callable
        Takes the adjoint of the value (of its form) and returns a tuple with one entry an argument: its adjoint, or
        None for an argument that is neither a float nor holds one.

    Examples
    --------
    >>> y, back = sct.pullback(lambda u, v: u @ v, u, v)  # doctest: +SKIP
    >>> u_bar, v_bar = back(1.0)  # doctest: +SKIP
    """
    wrt = floats(f, args)
    value, run = split(derivative_of(f, wrt, with_value=True, needs_scalar=False), args, {})

    def back(bar: Any) -> tuple[Any, ...]:
        bars = dict(zip(wrt, (run(bar),) if len(wrt) == 1 else run(bar), strict=True))
        return tuple(bars.get(k) for k in range(len(args)))

    return value, back


def dots_of(tangent: Callable[..., Any], count: int) -> list[str]:
    """The names of the tangents that a generated function takes: they are its last parameters."""
    code = tangent.__code__
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])[-count:]


def floats(f: Callable[..., Any], args: Sequence[Any]) -> tuple[int, ...]:
    """The positions of the arguments that can carry a derivative."""
    try:
        return tuple(k for k, value in enumerate(args) if type_of(value, "").is_differentiable)
    except ArgumentError:
        primal = f.primal if isinstance(f, Derivative) else f
        if not isinstance(primal, FunctionType):
            raise
        names = primal.__code__.co_varnames[: primal.__code__.co_argcount]
        with arguments_of(primal):  # say which one it is, and of what function
            for name, value in zip(names, args, strict=False):
                type_of(value, name)
        raise


def split(
    derivative: Derivative[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, Callable[[Any], Any]]:
    """Run the forward sweep; the value, and a function that runs the reverse sweep on what was kept."""
    forward, values = derivative.prepare("pullback", args, kwargs)
    reverse = forward.__globals__[f"{forward.__name__.removesuffix('_forward')}_reverse"]
    # The caller may change its arrays before the reverse sweep runs: those it passed, and the value.
    value, residuals = derivative.run(forward, list(map(copy, values)))
    used_up = USED_UP in " ".join((reverse.__doc__ or "").split())
    form = fitting.outline(value)

    def run(bar: Any) -> Any:
        bars = reverse(duplicate(residuals) if used_up else residuals, fitting.seed(bar, form))
        return derivative.as_precise(bars, args, kwargs)

    return copy(value), run
