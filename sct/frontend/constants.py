"""Module constants whose value the text tells: numbers, strings, and tuples of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import libcst as cst

from sct.frontend.parse import Source

LIBRARY_CONSTANTS = {
    "math": frozenset({"pi", "e", "tau", "inf", "nan"}),
    "numpy": frozenset({"pi", "e", "inf", "nan", "euler_gamma"}),
}
_INTEGERS = frozenset({"ceil", "comb", "factorial", "floor", "gcd", "isqrt", "lcm", "perm", "trunc"})
ELEMENTWISE = frozenset({"sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "deg2rad", "float64", "radians"})


def constant_of(source: Source, node: cst.BaseExpression) -> Any:
    """The value of a constant, or None if the text does not tell it; of arithmetic, all that counts is its kind."""
    if isinstance(node, cst.Tuple):
        items = [constant_of(source, element.value) for element in node.elements]
        return None if None in items or is_starred(node) else tuple(items)
    if isinstance(node, cst.Name) and node.value in source.constants:
        return constant_of(source, source.constants[node.value])
    try:
        found = source.literal(node)
    except (ValueError, TypeError, SyntaxError):
        return 0.0 if _kind_of(source, node) == "float" else None
    return found if isinstance(found, int | float | str) else None


def _kind_of(source: Source, node: cst.BaseExpression) -> str | None:
    """Whether arithmetic on numbers surely gives an ``int`` or a ``float``."""
    if isinstance(node, cst.Integer | cst.Float):
        return "int" if isinstance(node, cst.Integer) else "float"
    if isinstance(node, cst.Name) and node.value in source.constants:
        return _kind_of(source, source.constants[node.value])
    if isinstance(node, cst.UnaryOperation):
        return _kind_of(source, node.expression)
    if isinstance(node, cst.BinaryOperation):
        kinds = {_kind_of(source, node.left), _kind_of(source, node.right)}
        if None in kinds:
            return None
        return "float" if "float" in kinds or isinstance(node.operator, cst.Divide) else None
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Call):
        return "float" if source.library_function(source.code(node.value.func)) == ("numpy", "finfo") else None
    text = source.code(node.func if isinstance(node, cst.Call) else node)
    library, name = source.library_function(text) or ("", text)
    if not isinstance(node, cst.Call):
        return "float" if name in LIBRARY_CONSTANTS.get(library, ()) else None
    if library == "math":
        return "int" if name in _INTEGERS else "float"
    is_number = all(_kind_of(source, argument.value) is not None for argument in node.args)
    makes_float = (library, name) == ("", "float") or (library == "numpy" and name in ELEMENTWISE and is_number)
    return "float" if makes_float else None


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


def is_written_out(node: cst.BaseExpression) -> TypeGuard[cst.List | cst.Tuple]:
    """Whether it is a list or a tuple whose items are written one by one."""
    return isinstance(node, cst.List | cst.Tuple) and not is_starred(node)
