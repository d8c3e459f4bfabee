"""Rows of decompositions (Giles, Collected matrix derivative results, 2008, 3; Townsend 2016; Walter 2012).

Kinks: where eigenvalues, or singular values, are equal, their vectors have no derivative: what depends on these vectors
has an infinite one there, and what is not made of them has its own.  ``eigh`` reads one triangle alone, as NumPy does,
and so does its derivative.  The matrix of ``qr`` has at least as many rows as columns, and full rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import Dim, Form, Type
from sct.rules.products import known_ranks, turned
from sct.rules.shapes import array
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def matrix_dims(types: Types, name: str) -> tuple[int, tuple[Dim, ...]]:
    """The rank and the dimensions of a matrix, or of a stack of them."""
    (rank,) = known_ranks(types[:1], name)
    if rank < 2:
        raise Unsupported(f"{name} of an array of rank {rank}", "use a matrix")
    return rank, types[0].shape or ()


def named(labels: str, *items: Type) -> Type:
    """One of NumPy's named tuples."""
    return Type("tuple", items=items, form=Form("named", tuple(labels.split())))


def joined(terms: Sequence[str], attrs: Attrs) -> str:
    """The sum of the terms of an adjoint, one for each part of the result that has one."""
    return " + ".join(term for k, term in enumerate(terms) if term and k in attrs.get("seeded", (k,)))


def _column(name: str, rank: int) -> str:
    return f"expand_dims({name}, {1 if rank == 2 else -1})"


def _row(name: str, rank: int) -> str:
    return f"expand_dims({name}, {0 if rank == 2 else -2})"


def _gaps(name: str, rank: int) -> Mapping[str, str]:
    """``gaps[i, j]``: ``name[j] - name[i]``."""
    return {"gaps": f"{_row(name, rank)} - {_column(name, rank)}"}


def _beside(matrix: str) -> str:
    """A matrix without its diagonal."""
    return f"tril({matrix}, -1) + triu({matrix}, 1)"


def _over_gaps(turn: str) -> str:
    """What vectors do to each other, over the gaps: 0 where they do nothing, infinite where the gap is none."""
    return f"({turn} / where(gaps == 0, where({turn} == 0, 1, gaps), gaps))"


def _is_lower(attrs: Attrs) -> bool:
    if attrs["UPLO"] not in ("L", "U"):
        raise Unsupported(f"`UPLO={attrs['UPLO']!r}`", "write 'L' or 'U'")
    return bool(attrs["UPLO"] == "L")


def _eigh(types: Types, attrs: Attrs) -> Type:
    _, shape = matrix_dims(types, "eigh")
    return named("eigenvalues eigenvectors", array(shape[:-1], "float"), array(shape, "float"))


def _eigvalsh(types: Types, attrs: Attrs) -> Type:
    return array(matrix_dims(types, "eigvalsh")[1][:-1], "float")


def _on_triangle(name: str, rank: int, attrs: Attrs) -> str:
    """A gradient in a whole matrix, as that in the triangle that is read."""
    near, far = ("tril({}", "triu({}, 1)") if _is_lower(attrs) else ("triu({}", "tril({}, -1)")
    return f"{near.format(name)}) + {turned(far.format(name), rank)}"


def _from_triangle(rank: int, attrs: Attrs) -> str:
    """The symmetric matrix that a triangle of ``A_dot`` stands for."""
    near, far = ("tril(A_dot)", "tril(A_dot, -1)") if _is_lower(attrs) else ("triu(A_dot)", "triu(A_dot, 1)")
    return f"{near} + {turned(far, rank)}"


def _eigh_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    (rank,) = known_ranks(types)
    vectors = turned("vectors", rank)
    terms = (f"{_row('y0_bar', rank)} * vectors", f"vectors @ {_over_gaps('turn')}")
    return {
        "values": "y[0]",
        "vectors": "y[1]",
        **_gaps("values", rank),
        "inner": f"{vectors} @ y1_bar",
        "turn": _beside("inner"),
        "both": f"({joined(terms, attrs)}) @ {vectors}",
        "moved": f"({_from_triangle(rank, attrs)}) @ vectors",
        "inner_dot": f"{vectors} @ moved",
        "turn_dot": _beside("inner_dot"),
    }


def _eigh_dot(types: Types, attrs: Attrs) -> str:
    values = "diag(inner_dot)" if types[0].rank == 2 else "sum(vectors * moved, axis=-2)"
    return f"({values}, vectors @ {_over_gaps('turn_dot')})"


def _eigh_bar(types: Types, attrs: Attrs) -> Texts:
    return (_on_triangle("both", types[0].rank or 2, attrs),)


rule(
    "eigh(A, UPLO='L')",
    tangent=_eigh_dot,
    adjoint=_eigh_bar,
    steps=_eigh_steps,
    infer=_eigh,
    source="Giles 2008, 3.1",
)


def _eigvalsh_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    (rank,) = known_ranks(types)
    vectors = turned("vectors", rank)
    return {
        "vectors": "eigh(A, UPLO)[1]",
        "both": f"({_row('y_bar', rank)} * vectors) @ {vectors}",
        "moved": f"({_from_triangle(rank, attrs)}) @ vectors",
    }


rule(
    "eigvalsh(A, UPLO='L')",
    tangent="sum(vectors * moved, axis=-2)",
    adjoint=_eigh_bar,
    steps=_eigvalsh_steps,
    infer=_eigvalsh,
    source="Giles 2008, 3.1",
)


