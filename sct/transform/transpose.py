"""Reverse mode: from a function to its adjoint.

Before::

    F(x1, x2):  %v = mul %x1, %x2;  yield %v

After::

    F_adjoint(x1, x2, F_bar):  %v = mul %x1, %x2
                               %x1_bar = mul %x2, %F_bar;  %x2_bar = mul %x1, %F_bar
                               yield (%v, (%x1_bar, %x2_bar))

The reverse sweep visits the operations backwards and applies the transpose of each one's derivative (Griewank and
Walther, Evaluating Derivatives, 2008, section 3.2).  An ``If`` becomes an ``If``, a loop a loop that runs backwards.
The reverse blocks name forward values as if they were still at hand; ``transform.residuals`` makes that true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sct.analysis.sharing import shown_by
from sct.errors import Diagnostic, RefusedError
from sct.frontend.rule_text import Update, is_update
from sct.ir.nodes import (
    FLOAT,
    INT,
    RESIDUALS,
    WRITES,
    Block,
    Dim,
    For,
    Function,
    If,
    Op,
    Type,
    Value,
    While,
    is_whole,
    repeats,
)
from sct.ir.paths import STEP
from sct.rules.table import Unsupported, lookup
from sct.transform.build import Builder
from sct.transform.ranges import reversed_range, reversed_turns
from sct.transform.turns import count_turns


@dataclass
class Adjoint:
    """The adjoint of a function before its residuals are provided for.

    Attributes
    ----------
    fn : Function
        Both sweeps in one body.
    boundary : int
        The index of the reverse sweep's first operation in the body.
    mirrors : dict of Block to Block
        The forward block that a reverse block runs backwards.
    bars : list of Value
        The adjoints that are returned.
    written : list of Value
        Of a callee: the last versions of the parameters that it writes into.
    seeds : list of Value
        The adjoints that come in: of the value if it has one, and of those parameters.
    """

    fn: Function
    boundary: int
    value_type: Type
    bars: list[Value] = field(default_factory=list)
    written: list[Value] = field(default_factory=list)
    seeds: list[Value] = field(default_factory=list)
    mirrors: dict[Block, Block] = field(default_factory=dict)

    @property
    def reverse(self) -> list[Op]:
        """The operations of the reverse sweep."""
        return self.fn.body.ops[self.boundary :]


def transpose(fn: Function, active: set[Value], wrt: Sequence[int]) -> Adjoint:
    """The adjoint of ``fn`` with respect to the parameters at the positions ``wrt``; consumes ``fn``.

    Raises
    ------
    RefusedError
        Where an active operation has no derivative rule.
    """
    body = fn.body
    value, *written = body.yields
    count_turns(body, active)
    _name_result(value, body, f"{fn.name}_value")
    adjoint = Adjoint(fn, len(body.ops), value.type, written=written)
    if has_adjoint(value):
        adjoint.seeds.append(Value(_adjoint_type(value.type), hint=f"{fn.name}_bar"))
    sweep = _Sweep(active, adjoint)
    forward = list(body.ops)
    scope = _Scope(Builder(body))
    scope.builder.origin = Op("return", [value], [])
    if value in active and value.type.kind == "tuple":
        sweep.receive(value, adjoint.seeds[0], scope)
    elif value in active:
        scope.bars[value] = adjoint.seeds[0]
    for k, last in zip(fn.hands_back, written, strict=True):
        if last.type.is_differentiable:
            adjoint.seeds.append(Value(_adjoint_type(last.type), hint=f"{fn.param_names[k]}_bar"))
            if last in active:
                scope.add(last, adjoint.seeds[-1])
    sweep.region(forward, scope)
    for position in wrt:
        adjoint.bars.append(scope.settle(fn.params[position]))
    body.args += adjoint.seeds
    body.yields = [value, *adjoint.bars]
    return adjoint


def has_adjoint(value: Value) -> bool:
    """Whether the reverse sweep of a function takes an adjoint of its value: a procedure has none."""
    return value.type.kind not in ("none", "str")


def bar_name(value: Value) -> str | None:
    """The name of a value's adjoint."""
    return f"{value.hint}_bar" if value.hint else None


def _adjoint_type(type_: Type) -> Type:
    if type_.kind == "array":
        return Type("array", type_.shape)
    if type_.kind == "tuple":
        return Type("tuple", items=tuple(map(_adjoint_type, type_.items)))
    return FLOAT if type_.is_scalar else type_


