"""Hints: the comments ``# sct: constant x`` and ``# sct: x: float[:, :]`` of a function.

A hint is checked, never trusted: a kind against what is passed, by an assertion in the generated function too; a
constant against what depends on the inputs.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import libcst as cst

from sct.errors import Diagnostic, RefusedError, Span
from sct.frontend.annotations import annotated, parameters
from sct.frontend.parse import Source
from sct.ir.names import as_name
from sct.ir.types import Type

_HINT = re.compile(r"#\s*sct:\s*(.*)")
_MISSPELT = re.compile(
    r"#\s*(?!sct:)(?i:sct)(?:\s*:|\s+(?=checkpoint\s*$|constant\s+\w+(?:\s*,\s*\w+)*\s*$))", re.MULTILINE
)
_SEVERAL = re.compile(r",(?=\s*[^\W\d]\w*\s*:)")  # `Q: float[:, :], K: float[:]`; an axis has no name
_STAMP = re.compile(r"(helper )?\w+ (source [0-9a-f]{8} )?body [0-9a-f]{8}$")
_ORDER = ("bool", "int", "float")
_MARKED = "write `for i in range(n):  # sct: checkpoint`, in a function of that module"
ONCE = "not differentiated again, as stop_gradient is dropped here"
"""What generated code says of itself where something that depends on its arguments is meant to be constant."""
_SPELT = "this looks like a hint, which begins with `# sct:`"
_HELP = "a hint is `# sct: constant x`, or `# sct: x: float[:, :], n: int`"


@dataclass(frozen=True)
class KindHint:
    """The kind of a parameter, as it is written."""

    type: Type
    text: str
    span: Span


@dataclass
class Hints:
    """The hints of a function, by parameter; and the marks of loops, which ``turns.py`` has taken off the loops."""

    constants: dict[str, Span] = field(default_factory=dict)
    kinds: dict[str, KindHint] = field(default_factory=dict)
    marks: list[Span] = field(default_factory=list)


def hints(source: Source, name: str) -> Hints:
    """The hints of a function.

    Raises
    ------
    RefusedError
        With every comment that looks like a hint and is none.
    """
    found, problems = Hints(), []
    if "sct:" in source.text or _MISSPELT.search(source.text):
        params = {param.name.value: param for param in parameters(source.functions[name])}
        for span, text in _comments(source, source.functions[name]):
            problem = (_SPELT, _HELP) if text is None else _read(source, span, text, params, found)
            if problem is not None:
                problems.append(Diagnostic(span, *problem))
    if problems:
        raise RefusedError(problems, {source.file: source.text})
    return found


def _comments(source: Source, node: cst.FunctionDef) -> Iterator[tuple[Span, str | None]]:
    """The hints in a function, and right above it; None for one that is misspelt."""
    starts = [(source.span(statement).line, statement) for statement in source.module.body]
    for token in _hints_of(source.text):
        match = _HINT.match(token.string)
        (line, col), (end_line, end_col) = token.start, token.end
        above = [statement for start, statement in starts if start <= line]
        below = [statement for start, statement in starts if start > line]
        inside = bool(above) and (col > 0 or source.span(above[-1]).end_line >= line)
        owner = above[-1:] if inside else below[:1]
        if owner == [node]:
            yield Span(source.file, line, col, end_line, end_col), None if match is None else as_name(match[1]).strip()


@lru_cache(maxsize=8)
def _hints_of(text: str) -> tuple[tokenize.TokenInfo, ...]:
    """The comments of a module that are hints, or misspelt as such."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = _HINT.match(token.string) if token.type == tokenize.COMMENT else None
        is_stamp = match is not None and token.start[1] == 0 and _STAMP.match(match[1])
        is_misspelt = token.type == tokenize.COMMENT and match is None and _MISSPELT.match(token.string)
        if is_misspelt or (match is not None and not is_stamp):
            found.append(token)
    return tuple(found)


