"""What is only added to adjoints, and is zero where a branch was not taken, is added in the branch.

Before::

    %g = if %c: { …; yield %1 } else: { yield 0 }
    %a_bar1 = index_add %a_bar, %g, %i

After::

    %a_bar1 = if %c: { …; %2 = index_add %a_bar, %1, %i; yield %2 } else: { yield %a_bar }

So it is with what an author computes for all turns of a loop, and uses in some: the distance of particles that may be
too far apart for a force.
"""

from __future__ import annotations

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, If, Op, Value
from sct.ir.operations import is_zero
from sct.transform.branches import adds

_LINEAR = frozenset({"neg", "bind"})
_INDICES = frozenset({"const", "add", "sub", "neg", "slice"})


def sink(body: Block, boundary: int) -> None:
    """Move additions of the reverse sweep, the operations of ``body`` from ``boundary`` on, into branches."""
    reverse = Block([], body.ops[boundary:], body.yields)
    _sink_all(reverse)
    body.ops[boundary:] = reverse.ops


def _sink_all(block: Block) -> None:
    for op in list(block.ops):
        for owned in op.blocks:
            _sink_all(owned)
        if isinstance(op, If):
            for taken, other in ((op.then, op.orelse), (op.orelse, op.then)):
                _Sinking(block, op, taken, other).run()


class _Sinking:
    """One branch, and what stands behind it in its block."""

    def __init__(self, block: Block, branch: If, taken: Block, other: Block) -> None:
        self.block = block
        self.branch = branch
        self.taken = taken
        self.other = other
        self.behind = block.ops[block.ops.index(branch) + 1 :]
        self.count = use_counts(Block(ops=self.behind, yields=block.yields))

    def run(self) -> None:
        zeros = {op.result for op in self.other.ops if _is_zero(op)}
        yields = zip(self.branch.results, self.other.yields, strict=True)
        alone = {result for result, value in yields if value in zeros and self.count[result]}
        while alone:
            inside = self._inside(alone)
            used = use_counts(Block(ops=inside))
            left = {value for value in alone if used[value] < self.count[value]}
            left |= self._made_of(inside, alone, used)
            if not left:
                self._move(inside)
                return
            alone -= left

    def _inside(self, alone: set[Value]) -> list[Op]:
        """The additions of what is made of ``alone``, where all else that they take is known before the branch."""
        found, zeros, late = list[Op](), set(alone), set[Value]()
        for op in self.behind:
            if op.name in _LINEAR and op.operands[0] in zeros:
                zeros.add(op.result)
            elif _is_index(op) and late.isdisjoint(op.operands):
                continue
            elif not (adds(op) and op.operands[1] in zeros and self._may_go(op, late | zeros)):
                late.update(op.results)
                continue
            found.append(op)
        return found

    def _may_go(self, op: Op, late: set[Value]) -> bool:
        """Whether nothing else needs what is added to as it is, and the place is known."""
        base, _, *indices = op.operands
        return self.count[base] == 1 and late.isdisjoint([base, *indices])

    def _made_of(self, inside: list[Op], alone: set[Value], used: dict[Value, int]) -> set[Value]:
        """Those of ``alone`` of which something is made that other operations need."""
        origin = {value: value for value in alone}
        for op in inside:
            if op.name in _LINEAR:
                origin[op.result] = origin[op.operands[0]]
        return {origin[value] for value in origin if used[value] < self.count[value]}

    def _move(self, inside: list[Op]) -> None:
        own = dict(zip(self.branch.results, self.taken.yields, strict=True))
        base = dict(zip(self.branch.results, self.other.yields, strict=True))
        for op in inside:
            given, op.operands = op.operands, [own.get(value, value) for value in op.operands]
            result = own[op.result] = Value(op.result.type, op.result.hint, op.result.temp)
            self.taken.ops.append(op)
            if op.name not in _LINEAR:
                base[op.result] = base.get(given[0], given[0])
                self.branch.results.append(op.result)
                self.taken.yields.append(result)
                self.other.yields.append(base[op.result])
            op.results = [result]
        before = self._indices(inside)
        gone = {*inside, *before}
        self.block.ops = [op for op in self.block.ops if op not in gone]
        place = self.block.ops.index(self.branch)
        self.block.ops[place:place] = before
        self._drop_unused()

    def _indices(self, inside: list[Op]) -> list[Op]:
        """What computes the places of the additions behind the branch."""
        needed = set(use_counts(Block(ops=inside)))
        found = list[Op]()
        for op in reversed(self.behind):
            if _is_index(op) and op.result in needed:
                needed.update(op.operands)
                found.append(op)
        return found[::-1]

    def _drop_unused(self) -> None:
        """Leave out the results that nothing needs any more, and the zeros that they were."""
        count = use_counts(Block(ops=self.block.ops, yields=self.block.yields))
        kept = [k for k, result in enumerate(self.branch.results) if count[result]]
        self.branch.results[:] = [self.branch.results[k] for k in kept]
        for block in self.branch.blocks:
            block.yields[:] = [block.yields[k] for k in kept]
        self.branch.attrs["form"] = "stmt"
        used = use_counts(Block(ops=self.other.ops, yields=self.other.yields))
        self.other.ops = [op for op in self.other.ops if not _is_zero(op) or used[op.result]]


def _is_index(op: Op) -> bool:
    """Whether an operation makes a constant, an index or a slice."""
    return op.name in _INDICES and not op.result.type.is_array and not op.result.type.is_differentiable


def _is_zero(op: Op) -> bool:
    return op.name in ("zeros", "zeros_like") or is_zero(op)
