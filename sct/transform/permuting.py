"""Axes that change places twice: what brings them back is not written.

Before: ``%1 = transpose %k, axes=(0, 2, 1); …; %2 = swapaxes %1, -1, -2; %q_bar = matmul %g, %2``.
After: ``%q_bar = matmul %g, %k``; and of a product of turned matrices, turned, ``(a.T @ b).T``, is left ``b.T @ a``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.rules.shapes import axes_of, items_of
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


def put_back(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``x.T.T -> x``; ``swapaxes(x.transpose(0, 2, 1), -1, -2) -> x``."""
    inner = r.made.get(op.operands[0])  # a view of x: what is stored there since is seen through both
    first, then = permutation(inner), permutation(op)
    if inner is None or first is None or then is None:
        return None
    return inner.operands[0] if [first[k] for k in then] == list(range(len(first))) else None


def turn_factors(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``(a.T @ b).T -> b.T @ a`` and ``(a @ b.T).T -> b @ a.T``, of stacks of matrices too."""
    product = r.derived_by(op.operands[0], "matmul")
    if product is None or not turns_matrices(op) or len({value.type.rank for value in product.operands}) > 1:
        return None
    a, b = product.operands
    left, right = (r.derived_by(value, "transpose") or r.derived_by(value, "swapaxes") for value in (a, b))
    if left is not None and turns_matrices(left):
        return build.op("matmul", build.op(left.name, b, *left.operands[1:], **left.attrs), left.operands[0])
    if right is not None and turns_matrices(right):
        return build.op("matmul", right.operands[0], build.op(right.name, a, *right.operands[1:], **right.attrs))
    return None


def turns_matrices(op: Op) -> bool:
    """Whether the last two axes change places, and nothing else."""
    order = permutation(op)
    return order is not None and len(order) > 1 and order == [*range(len(order) - 2), len(order) - 1, len(order) - 2]


def permutation(op: Op | None) -> list[int] | None:
    """Which axis each axis of the result is, of an operation that does no more than let them change places."""
    if op is None or op.name not in ("transpose", "swapaxes") or (rank := op.operands[0].type.rank) is None:
        return None
    if op.name == "transpose":
        axes = op.attrs.get("axes")
        return list(reversed(range(rank))) if axes is None else [axes_of(rank, axis)[0] for axis in axes]
    swapped = [items_of(value.type) for value in op.operands[1:]]
    if None in swapped:
        return None
    (a,), (b,) = (axes_of(rank, axis) for axis in swapped)
    return [b if k == a else a if k == b else k for k in range(rank)]
