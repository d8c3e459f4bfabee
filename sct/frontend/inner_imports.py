"""Imports in functions, which are taken for imports at the top of the module where they mean the same.

Before::

    def f(x):
        from scipy.special import erf
        return erf(x)

After: ``erf`` is that of ``scipy.special``, as if the module imported it.  So it is if nothing else in the module gives
the name a meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from sct.frontend.modules import LIBRARIES, shadow
from sct.frontend.scan import bound, walk

if TYPE_CHECKING:
    from sct.frontend.parse import Source

Import = cst.Import | cst.ImportFrom


def inner_imports(source: Source) -> list[Import]:
    """The imports of libraries in functions that mean the same everywhere in the module."""
    found = {node: function for function in source.functions.values() for node in _imports(function)}
    meant: dict[str, set[tuple[str, str]]] = {}
    for name, origin in [pair for node in found for pair in brought(node)]:
        meant.setdefault(name, set()).add(origin)
    for binding in source.bindings if found else ():
        meant.setdefault(binding.name, set()).add(binding.imported or ("", ""))

    def is_clear(name: str, module: str, function: cst.FunctionDef) -> bool:
        library = module.split(".")[0]
        is_known = library in LIBRARIES and shadow(source.file, library) is None
        return is_known and len(meant[name]) == 1 and name not in _variables(function)

    return [
        node
        for node, function in found.items()
        if all(is_clear(name, module, function) for name, (module, _) in brought(node))
        and not isinstance(node.names, cst.ImportStar)
    ]


def brought(node: cst.CSTNode) -> Iterator[tuple[str, tuple[str, str]]]:
    """The names that an import binds, each with the module, and the name there, that it stands for."""
    code = cst.Module([]).code_for_node
    if isinstance(node, cst.Import):
        for name in node.names:
            dotted = code(name.name)
            bound = code(name.asname.name) if name.asname is not None else dotted.split(".")[0]
            yield bound, (dotted if name.asname is not None else bound, "")
    elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
        module = "." * len(node.relative) + (code(node.module) if node.module is not None else "")
        for name in node.names:
            yield code(name.asname.name if name.asname is not None else name.name), (module, code(name.name))


def _imports(function: cst.FunctionDef) -> list[Import]:
    return [node for node in walk(function.body.body) if isinstance(node, Import)]


def _variables(function: cst.FunctionDef) -> set[str]:
    """What a function gives a meaning otherwise: its parameters and variables."""
    params = function.params
    every = (*params.posonly_params, *params.params, *params.kwonly_params, params.star_arg, params.star_kwarg)
    return {param.name.value for param in every if isinstance(param, cst.Param)} | bound(function.body.body)
