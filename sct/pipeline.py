"""From source text to the text of functions' derivatives.

``source text → lift``, and what `sct.program` names: ``parse → lower → infer types → aliases → inline``, the passes of
`sct.stages`, and then ``fold → names → emit``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from sct.backend.derivatives import insert, mode_of
from sct.depth import deeply
from sct.errors import RefusedError
from sct.frontend import decorators
from sct.frontend.draft import Draft
from sct.frontend.head import head_lines
from sct.frontend.lift import lift
from sct.frontend.parse import Source
from sct.ir.types import Type
from sct.program import Program
from sct.requests import Mode, Piece, Request, Stage
from sct.rules import VOCABULARY

__all__ = [
    "Mode",
    "Piece",
    "Request",
    "Stage",
    "differentiate",
    "expanded",
    "marked",
    "module_head",
    "parameter_types",
    "show",
]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the collector wait: what is made in here is kept until the end, and to walk it takes up to a quarter more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@deeply
@_uncollected()
def differentiate(source_text: str, file: str, requests: Sequence[Request]) -> list[Piece]:
    """The pieces of the generated module, one a request.

    Raises
    ------
    RefusedError
        With the problems of all functions.
    """
    draft, needs = expanded(source_text, file, requests)
    program = Program(Source(draft.text, file), requests)
    pieces, problems = [], []
    for request in requests:
        try:
            piece = program.piece(request)
            read = tuple((other.file, other.text) for other in program.source.modules.values() if other.file != file)
            pieces.append(replace(piece, needs=tuple(dict.fromkeys([*needs, *piece.needs])), read=read))
        except RefusedError as problem:
            problems += problem.diagnostics
    if problems:
        sources = {source.file: source.text for source in program.source.modules.values()}
        raise draft.as_written(RefusedError(problems, sources))
    return pieces


def expanded(source_text: str, file: str, requests: Sequence[Request]) -> tuple[Draft, list[str]]:
    """The module with a generated function for each derivative that is called in a function, and imports it needs.

    The innermost come first, so that every generated function is input as the author's are.
    """
    draft, needs = Draft(source_text, file, VOCABULARY.definitions), list[str]()
    try:
        if not lift(draft, [request.name for request in requests]):
            return draft, needs
        while sites := (outer := Program(Source(draft.text, file), requests)).sites():
            site = sites[0]
            mode = mode_of(site)
            request = Request(site.name, site.wrt, mode, site.types)
            program = Program(Source(draft.text, file), [request], exact=outer.functions.exact)
            piece = program.piece(request)
            insert(draft, site, piece.text, program.writer, [other.name for other in requests])
            needs += program.writer.needs
    except RefusedError as problem:
        raise draft.as_written(problem) from None
    return draft, needs


@deeply
def marked(source_text: str, file: str) -> list[Request]:
    """A request for each function that carries one of sct's decorators."""
    return [
        Request(found.name, found.wrt, target=found.target) for found in decorators.marked(Source(source_text, file))
    ]


@deeply
def parameter_types(
    source_text: str, file: str, name: str, known: Mapping[str, Type] = MappingProxyType({})
) -> list[Type]:
    """The types of a function's parameters, as far as its module tells those that are not ``known``.

    Raises
    ------
    RefusedError
        Where the kind of one cannot be told.
    """
    return Program(Source(source_text, file), []).parameter_types(name, known)


@deeply
def module_head(source_text: str, file: str) -> str:
    """The module's own imports and constants, as written."""
    return "\n".join(dict.fromkeys(head_lines(Source(source_text, file))))


@deeply
def show(source_text: str, file: str, request: Request, stage: Stage) -> str:
    """What a function looks like after a stage."""
    as_it_is = Draft(source_text, file, VOCABULARY.definitions)
    draft = as_it_is if stage == "cst" else expanded(source_text, file, [request])[0]
    program = Program(Source(draft.text, file), [request])
    try:
        return program.show(request, stage)
    except RefusedError as problem:
        sources = {s.file: s.text for s in program.source.modules.values()}
        raise draft.as_written(RefusedError(problem.diagnostics, sources)) from None
