"""What a call gives each parameter.

Before: ``g(x, *more, k=2)`` with ``def g(a, b=0.5, *rest, k=1)``.
After: ``a``, ``b``, ``k`` and ``rest`` in this order, each with its value; each item of ``rest`` has its own name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from sct.errors import RefusedError
from sct.frontend.constants import is_starred
from sct.frontend.known import Known
from sct.frontend.parse import Source
from sct.frontend.primitives import Primitives
from sct.frontend.scan import every
from sct.frontend.scopes import Closure, Scope
from sct.frontend.views import viewed
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Value

Given = dict[str, Value]
# What may be no part of a default: it would be made anew, or be another one, in every call.
_NO_CONSTANT = (cst.Call, cst.Lambda, cst.List, cst.Dict, cst.Set, cst.NamedExpr, cst.Await)


class Arguments(Primitives):
    """Lowers the arguments of calls."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.rests: dict[Value, list[str]] = {}  # the environment's names for the items of what ``*args`` holds

    def given(
        self, node: cst.Call, name: str, parameters: cst.Parameters, default: Callable[[cst.Param], Value]
    ) -> Given | None:
        """What a call gives each parameter, in their order; None as long as a starred argument's length is unknown."""
        if isinstance(parameters.star_kwarg, cst.Param):
            raise self.refuse(node, f"`{name}` takes `**kwargs`", "give it named parameters")
        params = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
        places = [param.name.value for param in (*parameters.posonly_params, *parameters.params)]
        by_name = {param.name.value for param in params[len(parameters.posonly_params) :]}
        rest = parameters.star_arg if isinstance(parameters.star_arg, cst.Param) else None
        found: Given = {}
        more: list[Value] = []

        def put(argument: cst.Arg, key: str, value: Value) -> None:
            if key in found:
                raise self.refuse(argument, f"`{key}` is given twice", "pass it once")
            found[key] = value

        count = 0
        for argument in node.args:
            if argument.star == "**":
                labelled = self.unpacked_dict(argument)
                if labelled is None:
                    return None
                for label, value in labelled.items():
                    if label not in by_name:
                        raise self.no_parameter(argument, name, params)
                    put(argument, label, value)
                continue
            if argument.keyword is not None:
                if argument.keyword.value not in by_name:
                    raise self.no_parameter(argument, name, params)
                put(argument, argument.keyword.value, self.value(argument.value))
                continue
            values = self.unpacked(argument.value) if argument.star else [self.value(argument.value)]
            if values is None:
                return None
            for value in values:
                if count < len(places):
                    put(argument, places[count], value)
                elif rest is not None:
                    more.append(value)
                else:
                    raise self.no_parameter(argument, name, params)
                count += 1
        for param in params:
            if param.name.value not in found:
                if param.default is None:
                    raise self.refuse(node, f"`{name}` needs the argument `{param.name.value}`", "pass it")
                found[param.name.value] = default(param)
        found = {param.name.value: found[param.name.value] for param in params}
        if rest is not None:
            found[rest.name.value] = self.rest(more, node)
        return found

    def rest(self, values: list[Value], node: cst.Call) -> Value:
        """The tuple of the arguments for ``*args``; its items are arrays, maybe, that are written into."""
        found = self.emit("tuple", values, node)
        self.rests[found] = [f"{viewed(self.span(node))} argument {k}" for k in range(len(values))]
        self.env.update(zip(self.rests[found], values, strict=True))
        return found

    def no_parameter(self, argument: cst.Arg, name: str, params: list[cst.Param]) -> RefusedError:
        names = ", ".join(param.name.value for param in params)
        return self.refuse(argument, f"`{name}` has no such parameter", f"its parameters are {names}")

    def unpacked_dict(self, argument: cst.Arg) -> Given | None:
        """The values of a dict by its keys; None as long as they are not known."""
        value = self.value(argument.value)
        keys = self.keys(argument, value)
        return None if keys is None else {key: self.emit("getitem", [value, self.const(key)], argument) for key in keys}

    @abstractmethod
    def keys(self, node: cst.CSTNode, value: Value) -> tuple[str, ...] | None:
        """The keys of a dict that ``node`` asks for; None as long as its type is not known."""

    def no_stars(self, node: cst.Call) -> None:
        for argument in node.args:
            if argument.star:
                reason = f"`{argument.star}` in a call is not supported"
                raise self.refuse(argument, reason, "pass the arguments one by one")

    def unpacked(self, node: cst.BaseExpression) -> list[Value] | None:
        """The items of a tuple; None as long as their number is not known."""
        if isinstance(node, cst.Tuple | cst.List) and not is_starred(node):
            return self.items(node)
        value = self.value(node)
        count = len(self.rests[value]) if value in self.rests else self.count(node)
        if count is None:
            self.emit("items", [value], node, help="use NumPy's function on an array")
            return None
        return [self.item(value, k, node) for k in range(count)]

    def count(self, node: cst.CSTNode) -> int | None:
        """How many items the tuple at ``node`` has, as its type told when the function was lowered before."""
        span = self.span(node)
        found = {count for known, count in self.known.lengths if known == span}
        return found.pop() if len(found) == 1 else None

    def argument(self, value: Value, k: int, node: cst.CSTNode) -> Value:
        """What ``*args`` holds at position ``k``."""
        if k >= len(self.rests[value]):
            raise self.refuse(node, f"there is no argument {k} here", "pass it, or ask for `len` first")
        return self.reread(self.env[self.rests[value][k]])

    def item(self, value: Value, k: int, node: cst.CSTNode, **attrs: Any) -> Value:
        if value in self.rests:
            return self.argument(value, k, node)
        return self.emit("item", [value], node, index=k, **attrs)

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        index, name = node.slice[0].slice, node.value
        if isinstance(name, cst.Name) and isinstance(index, cst.Index) and isinstance(index.value, cst.Integer):
            value = self.env.get(self.scope.key(name.value))
            if value in self.rests and len(node.slice) == 1:
                return self.argument(value, index.value.evaluated_value, node)
        return super().lower_Subscript(node)

    def default(self, node: cst.Call, function: Closure, param: cst.Param) -> Value:
        """The value that a nested function's default had where the function was defined."""
        key = function.defaults[param.name.value]
        if key not in self.env:
            raise self.refuse(node, f"the default of `{param.name.value}` is not known here", "pass the argument")
        return self.env[key]

    def constant_default(self, node: cst.Call, source: Source, param: cst.Param) -> Value:
        """A default of a function of a module: an expression of constants, written where the call is."""
        assert param.default is not None
        names = {name.value for name in every(param.default, cst.Name)}
        if every(param.default, *_NO_CONSTANT) or names & source.rebound:
            reason = f"the default of `{param.name.value}` is not an expression of constants"
            raise self.refuse(node, reason, "pass the argument")
        scope = self.scope
        self.scope = replace(scope, source=source, locals=frozenset(), outer=None, mark=" global")
        try:
            return self.value(param.default)
        finally:
            self.scope = scope
