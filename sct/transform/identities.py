"""The identities by which `transform.simplify` rewrites what the transformation wrote, operation by operation.

Before: ``%1 = mul %x, %y; %s = sum %1``, and ``%1 = expand_dims %r axis=0; %2 = transpose %1``.
After: ``%s = dot %x, %y``, and ``%2 = expand_dims %r axis=1``.

Each returns what stands for the result, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sct.ir.indices import is_full
from sct.ir.nodes import Op, Value
from sct.transform.accumulating import accumulate, bind, index_add
from sct.transform.axes import over_axis
from sct.transform.build import Builder
from sct.transform.choices import choose, decide, decide_both, unmask
from sct.transform.factors import div, mul, neg, pow_
from sct.transform.permuting import put_back, turn_factors
from sct.transform.signs import LINEAR, sign_out
from sct.transform.spreading import unspread
from sct.transform.terms import add, fold, sub

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

Identity = Callable[["Rewriter", Op, Builder], Value | None]


def _sum(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``sum(-x) -> -sum(x)``; ``sum(a @ b, axis=0) -> sum(a, axis=0) @ b``; ``sum(x * y) -> dot(x, y)``.

    Of a matrix, ``sum(a * outer(u, v)) -> u @ (a @ v)``.
    """
    (value,) = op.operands
    full = r.by(value, "full_like")
    if full is not None and full in r.derived and op.attrs.get("axis") is None and op.result.type.is_scalar:
        like, number = full.operands  # sum(full_like(x, s)) -> x.size * s
        if number.type.is_scalar and like.type.element == "float":
            return build.op("mul", build.text("size(x)", {"x": like}), number)
    if value.hint is not None:
        return None
    inner = r.derived_by(value, "neg")
    if inner is not None:
        return build.op("neg", build.op("sum", inner.operands[0], **op.attrs))
    factors = r.derived_by(value, "matmul")
    if factors is not None and op.attrs.get("axis") == 0 and [v.type.rank for v in factors.operands] == [2, 2]:
        a, b = factors.operands  # sum(a @ b, axis=0) -> sum(a, axis=0) @ b
        return build.op("matmul", build.op("sum", a, **op.attrs), b)
    product = r.derived_by(value, "mul")
    if product is None:
        return None
    if not op.result.type.is_scalar:
        return _spread_along(r, op, product, build) if r.products else None
    x, y = product.operands
    alike = x.type.shape is not None and x.type.shape == y.type.shape and x.type.dtype == y.type.dtype == "float"
    for a, b in ((x, y), (y, x)) if alike and x.type.rank == 2 else ():
        outer = r.derived_by(b, "outer")
        if outer is not None and all(v.type.rank == 1 for v in outer.operands):
            u, v = outer.operands
            return build.op("dot", u, build.op("matmul", a, v), lib="numpy")
    if not alike or x.type.rank != 1:
        return None
    scaled, shared = r.derived_by(x, "mul"), r.derived_by(x, "div")
    if x.hint is None and scaled is not None and scaled.operands[0].type.is_scalar:  # (2 * x) @ y -> 2 * (x @ y)
        return build.op("mul", scaled.operands[0], build.op("dot", scaled.operands[1], y, lib="numpy"))
    if x.hint is None and shared is not None and shared.operands[1].type.is_scalar:  # (x / 2) @ y -> (x @ y) / 2
        return build.op("div", build.op("dot", shared.operands[0], y, lib="numpy"), shared.operands[1])
    return build.op("dot", x, y, lib="numpy")


def _spread_along(r: Rewriter, op: Op, product: Op, build: Builder) -> Value | None:
    """``sum(A * v[None, :], axis=1) -> A @ v``; ``sum(A * v[:, None], axis=0) -> v @ A``."""
    axis = op.attrs.get("axis")
    for A, spread in (product.operands, product.operands[::-1]):
        wide = r.derived_by(spread, "expand_dims")
        if wide is None or A.type.shape is None or len(A.type.shape) != 2 or axis not in (-2, -1, 0, 1):
            continue
        (v,), (size,) = wide.operands, wide.operands[0].type.shape or (None,)
        is_along = wide.attrs["axis"] % 2 == 1 - axis % 2 and A.type.shape[axis] == size
        if is_along and A.type.dtype == v.type.dtype == "float" and not op.attrs.get("keepdims"):
            return build.op("matmul", *((A, v) if axis % 2 else (v, A)))
    return None


