"""Rows of functions of neighbours: differences, gradients on a grid, the trapezoidal rule, interpolation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb
from typing import Any

from sct.ir.sizes import shift
from sct.ir.types import Dim, Type
from sct.rules.shapes import array, axes_of
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _part(rank: int, axis: int, cut: str) -> str:
    """The subscript that takes the slice ``cut`` along an axis."""
    return f"[{':, ' * axis}{cut}{', :' * (rank - axis - 1)}]"


def _axis(types: Types, attrs: Attrs, name: str) -> tuple[int, int]:
    """The rank of the first operand and the axis of a function along one."""
    rank, axis = types[0].rank, attrs["axis"]
    if not rank or (axis is None and rank > 1):
        raise Unsupported(
            f"{name} of a number, of unknown rank, or along all axes", "annotate the shape, name the axis"
        )
    return rank, axes_of(rank, axis or 0)[0]


def _diffed(types: Types, attrs: Attrs) -> Type:
    _, axis = _axis(types, attrs, "diff")
    if attrs["n"] < 1:
        raise Unsupported(f"a difference of order {attrs['n']}", "leave it out, or write an order of at least 1")
    dims: list[Dim] = list(types[0].shape or ())
    dims[axis] = shift(dims[axis], -attrs["n"])
    return array(tuple(dims), types[0].element)


def _diff_bar(types: Types, attrs: Attrs) -> Texts:
    rank, axis = _axis(types, attrs, "diff")
    n, added = attrs["n"], []
    for k in range(n, -1, -1):
        part = _part(rank, axis, f"{k or ''}:{k - n or ''}")
        times = f"{comb(n, k)} * " if 0 < k < n else ""
        added.append(f"x_bar{part} {'-+'[(n - k) % 2 == 0]}= {times}y_bar")
    return ("; ".join(added),)


rule("diff(x, n=1, axis=-1)", transpose=_diff_bar, infer=_diffed)


def _flat_diffed(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.rank != 1 or x.shape is None:
        raise Unsupported("ediff1d of what is no vector", "write `np.diff(x.ravel())`")
    return array((shift(x.shape[0], -1),), x.element)


rule("ediff1d(x)", transpose=("x_bar[1:] += y_bar; x_bar[:-1] -= y_bar",), infer=_flat_diffed)


def _unwrapped(types: Types, attrs: Attrs) -> Type:
    if not types[0].rank:
        raise Unsupported("unwrap of a number, or of unknown rank", "annotate the array's shape")
    return array(types[0].shape, "float")


# What is added to an angle is locally constant.
rule(
    "unwrap(x, discont=None, axis=-1, *, period=6.283185307179586)",
    tangent="x_dot",
    adjoint=("y_bar",),
    infer=_unwrapped,
)


def _graded(types: Types, attrs: Attrs) -> Type:
    _axis(types, attrs, "gradient")
    if not types[1].is_scalar:
        raise Unsupported("gradient on a grid of uneven steps", "write the differences")
    return array(types[0].shape, "float")


def _gradient_bar(types: Types, attrs: Attrs) -> Texts:
    rank, axis = _axis(types, attrs, "gradient")

    def bar(cut: str) -> str:
        return f"f_bar{_part(rank, axis, cut)}"

    def slope(cut: str) -> str:
        return f"slope{_part(rank, axis, cut)}"

    updates = [
        f"{bar('2:')} += 0.5 * {slope('1:-1')}",
        f"{bar(':-2')} -= 0.5 * {slope('1:-1')}",
        f"{bar('1')} += {slope('0')}",
        f"{bar('0')} -= {slope('0')}",
        f"{bar('-1')} += {slope('-1')}",
        f"{bar('-2')} -= {slope('-1')}",
    ]
    return ("; ".join(updates), "-sum(y * y_bar) / step")


rule(
    "gradient(f, step: value = 1.0, *, axis=None)",
    tangent=lambda types, attrs: (
        f"(gradient(f_dot{'' if attrs['axis'] is None else ', axis=axis'}) - y * step_dot) / step"
    ),
    adjoint=_gradient_bar,
    steps={"slope": "y_bar / step"},
    infer=_graded,
)


def _integrated(types: Types, attrs: Attrs) -> Type:
    f, x, dx = types
    if f.rank != 1 or (x.kind != "none" and x.rank != 1) or not dx.is_scalar:
        raise Unsupported("the trapezoidal rule for what is no vector", "write the sum, or annotate the vector's shape")
    return array((), "float")


def _trapezoid_bar(types: Types, attrs: Attrs) -> Texts:
    uneven = types[1].kind != "none"
    half = "0.5 * y_bar * diff(x)" if uneven else "0.5 * y_bar * dx"
    mean = "0.5 * (f[1:] + f[:-1])"
    return (
        f"f_bar[1:] += {half}; f_bar[:-1] += {half}",
        f"x_bar[1:] += y_bar * {mean}; x_bar[:-1] -= y_bar * {mean}" if uneven else None,
        None if uneven else f"y_bar * sum({mean})",
    )


def _trapezoid_dot(name: str) -> Callable[[Types, Attrs], str]:
    def dot(types: Types, attrs: Attrs) -> str:
        if types[1].kind == "none":
            return f"{name}(f_dot, None, dx) + dx_dot * sum(0.5 * (f[1:] + f[:-1]))"
        return f"{name}(f_dot, x) + sum(0.5 * (f[1:] + f[:-1]) * diff(x_dot))"

    return dot


# NumPy 1 calls it trapz, NumPy 2 trapezoid.
for _name in ("trapezoid", "trapz"):
    rule(
        f"{_name}(f, x: value = None, dx: value = 1.0)",
        tangent=_trapezoid_dot(_name),
        adjoint=_trapezoid_bar,
        infer=_integrated,
    )


def _interpolated(types: Types, attrs: Attrs) -> Type:
    if types[0].rank is None or types[1].rank != 1 or types[2].rank != 1:
        raise Unsupported("interp between what are no vectors", "annotate the vectors' shapes")
    return array(() if types[0].is_scalar else types[0].shape, "float")


# Between xp[k - 1] and xp[k]; beyond the ends the value is constant.  At a corner the slope is the left one.
rule(
    "interp(x, xp, fp)",
    tangent="where(inside, slope * (x_dot - (1 - share) * xp_dot[k - 1] - share * xp_dot[k]), 0.0)"
    " + (1 - share) * fp_dot[k - 1] + share * fp_dot[k]",
    adjoint=(
        "where(inside, slope * y_bar, 0.0)",
        "add.at(xp_bar[k - 1], where(inside, (share - 1) * slope * y_bar, 0.0));"
        " add.at(xp_bar[k], where(inside, -share * slope * y_bar, 0.0))",
        "add.at(fp_bar[k - 1], (1 - share) * y_bar); add.at(fp_bar[k], share * y_bar)",
    ),
    steps={
        "k": "minimum(maximum(searchsorted(xp, x), 1), len(xp) - 1)",
        "inside": "logical_and(xp[0] <= x, x <= xp[-1])",
        "share": "minimum(maximum((x - xp[k - 1]) / (xp[k] - xp[k - 1]), 0), 1)",
        "slope": "(fp[k] - fp[k - 1]) / (xp[k] - xp[k - 1])",
    },
    infer=_interpolated,
)
