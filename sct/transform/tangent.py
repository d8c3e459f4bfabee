"""Forward mode: from a function to its tangent.

Before: ``%v = mul %x1, %x2``.
After: ``%v = mul %x1, %x2; %1 = mul %x2, %x1_dot; %2 = mul %x1, %x2_dot; %v_dot = add %1, %2``.

Each operation is followed by its derivative applied to the tangents of its operands (Griewank and Walther, Evaluating
Derivatives, 2008, section 3.1).  A loop carries the tangents of what it carries.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.activity import active_positions
from sct.analysis.mixed import refuse_mixed
from sct.ir.names import tangent_names
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.transform.build import Builder
from sct.transform.calls import differentiated
from sct.transform.clamps import Clamps
from sct.transform.leaves import adjoint_type, has_adjoint
from sct.transform.pushforward import Pushforward


def tangent(fn: Function, active: set[Value], wrt: Sequence[int]) -> tuple[list[Value], set[Op]]:
    """Add the tangents to ``fn``, in place.

    Returns
    -------
    list of Value
        The tangents of the parameters at ``wrt``, which become parameters.
    set of Op
        The operations that were added.
    """
    refuse_mixed(fn, active)
    forward = _Forward(fn, active)
    seeds = []
    for position, name in zip(wrt, tangent_names(fn.param_names, wrt), strict=True):
        value = fn.params[position]
        seed = Value(adjoint_type(value.type), name)
        forward.dots[value] = seed
        seeds.append(seed)
    value, *written = fn.body.yields
    forward.block(fn.body)
    build = Builder(fn.body)
    results = [value, forward.dot(value, build)] if has_adjoint(value) else []
    fn.body.yields = [*results, *(forward.dot(last, build) for last in written if last.type.is_differentiable)]
    fn.body.args += seeds
    return seeds, forward.added


class _Forward(Pushforward):
    def __init__(self, fn: Function, active: set[Value]) -> None:
        super().__init__(Clamps(fn, active))
        self.active = active
        self.positions = active_positions(fn, active)
        self.added: set[Op] = set()
        self.writes: dict[Op, list[Value]] = {}
        for op in fn.body.walk():
            if op.name == "written":
                self.writes.setdefault(op.attrs["call"], []).append(op.result)

    def block(self, block: Block) -> None:
        ops, block.ops = block.ops, []
        for op in ops:
            if isinstance(op, If):
                self.branch(op, block)
            elif isinstance(op, Loop):
                self.loop(op, block)
            else:
                self.op(op, block)

    def op(self, op: Op, block: Block) -> None:
        build = Builder(block)
        build.at(op)
        start = len(block.ops)
        is_call = op.name == "call" and "rule" not in op.attrs
        if is_call and not self.active.isdisjoint([op.result, *self.writes.get(op, [])]):
            self.call(op, build)
            self.added.update(block.ops[start:])
            return
        block.ops.append(op)
        if any(result in self.active for result in op.results):
            dot = self.derivative(op, build)
            if dot is not None:
                result = op.result
                dot.hint = dot.hint or self.name(result)
                dot.temp = result.temp and f"{result.temp}_dot"
                if dot.type.kind == "unknown" or (result.type.is_array and result not in self.narrow):
                    dot.type = adjoint_type(result.type)
                if dot in self.dots.values() and result.hint is not None and dot.hint != self.name(result):
                    dot = build.op("bind", dot, hint=self.name(result))
                self.dots[result] = dot
        self.added.update(inner for inner in block.ops[start:] if inner is not op)
        if op.results and not any(op.result in inner.operands for inner in block.ops[start + 1 :]):
            # The tangent first: it may read the name that the value takes over.
            block.ops[start:] = [*block.ops[start + 1 :], op]

    def call(self, op: Op, build: Builder) -> None:
        wrt = differentiated(op, self.active, self.positions)
        tangents = [self.dot(op.operands[k], build) for k in wrt]
        types = [value.type for value in op.operands]
        attrs = {**op.attrs, "wrt": wrt, "types": types}
        result, results = op.result, list[Value]()
        if has_adjoint(result):
            result.temp = result.temp or f"{op.attrs['callee'].label}_value"
            self.dots[result] = Value(adjoint_type(result.type), self.name(result), f"{op.attrs['callee'].label}_dot")
            results = [result, self.dots[result]]
        for array in self.writes.get(op, []):
            if array.type.is_differentiable:
                self.handed[array] = Value(adjoint_type(array.type), self.name(array))
                results.append(self.handed[array])
        build.block.ops.append(Op("call_tangent", [*op.operands, *tangents], results, attrs, op.span, op.stmt))

    def branch(self, op: If, block: Block) -> None:
        for owned in op.blocks:
            self.block(owned)
        for k in range(len(op.results)):
            result = op.results[k]
            if result not in self.active:
                continue
            dot = Value(adjoint_type(result.type), self.name(result), result.temp and f"{result.temp}_dot")
            for owned in op.blocks:
                build = Builder(owned)
                build.at(op)
                start = len(owned.ops)
                owned.yields.append(self.dot(owned.yields[k], build, result.type))
                self.added.update(owned.ops[start:])
            op.results.append(dot)
            self.dots[result] = dot
            if op.attrs.get("form") != "stmt":
                op.attrs["form"] = "stmt"
        block.ops.append(op)

    def loop(self, op: Loop, block: Block) -> None:
        states = [
            k for k, pair in enumerate(zip(op.results, op.carried, strict=True)) if not self.active.isdisjoint(pair)
        ]
        build = Builder(block)
        build.at(op)
        start = len(block.ops)
        inits = [self.dot(op.inits[k], build, op.carried[k].type) for k in states]
        self.added.update(block.ops[start:])
        for k in states:
            arg, result = op.carried[k], op.results[k]
            self.dots[arg] = Value(adjoint_type(arg.type), self.name(arg), arg.temp and f"{arg.temp}_dot")
            if isinstance(op, While):
                self.dots[op.test.args[k]] = Value(adjoint_type(arg.type), self.name(arg))
            self.dots[result] = Value(
                adjoint_type(result.type), self.name(result), result.temp and f"{result.temp}_dot"
            )
        carried, tests = list(op.carried), list(op.test.args) if isinstance(op, While) else []
        self.block(op.body)
        inside = Builder(op.body)
        inside.at(op)
        start = len(op.body.ops)
        nexts = [self.dot(op.nexts[k], inside, op.carried[k].type) for k in states]
        self.added.update(op.body.ops[start:])
        op.operands += inits
        op.body.args += [self.dots[carried[k]] for k in states]
        if isinstance(op, While):
            op.test.args += [self.dots[tests[k]] for k in states]
        op.body.yields += nexts
        op.results += [self.dots[op.results[k]] for k in states]
        block.ops.append(op)
