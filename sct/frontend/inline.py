"""Functions that are lowered where they are called: nested ones, lambdas, and those that take or give functions.

Before: ``def g(t): return c * t`` in the function, then ``y = g(x + 1)``.
After: ``%t = add %x, 1; %y = mul %c, %t``, with ``%c`` as it is at the call: Python looks a captured name up then, too.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from sct.frontend.arguments import Given
from sct.frontend.flow import Exit
from sct.frontend.hints import Hints, hints
from sct.frontend.phis import VIEWED
from sct.frontend.scan import bound, walk
from sct.frontend.scopes import Closure, FunctionValue, Method, ModuleFunction, Scope
from sct.frontend.spread import Spread
from sct.frontend.views import viewed
from sct.ir.nodes import Op, Value

# How often a function that takes or captures functions may be called in line in a call of itself, each time others.
_DEPTH = 8


class Inlining(Spread):
    """Lowers nested functions and lambdas, and calls in line."""

    made_functions = 0  # a lambda in an unrolled loop is made for each of its rows, with defaults of its own

    def lower_Lambda(self, node: cst.Lambda) -> Value:
        return self.closure(node)

    def do_FunctionDef(self, node: cst.FunctionDef) -> None:
        if node.decorators:
            raise self.refuse(node.decorators[0], "a decorator in a function is not supported", "leave it off")
        if node.asynchronous is not None:
            raise self.refuse(node.name, "an async function is not supported", "make it a plain function")
        self.name_value(node.name.value, self.closure(node))

    def do_Nonlocal(self, node: cst.Nonlocal) -> None:
        """What a nested function binds outside of itself: its scope leaves these names to the one around it."""
        for item in node.names:
            if not self.scope.frames or self.scope.outer is None or not self.scope.outer.binds(item.name.value):
                help_ = "pass the value as an argument and return it"
                raise self.refuse(node, "`nonlocal` is not supported here", help_)

    def closure(self, node: cst.FunctionDef | cst.Lambda) -> Closure:
        """A function and, by reference, what it captures; its defaults are evaluated now."""
        place = node.name if isinstance(node, cst.FunctionDef) else node
        defaults = {}
        self.made_functions += 1
        for param in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params):
            if param.default is not None:
                key = f"{viewed(self.span(param))} default {self.made_functions}"
                self.env[key] = self.value(param.default)
                defaults[param.name.value] = key
        return Closure(self.span(place), node, self.scope, defaults)

    def inline(self, node: cst.CSTNode, function: Closure | ModuleFunction, given: Given) -> Value:
        """Lower a call where it stands."""
        definition, caller, stmt = function.node, self.scope, self.stmt
        within = function.scope.mark if isinstance(function, Closure) else ""  # of which call of what it is defined in
        frame = (definition, within, *(value for value in given.values() if isinstance(value, FunctionValue)))
        if frame in caller.frames or sum(other[0] is definition for other in caller.frames) == _DEPTH:
            reason = f"`{function.name}` calls itself, and a nested function or one that takes functions may not"
            raise self.refuse(node, reason, "move it to the top of the module and pass what it needs")
        if isinstance(function, ModuleFunction) and hints(function.source, function.ref.name) != Hints():
            reason = f"`{function.name}` has hints, and is lowered where it is called"
            raise self.refuse(node, reason, "leave its hints off: what it is given is known there")
        self.inlined += 1
        body = statements(definition)
        source = function.scope.source if isinstance(function, Closure) else function.source
        self.scope = Scope(
            source,
            function.name,
            frozenset(given) | (bound(body) - _of_outer_functions(body)),
            function.scope if isinstance(function, Closure) else None,
            f" {self.inlined}",
            (*caller.via, replace(self.source.span(node), turns=self.written_turns)),
            stmt if len(body) == 1 or source.file == self.rows.definitions else None,
            (*caller.frames, frame),
            (function.of, next(iter(given), "")) if isinstance(function, Method) else None,
        )
        try:
            self.arguments(given, named=len(body) > 1)
            if isinstance(definition, cst.Lambda):
                return self.value(definition.body)
            (result,) = self.run(body, Exit())
            return self.result(result, function.name)
        finally:
            self.scope, self.stmt = caller, stmt

    def arguments(self, given: Given, named: bool) -> None:
        """Bind the parameters; to variables of their own where the body is long, unless a constant is given."""
        constants = {op.result for op in self.block.ops if op.name in ("const", "global")}
        for name, value in given.items():
            value.temp = value.temp or name
            if named and value not in constants:
                self.name_value(name, value)
            self.env[self.scope.key(name)] = value

    def result(self, result: Value, name: str) -> Value:
        """The result of a call, by another name than that of the function that made it."""
        mark = self.scope.mark
        if not isinstance(result, FunctionValue):
            for key in [key for key in self.env if key.endswith(mark) and not key.startswith(VIEWED)]:
                del self.env[key]
        maker = next((op for op in reversed(self.block.ops) if result in op.results), None)
        if _is_plain(maker) and not any(result is value for value in self.env.values()):
            result.hint, result.temp = None, result.temp or result.hint or f"{name}_value"
        return result


def statements(node: cst.FunctionDef | cst.Lambda) -> list[cst.CSTNode]:
    """The body, without its docstring."""
    if isinstance(node, cst.Lambda):
        return [cst.Expr(node.body)]
    return list(node.body.body)[node.get_docstring() is not None :]


def _of_outer_functions(body: list[cst.CSTNode]) -> set[str]:
    """The names that a function says are of functions around it."""
    return {item.name.value for node in walk(body) if isinstance(node, cst.Nonlocal) for item in node.names}


def _is_plain(maker: Op | None) -> bool:
    """Whether a value is made at once: no version of an array that is written, and not by a loop."""
    return maker is not None and not maker.blocks and maker.name not in ("store", "written")
