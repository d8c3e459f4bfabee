"""What is asked for, and what is made of it: a function with a mode and types, and the text of its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.hints import hints
from sct.frontend.parse import Source
from sct.frontend.user_rules import rules_of
from sct.ir.names import place_of
from sct.ir.types import Type
from sct.stages import Target

Mode = Literal["adjoint", "tangent", "both", "pullback", "tangents"]
Stage = Literal["cst", "ssa", "types", "tangent", "adjoint", "module"]


@dataclass(frozen=True)
class Request:
    """One function to differentiate; ``types`` of its parameters, or None to read its annotations."""

    name: str
    wrt: tuple[int | str, ...] = (0,)
    mode: Mode = "adjoint"
    types: tuple[Type, ...] | None = None
    target: Target = "python"


@dataclass(frozen=True)
class Piece:
    """The generated text of one function.

    Attributes
    ----------
    name : str
        The function.
    text : str
        The primal as written, and what was generated from it.
    needs : tuple of str
        Import lines that the author's module does not have.
    helpers : dict of str to str
        The helper functions that the text calls: name and text.
    result : Type
        The type of the function's value.
    borrowed : tuple of str
        Names of the author's module that the text uses and that cannot be copied: what a function with a rule is made
        of may be anything.
    writes : frozenset of str
        What of its arguments the function writes into: ``arrays``, ``objects``.
    counts : frozenset of str
        The parameters whose integers it computes with.
    read : tuple of (str, str)
        The files of other modules that were read for it, and their texts.
    """

    name: str
    text: str
    needs: tuple[str, ...]
    helpers: dict[str, str]
    result: Type
    borrowed: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    read: tuple[tuple[str, str], ...] = ()


def positions(source: Source, request: Request) -> list[int]:
    """Where the parameters stand that a request is with respect to."""
    node = source.functions.get(request.name)
    doubt = source.doubt(request.name.split(".")[0])
    if doubt is not None:
        raise RefusedError([Diagnostic(doubt.note[0], doubt.reason, doubt.help)])
    if node is None:
        span = source.span([*source.module.body, source.module][0])
        known = ", ".join(source.functions) or "none"
        raise RefusedError([Diagnostic(span, f"there is no function `{request.name}`", f"this module has: {known}")])
    rule = rules_of(source).get((source.file, request.name))
    if rule is not None:
        stated = next(iter(rule.statements.values()))
        note = (source.span(stated.node.name), "its derivative is stated here")
        reason = f"`{request.name}` has a rule of its own, and is not differentiated"
        raise source.refused(node.name, reason, "differentiate a function that calls it", note)
    names = [p.name.value for p in _params(node)]
    found = []
    for entry in request.wrt:
        place = place_of(entry, names)
        if place is None:
            reason = f"`{request.name}` has no parameter {entry!r}"
            stars = [f"`{source.code(star)}` cannot be in `wrt`: name what it holds" for star in _starred(node)]
            help_ = "; ".join([f"its parameters are {', '.join(names)}"] * bool(names) + stars)
            raise source.refused(node.name, reason, help_ or "give it one")
        found.append(place)
    for name, span in hints(source, request.name).constants.items():
        if names.index(name) in found:
            reason = f"`{name}` is differentiated, and a hint says that it is constant"
            raise RefusedError([Diagnostic(span, reason, "leave it out of `wrt`, or leave the hint off")])
    return sorted(set(found))


def _params(node: cst.FunctionDef) -> list[cst.Param]:
    return [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]


def _starred(node: cst.FunctionDef) -> list[cst.Param]:
    return [p for p in (node.params.star_arg, node.params.star_kwarg) if isinstance(p, cst.Param)]
