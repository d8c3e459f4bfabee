"""Rows of functions that make indices, or count: integers, which carry no derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import FLOAT, Dim, Type
from sct.rules.shapes import array, broadcast, whole
from sct.rules.table import Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _places(count: int, size: Dim) -> Type:
    """As many arrays of indices, of one length."""
    return Type("tuple", items=(array((size,), "int"),) * count)


def _rank(x: Type) -> int:
    if not x.rank:
        raise Unsupported("indices of a number, or of an array of unknown rank", "annotate the array's shape")
    return x.rank


def _size(type_: Type) -> Dim:
    return fresh() if type_.dim is None else type_.dim


zero("nonzero(x)", infer=lambda types, attrs: _places(_rank(types[0]), fresh()), cheap=False)
zero("flatnonzero(x)", infer=lambda types, attrs: array((fresh(),), "int"), cheap=False)
zero("argwhere(x)", infer=lambda types, attrs: array((fresh(), _rank(types[0])), "int"), cheap=False)
zero(
    "triu_indices(n, k: value = 0, m: value = None)",
    "tril_indices(n, k: value = 0, m: value = None)",
    "triu_indices_from(x, k: value = 0)",
    "tril_indices_from(x, k: value = 0)",
    infer=lambda types, attrs: _places(2, fresh()),
    cheap=False,
)
zero("diag_indices(n)", infer=lambda types, attrs: _places(2, _size(types[0])), cheap=False)
zero(
    "diag_indices_from(x)",
    infer=lambda types, attrs: _places(_rank(types[0]), (types[0].shape or (fresh(),))[0]),
    cheap=False,
)


def _diagonal(types: Types, attrs: Attrs) -> Type:
    """The row, and column, of each element of a diagonal."""
    if types[0].rank != 2:
        raise Unsupported("the diagonal of what is no matrix is filled", "write its elements: `A[i, i, i] = …`")
    rows, columns = types[0].shape or (None, None)
    return array((rows if rows == columns and rows is not None else fresh(),), "int")


zero("diagonal_places(x)", infer=_diagonal, cheap=False)


def _open_mesh(types: Types, attrs: Attrs) -> Type:
    items = []
    for k, given in enumerate(types):
        plain = given.rank == 1 or (given.kind == "list" and given.items[0].is_scalar)
        if not plain or (given.items or (given,))[0].element != "int":
            raise Unsupported(
                "`np.ix_` of what is no vector of ints", "pass lists or vectors of ints; of a mask, `np.flatnonzero(m)`"
            )
        size = (given.shape or (fresh(),))[0]
        items.append(array(tuple(size if j == k else 1 for j in range(len(types))), "int"))
    return Type("tuple", items=tuple(items))


zero("ix(*args: value)", infer=_open_mesh, cheap=False)


def _unique(types: Types, attrs: Attrs) -> Type:
    if types[0].element not in ("int", "bool"):
        raise Unsupported("`np.unique` of other than an array of ints", "sort floats: `np.sort(x)`")
    return array((fresh(),), types[0].element)


def _counted(types: Types, attrs: Attrs) -> Type:
    return array((fresh(),), "int" if types[1].kind == "none" else "float")


zero("unique(x)", infer=_unique, cheap=False)


def _joined(types: Types, attrs: Attrs) -> Type:
    if not all((given.items or (given,))[0].element == "int" for given in types):
        raise Unsupported("a set of other than ints", "make these arrays of ints: derivatives do not flow through sets")
    return array((fresh(),), "int")


zero("setdiff1d(x1, x2)", "intersect1d(x1, x2)", "union1d(x1, x2)", infer=_joined, cheap=False)
rule("bincount(x, weights: value = None, minlength: value = 0)", transpose=(None, "y_bar[x]", None), infer=_counted)


def _of_ints(types: Types, attrs: Attrs) -> Type:
    """What SciPy has for floats as well, of which the derivative is not known."""
    if any(type_.element not in ("int", "bool", "undef") for type_ in types):
        raise Unsupported("a number of combinations of other than ints", "write it with `scipy.special.gammaln`")
    return FLOAT if all(type_.is_scalar for type_ in types) else broadcast(types, "float")


zero("binomial(n, k)", "permutations(n, k)", "factorial_float(n)", "factorial2(n)", infer=_of_ints)
zero("comb(n, k)", "perm(n, k)", "factorial(n)", "isqrt(n)", "gcd(a, b)", "lcm(a, b)", infer=whole)
