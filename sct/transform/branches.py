"""What is masked by one condition, and only added to adjoints, is computed in a branch.

Before::

    %1 = mul %r, %y_bar; %a = where %c, %1, 0; %2 = mul %s, %a; %b = where %c, %2, 0
    %x_bar1 = accumulate %x_bar, %a; %z_bar1 = accumulate %z_bar, %b

After::

    %x_bar1, %z_bar1 = if %c: { %1 = …; %a = accumulate %x_bar, %1; …; yield %a, %b } else: { yield %x_bar, %z_bar }

So is what nothing else needs.  A mask that is the only one of its condition, of a number, stays an expression, unless
what it masks might raise where it is masked: the slope of ``math.sqrt(max(v, 0.0))``.  So do those that hand numbers on
without need of each other; in a branch, these are zero on the other side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Hook, If, Op, Value
from sct.ir.operations import is_zero
from sct.transform.build import Builder
from sct.transform.conditions import join_masks
from sct.transform.gradient import may_raise
from sct.transform.masks import COMPARISONS, Mask
from sct.transform.order import is_pure
from sct.transform.unused import drop_unused

_MANY = 3


def branch(body: Block, boundary: int) -> None:
    """Gather what is masked in the reverse sweep, the operations of ``body`` from ``boundary`` on."""
    reverse = Block([], body.ops[boundary:], body.yields)
    _gather_all(reverse)
    body.ops[boundary:] = reverse.ops


def _gather_all(block: Block) -> None:
    for op in block.ops:
        for owned in op.blocks:
            _gather_all(owned)
        if isinstance(op, If):
            _choose(op)
    join_masks(block)
    shared = _share_conditions(block)
    _gather(block)
    if shared:
        _ask_anew(block, shared)
        drop_unused(block, lambda op: op.name in COMPARISONS and op.origin is not None)


def _share_conditions(block: Block) -> dict[Value, Op]:
    """Let masks with equal conditions have one of them; return these, and what makes them."""
    makers = {result: op for op in block.ops for result in op.results}
    first: dict[tuple[Hashable, ...], Op] = {}
    shared: dict[Value, Op] = {}
    for op in block.ops:
        test = makers.get(op.operands[0]) if _mask(op, makers) is not None else None
        if test is not None and test.name in COMPARISONS and test.origin is not None:
            made = [(makers.get(value), value) for value in test.operands]
            parts = (op.attrs["value"] if op is not None and op.name == "const" else value for op, value in made)
            like = first.setdefault((test.name, *parts), test)
            if like is not test:
                shared[like.result] = like
                op.operands[0] = like.result
    return shared


def _ask_anew(block: Block, shared: Mapping[Value, Op]) -> None:
    """Let what is left of several masks with one condition ask for itself: it is written where it is used."""
    asked = set[Value]()
    for inner in block.blocks():
        ops: list[Op] = []
        for op in inner.ops:
            test = shared.get(op.operands[0]) if op.operands else None
            if test is not None and test.result in asked:
                own = Op(test.name, test.operands, [Value(test.result.type)], test.attrs, test.span, test.stmt)
                own.origin = test.origin
                ops.append(own)
                op.operands[0] = own.result
            elif test is not None:
                asked.add(test.result)
            ops.append(op)
        inner.ops = ops


def _gather(block: Block) -> None:
    tried: set[Mask] = set()
    while True:
        makers = {result: op for op in block.ops for result in op.results}
        masks = dict.fromkeys(mask for op in block.ops if (mask := _mask(op, makers)) is not None and mask not in tried)
        if not masks:
            return
        mask = next(iter(masks))
        tried.add(mask)
        _Gathering(block, mask, makers).run()


def _choose(branch: If) -> None:
    """What the branch's own condition chooses in an arm is known there."""
    for k, arm in enumerate(branch.blocks):
        for op in arm.ops:
            if op.name == "where" and op.operands[0] is branch.operands[0]:
                op.name, op.operands, op.attrs = "bind", [op.operands[1 + k]], {}


def _mask(op: Op, makers: dict[Value, Op]) -> Mask | None:
    """The mask of an operation that masks a value by a scalar condition."""
    if op.name == "where" and op.operands[0].type.is_scalar:
        for k in (2, 1):
            if is_zero(makers.get(op.operands[k])):
                return op.operands[0], k == 2
    return None


