"""Rows of convolutions and of polynomials: vectors of coefficients, the highest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import Type
from sct.rules.shapes import array, promoted
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _vectors(types: Types, what: str) -> None:
    if any(type_.rank != 1 for type_ in types):
        raise Unsupported(f"{what} of what are no vectors", "annotate the vectors' shapes")


def _convolved(types: Types, attrs: Attrs) -> Type:
    _vectors(types, "a convolution")
    return array((fresh(),), promoted(types) or "float")


# Of the whole convolution, ``valid`` leaves out as many elements at both ends as the shorter vector has, less one;
# ``same`` half of them, of ``correlate`` the other half where the second vector is the longer one.
def _whole(types: Types, attrs: Attrs) -> Mapping[str, str]:
    if attrs["mode"] == "full":
        return {"full_bar": "y_bar"}
    steps = {"edge": "zeros_like(v[1 : len(a)])", "full_bar": "concatenate(edge, y_bar, edge)"}
    if attrs["mode"] == "same":
        steps["before"] = "len(edge) // 2"
        steps["full_bar"] = "concatenate(edge[:before], y_bar, edge[before:])"
    return steps


def _whole_correlation(types: Types, attrs: Attrs) -> Mapping[str, str]:
    steps = _whole(types, attrs)
    return {**steps, "before": "(len(edge) + (len(a) < len(v))) // 2"} if "before" in steps else steps


rule(
    "convolve(a, v, mode='full')",
    multilinear=("correlate(full_bar, v)", "correlate(full_bar, a)"),
    steps=_whole,
    infer=_convolved,
)
rule(
    "correlate(a, v, mode='valid')",
    multilinear=("convolve(full_bar, v, mode='valid')", "correlate(full_bar, a)[::-1]"),
    steps=_whole_correlation,
    infer=_convolved,
)


# Polynomials.  ``powers`` are the exponents of the coefficients of ``p``.
_POWERS = "astype_like(arange(len(p) - 1, -1, -1), p)"


def _valued(types: Types, attrs: Attrs) -> Type:
    p, x = types
    _vectors((p,), "the value of a polynomial")
    if x.rank is None:
        raise Unsupported("a polynomial at a value of unknown rank", "annotate it")
    return array(() if x.is_scalar else x.shape, promoted(types) or "float")


def _polyval_bar(types: Types, attrs: Attrs) -> Texts:
    places = {0: "y_bar * x**powers", 1: "y_bar @ expand_dims(x, 1)**powers"}
    return (places.get(types[1].rank or 0, "ravel(y_bar) @ expand_dims(ravel(x), 1)**powers"), "slope * y_bar")


rule(
    "polyval(p, x)",
    tangent="polyval(p_dot, x) + slope * x_dot",
    adjoint=_polyval_bar,
    steps={"powers": _POWERS, "slope": "polyval(p[:-1] * powers[:-1], x)"},
    infer=_valued,
)


def _polynomial(types: Types, attrs: Attrs) -> Type:
    _vectors(types, "a polynomial")
    return array((fresh(),), promoted(types) or "float")


rule(
    "polyadd(a1, a2)",
    transpose=("y_bar[len(y) - len(a1):]", "y_bar[len(y) - len(a2):]"),
    infer=_polynomial,
)
rule(
    "polysub(a1, a2)",
    transpose=("y_bar[len(y) - len(a1):]", "-y_bar[len(y) - len(a2):]"),
    infer=_polynomial,
)
# The product has no leading zeros.
rule(
    "polymul(a1, a2)",
    multilinear=("correlate(full_bar, a2)", "correlate(full_bar, a1)"),
    tangent="(convolve(a1_dot, a2) + convolve(a1, a2_dot))[-len(y):]",
    steps={"lead": "zeros_like(concatenate(a1, a2)[len(y) + 1 :])", "full_bar": "concatenate(lead, y_bar)"},
    infer=_polynomial,
)


def _order(types: Types, attrs: Attrs) -> Type:
    if not isinstance(attrs["m"], int) or attrs["m"] < 1:
        raise Unsupported("a derivative or an integral of a polynomial of this order", "write a positive number")
    _vectors(types, "a polynomial")
    return array((fresh(),), "float")


rule(
    "polyder(p, m=1)",
    transpose=lambda types, attrs: (f"p_bar[:-{attrs['m']}] += astype_like(polyder(ones_like(p), m), p) * y_bar",),
    infer=_order,
)
rule(
    "polyint(p, m=1)",
    transpose=lambda types, attrs: (
        f"y_bar[:-{attrs['m']}] * astype_like(polyint(ones_like(p), m)[:-{attrs['m']}], p)",
    ),
    infer=_order,
)


def _fitted(types: Types, attrs: Attrs) -> Type:
    _vectors(types, "the fit of a polynomial")
    if not isinstance(attrs["deg"], int):
        raise Unsupported("a fit of some powers only", "write the degree as one number")
    return array((attrs["deg"] + 1,), "float")


# Least squares: the residual is orthogonal to the columns of powers, and x moves all of them but the last one.
rule(
    "polyfit(x, values, deg=...)",
    tangent="inverse @ (values_dot - slope * x_dot) + both[:, :-1] @ (transpose(slopes) @ (residual * x_dot))",
    adjoint=(
        "astype_like(residual * (slopes @ (both @ y_bar)[:-1]) - slope * share, x)",
        "astype_like(share, values)",
    ),
    steps={
        "powers": "vander(x, deg + 1)",
        "inverse": "pinv(powers)",
        "share": "transpose(inverse) @ y_bar",
        "both": "inverse @ transpose(inverse)",
        "residual": "values - polyval(y, x)",
        "slope": "polyval(polyder(y), x)",
        "slopes": "powers[:, 1:] * arange(deg, 0, -1)",
    },
    infer=_fitted,
    source="Golub and Pereyra 1973",
)


def _vander(types: Types, attrs: Attrs) -> Type:
    _vectors(types[:1], "a Vandermonde matrix")
    columns = (types[0].shape or ())[0] if types[1].kind == "none" else types[1].dim
    return array(((types[0].shape or ())[0], fresh() if columns is None else columns), types[0].element)


def _vander_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    if attrs["increasing"]:
        slopes = "concatenate(zeros_like(y[:, :1]), y[:, :-1] * arange(1, shape(y)[1]), axis=1)"
    else:
        slopes = "concatenate(y[:, 1:] * arange(shape(y)[1] - 1, 0, -1), zeros_like(y[:, :1]), axis=1)"
    return {"slopes": slopes}


rule(
    "vander(x, N: value = None, increasing=False)",
    tangent="expand_dims(x_dot, 1) * slopes",
    adjoint=("astype_like(sum(slopes * y_bar, axis=1), x)", None),
    steps=_vander_steps,
    infer=_vander,
)
