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

from collections.abc import Sequence
from dataclasses import dataclass, field

from sct.analysis.mixed import refuse_mixed
from sct.analysis.silent import is_zero
from sct.ir.nodes import Block, For, Function, Hook, If, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import INT, Type
from sct.transform.build import Builder
from sct.transform.calls import Calls
from sct.transform.contributions import Contributions
from sct.transform.guards import Arm, Guards
from sct.transform.hooks import run_hook
from sct.transform.leaves import Leaves, adjoint_type, has_adjoint, is_plain
from sct.transform.ranges import reversed_count, reversed_range, reversed_turns
from sct.transform.scope import Scope
from sct.transform.turns import count_turns, step_of


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
    inner : list of Adjoint
        Those of the blocks of the forward sweep that have both sweeps (see ``sct.transform.together``).
    """

    fn: Function
    boundary: int
    value_type: Type
    bars: list[Value] = field(default_factory=list)
    written: list[Value] = field(default_factory=list)
    seeds: list[Value] = field(default_factory=list)
    mirrors: dict[Block, Block] = field(default_factory=dict)
    has_idle: bool = False
    inner: list[Adjoint] = field(default_factory=list)

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


def _name_result(value: Value, body: Block, name: str) -> None:
    """Call an unnamed result ``name``."""
    if value.hint is None and value not in body.args and value.type.kind != "none":
        value.hint = name


class _Sweep(Calls):
    def __init__(self, active: set[Value], adjoint: Adjoint) -> None:
        super().__init__(adjoint.fn, active)
        self.adjoint = adjoint
        self.contributions = Contributions(adjoint.fn, active)
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

    # control flow

    def branch(self, op: If, scope: Scope) -> None:
        bars = [(k, p, scope.take(leaf)) for k, result in enumerate(op.results) for p, leaf in scope.leaves.all(result)]
        scopes = []
        for forward in op.blocks:
            inner = scope.inner(Builder(Block()))
            inner.builder.at(op)
            for k, path, bar in bars:
                if bar is not None and forward.yields[k] in self.active:
                    self.at_copy(inner.builder, op, op.results[k], forward.yields[k])
                    inner.add_own(inner.leaves(forward.yields[k], path), bar)
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
        if (counted := op.counted) is not None:
            index.hint, index.temp = counted.hint, counted.temp
        block = Block([index])
        inner = scope.inner(Builder(block), local)
        inner.builder.at(op)
        for k, path in states:
            arg = scope.carried(leaves(op.results[k], path))
            arg.type = adjoint_type(leaves(op.nexts[k], path).type)  # the next one's may have another size
            block.args.append(arg)
            self.at_copy(inner.builder, op, op.carried[k], op.nexts[k])
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
        for (k, path), result in zip(states, results, strict=False):
            before = adjoint_type(leaves(op.inits[k], path).type) if op.inits[k] in self.active else result.type
            if before.rank is not None and before.rank == result.type.rank:
                result.type = before  # nor has what was there before the first one to be of their size
        reverse = For("for", [*self.range(op, scope), *inits], results, {}, op.span, op.stmt, body=block, origin=op)
        scope.builder.block.ops.append(reverse)
        self.adjoint.mirrors[block] = op.body
        scope.bars.update(zip(outer, results[len(states) :], strict=True))
        for (k, path), result in zip(states, results, strict=False):
            if op.inits[k] in self.active:
                self.at_copy(scope.builder, op, op.carried[k], op.inits[k])
                scope.add(leaves(op.inits[k], path), result)

    def at_copy(self, build: Builder, op: Op, result: Value, value: Value) -> None:
        """Build what follows beside the statement by which the name of ``result`` came to stand for a value."""
        build.at(op)
        build.stmt = self.adjoint.fn.copies.get((result.hint or result.temp or "", value), op.stmt)

    def init(self, result: Value, scope: Scope) -> Value:
        found = scope.take(result)
        return scope.zero(result) if found is None else found

    def range(self, op: Loop, scope: Scope) -> list[Value]:
        if isinstance(op, For) and not op.stops:
            return reversed_range(op.operands[0], op.operands[1], op.operands[2], scope.builder)
        if (index := op.attrs.get("index")) is not None:
            k = op.carried.index(index)
            adding = next(inner for inner in op.body.ops if op.nexts[k] in inner.results)
            return reversed_count(op.inits[k], op.results[k], step_of(adding, index), scope.builder)
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
