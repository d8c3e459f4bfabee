"""What a loop writes anew in an array is kept apart from the rim around it, which only adds up.

Before, the reverse of ``B[1:-1] = 0.5 * (A[:-2] + A[2:]); A, B = B, A``::

    for (%a, %b) in …:
        %a1, %b1 = exchange %b, %a
        %g = getitem %b1, 1:-1;  %b2 = store %b1, 0, 1:-1;  %s = mul 0.5, %g
        %a2 = index_add %a1, %s, :-2;  %a3 = index_add %a2, %s, 2:

After, where the rims of ``%x`` and ``%y`` are zero::

    for (%a, %b, %x, %y) in …:
        %a1, %b1 = exchange %b, %a;  %x1, %y1 = exchange %y, %x
        %a2 = if len(%a1) > 2: index_add %a1, (mul 0.5, %y1[1]), 0; index_add …, (mul 0.5, %y1[-2]), -1
        %x2 = store %x1, (mul 0.5, (add %y1[2:], %y1[:-2])), 1:-1

So the inside is gathered of an array as it is, which needs no margins, and is not cleared, nor added to.  What is set
of its own neighbours is written into another array, with which it changes places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, For, Function, If, Op, Value
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.fusing.nests import again, size_of
from sct.transform.fusing.overwritten import Carried, Inside, Overwritten, Step
from sct.transform.fusing.shares import common_factors, scaled_sum
from sct.transform.unused import drop_unused

Index = int | tuple[int, int]
"""A place in one dimension, or how many elements are left out before a slice and behind it."""
_PLAIN = frozenset({"const", "copy", "getitem", "slice", "zeros_like"})


def keep_rims_apart(fn: Function, boundary: int) -> None:
    """Do so in the loops of ``fn`` from ``boundary`` on."""
    for op in fn.body.ops[boundary:]:
        if isinstance(op, For) and not op.stops and any(inner.name == "index_add" for inner in op.body.ops):
            makers = {result: made for made in fn.body.walk() for result in made.results}
            counts = use_counts(fn.body)
            seen = Overwritten(op, fn, makers, counts)
            if seen.pays:
                _Loop(op, seen, makers, counts).apart(fn.body)


class _Loop:
    def __init__(self, loop: For, seen: Overwritten, makers: Mapping[Value, Op], counts: Mapping[Value, int]) -> None:
        self.loop, self.seen, self.chains, self.makers, self.counts = loop, seen, seen.found, makers, counts
        self.now: dict[int, Value] = {}
        self.next: dict[int, Value] = {}
        self.instead = Instead()

    def apart(self, body: Block) -> None:
        """Let the insides be arrays of their own; ``body`` owns the loop."""
        loop, place = self.loop, body.ops.index(self.loop)
        before = self._before()
        loop.body.ops = [made for op in loop.body.ops for made in self._turn(op)]
        loop.body.ops += [made for k in self.chains for made in self._cleared(k)]
        self.instead.substitute(body)
        ends = {chain.onward: self.now[k] for k, chain in self.chains.items()}
        loop.body.yields += [*(ends[k] for k in self.chains), *self.next.values()]
        drop_unused(loop.body, _only_computes)
        body.ops[place : place + 1] = [*before, loop, *self._behind()]

    def _before(self) -> list[Op]:
        """The arrays of the insides, which the loop carries."""
        made = Builder.instead_of(self.loop, "numpy")
        made.stmt = None
        is_asked = any(self.counts[self.loop.results[k]] for k, chain in self.chains.items() if chain.is_zero)
        mixes = any(chain.onward != k for k, chain in self.chains.items())
        for k, chain in self.chains.items():
            array = self.loop.inits[k]
            inner = made.op("zeros_like", array, dtype=None, temp=_name(chain.argument))
            if not chain.is_zero:
                inner = _stored(made, inner, made.op("getitem", array, *_indices(made, chain.inside)), chain.inside)
                if mixes and is_asked:
                    array = _stored(made, array, made.const(0.0), chain.inside)
            self.loop.operands[3 + k] = array
            self.now[k] = self._carry(inner, _name(chain.argument))
        for k, chain in self.chains.items():
            if any(step.source == k and step.is_apart for step in chain.steps):
                array = made.op("zeros_like", self.loop.inits[k], dtype=None, temp=_name(chain.argument, "next"))
                self.next[k] = self._carry(array, _name(chain.argument, "next"))
        return made.block.ops

    def _carry(self, array: Value, name: str | None) -> Value:
        """Let the loop carry an array; returns what a turn gets."""
        found = Value(array.type, temp=name)
        self.loop.operands.append(array)
        self.loop.body.args.append(found)
        return found

    def _behind(self) -> list[Op]:
        """The insides are put back into the arrays that something needs."""
        made = Builder.instead_of(self.loop, "numpy")
        made.stmt = None
        for k, chain in self.chains.items():
            result = self.loop.results[k]
            inner = Value(result.type, temp=_name(result))
            self.loop.results.append(inner)
            if not chain.is_zero and self.counts[result]:
                self.loop.results[k] = again(result)
                part = made.op("getitem", inner, *_indices(made, chain.inside))
                _stored(made, self.loop.results[k], part, chain.inside)
                made.block.ops[-1].results = [result]
        self.loop.results += [again(array) for array in self.next.values()]
        return made.block.ops

    # a turn

    def _turn(self, op: Op) -> list[Op]:
        """What stands for an operation of the loop."""
        if op.name == "exchange":
            found = [(k, result) for result in op.results if (k := self.seen.of.get(result)) in self.chains]
            inner = [Value(result.type, temp=_name(result)) for _, result in found]
            old = [self.now[k] for k, _ in found]
            self.now.update({k: value for (k, _), value in zip(found, inner, strict=True)})
            return [op, Op("exchange", old, inner, {}, op.span, op.stmt, origin=op.origin)] if found else [op]
        k = self.seen.of.get(op.operands[0]) if op.operands else None
        chain = self.chains.get(-1 if k is None else k)
        if k is None or chain is None or op not in chain.ops:
            return [op]
        if op.name == "getitem":
            op.operands[0] = self.now[k]
            return [op]
        self.instead[op.result] = op.operands[0]
        step = next((step for step in chain.steps if step.ops[-1] is op), None)
        return [] if step is None else self._set(k, chain, step, op)

    def _set(self, k: int, chain: Carried, step: Step, op: Op) -> list[Op]:
        """What an array gets of another's inside."""
        made = Builder.instead_of(op, "numpy")
        array, source = op.operands[0], self.now[step.source]
        shape = array.type.shape or ()
        axes = [m for m in range(len(shape)) if any(offset[m] for offset in step.offsets)]
        for dim, margin in dict.fromkeys((shape[m], sum(chain.inside[m])) for m in axes):
            same = [m for m in axes if (shape[m], sum(chain.inside[m])) == (dim, margin)]
            array = self._if_there(made, array, same[0], margin, self._rims(array, source, chain.inside, step, same))
        self.instead[op.result] = array
        if step.source == k and step.is_as_it_is:
            return made.block.ops
        terms = []
        for share, offset in zip(step.shares, step.offsets, strict=True):
            index = [(a - by, b + by) for (a, b), by in zip(chain.inside, offset, strict=True)]
            terms.append((share, made.op("getitem", source, *_indices(made, index))))
        if step.adds:
            here = made.op("getitem", self.now[k], *_indices(made, chain.inside))
            terms.insert(0, (replace(step.shares[0], factors=()), here))
        total = scaled_sum(made, terms, common_factors([share for share, _ in terms]), self.makers)
        if step.source != k or not step.is_apart:
            self.now[k] = _stored(made, self.now[k], total, chain.inside)
            return made.block.ops
        old = [_stored(made, self.next[k], total, chain.inside), self.now[k]]
        self.now[k], self.next[k] = new = [again(self.now[k]), again(self.next[k])]
        return [*made.block.ops, Op("exchange", old, new, {}, made.span, made.stmt, origin=made.origin)]

    def _cleared(self, k: int) -> list[Op]:
        """What clears an inside behind a turn, if the next one does not find it zero anyway and sets it."""
        chain = self.chains[k]
        if chain.onward is None or self.chains[chain.onward].is_zero or not chain.ends_zero:
            return []
        made = Builder.instead_of(chain.clears[-1], "numpy")
        self.now[k] = _stored(made, self.now[k], made.const(0.0), chain.inside)
        return made.block.ops

    def _if_there(self, made: Builder, array: Value, axis: int, margin: int, rims: tuple[list[Op], Value]) -> Value:
        """Do what is done with the rims if there is an inside along an axis; returns the array behind that."""
        ops, after = rims
        dim = (array.type.shape or ())[axis]
        if isinstance(dim, int):
            made.block.ops += ops if dim > margin else []
            return after if dim > margin else array
        found = again(array)
        condition = made.op("gt", size_of(made, array, axis), made.const(margin))
        then, orelse = Block(ops=ops, yields=[after]), Block(yields=[array])
        attrs = {"form": "stmt"}
        made.block.ops.append(
            If("if", [condition], [found], attrs, made.span, made.stmt, then, orelse, origin=made.origin)
        )
        return found

    def _rims(
        self, array: Value, source: Value, inside: Inside, step: Step, axes: Sequence[int]
    ) -> tuple[list[Op], Value]:
        """What places get that lie before the inside, or behind it, along some axes, but inside along those before."""
        made = Builder.instead_of(step.ops[-1], "numpy")
        for axis in axes:
            pairs = zip(step.shares, step.offsets, strict=True)
            for share, offset in sorted(pairs, key=lambda pair: pair[1][axis]):
                for far in range(1, abs(offset[axis]) + 1):
                    place = inside[axis][0] - far if offset[axis] < 0 else far - 1 - inside[axis][1]
                    to, of = list[Index](), list[Index]()
                    for m, ((a, b), by) in enumerate(zip(inside, offset, strict=True)):
                        near, there = (a, b), (a + by, b - by)
                        to.append(place if m == axis else near if m < axis else there)
                        of.append(place - by if m == axis else (a - by, b + by) if m < axis else near)
                    read = made.op("getitem", source, *_indices(made, of))
                    value = scaled_sum(made, [(share, read)], common_factors(step.shares), self.makers)
                    array = _added(made, array, value, to)
        return made.block.ops, array


def _name(array: Value, what: str = "inner") -> str | None:
    name = array.hint or array.temp
    return None if name is None else f"{name}_{what}"


def _stored(made: Builder, array: Value, value: Value, index: Sequence[Index]) -> Value:
    places, names = _indices(made, index), {"hint": array.hint, "temp": array.temp}
    return made.op("store", array, value, *places, in_place=True, **names)


def _added(made: Builder, array: Value, value: Value, index: Sequence[Index]) -> Value:
    places, names = _indices(made, index), {"hint": array.hint, "temp": array.temp}
    return made.op("index_add", array, value, *places, in_place=True, distinct=True, **names)


def _indices(made: Builder, index: Sequence[Index]) -> list[Value]:
    return [made.const(i) if isinstance(i, int) else _slice(made, *i) for i in index]


def _slice(made: Builder, before: int, behind: int) -> Value:
    return made.op("slice", made.const(before or None), made.const(-behind or None), made.const(None))


def _only_computes(op: Op) -> bool:
    """Whether an operation makes a value of its operands, and does nothing else."""
    row = lookup(op.name)
    return not op.blocks and (op.name in _PLAIN or (row is not None and row.elementwise))
