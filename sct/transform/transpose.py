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

from sct.analysis.activity import active_positions, is_zero
from sct.analysis.mixed import refuse_mixed
from sct.analysis.once import named_once
from sct.analysis.sharing import shown_by
from sct.ir.nodes import (
    INT,
    NONE,
    RESIDUALS,
    WRITES,
    Block,
    For,
    Function,
    GlobalRef,
    Hook,
    If,
    Loop,
    Op,
    Type,
    Value,
    While,
    is_whole,
)
from sct.ir.paths import STEP
from sct.transform.axes import without_new_axes
from sct.transform.build import Builder
from sct.transform.contributions import Contributions, refused, unbroadcast
from sct.transform.guards import Arm, Guards
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
    refuse_mixed(fn, active)
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
    scope.builder.stmt = None  # what is made of the parameters' adjoints belongs to no statement
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
            raise refused(call, reason, "pass `sct.stop_gradient(…)` of it, or leave the hint off")
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
        self.contributions = Contributions(adjoint.fn, active)
        self.kept: set[Value] = set()
        self.writes: dict[Op, list[Op]] = {}
        for op in adjoint.fn.body.walk():
            if op.name == "written":
                self.writes.setdefault(op.attrs["call"], []).append(op)
        self.handed: dict[Op, Value] = {}
        self.guards = Guards(adjoint.fn, active)

    def region(self, ops: list[Op], scope: Scope) -> None:
        left = list(ops)
        while left:
            op = left.pop()
            scope.builder.at(op)
            if arms := self.guards.around(op, left, ops[len(left) + 1 :], scope):
                self.guarded(op, left, arms, scope)
            else:
                self.op(op, scope)

    def guarded(self, op: Op, before: list[Op], arms: Sequence[Arm], scope: Scope) -> None:
        """Differentiate an operation in the arms that its adjoint comes from, and what stands ``before`` it for it."""
        inner = self.guards.enter(arms, op.result, scope)
        for part in self.guards.statement(op, before):
            inner.builder.at(part)
            inner.builder.origin = arms[-1].op.origin  # the arrays have the contents that they have there
            self.op(part, inner)
        self.guards.leave(arms, inner, scope)

    def op(self, op: Op, scope: Scope) -> None:
        if isinstance(op, If):
            self.branch(op, scope)
        elif isinstance(op, Loop):
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
        for operand, part in self.contributions.of(op, bar, build):
            if isinstance(part, Value) and not is_plain(operand.type):
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
        elif op.name == "getitem" and kind == "tuple":
            self.chosen(op, scope)
        elif op.name == "getitem" or (op.name == "item" and kind != "tuple"):
            array, path = self.place(op)
            path = build.path(path if op.name == "getitem" else [*path, build.const(op.attrs["index"])])
            is_one = array.type.is_array or array.type.is_scalar  # no list
            path, axes = without_new_axes(path, op.result.type) if is_one else (path, [])
            for rest, leaf in scope.leaves.all(op.result):
                bar = scope.take(leaf)
                if bar is not None and leaf not in self.kept:
                    for axis in reversed(axes):
                        bar = build.op("sum", bar, axis=axis, keepdims=False, lib="numpy", style="call")
                    if path:
                        self.add_at(scope.leaves(array, rest), bar, path, scope)
                    else:
                        scope.add(scope.leaves(array, rest), bar)

    def chosen(self, op: Op, scope: Scope) -> None:
        """One of the items of a tuple: the others get nothing."""
        build = scope.builder
        items, index = op.operands
        count = build.const(len(items.type.items))
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.take(leaf)
            for k in range(len(items.type.items) if bar is not None else 0):
                item = scope.leaves(items, (k, *path))
                if item.type.kind == "list" or item.type.shape != leaf.type.shape:
                    reason = "it is not known which item this is, and they differ in size"
                    raise refused(op, reason, "make it a list: `[…]` for `(…)`")
                if item in self.active or items in self.active:
                    place = {"index": index, "count": count, "bar": bar, "k": build.const(k)}
                    scope.add(item, build.text("where(index % count == k, bar, 0.0)", place))

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
                while part.type.kind == "tuple":
                    part, rest = build.op("item", part, index=rest[0]), rest[1:]
                made = build.op("zeros_like", part, lib="numpy", style="call") if item.is_array else None
                zero = made or blank(part, build, rest, type_=item)
            grown = build.op("append", bar, zero, hint=bar.hint, temp=bar.temp)
            grown.type = bar.type
            scope.set(scope.leaves(xs, path), grown)

    def add_at(self, array: Value, bar: Value, indices: list[Value], scope: Scope, distinct: bool = False) -> None:
        distinct = distinct or named_once(indices, self.makers)
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
                scope.add(value, unbroadcast(part, part.type, value, build))
            return
        if is_whole(indices):  # nothing is left of what was there: its adjoint is zero
            if value in self.active:
                scope.add(value, unbroadcast(bar, bar.type, value, build))
            return
        bar = build.buffer(bar, indices)
        if value in self.active:
            part = self.stored_bar(bar, value, indices, build)
            if not named_once(indices, self.makers):
                part = self.last_written(bar, part, indices, build)
            elif not part.type.is_scalar:
                part = build.op("copy", part, lib="numpy", style="method", temp="g")
        cleared = build.op("store", bar, build.const(0.0), *indices, hint=bar_name(array))
        cleared.type = bar.type
        scope.set(array, cleared)
        if value in self.active:
            scope.add(value, unbroadcast(part, part.type, value, build))

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
        return old.result if named_once(indices, self.makers) and value.type == old.result.type else None

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
        from_one = {}
        for value in changed:
            result = scope.carried(value)
            given = [k for k, inner in enumerate(scopes) if inner.get(value) is not None]
            if len(given) == 1:
                from_one[result] = given[0]
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
        for result, k in from_one.items():
            self.guards.note(result, Arm(reverse, k))

    def loop(self, op: Loop, scope: Scope) -> None:
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
            arg.type = adjoint_type(leaves(op.nexts[k], path).type)  # the next one's may have another size
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

    def range(self, op: Loop, scope: Scope) -> list[Value]:
        if isinstance(op, For) and not op.stops:
            return reversed_range(op.operands[0], op.operands[1], op.operands[2], scope.builder)
        turns = op.attrs["turns"]
        if isinstance(op, While):
            return [scope.builder.const(0), turns, scope.builder.const(1)]
        return reversed_turns(op.operands[0], op.operands[2], turns, scope.builder)


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
