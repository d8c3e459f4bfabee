"""Rows of functions that join the arrays of a list, or of a tuple that has a name.

Before: ``np.concatenate(parts)``, where ``parts`` was built in a loop.
After: the adjoint of each array is what it became: a layer, or a stretch that is as long as the array.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import fresh
from sct.ir.types import Type
from sct.rules.lists import of_any
from sct.rules.shapes import array, axes_of
from sct.rules.table import Infer, Rule, Texts, Unsupported, lookup, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _place(name: str, rank: int, attrs: Attrs) -> tuple[int, bool]:
    """The axis along which arrays of a rank are joined, and whether each is a layer of its own."""
    match name:
        case "stack":
            return axes_of(rank + 1, attrs["axis"])[0], True
        case "vstack":
            return 0, rank <= 1
        case "hstack":
            return int(rank > 1), rank == 0
        case "column_stack":
            return 1, rank == 1
        case _:
            return axes_of(rank, attrs["axis"])[0], False


def _row(name: str) -> Rule:
    row = lookup(name)
    assert row is not None
    return row


def _infer(name: str) -> Infer:
    def inferred(types: Types, attrs: Attrs) -> Type:
        if types[0].kind not in ("tuple", "list"):
            raise Unsupported(
                f"`{name}` of what is no list of arrays", "lay the array out by `x.reshape(…)`, or by `x.T`"
            )
        if types[0].kind == "tuple":
            return _row(name).infer(types[0].items, attrs)
        item = types[0].items[0]
        if item.rank is None or (item.rank == 0 and name == "concatenate"):
            raise Unsupported(f"`{name}` of such a list", "use a list of arrays of one rank")
        found = _row(name).infer((of_any(item), of_any(item)), attrs)
        axis, _ = _place(name, item.rank, attrs)
        return array(tuple(fresh() if k == axis else d for k, d in enumerate(found.shape or ())), found.element)

    return inferred


def _bars(name: str, types: Types, attrs: Attrs) -> Texts:
    if types[0].kind == "tuple":
        parts = [re.sub(r"\bx(\d+)", r"xs[\1]", text or "") for text in _row(name).bars(types[0].items, attrs) or ()]
        return (f"({', '.join(parts)},)",)
    rank = types[0].items[0].rank or 0
    axis, is_layer = _place(name, rank, attrs)
    if not is_layer:
        return (f"split_like(y_bar, xs, axis={axis})",)
    if rank == 0 and name == "vstack":
        return ("listed(y_bar[:, 0], xs)",)
    return ("listed(y_bar, xs)" if not axis else f"listed(moveaxis(y_bar, {axis}, 0), xs)",)


def _split(types: Types, attrs: Attrs) -> Type:
    return Type("list", items=(of_any(types[1].items[0]),))


for _name, _statics in (("stack", ", axis=0"), ("concatenate", ", axis=0"), ("vstack", ""), ("hstack", "")):
    rule(f"{_name}_of(xs{_statics})", transpose=lambda t, a, name=_name: _bars(name, t, a), infer=_infer(_name))
rule("column_stack_of(xs)", transpose=lambda t, a: _bars("column_stack", t, a), infer=_infer("column_stack"))
rule("split_like(x, xs, axis=0)", transpose=("concatenate_of(y_bar, axis=axis)", None), infer=_split)
