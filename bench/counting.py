"""What a function's text does, counted: progress that does not depend on a clock."""

from __future__ import annotations

import ast
import re

_OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Subscript, ast.IfExp, ast.AugAssign)


def operations(text: str, name: str) -> int:
    """How many operations ``name`` of a module has, and what it calls of the module, each function once.

    What its arguments have to be is asserted, and not counted.
    """
    functions = _functions(text)
    return sum(
        isinstance(node, _OPERATIONS) and not _is_number(node)
        for found in _reached(functions, name)
        for statement in functions[found].body
        if not isinstance(statement, ast.Assert)
        for node in ast.walk(statement)
    )


def saved(text: str, name: str) -> int:
    """How many statements save something for a reverse sweep, once a turn where they stand in a loop."""
    functions = _functions(text)
    bodies = [ast.get_source_segment(text, functions[found]) or "" for found in _reached(functions, name)]
    return sum(
        len(re.findall(r"\b(?:\w+_)?saved(?:_\d+)?\.append\(", body))
        + len(re.findall(r"^ +\w+_old(?:_\d+)? = ", body, re.MULTILINE))
        for body in bodies
    )


def _functions(text: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def _reached(functions: dict[str, ast.FunctionDef], name: str) -> list[str]:
    found, todo = [], [name]
    while todo:
        name = todo.pop()
        if name in functions and name not in found:
            found.append(name)
            todo += sorted({node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)})
    return found


def _is_number(node: ast.AST) -> bool:
    """A negative number is no operation."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
