"""What is as short as a variable, where its operands are called the same throughout: it is written again at each use.

Before: ``%1 = getitem %p, %i; %2 = mul %x, %1; …; %3 = mul %g, %1``, and nothing is written into ``%p``.
After: ``fixed``, an attribute of ``%1``: ``p[i]`` is written twice, as the author did.

These are the parts of structures, ``i - 1`` of an index, an element of an array, and what the author computes of a
variable and a constant: ``0.5 * dt``, ``-k``; and where a derivative is another one: ``r > 0``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import unwritten, written_by
from sct.analysis.sharing import Sharing
from sct.ir.nodes import For, Function, Op, Value
from sct.ir.operations import COMPARISONS

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg"})
AS_SHORT = _ARITHMETIC | frozenset(COMPARISONS) | {"item", "getitem", "size"}
_OFTEN = 3
"""How often a statement, or a reverse sweep, reads an element, or a sum, that has a variable.

A product with a constant needs none.
"""


def mark_short(fn: Function) -> None:
    """Note what is as short as a variable."""
    values = [*fn.params, *(value for op in fn.body.walk() for value in _named(op))]
    count = Counter(value.hint for value in values)
    fixed = {value for value in values if value.hint is not None and count[value.hint] == 1}
    for op in fn.body.walk():
        in_brackets = op.attrs.get("indexes") and op.operands and op.operands[0].hint is None
        if op.name == "shape" and op.operands[0] in fixed:
            fixed.add(op.result)  # nothing that is written into an array changes it
        if op.attrs.get("named"):  # a size, which loops are written with
            continue
        if op.name == "item" and op.operands[0].type.kind == "tuple" and (op.operands[0] in fixed or in_brackets):
            op.attrs["fixed"] = True
            fixed.add(op.result)
        if op.name == "size" and op.operands[0] in fixed:
            op.attrs["fixed"] = True
    indices = [op.body.args[0] for op in fn.body.walk() if isinstance(op, For)]
    steady = {index for index in indices if count[index.hint] == sum(other.hint == index.hint for other in indices)}
    steady |= fixed | {op.result for op in fn.body.walk() if op.name in ("const", "global")}
    _Numbers(fn, steady).mark()


def _named(op: Op) -> Iterator[Value]:
    yield from op.results
    for block in op.blocks:
        yield from block.args


class _Numbers:
    """The numbers that are made of what is ``steady``."""

    def __init__(self, fn: Function, steady: set[Value]) -> None:
        ops = list(fn.body.walk())
        self.ops = [op for op in ops if op.name in _ARITHMETIC | {"getitem"}]
        self.comparisons = [op for op in ops if op.name in COMPARISONS and op.origin is not None]
        self.steady = steady
        self.indices = set(steady)
        self.constants = {op.result for op in ops if op.name == "const"}
        self.squared = {value for op in ops for value in op.operands if op.operands.count(value) > 1}
        count = Counter((value, op.stmt, op.origin is None) for op in ops for value in op.operands)
        self.often = {value for (value, *_), times in count.items() if times >= _OFTEN}
        authored = {value for op in ops if op.origin is None for value in op.operands}
        derived = Counter(value for op in ops for value in op.operands if value not in authored)
        self.often |= {value for value, times in derived.items() if times >= _OFTEN}
        self.elements = _Elements(fn, steady)
        self.handed_on = {value for block in fn.body.blocks() if block is not fn.body for value in block.yields}

    def mark(self) -> None:
        for op in self.ops:
            is_number = op.result.type.kind in ("float", "int")
            if is_number and (self.is_index(op) or self.is_element(op) or self.is_bare(op)):
                op.attrs["fixed"] = True
                self.indices.add(op.result)
            elif self.is_beside(op):
                op.attrs["fixed"] = True
        for op in self.comparisons:
            constants = self.constants.intersection(op.operands)
            op.attrs["fixed"] = op.result.type.is_scalar and bool(constants) and self.steady.issuperset(op.operands)

    def is_index(self, op: Op) -> bool:
        is_sum = op.name in ("add", "sub") or (op.name == "mul" and not self.constants.isdisjoint(op.operands))
        return is_sum and op.result.type.kind == "int" and self.steady.issuperset(op.operands)

    def is_beside(self, op: Op) -> bool:
        """Whether it is ``j + 1`` of a variable that has another value only when nothing reads that sum any more."""
        if op.name not in ("add", "sub") or op.result.type.kind != "int" or self.constants.isdisjoint(op.operands):
            return False
        names = {value.hint for value in op.operands if value not in self.steady}
        return None not in names and self.elements.is_named_alike(op, names)

    def is_element(self, op: Op) -> bool:
        """Whether an element is read a few times, and has not changed then."""
        if op.origin is not None and len(op.operands) > 2 and self.elements.count[op.result] > 1:
            return False  # `A_bar[i, j]` is longer than a variable
        if op.result in self.handed_on and self.elements.count[op.result] > 1:
            return False  # it has a variable, for what is behind the branch
        is_read = op.name == "getitem" and op.result not in self.often
        return is_read and self.indices.issuperset(op.operands[1:]) and self.elements.stays(op)

    def is_bare(self, op: Op) -> bool:
        """Whether the author computes a number of one variable or of none; a square is written with one, too."""
        if op.name == "getitem" or op.origin is not None or op.result in self.squared:
            return False
        if op.name in ("add", "sub") and op.result in self.often:
            return False
        numbers = self.constants.intersection(op.operands)
        return self.steady.issuperset(op.operands) and len(numbers) >= len(op.operands) - 1


class _Elements:
    """Which elements stay what they are until they are read for the last time."""

    def __init__(self, fn: Function, fixed: set[Value]) -> None:
        self.arrays = unwritten(fn, fixed)
        self.fn = fn
        self.count = use_counts(fn.body)
        self.places = {op: (block, k) for block in fn.body.blocks() for k, op in enumerate(block.ops)}

    @cached_property
    def sharing(self) -> Sharing:
        return Sharing(self.fn)

    def stays(self, op: Op) -> bool:
        array, result = op.operands[0], op.result
        if array in self.arrays:
            return True
        if not array.type.is_array or op.origin is not None:  # an adjoint is read on while others are written
            return False
        block, place = self.places[op]
        written = self.written_with(result)
        left = sum(self.count[value] for value in written)
        for other in islice(block.ops, place + 1, None):
            changes = any(self.changes(inner, array) for inner in other.walk())
            if changes and other.blocks:
                return False
            uses = use_counts(other) if other.blocks else Counter(other.operands)
            left -= sum(uses[value] for value in written)
            if changes or not left:
                return not left
        return left == sum(map(block.yields.count, written))

    def is_named_alike(self, op: Op, names: Collection[str | None]) -> bool:
        """Whether variables stand for the same values as long as the result of an operation is read."""
        block, place = self.places[op]
        left = self.count[op.result]
        for other in islice(block.ops, place + 1, None):
            renames = any(value.hint in names for inner in other.walk() for value in _named(inner))
            left -= use_counts(other)[op.result]
            if not left:
                return not (renames and other.blocks)
            if renames:
                return False
        return left == block.yields.count(op.result)

    def written_with(self, index: Value) -> list[Value]:
        """An element, and what is written again at each use with it in its brackets: ``x[:ks[0]]``."""
        found = [index]
        for value in found:
            users = self.users.get(value, ())
            found += [op.result for op in users if op.name != "getitem" or value in op.operands[1:]]
        return found

    @cached_property
    def users(self) -> dict[Value, list[Op]]:
        """The slices and elements that values are written into."""
        found: dict[Value, list[Op]] = {}
        for op in self.places:
            for value in set(op.operands) if op.name in ("slice", "tuple", "getitem") else ():
                found.setdefault(value, []).append(op)
        return found

    def changes(self, op: Op, array: Value) -> bool:
        """Whether an operation writes into the array, or gives its name to another one."""
        renames = any(value.hint == array.hint for value in _named(op))
        return renames or any(self.sharing(array, other) for other in written_by(op))
