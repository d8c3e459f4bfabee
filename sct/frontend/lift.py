"""Functions whose derivative is called get to the top of the module: what they capture becomes parameters.

Before: ``def f(x): return x * sct.grad(lambda y: x + y)(1.0)``.
After: ``def f(x): return x * sct.grad(f_inner)(1.0, x=x)`` and ``def f_inner(y, *, x): return x + y``.  So it
is with what is a derivative itself: ``sct.grad(sct.grad(g))`` is that of ``lambda x: sct.grad(g)(x)``.

Python looks a captured name up when the function is called; so what is passed is what it stands for at the call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import libcst as cst

from sct.errors import Span
from sct.frontend.draft import Draft
from sct.frontend.nested import FORMS, maker
from sct.frontend.parse import Source
from sct.frontend.scan import bound, walk
from sct.frontend.turns import divide, fresh, named
from sct.frontend.unbound import free, in_defaults, names_of, parameters_of
from sct.frontend.user_rules import rule_for

# A call of what makes derivatives, as far as the text tells; a decorator is none.
_ASKED = re.compile(rf"(?<![\w.@])(\w+\.)?({'|'.join(sorted(FORMS | {'jvp'}))})\s*\(")


@dataclass(frozen=True)
class _Frame:
    """A function, lambda or comprehension around a call, and the names that it binds."""

    node: cst.CSTNode
    names: frozenset[str]


def lift(draft: Draft, wanted: Collection[str]) -> bool:
    """Bring to the top what the ``wanted`` functions need; whether they call the derivative of any function."""
    divide(draft, wanted)
    if not _ASKED.search(draft.text):
        return False
    while True:
        source = Source(draft.text, draft.file)
        calls = list(_calls(source, wanted))
        changes = (_spelled_out, _composed, _lifted, _brought_in)
        if not any(change(draft, source, *call) for call in calls for change in changes):
            return any(maker(source, call) is not None for call, _ in calls)


def _calls(source: Source, wanted: Collection[str]) -> Iterator[tuple[cst.Call, list[_Frame]]]:
    """The calls in the ``wanted`` functions and in those that they name, the inner ones first; and what is around."""
    if not any(source.sct_name(cst.Name(n)) for n in source.imported) and "sct" not in source.aliases.values():
        return
    todo: list[tuple[cst.CSTNode, list[_Frame], bool]] = [(node, [], False) for node in named(source, wanted)]
    while todo:
        node, frames, done = todo.pop()
        if done:
            assert isinstance(node, cst.Call)
            yield node, frames
            continue
        if isinstance(node, cst.Call):
            todo.append((node, frames, True))
        names = names_of(node)
        inside = [*frames, _Frame(node, names)] if names is not None else frames
        todo += [(child, inside, False) for child in reversed(node.children)]


# names that are bound to derivatives


def _spelled_out(draft: Draft, source: Source, call: cst.Call, frames: list[_Frame]) -> bool:
    """Write ``sct.grad(g)(x)`` for ``g_grad(x)``, if the name is bound to it once."""
    if not isinstance(call.func, cst.Name):
        return False
    name = call.func.value
    owner = _owner(frames, name)
    if owner is None:
        made = source.constants.get(name) if name not in source.rebound else None
        local = {name for frame in frames for name in frame.names}
        if not _is_maker(source, made) or made is None or free(made) & local:
            return False
        draft.replace(source.span(call.func), source.code(made))
        return True
    line = _defining(owner, name)
    if (
        not isinstance(line, cst.Assign)
        or not _is_maker(source, line.value)
        or not isinstance(owner.node, cst.FunctionDef)
    ):
        return False
    within = frames[frames.index(owner) + 1 :]
    if any(free(line.value) & frame.names for frame in within):
        return False
    draft.replace(source.span(call.func), source.code(line.value))
    _drop_unused(draft, name, source.span(line).line)
    return True


def _drop_unused(draft: Draft, name: str, line: int) -> None:
    """Leave out the statement at a line, which binds a name, if nothing uses the name any more."""
    source = Source(draft.text, draft.file)
    for function in source.functions.values():
        place = source.span(function)
        for node, alone in _statements(function) if place.line <= line <= place.end_line else ():
            if source.span(node).line == line and not alone and name in bound([node]):
                if list(_identifiers(function)).count(name) == 1:
                    draft.drop(replace(source.span(node), line=line - len(node.leading_lines)))
                    return


def _statements(
    node: cst.CSTNode,
) -> Iterator[tuple[cst.SimpleStatementLine | cst.FunctionDef, bool]]:
    """The lines and functions in a function, and whether each is all that its block has."""
    for child in node.children:
        if isinstance(child, cst.SimpleStatementLine | cst.FunctionDef):
            yield child, len(getattr(node, "body", ())) == 1
        yield from _statements(child)


def _identifiers(node: cst.CSTNode) -> Iterator[str]:
    if isinstance(node, cst.Name):
        yield node.value
    for child in node.children:
        yield from _identifiers(child)


def _is_maker(source: Source, node: cst.CSTNode | None) -> bool:
    return isinstance(node, cst.Call) and source.sct_name(node.func) in FORMS


def _defining(frame: _Frame, name: str) -> cst.CSTNode | None:
    """The one statement of a function that binds a name."""
    if not isinstance(frame.node, cst.FunctionDef) or name in parameters_of(frame.node):
        return None
    lines = [node for node in walk(frame.node.body.body) if name in bound([node])]
    # An ``if`` that binds it counts beside the statement in it.
    return lines[0] if len(lines) == 1 else None


# derivatives of derivatives


def _composed(draft: Draft, source: Source, call: cst.Call, frames: list[_Frame]) -> bool:
    """Write ``sct.grad(lambda x: sct.grad(g)(x))`` for ``sct.grad(sct.grad(g))``."""
    made = maker(source, call)
    first = made.args[0].value if made is not None and made.args else None
    inmost: cst.BaseExpression | None = first
    while isinstance(inmost, cst.Call) and _is_maker(source, inmost):
        inmost = inmost.args[0].value if inmost.args else None
    if first is None or inmost is None or inmost is first:
        return False
    function: cst.FunctionDef | cst.Lambda | None = inmost if isinstance(inmost, cst.Lambda) else None
    home = source
    if isinstance(inmost, cst.Name) and _owner(frames, inmost.value) is not None:
        function = _local(frames, inmost.value)
    elif (origin := source.origin(source.code(inmost))) is not None and origin.source is not None:
        home = origin.source
        function = home.functions.get(origin.name)
    passed = None if function is None else _passed(home, function.params)
    if passed is None:
        return False
    head, given = passed
    draft.replace(source.span(first), f"lambda {head}: {source.code(first)}({given})")
    return True


# nested functions


def _lifted(draft: Draft, source: Source, call: cst.Call, frames: list[_Frame]) -> bool:
    """Bring the function whose derivative is called to the top."""
    made = maker(source, call)
    if made is None or not made.args or not frames:
        return False
    first = made.args[0].value
    if isinstance(first, cst.Name):
        function = _local(frames, first.value)
    else:
        function = first if isinstance(first, cst.Lambda) else None
    if function is None or in_defaults(function) & {name for frame in frames for name in frame.names}:
        return False
    found = _captured(function, frames)
    if found is None:
        return False
    needed, helpers = found
    own = function.name.value if isinstance(function, cst.FunctionDef) else "inner"
    outer = next(frame.node.name.value for frame in frames if isinstance(frame.node, cst.FunctionDef))
    text = _at_top(source, function, f"{outer}_{own}", needed, helpers)
    known = next((name for name, (_, lifted) in draft.lifted.items() if lifted == text), None)
    name = known or fresh(draft.text, f"{outer}_{own}")
    place = source.span(call)
    if needed:
        passed = ", ".join(f"{key}={key}" for key in needed)
        comma = ", " if call.args and not isinstance(call.args[-1].comma, cst.Comma) else " " if call.args else ""
        end = Span(place.file, place.end_line, place.end_col - 1, place.end_line, place.end_col - 1)
        draft.replace(end, f"{comma}{passed}")
    draft.replace(source.span(first), name)
    if known is None:
        draft.append(name, text.replace(f"def {outer}_{own}(", f"def {name}(", 1), place.line)
        draft.lifted[name] = (frozenset(needed), text)
    if isinstance(first, cst.Name):
        _drop_unused(draft, first.value, source.span(function).line)
    return True


# functions of other modules


def _brought_in(draft: Draft, source: Source, call: cst.Call, frames: list[_Frame]) -> bool:
    """Take the derivative of a function of this module that calls the other module's."""
    made = maker(source, call)
    first = made.args[0].value if made is not None and made.args else None
    if not isinstance(first, cst.Name | cst.Attribute) or any(free(first) & frame.names for frame in frames):
        return False
    spelling = source.code(first)
    origin = source.origin(spelling)
    other = None if origin is None or origin.file == source.file else origin.source
    function = None if origin is None or other is None else other.functions.get(origin.name)
    if origin is None or other is None or function is None or function.decorators or rule_for(source, spelling):
        return False
    own = f"{Path(other.file).stem}_{origin.name}"
    text = _passed_on(other, function, own, spelling)
    if text is None:
        return False
    known = next((name for name, (_, brought) in draft.lifted.items() if brought == text), None)
    name = known or fresh(draft.text, own)
    draft.replace(source.span(first), name)
    if known is None:
        draft.append(name, text.replace(f"def {own}(", f"def {name}(", 1), source.span(call).line)
        draft.lifted[name] = (frozenset(), text)
    return True


