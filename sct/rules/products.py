"""Rows of products of arrays, linear in every operand (Giles, Collected matrix derivative results, 2008, 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import fresh, multiplied
from sct.ir.types import UNKNOWN, Dim, Type
from sct.rules.shapes import array, axes_of, broadcast, flat_size, promoted, same
from sct.rules.table import SHAPES, Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def product_of(types: Types, a: str, b: str) -> str:
    """The adjoint of a matrix, from that of a product with the last operand, a vector or a matrix."""
    return f"outer({a}, {b})" if types[-1].rank == 1 else f"{a} @ transpose({b})"


def known_ranks(types: Types, name: str = "a product") -> list[int]:
    """The operands' ranks."""
    ranks = [type_.rank for type_ in types]
    if None in ranks:
        raise Unsupported(f"{name} of arrays of unknown rank", SHAPES)
    return [rank for rank in ranks if rank is not None]


def turned(name: str, rank: int) -> str:
    """``name`` with its last two axes exchanged."""
    return f"transpose({name})" if rank == 2 else f"swapaxes({name}, -1, -2)"


def _matmul(types: Types, attrs: Attrs) -> Type:
    a, b = types
    if a.is_scalar or b.is_scalar:
        raise Unsupported("a matrix product with a number", "write `*`")
    if a.shape is None or b.shape is None:
        return UNKNOWN
    dtype = promoted(types) or "float"
    batch = broadcast((array(a.shape[:-2], dtype), array(b.shape[:-2], dtype)), dtype).shape or ()
    return array((*batch, *a.shape[-2:-1], *(b.shape[-1:] if len(b.shape) > 1 else ())), dtype)


_BY_RANKS: dict[tuple[int, int], Texts] = {
    (1, 1): ("y_bar * B", "y_bar * A"),
    (2, 1): ("outer(y_bar, B)", "transpose(A) @ y_bar"),
    (1, 2): ("B @ y_bar", "outer(A, y_bar)"),
    (2, 2): ("y_bar @ transpose(B)", "transpose(A) @ y_bar"),
}


def _matmul_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types)
    if (a, b) in _BY_RANKS:
        return _BY_RANKS[a, b]
    if a == 1:
        return ("sum(B * expand_dims(y_bar, -2), axis=-1)", "expand_dims(A, 1) * expand_dims(y_bar, -2)")
    if b == 1:
        return ("expand_dims(y_bar, -1) * B", "sum(A * expand_dims(y_bar, -1), axis=-2)")
    B_bar = f"{turned('A', a)} @ y_bar"
    if b == 2:
        B_bar = "transpose(reshape(A, (-1, len(B)))) @ reshape(y_bar, (-1, shape(B)[1]))"
    return (f"y_bar @ {turned('B', b)}", B_bar)


def _dot(types: Types, attrs: Attrs) -> Type:
    a, b = types
    if a.is_scalar or b.is_scalar:
        return same(types, attrs)
    if a.shape is None or b.shape is None:
        return UNKNOWN
    if len(b.shape) < 3:
        return _matmul(types, attrs)
    return array((*a.shape[:-1], *b.shape[:-2], b.shape[-1]), promoted(types) or "float")


def _dot_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types)
    if not (a and b):
        return ("y_bar * B", "A * y_bar")
    if b < 3:
        return _matmul_bar(types, attrs)
    over = tuple(range(a - 1, a + b - 2)), (*range(b - 2), b - 1)
    lead = tuple(range(a - 1))
    return (
        f"tensordot(y_bar, B, axes={over!r})",
        f"moveaxis(tensordot(A, y_bar, axes={(lead, lead)!r}), 0, -2)",
    )


def stacked(types: Types) -> bool:
    """Whether an operand is a number, or a stack of matrices: then the other one may be used many times."""
    return any(type_.rank is not None and not 1 <= type_.rank <= 2 for type_ in types)


rule("matmul(A, B)", multilinear=_matmul_bar, broadcasts=stacked, infer=_matmul, source="Giles 2008, 2.2.1")
rule("dot(A, B)", multilinear=_dot_bar, broadcasts=stacked, infer=_dot, source="Giles 2008, 2.2.1")


def _outer(types: Types, attrs: Attrs) -> Type:
    dims = [flat_size(type_) for type_ in types]
    return array(tuple(dims), promoted(types) or "float")


def _outer_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types, "outer")
    texts = ["y_bar @ " + ("b" if b == 1 else "ravel(b)"), ("a" if a == 1 else "ravel(a)") + " @ y_bar"]
    if not (a and b):
        raise Unsupported("outer with a number", "write `*`")
    return tuple(
        text if rank == 1 else f"reshape({text}, shape({name}))"
        for text, rank, name in zip(texts, (a, b), "ab", strict=True)
    )


