"""Constants of a module that hold functions.

Before: ``ACT = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0)}``.
After: the items are known by their keys, and are functions.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.constants import LIBRARY_CONSTANTS, is_starred
from sct.frontend.parse import Source


def parts_of(node: cst.BaseExpression | None) -> dict[int | str, cst.BaseExpression] | None:
    """The items of what is written out, by their positions or keys; None if it is something else."""
    if isinstance(node, cst.List | cst.Tuple) and not is_starred(node):
        return {k: element.value for k, element in enumerate(node.elements)}
    entries = (
        [each for each in node.elements if isinstance(each, cst.DictElement)] if isinstance(node, cst.Dict) else []
    )
    if not isinstance(node, cst.Dict) or len(entries) < len(node.elements):
        return None
    keys = [each.key.evaluated_value if isinstance(each.key, cst.SimpleString) else None for each in entries]
    pairs = zip(keys, entries, strict=True)
    return None if None in keys else {str(key): entry.value for key, entry in pairs}


def holds_functions(source: Source, node: cst.BaseExpression | None) -> bool:
    """Whether what is written out has functions among its items, or those of its items."""
    return any(is_function(source, part) or holds_functions(source, part) for part in (parts_of(node) or {}).values())


def is_slice(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression is ``slice(1, 3)``, of numbers that are written out."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name) or source.origin("slice") is not None:
        return False
    numbers = [source.code(argument.value).lstrip("-") for argument in node.args]
    return node.func.value == "slice" and all(text.isdigit() or text == "None" for text in numbers)


def is_function(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression is a lambda, a slice, or the name of a function."""
    origin = source.origin(source.code(node)) if isinstance(node, cst.Name | cst.Attribute) else None
    if origin is None:
        return isinstance(node, cst.Lambda) or is_slice(source, node)
    if origin.source is None:
        return origin.name not in (*LIBRARY_CONSTANTS.get(origin.library, ()), "newaxis")
    return origin.name in origin.source.functions