def _product(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``np.dot(a, b) -> a @ b``; ``column @ row -> column * row``."""
    ranks = [value.type.rank for value in op.operands]
    left, right = (value.type.shape for value in op.operands)
    if left is not None and right is not None and ranks == [2, 2] and (left[1], right[0]) == (1, 1):
        return build.op("mul", *op.operands)
    if op.attrs.get("style") == "operator" or (op.name == "dot" and not all(rank in (1, 2) for rank in ranks)):
        return None
    return build.op("matmul", *op.operands)


def _transpose(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``x[None, :].T -> x[:, None]``; ``outer(a, b).T -> outer(b, a)``; ``(s * x.T).T -> s * x``."""
    if op.attrs.get("axes") is not None:
        return None
    scaled = r.by(op.operands[0], "mul") if op.operands[0].hint is None else None
    for number, turned in (scaled.operands, scaled.operands[::-1]) if scaled is not None else ():
        inner = r.by(turned, "transpose") if number.type.is_scalar and turned.hint is None else None
        if inner is not None and inner.attrs.get("axes") is None:  # (s * x.T).T -> s * x
            return build.op("mul", number, inner.operands[0])
    row = r.derived_by(op.operands[0], "expand_dims")
    if row is not None and row.operands[0].type.rank == 1:
        return build.op("expand_dims", row.operands[0], axis=1 - row.attrs["axis"] % 2, lib="numpy")
    product = r.derived_by(op.operands[0], "outer")
    if product is not None and all(v.type.rank == 1 for v in product.operands):
        return build.op("outer", *reversed(product.operands), lib="numpy")
    return None


def _put_back(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``x[:, 0][:, None] -> x``, of an array with one column."""
    read = r.derived_by(op.operands[0], "getitem")
    if read is None or op.operands[0].hint is not None or (shape := read.operands[0].type.shape) is None:
        return None
    indices, axis = read.operands[1:], op.attrs["axis"]
    others = [index for k, index in enumerate(indices) if k != axis]
    is_column = axis in range(len(indices)) and r.number(indices[axis]) == 0 and all(map(is_full, others))
    return read.operands[0] if is_column and shape[axis] == 1 else None


def _expand_dims(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (c * x)[:, None] -> c * x[:, None]
    (value,) = op.operands
    if op.result.hint is not None or r.count[op.result] > 1:
        return None
    inner = r.derived_by(value, "neg")
    if inner is not None and value.hint is None:
        return build.op("neg", build.op("expand_dims", inner.operands[0], **op.attrs))
    inner = r.derived_by(value, "mul")
    if inner is None or value.hint is not None or r.number(inner.operands[0]) is None:
        return None
    return build.op("mul", inner.operands[0], build.op("expand_dims", inner.operands[1], **op.attrs))


def _whole(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (x[0], x[1]) -> x
    parts = op.operands[1:] if op.name == "rebuild" else op.operands
    items = [r.by(part, "item") for part in parts]
    first = next((item for item in items if item is not None), None)
    if first is None or first.operands[0].type != op.result.type:
        return None
    for index, (part, item) in enumerate(zip(parts, items, strict=True)):
        if item is None:
            if r.by(part, "const") is None or r.made[part].attrs["value"] is not None:
                return None
        elif item.operands[0] is not first.operands[0] or item.attrs["index"] != index:
            return None
    return first.operands[0]


def _item(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (a, b)[0] -> a
    inner = r.by(op.operands[0], "tuple")
    if inner is None or inner.result.type.kind != "tuple":
        return None
    index: int = op.attrs["index"]
    return inner.operands[index]


def _alike(r: Rewriter, op: Op, build: Builder) -> Value | None:  # a number has no dtype to keep
    return op.operands[0] if all(value.type.kind == "float" for value in op.operands) else None


IDENTITIES: dict[str, tuple[Identity, ...]] = {
    "add": (fold, add, unspread),
    "sub": (fold, sub, unspread),
    "mul": (fold, mul),
    "neg": (fold, neg),
    "div": (div,),
    "pow": (pow_,),
    "gt": (decide,),
    "eq": (decide,),
    "logical_and": (decide_both,),
    "where": (choose, unmask, unspread),
    "accumulate": (accumulate,),
    "sum": (over_axis, _sum),
    "tuple": (_whole,),
    "rebuild": (_whole,),
    "item": (_item,),
    "astype_like": (_alike,),
    "bind": (bind,),
    "index_add": (index_add,),
    "transpose": (put_back, turn_factors, _transpose, sign_out),
    "swapaxes": (put_back, turn_factors, sign_out),
    "expand_dims": (_put_back, _expand_dims),
    "dot": (_product, sign_out),
    "matmul": (_product, sign_out),
    **dict.fromkeys(
        ("outer", "inner", "tensordot", "einsum", *sorted(LINEAR - {"transpose", "swapaxes"})), (sign_out,)
    ),
}
