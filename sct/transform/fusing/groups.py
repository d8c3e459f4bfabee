"""Which operations one loop nest can do: a run of elementwise operations, writes and sums over the same elements.

Before: ``%s = mul 0.2, %g; %A1 = index_add %A, %s, (slice 1, -1)``, and so on.
After: these are one group, as long as no element is needed of an array that another turn of the nest has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sct.analysis.liveness import users
from sct.analysis.sharing import Sharing
from sct.ir.indices import repeats
from sct.ir.nodes import Function, Op, Value
from sct.ir.paths import is_step
from sct.ir.types import Dim, Type
from sct.rules.shapes import infer_getitem
from sct.rules.table import lookup
from sct.transform.fusing.accesses import Access, Accesses, Entry, is_view

Shape = tuple[Dim, ...]
Read = tuple[Value, Access | None]
Write = tuple[Value, Access, bool]
_SCALAR = frozenset({"const", "slice", "tuple", "item", "global"})
_NEW = frozenset({"zeros_like", "ones_like", "empty_like", "zeros", "ones", "empty"})


@dataclass
class Group:
    """A run of operations over the elements of one shape.

    Attributes
    ----------
    ops : list of Op
        In program order: elementwise ones, writes, sums, the views that these read, new arrays, and scalar ones.
    shape : tuple of Dim or None
        What the nest goes over; None while there is no elementwise operation and no write.
    reads, writes : list
        What is read and what is written (and whether it is only added to), as elements of the arrays that all the
        versions are versions of; None where that cannot be said.
    deferred : dict of Op to Value
        The additions that have to wait until every turn has read and stored, and the arrays that get them.
    late : dict of Op to (Value or None)
        What is done with the sums behind the nest: operations of numbers, and additions to an element of an array.
    slices : bool
        Whether something but whole arrays is read or written.
    sums : set of Value
        The numbers, and sums along an axis, that are known when every turn has run.
    made : set of Value
        The arrays that elementwise operations make.
    """

    ops: list[Op] = field(default_factory=list)
    shape: Shape | None = None
    reads: list[Read] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    deferred: dict[Op, Value] = field(default_factory=dict)
    late: dict[Op, Value | None] = field(default_factory=dict)
    slices: bool = False
    sums: set[Value] = field(default_factory=set)
    made: set[Value] = field(default_factory=set)

    def add(self, op: Op) -> None:
        """Let an operation be the last one."""
        self.ops.append(op)
        if is_total(op):
            self.sums.add(op.result)
        elif is_pointwise(op):
            self.made.add(op.result)

    @property
    def waiting(self) -> list[Value]:
        """The arrays that get something behind the nest."""
        return [*self.deferred.values(), *(array for array in self.late.values() if array is not None)]


class Grouping:
    """Finds the groups of a function's blocks."""

    def __init__(self, fn: Function) -> None:
        self.accesses = Accesses(fn)
        self.sharing = Sharing(fn)
        self._users = users(fn.body)

    def groups(self, ops: Iterable[Op]) -> Iterable[Group]:
        """The operations in groups; those that are no part of one are in groups without a shape."""
        group = Group()
        for op in ops:
            if self._joins(op, group):
                continue
            count = _end(group.ops, op)
            yield from self._again(group.ops[:count])
            *whole, group = self._again(group.ops[count:])
            yield from whole
            if not self._joins(op, group):
                views = [made for made in group.ops if is_view(made) and not _is_used(made, group)]
                yield from self._again(made for made in group.ops if made not in views)
                (group,) = self._again(views)
                if not self._joins(op, group):
                    yield Group([*views, op])
                    group = Group()
        count = _end(group.ops, None)
        yield from self._again(group.ops[:count])
        yield Group(group.ops[count:])

    def _again(self, ops: Iterable[Op]) -> list[Group]:
        """The groups of a part of a group: one, or more if it was one for what stood before the part."""
        found = [Group()]
        for op in ops:
            if not self._joins(op, found[-1]):
                found.append(Group())
                joins = self._joins(op, found[-1])
                assert joins
        return found

    def outside(self, value: Value, group: Group) -> bool:
        """Whether something else needs the value."""
        return any(user not in group.ops for user in self._users.get(value, []))

    def is_broken_off(self, value: Value, group: Group) -> bool:
        """Whether the rest of an expression of which the value is a part stays an operation on arrays."""
        users = [user for user in self._users.get(value, []) if isinstance(user, Op) and user not in group.ops]
        places = [(op.stmt, op.origin is None) for op in group.ops if value in op.results]
        parts = [user for user in users if is_pointwise(user) and (user.stmt, user.origin is None) in places]
        return value.hint is None and bool(parts)

    def shown(self, value: Value, group: Group) -> Access | None:
        """The elements of an operand, through the views of the group."""
        return self.accesses.of(value, group.ops)

    def _joins(self, op: Op, group: Group) -> bool:
        """Add an operation to a group, if it can be a part of it."""
        if op.name == "accumulate" and (op.attrs.get("in_place") or op.attrs.get("made")):
            op.attrs["made"] = self._is_only_for(op, group)
            op.attrs["in_place"] = not op.attrs["made"]
        if self._made_by(op, group):
            return False  # it would be needed before the nest
        if not group.sums.isdisjoint(op.operands):
            return self._follows(op, group)
        if is_view(op) or op.name in _NEW or self._is_scalar(op, group):
            group.add(op)
            return True
        shape = shape_of(op)
        if shape is None or group.shape not in (None, shape):
            return False
        if is_dot(op) and (not group.writes or group.made.isdisjoint(op.operands)):
            return False  # BLAS is faster at a product alone
        reads = [(value, self._aligned(self.accesses.root(value), value.type, shape)) for value in read_by(op)]
        if any(not _fits(value.type, shape) for value, _ in reads):
            return False
        writes: list[Write] = []
        if is_write(op):
            array, root = op.operands[0], self.accesses.root(op.operands[0])
            is_array = root is not None and root.is_whole and root.array.type.rank == array.type.rank
            at = self.accesses.part(root, op.operands[2:]) if is_array and root is not None else None
            if at is None:
                return False
            writes = [(array, at, op.name != "store")]
        if self._clashes(reads, writes, group):
            if not self._may_wait(op, reads, writes, group):
                return False
            group.deferred[op] = op.operands[0]
            writes = []
        group.add(op)
        group.shape = shape
        group.reads += reads
        group.writes += writes
        unnamed = [self.shown(value, group) for value, _ in reads if value.hint is None]
        group.slices |= any(at is not None and not at.is_whole for at in unnamed) or op in group.deferred
        group.slices |= any(not at.is_whole for _, at, _ in writes)
        return True

    def _follows(self, op: Op, group: Group) -> bool:
        """Let an operation be done behind the nest, if it can; what sets zeros adds to them as well."""
        adds = op.name == "index_add" or (op.name == "store" and bool(op.attrs.get("first")))
        array = op.operands[0] if adds and op.operands[1].type.is_scalar else None
        if array is None:
            can = self._is_scalar(op, group) and not any(value.type.is_array for value in op.operands)
        else:
            can = all(index.type.kind == "int" for index in op.operands[2:]) and not self._is_made(array, group)
            can = can and not any(self.sharing(array, value) for value in self._named(group.reads, group.writes))
        if not can:
            return False
        group.add(op)
        group.late[op] = array
        group.sums |= set() if array is not None else {op.result}
        return True

    def _named(self, reads: Iterable[Read], writes: Iterable[Write]) -> list[Value]:
        """The arrays of which a turn has to see what they hold."""
        return [value for value, _ in reads] + [array for array, _, adds in writes if not adds]

    def _is_only_for(self, op: Op, group: Group) -> bool:
        """Whether nothing but the operation uses what a nest of slices makes: an element of that is a number."""
        return op.operands[0] in group.made and self._users.get(op.operands[0]) == [op]

    def _made_by(self, op: Op, group: Group) -> bool:
        """Whether the operation looks at a part of what the nest makes, or at its shape, or writes into it."""
        if op.name not in _NEW | {"getitem", "transpose", "shape", "len", "size"} and not is_write(op):
            return False
        return op.operands[0].type.is_array and self._is_made(op.operands[0], group)

    def _is_made(self, array: Value, group: Group) -> bool:
        """Whether the nest makes the array, or that cannot be said."""
        root = self.accesses.root(array)
        return root is None or root.array in group.made

    def _is_scalar(self, op: Op, group: Group) -> bool:
        """Whether the operation can be done before the nest."""
        if op.blocks or len(op.results) != 1 or not _is_small(op.result.type):
            return False
        row = lookup(op.name)
        if op.name in ("shape", "len", "size"):
            return True
        if op.name == "getitem" and op.operands[0].type.is_array:
            root = self.accesses.root(op.result)
            waiting = ((array, None) for array in group.waiting)
            writes = [*((array, at) for array, at, _ in group.writes), *waiting]
            return not any(self._differ(array, at, op.operands[0], root, is_same=False) for array, at in writes)
        plain = op.name in _SCALAR or (op.name in ("getitem", "accumulate") or (row is not None and row.elementwise))
        return plain and all(_is_small(value.type) for value in op.operands)

    def _clashes(self, reads: Sequence[Read], writes: Sequence[Write], group: Group) -> bool:
        """Whether a turn would see what another turn of the group has written, or not see what it should."""
        named = self._named(reads, writes)
        if any(self.sharing(value, waiting) for value in named for waiting in group.waiting):
            return True
        for array, at, _ in group.writes:
            if any(self._differ(array, at, value, read) for value, read in reads):
                return True
        for array, at, adds in writes:
            if any(self._differ(array, at, value, read) for value, read in [*group.reads, *reads]):
                return True
            for other, place, also in group.writes:
                if not (adds and also) and self._differ(array, at, other, place):
                    return True
        return False

    def _may_wait(self, op: Op, reads: Sequence[Read], writes: Sequence[Write], group: Group) -> bool:
        """Whether an addition can be done behind the nest, as nothing in the nest needs it."""
        value = op.operands[1] if is_write(op) else None
        if value is None or op.name == "store" or value.type.shape != group.shape:
            return False
        return not self._clashes(reads, [], group) and not any(self.sharing(op.operands[0], v) for v, _ in reads)

    def _differ(self, a: Value, at: Access | None, b: Value, place: Access | None, is_same: bool = True) -> bool:
        """Whether a turn may name an element of the one that another turn, or this one, names of the other."""
        if not self.sharing(a, b):
            return False
        if at is None or place is None:
            return True
        return not (is_same and at.meets(place)) and not self.accesses.apart(at, place)

    def _aligned(self, access: Access | None, type_: Type, shape: Shape) -> Access | None:
        return None if access is None else aligned(access, type_, shape)


