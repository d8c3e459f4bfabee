"""Calls of the user's functions to SSA.

Before: ``g(x, k=2)`` with ``def g(a, b=0.5, k=1)``.
After: ``call g(%x, 0.5, 2)``: the arguments in the order of the parameters, defaults filled in.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from functools import partial

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.arguments import Given
from sct.frontend.decorators import CACHED_PROPERTY, PROPERTY, decorators, is_of_sct
from sct.frontend.known import Known
from sct.frontend.library_calls import LibraryCalls
from sct.frontend.parse import Source
from sct.frontend.plain import primal
from sct.frontend.scan import walk
from sct.frontend.scopes import Closure, FunctionValue, ModuleFunction, RuledFunction, Scope
from sct.frontend.vocabulary import Vocabulary
from sct.ir.names import GlobalRef
from sct.ir.nodes import Value

# Decorators that keep what a function returned, and give it again.
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
# Decorators that leave a function's value as it is.
_HARMLESS = frozenset(
    {"numba.jit", "numba.njit", "staticmethod", "jaxtyping.jaxtyped", "beartype.beartype", "typeguard.typechecked"}
    | {"typing.final", "typing.no_type_check"}
    | _CACHES
)


class FunctionCalls(LibraryCalls):
    """Lowers calls of functions of modules; ``callees`` are those that the function calls."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.callees: dict[GlobalRef, None] = {}

    @abstractmethod
    def inline(self, node: cst.CSTNode, function: Closure | ModuleFunction, given: Given) -> Value:
        """Lower a call where it stands."""

    def call_function(
        self, node: cst.Call, function: ModuleFunction, bound: str = "", receiver: Value | None = None
    ) -> Value:
        """A call of a function of the user's: its arguments in the order of its parameters, defaults filled in.

        Of what is ``bound``, a method or a property, the first argument is the object, or what is its ``receiver``.
        """
        ref, params = function.ref, function.node.params
        helper = self.rows.helper(ref.name, primal(function.source, ref.name)) if ref.name.startswith("_") else None
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
        if function.source.file == self.rows.definitions:
            return self.inline(node, function, given)
        self.callees[ref] = None
        takes_functions = any(isinstance(value, FunctionValue) for value in given.values())
        kinds = {text for _, text in decorators(function.source, ref.name)}
        runs_again, is_cached = "sct.checkpoint" in kinds, not kinds.isdisjoint(_CACHES)
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
        """Whether a function can only be lowered where it is called: it takes stars, or returns a function."""
        inner = {n.name.value for n in walk(function.node.body.body) if isinstance(n, cst.FunctionDef)}
        returned = [n.value for n in walk(function.node.body.body) if isinstance(n, cst.Return)]
        makes = any(isinstance(v, cst.Lambda) or (isinstance(v, cst.Name) and v.value in inner) for v in returned)
        params = function.node.params
        return makes or isinstance(params.star_arg, cst.Param) or params.star_kwarg is not None

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
        for decorator, text in decorators(source, name):
            if call is not None and text in ("sct.grad", "sct.value_and_grad"):
                reason = f"a call of `{name}` gives its gradient, as it is decorated with `@{text}`"
                help_ = f"leave the decorator off, and write `{name}_grad = {text}({name})` beside it"
                raise self.refuse(call, reason, help_)
            if not is_of_sct(source, decorator) and text not in harmless:
                reason = f"it is not known what the decorator `@{text.lstrip('.')}` makes of `{name}`"
                help_ = "leave the decorator off, or decorate another name: `g = decorator(f)`"
                if text == CACHED_PROPERTY:
                    reason = f"`{name}` keeps what it was first, whatever is changed since"
                    help_ = "make it a `@property`, or a field"
                note = None if call is None else (self.span(call), "it is used here")
                raise RefusedError([Diagnostic(source.span(decorator), reason, help_, note)])
