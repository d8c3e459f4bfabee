"""Rows of ``scipy.linalg``: solvers for matrices of a known form, functions of matrices, matrices made of vectors.

Kinks: a triangular solver, and ``cho_factor``, read one triangle alone, and so does their derivative; ``cho_factor``
leaves the other one as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import Type
from sct.rules.products import known_ranks, product_of
from sct.rules.shapes import array, items_of, promoted
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _solved(types: Types, attrs: Attrs) -> Type:
    a, b = known_ranks(types[-2:], "a solver")
    if a != 2 or b not in (1, 2):
        raise Unsupported("a solver with anything but a matrix and a vector, or two matrices", "loop over the stack")
    return array(types[-1].shape, "float")


def _is_transposed(attrs: Attrs) -> bool:
    if attrs["trans"] not in (0, 1, "N", "T"):
        raise Unsupported(f"`trans={attrs['trans']!r}`", "write 0 or 1")
    return attrs["trans"] in (1, "T")


def _triangle(name: str, attrs: Attrs) -> str:
    """The part of a matrix that the solver reads."""
    strict = bool(attrs["unit_diagonal"])
    return f"tril({name}{', -1' * strict})" if attrs["lower"] else f"triu({name}{', 1' * strict})"


def _form(attrs: Attrs, flipped: bool = False) -> str:
    """The keywords of a solver like this one, or of that with the transposed matrix."""
    given = {"trans": int(_is_transposed(attrs) != flipped), "lower": attrs["lower"]}
    given["unit_diagonal"] = attrs["unit_diagonal"]
    return "".join(f", {name}={value!r}" for name, value in given.items() if value)


def _triangular_bar(types: Types, attrs: Attrs) -> Texts:
    pair = ("y", "b_bar") if _is_transposed(attrs) else ("b_bar", "y")
    A_bar = f"-{_triangle(product_of(types, *pair), attrs)}"
    return (A_bar, f"solve_triangular(a, y_bar{_form(attrs, flipped=True)})")


def _triangular_dot(types: Types, attrs: Attrs) -> str:
    moved = _triangle("a_dot", attrs)
    moved = f"transpose({moved})" if _is_transposed(attrs) else moved
    return f"solve_triangular(a, b_dot - {moved} @ y{_form(attrs)})"


rule(
    "solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False)",
    tangent=_triangular_dot,
    adjoint=_triangular_bar,
    infer=_solved,
    source="Giles 2008, 2.3.1",
)


def _band(types: Types) -> tuple[int, int]:
    widths = items_of(types[0])
    if widths is None or len(widths) != 2:
        raise Unsupported("it is not known how wide the band is", "write the two numbers: `solve_banded((1, 1), …)`")
    return widths[0], widths[1]


def _banded(types: Types, attrs: Attrs) -> Type:
    _band(types)
    if types[2].rank != 1:
        raise Unsupported("solve_banded with anything but a vector", "solve for one column after the other")
    return _solved(types[1:], attrs)


def _banded_bar(types: Types, attrs: Attrs) -> Texts:
    below, above = _band(types)
    rows = [_rolled(f"ab[{below + above - k}]", below - k) for k in range(below + above + 1)]
    updates = []
    for k in range(below + above + 1):
        off = k - above  # the row minus the column of what this diagonal holds
        here, there = (":", ":") if not off else (f":-{off}", f"{off}:") if off > 0 else (f"{-off}:", f":{off}")
        updates.append(f"ab_bar[{k}, {here}] -= right_bar{_cut(there)} * y{_cut(here)}")
    return (None, "; ".join(updates), f"solve_banded(({above}, {below}), stack({', '.join(rows)}), y_bar)")


def _cut(part: str) -> str:
    return "" if part == ":" else f"[{part}]"


def _rolled(name: str, by: int) -> str:
    return f"roll({name}, {by})" if by else name


def _banded_dot(types: Types, attrs: Attrs) -> str:
    below, above = _band(types)
    moved = []
    for k in range(below + above + 1):
        off = k - above
        part, ends = f"ab_dot[{k}] * y", f"zeros_like(y[:{abs(off)}])"
        if off > 0:
            part = f"concatenate({ends}, ({part})[:-{off}])"
        moved.append(f"concatenate(({part})[{-off}:], {ends})" if off < 0 else part)
    return f"solve_banded(l_and_u, ab, b_dot - ({' + '.join(moved)}))"


rule(
    "solve_banded(l_and_u, ab, b)",
    tangent=_banded_dot,
    adjoint=_banded_bar,
    steps=lambda types, attrs: {"right_bar": _banded_bar(types, attrs)[2] or ""},
    infer=_banded,
)


def _squares(types: Types, what: str) -> None:
    if any(type_.rank != 2 for type_ in types):
        raise Unsupported(f"{what} of anything but matrices", "loop over the matrices")


def _sylvester(types: Types, attrs: Attrs) -> Type:
    _squares(types, "solve_sylvester")
    return array(types[2].shape, "float")


rule(
    "solve_sylvester(a, b, q)",
    tangent="solve_sylvester(a, b, q_dot - a_dot @ y - y @ b_dot)",
    adjoint=(
        "-q_bar @ transpose(y)",
        "-transpose(y) @ q_bar",
        "solve_sylvester(transpose(a), transpose(b), y_bar)",
    ),
    infer=_sylvester,
    source="Giles 2008, 2.3",
)


def _function(types: Types, attrs: Attrs) -> Type:
    _squares(types[:1], "a function")
    return array(types[0].shape, "float")


def _directed(types: Types, attrs: Attrs) -> Type:
    if attrs["compute_expm"]:
        raise Unsupported("expm_frechet that gives a pair", "write `compute_expm=False`, and `expm(A)` beside it")
    return _function(types, attrs)


def _blocks_of(A: str, E: str) -> str:
    """A matrix of blocks: the exponential of the one of ``A`` and ``E`` has the derivative along ``E`` in a corner."""
    rows = f"concatenate({A}, {E}, axis=1)", f"concatenate(zeros_like(A), {A}, axis=1)"
    return f"concatenate({', '.join(rows)}, axis=0)"


rule(
    "expm_frechet(A, E, compute_expm=True)",
    tangent="astype_like(expm_frechet(blocks, blocks_dot, compute_expm=False)[: len(A), len(A) :], A)",
    adjoint=(
        "corners[: len(A), : len(A)] + corners[len(A) :, len(A) :]",
        "astype_like(expm_frechet(transpose(A), y_bar, compute_expm=False), A)",
    ),
    steps={
        "blocks": _blocks_of("A", "E"),
        "blocks_dot": _blocks_of("A_dot", "E_dot"),
        "seeds": _blocks_of("zeros_like(A)", "y_bar"),
        "corners": "astype_like(expm_frechet(transpose(blocks), seeds, compute_expm=False), A)",
    },
    infer=_directed,
    source="Higham and Relton 2014, Higher order Frechet derivatives of matrix functions",
)
rule(
    "expm(A)",
    tangent="astype_like(expm_frechet(A, A_dot, compute_expm=False), A)",
    adjoint=("astype_like(expm_frechet(transpose(A), y_bar, compute_expm=False), A)",),
    infer=_function,
    source="Higham 2008, Functions of matrices, 10.2",
)
rule(
    "sqrtm(A)",
    tangent="solve_sylvester(y, y, A_dot)",
    adjoint=("solve_sylvester(transpose(y), transpose(y), y_bar)",),
    infer=_function,
    source="Higham 2008, Functions of matrices, 6.1",
)


def _blocks(types: Types, attrs: Attrs) -> Type:
    if any(type_.rank not in (1, 2) for type_ in types):
        raise Unsupported("block_diag of anything but vectors and matrices", "annotate the shapes")
    return array((fresh(), fresh()), promoted(types) or "float")


def _blocks_bar(types: Types, attrs: Attrs) -> Texts:
    rows, columns, texts = list[str](), list[str](), []
    for k, type_ in enumerate(types):
        row, column = ("1", f"len(x{k})") if type_.rank == 1 else (f"shape(x{k})[0]", f"shape(x{k})[1]")
        ends = [" + ".join([*before, width]) for before, width in ((rows, row), (columns, column))]
        rows, columns = [*rows, row], [*columns, column]
        starts = [" + ".join(widths[:-1]) for widths in (rows, columns)]
        first = starts[0] or "0" if type_.rank == 1 else f"{starts[0]}:{ends[0]}"
        texts.append(f"y_bar[{first}, {starts[1]}:{ends[1]}]")
    return tuple(texts)


rule("block_diag(*xs: value)", transpose=_blocks_bar, infer=_blocks)


def _toeplitz(types: Types, attrs: Attrs) -> Type:
    if any(type_.rank != 1 for type_ in types if type_.kind != "none"):
        raise Unsupported("toeplitz of what are no vectors", "annotate the vectors' shapes")
    rows = (types[0].shape or ())[0]
    return array((rows, rows if types[1].kind == "none" else (types[1].shape or ())[0]), promoted(types[:1]) or "float")


def _toeplitz_bar(types: Types, attrs: Attrs) -> Texts:
    if types[1].kind == "none":
        return ("add.at(c_bar[abs(lag)], y_bar)", None)
    return (
        "add.at(c_bar[maximum(lag, 0)], where(lag < 0, 0.0, y_bar))",
        "add.at(r_bar[maximum(-lag, 0)], where(lag < 0, y_bar, 0.0))",
    )


rule(
    "toeplitz(c, r: value = None)",
    transpose=_toeplitz_bar,
    steps=lambda types, attrs: {
        "lag": f"expand_dims(arange(len(c)), 1) - arange(len({'c' if types[1].kind == 'none' else 'r'}))"
    },
    infer=_toeplitz,
)


# The factors are a pair: a matrix with the factor in one of its triangles, and which one that is.
def _factored(types: Types, attrs: Attrs) -> Type:
    if known_ranks(types, "cho_factor") != [2]:
        raise Unsupported("cho_factor of anything but one matrix", "loop over the matrices")
    return Type("tuple", items=(array(types[0].shape, "float"), Type("bool", dim=int(bool(attrs["lower"])))))


# With L the factor in the lower triangle: as for ``cholesky``.
def _factor_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    lower = attrs["lower"]
    return {
        "factor": "tril(y[0])" if lower else "transpose(triu(y[0]))",
        "inverse": "inv(factor)",
        "middle": f"tril(transpose(factor) @ {'y0_bar' if lower else 'transpose(y0_bar)'})",
        "both": "transpose(inverse) @ (middle - 0.5 * diag(diag(middle))) @ inverse",
        "near": "tril(a_dot)" if lower else "triu(a_dot)",
        "far": "transpose(tril(a_dot, -1))" if lower else "transpose(triu(a_dot, 1))",
        "whole": "inverse @ (near + far) @ transpose(inverse)",
        "moved": "factor @ (tril(whole) - 0.5 * diag(diag(whole)))",
    }


def _factor_dot(types: Types, attrs: Attrs) -> str:
    return "(moved + triu(a_dot, 1), None)" if attrs["lower"] else "(transpose(moved) + tril(a_dot, -1), None)"


def _factor_bar(types: Types, attrs: Attrs) -> Texts:
    if attrs["lower"]:
        return ("tril(both) + tril(transpose(both), -1) + triu(y0_bar, 1)",)
    return ("triu(both, 1) + triu(transpose(both)) + tril(y0_bar, -1)",)


rule(
    "cho_factor(a, lower=False)",
    tangent=_factor_dot,
    adjoint=_factor_bar,
    steps=_factor_steps,
    infer=_factored,
    source="Murray 2016, Differentiation of the Cholesky decomposition",
)


def _cho_solved(types: Types, attrs: Attrs) -> Type:
    pair, b = types
    if pair.kind != "tuple" or len(pair.items) != 2 or pair.items[0].rank != 2 or b.rank not in (1, 2):
        reason = "cho_solve with anything but a factor and a vector, or two matrices"
        raise Unsupported(reason, "write `cho_solve(cho_factor(A), b)`, or `cho_solve((c, False), b)`")
    return array(b.shape, "float")


def _in_triangle(types: Types, lower: str, upper: str) -> str:
    """One of two texts, as the pair says where the factor is; if need be when the code runs."""
    known = types[0].items[1].dim
    if known is None:
        return f"where(pair[1], {lower}, {upper})"
    return lower if known else upper


def _solve_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    return {
        "factor": _in_triangle(types, "tril(pair[0])", "transpose(triu(pair[0]))"),
        "product": product_of(types, "b_bar", "y"),
        "factor_bar": "tril((product + transpose(product)) @ factor)",
        "factor_dot": _in_triangle(types, "tril(pair_dot[0])", "transpose(triu(pair_dot[0]))"),
        "moved": "factor_dot @ (transpose(factor) @ y) + factor @ (transpose(factor_dot) @ y)",
    }


rule(
    "cho_solve(pair, b)",
    tangent="cho_solve(pair, b_dot - moved)",
    adjoint=lambda types, attrs: (
        f"(-{_in_triangle(types, 'factor_bar', 'transpose(factor_bar)')}, None)",
        "cho_solve(pair, y_bar)",
    ),
    steps=_solve_steps,
    infer=_cho_solved,
    source="Giles 2008, 2.3.1",
)