def _is_used(made: Op, group: Group) -> bool:
    return any(value in made.results for op in group.ops for value in op.operands)


def _end(ops: Sequence[Op], following: Op | None) -> int:
    """How many operations are a group's, without the views, the scalars and the parts of a statement at its end."""
    count = len(ops)
    while count and ops[count - 1].name not in ("index_add", "store") and not is_write(ops[count - 1]):
        last = ops[count - 1]
        ends = following is None or last.stmt is not following.stmt or last.result.hint is not None
        ends = ends or (following is not None and is_view(following) and following.operands[0] in last.results)
        if is_total(last) or (is_pointwise(last) and ends):
            break
        count -= 1
    return count


def aligned(access: Access, type_: Type, shape: Shape) -> Access:
    """The elements of an array of a type at the indices of a nest over ``shape``, as it is broadcast."""
    dims = type_.shape or ()
    lead = len(shape) - len(dims)
    entries = []
    for entry in access.entries:
        if entry.axis is not None and dims[entry.axis] == 1 and shape[entry.axis + lead] != 1:
            entries.append(Entry(None, entry.base, entry.number))
        else:
            entries.append(entry if entry.axis is None else replace(entry, axis=entry.axis + lead))
    return Access(access.array, tuple(entries))


def is_write(op: Op) -> bool:
    """Whether the operation writes into a part of an array that slices name."""
    if op.name == "accumulate":
        return op.result.type.is_array and bool(op.attrs.get("in_place"))
    if op.name not in ("store", "index_add") or not op.operands[0].type.is_array or "helper" in op.attrs:
        return False
    return not repeats(op.operands[2:]) and not _paths(op) and bool(shape_of_region(op))


