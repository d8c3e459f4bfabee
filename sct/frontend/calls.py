"""Calls to SSA: of functions of libraries and of the user's, and of methods.

Before: ``g(x, k=2)`` with ``def g(a, b=0.5, k=1)``.
After: ``call g(%x, 0.5, 2)``: the arguments in the order of the parameters, defaults filled in.
"""

from __future__ import annotations

import builtins
from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

import libcst as cst
import libcst.matchers as m

from sct.errors import NO_COMPLEX, USE_REAL, Diagnostic, RefusedError
from sct.frontend.absent import absent
from sct.frontend.classes import record, replacement, unsuited
from sct.frontend.constants import is_starred
from sct.frontend.expressions import viewed
from sct.frontend.known import Known
from sct.frontend.parse import CACHED_PROPERTY, PROPERTY, Source
from sct.frontend.primitives import ASK, Primitives
from sct.frontend.scan import walk
from sct.frontend.scopes import (
    Chosen,
    Closure,
    FunctionValue,
    LibraryFunction,
    ModuleFunction,
    RecordClass,
    RuledFunction,
    Scope,
)
from sct.frontend.vocabulary import Row, Vocabulary
from sct.ir.nodes import GlobalRef, Value

_BUILTINS = frozenset(
    {"abs", "float", "int", "bool", "round", "len", "min", "max", "sum", "dict"}
    | {"map", "filter", "list", "any", "all", "sorted"}
)
# What may be no part of a default: it would be made anew, or be another one, in every call.
_NO_CONSTANT = m.Call() | m.Lambda() | m.List() | m.Dict() | m.Set() | m.NamedExpr() | m.Await()
# What takes its arguments in brackets.
_BRACKETS = (("numpy", "r_"), ("numpy", "c_"))
Given = dict[str, Value]
# Decorators that keep what a function returned, and give it again.
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
# Decorators that leave a function's value as it is.
_HARMLESS = frozenset(
    {"numba.jit", "numba.njit", "staticmethod", "jaxtyping.jaxtyped", "beartype.beartype", "typeguard.typechecked"}
    | {"typing.final", "typing.no_type_check"}
    | _CACHES
)
_DRAWN = "draw the numbers outside of the function, and pass them as an argument: another run would draw others"


