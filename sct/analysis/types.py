"""Kinds and shapes of every value.

Before: ``%y = matmul %A, %v`` with parameters of known types.
After: the same function; each value's ``type`` says what is known of it.

A forward walk; the phis join, and a loop is walked until its carried types are stable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sct.analysis.called import of_call
from sct.analysis.deciding import decided, take_decided
from sct.analysis.differentiated import as_float, of_adjoint, of_derivative
from sct.analysis.joins import join
from sct.analysis.operations import identified, infer_op, literal_type
from sct.analysis.optional import Optionals
from sct.analysis.rank_0 import makes_array
from sct.analysis.summary import Summary
from sct.analysis.sums import begun
from sct.errors import Diagnostic, RefusedError
from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, For, Function, Hook, If, Loop, Op, Value, While
from sct.ir.sizes import fresh_like
from sct.ir.types import INT, UNDEF, Type
from sct.rules.table import Unsupported

Callee = Callable[[GlobalRef, Sequence[Type]], Summary]


def infer_types(fn: Function, params: Sequence[Type], callee: Callee, exact: bool) -> None:
    """Set the type of every value of ``fn``, given those of its parameters, and the summary of every call.

    Of types that are not ``exact`` what is told to be another thing may be None, and a dict may have other keys.

    Raises
    ------
    RefusedError
        Where an operation does not take operands of these types.
    """
    for value, type_ in zip(fn.params, params, strict=True):
        value.type = identified(type_)
    _Walk(fn, callee, exact).block(fn.body)
    take_decided(fn)


class _Walk:
    def __init__(self, fn: Function, callee: Callee, exact: bool) -> None:
        self.fn = fn
        self.exact = exact
        self.callee = callee
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.optionals = Optionals(fn)
        self.zeros = {*begun(fn), *(value for value, op in self.makers.items() if op.attrs.get("of_arrays"))}

    def block(self, block: Block) -> None:
        for op in block.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        if isinstance(op, If) and (taken := decided(op, self.fn, self.makers, self.exact)) is not None:
            op.attrs["taken"] = taken
            self.block(op.blocks[taken])
            for result, value in zip(op.results, op.blocks[taken].yields, strict=True):
                result.type = value.type
        elif isinstance(op, If):
            self.branch(op)
        elif op.name == "refused":  # in a branch that is not left out
            raise RefusedError(op.attrs["problems"])
        elif isinstance(op, Loop):
            self.loop(op)
        elif isinstance(op, Hook):
            op.body.args[0].type = of_adjoint(op.operands[0].type)
            self.block(op.body)
        elif op.name == "call":
            given = [value.type for value in op.operands]
            rule = op.attrs.get("rule")
            summary = self.summary(op, given) if rule is None else Summary(rule.result(given))
            op.result.type, op.attrs["summary"] = of_call(summary.type, given), summary
        elif op.name == "nested":
            self.nested(op)
        elif op.name == "global":
            op.result.type = op.attrs["type"] = self.constant(op)
        else:
            infer_op(op)
            if op.name in ("in", "not_in") and not self.exact:
                op.result.type = replace(op.result.type, dim=None)
            if makes_array(op):
                op.result.type = replace(op.result.type, shape=())

    def summary(self, op: Op, given: Sequence[Type]) -> Summary:
        """What a call of a function means."""
        try:
            return self.callee(op.attrs["callee"], given)
        except Unsupported as problem:
            if op.span is None:
                raise
            raise RefusedError([Diagnostic(op.span, problem.reason, problem.help)]) from None

    def constant(self, op: Op) -> Type:
        """The type of a constant of a module."""
        if "value" in op.attrs:
            return literal_type(op.attrs["value"])
        try:
            return self.callee(op.attrs["ref"], ()).type
        except RefusedError as problem:
            assert op.span is not None
            first = problem.diagnostics[0]
            reason = f"the module constant `{op.attrs['name']}` is not known: {first.reason}"
            found = Diagnostic(op.span, reason, "pass it as an argument", (first.span, "it is made here"))
            raise RefusedError([found], problem.sources) from None

    def nested(self, op: Op) -> None:
        """The type of a derivative: no more is needed to generate the function that a call of it calls then."""
        wrt = op.attrs["wrt"]
        given = [as_float(v.type) if k in wrt else v.type for k, v in enumerate(op.operands[: len(op.attrs["params"])])]
        summary = self.summary(op, given)
        op.attrs["types"], op.attrs["summary"] = given, summary
        op.result.type = of_derivative(op.attrs["form"], of_call(summary.type, given), [given[k] for k in wrt])

    def branch(self, op: If) -> None:
        left_out = self.optionals.left_out(op)  # in a first turn; maybe in no other
        op.attrs["taken"] = None if left_out is None else 1 - left_out
        for k, block in enumerate(op.blocks):
            if k != left_out:
                self.block(block)
        for result, *yields in zip(op.results, op.then.yields, op.orelse.yields, strict=True):
            a, b = (UNDEF if k == left_out else value.type for k, value in enumerate(yields))
            result.type = self.join(result, a, b, begins=not self.zeros.isdisjoint(yields))

    def join(self, value: Value, a: Type, b: Type, keep: bool = False, begins: bool = False) -> Type:
        """The type of a ``value`` that is an ``a`` or a ``b``.

        One that ``begins`` a sum of arrays is soon one of them.  An optional one is not None where it is read; of a
        float, the type itself says that it may be.
        """
        if begins and {a.kind, b.kind} in ({"int", "array"}, {"float", "array"}):
            found, number = (a, b) if a.is_array else (b, a)
            return found if number.kind == "int" or found.dtype == "float" else join(a, b, keep)
        other = b if a.kind == "none" else a if b.kind == "none" else UNDEF
        if value in self.optionals.values and _may_be_absent(other):
            return other
        return join(a, b, keep)

    def loop(self, op: Loop) -> None:
        self.zeros.update(arg for arg, init in zip(op.carried, op.inits, strict=True) if init in self.zeros)
        if isinstance(op, For) and op.body.args[0].type.dim is None:  # sizes that were noted have its name
            op.body.args[0].type = identified(INT)
        entry = [_loose(value.type) for value in op.inits]
        while True:
            for arg, type_ in zip(op.carried, entry, strict=True):
                arg.type = type_
            if isinstance(op, While):
                for arg, type_ in zip(op.test.args, entry, strict=True):
                    arg.type = type_
                self.block(op.test)
            self.block(op.body)
            handed = [_of_a_turn(value.type, type_) for type_, value in zip(entry, op.nexts, strict=True)]
            joined = [
                self.join(arg, a, b, keep=True, begins=arg in self.zeros)
                for arg, a, b in zip(op.carried, entry, handed, strict=True)
            ]
            joined = [_parted(*types) for types in zip(joined, handed, (v.type for v in op.inits), strict=True)]
            if joined == entry:
                break
            entry = joined
        for result, type_ in zip(op.results, entry, strict=True):
            result.type = type_


def _may_be_absent(type_: Type) -> bool:
    """Whether what is not None has this type though it may be: an array, an integer, a tuple of numbers."""
    if type_.kind == "tuple":
        return all(item.is_scalar for item in type_.items)
    return type_.kind in ("array", "int", "bool")


def _of_a_turn(type_: Type, before: Type) -> Type:
    """The type of what a turn hands on: what is unknown of it need not be the same in the next turn."""
    if type_.kind in ("tuple", "list") and len(type_.items) == len(before.items):
        return replace(type_, items=tuple(map(_of_a_turn, type_.items, before.items)))
    if not type_.is_array or type_.shape is None:
        return _loose(type_)
    known = before.shape or ()
    loose = [isinstance(dim, str) and dim.startswith("?") and dim not in known for dim in type_.shape]
    shape = tuple(fresh_like(dim) if new else dim for dim, new in zip(type_.shape, loose, strict=True))
    return Type("array", shape, type_.dtype)


def _parted(joined: Type, handed: Type, first: Type) -> Type:
    """The joined type of what a loop carries: a size that changes is not called what it is ``first``."""
    if joined.kind in ("tuple", "list") and len(joined.items) == len(handed.items) == len(first.items):
        return replace(joined, items=tuple(map(_parted, joined.items, handed.items, first.items)))
    if joined.shape is None or handed.shape is None or first.shape is None:
        return joined
    sizes = zip(joined.shape, handed.shape, first.shape, strict=True)
    return replace(joined, shape=tuple(fresh_like(a) if a == c != b else a for a, b, c in sizes))


def _loose(type_: Type) -> Type:
    """A carried number's value is not known: it changes from turn to turn."""
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_
