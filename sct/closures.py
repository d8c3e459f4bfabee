"""Nested functions and lambdas, where they are differentiated at run time: as functions at the top of their module.

Before: ``lambda y: x * g(y)`` in ``f``, where ``x`` is a number and ``g`` a nested function.
After: ``def f_inner(y, *, x):`` with ``g`` and ``return x * g(y)`` in it; ``x`` is what it stands for at each call.
"""

from __future__ import annotations

import ast
import copy
import re
import textwrap
import types
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A row of a function at the top: its text, the line that it stems from, and the columns that it lost there.

    None for the columns is a row that the author did not write.
    """

    text: str
    line: int
    shift: int | None = None

    def indented(self) -> Row:
        return (
            self
            if not self.text
            else Row(f"    {self.text}", self.line, None if self.shift is None else self.shift - 4)
        )


class UnliftedError(Exception):
    """The text of a nested function cannot be told, or cannot stand at the top of its module."""


def is_nested(f: Any) -> bool:
    """Whether a function stands in another one, or is a lambda."""
    return isinstance(f, types.FunctionType) and ("<locals>" in f.__qualname__ or f.__name__ == "<lambda>")


def lifted(f: types.FunctionType, text: str) -> tuple[str, list[Row]]:
    """The name and the rows of a nested function at the top; its parameters have no defaults there.

    ``text`` is that of its module.
    """
    tree = ast.parse(text)
    cells, helpers = captured(f)
    node = _node(f, tree)
    own = {*f.__code__.co_varnames, *f.__code__.co_cellvars}
    for user in (f, *helpers.values()):
        others = {*cells, *helpers} - {*user.__code__.co_freevars}
        looked_up = _globals(user.__code__)
        if (own | looked_up) & others if user is f else looked_up & (others | own):
            raise UnliftedError("a name stands for two variables")
        if user.__globals__ is not f.__globals__ or user.__code__.co_filename != f.__code__.co_filename:
            raise UnliftedError("it calls a nested function of another module")
    lines: list[Row] = []
    for name, helper in reversed(helpers.items()):
        if helper.__defaults__ or helper.__kwdefaults__:
            raise UnliftedError(f"{name} has defaults, which are values of the function around it")
        lines += _lines(_node(helper, tree), text, name)
    params = copy.deepcopy(node.args)
    params.kwonlyargs += [ast.arg(name) for name in cells]
    params.defaults, params.kw_defaults = [], [None] * len(params.kwonlyargs)
    name = "_".join(re.findall(r"\w+", f.__qualname__.replace("<locals>", "").replace("<lambda>", "inner")))
    while re.search(rf"\b{name}\b", text):
        name = f"{name}_"
    body = _body(node, text)
    head = Row(f"def {name}({ast.unparse(params)}):", node.lineno)
    made = [head, *(row.indented() for row in [*lines, *body])]
    # Only the first of a row's own lines was moved.
    split = ((row, k, part) for row in made for k, part in enumerate(row.text.split("\n")))
    return name, [Row(part, row.line + k, 0 if k else row.shift) for row, k, part in split]


def captured(f: types.FunctionType) -> tuple[dict[str, types.CellType], dict[str, types.FunctionType]]:
    """The variables that a function captures, itself or in nested functions that it calls; and these functions."""
    cells: dict[str, types.CellType] = {}
    helpers: dict[str, types.FunctionType] = {}
    todo = [f]
    while todo:
        user = todo.pop()
        for name, cell in zip(user.__code__.co_freevars, user.__closure__ or (), strict=True):
            value = cell.cell_contents
            known: Any = helpers.get(name, cells.get(name))
            if value is f or (known is not None and known is not cell and known is not value):
                raise UnliftedError(f"{name} stands for the function itself, or for two things")
            if is_nested(value):
                todo += [] if name in helpers else [value]
                helpers[name] = value
            else:
                cells[name] = cell
    return cells, helpers


def _globals(code: types.CodeType) -> set[str]:
    """The names that a function, or one in it, may look up in the module; and those of attributes."""
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return {*code.co_names, *(name for part in inner for name in _globals(part))}


def _node(f: types.FunctionType, tree: ast.Module) -> ast.FunctionDef | ast.Lambda:
    """The definition of a function: the innermost one that all its code is in."""
    code = f.__code__
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    places = [(line, col) for line, _, col, _ in code.co_positions() if line is not None and col]
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        args = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        end = (node.end_lineno or 0, node.end_col_offset or 0)
        inside = all((node.lineno, node.col_offset) <= place <= end for place in places)
        if (
            args == names
            and first == code.co_firstlineno
            and inside
            and getattr(node, "name", "<lambda>") == f.__name__
        ):
            found.append(node)
    if not found:
        raise UnliftedError("its text is not found")
    return found[-1]


def _lines(node: ast.FunctionDef | ast.Lambda, text: str, name: str) -> list[Row]:
    """A nested function as it stands, by a name."""
    head = Row(f"def {name}({ast.unparse(node.args)}):", node.lineno)
    return [head, *(row.indented() for row in _body(node, text)), Row("", node.lineno)]


def _body(node: ast.FunctionDef | ast.Lambda, text: str) -> list[Row]:
    if isinstance(node, ast.Lambda):
        return [_segment(node.body, text, "return (", ")")]
    rows = text.split("\n")
    first, last = node.body[0].lineno - 1, node.end_lineno
    if node.lineno - 1 == first:  # on one line
        return [_segment(part, text) for part in node.body]
    while rows[first - 1].strip().startswith("#"):
        first -= 1
    dedented = textwrap.dedent("\n".join(rows[first:last])).split("\n")
    return [Row(row, first + k + 1, len(rows[first + k]) - len(row)) for k, row in enumerate(dedented)]


def _segment(node: ast.stmt | ast.expr, text: str, before: str = "", after: str = "") -> Row:
    """A part of a line, which may go on in others."""
    column = len(text.split("\n")[node.lineno - 1].encode()[: node.col_offset].decode())
    return Row(f"{before}{ast.get_source_segment(text, node)}{after}", node.lineno, column - len(before))
