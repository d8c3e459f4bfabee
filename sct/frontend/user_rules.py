"""Derivative rules that a module states for functions: ``@sct.rule(f)``.

Before::

    @sct.rule(newton_solve)
    def newton_solve_adjoint(y, y_bar, a, x0):
        return y_bar / (2 * y), None

After: a call ``%y = call newton_solve(%a, %x0)`` has the adjoint ``%a_bar, _ = newton_solve_adjoint(%y, %y_bar, %a,
%x0)``.  ``newton_solve`` itself is never looked into: it may be a solver, a compiled extension, a C function.

An adjoint takes the value, its adjoint, and the parameters of the function; it returns the adjoint of each, or None for
one that no derivative flows into.  A tangent takes the value, the parameters, and the tangents of those that one flows
from: ``newton_solve_tangent(y, a, x0, a_dot)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.annotations import annotated, parameters
from sct.frontend.parse import Source
from sct.frontend.scan import walk
from sct.ir.names import GlobalRef
from sct.ir.types import Dim, Type, map_arrays

Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Statement:
    """One rule: an adjoint or a tangent.

    Attributes
    ----------
    ref : GlobalRef
        The function that computes it.
    live : frozenset of int
        The parameters into (or from) which a derivative flows.
    node : FunctionDef
        Its definition.
    """

    ref: GlobalRef
    live: frozenset[int]
    node: cst.FunctionDef


@dataclass(eq=False)
class UserRule:
    """What a module says of a function.

    Attributes
    ----------
    names : tuple of str
        The function's parameters.
    source : Source
        The module that states it.
    target : Source, optional
        The module that defines the function, where that is Python and can be read.
    """

    key: Key
    names: tuple[str, ...]
    source: Source
    target: Source | None
    statements: dict[str, Statement] = field(default_factory=dict)

    @property
    def definition(self) -> cst.FunctionDef | None:
        """The function's own, where it is Python and can be read."""
        return None if self.target is None else self.target.functions.get(self.key[1])

    @property
    def params(self) -> cst.Parameters:
        """The function's parameters: its own, or else those that the rule has for it."""
        if self.definition is not None:
            return self.definition.params
        statement = next(iter(self.statements.values()))
        named = {param.name.value: param for param in parameters(statement.node)}
        return cst.Parameters(params=[named[name] for name in self.names])

    def missing(self, mode: str) -> str:
        """What to write where there is no rule for a mode."""
        first = parameters(next(iter(self.statements.values())).node)[0].name.value
        adjoint, tangent = _form(self.key[1], first, self.names).removeprefix("write ").split(" or ")
        return f"add {adjoint if mode == 'adjoint' else tangent}, decorated with `@sct.rule({self.key[1]})`"

    def result(self, given: Sequence[Type]) -> Type:
        """The type of the value, as a rule annotates its first parameter, or the function its result.

        Raises
        ------
        RefusedError
            If neither does.
        """
        for source, node, place in self._annotations():
            stated = annotated(source, place, "y")
            if stated is not None:
                return map_arrays(stated, self._sizes(source, node, given).get)
        statement = next(iter(self.statements.values()))
        first = parameters(statement.node)[0]
        reason = f"the kind of the value of `{self.key[1]}` is not known"
        help_ = f'annotate it: `{first.name.value}: float`, or `{first.name.value}: Float[np.ndarray, "n"]`'
        raise self.source.refused(first.name, reason, help_)

    def _annotations(self) -> Iterator[tuple[Source, cst.FunctionDef, cst.BaseExpression]]:
        for statement in self.statements.values():
            first = parameters(statement.node)[0]
            if first.annotation is not None:
                yield self.source, statement.node, first.annotation.annotation
        if self.target is not None and self.definition is not None and self.definition.returns is not None:
            yield self.target, self.definition, self.definition.returns.annotation

    def _sizes(self, source: Source, node: cst.FunctionDef, given: Sequence[Type]) -> _Sizes:
        """What the names of dimensions stand for, as the annotations of the parameters tell."""
        sizes = _Sizes()
        for param in parameters(node):
            if param.annotation is not None and param.name.value in self.names:
                stated = annotated(source, param.annotation.annotation, param.name.value)
                actual = given[self.names.index(param.name.value)]
                if stated is not None and actual.shape is not None and len(stated.shape or ()) == len(actual.shape):
                    sizes.bind(stated.shape or (), actual.shape)
        return sizes


