"""The sizes that fused loops rely on: each has a name, and sizes with one name are equal, which is checked.

Before: parameters ``A: Float[np.ndarray, "n n"]`` and ``B: Float[np.ndarray, "n n"]``, loops over ``B.shape[0] - 1``.
After: ``n = A.shape[0]; assert A.shape == (n, n); assert B.shape == (n, n)`` before all else, and loops over ``n - 1``.

A size that no loop changes lets a compiler see that no index is negative.  One that is read off an array which changes
places with another in every turn does not: jacobi_2d took 15 times as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.sizes import is_fresh, split_dim
from sct.ir.types import Dim
from sct.transform.build import Builder
from sct.transform.fusing.nests import size_of
from sct.transform.stated_sizes import Size, size_checks


@dataclass
class Sweep:
    """The operations of a function, or of one sweep; ``first`` are those that name sizes, in front of them."""

    ops: list[Op]
    first: list[Op] = field(default_factory=list)
    sizes: dict[str, Size] = field(default_factory=dict)


def name_sizes(fn: Function, boundary: int, seeds: Sequence[Value] = (), is_callee: bool = False) -> int:
    """Name the sizes of fused loops, and check them; returns where the reverse sweep begins then.

    The sweeps of a callee are two functions, of which the second has the ``seeds``; its sizes are those of its caller.
    """
    ops = fn.body.ops
    if is_callee:
        forward, reverse = _named(fn, ops[:boundary], fn.params), _named(fn, ops[boundary:], seeds or fn.params)
        fn.body.ops = [*forward.first, *forward.ops, *reverse.first, *reverse.ops]
        return len(forward.first) + len(forward.ops)
    behind = set(ops[boundary:])
    sweep = _named(fn, ops, fn.params)
    fn.body.ops = [*sweep.first, *_checks(fn, sweep.sizes), *sweep.ops]
    return next((k for k, op in enumerate(fn.body.ops) if op in behind), len(fn.body.ops))


def _named(fn: Function, ops: Sequence[Op], arrays: Sequence[Value]) -> Sweep:
    """Let the sizes that loops ask for be the author's, where he has given them a name, or get one in front."""
    sweep, builder = Sweep(list(ops)), _builder(fn)
    named = {value.hint for op in fn.body.walk() for block in op.blocks for value in block.args}
    named |= {*fn.param_names, *(value.hint for op in fn.body.walk() for value in op.results)}
    given = [param for param in fn.params if param.type.kind == "int" and param.type.dim is not None]
    sweep.sizes = {str(param.type.dim): Size(param, 0, value=param) for param in given}
    known = {name: size.array for name, size in sweep.sizes.items()}
    shapes = {op.result: op.operands[0] for op in Block(ops=sweep.ops).walk() if op.name == "shape"}
    asked = {op: _asked(op, shapes, fn.params) for op in ops}
    uses = Counter(dim for found in asked.values() for dim in found.values())
    renamed: dict[Value, Value] = {}
    for op in ops:
        for value, dim in asked[op].items():
            if isinstance(dim, int):
                known.setdefault(str(dim), builder.const(dim))
            elif dim not in known and uses[dim] > 1 and (size := _size(builder, arrays, dim, named)) is not None:
                sweep.sizes[dim], known[dim] = size
            if str(dim) in known:
                renamed[value] = known[str(dim)]
        for value in op.results:
            if _is_size(value):
                known.setdefault(split_dim(value.type.dim)[0], value)
    sweep.first = builder.block.ops
    _rename(sweep.ops, renamed)
    return sweep


def _asked(op: Op, shapes: Mapping[Value, Value], params: Sequence[Value]) -> dict[Value, Dim]:
    """The sizes of arrays that the loops of an operation ask for, and what the dimensions are called.

    Of a slice ``[:1]`` there may be none, and so of what is made of it: only an argument is surely of one.
    """
    found: dict[Value, Dim] = {}
    for inner in op.walk():
        axis = inner.attrs.get("size")
        dims = shapes[inner.operands[0]].type.shape if axis is not None else None
        if axis is None or dims is None or (dims[axis] == 1 and shapes[inner.operands[0]] not in params):
            continue
        name, less = split_dim(dims[axis])
        if not less and not name.startswith("?"):
            found[inner.result] = dims[axis] if isinstance(dims[axis], int) else name
    return found


def _size(
    builder: Builder, arrays: Iterable[Value], name: str, named: Container[str | None]
) -> tuple[Size, Value] | None:
    """The size, read off the first array that has it; it is called as in the annotation if nothing else is."""
    for array in arrays:
        for axis, dim in enumerate(array.type.shape or ()):
            if not isinstance(dim, int) and split_dim(dim) == (name, 0):
                value = size_of(builder, array, axis)
                own = name.rstrip("=")
                value.temp = own if own.isidentifier() and own not in named else "size" if "n" in named else "n"
                builder.block.ops[-1].attrs["named"] = True
                return Size(array, axis, value=value), value
    return None


def _is_size(value: Value) -> bool:
    """Whether a value is a size that the author has named."""
    dim = value.type.dim if value.type.kind == "int" else None
    return isinstance(dim, str) and not split_dim(dim)[1] and value.hint is not None


def _rename(ops: list[Op], renamed: dict[Value, Value]) -> None:
    """Let what used a size use its name, and drop what read it off an array."""
    for op in Block(ops=ops).walk():
        op.operands = [renamed.get(value, value) for value in op.operands]
    gone = {op for op in Block(ops=ops).walk() if op.attrs.get("size") is not None and op.result in renamed}
    shapes = {value for op in gone for value in op.operands}
    used = {value for op in Block(ops=ops).walk() if op not in gone for value in op.operands}
    _drop(ops, gone, shapes - used)


def _drop(ops: list[Op], gone: set[Op], shapes: set[Value]) -> None:
    ops[:] = [op for op in ops if op not in gone and not (op.name == "shape" and op.result in shapes)]
    for op in ops:
        for block in op.blocks:
            _drop(block.ops, gone, shapes)


def _checks(fn: Function, sizes: Mapping[str, Size]) -> list[Op]:
    """Check all sizes of the parameters where there are fused loops."""
    if not any(op.attrs.get("fused") for op in fn.body.walk()):
        return []
    names = {param: {split_dim(dim)[0] for dim in param.type.shape or ()} for param in fn.params}
    asked = [(param, {name for name in found if not is_fresh(name)}) for param, found in names.items()]
    return size_checks(fn, asked, sizes)


def _builder(fn: Function) -> Builder:
    builder = Builder(Block())
    builder.span, builder.lib = fn.span, "numpy"
    return builder
