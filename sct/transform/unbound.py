"""Binds what some path leaves unbound to something empty there, where the reverse sweep asks for its shape.

Before: ``%v = if %c: { %1 = getitem %w, %m; yield %1 } else: { %2 = undef; yield %2 }``; ``%v_bar = zeros_like %v``.
After: ``%v, %3 = if %c: { …; yield %1, %1 } else: { …; %4 = zeros 0; yield %2, %4 }``; ``%v_bar = zeros_like %3``.

What a turn or an arm binds is bound where that is run backwards: there, it is asked as it is.  No derivative reaches
what is unbound, but on the paths where the author's condition does not tell that to the transformation, its adjoint
begins as zeros of its shape; and a turn that saves it for another arm saves something empty.  The author's variable
stays unbound: what reads it there raises as it did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sct.frontend.prune import prune
from sct.ir.nodes import Block, For, Function, If, Loop, Op, Value, While
from sct.ir.phis import phis
from sct.ir.types import Type

_NUMBERS = {"float": 0.0, "int": 0, "bool": False}


def unbound(body: Block) -> set[Value]:
    """The values that not every path binds."""
    return _reached(body, [op.result for op in body.walk() if op.name == "undef"])


def _reached(body: Block, values: Iterable[Value]) -> set[Value]:
    """The values, and what branches and loops make of them."""
    found = set(values)
    handed, known = list(phis(body)), -1
    while known < len(found):
        known = len(found)
        found.update(value for value, sources in handed if not found.isdisjoint(sources))
    return found


def bind_shapes(fn: Function, derived: Iterable[Op], mirrors: Mapping[Block, Block], typed: bool) -> int:
    """Let the operations ``derived`` of ``fn`` ask for shapes of what is bound; returns how many more come before.

    The ``mirrors`` are the forward blocks that blocks of the reverse sweep run backwards.
    What is saved is bound as well; where a tape is ``typed``, only what there is something empty of its type for.
    What was handed out of branches and loops to be asked is not any more, and is unbound itself on some path.
    """
    body, asking = fn.body, list(derived)
    loose = unbound(body)
    if not loose:
        return 0
    binding, before = _Binding(body, loose), _count_others(body, asking)
    run = {op: around for op, around in _run(asking, mirrors) if len(op.results) == 1}
    makers = {op.result: op for op in run}
    for op, around in run.items():
        if op.name not in ("zeros_like", "blank"):
            continue  # what a derivative reaches is bound
        while (maker := makers.get(op.operands[0])) and maker.name == "item":
            op = maker
        if not binding.is_bound(op.operands[0], around):
            op.operands[0] = binding(op.operands[0])
    for op, around in _run(body.ops, {}):
        if op.name != "push" or (typed and not (op.operands[1].type.is_scalar or op.operands[1].type.is_array)):
            continue
        made = binding.makers.get(op.operands[1])
        reader, k = (made, 0) if made is not None and _is_saved_copy(made) else (op, 1)
        saved = reader.operands[k]
        if not (binding.is_bound(saved, around) or _surely_reads(binding.homes[op], saved)):
            reader.operands[k] = binding(saved)
            op.attrs["sized"] = False
    if binding.found:
        prune(fn, stores=True, kept={op for op in body.walk() if not op.blocks and op.name != "undef"})
    return _count_others(body, asking) - before


def _run(
    ops: Iterable[Op], mirrors: Mapping[Block, Block], around: frozenset[Block] = frozenset()
) -> Iterator[tuple[Op, frozenset[Block]]]:
    """The operations, and those that they own, each with the forward blocks that have run where it does."""
    for op in ops:
        yield op, around
        for block in op.blocks:
            yield from _run(block.ops, mirrors, around | {mirrors.get(block, block)})


def _count_others(body: Block, ops: Collection[Op]) -> int:
    return sum(op not in ops for op in body.ops)


def _surely_reads(block: Block, value: Value) -> bool:
    """Whether a block raises where it finds a value unbound: the author's own statements read it on every path."""
    for op in block.ops:
        if op.origin is not None or op.name == "push" or _is_saved_copy(op):
            continue
        read = op.operands if not isinstance(op, Loop) else op.operands[:3] if isinstance(op, For) else []
        surely = op.blocks if isinstance(op, If) else [op.test] if isinstance(op, While) else []
        if value in read or (surely and all(_surely_reads(owned, value) for owned in surely)):
            return True
    return False


def _is_saved_copy(op: Op) -> bool:
    return op.name == "copy" and bool(op.attrs.get("deep"))


