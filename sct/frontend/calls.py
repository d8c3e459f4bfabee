"""Calls to SSA: what is called decides how.

Before: ``np.sin(x)``, ``g(x)``, ``layer.apply(x)``, ``(f if c else g)(x)``.
After: a primitive, a call of a function of the user's or of a method, and an ``if`` of two calls.
"""

from __future__ import annotations

import builtins
from functools import partial

import libcst as cst

from sct.errors import NO_COMPLEX, USE_REAL
from sct.frontend.absent import absent
from sct.frontend.instead import ASK, instead_of
from sct.frontend.methods import Methods
from sct.frontend.scopes import Chosen, Closure, FunctionValue, LibraryFunction, ModuleFunction, RuledFunction
from sct.ir.nodes import Value


class Calls(Methods):
    """Lowers the calls of one function."""

    def lower_Call(self, node: cst.Call) -> Value:
        function = node.func
        if self.source.sct_name(function) == "stop_gradient" and len(node.args) == 1 and not node.args[0].keyword:
            return self.emit("stop_gradient", [self.value(node.args[0].value)], node)
        name = self.source.code(function)
        found: Value | None = self.ruled(function)
        if found is not None:
            pass
        elif isinstance(function, cst.Attribute):
            is_module = self.is_module(function.value)
            found = self.imported(function) if is_module else self.member(function)
            if not is_module and found is None:
                return self.call_method(node, function)
            if found is None:
                usual = f"the function `{name}` is not supported", ASK
                raise self.refuse(node, *(absent(self.source, name) or usual))
        elif name == "complex" and not self.is_known(name):
            raise self.refuse(node, NO_COMPLEX, USE_REAL)
        elif isinstance(function, cst.Name) and not self.is_known(name):
            if hasattr(builtins, name):
                reason = f"the built-in function `{name}` is not supported here"
                raise self.refuse(node, reason, instead_of("builtins", name))
            help_ = "define it in this module or in one beside it"
            raise self.refuse(node, *(absent(self.source, name) or (f"the function `{name}` is not known", help_)))
        else:
            found = self.value(function)
        if not isinstance(found, FunctionValue):
            return self.call_value(node, found)
        return self.call(node, found)

    def in_its_turn(self, k: int, node: cst.Call, function: FunctionValue) -> Value:
        with self.in_turn(k):
            return self.call(node, function)

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        """A call of a known function."""
        if isinstance(function, Chosen):
            made = (
                partial(self.in_its_turn, 0, node, function.then),
                partial(self.in_its_turn, 1, node, function.orelse),
            )
            value = self.choice(node, "stmt", function.test, *made)
            value.temp = f"{self.source.code(node.func)}_value" if isinstance(node.func, cst.Name) else None
            return value
        if isinstance(function, LibraryFunction):
            return self.call_library(node, function)
        if isinstance(function, ModuleFunction):
            return self.call_function(node, function)
        if isinstance(function, RuledFunction):
            return self.call_ruled(node, function)
        if not isinstance(function, Closure):
            raise self.refuse(node, f"`{self.source.code(node.func)}` is no function", "call a function")
        name = self.source.code(node.func) if isinstance(node.func, cst.Name) else function.name
        given = self.given(node, name, function.node.params, lambda param: self.default(node, function, param))
        return self.undef() if given is None else self.inline(node, function, given)