def _name_result(value: Value, body: Block, name: str) -> None:
    """Call an unnamed result ``name``."""
    if value.hint is None and value not in body.args and value.type.kind != "none":
        value.hint = name


class _Scope:
    """The adjoints known at a place of the reverse sweep, and the builder that appends there.

    In a loop, the adjoint of a value from outside becomes a carried value of the reverse loop when it is first used.
    """

    def __init__(self, builder: Builder, parent: _Scope | None = None, local: set[Value] | None = None) -> None:
        self.builder = builder
        self.parent = parent
        self.local = local
        self.bars: dict[Value, Value] = {}
        self.parts: dict[Value, list[Value | None]] = {}
        self.outer: dict[Value, Value] = {}

    def get(self, value: Value) -> Value | None:
        if value in self.bars:
            return self.bars[value]
        if self.parent is None:
            return None
        if self.local is None:
            return self.parent.get(value)
        if value in self.local:
            return None
        arg = Value(_adjoint_type(value.type), bar_name(value), value.temp and f"{value.temp}_bar")
        self.outer[value] = arg
        self.bars[value] = arg
        return arg

    def zero(self, value: Value) -> Value:
        name = bar_name(value)
        if value.type.is_scalar:
            return self.builder.op("const", value=0.0, text="0.0", hint=name)
        return self.builder.op("zeros_like", value, hint=name, lib="numpy", style="call")

    def settle(self, value: Value) -> Value:
        """The adjoint, zero if nothing contributed."""
        found = self.get(value)
        return self.zero(value) if found is None else found

    def take(self, value: Value) -> Value | None:
        """The adjoint of a value whose definition is passed; it is not needed any more."""
        return self.bars.pop(value, None)

    def add(self, value: Value, contribution: Value) -> None:
        """Add to the adjoint of a value."""
        before = self.get(value)
        name = bar_name(value)
        if before is not None:
            temp = before.temp
            self.bars[value] = self.builder.op("accumulate", before, contribution, hint=name, temp=temp)
        elif name is not None and contribution.hint is not None:
            self.bars[value] = self.builder.op("bind", contribution, hint=name)
        else:
            contribution.hint = contribution.hint or name
            contribution.temp = contribution.temp or (value.temp and f"{value.temp}_bar")
            self.bars[value] = contribution
        if value.type.kind == "array" and value.type.shape is not None:
            self.bars[value].type = _adjoint_type(value.type)


