"""An operation in one turn of the loops around it: its indices and sizes as linear forms, and what bounds these.

Before: ``for %i in (0, (floordiv %n, %d), 1) { %s = slice (mul %i, %d), …; %b = getitem %x, %s }``, an array of ``n``.
After: ``i >= 0``, ``i <= n // d - 1``, and ``i * d + d <= n``.

A product of two of them counts as a variable of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable

from sct.analysis.affine import ONE, Form, can_hold, constant, plus, times
from sct.ir.nodes import Block, For, Op, Value
from sct.ir.paths import is_step
from sct.ir.types import Dim, Type

_MADE = frozenset({"zeros", "ones", "empty", "full"})
# Of a part of a dimension: its first index, and the one behind its last; None where that is not known.
Extent = tuple[Form | None, Form | None]


class Places:
    """Where the operations of a body stand, and what is known of its ints.

    Attributes
    ----------
    maker : dict
        What makes each value.
    index : dict
        The loop that a value counts the turns of.
    order, around : dict
        Of each operation: how many stand before it, and the loops that it is in, the outermost first.
    params : set of Value
        The body's parameters.
    sizes, fixed : set of Dim
        The symbols for sizes in the parameters' types, and those with the symbols for ints: these never change.
    bounds : dict
        What is known already of the loops around an operation, see `Turn.ranges`.
    """

    def __init__(self, body: Block) -> None:
        self.maker: dict[Value, Op] = {}
        self.index: dict[Value, For] = {}
        self.order: dict[Op, int] = {}
        self.around: dict[Op, list[Op]] = {}
        self.bounds: dict[tuple[Op, str, int], list[Form]] = {}
        self.params = set(body.args)
        self.sizes = {dim for value in body.args for dim in _dims(value.type)}
        self.fixed = {dim for value in body.args for dim in _numbers(value.type)} | self.sizes
        self._visit(body, [])

    def _visit(self, block: Block, loops: list[Op]) -> None:
        for op in block.ops:
            self.order[op], self.around[op] = len(self.order), loops
            self.maker.update(dict.fromkeys(op.results, op))
            if isinstance(op, For):
                self.index[op.body.args[0]] = op
            inside = [*loops, op] if op.blocks and op.name in ("for", "while") else loops
            for owned in op.blocks:
                self._visit(owned, inside)


class Turn:
    """One of the two operations, in one turn of the loops around it."""

    def __init__(self, known: Places, op: Op, side: str, same: list[Op]) -> None:
        self._known = known
        self._op = op
        self._side = side
        self._same = same
        self._loops = known.around[op]

    def index(self, loop: Op) -> Form:
        key: Hashable = loop if loop in self._same else (loop, self._side)
        return {key: 1}

    def bounds(self) -> list[Form]:
        """That sizes are not negative, and the loops' ranges."""
        return [*self._sizes(), *self.ranges()]

    def _sizes(self) -> list[Form]:
        return [{dim: 1} for dim in self._known.sizes]

    def ranges(self) -> list[Form]:
        """That each loop's index lies within its range, and what it is given has sizes that are not negative."""
        key = self._op, self._side, len(self._same)  # which are the outermost loops around it
        if key not in self._known.bounds:
            self._known.bounds[key] = self._ranges()
        return self._known.bounds[key]

    def _ranges(self) -> list[Form]:
        found: list[Form] = []
        for loop in self._loops:
            found += [form for value in loop.operands for form in self._made_with(value)]
            if not isinstance(loop, For) or not isinstance(step := loop.operands[2].type.dim, int):
                continue
            first, behind = (self.form(value) for value in loop.operands[:2])
            sign = 1 if step > 0 else -1
            if first is not None:
                found.append(plus(times(self.index(loop), sign), first, -sign))
            if behind is not None:
                found.append(plus(plus(times(behind, sign), self.index(loop), -sign), constant(1), -1))
            if step > 0 and first is not None:
                found += self._parts(self.index(loop), first, loop.operands[1])
        return found

    def _parts(self, index: Form, first: Form, count: Value) -> list[Form]:
        """Of a whole that has so many parts: none begins before the ``first`` does, nor ends behind the whole's end.

        The parts are not empty, as the whole is not negative and has some.
        """
        op = self._known.maker.get(count)
        whole, part = map(self.form, op.operands) if op is not None and op.name == "floordiv" else (None, None)
        if whole is None or part is None or not first.keys() <= {ONE} or first.get(ONE, 0) < 0:
            return []
        start, after = _product(index, part), _product(plus(index, first, -1), part)
        if start is None or after is None or can_hold([*self._sizes(), plus(times(whole, -1), constant(1), -1)]):
            return []
        return [plus(part, constant(1), -1), after, plus(plus(whole, start, -1), part, -1)]

    def extents(self, bounds: list[Form]) -> list[Extent]:
        """The part of each dimension that is read or written, as far as that can be told."""
        op, found = self._op, list[Extent]()
        indices = op.operands[2:] if op.name in ("store", "index_add") else op.operands[1:]
        of_list = op.operands[0].type.kind == "list"
        shape = (None,) if of_list else op.operands[0].type.shape or ()
        for index, dim in zip(indices, shape, strict=False):
            if is_step(index) or index.type.kind in ("none", "ellipsis") or index.type.is_array:
                break
            size = None if dim is None else self.size(dim)
            slice_ = self._known.maker.get(index)
            if slice_ is not None and slice_.name == "slice":
                found.append(self._slice(slice_, size, bounds))
            else:
                place = self._counted(self.form(index), size, bounds)
                found.append((place, None if place is None else plus(place, constant(1))))
        return found

    def _slice(self, op: Op, size: Form | None, bounds: list[Form]) -> Extent:
        start, stop, step = op.operands
        forward = step.type.kind == "none" or (isinstance(step.type.dim, int) and step.type.dim > 0)
        if not forward:
            return None, None
        first = constant(0) if start.type.kind == "none" else self._counted(self.form(start), size, bounds)
        behind = size if stop.type.kind == "none" else self._counted(self.form(stop), size, bounds)
        return first, behind

    def _counted(self, form: Form | None, size: Form | None, bounds: list[Form]) -> Form | None:
        """An index, counted from the start; a negative one counts from the end."""
        if form is None or (form.keys() <= {ONE} and form.get(ONE, 0) >= 0):
            return form
        if not can_hold([*bounds, plus(times(form, -1), constant(1), -1)]):
            return form
        return plus(form, size) if size is not None and not can_hold([*bounds, form]) else None

    def size(self, dim: Dim) -> Form | None:
        if isinstance(dim, int):
            return constant(dim)
        return {dim: 1} if dim in self._known.fixed else None

    def _made_with(self, value: Value) -> list[Form]:
        """The sizes that an array was made with, ``np.zeros((m - k, n))``: it is there, so they are not negative.

        Those of its slices may be less than they say, cut at its end.
        """
        maker = self._known.maker
        op = maker.get(value)
        while op is not None and op.name == "store":
            op = maker.get(op.operands[0])
        if op is None or op.name not in _MADE:
            return []
        shape = maker.get(op.operands[0])
        sizes = shape.operands if shape is not None and shape.name == "tuple" else op.operands[:1]
        return [form for size in sizes if size.type.kind == "int" and (form := self.form(size)) is not None]

    def form(self, value: Value) -> Form | None:
        """An int as a linear form of the loops' indices, of sizes and of what is the same in both turns."""
        known = self._known
        op = known.maker.get(value)
        is_computed = op is not None and op.name in ("add", "sub", "neg", "mul")
        if op is not None and is_computed and (found := self._arithmetic(op)) is not None:
            return found
        if value.type.dim is not None and (size := self.size(value.type.dim)) is not None:
            return size
        if value in known.index:
            return self.index(known.index[value])
        if is_computed:
            return None
        if value in known.params or (op is not None and all(loop in self._same for loop in known.around[op])):
            return {value: 1} if value.type.kind == "int" else None
        return None

    def _arithmetic(self, op: Op) -> Form | None:
        forms = [self.form(value) for value in op.operands]
        a, b = forms[0], forms[-1]
        if a is None or b is None:
            return None
        if op.name == "neg":
            return times(a, -1)
        if op.name != "mul":
            return plus(a, b, 1 if op.name == "add" else -1)
        return _product(a, b)


def _product(a: Form, b: Form) -> Form | None:
    """The product of two forms; None where a variable of one is a product already."""
    found = constant(0)
    for (first, more), (second, times_) in itertools.product(a.items(), b.items()):
        keys = {first, second} - {ONE}
        if (any(isinstance(key, frozenset) for key in keys) and len(keys) > 1) or (first == second != ONE):
            return None
        found = plus(found, {frozenset(keys) if len(keys) > 1 else next(iter(keys), ONE): more * times_})
    return found


def _dims(type_: Type) -> list[Dim]:
    """The symbols for sizes in a parameter's type: these never change, and are not negative."""
    own = [dim for dim in type_.shape or () if isinstance(dim, str)]
    return [*own, *(dim for item in type_.items for dim in _dims(item))]


def _numbers(type_: Type) -> list[Dim]:
    """The symbols for ints in a parameter's type: these never change, and may be negative."""
    own = [type_.dim] if isinstance(type_.dim, str) else []
    return [*own, *(dim for item in type_.items for dim in _numbers(item))]