def _passed_on(source: Source, function: cst.FunctionDef, name: str, spelling: str) -> str | None:
    """A function that calls another one with what it is given; None where its parameters are of another kind."""
    passed = _passed(source, function.params)
    return None if passed is None else f"def {name}({passed[0]}):\n    return {spelling}({passed[1]})"


def _passed(source: Source, params: cst.Parameters) -> tuple[str, str] | None:
    """Parameters, and the arguments that hand them on; None where they are of another kind."""
    if isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None:
        return None
    positional, by_name = [*params.posonly_params, *params.params], params.kwonly_params
    head = []
    for param in (*positional, *by_name):
        constant = isinstance(param.default, cst.Integer | cst.Float) or source.code(param.default or cst.Name("None"))
        if constant not in (True, "True", "False", "None"):
            return None
        own = param.name.value if param.default is None else f"{param.name.value}={source.code(param.default)}"
        head += ["*", own] if param in by_name[:1] else [own]
    given = [param.name.value for param in positional] + [f"{p.name.value}={p.name.value}" for p in by_name]
    return ", ".join(head), ", ".join(given)


def _local(frames: list[_Frame], name: str) -> cst.FunctionDef | cst.Lambda | None:
    """The nested function of a name, if the name is bound once."""
    owner = _owner(frames, name)
    line = None if owner is None else _defining(owner, name)
    if isinstance(line, cst.Assign) and len(line.targets) == 1 and isinstance(line.value, cst.Lambda):
        return line.value
    return line if isinstance(line, cst.FunctionDef) and not line.decorators else None


