"""Rows of linear algebra (Giles, Collected matrix derivative results, 2008; Griewank and Walther, 2008, section 3).

Kinks: a norm has slope 0 at 0.  ``cholesky`` reads the lower triangle alone, as NumPy does, and so does its derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Type
from sct.rules.products import known_ranks, stacked, turned
from sct.rules.reductions import over, widened
from sct.rules.shapes import array, axes_of, broadcast, reduced_real
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _matrix(types: Types, attrs: Attrs) -> Type:
    (rank,) = known_ranks(types[:1], "linear algebra")
    if rank < 2:
        raise Unsupported(f"linear algebra on an array of rank {rank}", "use a matrix")
    return array(types[0].shape, "float")


def _one_number(types: Types, attrs: Attrs) -> Type:
    return array((_matrix(types, attrs).shape or ())[:-2], "float")


def _inv_bar(types: Types, attrs: Attrs) -> Texts:
    y = turned("y", known_ranks(types)[0])
    return (f"-{y} @ y_bar @ {y}",)


def _det_bar(types: Types, attrs: Attrs) -> Texts:
    (rank,) = known_ranks(types)
    scale = "y_bar * y" if rank == 2 else "expand_dims(y_bar * y, (-2, -1))"
    return (f"{scale} * {turned('inv(A)', rank)}",)


def _det_dot(types: Types, attrs: Attrs) -> str:
    return (
        "y * trace(inv(A) @ A_dot)"
        if types[0].rank == 2
        else "y * sum(swapaxes(inv(A), -1, -2) * A_dot, axis=(-2, -1))"
    )


def _solved(types: Types, attrs: Attrs) -> Type:
    a, b = known_ranks(types, "solve")
    if a < 2 or not b or (b > 1 and a != b):
        raise Unsupported(f"solve with arrays of rank {a} and {b}", "use a matrix and a vector, or two of one rank")
    _matrix(types, attrs)
    if b == 1:
        return array((types[0].shape or ())[:-1], "float")
    shapes = [type_.shape or () for type_ in types]
    batch = broadcast(tuple(array(shape[:-2], "float") for shape in shapes), "float").shape or ()
    return array((*batch, shapes[0][-2], shapes[1][-1]), "float")


def _solve_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types)
    if b == 1 and a > 2:
        raise Unsupported(
            "the derivative of solve with a stack of matrices and a vector", "give the right sides a column axis"
        )
    product = "outer(b_bar, y)" if b == 1 else f"b_bar @ {turned('y', b)}"
    return (f"-{product}", f"solve({turned('A', a)}, y_bar)")


rule("inv(A)", tangent="-y @ A_dot @ y", adjoint=_inv_bar, infer=_matrix, source="Giles 2008, 2.2.3")
rule("det(A)", tangent=_det_dot, adjoint=_det_bar, infer=_one_number, source="Giles 2008, 2.2.4")
rule(
    "solve(A, b)",
    tangent="solve(A, b_dot - A_dot @ y)",
    adjoint=_solve_bar,
    broadcasts=stacked,
    infer=_solved,
    source="Giles 2008, 2.3.1",
)


def _pinv(types: Types, attrs: Attrs) -> Type:
    shape = _matrix(types, attrs).shape or ()
    return array((*shape[:-2], shape[-1], shape[-2]), "float")


def _pinv_bar(types: Types, attrs: Attrs) -> Texts:
    (rank,) = known_ranks(types)
    P, y_bar = turned("y", rank), turned("y_bar", rank)
    outside = f"({y_bar} - A @ (y @ {y_bar})) @ y @ {P}"
    inside = f"{P} @ y @ ({y_bar} - ({y_bar} @ y) @ A)"
    return (f"{outside} + {inside} - {P} @ y_bar @ {P}",)


def _pinv_dot(types: Types, attrs: Attrs) -> str:
    (rank,) = known_ranks(types)
    P, A_dot = turned("y", rank), turned("A_dot", rank)
    outside = f"y @ {P} @ ({A_dot} - ({A_dot} @ A) @ y)"
    inside = f"({A_dot} - y @ (A @ {A_dot})) @ {P} @ y"
    return f"{outside} + {inside} - y @ A_dot @ y"


# As long as the rank of the matrix stays as it is.
rule("pinv(A, rcond=None)", tangent=_pinv_dot, adjoint=_pinv_bar, infer=_pinv, source="Golub and Pereyra 1973, 4.12")


# With L the result: L.T @ L_bar, its lower triangle with half the diagonal, between the inverses of L.T and L; what
# falls on the upper triangle of A goes to the lower one.
_CHOLESKY_STEPS = {
    "inverse": "inv(y)",
    "middle": "tril(transpose(y) @ y_bar)",
    "both": "transpose(inverse) @ (middle - 0.5 * diag(diag(middle))) @ inverse",
    "whole": "inverse @ (tril(A_dot) + transpose(tril(A_dot, -1))) @ transpose(inverse)",
}


def _cholesky(types: Types, attrs: Attrs) -> Type:
    if known_ranks(types, "cholesky") != [2]:
        raise Unsupported("cholesky of anything but one matrix", "loop over the matrices")
    return array(types[0].shape, "float")


rule(
    "cholesky(A)",
    tangent="y @ (tril(whole) - 0.5 * diag(diag(whole)))",
    adjoint=("tril(both) + tril(transpose(both), -1)",),
    steps=_CHOLESKY_STEPS,
    infer=_cholesky,
    source="Murray 2016, Differentiation of the Cholesky decomposition",
)


def _normed(types: Types, attrs: Attrs) -> Type:
    x, order, axis = types[0], attrs["ord"], attrs["axis"]
    rank = x.rank
    if not rank:
        raise Unsupported("the norm of a number or of an array of unknown rank", "annotate the shape, or use `abs`")
    axes = axes_of(rank, axis)
    if order == "fro" and len(axes) != 2:
        raise Unsupported("the Frobenius norm of what is no matrix", "leave `ord` out")
    is_vector = len(axes) == 1
    if not (order in (None, "fro") or (is_vector and isinstance(order, int | float) and order >= 1)):
        raise Unsupported(f"the derivative of the norm with `ord={order!r}`", "use the Euclidean norm, or a vector's")
    return reduced_real(types, attrs)


def _norm_parts(types: Types, attrs: Attrs) -> tuple[str, str]:
    """The derivative of a norm with respect to each element, as a product: of the elements, and of the norm."""
    order, y = attrs["ord"], widened("y", types, attrs)
    if order == 1:
        return "sign(x)", ""
    if order in (None, "fro", 2):
        return "x", f" / where({y} > 0, {y}, 1)"
    return f"sign(x) * abs(x)**{order - 1!r}", f" / where({y} > 0, {y}, 1)**{order - 1!r}"


def _norm_bar(types: Types, attrs: Attrs) -> Texts:
    part, divided = _norm_parts(types, attrs)
    return (
        f"{part} * ({widened('y_bar', types, attrs)}{divided})"
        if divided
        else f"{part} * {widened('y_bar', types, attrs)}",
    )


def _norm_dot(types: Types, attrs: Attrs) -> str:
    part, divided = _norm_parts(types, {**attrs, "keepdims": True})
    return f"sum({part} * x_dot{over(attrs)}){divided}"


rule("norm(x, ord=None, axis=None, keepdims=False)", tangent=_norm_dot, adjoint=_norm_bar, infer=_normed)