class _Sweep:
    def __init__(self, active: set[Value], adjoint: Adjoint) -> None:
        self.active = active
        self.adjoint = adjoint
        self.makers = {result: op for op in adjoint.fn.body.walk() for result in op.results}
        self.kept: set[Value] = set()
        self.writes: dict[Op, list[Op]] = {}
        for op in adjoint.fn.body.walk():
            if op.name == "written":
                self.writes.setdefault(op.attrs["call"], []).append(op)
        self.handed: dict[Op, Value] = {}

    def region(self, ops: list[Op], scope: _Scope) -> None:
        for op in reversed(ops):
            scope.builder.at(op)
            self.op(op, scope)

    def op(self, op: Op, scope: _Scope) -> None:
        if isinstance(op, If):
            self.branch(op, scope)
        elif isinstance(op, For | While):
            self.loop(op, scope)
        elif op.name == "store":
            self.store(op, scope)
        elif op.name == "tuple":
            self.unpack(op, scope)
        elif op.name == "written":
            self.written(op, scope)
        elif op.name == "call":
            if self.is_active(op):
                self.call(op, scope)
        elif any(result in self.active for result in op.results):
            bar = scope.take(op.results[0])
            parts = scope.parts.pop(op.results[0], None)
            if parts is not None:
                bar = self.pack(op.results[0], parts, scope)
            if bar is not None:
                self.simple(op, bar, scope)

    # straight-line operations

    def receive(self, value: Value, bar: Value, scope: _Scope) -> None:
        """Add ``bar`` to the adjoint of ``value``, which may be a tuple."""
        if value.type.kind != "tuple":
            scope.add(value, bar)
            return
        for index, item in enumerate(value.type.items):
            if item.is_differentiable:
                part = scope.builder.op("item", bar, index=index, temp=f"{bar.hint or 'part'}_{index}")
                part.type = _adjoint_type(item)
                self.part(value, index, part, scope)

    def part(self, value: Value, index: int, bar: Value, scope: _Scope) -> None:
        parts = scope.parts.setdefault(value, [None] * len(value.type.items))
        before = parts[index]
        parts[index] = bar if before is None else scope.builder.op("accumulate", before, bar)

    def pack(self, value: Value, parts: list[Value | None], scope: _Scope) -> Value:
        build, filled = scope.builder, []
        for index, (part, item) in enumerate(zip(parts, value.type.items, strict=True)):
            if part is None and item.kind in ("array", "unknown"):
                part = build.op("zeros_like", build.op("item", value, index=index), lib="numpy")
            elif part is None and item.kind == "tuple":
                part = self.pack(build.op("item", value, index=index), [None] * len(item.items), scope)
            filled.append(build.const(0.0) if part is None else part)
        bar = scope.builder.op("tuple", *filled, list=False)
        bar.type = _adjoint_type(value.type)
        return bar

    def unpack(self, op: Op, scope: _Scope) -> None:
        parts = scope.parts.pop(op.result, None)
        for operand, bar in zip(op.operands, parts or [], strict=False):
            if bar is not None and operand in self.active:
                self.receive(operand, bar, scope)

    def simple(self, op: Op, bar: Value, scope: _Scope) -> None:
        build = scope.builder
        if op.results[0] in self.kept:
            return
        if op.name == "getitem":
            array, path = self.place(op)
            self.add_at(array, bar, build.path(path), scope)
        elif op.name == "item":
            self.part(op.operands[0], op.attrs["index"], bar, scope)
        else:
            for operand, part in self.contributions(op, bar, build):
                if isinstance(part, Value):
                    scope.add(operand, part)
                else:
                    self.add_at(operand, part.value, part.indices, scope, part.distinct)

    def place(self, op: Op) -> tuple[Value, list[Value]]:
        """The array that a ``getitem`` reads, and the path, through views that have no name."""
        array, *path = op.operands
        outer = self.makers.get(array)
        if outer is None or outer.name != "getitem" or array.hint is not None or not array.type.is_array:
            return array, path
        if not shown_by(outer) or not outer.operands[0].type.is_array:
            return array, path
        base, before = self.place(outer)
        between = Value(STEP)
        return base, [*before, between, *path]

    def contributions(self, op: Op, bar: Value, build: Builder) -> list[tuple[Value, Value | Update]]:
        """(operand, contribution to its adjoint) for each active operand."""
        row = lookup(op.name)
        assert row is not None
        types = tuple(value.type for value in op.operands)
        names = [f"x{i}" for i in range(len(op.operands))] if row.variadic else list(row.operands)
        env: dict[str, Any] = {**op.attrs, **dict(zip(names, op.operands, strict=False)), "y": op.result, "y_bar": bar}
        if bar.type.kind == "tuple":
            env.update({f"y{k}_bar": part for k, part in enumerate(build.block.ops[-1].operands)})
        active = [value in self.active for value in op.operands]
        try:
            texts = row.bars(types, op.attrs)
        except Unsupported as problem:
            raise _refused(op, problem.reason, problem.help) from None
        named = row.steps(types, op.attrs)
        steps = {**named, **{f"{name}_bar": text for name, text in zip(names, texts or (), strict=False)}}
        found: list[tuple[Value, Value | Update]] = []
        # What has the result's name comes last: its adjoint takes the place of the result's.
        order = sorted(range(len(op.operands)), key=lambda k: op.operands[k].hint == op.result.hint)
        for k in order:
            operand = op.operands[k]
            if not active[k]:
                continue
            if texts is not None:
                text = texts[k]
                if text is not None and is_update(text):
                    build.steps(text, named, env)
                    found += [(operand, update) for update in build.updates(text, env)]
                elif text is not None:
                    found.append((operand, self.stated(op, k, text, steps, env, build)))
            elif row.partials:
                alone = row.alone is not None and not any(active[:k] + active[k + 1 :])
                partial = row.alone[k] if alone and row.alone is not None else row.partials[k]
                if partial is None:
                    continue
                found.append((operand, self.chain(partial, env, bar, operand, build)))
            else:
                raise _refused(op, f"{op.name} has no derivative rule", "write it with functions that have one")
        return found

    def stated(
        self, op: Op, k: int, text: str, steps: Mapping[str, str | None], env: dict[str, Any], build: Builder
    ) -> Value:
        """The contribution to the adjoint of the ``k``-th operand that the rule's text gives."""
        row, operand = lookup(op.name), op.operands[k]
        assert row is not None
        own = f"{row.operands[k]}_bar" if not row.variadic else ""
        if own not in env:
            build.steps(text, {name: step for name, step in steps.items() if name != own}, env)
            env[own] = build.text(text, env)
        value: Value = env[own] if own else env.pop(own)
        broadcasts = row.broadcasting(tuple(each.type for each in op.operands))
        return _unbroadcast(value, value.type, operand, build) if broadcasts else value

    def chain(self, partial: str, env: Mapping[str, object], bar: Value, operand: Value, build: Builder) -> Value:
        """``partial * bar``, summed to the shape of ``operand``."""
        if partial == "...":
            assert build.origin is not None
            raise _refused(build.origin, *NO_CLOSED_FORM)
        if partial == "1":
            product = bar
        elif partial == "-1":
            product = build.op("neg", bar)
        else:
            product = build.op("mul", build.text(partial, env), bar)
        return _unbroadcast(product, bar.type, operand, build)

    def add_at(self, array: Value, bar: Value, indices: list[Value], scope: _Scope, distinct: bool = False) -> None:
        if array.type.kind == "tuple":
            index = indices[0].type.dim
            if not isinstance(index, int):
                raise _refused_value(scope.builder, "a tuple's index must be a constant", "use an array")
            self.part(array, index, bar, scope)
            return
        before = scope.settle(array)
        after = scope.builder.op(
            "index_add", before, bar, *indices, hint=bar_name(array), temp=before.temp, distinct=distinct
        )
        after.type = _adjoint_type(array.type)
        scope.bars[array] = after

    def store(self, op: Op, scope: _Scope) -> None:
        build = scope.builder
        array, value, *indices = op.operands
        old = self.added_to(op)
        indices = build.path(indices)
        build.effect("restore", op.result, value, *indices)
        if op.result not in self.active:
            return
        bar = scope.get(op.result)
        if bar is None:
            return
        scope.bars.pop(op.result, None)
        if old is not None or op.attrs.get("adds"):
            # a[i] += v leaves the adjoint of a[i] as it is.
            if old is not None:
                self.kept.add(old)
            scope.bars[array] = bar
            if value in self.active:
                part = build.op("getitem", bar, *indices, temp="g")
                scope.add(value, _unbroadcast(part, part.type, value, build))
            return
        if is_whole(indices):  # nothing is left of what was there: its adjoint is zero
            if value in self.active:
                scope.add(value, _unbroadcast(bar, bar.type, value, build))
            return
        if value in self.active:
            part = build.op("getitem", bar, *indices, temp="g")
            if repeats(indices):
                part = self.last_written(bar, part, indices, build)
            elif not part.type.is_scalar:
                part = build.op("copy", part, lib="numpy", style="method", temp="g")
        cleared = build.op("store", bar, build.const(0.0), *indices, hint=bar_name(array))
        cleared.type = bar.type
        scope.bars[array] = cleared
        if value in self.active:
            scope.add(value, _unbroadcast(part, part.type, value, build))

    def last_written(self, bar: Value, part: Value, indices: list[Value], build: Builder) -> Value:
        """``part`` of an adjoint, zero where a later element of the same write overwrote an earlier one."""
        note = "of several writes to an element the last one counts"
        size = "len(part)" if part.type.rank == 1 else "size(part)"
        order = build.text(f"arange({size})", {"part": part})
        if part.type.rank != 1:
            order = build.text("reshape(order, shape(part))", {"order": order, "part": part})
        order.temp = "order"
        last = build.op("zeros_like", bar, dtype="int", lib="numpy", temp="last", note=note)
        last = build.op("store", last, order, *indices, temp="last")
        kept = build.text("last == order", {"last": build.op("getitem", last, *indices), "order": order})
        found = build.text("where(kept, part, 0.0)", {"kept": kept, "part": part})
        found.temp = "g"
        return found

    def added_to(self, store: Op) -> Value | None:
        """The element before the store, where the store adds to it: ``a[i] += v`` or ``a[i] -= v``."""
        array, value, *indices = store.operands
        update = self.makers.get(value)
        if update is None or not update.attrs.get("augmented") or update.name not in ("add", "sub"):
            return None
        old = self.makers.get(update.operands[0])
        if old is None or old.name != "getitem" or old.operands != [array, *indices]:
            return None
        # A repeated index would count once in the store, but several times in its adjoint.
        fancy = any(index.type.is_array for index in indices)
        return old.result if not fancy and value.type == old.result.type else None

    def is_active(self, call: Op) -> bool:
        """Whether a derivative flows through a call: into its value, or into what it writes."""
        results = [call.results[0], *(op.result for op in self.writes.get(call, []))]
        return not self.active.isdisjoint(results)

    def written(self, op: Op, scope: _Scope) -> None:
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
            part = build.op("copy", build.op("getitem", bar, *path, temp="g"), lib="numpy", style="method", temp="g")
            scope.bars[array] = build.op("store", bar, build.const(0.0), *path, hint=bar_name(array))
            bar = part
        self.handed[op] = bar

    def call(self, op: Op, scope: _Scope) -> None:
        build = scope.builder
        value = op.results[0]
        parts = scope.parts.pop(value, None)
        bar = scope.take(value) if parts is None else self.pack(value, parts, scope)
        if bar is None and has_adjoint(value):
            bar = (
                scope.zero(value)
                if value.type.kind != "tuple"
                else self.pack(value, [None] * len(value.type.items), scope)
            )
        writes = self.writes.get(op, [])
        arrays = [
            build.op("getitem", w.result, *build.path(w.operands[1:])) if w.operands[1:] else w.result for w in writes
        ]
        given = [*arrays, *([] if bar is None else [bar]), *(self.handed[w] for w in writes if w in self.handed)]
        # With respect to all that can be active, so that one pair of sweeps serves every call.
        wrt = tuple(k for k, operand in enumerate(op.operands) if operand.type.is_differentiable)
        before = {w.attrs["position"]: w.operands[0] for w in writes if not w.operands[1:]}
        name = op.attrs["callee"].name
        types = [value.type for value in op.operands]
        op.name = "call_forward"
        op.attrs.update(wrt=wrt, types=types)
        op.results.append(Value(RESIDUALS, hint=f"{name}_residuals"))
        results = [_adjoint_type(op.operands[k].type) for k in wrt]
        attrs = {key: op.attrs[key] for key in ("callee", "wrt", "types", "summary")}
        bars = build.typed("call_reverse", [op.results[1], *given], results, **attrs)
        for k, part in zip(wrt, bars, strict=True):
            part.temp = f"{name}_{op.attrs['params'][k]}_bar"
            if k in before:
                part.hint = bar_name(before[k])
                scope.bars[before[k]] = part
            elif op.operands[k] in self.active:
                self.receive(op.operands[k], part, scope)

    # control flow

    def branch(self, op: If, scope: _Scope) -> None:
        bars = [(k, scope.take(result)) for k, result in enumerate(op.results)]
        parts = [(k, scope.parts.pop(result, None)) for k, result in enumerate(op.results)]
        scopes = []
        for forward in op.blocks:
            inner = _Scope(Builder(Block()), scope)
            inner.builder.at(op)
            for k, bar in bars:
                if bar is not None and forward.yields[k] in self.active:
                    self.receive(forward.yields[k], bar, inner)
            for k, items in parts:
                for index, part in enumerate(items or []):
                    if part is not None:
                        self.part(forward.yields[k], index, part, inner)
            self.region(forward.ops, inner)
            scopes.append(inner)
        # In the order of the source, whatever the branch that mentions a value first.
        changed = list(dict.fromkeys(value for inner in scopes for value in inner.bars))
        results = []
        for value in changed:
            result = Value(_adjoint_type(value.type), bar_name(value), value.temp and f"{value.temp}_bar")
            for inner in scopes:
                inner.builder.at(op)
                inner.builder.block.yields.append(inner.settle(value))
            results.append(result)
        if not any(inner.builder.block.ops for inner in scopes) and not results:
            return
        then, orelse = (inner.builder.block for inner in scopes)
        reverse = If(
            "if", list(op.operands), results, {"form": "stmt"}, op.span, op.stmt, then=then, orelse=orelse, origin=op
        )
        scope.builder.block.ops.append(reverse)
        self.adjoint.mirrors[then] = op.then
        self.adjoint.mirrors[orelse] = op.orelse
        scope.bars.update(zip(changed, results, strict=True))

    def loop(self, op: For | While, scope: _Scope) -> None:
        states = [
            k for k, pair in enumerate(zip(op.results, op.carried, strict=True)) if not self.active.isdisjoint(pair)
        ]
        stores = any(inner.name in WRITES for inner in op.body.walk())
        if not states and not stores:
            return
        local = {value for inner in op.body.walk() for value in inner.results} | set(op.body.args)
        local.update(arg for inner in op.body.walk() for block in inner.blocks for arg in block.args)
        inits = [self.init(op.results[k], scope) for k in states]
        index = Value(INT, hint="_")
        if isinstance(op, For):
            index.hint, index.temp = op.body.args[0].hint, op.body.args[0].temp
        block = Block([index])
        inner = _Scope(Builder(block), scope, local)
        inner.builder.at(op)
        for k in states:
            result = op.results[k]
            arg = Value(_adjoint_type(result.type), bar_name(result), result.temp and f"{result.temp}_bar")
            block.args.append(arg)
            self.receive(op.nexts[k], arg, inner)
        _exchange(block)
        self.region(op.body.ops, inner)
        inner.builder.at(op)
        block.yields = [inner.settle(op.carried[k]) for k in states]
        outer = list(inner.outer)
        block.args += [inner.outer[value] for value in outer]
        block.yields += [inner.bars[value] for value in outer]
        inits += [scope.settle(value) for value in outer]
        results = [Value(arg.type, arg.hint, arg.temp) for arg in block.args[1:]]
        reverse = For("for", [*self.range(op, scope), *inits], results, {}, op.span, op.stmt, body=block, origin=op)
        scope.builder.block.ops.append(reverse)
        self.adjoint.mirrors[block] = op.body
        scope.bars.update(zip(outer, results[len(states) :], strict=True))
        for k, result in zip(states, results, strict=False):
            if op.inits[k] in self.active:
                self.receive(op.inits[k], result, scope)

    def init(self, result: Value, scope: _Scope) -> Value:
        if result.type.kind == "tuple" or result in scope.parts:
            raise _refused_value(scope.builder, "a tuple is carried around this loop", "carry its items by name")
        found = scope.take(result)
        return scope.zero(result) if found is None else found

    def range(self, op: For | While, scope: _Scope) -> list[Value]:
        if isinstance(op, For) and not op.stops:
            return reversed_range(op.operands[0], op.operands[1], op.operands[2], scope.builder)
        turns = op.attrs["turns"]
        if isinstance(op, While):
            return [scope.builder.const(0), turns, scope.builder.const(1)]
        return reversed_turns(op.operands[0], op.operands[2], turns, scope.builder)


