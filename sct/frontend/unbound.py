"""The names that a piece of code reads of those around it."""

from __future__ import annotations

import libcst as cst

from sct.frontend.annotations import parameters
from sct.frontend.scan import bound

_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def names_of(node: cst.CSTNode) -> frozenset[str] | None:
    """The names that a scope binds; None for what is no scope."""
    if isinstance(node, cst.FunctionDef):
        return bound(node.body.body) | parameters_of(node)
    if isinstance(node, cst.Lambda):
        return parameters_of(node)
    if isinstance(node, _COMPREHENSIONS):
        found: set[str] = set()
        part: cst.CompFor | None = node.for_in
        while part is not None:
            found |= free(part.target)
            part = part.inner_for_in
        return frozenset(found)
    return None


def parameters_of(node: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    stars = [star for star in (node.params.star_arg, node.params.star_kwarg) if isinstance(star, cst.Param)]
    return frozenset(param.name.value for param in (*parameters(node), *stars))


def free(node: cst.CSTNode) -> set[str]:
    """The names that an expression or a function reads of those around it."""
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, cst.Attribute | cst.Arg):
        return free(node.value)
    if isinstance(node, cst.Annotation):
        return set()
    names = names_of(node)
    parts: list[cst.CSTNode] = list(node.children)
    if isinstance(node, cst.FunctionDef | cst.Lambda):
        parts = [node.body]
    found = {name for part in parts for name in free(part)} - (names or set())
    if isinstance(node, cst.FunctionDef | cst.Lambda):
        found |= in_defaults(node)
    if isinstance(node, _COMPREHENSIONS):
        found |= free(node.for_in.iter)
    return found


def in_defaults(node: cst.FunctionDef | cst.Lambda) -> set[str]:
    return {name for param in parameters(node) if param.default is not None for name in free(param.default)}
