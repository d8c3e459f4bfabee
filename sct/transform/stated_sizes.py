"""Sizes that annotations call alike are checked where the adjoints rely on it.

Before: ``%s = mul %x: array[n], %y: array[n]`` of the parameters ``x`` and ``y``.
After: ``assert y.shape == x.shape`` before all else.  NumPy broadcasts an array of one element, whose adjoint is a sum;
of what is called ``n`` throughout nothing is summed.

Other operations, a matrix product, NumPy refuses where the sizes differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product, zip_longest

from sct.ir.nodes import Block, Dim, Function, Loop, Op, Type, Value, While
from sct.rules.shapes import split_dim
from sct.rules.table import lookup
from sct.transform.build import Builder

Size = tuple[Value, int | None, int]
"""A value, the axis along which its size is meant (None: the value is the size), and what is taken away from it."""


def relied_sizes(fn: Function) -> dict[str, set[Value]]:
    """The sizes, by name, that operations which broadcast take from several parameters, each with the parameters."""
    sources = _sources(fn)
    stated = {param: set(_names(param.type)) for param in fn.params}
    relied: dict[str, set[Value]] = {}
    for op in fn.body.walk():
        for name, values in _met(op):
            of = {param for value in values for param in sources.get(value, ()) if name in stated[param]}
            relied.setdefault(name, set()).update(of)
    return relied


def check_sizes(fn: Function, relied: Mapping[str, set[Value]]) -> int:
    """Let the function begin with assertions that its parameters have these sizes; returns how many operations."""
    checks = _Checks(fn)
    for param in fn.params[: len(fn.param_names)]:
        checks.see(param, {name for name, params in relied.items() if param in params})
    fn.body.ops = [*checks.build.block.ops, *fn.body.ops]
    return len(checks.build.block.ops)


def _met(op: Op) -> Iterator[tuple[str, list[Value]]]:
    """The sizes along which an operation, or a callee's, broadcasts no operand or one from 1, and the operands."""
    row, arrays = lookup(op.name), [value for value in op.operands if value.type.shape]
    if "callee" in op.attrs:
        held = [(value, set(_names(value.type))) for value in op.operands]
        yield from ((name, [a, b]) for (a, own), (b, other) in combinations(held, 2) for name in own & other)
    elif len(arrays) > 1 and (op.name == "store" or (row is not None and row.elementwise)):
        for along in zip_longest(*(reversed(value.type.shape or ()) for value in arrays)):
            names = [None if dim is None else split_dim(dim)[0] for dim in along]
            for name in {name for name in names if name is not None and (name == "1" or names.count(name) > 1)}:
                yield name, [value for value, own in zip(arrays, names, strict=True) if own == name]


def _names(type_: Type) -> Iterator[str]:
    for item in type_.items:
        yield from _names(item)
    yield from (split_dim(dim)[0] for dim in type_.shape or ())


def _sources(fn: Function) -> dict[Value, set[Value]]:
    """The parameters that each value comes from."""
    found = {param: {param} for param in fn.params}
    edges, is_new = list(_edges(fn.body)), True
    while is_new:
        is_new = False
        for source, sink in edges:
            own = found.setdefault(sink, set())
            if not found.get(source, own) <= own:
                own |= found[source]
                is_new = True
    return found


def _edges(block: Block) -> Iterator[tuple[Value, Value]]:
    for op in block.ops:
        for owned in op.blocks:
            yield from _edges(owned)
        if isinstance(op, Loop):
            for init, arg, following, result in zip(op.inits, op.carried, op.nexts, op.results, strict=True):
                yield from ((init, arg), (following, arg), (arg, result))
            if isinstance(op, While):
                yield from zip(op.carried, op.test.args, strict=True)
        elif op.blocks:
            yield from (
                (value, result) for owned in op.blocks for value, result in zip(owned.yields, op.results, strict=False)
            )
        else:
            yield from product(op.operands, op.results)


class _Checks:
    """The assertions, parameter by parameter; ``seen`` has where each size was first met."""

    def __init__(self, fn: Function) -> None:
        self.build = Builder(Block())
        self.build.span, self.build.lib = fn.span, "numpy"
        ints = (param for param in fn.params if param.type.kind == "int")
        self.seen: dict[str, Size] = {str(param.type.dim): (param, None, 0) for param in ints}
        self.like: dict[Sequence[Dim], Value] = {}

    def see(self, value: Value, relied: set[str]) -> None:
        """Check the relied sizes of an array, or of those that a structure has."""
        if value.type.kind == "tuple" and not relied.isdisjoint(_names(value.type)):
            for index in range(len(value.type.items)):
                self.see(self.build.op("item", value, index=index), relied)
        elif value.type.shape:
            self._check(value, value.type.shape, relied)

    def _check(self, array: Value, dims: Sequence[Dim], relied: set[str]) -> None:
        names = [split_dim(dim)[0] for dim in dims]
        if dims in self.like and relied.intersection(names):
            self._assert(self._shape(array), self._shape(self.like[dims]))
        elif relied.issuperset(names) and all(name.isdecimal() or name in self.seen for name in names):
            self._assert(self._shape(array), self.build.op("tuple", *map(self._size, dims)))
        else:
            self._check_axes(array, dims, relied)
        for axis, dim in enumerate(dims):
            self._note(array, axis, dim)
        self.like.setdefault(dims, array)

    def _check_axes(self, array: Value, dims: Sequence[Dim], relied: set[str]) -> None:
        for axis, dim in enumerate(dims):
            name, _ = split_dim(dim)
            if name in relied and (name.isdecimal() or name in self.seen):
                self._assert(self._along(array, axis), self._size(dim))
            self._note(array, axis, dim)

    def _note(self, array: Value, axis: int, dim: Dim) -> None:
        name, less = split_dim(dim)
        self.seen.setdefault(name, (array, axis, less))

    def _size(self, dim: Dim) -> Value:
        name, less = split_dim(dim)
        if name.isdecimal():
            return self.build.const(int(name))
        value, axis, by = self.seen[name]
        size = value if axis is None else self._along(value, axis)
        if by == less:
            return size
        return self.build.op("add" if by > less else "sub", size, self.build.const(abs(by - less)))

    def _along(self, array: Value, axis: int) -> Value:
        return self.build.op("getitem", self._shape(array), self.build.const(axis))

    def _shape(self, array: Value) -> Value:
        return self.build.op("shape", array, style="attr")

    def _assert(self, given: Value, wanted: Value) -> None:
        self.build.effect("assert", self.build.op("eq", given, wanted))
