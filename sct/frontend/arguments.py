"""What a call gives each parameter.

Before: ``g(x, *more, k=2, c=y)`` with ``def g(a, b=0.5, *rest, k=1, **options)``.
After: ``a``, ``b``, ``k``, ``rest`` and ``options`` in this order, each with its value; each item of ``rest`` and of
``options`` has its own name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

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
from sct.ir.types import Key

Given = dict[str, Value]
V = TypeVar("V", bound=Value)
# What may be no part of a default: it would be made anew, or be another one, in every call.
_NO_CONSTANT = (cst.Call, cst.Lambda, cst.List, cst.Dict, cst.Set, cst.NamedExpr, cst.Await)


class Arguments(Primitives):
    """Lowers the arguments of calls."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        # The environment's names for the items of what ``*args`` and ``**kwargs`` hold.
        self.packs: dict[Value, dict[int | str, str]] = {}

    def given(
        self, node: cst.Call, name: str, parameters: cst.Parameters, default: Callable[[cst.Param], Value]
    ) -> Given | None:
        """What a call gives each parameter, in their order; None as long as a starred argument's length is unknown."""
        params = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
        places = [param.name.value for param in (*parameters.posonly_params, *parameters.params)]
        by_name = {param.name.value for param in params[len(parameters.posonly_params) :]}
        rest = parameters.star_arg if isinstance(parameters.star_arg, cst.Param) else None
        found: Given = {}
        more: list[Value] = []
        options: Given = {}

        def put(argument: cst.Arg, key: str, value: Value, into: Given = found) -> None:
            if key in found or key in options:
                raise self.refuse(argument, f"`{key}` is given twice", "pass it once")
            into[key] = value

        def put_named(argument: cst.Arg, key: str, value: Value) -> None:
            if key not in by_name and parameters.star_kwarg is None:
                raise self.no_parameter(argument, name, params)
            put(argument, key, value, found if key in by_name else options)

        count = 0
        for argument in node.args:
            if argument.star == "**":
                labelled = self.unpacked_dict(argument)
                if labelled is None:
                    return None
                for label, value in labelled.items():
                    put_named(argument, str(label), value)
                continue
            if argument.keyword is not None:
                put_named(argument, argument.keyword.value, self.value(argument.value))
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
            found[rest.name.value] = self.packed(self.emit("tuple", more, node), dict(enumerate(more)), node)
        if parameters.star_kwarg is not None:
            made = self.dict(node, list(options), list(options.values()))
            found[parameters.star_kwarg.name.value] = self.packed(made, options, node)
        return found

    def packed(self, pack: V, items: Mapping[Any, Value], node: cst.CSTNode) -> V:
        """What holds ``items``, which are known one by one: they are arrays, maybe, that are written into."""
        self.packs[pack] = {key: f"{viewed(self.span(node))} {len(self.packs)} argument {key}" for key in items}
        self.env.update((self.packs[pack][key], value) for key, value in items.items())
        return pack

    def no_parameter(self, argument: cst.Arg, name: str, params: list[cst.Param]) -> RefusedError:
        names = ", ".join(param.name.value for param in params)
        return self.refuse(argument, f"`{name}` has no such parameter", f"its parameters are {names}")

    def unpacked_dict(self, argument: cst.Arg | cst.BaseDictElement) -> dict[Key, Value] | None:
        """The values of a dict by its keys; None as long as they are not known."""
        value = self.value(argument.value)
        if value in self.packs:
            return {str(key): self.argument(value, key, argument) for key in self.packs[value]}
        keys = self.keys(argument, value)
        is_call = isinstance(argument, cst.Arg) and argument.star
        if is_call and not all(isinstance(key, str) for key in keys or ()):
            raise self.refuse(
                argument, "the keys of this dict are no names of parameters", "pass its values one by one"
            )
        if keys is None:
            return None
        return {key: self.item(value, k, argument, key=key) for k, key in enumerate(keys)}

    @abstractmethod
    def dict(self, node: cst.CSTNode, labels: Sequence[Key], operands: list[Value]) -> Value:
        """A dict of these keys and values."""

    @abstractmethod
    def keys(self, node: cst.CSTNode, value: Value) -> tuple[Key, ...] | None:
        """The keys of a dict that ``node`` asks for; None as long as its type is not known."""

    def no_stars(self, node: cst.Call) -> None:
        for argument in node.args:
            if argument.star:
                reason = f"`{argument.star}` in a call is not supported"
                raise self.refuse(argument, reason, "pass the arguments one by one")

    def unpacked(self, node: cst.BaseExpression, help_: str = "use NumPy's function on an array") -> list[Value] | None:
        """The items of a tuple; None as long as their number is not known."""
        if isinstance(node, cst.Tuple | cst.List) and not is_starred(node):
            return self.items(node)
        value = self.value(node)
        count = self.counted(value, node)
        if count is None:
            self.emit("items", [value], node, help=help_)
            return None
        return [self.item(value, k, node) for k in range(count)]

    def count(self, node: cst.CSTNode) -> int | None:
        """How many items the tuple at ``node`` has, as its type told when the function was lowered before."""
        span = self.span(node)
        found = {count for known, count in self.known.lengths if known == span}
        return found.pop() if len(found) == 1 else None

    def counted(self, value: Value, node: cst.CSTNode) -> int | None:
        """How many items a tuple has that is gone through; its type is held to that."""
        if value in self.packs:
            return len(self.packs[value])
        count = self.count(node)
        if count is not None:
            self.emit("holds", [value], node, count=count)
        return count

    def argument(self, value: Value, key: int | str, node: cst.CSTNode) -> Value:
        """What ``*args`` holds at a position, or ``**kwargs`` by a name."""
        if key not in self.packs[value]:
            raise self.refuse(node, f"there is no argument {key} here", "pass it, or ask for `len` first")
        return self.reread(self.env[self.packs[value][key]])

    def item(self, value: Value, k: int, node: cst.CSTNode, **attrs: Any) -> Value:
        if value in self.packs:
            return self.argument(value, k, node)
        return self.emit("item", [value], node, index=k, **attrs)

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        index, name = node.slice[0].slice, node.value
        if isinstance(name, cst.Name) and isinstance(index, cst.Index) and len(node.slice) == 1:
            value = self.env.get(self.scope.key(name.value))
            if value in self.packs and isinstance(index.value, cst.Integer):
                return self.argument(value, index.value.evaluated_value, node)
            if value in self.packs and isinstance(index.value, cst.SimpleString):
                key = index.value.evaluated_value
                if key in self.packs[value]:
                    return self.argument(value, str(key), node)
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
        return self.of_module(source, partial(self.value, param.default))

    def of_module(self, source: Source, lower: Callable[[], Value]) -> Value:
        """What ``lower`` gives with the names of a module."""
        scope = self.scope
        self.scope = replace(scope, source=source, locals=frozenset(), outer=None, mark=" global")
        try:
            return lower()
        finally:
            self.scope = scope
