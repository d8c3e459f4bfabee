"""Loops marked ``# sct: checkpoint``: their turns get into calls of about the square root of their number each.

Before: ``for t in range(n):  # sct: checkpoint`` with ``y = step(y, x)`` in it.
After: ``for start in range(0, n, size): y = sct.checkpoint(turns)(y, start, min(start + size, n))``, and a nested
function ``turns(y, start, stop)`` at the end, which lift.py brings to the top: of n turns about 2 sqrt(n) are kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import libcst as cst

from sct.frontend.draft import Draft
from sct.frontend.parse import Source
from sct.frontend.scan import bound, jumps, walk
from sct.frontend.unbound import free, names_of, parameters_of

_MARK = re.compile(r"#\s*sct:\s*checkpoint\s*$")
_USED = frozenset({"range", "min", "max", "int"})  # what a divided loop calls
_FORM = "write `for i in range(n):  # sct: checkpoint`"


def divide(draft: Draft, wanted: Collection[str]) -> None:
    """Divide the marked loops of the ``wanted`` functions and of those that they name, one after the other.

    A mark that is left stands behind no loop: see hints.py.
    """
    while re.search(rf"{_MARK.pattern}", draft.text, re.MULTILINE):
        source = Source(draft.text, draft.file)
        found = next((marked for node in named(source, wanted) for marked in _marked([node])), None)
        if found is None:
            return
        _divide(draft, source, *found)


def named(source: Source, wanted: Collection[str]) -> list[cst.FunctionDef]:
    """Functions of a module, and those that words in their text name, or in that of constants that they name."""
    found, todo = set[str](), list(wanted)
    while todo:
        word = todo.pop()
        if word not in found:
            found.add(word)
            nodes: list[cst.CSTNode] = [source.constants[word]] if word in source.constants else []
            nodes += [node for name, node in source.functions.items() if word in (name, name.rpartition(".")[2])]
            todo += [more for node in nodes for more in re.findall(r"\w+", source.code(node))]
    return [node for name, node in source.functions.items() if {name, name.rpartition(".")[2]} & found]


def _marked(functions: list[cst.FunctionDef]) -> Iterator[tuple[list[cst.FunctionDef], cst.For | cst.While]]:
    """The marked loops of the last function and of those in it, each behind the functions around it."""
    for node in walk(functions[-1].body.body):
        if isinstance(node, cst.For | cst.While) and _is_marked(node):
            yield functions, node
        elif isinstance(node, cst.FunctionDef):
            yield from _marked([*functions, node])


def _is_marked(loop: cst.For | cst.While) -> bool:
    comment = loop.body.header.comment if isinstance(loop.body, cst.IndentedBlock) else None
    return comment is not None and _MARK.match(comment.value) is not None


def _divide(draft: Draft, source: Source, functions: list[cst.FunctionDef], loop: cst.For | cst.While) -> None:
    if isinstance(loop, cst.While):
        raise source.refused(loop.test, "this loop cannot be divided into calls", _FORM)
    function = functions[-1]
    start, stop = _range(source, loop, frozenset().union(*(names_of(each) or () for each in functions)))
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
    text = source.module.code_for_node(functions[0])
    first, last, turns, name = (fresh(text, name) for name in ("start", "stop", "size", "turns"))
    own = loop.with_changes(
        body=body.with_changes(header=cst.TrailingWhitespace()),
        iter=cst.parse_expression(f"range({first}, {last})"),
        leading_lines=[line for line in loop.leading_lines if line.comment is not None],
    )
    lines = source.module.code_for_node(own).strip("\n").split("\n")
    place = source.span(loop)
    sct = next((alias for alias, module in source.aliases.items() if module == "sct"), None)
    if sct is None:
        draft.append("import sct", "import sct", place.line)
    made = [
        f"def {name}({', '.join([*state, first, last])}):",
        *(f"    {line}" if line else line for line in lines),
        f"    return {', '.join(state)}",
    ]
    behind = source.span(function.body.body[-1])
    draft.insert(behind.end_line, [" " * behind.col + row for row in made], place.line)
    rows = [
        f"{last} = {stop}",
        f"{turns} = int(max(1, {last if start == '0' else f'{last} - ({start})'}) ** 0.5)",
        f"for {first} in range({start}, {last}, {turns}):",
        f"    {', '.join(state)} = {sct or 'sct'}.checkpoint({name})"
        f"({', '.join([*state, first, f'min({first} + {turns}, {last})'])})",
    ]
    draft.replace_lines(place, [" " * place.col + row for row in rows])


def _range(source: Source, loop: cst.For, local: frozenset[str]) -> tuple[str, str]:
    """Where the loop begins and ends."""
    call = loop.iter
    plain = isinstance(call, cst.Call) and source.code(call.func) == "range" and 1 <= len(call.args) <= 2
    for name in sorted(_USED & {*source.names, *(b.name for b in source.bindings), *local}):
        reason = f"this loop cannot be divided into calls, as `{name}` is a name of yours"
        raise source.refused(loop.iter, reason, f"call `{name}` otherwise")
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
