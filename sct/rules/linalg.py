"""Rows of linear algebra (Giles, Collected matrix derivative results, 2008; Griewank and Walther, 2008, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Type
from sct.rules.shapes import outer, product
from sct.rules.table import Texts, Unsupported, rule

_BY_RANKS: dict[tuple[int, int], Texts] = {
    (1, 1): ("y_bar * B", "y_bar * A"),
    (2, 1): ("outer(y_bar, B)", "transpose(A) @ y_bar"),
    (1, 2): ("B @ y_bar", "outer(A, y_bar)"),
    (2, 2): ("y_bar @ transpose(B)", "transpose(A) @ y_bar"),
}


def _product_bar(types: tuple[Type, ...], attrs: Mapping[str, Any]) -> Texts:
    ranks = tuple(type_.rank for type_ in types)
    if None in ranks:
        raise Unsupported("a product of arrays of unknown rank", "annotate the arrays' shapes")
    found = _BY_RANKS.get(ranks)  # type: ignore[arg-type]
    if found is None:
        raise Unsupported(f"a product of arrays of rank {ranks[0]} and {ranks[1]}", "loop over the leading dimensions")
    return found


for _name in ("matmul", "dot"):
    rule(
        f"{_name}(A, B)",
        tangent="A_dot @ B + A @ B_dot",
        adjoint=_product_bar,
        infer=product,
        source="Giles 2008, 2.2.1",
    )
rule("outer(a, b)", tangent="outer(a_dot, b) + outer(a, b_dot)", adjoint=("y_bar @ b", "a @ y_bar"), infer=outer)
