"""Variables of generated code that would hide what it reads of its module, and names that a module would have twice.

Before: ``math = 2.0 * x; return x**math``, whose reverse sweep calls ``math.log``.
After: the variable is ``math_2``.  A parameter keeps its name, and is refused, as is a function of the author's that is
called like a generated one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from sct.errors import Diagnostic, RefusedError, Span
from sct.frontend.annotations import parameters
from sct.frontend.parse import Source
from sct.ir.nodes import Function, Op

# The built-in functions that generated code calls without asking the writer for them.
_WRITTEN_OUT = frozenset({"len", "list", "range", "slice", "type", "zip"})

_CALL = re.compile(r"(?<![\w.])([^\W\d]\w*)\(")
_DEFINED = re.compile(r"^def (\w+)", re.MULTILINE)
# What loops call, whatever the author's own function of that name does beside them.
_LOOPS = frozenset({"len", "range"})


def called(text: str, among: Collection[str]) -> set[str]:
    """Those of the names that a text calls: functions of the module, and built-in ones."""
    likely = {name for name in _CALL.findall(text) if name in among}
    if not likely:
        return likely  # without a look at what is a comment
    functions = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return likely & {function.id for function in functions if isinstance(function, ast.Name)}


def hidden_parameter(sources: Mapping[str, Source], fn: Function, name: str) -> RefusedError:
    """The refusal of a parameter of a sweep of ``fn`` that hides what this reads."""
    source = sources[fn.span.file]
    for param in parameters(source.functions[fn.spelling]):
        if param.name.value == name:
            reason = f"the parameter `{name}` hides a `{name}` that the derivative of `{fn.spelling}` needs"
            return source.refused(param.name, reason, "rename the parameter")
    reason = f"`{name}` is read here, and is what the tangent of `{name.removesuffix('_dot')}` is called"
    span = next((op.span for op in fn.body.walk() if op.span is not None and _read(op) == name), fn.span)
    return RefusedError([Diagnostic(span, reason, "rename it")], {s.file: s.text for s in sources.values()})


def _read(op: Op) -> str | None:
    ref = op.attrs.get("ref") or op.attrs.get("callee")
    return None if ref is None else str(ref.spelling).split(".")[0]


def names_made(
    function: str,
    texts: Sequence[str],
    authored: Sequence[str],
    imports: Iterable[str],
    helpers: Iterable[str],
    asked: Collection[str],
    authors: Collection[str],
) -> dict[str, str]:
    """What the code that was generated for a function binds, or expects to be Python's own: names, and what they are.

    ``texts`` are the generated functions, beside those that are ``authored``, ``imports`` lines that import libraries,
    ``asked`` built-in functions, and ``authors`` what the author may have given names to.
    """
    libraries = (alias for node in ast.parse("\n".join(imports)).body for alias in getattr(node, "names", ()))
    found = {alias.asname or alias.name: "what generated code imports" for alias in libraries}
    found |= dict.fromkeys(helpers, "a helper of generated code")
    theirs = _WRITTEN_OUT.intersection(authors)
    written_out = called("\n".join(texts), theirs) - called("\n".join(authored), theirs - _LOOPS)
    found |= dict.fromkeys(sorted(written_out | set(asked)), "a built-in function that generated code needs")
    made = (name for text in texts for name in _DEFINED.findall(text))
    return found | dict.fromkeys(made, f"a function that is generated for `{function}`")


def refuse_clashes(source: Source, function: str, own: Collection[str], made: Mapping[str, str]) -> None:
    """Refuse what the author called like something that was ``made``, where the generated module has both.

    What is not bound in the author's module is refused at ``function``.
    """
    here = source.span(source.functions[function].name)
    problems = [
        Diagnostic(_bound_at(source, name) or here, f"`{name}` is also the name of {what}", "rename it")
        for name, what in made.items()
        if name in own
    ]
    if problems:
        raise RefusedError(problems, {source.file: source.text})


def _bound_at(source: Source, name: str) -> Span | None:
    """Where the module binds a name: at the name of a function or a class, else at the statement."""
    if name in source.functions or name in source.classes:
        return source.span((source.functions.get(name) or source.classes[name]).name)
    return next((source.place(bound.statement) for bound in source.bindings if bound.name == name), None)