def is_pointwise(op: Op) -> bool:
    """Whether each element of the result comes from the operands' elements there."""
    if len(op.results) != 1 or not op.result.type.is_array or op.blocks:
        return False
    row = lookup(op.name)
    is_elementwise = row is not None and row.elementwise
    if op.name in ("floordiv", "mod") and op.operands[1].type.is_array:
        return False  # Python's raise where those of arrays do not
    return (is_elementwise or op.name in ("copy", "accumulate") or is_share(op)) and not is_write(op)


def is_share(op: Op) -> bool:
    """Whether the operation makes ones and zeros of a mask."""
    return op.name == "astype_like" and [value.type.element for value in op.operands] == ["bool", "float"]


def is_dot(op: Op) -> bool:
    """Whether the operation adds up the products of two vectors' elements."""
    types = [value.type for value in op.operands]
    return op.name in ("matmul", "dot") and all(type_.rank == 1 and type_.element == "float" for type_ in types)


def is_total(op: Op) -> bool:
    """Whether the operation adds up the elements of an array, all of them or those along some axes."""
    if is_dot(op):
        return True
    if op.name != "sum" or op.attrs.get("keepdims") or not op.operands[0].type.is_array:
        return False
    array, result = op.operands[0].type, op.result.type
    if array.element != "float":
        return False
    return result.kind == "float" if op.attrs.get("axis") is None else result.element == "float" and bool(summed(op))