def _read(source: Source, span: Span, text: str, params: dict[str, cst.Param], found: Hints) -> tuple[str, str] | None:
    """Add a hint to those that were found; or what is wrong with it, and the help."""
    if text == "checkpoint":
        found.marks.append(span)
        return None
    if text == ONCE:
        reason = "this derivative is not differentiated again: generated code has lost what `sct.stop_gradient` says"
        return reason, "make what is to be constant an argument of the function, which is not named in `wrt`"
    several = _SEVERAL.split(text)
    if len(several) > 1:
        return next(filter(None, (_read(source, span, one.strip(), params, found) for one in several)), None)
    constant, kind = re.match(r"constant\s+(.+)$", text), re.match(r"(\w+)\s*:\s*(.+)$", text)
    if constant is None and kind is None:
        return f"the hint `{text}` is not known", _HELP
    names = re.split(r"\s*,\s*", constant[1]) if constant is not None else [kind[1] if kind is not None else ""]
    for name in names:
        if name not in params:
            return f"`{name}` is no parameter of this function", f"its parameters are {', '.join(params)}"
    if kind is None:
        found.constants.update(dict.fromkeys(names, span))
        return None
    (name,) = names
    type_ = _kind(source, kind[2], name)
    annotation = params[name].annotation
    stated = None if annotation is None else annotation.annotation
    if name in found.kinds or (stated is not None and not _adds(type_, source, stated)):
        help_ = "leave the hint off; one may only add the rank: `# sct: x: float[:, :]` to `x: np.ndarray`"
        return f"the kind of `{name}` is stated twice", help_
    if type_ is None:
        return (
            f"the kind `{kind[2]}` is not known",
            "write `float`, `int`, `bool`, or `float[:, :]` with a `:` a dimension",
        )
    found.kinds[name] = KindHint(type_, kind[2], span)
    return None


def _adds(type_: Type | None, source: Source, annotation: cst.BaseExpression) -> bool:
    """Whether a hint adds the rank to an annotation that has none: ``np.ndarray``, ``NDArray[np.float64]``."""
    stated = annotated(source, annotation, "")
    if type_ is None or stated is None or stated.shape is not None or not (type_.is_array and stated.is_array):
        return False
    return type_.dtype == stated.dtype or not isinstance(annotation, cst.Subscript)


def _kind(source: Source, text: str, name: str) -> Type | None:
    """The type that a hint states; nothing is said of sizes, which no assertion checks."""
    try:
        found = annotated(source, cst.parse_expression(text), name)
    except cst.ParserSyntaxError:
        return None
    if found is None or not (found.is_scalar or found.is_array):
        return None
    if found.shape is None:
        return found
    return replace(found, shape=tuple(f"{name}.{axis}" for axis in range(len(found.shape))))


def hinted_types(source: Source, name: str) -> dict[str, Type]:
    """The types that hints state."""
    return {param: hint.type for param, hint in hints(source, name).kinds.items()}


def agreed(source: Source, name: str, types: Sequence[Type]) -> list[Type]:
    """The types of what is passed to a function, or those that hints state where these are not known.

    Raises
    ------
    RefusedError
        With every hint that is wrong.
    """
    hinted, found = hints(source, name), list[Type]()
    stated = hinted.kinds
    problems = [
        Diagnostic(span, "this mark is no loop's of the module that is differentiated", _MARKED)
        for span in hinted.marks
    ]
    for param, given in zip(parameters(source.functions[name]), types, strict=True):
        hint = stated.get(param.name.value)
        if hint is not None and not _fits(given, hint.type):
            reason = f"the hint says `{hint.text}`, but `{param.name.value}` is {_described(given)}"
            problems.append(Diagnostic(hint.span, reason, "correct the hint, or leave it off"))
        loose = given.kind in ("unknown", "undef") or (given.is_array and given.shape is None)
        found.append(hint.type if hint is not None and loose else given)
    if problems:
        raise RefusedError(problems, {source.file: source.text})
    return found


def _fits(given: Type, stated: Type) -> bool:
    if given.kind in ("unknown", "undef"):
        return True
    if given.is_scalar and stated.is_scalar:
        return _ORDER.index(given.kind) <= _ORDER.index(stated.kind)
    alike = given.kind == stated.kind == "array" and given.dtype == stated.dtype
    return alike and (None in (given.rank, stated.rank) or given.rank == stated.rank)


def _described(type_: Type) -> str:
    if type_.is_array:
        return f"an array of {type_.dtype}s of rank {type_.rank}"
    return f"of the kind {type_.kind}"