class Calls(Primitives):
    """Lowers the calls of one function; ``callees`` are the functions of the user's that it calls."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.callees: dict[GlobalRef, None] = {}
        self.inlined = 0
        self.rests: dict[Value, list[str]] = {}  # the environment's names for the items of what ``*args`` holds

    @abstractmethod
    def inline(self, node: cst.CSTNode, function: Closure | ModuleFunction, given: Given) -> Value:
        """Lower a call where it stands."""

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
                raise self.refuse(node, f"the built-in function `{name}` is not supported", ASK)
            help_ = "define it in this module or in one beside it"
            raise self.refuse(node, *(absent(self.source, name) or (f"the function `{name}` is not known", help_)))
        else:
            found = self.value(function)
        if not isinstance(found, FunctionValue):
            help_ = "call a function of this module, or bind the name to one function"
            raise self.refuse(node, f"`{name}` is a value, not a known function", help_)
        return self.call(node, found)

    def lower_Name(self, node: cst.Name) -> Value:
        name = node.value
        if name in _BUILTINS and not self.is_authors(name):
            return LibraryFunction(self.span(node), "builtins", name, name)
        return super().lower_Name(node)

    def imported(self, node: cst.Name | cst.Attribute) -> Value | None:
        """What a global name stands for, if that is known of it."""
        text = self.source.code(node)
        if self.ruled(node) is None:
            doubt = self.source.doubt(text.split(".")[0])
            if doubt is not None:
                raise self.source.refused(node, doubt.reason, doubt.help, doubt.note)
            origin = self.source.origin(text)
            if origin is not None:
                self.refuse_replaced(node, origin.library or origin.file, origin.name)
            found = record(self.source, text)
            if found is not None:
                return RecordClass(self.span(node), found)
            if origin is not None and origin.source is not None and origin.name in origin.source.classes:
                raise self.refuse(node, *unsuited(self.source, text))
        return super().imported(node)

    def refuse_replaced(self, node: cst.CSTNode, file: str, name: str) -> None:
        """Refuse what a module that was read puts something else in the place of."""
        found = replacement(self.source, file, name)
        if found is not None:
            raise self.source.refused(node, found.reason, found.help, found.note)

    def is_authors(self, name: str) -> bool:
        """Whether the author gave a name a meaning."""
        return self.scope.binds(name) or name in self.source.names or self.source.origin(name) is not None

    def is_known(self, name: str) -> bool:
        return name in _BUILTINS or self.scope.binds(name) or self.source.origin(name) is not None

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        """A call of a known function."""
        if isinstance(function, Chosen):
            then, orelse = function.then, function.orelse
            made = partial(self.call, node, then), partial(self.call, node, orelse)
            value = self.choice(node, "stmt", function.test, *made)
            value.temp = f"{self.source.code(node.func)}_value" if isinstance(node.func, cst.Name) else None
            return value
        if isinstance(function, LibraryFunction):
            return self.call_library(node, function)
        if isinstance(function, ModuleFunction):
            return self.call_function(node, function)
        if isinstance(function, RuledFunction):
            return self.call_ruled(node, function)
        assert isinstance(function, Closure)
        name = self.source.code(node.func) if isinstance(node.func, cst.Name) else function.name
        given = self.given(node, name, function.node.params, lambda param: self.default(node, function, param))
        return self.undef() if given is None else self.inline(node, function, given)

    def default(self, node: cst.Call, function: Closure, param: cst.Param) -> Value:
        """The value that a nested function's default had where the function was defined."""
        key = function.defaults[param.name.value]
        if key not in self.env:
            raise self.refuse(node, f"the default of `{param.name.value}` is not known here", "pass the argument")
        return self.env[key]

    def call_method(self, node: cst.Call, function: cst.Attribute) -> Value:
        name = function.attr.value
        method = self.method(node, name)
        if method is not None:
            return self.call_bound(node, function.value, method)
        self.no_stars(node)
        row = self.rows.resolve("method", name)
        if row is None:
            return self.emit("method", [self.value(function.value)], node, method=name, help=ASK)
        return self.apply(node, row, [self.value(function.value)], list(node.args), "method", None)

    def method(self, node: cst.CSTNode, name: str) -> ModuleFunction | None:
        """The method ``name`` of the class that types say is asked for it at ``node``."""
        classes = {cls for span, cls in self.known.methods if span == self.span(node)}
        cls = classes.pop() if len(classes) == 1 else ""
        found, origin = record(self.source, cls), self.source.origin(cls)
        if found is None and origin is not None and origin.source is not None and origin.name in origin.source.classes:
            raise self.refuse(node, *unsuited(self.source, cls))
        owner = None if found is None else found.owner(name)
        if owner is None:
            return None
        key = f"{owner.name}.{name}"
        return ModuleFunction(self.span(node), owner.source, GlobalRef(owner.source.file, key, key, self.source.file))

    def member(self, node: cst.Attribute) -> ModuleFunction | None:
        """The function that ``P.v`` names, which belongs to a class; None where ``P`` is no class."""
        text, of = self.source.code(node), node.value
        if not isinstance(of, cst.Name | cst.Attribute) or self.scope.binds(text.split(".")[0]):
            return None
        origin = self.source.origin(self.source.code(of))
        is_class = origin is not None and origin.source is not None and origin.name in origin.source.classes
        found = self.imported(of) if is_class else None
        if not isinstance(found, RecordClass):
            return None
        owner = found.record.owner(node.attr.value)
        if owner is None:
            reason = f"`{text}` is an attribute of a class, and these are not read"
            raise self.refuse(node, reason, "make it a constant of the module, or a field")
        key = f"{owner.name}.{node.attr.value}"
        if any(kind in ("classmethod", PROPERTY, CACHED_PROPERTY) for _, kind in owner.source.decorators(key)):
            help_ = "make it a static method, or a function of the module"
            raise self.refuse(node, f"`{text}` is no function: it is a class method or a property", help_)
        return ModuleFunction(self.span(node), owner.source, GlobalRef(owner.source.file, key, text, self.source.file))

    def call_bound(self, node: cst.BaseExpression, of: cst.BaseExpression, method: ModuleFunction) -> Value:
        """A call of a method (or an access of a property) of what ``of`` stands for."""
        given = node.args if isinstance(node, cst.Call) else ()
        decorators = [text for _, text in method.source.decorators(method.ref.name)]
        if isinstance(node, cst.Call) and not {PROPERTY, CACHED_PROPERTY}.isdisjoint(decorators):
            reason = f"a call of what the property `{method.ref.name}` gives"
            raise self.refuse(node, reason, "call a function that is known, or leave the parentheses off")
        is_static = "staticmethod" in decorators
        call = cst.Call(cst.Name(method.ref.identifier), given if is_static else [cst.Arg(of), *given])
        self.source.adopt(call, node, self.stmt)
        bound = "" if is_static else "method" if isinstance(node, cst.Call) else "property"
        return self.call_function(call, method, bound)

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

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        self.no_stars(node)
        library, name = function.library, function.name
        if library == "builtins" and name == "sum" and node.args and len(node.args) <= 2 and not node.args[0].keyword:
            start = node.args[1] if len(node.args) == 2 else None
            if start is None or start.keyword is None or start.keyword.value == "start":
                return self.total(node, node.args[0].value, None if start is None else self.value(start.value))
        if (library, name) == ("numpy", "select"):
            return self.select(node)
        alone = (library, name) == ("numpy", "where") and len(node.args) == 1
        row = self.rows.lookup("nonzero") if alone else self.rows.resolve(library, name)
        if row is None:
            help_ = _DRAWN if name.startswith("random.") else ASK
            raise self.refuse(node, f"the function `{function.spelling}` is not supported", help_)
        if library == "builtins" and name in ("min", "max") and not any(argument.keyword for argument in node.args):
            return self.extreme(node, row)
        out = next((a for a in node.args if a.keyword is not None and a.keyword.value == "out"), None)
        if out is not None and library == "numpy" and row.elementwise:
            rest = [argument for argument in node.args if argument is not out]
            value = self.apply(node, row, [], rest, "call", library, name)
            return self.overwrite(self.value(out.value), value, node, "out")
        return self.apply(node, row, [], list(node.args), "call", library, name)

    def select(self, node: cst.Call) -> Value:
        """``np.select``: a ``np.where`` in another one's place for what is left."""
        names = ("condlist", "choicelist", "default")
        given = {a.keyword.value if a.keyword else names[min(k, 2)]: a.value for k, a in enumerate(node.args)}
        lists = [given.get(name) for name in names[:2]]
        items = [self.items(each) for each in lists if isinstance(each, cst.List | cst.Tuple)]
        if len(items) != 2 or len(items[0]) != len(items[1]) or not given.keys() <= set(names):
            reason = "`select` needs its conditions and as many choices written out"
            raise self.refuse(node, reason, "write `np.select([c, d], [a, b], default)`")
        found = self.value(given["default"]) if "default" in given else self.const(0)
        for condition, choice in reversed(list(zip(*items, strict=True))):
            found = self.emit("where", [condition, choice, found], node, style="call", lib="numpy")
        return found

    def extreme(self, node: cst.Call, row: Row) -> Value:
        """``min`` or ``max`` of several numbers, or of a tuple's."""
        values = [self.value(a.value) for a in node.args] if len(node.args) != 1 else self.unpacked(node.args[0].value)
        if values is None:
            return self.undef()
        if not values:
            raise self.refuse(node, "there is nothing to compare", "pass a number")
        found, *others = values
        for k, other in enumerate(others):
            found = self.emit(row.name, [found, other], node, style="call", lib="builtins", flat=k > 0)
        return found

    def total(self, node: cst.Call, argument: cst.BaseExpression, start: Value | None) -> Value:
        """The builtin ``sum`` of a tuple's items, or of a list's."""
        if self.span(argument) in self.known.lists:
            value = self.value(argument)
            return self.emit("total", [value], node) if start is None else self.emit("total_from", [value, start], node)
        values = self.unpacked(argument)
        if values is None:
            return self.undef()
        found, *others = [start, *values] if start is not None else values or [self.const(0)]
        for other in others:
            found = self.emit("add", [found, other], node, style="operator")
        return found

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

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        index, name = node.slice[0].slice, node.value
        joined = self.bracketed(node)
        if joined is not None:
            return joined
        if isinstance(name, cst.Name) and isinstance(index, cst.Index) and isinstance(index.value, cst.Integer):
            value = self.env.get(self.scope.key(name.value))
            if value in self.rests and len(node.slice) == 1:
                return self.argument(value, index.value.evaluated_value, node)
        return super().lower_Subscript(node)

    def bracketed(self, node: cst.Subscript) -> Value | None:
        """``np.r_[a, b]`` or ``np.c_[a, b]``."""
        text = self.source.code(node.value)
        found = self.source.library_function(text)
        if found not in _BRACKETS or self.scope.binds(text.split(".")[0]):
            return None
        row, operands = self.rows.resolve(*found), list[Value]()
        assert row is not None
        for element in node.slice:
            if not isinstance(element.slice, cst.Index) or element.slice.star:
                raise self.refuse(element, f"a slice in `{text}`", "write `np.arange(…)`")
            operands.append(self.value(element.slice.value))
        return self.emit(row.name, operands, node, style="call", lib="numpy")

    def argument(self, value: Value, k: int, node: cst.CSTNode) -> Value:
        """What ``*args`` holds at position ``k``."""
        if k >= len(self.rests[value]):
            raise self.refuse(node, f"there is no argument {k} here", "pass it, or ask for `len` first")
        return self.reread(self.env[self.rests[value][k]])

    def item(self, value: Value, k: int, node: cst.CSTNode, **attrs: Any) -> Value:
        if value in self.rests:
            return self.argument(value, k, node)
        return self.emit("item", [value], node, index=k, **attrs)

    def overwrite(self, array: Value, value: Value, node: cst.CSTNode, form: str) -> Value:
        """Write all elements of an array; its new version."""
        base, path = self.place(array)
        after = self.emit("store", [base, value, *path, self.const(..., text="...")], node, form=form)
        self.renew(base, after)
        return self.reread(array) if path else after

    def call_function(
        self, node: cst.Call, function: ModuleFunction, bound: str = "", receiver: Value | None = None
    ) -> Value:
        """A call of a function of the user's: its arguments in the order of its parameters, defaults filled in.

        Of what is ``bound``, a method or a property, the first argument is the object, or what is its ``receiver``.
        """
        ref, params = function.ref, function.node.params
        helper = self.rows.helper(ref.name, function.source.primal(ref.name)) if ref.name.startswith("_") else None
        if helper is not None:  # the source was generated itself
            return self.apply(node, helper, [], list(node.args), "call", None)
        self.refuse_replaced(node, ref.file, ref.name)
        also = (*([PROPERTY] if bound else []), *(["classmethod"] if receiver is not None else []))
        self.check_decorators(function.source, ref.name, node, also)
        own = params.params[:1] if receiver is not None else ()
        params = params.with_changes(params=params.params[len(own) :])
        given = self.given(node, ref.name, params, partial(self.constant_default, node, function.source))
        if given is None:
            return self.undef()
        if receiver is not None:
            given = {**{param.name.value: receiver for param in own}, **given}
        self.callees[ref] = None
        takes_functions = any(isinstance(value, FunctionValue) for value in given.values())
        decorators = {text for _, text in function.source.decorators(ref.name)}
        runs_again, is_cached = "sct.checkpoint" in decorators, not decorators.isdisjoint(_CACHES)
        if takes_functions or self.is_inline(function) or self.span(node) in self.known.in_line:
            if runs_again:
                raise self.not_again(node, ref.name)
            if is_cached:
                reason = f"`{ref.name}` keeps what it returned, and takes or returns more than numbers"
                raise self.refuse(node, reason, "leave off the decorator that keeps it")
            return self.inline(node, function, given)
        keywords = tuple(param.name.value for param in params.kwonly_params)
        operands = list(given.values())
        span = self.span(node)
        places = {k: self.place(v) for k, v in enumerate(operands) if (span, k) in self.known.writes}
        value = self.emit("call", operands, node, callee=ref, params=list(given), keywords=keywords, bound=bound)
        call = self.block.ops[-1]
        if runs_again:
            call.attrs["checkpoint"] = True
        if is_cached:
            call.attrs["cached"] = True
        for position, (array, path) in places.items():
            self.renew(array, self.emit("written", [array, *path], node, call=call, position=position))
        return value

    def is_inline(self, function: ModuleFunction) -> bool:
        """Whether a function can only be lowered where it is called: it takes ``*args``, or returns a function."""
        inner = {n.name.value for n in walk(function.node.body.body) if isinstance(n, cst.FunctionDef)}
        returned = [n.value for n in walk(function.node.body.body) if isinstance(n, cst.Return)]
        makes = any(isinstance(v, cst.Lambda) or (isinstance(v, cst.Name) and v.value in inner) for v in returned)
        return makes or isinstance(function.node.params.star_arg, cst.Param)

    def not_again(self, node: cst.Call, name: str) -> RefusedError:
        reason = f"`{name}` takes or gives functions or iterators, and cannot be run again in the reverse sweep"
        return self.refuse(node, reason, "let it call the function by its name, and pass numbers and arrays")

    def call_ruled(self, node: cst.Call, function: RuledFunction) -> Value:
        """A call of a function that a rule of the user's differentiates: of it nothing but the parameters is known."""
        rule, name = function.rule, function.ref.spelling
        given = self.given(node, name, rule.params, partial(self.constant_default, node, rule.target or rule.source))
        if given is None:
            return self.undef()
        for param, value in given.items():
            if isinstance(value, FunctionValue):
                help_ = f"give the rule to a function that calls `{name}` and takes no functions itself"
                raise self.refuse(node, f"`{name}` has a rule, and `{param}` is a function", help_)
        self.callees[function.ref] = None
        if rule.definition is not None:
            keywords = [param.name.value for param in rule.params.kwonly_params]
        else:  # the order of its parameters is not known but from the author's call
            keywords = list(given)[sum(argument.keyword is None for argument in node.args) :]
        attrs = {"callee": function.ref, "params": list(given), "keywords": tuple(keywords), "rule": rule}
        return self.emit("call", list(given.values()), node, **attrs)

    def check_decorators(self, source: Source, name: str, call: cst.CSTNode | None, also: Collection[str] = ()) -> None:
        """Refuse a function whose decorator may make another one of it; used in ``call``, or to be differentiated.

        What its decorators may be ``also``, the way that it is called says.
        """
        harmless = _HARMLESS.union([PROPERTY] if call is None else also)
        for decorator, text in source.decorators(name):
            if call is not None and text in ("sct.grad", "sct.value_and_grad"):
                reason = f"a call of `{name}` gives its gradient, as it is decorated with `@{text}`"
                help_ = f"leave the decorator off, and write `{name}_grad = {text}({name})` beside it"
                raise self.refuse(call, reason, help_)
            if not source.is_of_sct(decorator) and text not in harmless:
                reason = f"it is not known what the decorator `@{text.lstrip('.')}` makes of `{name}`"
                help_ = "leave the decorator off, or decorate another name: `g = decorator(f)`"
                if text == CACHED_PROPERTY:
                    reason = f"`{name}` keeps what it was first, whatever is changed since"
                    help_ = "make it a `@property`, or a field"
                note = None if call is None else (self.span(call), "it is used here")
                raise RefusedError([Diagnostic(source.span(decorator), reason, help_, note)])

    def constant_default(self, node: cst.Call, source: Source, param: cst.Param) -> Value:
        """A default of a function of a module: an expression of constants, written where the call is."""
        assert param.default is not None
        names = {name.value for name in m.findall(param.default, m.Name()) if isinstance(name, cst.Name)}
        if m.findall(param.default, _NO_CONSTANT) or names & source.rebound:
            reason = f"the default of `{param.name.value}` is not an expression of constants"
            raise self.refuse(node, reason, "pass the argument")
        scope = self.scope
        self.scope = replace(scope, source=source, locals=frozenset(), outer=None, mark=" global")
        try:
            return self.value(param.default)
        finally:
            self.scope = scope

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
