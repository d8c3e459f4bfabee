"""What a branch guards against stays guarded in the reverse sweep.

Before::

    %r = sqrt %s;  %y = if (gt %r, 0) { yield (div 1, %r) } else { yield 0.0 }
    %r_bar = if (gt %r, 0) { …; yield %1 } else { yield 0.0 };  %s_bar = mul (div 0.5, %r), %r_bar

After::

    %s_bar = if (gt %r, 0) { …; %2 = mul (div 0.5, %r), %1; yield %2 } else { yield 0.0 }

The slope of a square root is infinite at 0, and the adjoint that it would be multiplied by is zero there, as the branch
was not taken.  So what has such a slope is differentiated in the branch that its adjoint comes from, if the branch asks
of it (`sct.analysis.conditions`).  So is any other statement whose contributions the branch can take in: elsewhere they
are zeros.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from sct.analysis.conditions import is_about
from sct.analysis.liveness import use_counts
from sct.analysis.sharing import Sharing
from sct.ir.nodes import Block, Function, If, Op, Value
from sct.ir.operations import WRITES
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.scope import Scope, bar_name

_STEEP = frozenset({"sqrt", "cbrt", "arcsin", "arccos", "arccosh", "arctan2"})
_POLES = frozenset({"div", "reciprocal", "log", "log2", "log10", "log1p", "arctanh"})
_MOVES = frozenset({"tuple", "part", "put", "item", "getitem", "store", "append", "shorten", "call"})


def may_be_steep(op: Op) -> bool:
    """Whether an operation may have an infinite slope where it has a value.

    At a pole only arrays and NumPy's numbers have one: for Python's, the operation raises.
    """
    if op.name in ("pow", "float_power"):
        exponent = op.operands[1].type.dim
        return not (isinstance(exponent, int) and exponent >= 1)
    if op.name == "div":
        return op.result.type.is_array
    return op.name in _STEEP or (op.name in _POLES and op.attrs.get("lib") != "math")


@dataclass(frozen=True)
class Arm:
    """The arm of a reverse ``If`` that an adjoint comes from: in the other one it is zero."""

    op: If
    k: int

    @property
    def condition(self) -> Value:
        return self.op.operands[0]

    @property
    def block(self) -> Block:
        return self.op.blocks[self.k]

    def given(self, bar: Value) -> Value | None:
        """What the arm hands out as ``bar``."""
        return self.block.yields[self.op.results.index(bar)] if bar in self.op.results else None


class Guards:
    """The adjoints that come from one arm: of an ``If``, and of those in that arm, the outermost first."""

    def __init__(self, fn: Function, active: Collection[Value]) -> None:
        self._fn = fn
        self._active = active
        self._count = use_counts(fn.body)
        self._makers = {result: op for op in fn.body.walk() for result in op.results}
        self._arms: dict[Value, tuple[Arm, ...]] = {}

    def note(self, bar: Value, arm: Arm) -> None:
        """``bar``, a result of the arm's ``If``, is zero but for what the arm gives."""
        inner = arm.given(bar)
        self._arms[bar] = (arm, *(self._arms.get(inner, ()) if inner is not None else ()))

    def around(self, op: Op, before: Sequence[Op], behind: Sequence[Op], scope: Scope) -> tuple[Arm, ...]:
        """The arms to differentiate an operation in: those of its result's adjoint that ask of a steep operation.

        ``before`` and ``behind`` are the forward operations around it.
        """
        if not self._arms or not _is_simple(op):
            return ()
        bar = scope.get(op.result)
        arms = self._arms.get(bar, ()) if bar is not None else ()
        steep = self._steep(op, before) if arms else []
        while arms and not (self._asks(arms[-1], steep) or self._goes_in(op, before, arms, scope)):
            arms = arms[:-1]
        # An arm outside of this block is out of reach: what the operation reads is not known there.
        within = bool(arms) and arms[0].op.origin in behind
        return arms if within and not self._is_overwritten([op, *steep], arms[0], behind) else ()

    def _asks(self, arm: Arm, steep: Sequence[Op]) -> bool:
        return any(is_about(arm.condition, each.result, self._makers) for each in steep)

    def _goes_in(self, op: Op, before: Sequence[Op], arms: Sequence[Arm], scope: Scope) -> bool:
        """Whether the arms can take in what the operation's statement adds to adjoints, and hand out no more for it."""
        ops = scope.builder.block.ops
        if arms[0].op not in ops:
            return False
        later = {result for each in ops[ops.index(arms[0].op) :] for result in each.results}
        moved = list(self.statement(op, list(before)))
        made = {result for each in moved for result in each.results}
        added = {v for each in moved for v in each.operands if v in self._active and v not in made}
        bars = [scope.get(value) for value in added]
        new = sum(bar is None for bar in bars)
        return new <= 1 and not any(bar in later and _inmost(arms, bar) is None for bar in bars if bar is not None)

    def _is_overwritten(self, ops: Sequence[Op], arm: Arm, behind: Sequence[Op]) -> bool:
        """Whether arrays that the statements of ``ops`` name have other contents by the arm's place."""
        assert isinstance(arm.op.origin, If)
        between = Block(ops=list(behind[: behind.index(arm.op.origin) + 1]))
        writes = [op.operands[0] for op in between.walk() if op.name in WRITES]
        stmts = {op.stmt for op in ops}
        named = [op for op in self._makers.values() if op.stmt in stmts] if writes else []
        arrays = {value for op in named for value in [*op.operands, *op.results] if not value.type.is_scalar}
        return bool(arrays) and any(self._sharing(array, write) for array in arrays for write in writes)

    @cached_property
    def _sharing(self) -> Sharing:
        return Sharing(self._fn)

    def _steep(self, op: Op, before: Sequence[Op]) -> list[Op]:
        """The operation, if it is steep, and those ``before`` it that are and that only it needs."""
        makers = {result: maker for maker in before for result in maker.results}
        found, todo = [], [op]
        while todo:
            op = todo.pop()
            if may_be_steep(op):
                found.append(op)
            alone = (makers[value] for value in op.operands if value in makers and self._count[value] == 1)
            todo += [maker for maker in alone if _is_simple(maker)]
        return found

    def statement(self, op: Op, before: list[Op]) -> Iterator[Op]:
        """The operation and what its statement computes for it alone, the last one first; taken off ``before``."""
        yield op
        used = list(op.operands)
        for other in reversed(before[:]):
            if other.stmt is not op.stmt:
                return
            if _is_simple(other) and 0 < used.count(other.result) == self._count[other.result]:
                before.remove(other)
                used += other.operands
                yield other

    def enter(self, arms: Sequence[Arm], value: Value, scope: Scope) -> Scope:
        """The place in the innermost arm, with the adjoint of ``value`` as it is there."""
        bar = _inmost(arms, scope.take(value))
        assert bar is not None
        inner = Scope(Builder(arms[-1].block), scope.leaves)
        inner.set(value, bar)
        return inner

    def leave(self, arms: Sequence[Arm], inner: Scope, scope: Scope) -> None:
        """Add what the adjoints of other values get in the arms to what they are there, or outside."""
        ops = scope.builder.block.ops
        later = {result for op in ops[ops.index(arms[0].op) :] for result in op.results}
        for value, bar in list(inner.bars.items()):
            before = scope.get(value)
            if before is None:
                result = _hand_out(value, bar, arms, scope)
                scope.set(value, result)
                self._arms[result] = tuple(arms)
                continue
            if bar.hint == bar_name(value):
                bar.hint, bar.temp = None, "g"
            own, shown = _inmost(arms, before), _inmost(arms[:-1], before)
            if own is not None and shown is not None:  # the arms have a part of it
                inner.set(value, own)
                inner.add(value, bar)
                arms[-1].block.yields[arms[-1].op.results.index(shown)] = inner.bars[value]
                self._arms[before] = tuple(takewhile(arms.__contains__, self._arms.get(before, ())))
            elif before not in later:
                inner.set(value, before)
                inner.add(value, bar)
                scope.set(value, _hand_out(value, inner.bars[value], arms, scope, before))
            else:
                result = _hand_out(value, bar, arms, scope)
                result.hint, result.temp = None, "g"
                scope.add(value, result)


def _hand_out(value: Value, bar: Value, arms: Sequence[Arm], scope: Scope, before: Value | None = None) -> Value:
    """The adjoint ``bar`` of ``value``, out of the arms; in the others it is as ``before``, or zero."""
    for arm in reversed(arms):
        result = scope.carried(value)
        other = Scope(Builder(arm.op.blocks[1 - arm.k]), scope.leaves)
        assert arm.op.origin is not None
        other.builder.at(arm.op.origin)
        arm.block.yields.append(bar)
        other.builder.block.yields.append(before or other.zero(value))
        arm.op.results.append(result)
        bar = result
    return bar


def _is_simple(op: Op) -> bool:
    """Whether an operation's adjoint is what a rule says, for its only result."""
    return len(op.results) == 1 and not op.blocks and op.name not in _MOVES and lookup(op.name) is not None


def _inmost(arms: Sequence[Arm], bar: Value | None) -> Value | None:
    """What the innermost arm hands out as ``bar``; None if that does not come from all of the arms."""
    for arm in arms:
        bar = None if bar is None else arm.given(bar)
    return bar