class _Sizes:
    """The dimensions that an annotation's names stand for."""

    def __init__(self) -> None:
        self.known: dict[Dim, Dim] = {}

    def bind(self, stated: Sequence[Dim], actual: Sequence[Dim]) -> None:
        for name, dim in zip(stated, actual, strict=True):
            # Two dimensions of one name that are not known to be equal tell nothing.
            self.known[name] = dim if self.known.get(name, dim) == dim else f"?{name}"

    def get(self, dim: Dim, place: str) -> Dim:
        return dim if isinstance(dim, int) else self.known.get(dim, f"?{place}{dim}")


@lru_cache(maxsize=64)
def rules_of(source: Source) -> dict[Key, UserRule]:
    """The rules that a module states.

    Raises
    ------
    RefusedError
        With every rule that does not fit its function.
    """
    found: dict[Key, UserRule] = {}
    problems = list(_loose(source))
    for name, node in source.functions.items():
        for decorator in node.decorators:
            try:
                _add(source, name, node, decorator, found)
            except RefusedError as problem:
                problems += problem.diagnostics
    if problems:
        raise RefusedError(problems, {source.file: source.text})
    return found


def _loose(source: Source) -> Iterator[Diagnostic]:
    """Rules that are stated where none is looked for: by a call, in an ``if``, in a function."""
    names = {f"{name}.rule" if not own else name for name, own in source.brought_of_sct.items() if own in ("", "rule")}
    above = {id(decorator) for node in source.tree.body for decorator in getattr(node, "decorator_list", ())}
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)] if "rule" in source.text else []
    for node in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if id(node) not in above and ast.unparse(node.func) in names:
            help_ = f"write `@{ast.unparse(node)}` above a function at the top of the module"
            yield Diagnostic(source.place(node), "a rule is stated here, where it is not looked for", help_)


def rule_for(source: Source, text: str) -> UserRule | None:
    """The rule for the function that ``text`` names in a module: stated there, or in the one that defines it."""
    key, target = named(source, text)
    found = rules_of(source).get(key)
    return found or (None if target is None else rules_of(target).get(key))


def named(source: Source, text: str) -> tuple[Key, Source | None]:
    """What a dotted name stands for: its module (a file where that can be read) and its name there."""
    origin = source.origin(text)
    if origin is not None and origin.source is not None:
        return (origin.file, origin.name), origin.source
    head, _, rest = text.partition(".")
    if head in source.constants:  # an object of the module, such as a loaded library
        return (source.file, text), None
    module = source.aliases.get(head) or ".".join(source.imported.get(head, (head,)))
    path, _, name = ".".join(filter(None, (module, rest))).rpartition(".")
    return (path, name), None


def _add(
    source: Source, name: str, node: cst.FunctionDef, decorator: cst.Decorator, found: dict[Key, UserRule]
) -> None:
    call = decorator.decorator
    if source.sct_name(call.func if isinstance(call, cst.Call) else call) != "rule":
        return
    if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].keyword or call.args[0].star:
        raise source.refused(decorator, "a rule names the one function that it is for", "write `@sct.rule(f)`")
    place = call.args[0].value
    text = source.code(place)
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", text):
        raise source.refused(
            place, "a rule is for a function that has a name", "bind it to a name, and call it by that"
        )
    if text.split(".")[0] not in {*source.names, *source.functions, *source.constants, *source.classes}:
        raise source.refused(place, f"`{text}` is not known", "define it in this module, or import it")
    key, target = named(source, text)
    if target is not None and key[1] in target.classes:
        raise source.refused(place, f"`{text}` is a class", "a rule is for a function")
    if key == (source.file, name):
        raise source.refused(place, "a rule is for another function than itself", "name the function that it is for")
    definition = None if target is None else target.functions.get(key[1])
    if definition is not None and any(
        isinstance(star, cst.Param) for star in (definition.params.star_arg, definition.params.star_kwarg)
    ):
        help_ = "write a function of named ones around it, and give that one the rule"
        raise source.refused(place, f"`{text}` takes any number of arguments", help_)
    own = None if definition is None else [param.name.value for param in parameters(definition)]
    mode, names, live = _read(source, node, text, own)
    entry = found.setdefault(key, UserRule(key, names, source, target))
    if mode in entry.statements:
        note = (source.span(entry.statements[mode].node.name), "it is here")
        raise source.refused(node.name, f"`{text}` has a rule of this kind already", "remove one", note)
    if names != entry.names:
        reason = f"the rules for `{text}` have different parameters: {', '.join(entry.names)} in the other one"
        raise source.refused(node.name, reason, "name them alike")
    entry.statements[mode] = Statement(GlobalRef(source.file, name, name, source.file), live, node)


