"""Loops marked ``# sct: checkpoint``: their turns get into calls of about the square root of their number each.

Before: ``for t in range(n):  # sct: checkpoint`` with ``y = step(y, x)`` in it, in ``f``.
After: ``for start in range(0, n, turns): y = sct.checkpoint(f_turns)(y, start, min(start + turns, n), x)``, and
``f_turns`` behind the module: of n turns about 2 sqrt(n) are kept.
"""

from __future__ import annotations

import re

import libcst as cst

from sct.frontend.draft import Draft
from sct.frontend.parse import Source
from sct.frontend.scan import bound, jumps, walk
from sct.frontend.unbound import free, parameters_of

_MARK = re.compile(r"#\s*sct:\s*checkpoint\s*$")
_FORM = "write `for i in range(n):  # sct: checkpoint`"


def divide(draft: Draft) -> None:
    """Divide the marked loops of a module, one after the other."""
    while re.search(rf"{_MARK.pattern}", draft.text, re.MULTILINE):
        source = Source(draft.text, draft.file)
        found = next(
            (
                (function, loop)
                for function in source.functions.values()
                for loop in walk(function.body.body)
                if isinstance(loop, cst.For | cst.While) and _is_marked(loop)
            ),
            None,
        )
        if found is None:
            return
        _divide(draft, source, *found)


def _is_marked(loop: cst.For | cst.While) -> bool:
    comment = loop.body.header.comment if isinstance(loop.body, cst.IndentedBlock) else None
    return comment is not None and _MARK.match(comment.value) is not None


def _divide(draft: Draft, source: Source, function: cst.FunctionDef, loop: cst.For | cst.While) -> None:
    if isinstance(loop, cst.While):
        raise source.refused(loop.test, "this loop cannot be divided into calls", _FORM)
    start, stop = _range(source, loop)
    assert isinstance(loop.target, cst.Name)
    body = cst.ensure_type(loop.body, cst.IndentedBlock)
    inside, before = bound([loop]), _before(function, loop)
    state = sorted(inside & before - {loop.target.value})
    if not state:
        reason = "nothing of what is in this loop goes from one turn to the next"
        raise source.refused(loop.iter, reason, "leave the mark off")
    lost = sorted(_read_behind(function, loop) & (inside - {*state}))
    if lost:
        reason = f"`{lost[0]}` is bound in this loop, and used behind it"
        raise source.refused(
            loop.iter, reason, f"bind it before the loop, under another name than the loop's `{loop.target.value}`"
        )
    local = bound(function.body.body) | parameters_of(function)
    read = sorted(free(body) & local - inside - {*state})
    text = draft.text
    first, last, turns = (fresh(text, name) for name in ("start", "stop", "turns"))
    name = fresh(text, f"{function.name.value}_turns")
    changed = body.with_changes(header=cst.TrailingWhitespace())
    own = loop.with_changes(
        body=changed,
        iter=cst.parse_expression(f"range({first}, {last})"),
        leading_lines=[line for line in loop.leading_lines if line.comment is not None],
    )
    given = [*state, first, last, *read]
    lines = source.module.code_for_node(own).strip("\n").split("\n")
    made = [f"def {name}({', '.join(given)}):", *(f"    {line}" if line else line for line in lines)]
    made.append(f"    return {', '.join(state)}")
    place = source.span(loop)
    passed = [*state, first, f"min({first} + {turns}, {last})", *read]
    sct = next((alias for alias, module in source.aliases.items() if module == "sct"), None)
    if sct is None:
        draft.append("import sct", "import sct", place.line)
    rows = [
        f"{last} = {stop}",
        f"{turns} = int(max(1, {last if start == '0' else f'{last} - ({start})'}) ** 0.5)",
        f"for {first} in range({start}, {last}, {turns}):",
        f"    {', '.join(state)} = {sct or 'sct'}.checkpoint({name})({', '.join(passed)})",
    ]
    draft.replace_lines(place, [" " * place.col + row for row in rows])
    draft.append(name, "\n".join(made), place.line)


def _range(source: Source, loop: cst.For) -> tuple[str, str]:
    """Where the loop begins and ends."""
    call = loop.iter
    plain = isinstance(call, cst.Call) and source.code(call.func) == "range" and 1 <= len(call.args) <= 2
    if not plain or not isinstance(loop.target, cst.Name) or loop.orelse is not None:
        raise source.refused(loop.iter, "this loop cannot be divided into calls", _FORM)
    if jumps(loop) or any(isinstance(node, cst.Break | cst.Continue) for node in walk([loop.body])):
        reason = "this loop may be left early, and cannot be divided into calls"
        raise source.refused(loop.iter, reason, "write it without `break`, `continue` and `return`")
    assert isinstance(call, cst.Call)
    texts = [source.code(argument.value) for argument in call.args]
    return ("0", texts[0]) if len(texts) == 1 else (texts[0], texts[1])


def _before(function: cst.FunctionDef, loop: cst.For) -> frozenset[str]:
    """The names that are bound before a loop."""
    found = set(parameters_of(function))
    for node in walk(function.body.body):
        if node is loop:
            break
        if isinstance(node, cst.BaseSmallStatement | cst.FunctionDef):
            found |= bound([node])
        elif isinstance(node, cst.For):
            found |= free(node.target)
    return frozenset(found)


def _read_behind(function: cst.FunctionDef, loop: cst.For) -> frozenset[str]:
    """The names that are read behind a loop, or in the next turn of one around it, and are not bound there."""
    inside = {loop, *walk([loop.body])}
    nodes = list(walk(function.body.body))
    around = next((node for node in nodes if isinstance(node, cst.For | cst.While) and loop in walk([node.body])), None)
    behind = nodes[nodes.index(loop) :]
    behind = [node for node in [*behind, *([] if around is None else walk([around.body]))] if node not in inside]
    small = [node for node in behind if isinstance(node, cst.BaseSmallStatement | cst.FunctionDef)]
    tests = [
        part
        for node in behind
        for name in ("test", "iter", "subject")
        if (part := getattr(node, name, None)) is not None
    ]
    made = {name for node in small for name in bound([node])}
    made |= {name for node in behind if isinstance(node, cst.For) for name in free(node.target)}
    return frozenset(name for node in [*small, *tests] for name in free(node) if name not in made)


def fresh(text: str, name: str) -> str:
    """A name that the text does not have."""
    found, count = name, 1
    while re.search(rf"\b{found}\b", text):
        count += 1
        found = f"{name}_{count}"
    return found