def summed(op: Op) -> tuple[int, ...]:
    """The axes along which a sum adds up, in order; none where that cannot be said."""
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
    if rank is None:
        return ()
    given = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(k % rank for k in given)) if all(isinstance(k, int) for k in given) else ()


def read_by(op: Op) -> list[Value]:
    """The arrays of which an operation of a group reads elements."""
    return [value for value in (op.operands[1:2] if is_write(op) else op.operands) if not value.type.is_scalar]


def shape_of(op: Op) -> Shape | None:
    """What an elementwise operation, a write or a sum goes over."""
    if is_write(op):
        return shape_of_region(op)
    if is_total(op):
        return op.operands[0].type.shape or None
    return op.result.type.shape if is_pointwise(op) else None


def shape_of_region(op: Op) -> Shape | None:
    return infer_getitem((op.operands[0].type, *(index.type for index in op.operands[2:]))).shape or None


def _fits(type_: Type, shape: Shape) -> bool:
    """Whether an operand is known to be broadcast to a shape."""
    dims = type_.shape
    if not type_.is_array or dims is None or len(dims) > len(shape):
        return False
    return all(dim in (1, shape[len(shape) - len(dims) + k]) for k, dim in enumerate(dims))


def _is_small(type_: Type) -> bool:
    return (
        type_.is_scalar
        or type_.kind in ("slice", "none", "ellipsis")
        or (type_.kind == "tuple" and all(map(_is_small, type_.items)))
    )


def _paths(op: Op) -> bool:
    return any(is_step(value) for value in op.operands[1:])
