"""The kinds and ranks of arguments as their uses tell them, where annotations do not (``x: np.ndarray``).

Before: ``%1: float[…] = getitem %x: float[…], %i; %2 = sin %1``, a call of ``math.sin``.
After: ``%x: float[x.0]``: what ``math.sin`` takes is a number, and one index makes it.

A backward walk from what takes a number: a function of ``math``, a condition, the value of which a gradient is asked.
What the author asserts of ``x.ndim``, and ``m, n = x.shape``, tell as much.  An argument of another rank is not
differentiated wrongly for that: generated code asserts the ranks that it goes by, and that the value is a number where
``-> float`` alone says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sct.errors import Span
from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.ir.phis import phis
from sct.ir.types import BOOL, FLOAT, INT, STR, UNKNOWN, UNTOLD, Type
from sct.rules.table import lookup

_NUMBERS = frozenset({"float", "int", "bool"})
_ALIKE = frozenset({"store", "copy", "zeros_like", "ones_like", "empty_like", "full_like"})
"""The operations whose value has the rank of their first operand."""
_PRODUCTS = frozenset({"matmul", "dot", "inner"})
"""The products whose value is a number only of two vectors."""
_OF_INTEGERS = frozenset({"add", "sub", "mul", "floordiv", "mod", "neg", "maximum", "minimum"})
"""The operations whose value is an integer only of integers."""
_OF_STRINGS = frozenset({"eq", "ne"})
_OF_ANY_RANK = frozenset({"shape", "len", "size", "item"})


def told_types(fn: Function) -> frozenset[tuple[int, Type]]:
    """The parameters of a typed, or partly typed, function whose kind or rank their uses tell; and the type."""
    if not any(param.type == UNTOLD or _is_open(param.type) for param in fn.params):
        return frozenset()
    ranks, counts, found = _Ranks(fn, fn.gives_number).found, _counts(fn), set()
    for k, (name, param) in enumerate(zip(fn.param_names, fn.params, strict=True)):
        rank = ranks.get(param, 0 if param in counts else None)
        if rank and (param.type == UNTOLD or _is_open(param.type)):
            found.add((k, Type("array", tuple(f"{name}.{axis}" for axis in range(rank)))))
        elif rank == 0 and param.type == UNTOLD:
            found.add((k, INT if param in counts else FLOAT))
    return frozenset(found)


def ranks_of_parameters(fn: Function) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
    """What is known of the parameters' ranks; and what is where the value of the function is a number."""
    known = tuple(param.type.rank for param in fn.params)
    if None not in known:
        return known, known
    found = _Ranks(fn, gives_number=True).found
    return known, tuple(found.get(param, rank) for param, rank in zip(fn.params, known, strict=True))


def completed(types: Sequence[Type], told: Collection[tuple[int, Type]]) -> list[Type]:
    """The types of arguments, with what is told of those that are not known."""
    found = list(types)
    for k, type_ in told:
        found[k] = replace(types[k], shape=type_.shape) if types[k].is_array else type_
    return found


def assert_ranks(fn: Function, types: Sequence[Type]) -> None:
    """Assert the ranks of those parameters of which the ``types`` that came in have none."""
    for param, type_ in reversed(list(zip(fn.params, types, strict=True))):
        if _is_open(type_) and param.type.rank and not any(asserted is param for asserted, _ in _asserted(fn.body)):
            spelt: dict[str, object] = {"style": "attr", "attribute": "ndim"}
            fn.body.ops[:0] = _rank_asserted(param, param.type.rank, spelt, fn.span)


def assert_number(fn: Function) -> None:
    """Assert that the value of a function is a number, where its author says so and nothing else tells."""
    value = fn.result
    if fn.gives_number and (_is_open(value.type) or value.type == UNKNOWN) and value not in fn.params:
        spelt: dict[str, object] = {"authored": True, "style": "call", "lib": "numpy"}
        *asked, holds = _rank_asserted(value, 0, spelt, fn.span)
        message = f"`{fn.name}` is annotated to return a number, and returns an array"
        said = Op("const", [], [Value(STR)], {"value": message, "text": f'"{message}"'}, fn.span)
        fn.body.ops += [*asked, said, Op("assert", [*holds.operands, said.result], [], {}, fn.span)]
        value.type = Type(value.type.dtype)


def _rank_asserted(value: Value, rank: int, spelt: dict[str, object], span: Span | None) -> list[Op]:
    """The operations of ``assert value.ndim == rank``."""
    found, stated, holds = Value(INT), Value(Type("int", dim=rank)), Value(BOOL)
    return [
        Op("ndim", [value], [found], spelt, span),
        Op("const", [], [stated], {"value": rank, "text": str(rank)}, span),
        Op("eq", [found, stated], [holds], {"style": "operator"}, span),
        Op("assert", [holds], [], {}, span),
    ]


def _is_open(type_: Type) -> bool:
    """Whether it is an array of unknown rank."""
    return type_.is_array and type_.shape is None


def _counts(fn: Function) -> set[Value]:
    """What ranges are made of: integers."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found, todo = set[Value](), [value for op in fn.body.walk() if isinstance(op, For) for value in op.operands[:3]]
    while todo:
        value = todo.pop()
        if value not in found:
            found.add(value)
            op = makers.get(value)
            todo += op.operands if op is not None and op.name in _OF_INTEGERS else []
    return found


def _asserted(block: Block) -> Iterator[tuple[Value, int]]:
    """The ranks that a function's own statements make sure of, before anything else happens."""
    makers = {result: op for op in block.walk() for result in op.results}
    for op in block.ops:
        if op.name == "item" and op.attrs.get("count") is not None and (made := makers.get(op.operands[0])):
            if made.name == "shape":
                yield made.operands[0], op.attrs["count"]
        elif op.name == "assert":
            yield from _compared(op.operands[0], "eq", makers)
        elif isinstance(op, If) and any(inner.name == "raise" for inner in op.then.ops):
            yield from _compared(op.operands[0], "ne", makers)


