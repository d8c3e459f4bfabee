"""Calls of library functions that are short for others: the definition that the rules have is lowered in their place.

Before: ``functools.reduce(g, xs, x)`` and ``np.cov(x, rowvar=False)``.
After: the statements of a loop that calls ``g``, and ``cov (transpose %x)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import libcst as cst

from sct.frontend.modules import read
from sct.frontend.parse import Source
from sct.frontend.scopes import ModuleFunction
from sct.frontend.vocabulary import Row
from sct.ir.names import GlobalRef


@lru_cache(maxsize=1)
def _definitions(file: str) -> Source:
    return Source(read(Path(file)), file)


def definition(file: str, library: str, name: str, caller: Source, node: cst.CSTNode) -> ModuleFunction | None:
    """What the text in ``file`` says that a library's function does, if it says it; asked for at ``node``."""
    source, key = _definitions(file), f"{library}.{name}".replace(".", "__")
    if key not in source.functions:
        return None
    return ModuleFunction(caller.span(node), source, GlobalRef(file, key, f"{library}.{name}", caller.file))


def takes(row: Row, args: Sequence[cst.Arg], names: Sequence[str], aliases: Mapping[str, str]) -> bool:
    """Whether a row takes arguments as they are written, for its parameters ``names`` by position."""
    if row.variadic or row.is_sequence:
        return True
    by_place = [argument for argument in args if argument.keyword is None]
    given = dict(zip(names, by_place, strict=False))
    given |= {aliases.get(a.keyword.value, a.keyword.value): a for a in args if a.keyword is not None}
    wanted = [name for name in row.operands if name in names and name not in row.defaults]
    if any(name not in given or _is_none(given[name].value) for name in wanted):
        return False
    return len(by_place) <= len(names) and given.keys() <= {*row.operands, *row.statics, "out"}


def fits(function: ModuleFunction, args: Sequence[cst.Arg]) -> bool:
    """Whether a function takes arguments as they are written."""
    params = function.node.params
    names = {param.name.value for param in (*params.params, *params.kwonly_params)}
    by_place = sum(argument.keyword is None for argument in args)
    is_open = isinstance(params.star_arg, cst.Param) or any(argument.star for argument in args)
    keywords = {argument.keyword.value for argument in args if argument.keyword is not None}
    return keywords <= names and (is_open or by_place <= len(params.params))


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"
