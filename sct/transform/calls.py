"""Adjoints of calls: of the user's functions, of what these write into, of those with a rule of the user's.

Before: ``%y = call %x, %u callee=g; %u1 = written %u``, and ``%y_bar``, ``%u1_bar``.
After: ``%y, %residuals = call_forward %x, %u``; ``%x_bar, %u_bar = call_reverse %residuals, %u1, %y_bar, %u1_bar``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.analysis.activity import active_positions
from sct.ir.names import GlobalRef
from sct.ir.nodes import Function, Op, Value
from sct.ir.types import NONE, RESIDUALS
from sct.transform.contributions import refused
from sct.transform.elements import Elements
from sct.transform.leaves import adjoint_type, has_adjoint
from sct.transform.scope import Scope, bar_name


def differentiated(call: Op, active: set[Value], positions: Mapping[GlobalRef, tuple[int, ...]]) -> tuple[int, ...]:
    """The positions of the arguments that a callee is differentiated for: those that ``positions`` tells."""
    constants = call.attrs["summary"].constants
    for k in constants:
        if call.operands[k] in active:
            name, callee = call.attrs["params"][k], call.attrs["callee"].name
            reason = f"`{name}` of `{callee}` depends on the inputs here, and a hint says that it is constant"
            raise refused(call, reason, "pass `sct.stop_gradient(…)` of it, or leave the hint off")
    found = positions[call.attrs["callee"]]
    return tuple(k for k in found if call.operands[k].type.is_differentiable and k not in constants)


class Calls(Elements):
    """A reverse sweep's steps for calls."""

    def __init__(self, fn: Function, active: set[Value]) -> None:
        super().__init__(fn, active)
        self._positions = active_positions(fn, active)
        self._writes: dict[Op, list[Op]] = {}
        for op in fn.body.walk():
            if op.name == "written":
                self._writes.setdefault(op.attrs["call"], []).append(op)
        self._handed: dict[Op, Value] = {}

    def is_active(self, call: Op) -> bool:
        """Whether a derivative flows through a call: into its value, or into what it writes."""
        results = [call.results[0], *(op.result for op in self._writes.get(call, []))]
        return not self.active.isdisjoint(results)

    def written(self, op: Op, scope: Scope) -> None:
        """Take what a call made of the adjoint of its argument: the call's reverse makes the earlier one of it."""
        build = scope.builder
        array, *path = op.operands
        path = build.path(path)
        if not self.is_active(op.attrs["call"]):
            build.effect("restore", op.result, op.result, *(path or [build.op("const", value=..., text="...")]))
            return
        if not op.result.type.is_differentiable:
            return
        bar = scope.settle(op.result)
        scope.take(op.result)
        if path:
            bar = build.buffer(bar, path)
            part = self.part_of(bar, path, build)
            part = build.op("copy", part, lib="numpy", style="method", temp=part.temp)
            scope.set(array, build.op("store", bar, build.const(0.0), *path, hint=bar_name(array)))
            bar = part
        self._handed[op] = bar

    def ruled(self, op: Op, scope: Scope) -> None:
        """The adjoint of a call that a rule of the user's differentiates."""
        rule, value = op.attrs["rule"], op.result
        stated = rule.statements.get("adjoint")
        if stated is None:
            raise refused(op, f"`{rule.key[1]}` has no adjoint rule", rule.missing("adjoint"))
        bar = scope.whole(value, take=True)
        live = [k for k, operand in enumerate(op.operands) if k in stated.live and operand in self.active]
        types = [adjoint_type(operand.type) if k in live else NONE for k, operand in enumerate(op.operands)]
        bars = scope.builder.typed("call_rule", [value, bar, *op.operands], types, callee=stated.ref)
        for k in live:
            bars[k].temp = f"{op.attrs['params'][k]}_bar"
            scope.receive(op.operands[k], bars[k])

    def call(self, op: Op, scope: Scope) -> None:
        if "rule" in op.attrs:
            self.ruled(op, scope)
            return
        if op.attrs.get("checkpoint") and op.attrs["summary"].writes:
            reason = f"`{op.attrs['callee'].label}` is run again in the reverse sweep, and writes into an argument"
            raise refused(op, reason, "let it make a copy, and return it")
        build = scope.builder
        value = op.results[0]
        bar = scope.whole(value, take=True) if has_adjoint(value) else None
        writes = self._writes.get(op, [])
        arrays = [
            build.op("getitem", w.result, *build.path(w.operands[1:])) if w.operands[1:] else w.result for w in writes
        ]
        given = [*arrays, *([] if bar is None else [bar]), *(self._handed[w] for w in writes if w in self._handed)]
        wrt = differentiated(op, self.active, self._positions)
        before = {w.attrs["position"]: w.operands[0] for w in writes if not w.operands[1:]}
        name = op.attrs["callee"].label
        types = [value.type for value in op.operands]
        op.name = "call_forward"
        op.attrs.update(wrt=wrt, types=types)
        op.results.append(Value(RESIDUALS, hint=f"{name}_residuals"))
        results = [adjoint_type(op.operands[k].type) for k in wrt]
        attrs = {key: op.attrs.get(key) for key in ("callee", "wrt", "types", "summary", "checkpoint")}
        bars = build.typed("call_reverse", [op.results[1], *given], results, **attrs)
        for k, part in zip(wrt, bars, strict=True):
            part.temp = f"{name}_{op.attrs['params'][k]}_bar"
            if k in before:
                part.hint = bar_name(before[k])
                scope.set(before[k], part)
            elif op.operands[k] in self.active:
                scope.receive(op.operands[k], part)
