"""One loop where two would be written: of turns that do not depend on each other, each computes its adjoints as well.

Before::

    %s1 = for %i (%s0) { %z = …; %s = add %s0, (mul %z, %z); yield %s }
    %a_bar1 = for %i backwards (%a_bar0) { … %z …; %a_bar = accumulate %a_bar0, …; yield %a_bar }

After::

    %s1, %a_bar1 = for %i (%s0, %a_bar0) { %z = …; %s = …; … %z …; %a_bar = accumulate %a_bar0, …; yield %s, %a_bar }

What a turn computes is at hand in its reverse then: nothing is saved, and nothing computed again.  That is the same
where the reverse loop only adds to what it carries, so that the order of its turns is nothing to it, and where what it
reads from outside is known before the loop: for a sum, its adjoint.  In a turn, inner loops and branches are joined in
the same way.  A loop whose reverse needs no more than elements and indices stays two: there is nothing to gain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import is_pure as makes_number
from sct.analysis.sharing import Sharing
from sct.ir.nodes import Block, For, Function, Hook, If, Op, Value
from sct.ir.operations import WRITES
from sct.ir.types import NONE
from sct.transform.adding import adds_up, begin_of, chain_to, made_in, put_first, rename, used_by
from sct.transform.gradient import may_raise
from sct.transform.order import is_pure
from sct.transform.rebinding import drop_unchanged
from sct.transform.residuals import provide
from sct.transform.transpose import Adjoint

_EFFECTS = frozenset({"print", "assert", "raise", "check", "written"})
_READ = frozenset({"const", "global", "getitem", "item", "tuple", "bind", "slice", "step", "shape", "len", "size"})
"""What takes no time to compute again."""


def provide_together(adjoint: Adjoint, typed: bool, outside: Collection[Value] = ()) -> None:
    """Take what loops of the reverse sweep do into those that they run backwards, where it may; provide for the rest.

    ``typed`` is as in `provide`; ``outside`` are the values that a turn, or an arm of a branch in it, knows from
    outside; a function has none.
    """
    drop_unchanged(Block(ops=adjoint.reverse), adjoint.fn.body)
    pairs = _Pairs(adjoint, outside).found()
    provide(adjoint, apart=False, typed=typed)
    for pair in pairs:
        adjoint.inner += (inner := pair.joined(adjoint))
        for turn in inner:
            provide_together(turn, typed, _before(adjoint, pair.op, outside))


def _before(adjoint: Adjoint, op: Op, outside: Iterable[Value]) -> set[Value]:
    """The values that are known before an operation of a body."""
    ops = adjoint.fn.body.ops
    before = ops[: ops.index(op)]
    return {*outside, *adjoint.fn.body.args, *(value for op in before for value in op.results)}


class _Pairs:
    """The loops and branches of a body of which each reverse may go into the forward one.

    A branch does in a turn, and where it has a loop that does; another one is in both sweeps.
    """

    def __init__(self, adjoint: Adjoint, outside: Collection[Value]) -> None:
        self.adjoint = adjoint
        self.outside = outside
        self.body = adjoint.fn.body
        self.forward = self.body.ops[: adjoint.boundary]
        self.makers = {result: op for op in self.body.ops for result in op.results}

    @cached_property
    def sharing(self) -> Sharing:
        block = Block([*self.outside, *self.body.args], self.forward)
        return Sharing(Function(self.adjoint.fn.name, block, [], self.adjoint.fn.span))

    @cached_property
    def writes(self) -> list[Value]:
        return [op.operands[0] for op in Block(ops=self.forward).walk() if op.name in WRITES]

    def found(self) -> list[_Pair]:
        """The pairs, of which each reverse is left with nothing to do; what it needs stands before the forward one."""
        reverses = [op for op in self.adjoint.reverse if self.goes_together(op) and self.move_ahead(op)]
        return [_Pair.of(op) for op in reverses]

    def goes_together(self, reverse: Op) -> bool:
        """Whether a loop and its reverse, or a branch, may do in one turn what they do, and gain by it."""
        op = reverse.origin
        if op is None or not reverse.blocks or len(reverse.blocks) != len(op.blocks) or op not in self.forward:
            return False
        if any(self.adjoint.mirrors.get(a) is not b for a, b in zip(reverse.blocks, op.blocks, strict=True)):
            return False
        if isinstance(reverse, If):
            within = bool(self.outside) or any(_is_sum(each) for block in reverse.blocks for each in block.ops)
            return (
                within and op.attrs["form"] == "stmt" and op.operands == reverse.operands and self.is_free(op, reverse)
            )
        return _is_sum(reverse) and self.is_free(op, reverse)

    def is_free(self, op: Op, reverse: Op) -> bool:
        """Whether a loop or a branch, and its reverse, only make values, and write into what is made there."""
        ops = list(op.walk())
        if any(each.name in _EFFECTS or isinstance(each, Hook) or (each.stmt and each.stmt.within) for each in ops):
            return False
        if any(isinstance(each.origin, Hook) for each in reverse.walk()):
            return False
        left = [value for block in op.blocks for value in block.yields if not value.type.is_scalar]
        written = [each.operands[0] for each in ops if each.name in WRITES]
        if any(self.sharing(value, other) for value in written for other in left):
            return False
        return all(self.sharing.comes_from(value) <= made_in(op) for value in written)

    def move_ahead(self, reverse: Op) -> bool:
        """Put what the reverse needs of the reverse sweep before the forward operation, if it may be there."""
        op = reverse.origin
        assert op is not None
        known, read = _before(self.adjoint, op, self.outside), use_counts(op)
        refuses = any(each.name in _EFFECTS for each in Block(ops=self.forward[self.forward.index(op) :]).walk())
        chains = {value: chain_to(value, reverse, self.body, known) for value in used_by(reverse) - made_in(op)}
        first, todo = set[Op](), [begin_of(value, chain) for value, chain in chains.items()]
        while todo:
            value = todo.pop()
            maker = self.makers.get(value)
            if value in known and (value in read or self.is_steady(value)):
                continue
            if value in known or maker is None or not _may_move(maker) or (refuses and may_raise(maker)):
                return False
            first.add(maker)
            todo += maker.operands
        for value, chain in chains.items():
            put_first(reverse, value, chain, self.body)
        behind = {*self.adjoint.reverse} - first
        moved = [each for each in self.body.ops if each in first]
        self.body.ops = [each for each in self.body.ops if each not in first]
        place = self.body.ops.index(op)
        self.body.ops[place:place] = moved
        self.adjoint.boundary = len(self.body.ops) - len(behind)
        return True

    def is_steady(self, value: Value) -> bool:
        """Whether nothing is ever written into a value's memory."""
        return value.type.is_scalar or not any(self.sharing(value, other) for other in self.writes)


