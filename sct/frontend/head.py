"""The head of a generated module: what it takes over of the module it is generated from, imports and constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

import libcst as cst

from sct.frontend.parse import Source, assigned_names

# What makes a number, an array or a container of such, and does nothing else.
_MAKERS = frozenset(
    {
        "arange",
        "array",
        "asarray",
        "column_stack",
        "concatenate",
        "diag",
        "eye",
        "full",
        "geomspace",
        "hstack",
        "identity",
    }
    | {"linspace", "logspace", "ones", "outer", "stack", "tri", "vstack", "zeros"}
    | {"abs", "cos", "deg2rad", "exp", "finfo", "float32", "float64", "log", "log10", "log2", "max", "mean", "min"}
    | {"prod", "sin", "sqrt", "sum", "tan", "linalg.inv", "linalg.norm"}
    | {"arccos", "arcsin", "arctan", "arctan2", "cosh", "degrees", "hypot", "rad2deg", "radians", "sinh", "tanh"}
)
_METHODS = frozenset({"astype", "copy", "dot", "flatten", "max", "mean", "min", "ravel", "reshape", "sum", "transpose"})
_BUILTINS = frozenset({"abs", "bool", "dict", "float", "int", "len", "list", "max", "min", "range", "round"})
_BUILTINS |= {"sum", "tuple"}
# What annotations are made of besides.
_TYPES = frozenset({"bytes", "complex", "frozenset", "object", "set", "str", "type"})
_TYPE_MAKERS = frozenset({"typing.NewType", "typing.TypeVar"})
_NEVER_PLAIN = (ast.Await, ast.Lambda, ast.NamedExpr, ast.Starred)
_FOR_TYPES = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def is_constant(source: Source, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the head of a generated module defines the name, as this module does."""
    return name in _constants(source) if not seen else _is_constant(source, name, seen)


@lru_cache(maxsize=8)
def _constants(source: Source) -> frozenset[str]:
    """The names that the head of a generated module defines."""
    return frozenset(name for name in source.constants if _is_constant(source, name, frozenset()))


def _is_constant(source: Source, name: str, seen: frozenset[str]) -> bool:
    is_bound = name in source.constants and name not in source.rebound
    return is_bound and _is_plain(source, source.constants[name], seen | {name})


def is_known(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an expression is made of literals, of what is imported, and of constants that a head defines."""
    used = {n.id for n in ast.walk(ast.parse(source.code(node), mode="eval")) if isinstance(n, ast.Name)}
    defined = {*source.constants, *source.functions, *source.classes}
    return all(name not in defined or is_constant(source, name) or name in source.classes for name in used)


def head_names(source: Source) -> set[str]:
    """The names that the head of a generated module binds."""
    modules = {**source.aliases, **{name: module for name, (module, _) in source.imported.items()}}
    imported = {name for name, module in modules.items() if module.split(".")[0] != "sct"}
    return imported | {name for name in source.constants if is_constant(source, name)}


def head_lines(source: Source) -> Iterator[str]:
    """The import lines and constants of the module, as written, without sct's."""
    for statement in source.module.body:
        if isinstance(statement, cst.SimpleStatementLine):
            alone = len(statement.body) == 1
            for small in statement.body:
                whole = statement.with_changes(leading_lines=()) if alone else small
                if isinstance(small, cst.Import):
                    yield from _imports(source, small, whole)
                elif isinstance(small, cst.ImportFrom) and not _is_of_sct(source, small):
                    yield source.code(whole).rstrip("; ")
                elif isinstance(small, cst.Assign | cst.AnnAssign) and _defines(source, small):
                    yield source.code(statement if alone else small).rstrip("; ")
        elif isinstance(statement, cst.If) and source.code(statement.test) in _FOR_TYPES:
            yield source.code(statement)
    yield from (source.code(node) for node in source.inner_imports)


def _imports(source: Source, node: cst.Import, whole: cst.CSTNode) -> Iterator[str]:
    """``import …`` without sct: as written, or a line for each of the others."""
    names = [source.code(name.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for name in node.names]
    others = [name for name in names if name.split()[0].split(".")[0] != "sct"]
    if len(others) == len(names):
        yield source.code(whole).rstrip("; ")
    else:
        yield from (f"import {name}" for name in others)


def _defines(source: Source, node: cst.Assign | cst.AnnAssign) -> bool:
    """Whether a statement gives names to arithmetic on numbers: running it does nothing else."""
    target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
    found = {} if node.value is None else assigned_names(target, node.value)
    return bool(found) and all(_is_plain(source, value, frozenset({name})) for name, value in found.items())


def _is_plain(source: Source, node: cst.BaseExpression, seen: frozenset[str] = frozenset()) -> bool:
    """Whether an expression makes numbers, arrays and containers of these, of imported names and such constants."""
    nodes = list(ast.walk(ast.parse(source.code(node), mode="eval")))
    calls = [part for part in nodes if isinstance(part, ast.Call)]
    passed = {argument for call in calls for argument in call.args}
    if any(isinstance(part, _NEVER_PLAIN) and part not in passed for part in nodes):
        return False
    if any(isinstance(part, ast.Dict) and None in part.keys for part in nodes):
        return False
    if not all(_is_maker(source, call.func) for call in calls):
        return False
    names = [part for part in nodes if isinstance(part, ast.Name)]
    used = {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)}  # those of a comprehension
    used -= (_BUILTINS | _TYPES) - source.rebound - source.constants.keys() - source.functions.keys()
    if used & (seen | (source.names & source.rebound)):
        return False
    return all(is_constant(source, name, seen) for name in used - source.names)


def _is_maker(source: Source, function: ast.expr) -> bool:
    """Whether a call makes data of data: ``float("inf")``, ``math.exp(1)``, ``np.arange(6.0).reshape(3, 2)``."""
    text = ast.unparse(function)
    if source.in_full(text) in _TYPE_MAKERS:
        return True
    library, name = source.library_function(text) or ("", "")
    if library:
        return library == "math" or (library == "numpy" and name in _MAKERS)
    return text in _BUILTINS or (isinstance(function, ast.Attribute) and function.attr in _METHODS)


def _is_of_sct(source: Source, node: cst.ImportFrom) -> bool:
    return node.module is not None and not node.relative and source.code(node.module).split(".")[0] == "sct"
