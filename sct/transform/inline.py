"""Puts small straight-line functions in the place of the calls that a derivative flows through.

Before: ``%y = call cube(%x)``, where ``cube(t)`` is ``%s = mul %t, %t; %c = mul %s, %t; yield %c``.
After: ``%s = mul %x, %x; %y = mul %s, %x``.

A pair of functions for the sweeps, with residuals handed from one to the other, is longer to read and to run than a few
statements; what a call computes beside what is needed goes, and constants that it is given are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sct.analysis.activity import active_values
from sct.analysis.summary import Summary
from sct.ir.instead import Instead
from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import WRITES
from sct.ir.types import Type
from sct.transform.simplify import simplify

_EFFECTS = WRITES | {"print", "assert", "raise", "check", "adjoint_of", "undef", "put", "step"}
# Statements: of a function; of several calls together that give several numbers, whose adjoints would go in a tuple.
_SOME = 24
_FEW = 8


def inline(fn: Function, wrt: Sequence[int], taken: Collection[str], callee: Callable[[Op], Function]) -> None:
    """Replace calls in ``fn`` by what they call, and those in that.

    Parameters
    ----------
    wrt : sequence of int
        The positions of the active parameters.
    taken : collection of str
        Names that no variable may have.
    callee : callable
        The typed function that a call calls.
    """
    own = {value.hint for block in fn.body.blocks() for value in _values(block) if value.hint}
    inliner = _Inliner(frozenset(taken) | own, callee)
    while any(op.name == "call" for op in fn.body.walk()):
        active = active_values(fn, [fn.params[k] for k in wrt])
        calls = [op for op in fn.body.walk() if op.name == "call" and op.result in active]
        sites = Counter(op.attrs["callee"] for op in calls)
        inliner.partial = _partly_used(fn)
        chosen = {op: body for op in calls if (body := inliner.body(op, sites[op.attrs["callee"]])) is not None}
        chosen |= _elsewhere(fn, chosen)
        if not chosen:
            return
        inliner.constants = {op.result for op in fn.body.walk() if op.name == "const"}
        for block in list(fn.body.blocks()):
            block.ops = [new for op in block.ops for new in inliner.expanded(op, chosen.get(op))]
        inliner.substitute(fn.body)
        simplify(fn, inliner.specialised)
        inliner.unbind(fn.body)


def _elsewhere(fn: Function, chosen: dict[Op, Function]) -> dict[Op, Function]:
    """The other calls, of the same types, of the functions of one statement that are ``chosen``: these read alike."""
    known = {_asked(op): body for op, body in chosen.items() if len({inner.stmt for inner in body.body.ops}) == 1}
    calls = [op for op in fn.body.walk() if op.name == "call" and not _stays(op)]
    return {op: known[_asked(op)] for op in calls if _asked(op) in known}


def _stays(call: Op) -> bool:
    """Whether a call has to be one: by a rule or a mark, or as it is in what it calls."""
    attrs = call.attrs
    return "rule" in attrs or bool(attrs.get("checkpoint")) or attrs["callee"] in attrs.get("within", ())


def _asked(call: Op) -> tuple[GlobalRef, tuple[Type, ...]]:
    return call.attrs["callee"], tuple(value.type for value in call.operands)


@dataclass
class _Inliner:
    taken: frozenset[str]
    callee: Callable[[Op], Function]
    named: set[Value] = field(default_factory=set)
    instead: Instead = field(default_factory=Instead)
    parts: dict[Value, list[Value]] = field(default_factory=dict)
    partial: set[Op] = field(default_factory=set)
    constants: set[Value] = field(default_factory=set)
    specialised: list[Op] = field(default_factory=list)

    def body(self, call: Op, sites: int) -> Function | None:
        """What the call calls, if it is to be read where it is called."""
        summary = call.attrs["summary"]
        if _stays(call) or summary.writes or summary.constants or not _is_new(summary):
            return None
        fn = self.callee(call)
        if any(op.blocks or op.name in _EFFECTS for op in fn.body.ops):
            return None
        count = len({op.stmt for op in fn.body.ops})
        if count > 1 and sites > 1 and call not in self.partial:
            return fn if summary.type.kind == "tuple" and count * sites <= _FEW else None
        return fn if count <= _SOME else None

    def expanded(self, op: Op, body: Function | None) -> list[Op]:
        """The operations in the place of ``op``."""
        if op.name == "item" and (parts := self.parts.get(self.instead.final(op.operands[0]))) is not None:
            self.becomes(op.result, parts[op.attrs["index"]])
            return []
        if body is None:
            return [op]
        env = dict(zip(body.params, op.operands, strict=True))
        stmts = {inner.stmt: inner.stmt and replace(inner.stmt, comments=(), trailing=None) for inner in body.body.ops}
        if len(stmts) == 1:
            stmts = dict.fromkeys(stmts, op.stmt)
        else:
            for param, value in env.items():
                value.temp = value.temp or param.hint
        new = []
        for inner in body.body.ops:
            made = self.copied(inner, env)
            made.stmt = stmts[inner.stmt]
            if made.name == "call":
                made.attrs["within"] = (*op.attrs.get("within", ()), op.attrs["callee"])
            new.append(made)
        for value in env.values():
            if value.hint in self.taken and value not in op.operands:
                value.hint = self.free(f"{op.attrs['callee'].label}_{value.hint}")
        self.named.update(value for value in env.values() if value.hint and value not in op.operands)
        if not self.constants.isdisjoint(op.operands):
            self.specialised += new
            self.constants |= {made.result for made in new if made.name == "const"}
        self.parts.update({made.result: made.operands for made in new if made.name == "tuple"})
        value = env[body.result]
        if value.hint is None and value not in op.operands:
            value.temp = f"{op.attrs['callee'].label}_value"
        self.becomes(op.result, value)
        return new

    def copied(self, op: Op, env: dict[Value, Value]) -> Op:
        for result in op.results:
            env[result] = Value(result.type, result.hint, result.temp)
        attrs: dict[str, Any] = {k: env.get(v, v) if isinstance(v, Value) else v for k, v in op.attrs.items()}
        attrs["inlined"] = True
        return Op(op.name, [env[v] for v in op.operands], [env[v] for v in op.results], attrs, op.span)

    def becomes(self, result: Value, value: Value) -> None:
        """Let ``value`` stand for ``result``, and have its name."""
        value = self.instead.final(value)
        self.instead[result] = value
        if result.hint is not None and (value.hint is None or value in self.named):
            value.hint = result.hint

    def unbind(self, body: Block) -> None:
        """Let a second name for a value, which simplification may leave, be the first one."""
        binds = [op for op in body.walk() if op.name == "bind"]
        self.instead.update((op.result, op.operands[0]) for op in binds)
        for block in body.blocks() if binds else ():
            block.ops = [op for op in block.ops if op.name != "bind"]
        self.substitute(body)

    def free(self, name: str) -> str:
        while name in self.taken:
            name += "_"
        return name

    def substitute(self, body: Block) -> None:
        self.instead.substitute(body)
        for op in body.walk():
            op.attrs = {k: self.instead.final(v) if isinstance(v, Value) else v for k, v in op.attrs.items()}


def _partly_used(fn: Function) -> set[Op]:
    """The calls of whose values some parts are not used."""
    users: dict[Value, list[Op]] = {}
    for op in fn.body.walk():
        for value in op.operands:
            users.setdefault(value, []).append(op)
    handed_on = {value for block in fn.body.blocks() for value in block.yields}
    found = set()
    for op in fn.body.walk():
        if op.name == "call" and op.result.type.kind == "tuple" and op.result not in handed_on:
            items = users.get(op.result, [])
            needed = (user for user in items if any(v in users or v in handed_on for v in user.results))
            used = {user.attrs.get("index") for user in needed}
            if all(item.name == "item" for item in items) and len(used) < len(op.result.type.items):
                found.add(op)
    return found


def _is_new(summary: Summary) -> bool:
    """Whether a call's value is numbers, or an array that shares no memory with another."""
    return _is_numbers(summary.type) or (summary.type.is_array and not any(summary.shows))


def _is_numbers(type_: Type) -> bool:
    return type_.is_scalar or (type_.kind == "tuple" and all(map(_is_numbers, type_.items)))


def _values(block: Block) -> list[Value]:
    return [*block.args, *(result for op in block.ops for result in op.results)]