@dataclass(frozen=True)
class _Pair:
    """A loop or a branch of the forward sweep, and what the one that ran it backwards had."""

    op: Op
    operands: list[Value]
    results: list[Value]
    blocks: list[Block]

    @classmethod
    def of(cls, reverse: Op) -> _Pair:
        """Take out of a reverse operation what it does."""
        assert reverse.origin is not None
        first = 3 if isinstance(reverse, For) else 1
        pair = cls(
            reverse.origin,
            reverse.operands[first:],
            reverse.results,
            [Block(block.args, block.ops, block.yields) for block in reverse.blocks],
        )
        reverse.operands, reverse.results = reverse.operands[:first], []
        for block in reverse.blocks:
            block.args, block.ops, block.yields = block.args[:1], [], []
        return pair

    def joined(self, adjoint: Adjoint) -> list[Adjoint]:
        """The blocks, each with both sweeps."""
        found = []
        self.op.operands += self.operands
        self.op.results += self.results
        for block, reverse in zip(self.op.blocks, self.blocks, strict=True):
            boundary = len(block.ops)
            block.args += reverse.args[1:]
            block.ops += reverse.ops
            block.yields += reverse.yields
            rename(block, dict(zip(reverse.args[:1], block.args[:1], strict=True)))
            fn = Function(adjoint.fn.name, block, [], adjoint.fn.span)
            found.append(Adjoint(fn, boundary, NONE, mirrors=adjoint.mirrors))
        return found


def _is_sum(reverse: Op) -> bool:
    """Whether the reverse of a loop only adds up, and names what would have to be saved, or computed again."""
    loop = reverse.origin
    if not isinstance(loop, For) or not isinstance(reverse, For) or loop.stops:
        return False
    makers = {result: op for op in loop.body.walk() for result in op.results}
    computed = {value for value, op in makers.items() if op.name not in _READ and value.type.kind != "int"}
    if used_by(reverse).isdisjoint({*loop.carried, *computed}):
        return False
    return all(adds_up(reverse.body, *pair) for pair in zip(reverse.carried, reverse.nexts, strict=True))


def _may_move(op: Op) -> bool:
    """Whether an operation may stand earlier: it makes a value, or adds to an adjoint, and is no statement written."""
    if op.origin is None:
        return not op.blocks and (op.name in _READ or makes_number(op)) and op.result.hint is None
    return (is_pure(op) or op.name == "index_add") and not isinstance(op.origin, Hook)
