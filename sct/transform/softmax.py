"""What is normalised by its sum, as a softmax is: its Jacobian is written with the normalised values.

Before, with ``%p = div %e, %s``::

    %e_bar = div %p_bar, %s; %1 = dot %p, %e_bar; %2 = sub %e_bar, %1; %x_bar = mul %e, %2

After::

    %1 = dot %p, %p_bar; %2 = sub %p_bar, %1; %x_bar = mul %p, %2

What the author divided by is no zero, so both are the same; the second needs neither ``%e`` nor ``%s``, and neither of
them can overflow or vanish in it (Bishop, Pattern Recognition and Machine Learning, 2006, equation 4.106).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_PRODUCTS = frozenset({"matmul", "dot"})


def softmax(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``e * (u - p @ u)``, where ``u = p_bar / s`` and ``p = e / s`` -> ``p * (p_bar - p @ p_bar)``."""
    for e, difference in (op.operands, op.operands[::-1]):
        whole = r.made.get(difference)
        if not e.type.is_array or e.type.shape != op.result.type.shape or whole not in r.derived:
            continue
        found = _along(r, e, whole, build) if whole is not None and r.count[difference] == 1 else None
        if found is not None:
            return build.op("mul", *found)
    return None


def _along(r: Rewriter, e: Value, whole: Op, build: Builder) -> tuple[Value, Value] | None:
    """The normalised values, and what their adjoint is less its mean under them."""
    if whole.name not in ("accumulate", "sub") or len(whole.operands) != 2:
        return None
    scaled, mean = whole.operands
    ratio = r.by(scaled, "div")
    if ratio not in r.derived or r.count[scaled] != 2 or scaled.type.shape != e.type.shape:
        return None
    assert ratio is not None
    given, s = ratio.operands
    if given.type.shape != e.type.shape or given.type.dtype != e.type.dtype:
        return None
    if whole.name == "accumulate":
        negative = r.derived_by(mean, "neg")
        if negative is None:
            return None
        (mean,) = negative.operands
    spread = r.derived_by(mean, "expand_dims")
    total = r.made.get(spread.operands[0] if spread is not None else mean)
    if total is None or total not in r.derived or r.count[total.result] != 1:
        return None
    product = r.derived_by(total.operands[0], "mul") if total.name == "sum" else total
    if (
        product is None
        or (product is total and total.name not in _PRODUCTS)
        or not _is_alike_along(s, e, total, spread)
    ):
        return None
    normalised = next((value for value in product.operands if value is not scaled), None)
    quotient = None if normalised is None else r.by(normalised, "div")
    if normalised is None or quotient is None or quotient in r.derived or not r.alike(quotient.operands, [e, s]):
        return None
    operands = [given if value is scaled else value for value in product.operands]
    value = build.op(product.name, *operands, **product.attrs)
    value = build.op("sum", value, **total.attrs) if product is not total else value
    value = build.op("expand_dims", value, **spread.attrs) if spread is not None else value
    return normalised, build.op("sub", given, value)


def _is_alike_along(s: Value, e: Value, total: Op, spread: Op | None) -> bool:
    """Whether ``s`` is one number for all elements of ``e`` that are added up, and these get what is divided by it."""
    if s.type.is_scalar:
        return total.name == "sum" or all(value.type.rank == 1 for value in total.operands)
    axis, rank, shape = total.attrs.get("axis"), e.type.rank, s.type.shape
    if total.name != "sum" or not isinstance(axis, int) or rank is None or shape is None:
        return False
    if spread is not None:
        is_put_back = not total.attrs.get("keepdims") and spread.attrs["axis"] % rank == axis % rank
    else:
        is_put_back = bool(total.attrs.get("keepdims")) or axis % rank == 0
    place = axis % rank - (rank - len(shape))  # of that axis in `s`, which may have fewer
    return is_put_back and (place < 0 or shape[place] == 1)
