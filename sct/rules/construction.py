"""Rows of functions that make arrays from numbers."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

from sct.ir.sizes import fresh, shift
from sct.ir.types import Dim, Type
from sct.rules.shapes import array, dims_of, element_of, promoted
from sct.rules.table import Texts, Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _made(types: Types, attrs: Attrs) -> Type:
    return array(dims_of(types[0]), element_of(attrs["dtype"]))


def _like(types: Types, attrs: Attrs) -> Type:
    x, dtype = types[0], attrs.get("dtype")
    return array(() if x.is_scalar else x.shape, element_of(dtype) if dtype else x.element)


def _matrix(types: Types, attrs: Attrs) -> Type:
    rows = types[0].dim if types[0].dim is not None else fresh()
    square = len(types) == 1 or types[1].kind == "none"
    columns = rows if square else types[1].dim if types[1].dim is not None else fresh()
    return array((rows, columns), element_of(attrs["dtype"]))


def _count(start: Type, stop: Type, step: Type) -> Dim:
    """How many numbers are in a range."""
    if stop.kind == "none":
        start, stop = Type("int", dim=0), start
    if step.kind != "none" or not isinstance(start.dim, int) or start.dim < 0 or stop.dim is None:
        return fresh()
    return shift(stop.dim, -start.dim)


def _ranged(types: Types, attrs: Attrs) -> Type:
    return array(
        (_count(*types),),
        promoted(tuple(type_ for type_ in types if type_.kind != "none")) or "float",
    )


def _filled(types: Types, attrs: Attrs) -> Type:
    return array(dims_of(types[0]), types[1].element)


def _evenly(types: Types, attrs: Attrs) -> Type:
    if not (types[0].is_scalar and types[1].is_scalar):
        raise Unsupported("evenly spaced numbers between what are no numbers", "annotate the ends as floats")
    return array((types[2].dim if types[2].dim is not None else fresh(),), "float")


zero("zeros(shape, dtype=None)", "ones(shape, dtype=None)", "empty(shape, dtype=None)", infer=_made, cheap=False)
zero("zeros_like(x, dtype=None)", "ones_like(x, dtype=None)", "empty_like(x, dtype=None)", infer=_like, cheap=False)
zero(
    "eye(N, M: value = None, k: value = 0, dtype=None)",
    "identity(n, dtype=None)",
    "tri(N, M: value = None, k: value = 0, dtype=None)",
    infer=_matrix,
    cheap=False,
)


def _counted_bar(types: Types, attrs: Attrs) -> Texts:
    """How many there are is locally constant; what is given alone is where they end."""
    if types[1].kind == "none":
        return (None, None, None)
    return ("sum(y_bar)", None, None if types[2].kind == "none" else f"sum(y_bar * {_COUNTED})")


def _counted_dot(types: Types, attrs: Attrs) -> str:
    if types[1].kind == "none":
        return "zeros_like(y)"
    return "full_like(y, start_dot)" + ("" if types[2].kind == "none" else f" + step_dot * {_COUNTED}")


_COUNTED = "astype_like(arange(len(y)), y)"

rule(
    "arange(start, stop: value = None, step: value = None)",
    transpose=_counted_bar,
    tangent=_counted_dot,
    infer=_ranged,
    cheap=True,
)
rule("full(shape, value)", transpose=(None, "y_bar"), tangent="full(shape, value_dot)", broadcasts=True, infer=_filled)
rule("full_like(x, value)", transpose=(None, "y_bar"), tangent="full_like(x, value_dot)", broadcasts=True, infer=_like)


def _ends(types: Types, attrs: Attrs) -> Texts:
    several = isinstance(types[2].dim, int) and types[2].dim > 1
    steps = "(num - 1)" if several else "maximum(num - 1, 1)"
    share = f"astype_like(arange(num), y) / {steps if attrs['endpoint'] else 'num'}"
    return (f"sum(y_bar * (1 - {share}))", f"sum(y_bar * {share})", None)


rule(
    "linspace(start, stop, num: value = 50, endpoint=True)",
    transpose=_ends,
    tangent="linspace(start_dot, stop_dot, num, endpoint=endpoint)",
    infer=_evenly,
)
rule(
    "logspace(start, stop, num: value = 50, endpoint=True, *, base=10.0)",
    tangent=lambda types, attrs: f"{log(attrs['base'])!r} * y * linspace(start_dot, stop_dot, num, endpoint=endpoint)",
    adjoint=lambda types, attrs: tuple(text and text.replace("y_bar", "slope") for text in _ends(types, attrs)),
    steps=lambda types, attrs: {"slope": f"{log(attrs['base'])!r} * y * y_bar"},
    infer=_evenly,
)