def _compared(condition: Value, relation: str, makers: dict[Value, Op]) -> Iterator[tuple[Value, int]]:
    """What ``x.ndim == 2`` says; for an ``and`` or an ``or``, what its first part does."""
    op = makers.get(condition)
    if isinstance(op, If) and op.attrs.get("form") in ("and", "or"):
        op = makers.get(op.operands[0])
    if op is not None and op.name == relation:
        rank, stated = (makers.get(operand) for operand in op.operands)
        if rank is not None and stated is not None and (rank.name, stated.name) == ("ndim", "const"):
            yield rank.operands[0], stated.attrs["value"]


class _Ranks:
    """The ranks that are told, of values whose types have none."""

    def __init__(self, fn: Function, gives_number: bool) -> None:
        self.found: dict[Value, int] = {}
        self.todo: list[tuple[Value, int, Block]] = []
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.phis = dict(phis(fn.body))
        self.branches: dict[Block, tuple[Block, ...]] = {fn.body: ()}
        self.home: dict[Value, Block] = {}
        self.users: dict[Value, list[Block]] = defaultdict(list)
        self._locate(fn.body)
        for value, rank in _asserted(fn.body):
            self._tell(value, rank, fn.body)
        if gives_number:
            self._tell(fn.body.yields[0], 0, fn.body)
        for block in self.branches:
            for op in block.ops:
                self._start(op, block)
        while self.todo:
            self._follow(*self.todo.pop())

    def _locate(self, block: Block) -> None:
        """Note where each value is made and used."""
        self.home.update(dict.fromkeys(block.args, block))
        for op in block.ops:
            self.home.update(dict.fromkeys(op.results, block))
            if op.name not in _OF_ANY_RANK:
                for operand in op.operands:
                    self.users[operand].append(block)
            for owned in op.blocks:
                self.branches[owned] = (*self.branches[block], owned) if isinstance(op, If) else self.branches[block]
                self._locate(owned)
        for value in block.yields:
            self.users[value].append(block)

    def _start(self, op: Op, block: Block) -> None:
        """What an operation takes as a number, and what a function that is called takes."""
        row, library = lookup(op.name), op.attrs.get("lib")
        if (library == "math" and row is not None and row.elementwise) or (
            library == "builtins" and op.name in _NUMBERS
        ):
            for operand in op.operands:
                self._tell(operand, 0, block)
        elif isinstance(op, If | While):
            tested = op.operands[0] if isinstance(op, If) else op.test.yields[0]
            if tested.type != UNTOLD:  # of which it may be asked whether it is empty
                self._tell(tested, 0, block)
        elif op.name == "call" and "summary" in op.attrs:
            self._tell_all(op.operands, op.attrs["summary"].ranks, block)
        elif op.name == "store" and (rank := op.operands[0].type.rank) is not None and _picks(op.operands[2:]) == rank:
            self._tell(op.operands[1], 0, block)

    def _tell(self, value: Value, rank: int, block: Block) -> None:
        """Note the rank that a value has if ``block`` runs."""
        if value in self.found or value.type.rank is not None or not self._holds(value, block):
            return
        self.found[value] = rank
        self.todo.append((value, rank, block))

    def _follow(self, value: Value, rank: int, block: Block) -> None:
        """Note what the rank of a value tells of what it is made of."""
        for handed in self.phis.get(value, ()):
            self._tell(handed, rank, block)
        op, home = self.makers.get(value), self.home[value]
        if op is None or op.blocks:
            return
        row, unknown = lookup(op.name), [operand for operand in op.operands if operand.type.rank is None]
        if op.name == "getitem":
            picks = _picks(op.operands[1:])
            if picks is not None:
                self._tell(op.operands[0], rank + picks, home)
        elif op.name == "item" and op.operands[0].type.is_array:
            self._tell(op.operands[0], rank + 1, home)
        elif op.name == "call" and "summary" in op.attrs and rank == 0:
            self._tell_all(op.operands, op.attrs["summary"].ranks_of_number, home)
        elif op.name in _ALIKE:
            self._tell(op.operands[0], rank, home)
        elif op.name in _PRODUCTS and rank == 0:
            for operand in unknown:
                self._tell(operand, 1, home)
        elif row is not None and row.elementwise and (rank == 0 or self._is_widest(unknown, op, rank)):
            for operand in unknown if op.name not in _OF_STRINGS or len(unknown) == 1 else ():
                self._tell(operand, rank, home)

    def _is_widest(self, unknown: list[Value], op: Op, rank: int) -> bool:
        """Whether only one operand can have given the result its rank."""
        return len(unknown) == 1 and all((operand.type.rank or 0) < rank for operand in op.operands)

    def _tell_all(self, values: Sequence[Value], ranks: Sequence[int | None], block: Block) -> None:
        for value, rank in zip(values, ranks, strict=False):
            if rank is not None:
                self._tell(value, rank, block)

    def _holds(self, value: Value, block: Block) -> bool:
        """Whether what is told in ``block`` is so wherever the value is used: a branch tells of its own uses only."""
        home = self.home.get(value)
        if home is None:
            return False
        around = self.branches[block]
        if len(around) <= len(self.branches[home]):
            return True
        return all(self.branches[user][: len(around)] == around for user in self.users[value])


def _picks(indices: Sequence[Value]) -> int | None:
    """How many dimensions indices take away; None where that is not known."""
    kinds = [index.type.kind for index in indices]
    if not set(kinds) <= {"int", "slice", "none", "ellipsis"}:
        return None
    return kinds.count("int") - kinds.count("none")
