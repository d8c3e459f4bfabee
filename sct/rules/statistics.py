"""Rows of weighed means, covariances and correlations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.reductions import mean_bar, over, widened
from sct.rules.shapes import array, axes_of, reduced_real
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _averaged(types: Types, attrs: Attrs) -> Type:
    x, weights = types
    if not x.rank:
        raise Unsupported("the average of a number, or of an array of unknown rank", "annotate the array's shape")
    if weights.kind != "none" and weights.rank != x.rank and not (weights.rank == 1 and isinstance(attrs["axis"], int)):
        raise Unsupported("an average whose weights have another rank", "give each element a weight")
    return reduced_real(types, attrs)


def _weighed(types: Types, attrs: Attrs) -> tuple[str, str]:
    """The weights in the shape of ``x``, and what is left to sum of their adjoint."""
    rank, axis = types[0].rank or 1, attrs["axis"]
    if axis is None or types[1].rank == rank:
        return "weights", "{}"
    (axis,) = axes_of(rank, axis)
    text, back = f"weights[{', '.join(':' if k == axis else 'None' for k in range(rank))}]", "{}"
    for k in range(rank):
        if k != axis:
            back = f"sum({back}, axis={1 if k > axis else 0})"
    return text, back


def _average_bar(types: Types, attrs: Attrs) -> Texts:
    if types[1].kind == "none":
        return (*mean_bar(types[:1], attrs), None)
    weights, back = _weighed(types, attrs)
    y, share = widened("y", types, attrs), widened("share", types, attrs)
    return (f"{weights} * {share}", back.format(f"(x - {y}) * {share}"))


def _average_dot(types: Types, attrs: Attrs) -> str:
    if types[1].kind == "none":
        return f"mean(x_dot{over(attrs)})"
    weights, _ = _weighed(types, attrs)
    weights_dot, y = weights.replace("weights", "weights_dot"), widened("y", types, attrs)
    return f"sum({weights} * x_dot + {weights_dot} * (x - {y}){over(attrs)}) / total"


def _average_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    total = "sum(weights)" if types[1].rank == 1 else f"sum(weights{over(attrs)})"
    return {"total": total, "share": "y_bar / total"}


rule(
    "average(x, axis=None, weights: value = None, *, keepdims=False)",
    tangent=_average_dot,
    adjoint=_average_bar,
    steps=_average_steps,
    infer=_averaged,
)


def _covaried(types: Types, attrs: Attrs) -> Type:
    x, other = types
    if x.rank == other.rank == 1:
        return array((2, 2), "float")
    if x.rank != 2 or x.shape is None or other.kind != "none":
        raise Unsupported("a covariance of anything but a matrix, or two vectors", "use a matrix with a row a variable")
    return array((x.shape[0], x.shape[0]), "float")


def _rows(types: Types, attrs: Attrs) -> tuple[str, str]:
    """The matrix with a row a variable, and its tangent."""
    return ("vstack(x, other)", "vstack(x_dot, other_dot)") if types[0].rank == 1 else ("x", "x_dot")


def _rows_bar(text: str) -> Callable[[Types, Attrs], Texts]:
    """The adjoint of the matrix, handed on to what it was made of."""
    return lambda types, attrs: (text, None) if types[0].rank == 2 else ("rows_bar[0]", "rows_bar[1]")


def _around(types: Types, attrs: Attrs) -> Mapping[str, str]:
    rows, rows_dot = _rows(types, attrs)
    return {
        "rows": rows,
        "rows_dot": rows_dot,
        "around": "rows - expand_dims(sum(rows, axis=1) / shape(rows)[1], 1)",
    }


_COV = "(y_bar + transpose(y_bar)) @ around / (shape(rows)[1] - 1)"
rule(
    "cov(x, other: value = None)",
    tangent="(around_dot @ transpose(around) + around @ transpose(around_dot)) / (shape(rows)[1] - 1)",
    adjoint=_rows_bar(_COV),
    steps=lambda types, attrs: {
        **_around(types, attrs),
        "around_dot": "rows_dot - expand_dims(sum(rows_dot, axis=1) / shape(rows)[1], 1)",
        "rows_bar": _COV,
    },
    infer=_covaried,
)
# The correlations are the products of the ``unit`` rows: each less its mean, of length 1.
_CORRCOEF = "(unit_bar - unit * expand_dims(sum(unit * unit_bar, axis=1), 1)) / length"
rule(
    "corrcoef(x, other: value = None)",
    tangent="unit_dot @ transpose(unit) + unit @ transpose(unit_dot)",
    adjoint=_rows_bar(_CORRCOEF),
    steps=lambda types, attrs: {
        **_around(types, attrs),
        "length": "expand_dims(sqrt(sum(around**2, axis=1)), 1)",
        "unit": "around / length",
        "unit_dot": "(rows_dot - unit * expand_dims(sum(unit * rows_dot, axis=1), 1)) / length",
        "unit_bar": "(y_bar + transpose(y_bar)) @ unit",
        "rows_bar": _CORRCOEF,
    },
    infer=_covaried,
)
