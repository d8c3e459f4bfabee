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
from dataclasses import dataclass, field, replace
from typing import Any

from sct.analysis.activity import active_positions, is_zero
from sct.analysis.sharing import shown_by
from sct.errors import Diagnostic, RefusedError
from sct.frontend.rule_text import Update, is_update
from sct.ir.nodes import (
    INT,
    NONE,
    RESIDUALS,
    WRITES,
    Block,
    Dim,
    For,
    Function,
    GlobalRef,
    Hook,
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
from sct.transform.hooks import run_hook
from sct.transform.leaves import Leaves, adjoint_type, is_plain
from sct.transform.picked import is_picked_by
from sct.transform.ranges import reversed_range, reversed_turns
from sct.transform.scope import Scope, bar_name, blank
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
    has_idle : bool
        Whether a loop of the forward sweep is there for the value alone.
    """

    fn: Function
    boundary: int
    value_type: Type
    bars: list[Value] = field(default_factory=list)
    written: list[Value] = field(default_factory=list)
    seeds: list[Value] = field(default_factory=list)
    mirrors: dict[Block, Block] = field(default_factory=dict)
    has_idle: bool = False

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
        adjoint.seeds.append(Value(adjoint_type(value.type), hint=f"{fn.name}_bar"))
    sweep = _Sweep(active, adjoint)
    forward = list(body.ops)
    scope = Scope(Builder(body), Leaves(fn))
    scope.builder.origin = Op("return", [value], [])
    if value in active and is_plain(value.type):
        scope.set(value, adjoint.seeds[0])
    elif value in active:
        scope.receive(value, adjoint.seeds[0])
    for k, last in zip(fn.hands_back, written, strict=True):
        if last.type.is_differentiable:
            adjoint.seeds.append(Value(adjoint_type(last.type), hint=f"{fn.param_names[k]}_bar"))
            if last in active:
                scope.add(last, adjoint.seeds[-1])
    sweep.region(forward, scope)
    for position in wrt:
        adjoint.bars.append(scope.whole(fn.params[position], like=fn.params[position]))
    body.args += adjoint.seeds
    body.yields = [value, *adjoint.bars]
    return adjoint


def has_adjoint(value: Value) -> bool:
    """Whether the reverse sweep of a function takes an adjoint of its value: a procedure has none."""
    return value.type.kind not in ("none", "str")


def differentiated(call: Op, active: set[Value], positions: Mapping[GlobalRef, tuple[int, ...]]) -> tuple[int, ...]:
    """The positions of the arguments that a callee is differentiated for: those that ``positions`` tells."""
    constants = call.attrs["summary"].constants
    for k in constants:
        if call.operands[k] in active:
            name, callee = call.attrs["params"][k], call.attrs["callee"].name
            reason = f"`{name}` of `{callee}` depends on the inputs here, and a hint says that it is constant"
            raise _refused(call, reason, "pass `sct.stop_gradient(…)` of it, or leave the hint off")
    found = positions[call.attrs["callee"]]
    return tuple(k for k in found if call.operands[k].type.is_differentiable and k not in constants)


def _name_result(value: Value, body: Block, name: str) -> None:
    """Call an unnamed result ``name``."""
    if value.hint is None and value not in body.args and value.type.kind != "none":
        value.hint = name


class _Sweep:
    def __init__(self, active: set[Value], adjoint: Adjoint) -> None:
        self.active = active
        self.positions = active_positions(adjoint.fn, active)
        self.adjoint = adjoint
        self.makers = {result: op for op in adjoint.fn.body.walk() for result in op.results}
        self.parts = _parts(adjoint.fn)
        self.kept: set[Value] = set()
        self.writes: dict[Op, list[Op]] = {}
        for op in adjoint.fn.body.walk():
            if op.name == "written":
                self.writes.setdefault(op.attrs["call"], []).append(op)
        self.handed: dict[Op, Value] = {}

    def region(self, ops: list[Op], scope: Scope) -> None:
        for op in reversed(ops):
            scope.builder.at(op)
            self.op(op, scope)

    def op(self, op: Op, scope: Scope) -> None:
        if isinstance(op, If):
            self.branch(op, scope)
        elif isinstance(op, For | While):
            self.loop(op, scope)
        elif isinstance(op, Hook):
            run_hook(op, scope, self.adjoint.mirrors)
        elif op.name == "store":
            self.store(op, scope)
        elif op.name == "written":
            self.written(op, scope)
        elif op.name == "call":
            if self.is_active(op):
                self.call(op, scope)
        elif op.name == "append":
            self.append(op, scope)
        elif op.name == "shorten":
            self.shorten(op, scope)
        elif op.name in ("tuple", "part", "put", "item", "getitem") or _is_structure(op):
            if op.result in self.active:
                self.access(op, scope)
        elif any(result in self.active for result in op.results):
            bar = scope.taken(op.results[0])
            if bar is not None and not is_zero(op):
                self.simple(op, bar, scope)

    # straight-line operations

    def simple(self, op: Op, bar: Value, scope: Scope) -> None:
        build = scope.builder
        if op.results[0] in self.kept:
            return
        for operand, part in self.contributions(op, bar, build):
            if isinstance(part, Value) and operand.type.kind == "tuple":
                scope.receive(operand, part)
            elif isinstance(part, Value):
                scope.add(operand, part)
            else:
                self.add_at(operand, part.value, part.indices, scope, part.distinct)

    def access(self, op: Op, scope: Scope) -> None:
        """What makes or reads a container, or reads an array; the leaves of a structure only move."""
        build = scope.builder
        kind = op.operands[0].type.kind if op.operands else "tuple"
        if op.name == "tuple" and op.result.type.kind == "list":
            self.listed(op, scope)
        elif op.name == "getitem" or (op.name == "item" and kind != "tuple"):
            array, path = self.place(op)
            path = build.path(path) if op.name == "getitem" else [build.const(op.attrs["index"])]
            for rest, leaf in scope.leaves.all(op.result):
                bar = scope.take(leaf)
                if bar is not None and leaf not in self.kept:
                    self.add_at(scope.leaves(array, rest), bar, path, scope)

    def listed(self, op: Op, scope: Scope) -> None:
        """The display of a list."""
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.take(leaf)
            for index, operand in enumerate(op.operands if bar is not None else []):
                assert bar is not None
                if operand in self.active:
                    part = scope.builder.op("item", bar, index=index, temp=f"{bar.hint or bar.temp}_{index}")
                    scope.add(scope.leaves(operand, path), part)

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

    def append(self, op: Op, scope: Scope) -> None:
        """The adjoint of the item is the last one of the list's."""
        build = scope.builder
        xs, value = op.operands
        build.effect("shrink", op.result)
        for path, leaf in scope.leaves.all(op.result) if op.result in self.active else []:
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            last, rest = build.typed("take_last", [bar], [adjoint_type(leaf.type.items[0]), adjoint_type(leaf.type)])
            last.temp, rest.hint, rest.temp = "g", bar.hint, bar.temp
            if xs in self.active:
                scope.set(scope.leaves(xs, path), rest)
            if value in self.active:
                scope.add(scope.leaves(value, path), last)

    def shorten(self, op: Op, scope: Scope) -> None:
        """The adjoint of the list grows by that of the item that went: zero, as far as the shorter list goes."""
        build = scope.builder
        xs, last = op.operands
        build.effect("restore", op.result, op.result, last)
        for path, leaf in scope.leaves.all(op.result) if op.result in self.active else []:
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            item = leaf.type.items[0]
            if item.is_scalar:
                zero = build.const(0.0)
            else:
                like, rest = scope.leaves.read(scope.leaves(xs, path), build)
                part = build.op("getitem", like, last)
                for index in rest:
                    part = build.op("item", part, index=index)
                zero = build.op("zeros_like", part, lib="numpy", style="call") if item.is_array else blank(part, build)
            grown = build.op("append", bar, zero, hint=bar.hint, temp=bar.temp)
            grown.type = bar.type
            scope.set(scope.leaves(xs, path), grown)

    def contributions(self, op: Op, bar: Value, build: Builder) -> list[tuple[Value, Value | Update]]:
        """(operand, contribution to its adjoint) for each active operand."""
        row = lookup(op.name)
        assert row is not None
        types = tuple(value.type for value in op.operands)
        names = [f"x{i}" for i in range(len(op.operands))] if row.variadic else list(row.operands)
        env: dict[str, Any] = {**op.attrs, **dict(zip(names, op.operands, strict=False)), "y": op.result, "y_bar": bar}
        attrs = op.attrs
        if bar.type.kind == "tuple":
            parts = build.block.ops[-1].operands
            env.update({f"y{k}_bar": part for k, part in enumerate(parts)})
            attrs = {**op.attrs, "seeded": _seeded(parts, build.block)}
        active = [value in self.active for value in op.operands]
        try:
            texts, named = row.bars(types, attrs), row.steps(types, attrs)
            texts = row.together if row.together is not None and all(active) else texts
        except Unsupported as problem:
            raise _refused(op, problem.reason, problem.help) from None
        env.update({name: part for name, text in named.items() if (part := self.parts.get((op.result, text)))})
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
            self.name_steps(op, env)
            env[own] = build.text(text, env)
        value: Value = env[own] if own else env.pop(own)
        broadcasts = row.broadcasting(tuple(each.type for each in op.operands))
        return _unbroadcast(value, value.type, operand, build) if broadcasts or row.partials else value

    def name_steps(self, op: Op, env: Mapping[str, Any]) -> None:
        """Call the adjoint of an operand that another one's is made of after the operand, not as the rule does."""
        row = lookup(op.name)
        for name, operand in zip(row.operands if row is not None else (), op.operands, strict=False):
            made, subject = env.get(f"{name}_bar"), operand.hint or operand.temp
            if isinstance(made, Value) and made.temp == f"{name}_bar" and subject:
                made.temp = f"{subject}_bar"

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

    def add_at(self, array: Value, bar: Value, indices: list[Value], scope: Scope, distinct: bool = False) -> None:
        before = scope.builder.buffer(scope.settle(array), indices)
        after = scope.builder.op(
            "index_add", before, bar, *indices, hint=bar_name(array), temp=before.temp, distinct=distinct
        )
        after.type = adjoint_type(array.type)
        scope.set(array, after)

    def store(self, op: Op, scope: Scope) -> None:
        build = scope.builder
        array, value, *indices = op.operands
        old = self.added_to(op)
        indices = build.path(indices)
        build.effect("restore", op.result, value, *indices)
        if op.result not in self.active:
            return
        if array.type.kind == "list" and old is None:
            self.store_item(op, scope)
            return
        bar = scope.get(op.result)
        if bar is None:
            return
        scope.take(op.result)
        if old is not None or op.attrs.get("adds"):
            # a[i] += v leaves the adjoint of a[i] as it is.
            if old is not None:
                self.kept.add(old)
            scope.set(array, bar)
            if value in self.active:
                part = self.stored_bar(bar, value, indices, build)
                scope.add(value, _unbroadcast(part, part.type, value, build))
            return
        if is_whole(indices):  # nothing is left of what was there: its adjoint is zero
            if value in self.active:
                scope.add(value, _unbroadcast(bar, bar.type, value, build))
            return
        bar = build.buffer(bar, indices)
        if value in self.active:
            part = self.stored_bar(bar, value, indices, build)
            if repeats(indices):
                part = self.last_written(bar, part, indices, build)
            elif not part.type.is_scalar:
                part = build.op("copy", part, lib="numpy", style="method", temp="g")
        cleared = build.op("store", bar, build.const(0.0), *indices, hint=bar_name(array))
        cleared.type = bar.type
        scope.set(array, cleared)
        if value in self.active:
            scope.add(value, _unbroadcast(part, part.type, value, build))

    def stored_bar(self, bar: Value, value: Value, indices: list[Value], build: Builder) -> Value:
        """The adjoint of what ``value`` was stored into."""
        part = build.op("getitem", bar, *indices, temp="g")
        if is_picked_by(value, indices, self.makers):
            part.type = replace(part.type, shape=value.type.shape)
        return part

    def store_item(self, op: Op, scope: Scope) -> None:
        """A store into a list: the item that was there has no part in what follows."""
        build = scope.builder
        xs, value, *indices = op.operands
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            part = build.op("getitem", bar, *indices, temp="g")
            if part.type.is_scalar:
                zero = build.const(0.0)
            else:
                zero = (
                    build.op("zeros_like", part, lib="numpy", style="call")
                    if part.type.is_array
                    else blank(part, build)
                )
            scope.set(scope.leaves(xs, path), build.op("store", bar, zero, *indices, hint=bar.hint, temp=bar.temp))
            if value in self.active:
                scope.add(scope.leaves(value, path), part)

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
            part = build.op("copy", build.op("getitem", bar, *path, temp="g"), lib="numpy", style="method", temp="g")
            scope.set(array, build.op("store", bar, build.const(0.0), *path, hint=bar_name(array)))
            bar = part
        self.handed[op] = bar

    def ruled(self, op: Op, scope: Scope) -> None:
        """The adjoint of a call that a rule of the user's differentiates."""
        rule, value = op.attrs["rule"], op.result
        stated = rule.statements.get("adjoint")
        if stated is None:
            raise _refused(op, f"`{rule.key[1]}` has no adjoint rule", rule.missing("adjoint"))
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
            raise _refused(op, reason, "let it make a copy, and return it")
        build = scope.builder
        value = op.results[0]
        bar = scope.whole(value, take=True) if has_adjoint(value) else None
        writes = self.writes.get(op, [])
        arrays = [
            build.op("getitem", w.result, *build.path(w.operands[1:])) if w.operands[1:] else w.result for w in writes
        ]
        given = [*arrays, *([] if bar is None else [bar]), *(self.handed[w] for w in writes if w in self.handed)]
        wrt = differentiated(op, self.active, self.positions)
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

    # control flow

    def branch(self, op: If, scope: Scope) -> None:
        bars = [(k, p, scope.take(leaf)) for k, result in enumerate(op.results) for p, leaf in scope.leaves.all(result)]
        scopes = []
        for forward in op.blocks:
            inner = scope.inner(Builder(Block()))
            inner.builder.at(op)
            for k, path, bar in bars:
                if bar is not None and forward.yields[k] in self.active:
                    inner.add(inner.leaves(forward.yields[k], path), bar)
            self.region(forward.ops, inner)
            scopes.append(inner)
        # In the order of the source, whatever the branch that mentions a value first.
        changed = list(dict.fromkeys(value for inner in scopes for value in inner.bars))
        results = []
        for value in changed:
            result = scope.carried(value)
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

    def loop(self, op: For | While, scope: Scope) -> None:
        leaves = scope.leaves
        states = [
            (k, path)
            for k, (result, carried) in enumerate(zip(op.results, op.carried, strict=True))
            if not self.active.isdisjoint((result, carried))
            for path, _ in leaves.all(result)
        ]
        replayed = any(inner.name in WRITES or isinstance(inner, Hook) for inner in op.body.walk())
        if not states and not replayed:
            return
        local = {value for inner in op.body.walk() for value in inner.results} | set(op.body.args)
        local.update(arg for inner in op.body.walk() for block in inner.blocks for arg in block.args)
        inits = [self.init(leaves(op.results[k], path), scope) for k, path in states]
        index = Value(INT, hint="_")
        if isinstance(op, For):
            index.hint, index.temp = op.body.args[0].hint, op.body.args[0].temp
        block = Block([index])
        inner = scope.inner(Builder(block), local)
        inner.builder.at(op)
        for k, path in states:
            arg = scope.carried(leaves(op.results[k], path))
            block.args.append(arg)
            inner.add(leaves(op.nexts[k], path), arg)
        _exchange(block)
        self.region(op.body.ops, inner)
        inner.builder.at(op)
        block.yields = [inner.settle(leaves(op.carried[k], path)) for k, path in states]
        outer = list(inner.outer)
        block.args += [inner.outer[value] for value in outer]
        block.yields += [inner.bars[value] for value in outer]
        inits += [scope.settle(value) for value in outer]
        results = [Value(arg.type, arg.hint, arg.temp) for arg in block.args[1:]]
        reverse = For("for", [*self.range(op, scope), *inits], results, {}, op.span, op.stmt, body=block, origin=op)
        scope.builder.block.ops.append(reverse)
        self.adjoint.mirrors[block] = op.body
        scope.bars.update(zip(outer, results[len(states) :], strict=True))
        for (k, path), result in zip(states, results, strict=False):
            if op.inits[k] in self.active:
                scope.add(leaves(op.inits[k], path), result)

    def init(self, result: Value, scope: Scope) -> Value:
        found = scope.take(result)
        return scope.zero(result) if found is None else found

    def range(self, op: For | While, scope: Scope) -> list[Value]:
        if isinstance(op, For) and not op.stops:
            return reversed_range(op.operands[0], op.operands[1], op.operands[2], scope.builder)
        turns = op.attrs["turns"]
        if isinstance(op, While):
            return [scope.builder.const(0), turns, scope.builder.const(1)]
        return reversed_turns(op.operands[0], op.operands[2], turns, scope.builder)


def _seeded(parts: Sequence[Value], block: Block) -> frozenset[int]:
    """Which parts of an adjoint are not known to be zero."""
    zeros = {op.result for op in block.ops if op.name == "zeros_like" or op.attrs.get("value") == 0.0}
    return frozenset(k for k, part in enumerate(parts) if part not in zeros)


def _parts(fn: Function) -> dict[tuple[Value, str], Value]:
    """The parts of operations' results that the author took out beside them, as a rule's text calls them: ``y[0]``."""
    found: dict[tuple[Value, str], Value] = {}
    blocks = [fn.body, *(block for op in fn.body.walk() for block in op.blocks)]
    for block in blocks:
        here = {result for op in block.ops for result in op.results}
        for op in block.ops:
            if op.name == "item" and op.operands[0] in here:
                found.setdefault((op.operands[0], f"y[{op.attrs['index']}]"), op.result)
    return found


def _is_structure(op: Op) -> bool:
    """Whether an operation joins tuples."""
    return op.name == "concat" and op.result.type.kind == "tuple"


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
