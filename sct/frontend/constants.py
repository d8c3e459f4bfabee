"""Module constants whose value the text tells: numbers, strings, and tuples of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst
import libcst.matchers as m

from sct.frontend.parse import Source

_MADE_UP = m.Tuple() | m.List() | m.Dict() | m.Set()


def constant_of(source: Source, node: cst.BaseExpression, is_item: bool = False) -> Any:
    """The value of a constant, or None if the text does not tell it.

    The items of a tuple may become those of an array, whose kind counts: arithmetic that surely gives a float is one.
    """
    if isinstance(node, cst.Tuple):
        items = [constant_of(source, element.value, is_item=True) for element in node.elements]
        return None if None in items or is_starred(node) else tuple(items)
    if is_item and isinstance(node, cst.Name) and node.value in source.constants:
        return constant_of(source, source.constants[node.value], is_item=True)
    try:
        found = source.literal(node)
    except (ValueError, TypeError, SyntaxError):
        return 0.0 if is_item and _is_float(source, node) and not m.findall(node, _MADE_UP) else None
    return found if isinstance(found, int | float | str) else None


def _is_float(source: Source, node: cst.BaseExpression) -> bool:
    """Whether arithmetic on constants surely gives a float."""
    if isinstance(node, cst.BinaryOperation):
        sides = _is_float(source, node.left) or _is_float(source, node.right)
        return sides or isinstance(node.operator, cst.Divide)
    if isinstance(node, cst.UnaryOperation):
        return _is_float(source, node.expression)
    is_library = isinstance(node, cst.Attribute) and source.library_function(source.code(node)) is not None
    return is_library or isinstance(node, cst.Float | cst.Call)


def are_alike(items: Sequence[Any]) -> bool:
    """Whether items are ints or floats throughout, or rows of such."""
    return len({_kind(item) for item in items}) == 1 and "?" not in _kind(items[0])


def _kind(item: Any) -> str:
    """What an item is, all the way down."""
    if isinstance(item, tuple):
        return f"({', '.join(map(_kind, item))})"
    return type(item).__name__ if type(item) in (int, float) else "?"


def is_starred(node: cst.List | cst.Tuple) -> bool:
    """Whether a display has items of another container."""
    return any(isinstance(element, cst.StarredElement) for element in node.elements)
