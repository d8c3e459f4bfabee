"""Sizes that annotations call alike are checked where the adjoints rely on it.

Before: ``%s = mul %x: array[n], %y: array[n]`` of the parameters ``x`` and ``y``.
After: ``assert y.shape == x.shape`` before all else.  NumPy broadcasts an array of one element, whose adjoint is a sum;
of what is called ``n`` throughout nothing is summed.

Other operations, a matrix product, NumPy refuses where the sizes differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest

from sct.analysis.activity import edges
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.sizes import linear, names_in, split_dim
from sct.ir.types import Dim, Type
from sct.rules.table import lookup
from sct.transform.build import Builder


@dataclass(frozen=True)
class Size:
    """A size: the array and the axis that it was first met at, what is taken away from it there, and its own name."""

    array: Value
    axis: int
    less: int = 0
    value: Value | None = None


def relied_sizes(fn: Function) -> dict[str, set[Value]]:
    """The sizes, by name, that operations which broadcast take from several parameters, each with the parameters.

    So are those by which a slice is known to lie within its array.
    """
    sources = _sources(fn)
    stated = {param: set(_names(param.type)) for param in fn.params}
    relied: dict[str, set[Value]] = {}
    for op in fn.body.walk():
        for name, values in _met(op):
            of = {param for value in values for param in sources.get(value, ()) if name in stated[param]}
            relied.setdefault(name, set()).update(of)
        for name in {part for dim in op.attrs.get("relied", ()) for part in names_in(str(dim))}:
            relied.setdefault(name, set()).update(param for param in fn.params if name in stated[param])
    return relied


def check_sizes(fn: Function, relied: Mapping[str, set[Value]]) -> int:
    """Let the function begin with assertions that its parameters have these sizes; returns how many operations."""
    ints = [param for param in fn.params if param.type.kind == "int"]
    params = fn.params[: len(fn.param_names)]
    asked = [(param, {name for name, params in relied.items() if param in params}) for param in params]
    checks = size_checks(fn, asked, {str(param.type.dim): Size(param, 0, value=param) for param in ints})
    fn.body.ops = [*checks, *fn.body.ops]
    return len(checks)


def size_checks(fn: Function, asked: Iterable[tuple[Value, set[str]]], sizes: Mapping[str, Size]) -> list[Op]:
    """The assertions that values have the sizes that are ``asked`` of each, given those that have names."""
    checks = _Checks(fn, sizes)
    for value, names in sorted(asked, key=lambda each: any(map(_parts, _names(each[0].type)))):
        checks.see(value, names)
    return checks.build.block.ops


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
                met = [value for value, own in zip(arrays, names, strict=True) if own == name]
                yield from ((part, met) for part in names_in(name))


def _names(type_: Type) -> Iterator[str]:
    for item in type_.items:
        yield from _names(item)
    yield from (split_dim(dim)[0] for dim in type_.shape or ())


def _parts(name: str) -> set[str]:
    """The sizes that a size is computed of."""
    terms, _ = linear(name)
    return set(terms) if len(terms) > 1 else set()


def _sources(fn: Function) -> dict[Value, set[Value]]:
    """The parameters that each value comes from."""
    found = {param: {param} for param in fn.params}
    ways, is_new = edges(fn.body, lambda op: op.operands), True
    while is_new:
        is_new = False
        for source, sink in ways:
            own = found.setdefault(sink, set())
            if not found.get(source, own) <= own:
                own |= found[source]
                is_new = True
    return found


class _Checks:
    """The assertions, value by value; ``seen`` has where each size was first met."""

    def __init__(self, fn: Function, sizes: Mapping[str, Size]) -> None:
        self.build = Builder(Block())
        self.build.span, self.build.lib = fn.span, "numpy"
        self.seen = dict(sizes)
        self.like: dict[Sequence[Dim], Value] = {}

    def see(self, value: Value, asked: set[str]) -> None:
        """Check the sizes that are asked of an array, or of those that a structure has."""
        if value.type.kind == "tuple" and not asked.isdisjoint(_names(value.type)):
            for index in range(len(value.type.items)):
                self.see(self.build.op("item", value, index=index), asked)
        elif value.type.shape:
            self._check(value, value.type.shape, asked)

    def _check(self, array: Value, dims: Sequence[Dim], asked: set[str]) -> None:
        names = [split_dim(dim)[0] for dim in dims]
        known = [self._is_known(name) for name in names]
        named = all(name.isdecimal() or (name in self.seen and self.seen[name].value is not None) for name in names)
        if all(self._is_told(array, axis, dim) for axis, dim in enumerate(dims)):
            return
        if dims in self.like and asked.intersection(names) and not named:
            self._assert(self._shape(array), self._shape(self.like[dims]))
        elif asked.issuperset(names) and all(known):
            self._assert(self._shape(array), self.build.op("tuple", *map(self._size, dims)))
        else:
            self._check_axes(array, dims, asked)
        for axis, dim in enumerate(dims):
            self._note(array, axis, dim)
        self.like.setdefault(dims, array)

    def _check_axes(self, array: Value, dims: Sequence[Dim], asked: set[str]) -> None:
        for axis, dim in enumerate(dims):
            name, _ = split_dim(dim)
            if name in asked and self._is_known(name) and not self._is_told(array, axis, dim):
                self._assert(self._along(array, axis), self._size(dim))
            self._note(array, axis, dim)

    def _is_known(self, name: str) -> bool:
        return name.isdecimal() or name in self.seen or (bool(parts := _parts(name)) and self.seen.keys() >= parts)

    def _is_told(self, array: Value, axis: int, dim: Dim) -> bool:
        """Whether the size was read off this very place."""
        name, less = split_dim(dim)
        size = self.seen.get(name)
        return size is not None and (size.array, size.axis, size.less) == (array, axis, less)

    def _note(self, array: Value, axis: int, dim: Dim) -> None:
        name, less = split_dim(dim)
        self.seen.setdefault(name, Size(array, axis, less))

    def _size(self, dim: Dim) -> Value:
        name, less = split_dim(dim)
        if name.isdecimal():
            return self.build.const(int(name))
        if name not in self.seen:
            return self._moved(self._computed(name), -less)
        size = self.seen[name]
        value = self._along(size.array, size.axis) if size.value is None else size.value
        return self._moved(value, size.less - less)

    def _moved(self, value: Value, by: int) -> Value:
        return value if not by else self.build.op("add" if by > 0 else "sub", value, self.build.const(abs(by)))

    def _computed(self, name: str) -> Value:
        """A size that is a sum of others, or a difference, of which the first ones are added."""
        terms, _ = linear(name)
        above, below = list((+terms).elements()), list((-terms).elements())
        value = self._size(above[0])
        for operation, others in (("add", above[1:]), ("sub", below)):
            for other in others:
                value = self.build.op(operation, value, self._size(other))
        return value

    def _along(self, array: Value, axis: int) -> Value:
        return self.build.op("getitem", self._shape(array), self.build.const(axis))

    def _shape(self, array: Value) -> Value:
        return self.build.op("shape", array, style="attr")

    def _assert(self, given: Value, wanted: Value) -> None:
        self.build.effect("assert", self.build.op("eq", given, wanted))