def _exchange(block: Block) -> None:
    """Where adjoints trade their names (the primal did), let them do so at once."""
    binds = [op for op in block.ops if op.name == "bind" and op.result.hint != op.operands[0].hint]
    taken = {op.operands[0].hint for op in binds}
    if any(op.result.hint in taken for op in binds):
        operands, results = [op.operands[0] for op in binds], [op.result for op in binds]
        first = binds[0]
        together = Op("exchange", operands, results, {}, first.span, first.stmt, origin=first.origin)
        block.ops = [together, *(op for op in block.ops if op not in binds)]


def _unbroadcast(value: Value, type_: Type, operand: Value, build: Builder) -> Value:
    """Sum ``value``, of the type ``type_``, over the dimensions along which ``operand`` was broadcast."""
    target = operand.type
    if target.is_scalar and type_.is_scalar:
        return value
    if target.is_scalar and type_.is_array:
        return build.op("sum", value, axis=None, keepdims=False, lib="numpy", style="call")
    if type_.shape is None or target.shape is None:
        return build.op("unbroadcast", value, operand)
    extra = len(type_.shape) - len(target.shape)
    if extra < 0 or not all(map(_sure, type_.shape[extra:], target.shape)):
        return build.op("unbroadcast", value, operand)
    for _ in range(extra):
        value = build.op("sum", value, axis=0, keepdims=False, lib="numpy", style="call")
    for axis, (a, b) in enumerate(zip(type_.shape[extra:], target.shape, strict=True)):
        if a != b and b == 1:
            value = build.op("sum", value, axis=axis, keepdims=False, lib="numpy", style="call")
            value = build.op("expand_dims", value, axis=axis, lib="numpy")
    return value


def _sure(wide: Dim, narrow: Dim) -> bool:
    """Whether it is known if a dimension was broadcast: it was 1, or it is surely the other one."""
    certain = all(isinstance(dim, int) or dim.endswith("+") for dim in (wide, narrow))
    return wide == narrow or narrow == 1 or certain


NO_CLOSED_FORM = ("the derivative in this argument has no closed form", "let no derivative flow into it")


def _refused(op: Op, reason: str, help_: str) -> RefusedError:
    assert op.span is not None
    return RefusedError([Diagnostic(op.span, reason, help_)])


def _refused_value(build: Builder, reason: str, help_: str) -> RefusedError:
    assert build.span is not None
    return RefusedError([Diagnostic(build.span, reason, help_)])