def bound_everywhere(body: Block, values: Sequence[Value]) -> list[Value]:
    """What is handed on for the ``values``: bound on every path; what the ``body`` reads raises where it did."""
    loose = unbound(body)
    read = {value for op in body.walk() if not isinstance(op, Loop) for value in op.operands}
    read |= {value for op in body.walk() if isinstance(op, For) for value in op.operands[:3]}
    sources = dict(phis(body))
    makers = {result: op for op in body.walk() for result in op.results}
    found, binding = list[Value](), _Binding(body, loose)
    for value in values:
        absent = _absent(value, sources, makers) if value in loose else []
        if not read.isdisjoint(_reached(body, [op.result for op in absent])):
            value = binding(value)
        else:
            for op in absent:
                blank = _NUMBERS.get(value.type.kind)
                op.name, op.attrs = "const", {"value": blank, "text": repr(blank), "blank": True}
        found.append(value)
    return found


def _absent(value: Value, sources: Mapping[Value, list[Value]], makers: Mapping[Value, Op]) -> list[Op]:
    """What binds nothing on some path to a value."""
    reached, todo = {value}, [value]
    while todo:
        fresh = [source for source in sources.get(todo.pop(), []) if source not in reached]
        reached.update(fresh)
        todo += fresh
    return [op for found in reached if (op := makers.get(found)) is not None and op.name == "undef"]


class _Binding:
    """Gives a value a second name that is bound on every path."""

    def __init__(self, body: Block, loose: set[Value]) -> None:
        self.loose = loose
        self.homes = {op: block for block in _blocks(body) for op in block.ops}
        self.makers = {result: op for op in self.homes for result in op.results}
        self.makers |= {arg: op for op in self.homes if isinstance(op, Loop) for arg in op.carried}
        self.found: dict[Value, Value] = {}

    def __call__(self, value: Value) -> Value:
        if value not in self.loose:
            return value
        if value not in self.found:
            op = self.makers[value]
            if isinstance(op, If):
                self.branch(op, op.results.index(value))
            elif isinstance(op, Loop):
                self.loop(op, (op.results if value in op.results else op.carried).index(value))
        return self.found[value]

    def is_bound(self, value: Value, run: Collection[Block]) -> bool:
        """Whether a value is bound where these blocks have run: of what is handed further out, copies may be made."""
        op = self.makers.get(value)
        if value not in self.loose:
            return True
        handed = list[Value]()
        if isinstance(op, If):
            handed = [block.yields[op.results.index(value)] for block in op.blocks if block in run]
        elif isinstance(op, Loop) and op.body in run and value in op.results:
            handed = [op.nexts[op.results.index(value)]]
        return bool(handed) and handed[0] not in self.loose

    def named(self, value: Value) -> Value:
        blank = "zero" if value.type.is_scalar else "empty"
        made = self.found[value] = Value(value.type, None, f"{value.hint or value.temp or 'value'}_or_{blank}")
        return made

    def given(self, value: Value, type_: Type) -> Value:
        """What a path gives: something empty of the type where that is nothing."""
        op = self.makers.get(value)
        return self(value) if op is None or op.name != "undef" else self.empty(type_, op)

    def branch(self, op: If, k: int) -> None:
        given = [self.given(block.yields[k], op.results[k].type) for block in op.blocks]
        op.results.append(self.named(op.results[k]))
        op.attrs["form"] = "stmt"  # an expression has one value
        for block, value in zip(op.blocks, given, strict=True):
            block.yields.append(value)

    def loop(self, op: Loop, k: int) -> None:
        type_ = op.results[k].type
        for block in op.blocks:  # a body comes last
            block.args.append(self.named(op.carried[k]))
        op.results.append(self.named(op.results[k]))
        op.operands.append(self.given(op.inits[k], type_))
        op.body.yields.append(self.given(op.nexts[k], type_))

    def empty(self, type_: Type, place: Op) -> Value:
        """Something of a type without elements, beside the operation that binds nothing."""
        name, operands, attrs = "const", list[Value](), dict[str, object]()
        if type_.is_array and type_.rank is not None:
            name, attrs = "zeros", {"dtype": None, "lib": "numpy", "style": "call"}
            shape = 0 if type_.rank == 1 else (0,) * type_.rank
            operands = [self.added(Op("const", [], [Value()], {"value": shape, "text": repr(shape)}), place)]
        elif type_.kind == "tuple":
            name, attrs = "tuple", {"form": type_.form}
            operands = [self.empty(item, place) for item in type_.items]
        elif type_.kind == "list":
            name, attrs = "tuple", {"form": type_.form}
        else:
            blank = _NUMBERS.get(type_.kind)
            attrs = {"value": blank, "text": repr(blank)}
        return self.added(Op(name, operands, [Value(type_)], attrs), place)

    def added(self, op: Op, place: Op) -> Value:
        op.span, op.stmt = place.span, place.stmt
        ops = self.homes[place].ops
        ops.insert(ops.index(place), op)
        return op.result


def _blocks(body: Block) -> list[Block]:
    return [body, *(block for op in body.walk() for block in op.blocks)]