def _svd(types: Types, attrs: Attrs) -> Type:
    _, shape = matrix_dims(types, "svd")
    *batch, m, n = shape
    if attrs["full_matrices"] and m != n:
        raise Unsupported("svd with full matrices, but of a square one", "write `full_matrices=False`")
    k: Dim = m if m == n else fresh()
    return named("U S Vh", *(array((*batch, *dims), "float") for dims in ((m, k), (k,), (k, n))))


def _svdvals(types: Types, attrs: Attrs) -> Type:
    _, shape = matrix_dims(types, "svdvals")
    return array((*shape[:-2], shape[-1] if shape[-1] == shape[-2] else fresh()), "float")


# A = U S V.T.  Beside what the singular vectors do to each other (over the ``gaps`` of the squares), U moves out of its
# columns, and V out of its own.
def _svd_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    (rank,) = known_ranks(types)
    U, Vh, U_bar, Vh_bar = (turned(name, rank) for name in ("U", "Vh", "y0_bar", "y2_bar"))
    S_row, S_column = _row("S", rank), _column("S", rank)
    terms = (
        f"(U @ (left * {S_row})) @ Vh + (y0_bar - U @ ({U} @ y0_bar)) / {S_row} @ Vh",
        f"({_row('y1_bar', rank)} * U) @ Vh",
        f"(U * {S_row}) @ right @ Vh + U / {S_row} @ (y2_bar - (y2_bar @ {Vh}) @ Vh)",
    )
    return {
        "U": "y[0]",
        "S": "y[1]",
        "Vh": "y[2]",
        **_gaps("S**2", rank),
        "left_turn": f"{U} @ y0_bar - {U_bar} @ U",
        "right_turn": f"Vh @ {Vh_bar} - y2_bar @ {Vh}",
        "left": _over_gaps("left_turn"),
        "right": _over_gaps("right_turn"),
        "whole": joined(terms, attrs),
        "moved": f"A_dot @ {Vh}",
        "inner_dot": f"{U} @ moved",
        "beside_dot": _beside("inner_dot"),
        "turned_dot": turned("beside_dot", rank),
        "left_turn_dot": f"beside_dot * {S_row} + {S_column} * turned_dot",
        "right_turn_dot": f"{S_column} * beside_dot + turned_dot * {S_row}",
        "left_dot": f"U @ {_over_gaps('left_turn_dot')}",
        "right_dot": f"{turned(_over_gaps('right_turn_dot'), rank)} @ Vh",
        "left_out_dot": f"(moved - U @ inner_dot) / {S_row}",
        "right_out_dot": f"({U} @ A_dot - inner_dot @ Vh) / {S_column}",
    }


def _svd_dot(types: Types, attrs: Attrs) -> str:
    values = "diag(inner_dot)" if types[0].rank == 2 else "sum(U * moved, axis=-2)"
    return f"(left_dot + left_out_dot, {values}, right_dot + right_out_dot)"


rule(
    "svd(A, full_matrices=True)",
    tangent=_svd_dot,
    adjoint=("whole",),
    steps=_svd_steps,
    infer=_svd,
    source="Townsend 2016, Differentiating the singular value decomposition",
)


def _svdvals_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    return {"parts": "svd(A, full_matrices=False)", "U": "parts[0]", "Vh": "parts[2]"}


rule(
    "svdvals(A)",
    tangent=lambda types, attrs: f"sum(U * (A_dot @ {turned('Vh', types[0].rank or 2)}), axis=-2)",
    adjoint=lambda types, attrs: (f"({_row('y_bar', types[0].rank or 2)} * U) @ Vh",),
    steps=_svdvals_steps,
    infer=_svdvals,
    source="Giles 2008, 3.2",
)


def _qr(types: Types, attrs: Attrs) -> Type:
    _, shape = matrix_dims(types, "qr")
    if attrs["mode"] != "reduced":
        raise Unsupported(f"qr with `mode={attrs['mode']!r}`", "write `np.linalg.qr(A)`, and `…[1]` for `R` alone")
    return named("Q R", array(shape, "float"), array((*shape[:-2], shape[-1], shape[-1]), "float"))


def _qr_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    (rank,) = known_ranks(types)
    Q, R, Q_bar = turned("Q", rank), turned("R", rank), turned("y0_bar", rank)
    seeded = attrs.get("seeded", (0, 1))
    minus = f" - {Q_bar} @ Q" if 0 in seeded else ""
    return {
        "Q": "y[0]",
        "R": "y[1]",
        "inner": f"R @ {turned('y1_bar', rank)}{minus}" if 1 in seeded else f"-{Q_bar} @ Q",
        "mirrored": f"tril(inner) + {turned('tril(inner, -1)', rank)}",
        "whole": f"{'y0_bar + ' if 0 in seeded else ''}Q @ mirrored",
        "moved": turned(f"solve({R}, {turned('A_dot', rank)})", rank),
        "inside": f"{Q} @ moved",
        "turn": f"tril(inside, -1) - {turned('tril(inside, -1)', rank)}",
    }


# What is solved with R needs it to be square: a matrix with more columns than rows raises an error there.
rule(
    "qr(A, mode='reduced')",
    tangent="(moved - Q @ inside + Q @ turn, (inside - turn) @ R)",
    adjoint=lambda types, attrs: (turned(f"solve(R, {turned('whole', types[0].rank or 2)})", types[0].rank or 2),),
    steps=_qr_steps,
    infer=_qr,
    source="Walter 2012, Structured higher-order algorithmic differentiation, 3.1",
)