def _read(
    source: Source, node: cst.FunctionDef, text: str, own: list[str] | None
) -> tuple[str, tuple[str, ...], frozenset[int]]:
    """Whether a rule is an adjoint or a tangent, the parameters of its function, and which of them are live."""
    for star in (node.params.star_arg, node.params.star_kwarg):
        if isinstance(star, cst.Param):
            raise source.refused(star, "a rule names its parameters one by one", _form(text, "y", own))
    if node.params.kwonly_params:
        reason = "a rule is called with its arguments by position"
        raise source.refused(node.params.kwonly_params[0], reason, "leave the `*` off")
    params = parameters(node)
    if not params:
        raise source.refused(node.name, "a rule takes the function's value first", _form(text, "y", own))
    value, *rest = params
    first = value.name.value
    if rest and rest[0].name.value == f"{first}_bar":
        mode, given = "adjoint", rest[1:]
    else:
        mode = "tangent"
        given = [param for param in rest if not param.name.value.endswith("_dot")] if own is None else rest[: len(own)]
    form = _form(text, first, own if own is not None else [param.name.value for param in given])
    for k, name in enumerate(own or ()):
        if k >= len(given):
            raise source.refused(node.name, f"`{text}` also takes `{name}`", form)
        if given[k].name.value != name:
            raise source.refused(given[k], f"the parameter `{name}` of `{text}` is expected here", form)
    if own is not None and len(given) > len(own):
        raise source.refused(given[len(own)], f"`{text}` has no such parameter", form)
    names = tuple(param.name.value for param in given)
    if mode == "adjoint":
        return mode, names, _returned(source, node, names)
    dots = rest[len(given) :]
    if [*given, *dots] != rest or not dots:
        wrong = next((p for p, q in zip(rest, [*given, *dots], strict=False) if p is not q), node)
        raise source.refused(
            wrong if wrong is not node else node.name, "this is neither an adjoint nor a tangent", form
        )
    live = [name for name in names if f"{name}_dot" in {dot.name.value for dot in dots}]
    for dot, name in zip_longest(dots, live):
        if dot is None or name is None or dot.name.value != f"{name}_dot":
            reason = f"the tangents of parameters of `{text}`, in their order, are expected here"
            raise source.refused(dot if dot is not None else node.name, reason, form)
    return mode, names, frozenset(names.index(name) for name in live)


def _form(text: str, value: str, names: Sequence[str] | None) -> str:
    names = names if names is not None else ["a", "b"]
    f, params, dots = text.split(".")[-1], ", ".join(names), ", ".join(f"{name}_dot" for name in names)
    return f"write `def {f}_adjoint({value}, {value}_bar, {params})` or `def {f}_tangent({value}, {params}, {dots})`"


def _returned(source: Source, node: cst.FunctionDef, names: Sequence[str]) -> frozenset[int]:
    """The parameters for which an adjoint returns more than None."""
    live: set[int] = set()
    returns = [inner for inner in walk(node.body.body) if isinstance(inner, cst.Return)]
    wanted = f"return {', '.join(f'{name}_bar' for name in names)}"
    if not returns:
        raise source.refused(node.name, "an adjoint returns the adjoint of every parameter", f"end it in `{wanted}`")
    for statement in returns:
        value = statement.value
        count = len(value.elements) if isinstance(value, cst.Tuple) else 1
        if count != len(names) or value is None:
            reason = f"{len(names)} adjoint{' is' if len(names) == 1 else 's are'} expected: of {', '.join(names)}"
            raise source.refused(statement, reason, f"write `{wanted}`, with None where no derivative flows")
        parts = [element.value for element in value.elements] if isinstance(value, cst.Tuple) else [value]
        live |= {k for k, part in enumerate(parts) if not isinstance(part, cst.Name) or part.value != "None"}
    return frozenset(live)