def _captured(
    function: cst.FunctionDef | cst.Lambda, frames: list[_Frame]
) -> tuple[list[str], dict[str, cst.FunctionDef | cst.Lambda]] | None:
    """The variables that a function captures, and the nested functions that it calls.

    None if a name stands for one thing where the function is called and for another where it is defined.
    """
    needed: list[str] = []
    helpers: dict[str, cst.FunctionDef | cst.Lambda] = {}
    todo = [(name, function) for name in sorted(free(function))]
    while todo:
        name, user = todo.pop(0)
        owner = _owner(frames, name)
        if owner is not _owner(_around(user, frames), name):
            return None
        if name in needed or name in helpers or owner is None:
            continue
        helper = _local(frames, name)
        if helper is None:
            needed.append(name)
        elif helper is not function:
            helpers[name] = helper
            todo += [(free, helper) for free in sorted(free(helper))]
    own = names_of(function) or frozenset()
    return None if own & {*needed, *helpers} else (needed, helpers)


def _owner(frames: list[_Frame], name: str) -> _Frame | None:
    """The scope that a name belongs to."""
    return next((frame for frame in reversed(frames) if name in frame.names), None)


def _around(function: cst.FunctionDef | cst.Lambda, frames: list[_Frame]) -> list[_Frame]:
    """The scopes around the definition of a nested function."""
    for k, frame in enumerate(frames):
        lines = walk(frame.node.body.body) if isinstance(frame.node, cst.FunctionDef) else ()
        if any(function in (line, getattr(line, "value", None)) for line in lines):
            return frames[: k + 1]
    return frames  # a lambda that is written in the call


def _at_top(
    source: Source,
    function: cst.FunctionDef | cst.Lambda,
    name: str,
    needed: list[str],
    helpers: dict[str, cst.FunctionDef | cst.Lambda],
) -> str:
    """The function as one of the module."""
    params = function.params
    if needed:
        more = [cst.Param(cst.Name(key)) for key in needed]
        star = params.star_arg if isinstance(params.star_arg, cst.Param) else cst.ParamStar()
        params = params.with_changes(star_arg=star, kwonly_params=[*params.kwonly_params, *more])
    lines: list[cst.BaseStatement] = []
    for key, helper in reversed(helpers.items()):
        if isinstance(helper, cst.FunctionDef):
            lines.append(helper.with_changes(leading_lines=()))
        else:
            lines.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(key))], helper)]))
    if isinstance(function, cst.Lambda):
        body = cst.IndentedBlock([*lines, cst.SimpleStatementLine([cst.Return(function.body)])])
        made = cst.FunctionDef(cst.Name(name), params, body)
    elif isinstance(function.body, cst.IndentedBlock):
        own = list(function.body.body)
        start = 1 if function.get_docstring() is not None else 0
        body = function.body.with_changes(body=[*own[:start], *lines, *own[start:]])
        made = function.with_changes(name=cst.Name(name), params=params, body=body, leading_lines=())
    else:
        rest = cst.SimpleStatementLine(cst.ensure_type(function.body, cst.SimpleStatementSuite).body)
        body = cst.IndentedBlock([*lines, rest])
        made = function.with_changes(name=cst.Name(name), params=params, body=body, leading_lines=())
    return source.module.code_for_node(made).strip("\n")
