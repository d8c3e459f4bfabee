"""The modes by themselves: ``jvp`` forward, ``vjp`` and ``pullback`` reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct.arguments import ArgumentError, copy, duplicate, type_of
from sct.backend.essence import USED_UP
from sct.generated import Derivative, call


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of ``f`` at ``primals`` and its derivative along ``tangents``.

    Parameters
    ----------
    f : callable
        A function of scalars, arrays and containers of these.
    primals : sequence
        Its arguments.
    tangents : sequence
        The direction: each tangent has the shape of its primal; None stands for a primal that is held constant.

    Returns
    -------
    value, tangent
        ``f(*primals)``, and the directional derivative, of its shape.
    """
    if len(primals) != len(tangents):
        raise ArgumentError(f"jvp takes as many tangents as primals, not {len(tangents)} and {len(primals)}")
    wrt = tuple(k for k, tangent in enumerate(tangents) if tangent is not None)
    for k in wrt:
        if isinstance(primals[k], np.ndarray | float) and np.shape(tangents[k]) != np.shape(primals[k]):
            shapes = f"{np.shape(primals[k])}, and not {np.shape(tangents[k])}"
            raise ArgumentError(f"the tangent at position {k} has the shape of its primal, {shapes}")
    derivative: Derivative[..., Any] = Derivative(f, wrt, with_value=True, needs_scalar=False)
    tangent, values = derivative.prepare("tangent", primals, {})
    names = dots_of(tangent, len(wrt))
    found: tuple[Any, Any] = call(tangent, values, **{name: tangents[k] for name, k in zip(names, wrt, strict=True)})
    return found


def vjp(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value of ``f`` and its pullback, with respect to every argument that is a float or an array of floats.

    Returns
    -------
    value
        ``f(*args)``.
    pullback : callable
        Takes the adjoint of the value (of its shape) and returns the adjoints of the arguments: a tuple, or a single
        one for a function of one such argument.  It runs the reverse sweep only, and may be called again.
    """
    wrt = floats(args)
    return split(Derivative(f, wrt, with_value=True, needs_scalar=False), args, {})


def pullback(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of ``f`` and its pullback, in the form of Zygote.jl.

    ``y, back = pullback(f, *args)`` runs the forward sweep and keeps what the reverse sweep needs; each ``back(y_bar)``
    runs the reverse sweep (Innes, Don't unroll adjoint: differentiating SSA-form programs, 2018).

    Returns
    -------
    value
        ``f(*args)``.
    back : callable
        Takes the adjoint of the value (of its shape) and returns a tuple with one entry an argument: its adjoint, or
        None for an argument that is neither a float nor holds one.

    Examples
    --------
    >>> y, back = sct.pullback(lambda u, v: u @ v, u, v)  # doctest: +SKIP
    >>> u_bar, v_bar = back(1.0)  # doctest: +SKIP
    """
    wrt = floats(args)
    value, run = split(Derivative(f, wrt, with_value=True, needs_scalar=False), args, {})

    def back(bar: Any) -> tuple[Any, ...]:
        bars = dict(zip(wrt, (run(bar),) if len(wrt) == 1 else run(bar), strict=True))
        return tuple(bars.get(k) for k in range(len(args)))

    return value, back


def dots_of(tangent: Callable[..., Any], count: int) -> list[str]:
    """The names of the tangents that a generated function takes: they are its last parameters."""
    code = tangent.__code__
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])[-count:]


def floats(args: Sequence[Any]) -> tuple[int, ...]:
    """The positions of the arguments that can carry a derivative."""
    return tuple(k for k, value in enumerate(args) if type_of(value, "").is_differentiable)


def split(
    derivative: Derivative[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, Callable[[Any], Any]]:
    """Run the forward sweep; the value, and a function that runs the reverse sweep on what was kept."""
    forward, values = derivative.prepare("pullback", args, kwargs)
    reverse = forward.__globals__[f"{forward.__name__.removesuffix('_forward')}_reverse"]
    # The caller may change its arrays before the reverse sweep runs: those it passed, and the value.
    value, residuals = call(forward, list(map(copy, values)))
    used_up = USED_UP in " ".join((reverse.__doc__ or "").split())

    shape = np.shape(value) if isinstance(value, float | np.ndarray | np.floating) else None

    def run(bar: Any) -> Any:
        if shape is not None and np.shape(bar) != shape:
            raise ArgumentError(f"the adjoint of the value has its shape, {shape}, and not {np.shape(bar)}")
        return reverse(duplicate(residuals) if used_up else residuals, bar)

    return copy(value), run