def _vdot(types: Types, attrs: Attrs) -> Type:
    return array((), promoted(types) or "float")


def _vdot_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types, "vdot")
    if a == b <= 1 or types[0].shape == types[1].shape:
        return ("y_bar * b", "y_bar * a")
    return ("reshape(y_bar * b, shape(a))", "reshape(y_bar * a, shape(b))")


def _vecdot(types: Types, attrs: Attrs) -> Type:
    a, b = known_ranks(types, "vecdot")
    if not (a and b):
        raise Unsupported("vecdot with a number", "write `*`")
    dtype = promoted(types) or "float"
    return array((broadcast(types, dtype).shape or ())[:-1], dtype)


def _vecdot_bar(types: Types, attrs: Attrs) -> Texts:
    bar = "y_bar" if max(known_ranks(types)) == 1 else "expand_dims(y_bar, -1)"
    return (f"{bar} * b", f"{bar} * a")


def _inner(types: Types, attrs: Attrs) -> Type:
    a, b = types
    if a.is_scalar or b.is_scalar:
        return same(types, attrs)
    if a.shape is None or b.shape is None:
        return UNKNOWN
    return array((*a.shape[:-1], *b.shape[:-1]), promoted(types) or "float")


def _inner_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types, "inner")
    if not (a and b) or (a == b == 1):
        return ("y_bar * b", "a * y_bar")
    if a <= 2 and b <= 2:
        a_bar = "outer(y_bar, b)" if b == 1 else "y_bar @ b"
        b_bar = "outer(y_bar, a)" if a == 1 else "transpose(y_bar) @ a" if b == 2 else "y_bar @ a"
        return (a_bar, b_bar)
    lead, rest = tuple(range(a - 1)), tuple(range(a - 1, a + b - 2))
    return (
        f"tensordot(y_bar, b, axes={(rest, tuple(range(b - 1)))!r})",
        f"tensordot(y_bar, a, axes={(lead, lead)!r})",
    )


rule("outer(a, b)", multilinear=_outer_bar, infer=_outer)
rule("vdot(a, b)", multilinear=_vdot_bar, infer=_vdot)
rule("vecdot(a, b)", multilinear=_vecdot_bar, broadcasts=True, infer=_vecdot)
rule(
    "inner(a, b)",
    multilinear=_inner_bar,
    broadcasts=lambda types: any(type_.is_scalar for type_ in types),
    infer=_inner,
)