def adds(op: Op) -> bool:
    """Whether an operation adds to an adjoint: what it adds where the condition is false may be left out."""
    return op.name in ("accumulate", "index_add") or bool(op.attrs.get("first"))


def _is_update(op: Op) -> bool:
    """Whether what an operation puts into an adjoint may be put there in a branch: elsewhere, it adds or puts zero."""
    return adds(op) or (op.name == "store" and not isinstance(op.origin, Hook))


class _Gathering:
    """One mask in one block."""

    def __init__(self, block: Block, mask: Mask, makers: dict[Value, Op]) -> None:
        self.block = block
        self.makers = makers
        self.condition, self.sense = mask
        self.masked = {op for op in block.ops if _mask(op, makers) == mask}
        self.adds, self.zero = set[Op](), set[Op]()
        self.users: dict[Value, set[Op | Block]] = defaultdict(set)
        for op in block.ops:
            for value in _used(op):
                if op not in self.masked or value is not self.condition:
                    self.users[value].add(op)
        for value in block.yields:
            self.users[value].add(block)

    def run(self) -> None:
        inside = self._inside()
        ops, span = list[Op](), list[Op]()
        made: set[Value] = set()
        for op in self.block.ops:
            if op in inside:
                made.update(op.results)
                span.append(op)
            elif not _is_free(op) or not made.isdisjoint(_used(op)):
                if self._may_wait(op, span, inside):
                    ops += [each for each in span if each not in inside]
                    span = [each for each in span if each in inside]
                else:
                    ops += self._branch(span, inside)
                    span, made = [], set()
                ops.append(op)
            else:
                (span if made else ops).append(op)
        self.block.ops = [*ops, *self._branch(span, inside)]

    def _may_wait(self, op: Op, span: list[Op], inside: set[Op]) -> bool:
        """Whether what would be in a branch may be computed behind ``op`` as well, with what follows it.

        These are numbers that ``op`` does not use, and that are no adjoints of the author's variables.
        """
        made = [each for each in span if each in inside]
        values = [value for each in made for value in [*each.operands, *each.results]]
        is_moved = all(_is_free(each) and each.name != "pop" and op not in self.users[each.result] for each in made)
        return is_moved and all(v.type.is_scalar for v in values) and all(each.result.hint is None for each in made)

    def _inside(self) -> set[Op]:
        """The masks, what adds what they mask, and what nothing but these needs.

        A variable of another statement is computed there, unless that might raise.
        """
        zeros = {op.result for op in self.masked}
        for op in self.block.ops:
            parts = op.operands[1:] if op.name == "where" else op.operands if op.name in ("neg", "bind") else []
            all_zero = not zeros.isdisjoint(parts) and all(v in zeros or is_zero(self.makers.get(v)) for v in parts)
            if all_zero or (op.name in ("mul", "div") and not zeros.isdisjoint(op.operands[: 2 - (op.name == "div")])):
                zeros.add(op.result)
        self.adds = {op for op in self.block.ops if _is_update(op) and op.operands[1] in zeros}
        self.zero = {op for op in self.block.ops if op.name in ("neg", "bind") and op.result in zeros}
        inside = self.masked | self.adds | self.zero
        stmts = {op.stmt for op in inside}
        own = [op for op in self.block.ops if op.stmt in stmts or all(result.hint is None for result in op.results)]
        alone, of_statements = self._needed_by(inside, self.block.ops), self._needed_by(inside, own)
        found = alone if any(map(may_raise, alone - of_statements)) else of_statements
        return found - self._places()

    def _places(self) -> set[Op]:
        """What the places are made of where both branches put something."""
        found = set[Op]()
        todo = [value for op in self.adds if not adds(op) for value in op.operands[2:]]
        while todo:
            op = self.makers.get(todo.pop())
            if op is not None and op not in found:
                found.add(op)
                todo += op.operands
        return found

    def _needed_by(self, inside: set[Op], ops: list[Op]) -> set[Op]:
        """Those ``inside``, and what of ``ops`` nothing but these needs."""
        found = set(inside)
        for op in reversed(ops):
            users = {user for result in op.results for user in self.users[result]}
            if _is_free(op) and op not in self.adds and op.name != "pop" and users and users <= found:
                found.add(op)
        return found

    def _branch(self, span: list[Op], inside: set[Op]) -> list[Op]:
        """The operations, with a branch where its last one stands; as they are where that says no more."""
        here = self._without_needed(inside.intersection(span), self.masked | self.zero, span)
        handed = {op for op in here & (self.masked | self.zero) if not self.users[op.result] <= here}
        if handed and not self._is_worth(handed, here):
            here, handed = self._without_needed(here, set(), span), set()
        masked, zero = [op for op in span if op in self.masked & here], here & (self.masked | self.zero)
        is_one_number = len(masked) < 2 and all(op.result.type.is_scalar for op in masked)
        if not masked or (is_one_number and not any(map(may_raise, here))):
            return span
        inner, instead, blank = Block(), Instead(), Block()
        nothing = Builder(blank, masked[0].stmt).const(0.0)
        results, bases = list[Value](), dict[Value, Value]()
        for op in (op for op in span if op in here):
            if op in zero:
                bases[op.result] = nothing
                results += [op.result] if op in handed else []
            if op in self.masked:
                value = op.operands[1 if self.sense else 2]
                if op not in handed and op.result.hint is None:
                    instead[op.result] = value
                    continue
                op = Op("bind", [value], [op.result], {}, op.span, op.stmt, origin=op.origin)
            inner.ops.append(op)
            if op in self.adds:
                base = bases[op.result] = bases.get(op.operands[0], op.operands[0])
                if not adds(op):
                    clear = Op("store", [base, nothing, *op.operands[2:]], [Value(base.type, base.hint, base.temp)], {})
                    clear.span, clear.stmt, clear.origin = op.span, op.stmt, op.origin
                    blank.ops.append(clear)
                    bases[op.result] = clear.result
                results += [op.result] if self._is_needed_outside(op, here) else []
        instead.substitute(inner)
        self._rename(inner, results)
        other = Block([], [], [bases[result] for result in results])
        other.ops = blank.ops if nothing in other.yields or len(blank.ops) > 1 else []
        then, orelse = (inner, other) if self.sense else (other, inner)
        attrs, like = {"form": "stmt"}, masked[0]
        made = If("if", [self.condition], results, attrs, like.span, like.stmt, then, orelse, origin=like.origin)
        _gather_all(inner)
        last = max(k for k, op in enumerate(span) if op in here)
        return [*(op for op in span[:last] if op not in here), made, *span[last + 1 :]]

    def _is_worth(self, handed: set[Op], here: set[Op]) -> bool:
        """Whether a branch that hands numbers on reads better than a choice for each of them.

        It does if it computes some of them of others, and where there are many.
        """
        if any(op.result.type.is_array for op in handed):
            return False
        zeros = {op.result for op in here & (self.masked | self.zero)}
        computed = here - self.adds - self.masked
        return len(handed | here & self.adds) >= _MANY or any(not zeros.isdisjoint(op.operands) for op in computed)

    def _without_needed(self, here: set[Op], handed: set[Op], span: list[Op]) -> set[Op]:
        """Those that nothing outside needs, but those that may be ``handed`` on, behind all of the ``span``."""
        while True:
            before = {value for op in span if op not in here for value in _used(op)}
            needed = {op for op in here - handed - self.adds if self._is_needed_outside(op, here)}
            needed |= {op for op in here if not before.isdisjoint(op.results)}
            if not needed:
                return here
            here = here - needed

    def _is_needed_outside(self, op: Op, here: set[Op]) -> bool:
        """Whether what is not in the branch needs a result; what an addition begins with, the other branch hands on."""
        begun = {each.operands[0] for each in here & self.adds} if op not in self.adds else set()
        return any(not self.users[result] <= here or result in begun for result in op.results)

    def _rename(self, inner: Block, results: Iterable[Value]) -> None:
        """Let the branch yield values of its own, as the results are those of the ``if``."""
        own = {result: Value(result.type, result.hint, result.temp) for result in results}
        for op in inner.ops:
            op.results = [own.get(value, value) for value in op.results]
            op.operands = [own.get(value, value) for value in op.operands]
        inner.yields = [own[result] for result in results]


def _used(op: Op) -> Iterable[Value]:
    """What an operation, and what it owns, uses."""
    return use_counts(op)


def _is_free(op: Op) -> bool:
    """Whether an operation may go before others that it does not use: it writes into nothing."""
    return is_pure(op) or op.name == "pop"
