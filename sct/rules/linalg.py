"""Rows of linear algebra (Giles, Collected matrix derivative results, 2008; Griewank and Walther, 2008, section 3).

Kinks: a norm has slope 0 at 0.  ``cholesky`` reads the lower triangle alone, as NumPy does, and so does its derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import Type
from sct.rules.decompositions import joined, named
from sct.rules.products import known_ranks, stacked, turned
from sct.rules.reductions import over, widened
from sct.rules.shapes import array, axes_of, broadcast, promoted, reduced_real
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


def _solve_ranks(types: Types) -> tuple[int, ...]:
    ranks = known_ranks(types)
    if ranks[1] == 1 and ranks[0] > 2:
        raise Unsupported(
            "the derivative of solve with a stack of matrices and a vector", "give the right sides a column axis"
        )
    return tuple(ranks)


def _solve_dot(types: Types, attrs: Attrs) -> str:
    _solve_ranks(types)
    return "solve(A, b_dot - A_dot @ y)"


def _solve_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = _solve_ranks(types)
    product = "outer(b_bar, y)" if b == 1 else f"b_bar @ {turned('y', b)}"
    return (f"-{product}", f"solve({turned('A', a)}, y_bar)")


rule("inv(A)", tangent="-y @ A_dot @ y", adjoint=_inv_bar, infer=_matrix, source="Giles 2008, 2.2.3")
rule("det(A)", tangent=_det_dot, adjoint=_det_bar, infer=_one_number, source="Giles 2008, 2.2.4")
rule(
    "solve(A, b)",
    tangent=_solve_dot,
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
        help_ = "write `np.min(np.abs(x), axis=…)`" if order == -inf else "use the Euclidean norm, or a vector's"
        raise Unsupported(f"the derivative of the norm with `ord={order!r}`", help_)
    return reduced_real(types, attrs)


def _norm_parts(types: Types, attrs: Attrs) -> tuple[str, str]:
    """The derivative of a norm with respect to each element, as a product: of the elements, and of the norm."""
    order, y = attrs["ord"], widened("y", types, attrs)
    if order == 1:
        return "sign(x)", ""
    if order in (None, "fro", 2):
        return "x", f" / where({y} > 0, {y}, 1)"
    return f"sign(x) * abs(x)**{order - 1!r}", f" / where({y} > 0, {y}, 1)**{order - 1!r}"


def _norm_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    """The elements of the largest size, which share the slope of a maximum norm."""
    return {"largest": f"astype_like(abs(x) == {widened('y', types, attrs)}, x)"} if attrs["ord"] == inf else {}


def _norm_bar(types: Types, attrs: Attrs) -> Texts:
    if attrs["ord"] == inf:
        count = f"sum(largest{over(attrs, keepdims=True)})"
        return (f"sign(x) * largest * ({widened('y_bar', types, attrs)} / {count})",)
    part, divided = _norm_parts(types, attrs)
    return (
        f"{part} * ({widened('y_bar', types, attrs)}{divided})"
        if divided
        else f"{part} * {widened('y_bar', types, attrs)}",
    )


def _norm_dot(types: Types, attrs: Attrs) -> str:
    if attrs["ord"] == inf:
        return f"sum(sign(x) * largest * x_dot{over(attrs)}) / sum(largest{over(attrs)})"
    part, divided = _norm_parts(types, {**attrs, "keepdims": True})
    return f"sum({part} * x_dot{over(attrs)}){divided}"


rule(
    "norm(x, ord=None, axis=None, keepdims=False)",
    tangent=_norm_dot,
    adjoint=_norm_bar,
    steps=_norm_steps,
    infer=_normed,
)


def _of_vectors(types: Types, attrs: Attrs) -> Attrs:
    """What ``norm`` takes for a norm of vectors."""
    euclidean = attrs["axis"] is None and attrs["ord"] == 2
    return {**attrs, "ord": None} if euclidean else attrs


def _vector_normed(types: Types, attrs: Attrs) -> Type:
    several = isinstance(attrs["axis"], tuple) or (attrs["axis"] is None and types[0].rank != 1)
    if several and (attrs["axis"] is not None or attrs["ord"] != 2):
        raise Unsupported("this norm of vectors along several axes", "use `x.ravel()`, or `np.linalg.matrix_norm`")
    return _normed(types, _of_vectors(types, attrs))


def _matrix_normed(types: Types, attrs: Attrs) -> Type:
    known_ranks(types, "a norm")
    return _normed(types, _of_matrix(types, attrs))


def _of_matrix(types: Types, attrs: Attrs) -> Attrs:
    """What ``norm`` takes for a norm of matrices."""
    return {**attrs, "axis": None if types[0].rank == 2 else (-2, -1)}


# NumPy 2's functions of vectors, and of matrices.
rule(
    "vector_norm(x, *, axis=None, keepdims=False, ord=2)",
    tangent=lambda types, attrs: _norm_dot(types, _of_vectors(types, attrs)),
    adjoint=lambda types, attrs: _norm_bar(types, _of_vectors(types, attrs)),
    steps=_norm_steps,
    infer=_vector_normed,
)
rule(
    "matrix_norm(x, *, keepdims=False, ord='fro')",
    tangent=lambda types, attrs: _norm_dot(types, _of_matrix(types, attrs)),
    adjoint=lambda types, attrs: _norm_bar(types, _of_matrix(types, attrs)),
    infer=_matrix_normed,
)


def _slogdet(types: Types, attrs: Attrs) -> Type:
    one = _one_number(types, attrs)
    return named("sign logabsdet", one, one)


def _slogdet_bar(types: Types, attrs: Attrs) -> Texts:
    (rank,) = known_ranks(types)
    scale = "y1_bar" if rank == 2 else "expand_dims(y1_bar, (-2, -1))"
    return (f"{scale} * {turned('inv(A)', rank)}" if 1 in attrs.get("seeded", (1,)) else None,)


# The sign is locally constant.
rule(
    "slogdet(A)",
    tangent=lambda types, attrs: f"(zeros_like(y[0]), {_det_dot(types, attrs).removeprefix('y * ')})",
    adjoint=_slogdet_bar,
    infer=_slogdet,
    source="Giles 2008, 2.2.4",
)


def _powered(types: Types, attrs: Attrs) -> Type:
    if types[1].kind != "int":
        raise Unsupported("a matrix to a power that is no integer", "use an integer")
    return _matrix(types, attrs)


def _frechet(direction: str, rank: int) -> str:
    """The derivative of a power along a direction: a corner of the power of a matrix of blocks."""
    below, beside = (0, 1) if rank == 2 else (-2, -1)
    top = f"concatenate(base, {direction}, axis={beside})"
    bottom = f"concatenate(zeros_like(base), base, axis={beside})"
    corner = f"{'' if rank == 2 else '..., '}:shape(A)[-1], shape(A)[-1]:"
    return f"matrix_power(concatenate({top}, {bottom}, axis={below}), n)[{corner}]"


rule(
    "matrix_power(A, n)",
    tangent=lambda types, attrs: _frechet("A_dot", types[0].rank or 2).replace("base", "A"),
    adjoint=lambda types, attrs: (_frechet("y_bar", types[0].rank or 2), None),
    steps=lambda types, attrs: {"base": turned("A", types[0].rank or 2)},
    infer=_powered,
    source="Mathias 1996, A chain rule for matrix functions",
)


def _chained(types: Types, attrs: Attrs) -> Type:
    ranks = known_ranks(types, "multi_dot")
    if any(rank != 2 for rank in ranks[1:-1]) or not all(1 <= rank <= 2 for rank in ranks) or len(types) < 2:
        raise Unsupported("multi_dot of what are no matrices", "only the first and the last one may be vectors")
    first, last = types[0].shape or (), types[-1].shape or ()
    return array((*first[:-1], *last[1:]), promoted(types) or "float")


def _chained_bar(types: Types, attrs: Attrs) -> Texts:
    starts, ends = types[0].rank == 1, types[-1].rank == 1
    return tuple(_link_bar(k, len(types), starts, ends) for k in range(len(types)))


def _link_bar(k: int, count: int, starts: bool, ends: bool) -> str:
    """The adjoint of the ``k``-th of the matrices, of which the first and the last one may be vectors."""
    before, after = " @ ".join(f"x{j}" for j in range(k)), " @ ".join(f"x{j}" for j in range(k + 1, count))
    if starts and ends:
        return f"y_bar * outer({before}, {after})" if before and after else f"y_bar * ({before or after})"
    if starts:
        text = f"({after}) @ y_bar" if after else "y_bar"
        return f"outer({before}, {text})" if before else text
    left = f"transpose({before}) @ y_bar" if before else "y_bar"
    if ends:
        return f"outer({left}, {after})" if after else left
    return f"{left} @ transpose({after})" if after else left


rule("multi_dot(*xs)", multilinear=_chained_bar, infer=_chained)


def _least(types: Types, attrs: Attrs) -> Type:
    a, b = types
    if a.rank != 2 or b.rank not in (1, 2):
        raise Unsupported("least squares with anything but a matrix and a vector, or two matrices", "use `pinv`")
    solution = array(((a.shape or ())[1], *(b.shape or ())[1:]), "float")
    return Type("tuple", items=(solution, array((fresh(),), "float"), Type("int"), array((fresh(),), "float")))


def _least_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    vector = types[1].rank == 1
    seeds = "2 * sum(y1_bar) * residual" if vector else "2 * y1_bar * residual"
    along = "sum(residual * moved)" if vector else "sum(residual * moved, axis=0)"
    return {
        "solution": "y[0]",
        "inverse": "pinv(A)",
        "residual": "b - A @ solution",
        "solution_bar": "transpose(inverse) @ y0_bar",
        "residual_bar": seeds,
        "parts": "svd(A, full_matrices=False)",
        "outside": "transpose(A_dot) @ (transpose(inverse) @ solution)",
        "moved": "b_dot - A_dot @ solution",
        "inside_dot": "inverse @ moved + inverse @ (transpose(inverse) @ (transpose(A_dot) @ residual))",
        "squares_dot": f"2 * {along} * ones_like(y[1])",
        "values_dot": "sum(parts[0] * (A_dot @ transpose(parts[2])), axis=0)",
    }


def _least_bar(types: Types, attrs: Attrs) -> Texts:
    pair = "outer({}, {})" if types[1].rank == 1 else "{} @ transpose({})"
    moved = f"{pair.format('residual', 'inverse @ solution_bar')} - {pair.format('solution_bar', 'solution')}"
    outside = pair.format("transpose(inverse) @ solution", "y0_bar - transpose(A) @ solution_bar")
    values = "(expand_dims(y3_bar, 0) * parts[0]) @ parts[2]"
    squares = f"-{pair.format('residual_bar', 'solution')}"
    terms = (f"{moved} + {outside}", f"{squares}", "", values)
    return (joined(terms, attrs) or None, joined(("solution_bar", "residual_bar"), attrs) or None)


# The solution is the smallest one where there are several; the rank of the matrix stays as it is.
rule(
    "lstsq(A, b, rcond='warn')",
    tangent="(inside_dot + outside - inverse @ (A @ outside), squares_dot, 0, values_dot)",
    adjoint=_least_bar,
    steps=_least_steps,
    infer=_least,
    source="Golub and Pereyra 1973",
)