def _summed(types: Types, attrs: Attrs) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of the operands that ``tensordot`` sums over."""
    a, b = known_ranks(types, "tensordot")
    axes = attrs["axes"]
    if isinstance(axes, int):
        return tuple(range(a - axes, a)), tuple(range(axes))
    first, second = ((axis,) if isinstance(axis, int) else tuple(axis) for axis in axes)
    return tuple(axes_of(a, axis)[0] for axis in first), tuple(axes_of(b, axis)[0] for axis in second)


def _rest(rank: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(k for k in range(rank) if k not in axes)


def _tensordot(types: Types, attrs: Attrs) -> Type:
    dims = [
        type_.shape[k]
        for type_, axes in zip(types, _summed(types, attrs), strict=True)
        for k in _rest(len(type_.shape or ()), axes)
        if type_.shape is not None
    ]
    return array(tuple(dims), promoted(types) or "float")


def _tensordot_bar(types: Types, attrs: Attrs) -> Texts:
    (a, b), (over_a, over_b) = known_ranks(types), _summed(types, attrs)
    rest_a, rest_b = _rest(a, over_a), _rest(b, over_b)
    # What remains of the other operand stands behind, in its order.
    order_a = [*rest_a, *(over_a[k] for k in sorted(range(len(over_b)), key=over_b.__getitem__))]
    order_b = [*rest_b, *(over_b[k] for k in sorted(range(len(over_a)), key=over_a.__getitem__))]
    behind, ahead = tuple(range(len(rest_a), len(rest_a) + len(rest_b))), tuple(range(len(rest_a)))
    return (
        _ordered(f"tensordot(y_bar, b, axes={(behind, rest_b)!r})", order_a),
        _ordered(f"tensordot(y_bar, a, axes={(ahead, rest_a)!r})", order_b),
    )


def _ordered(text: str, order: list[int]) -> str:
    """``text``, whose axes are ``order``, with its axes in order."""
    back = tuple(order.index(k) for k in range(len(order)))
    return text if back == tuple(range(len(order))) else f"transpose({text}, axes={back!r})"


rule("tensordot(a, b, axes=2)", multilinear=_tensordot_bar, infer=_tensordot)


def _labels(types: Types, attrs: Attrs) -> tuple[list[str], str]:
    """The labels of each operand of ``einsum``, and of its result."""
    left, arrow, out = attrs["subscripts"].replace(" ", "").partition("->")
    labels = left.split(",")
    if "." in left:
        raise Unsupported("einsum with `...`", "write the labels of all axes")
    if len(labels) != len(types) or any(len(set(each)) < len(each) for each in labels):
        raise Unsupported("einsum with a label twice in one operand", "take the diagonal first (`np.diagonal`)")
    if not arrow:
        out = "".join(sorted(label for label in set(left) - {","} if left.count(label) == 1))
    if any(type_.rank is not None and type_.rank != len(each) for type_, each in zip(types, labels, strict=True)):
        raise Unsupported("einsum's labels do not fit the arrays", "write one label for each axis")
    return labels, out


def _einsum(types: Types, attrs: Attrs) -> Type:
    labels, out = _labels(types, attrs)
    if len(labels) == 1 and set(labels[0]) == set(out):
        raise Unsupported("einsum that moves the axes of one array, of which it gives a view", "use `np.transpose`")
    dims: dict[str, set[Dim]] = {}
    for type_, each in zip(types, labels, strict=True):
        for label, dim in zip(each, type_.shape or (), strict=False):
            dims.setdefault(label, set()).add(dim)
    if any(1 in found and len(found) > 1 for found in dims.values()):
        raise Unsupported("einsum that broadcasts an axis of length 1", "write the product: `np.sum(A * b, axis=1)`")
    sizes = {}
    for type_, each in zip(types, labels, strict=True):
        sizes.update({label: dim for label, dim in zip(each, type_.shape or (), strict=False) if dim != 1})
    return array(tuple(sizes.get(label, fresh()) for label in out), promoted(types) or "float")


def _einsum_bar(types: Types, attrs: Attrs) -> Texts:
    labels, out = _labels(types, attrs)
    texts = []
    for k, own in enumerate(labels):
        others = [(each, f"x{j}") for j, each in enumerate(labels) if j != k]
        if not set(own) <= set(out).union(*(each for each, _ in others)):
            others.append((own, f"ones_like(x{k})"))  # what is summed of this operand alone
        left = ",".join([out, *(each for each, _ in others)])
        operands = "".join(f", {name}" for _, name in others)
        texts.append(f"einsum(y_bar{operands}, subscripts={f'{left}->{own}'!r})")
    return tuple(texts)


rule("einsum(*xs: value, subscripts=..., optimize=False)", multilinear=_einsum_bar, infer=_einsum)


def _kron(types: Types, attrs: Attrs) -> Type:
    a, b = known_ranks(types, "kron")
    padded = [(1,) * (max(a, b) - rank) + (type_.shape or ()) for rank, type_ in zip((a, b), types, strict=True)]
    return array(tuple(map(multiplied, zip(*padded, strict=True))), promoted(types) or "float")


def _kron_bar(types: Types, attrs: Attrs) -> Texts:
    a, b = known_ranks(types, "kron")
    if a != b or not 1 <= a <= 2:
        raise Unsupported(f"the derivative of kron of arrays of rank {a} and {b}", "use two vectors or two matrices")
    if a == 1:
        blocks = "reshape(y_bar, (len(a), len(b)))"
        return (f"{blocks} @ b", f"a @ {blocks}")
    blocks = "reshape(y_bar, (shape(a)[0], shape(b)[0], shape(a)[1], shape(b)[1]))"
    return (
        f"tensordot({blocks}, b, axes=((1, 3), (0, 1)))",
        f"tensordot({blocks}, a, axes=((0, 2), (0, 1)))",
    )


rule("kron(a, b)", multilinear=_kron_bar, infer=_kron)


def _cross(types: Types, attrs: Attrs) -> Type:
    if any(type_.shape is None or type_.shape[-1] == 2 for type_ in types):
        raise Unsupported("cross of arrays of unknown rank", SHAPES)
    return same(types, attrs)


# Of two vectors in the plane NumPy gives a number, and their lengths are not known before the code runs.
rule(
    "cross(a, b)",
    multilinear=("cross(b, y_bar)", "cross(y_bar, a)"),
    broadcasts=True,
    requires=(
        "(shape(a)[-1], shape(b)[-1]) == (3, 3)",
        "write out np.cross of 2-vectors",
    ),
    infer=_cross,
)
