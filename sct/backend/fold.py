"""Which values are written inside the expression that uses them.

Before: ``%1 = sub %w1, 8; … ; %2 = pow %1, 2`` with ``%1`` used once.
After: ``%1`` stands right before its use, and is in the set of values that get no variable.

A value folds when it has one use, no name of the author's (but in ``a, b = b, a + b``), and nothing between its place
and its use writes what it reads; what comes off a tape is taken off where it was, in every turn.  Constants, shapes and
transposed views are written again at each use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sct.analysis.liveness import use_counts
from sct.analysis.sharing import Sharing
from sct.backend.copies import drop_copies
from sct.backend.short import AS_SHORT, mark_short
from sct.backend.unpacking import unpack
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.paths import is_step

_EVERYWHERE = frozenset({"const", "global", "undef", "slice", "step", "shape", "len", "transpose", "tuple"})
_NEVER = frozenset(
    {
        "store",
        "append",
        "shorten",
        "put",
        "shrink",
        "take_last",
        "written",
        "index_add",
        "accumulate",
        "bind",
        "tape",
        "push",
        "restore",
        "call_forward",
    }
    | {"call_tangent", "print", "assert", "raise"}
)
_WRITES = frozenset({"store", "append", "shorten", "put", "index_add", "restore", "shrink", "take_last", "accumulate"})


def fold(fn: Function) -> set[Value]:
    """Move what folds next to its use; return the values that need no variable."""
    drop_copies(fn)
    _unname(fn)
    _name_views(fn)
    unpack(fn)
    mark_short(fn)
    _repeat(fn.body)
    folder = _Folder(_count(fn.body), Sharing(fn), set(_exchanged(fn.body)))
    folder.block(fn.body)
    return folder.folded


def _count(block: Block) -> Counter[Value]:
    """How often each value is written; ``a and b`` writes ``a`` once, though a branch yields it too."""
    count = use_counts(block)
    for op in block.walk():
        if isinstance(op, If) and op.attrs.get("form") in ("and", "or") and len(op.results) == 1:
            kept = op.orelse if op.attrs["form"] == "and" else op.then
            if kept.yields[0] is op.operands[0]:
                count[op.operands[0]] -= 1
    return count


def _unname(fn: Function) -> None:
    """Let what is only added to an adjoint be written there: it may be called as that."""
    count, made = use_counts(fn.body), {op.result: op for op in fn.body.walk() if len(op.results) == 1}
    for op in made.values():
        added = op.operands[1] if op.name == "accumulate" else None
        maker = made.get(added) if added is not None and added.hint == op.result.hint else None
        if added is not None and maker is not None and maker.origin is not None and count[added] == 1:
            added.hint = None if maker.name != "accumulate" and not maker.blocks else added.hint


def _exchanged(body: Block) -> Iterator[Value]:
    """What a loop hands on while another variable takes over what this one was: ``a, b = b, a + b``."""
    for op in body.walk():
        if isinstance(op, Loop):
            taken = {
                arg.hint
                for arg, after in zip(op.carried, op.nexts, strict=True)
                if after is not arg and arg in op.nexts
            }
            made = {result: inner.stmt for inner in op.body.ops for result in inner.results if result in op.nexts}
            at_once = {stmt for value, stmt in made.items() if value.hint in taken - {None}}
            yield from (value for value, stmt in made.items() if stmt in at_once)


def _name_views(fn: Function) -> None:
    """Let each step that the author has a name for be written with it."""
    made = {result for op in fn.body.walk() for result in op.results}
    for op in fn.body.walk():
        if op.name == "step" and op.origin is None and op.attrs.get("of") in made:
            op.operands = [op.attrs["of"]]


def _is_everywhere(op: Op) -> bool:
    if (op.name == "len" and op.attrs.get("varies")) or (op.name == "tuple" and op.result.type.kind == "list"):
        return False
    if op.name in AS_SHORT and op.attrs.get("fixed"):
        return op.result.hint is None
    reread = op.name == "getitem" and op.origin is None and is_step(op.operands[-1])
    return (op.name in _EVERYWHERE or reread) and op.result.hint is None


def _repeat(block: Block) -> None:
    """Give each use of a constant, a shape, … an operation of its own, right before it."""
    makers: dict[Value, Op] = {}

    def visit(block: Block) -> None:
        ops: list[Op] = []
        for op in block.ops:
            if len(op.results) == 1 and _is_everywhere(op):
                makers[op.result] = op
                continue
            op.operands = [fresh(value, ops) for value in op.operands]
            ops.append(op)
            for owned in op.blocks:
                visit(owned)
        block.ops = ops
        block.yields = [fresh(value, ops) for value in block.yields]

    def fresh(value: Value, ops: list[Op]) -> Value:
        maker = makers.get(value)
        if maker is None:
            return value
        operands = [fresh(operand, ops) for operand in maker.operands]
        result = Value(value.type, None, value.temp)
        ops.append(Op(maker.name, operands, [result], maker.attrs, maker.span, maker.stmt, origin=maker.origin))
        return result

    visit(block)


class _Folder:
    def __init__(self, count: Counter[Value], sharing: Sharing, exchanged: set[Value]) -> None:
        self.folded: set[Value] = set()
        self.lazy: set[Value] = set()  # what a conditional expression may not evaluate
        self.count = count
        self.exchanged = exchanged
        self.sharing = sharing
        self.makers: dict[Value, Op] = {}
        self.reads: set[Value] | None = None  # of what is sunk

    def block(self, block: Block) -> None:
        for op in block.ops:
            for owned in op.blocks:
                self.block(owned)
        self.makers = {result: op for op in block.ops for result in op.results}
        # Backwards, so that a chain sinks as a whole; what sinks does not move what stands before it.
        for position in reversed(range(len(block.ops))):
            op = block.ops[position]
            if self.may_fold(op):
                self.sink(block, position)
            if op.name == "where" and op.result.type.is_scalar:
                self.lazy.update(op.operands[1:])
            elif not self.lazy.isdisjoint(op.results) and self.folded.issuperset(op.results):
                self.lazy.update(op.operands)

    def may_fold(self, op: Op) -> bool:
        if len(op.results) != 1 or op.name in _NEVER or (op.name == "pop" and len(op.operands) > 1):
            return False
        if op.name == "call_reverse" and op.attrs["summary"].writes:
            return False
        if op.name == "pop" and op.result in self.lazy:
            return False
        if _is_everywhere(op):
            return True
        if self.count[op.result] != 1 or (op.result.hint is not None and op.result not in self.exchanged):
            return False
        if isinstance(op, If):
            inner = {result for owned in op.blocks for made in owned.ops for result in made.results}
            return op.attrs.get("form") != "stmt" and inner <= self.folded
        return not op.blocks

    def sink(self, block: Block, position: int) -> None:
        op = block.ops[position]
        found = self.find(op.result, block, position + 1)
        if found is None:
            return
        target, place = found
        block.ops.pop(position)
        target.ops.insert(place - (target is block), op)
        self.folded.add(op.result)

    def find(self, value: Value, block: Block, start: int) -> tuple[Block, int] | None:
        """The block and position of the only use, if the value may move there."""
        maker = block.ops[start - 1]
        self.reads = None
        found = self.search(value, block, start)
        if found is None or maker.name != "pop":
            return found
        target, place = found
        passed = [inner for op in block.ops[start:place] for inner in within(op)]
        return found if target is block and not any(op.name == "pop" for op in passed) else None

    def search(self, value: Value, block: Block, start: int) -> tuple[Block, int] | None:
        for place in range(start, len(block.ops)):
            op = block.ops[place]
            if value in op.operands:
                return None if op.name in _WRITES and value is op.operands[0] else (block, place)
            if isinstance(op, If) and any(value in inner.operands for owned in op.blocks for inner in owned.walk()):
                for owned in op.blocks:
                    found = self.search(value, owned, 0)
                    if found is not None:
                        return found
            if isinstance(op, If) and any(value in owned.yields for owned in op.blocks):
                return None
            if (op.blocks or op.name in _WRITES or "summary" in op.attrs) and any(
                self.disturbs(inner, value) for inner in within(op)
            ):
                return None
            if isinstance(op, While) and value in op.test.yields:
                return None
        return (block, len(block.ops)) if value in block.yields else None

    def read_by(self, value: Value) -> set[Value]:
        """The arrays that the operation which makes a value of this block reads, through what folds into it."""
        makers = self.makers
        found: set[Value] = set()
        todo = [value]
        while todo:
            op = makers.get(todo.pop())
            for inner in [] if op is None else within(op):
                for operand in inner.operands:
                    maker = makers.get(operand)
                    if maker is not None and maker is not op and self.may_fold(maker):
                        todo.append(operand)
                    elif not operand.type.is_scalar:
                        found.add(operand)
        return found

    def read_on_the_way(self, value: Value) -> set[Value]:
        if self.reads is None:  # asked for only where something is written
            self.reads = self.read_by(value)
        return self.reads

    def disturbs(self, op: Op, value: Value) -> bool:
        """Whether an operation on the way of a value may write into what it reads."""
        if "summary" in op.attrs:
            return bool(self.read_on_the_way(value))
        written = op.operands[0] if op.name in _WRITES else None
        if written is None or (op.name == "accumulate" and not op.attrs.get("in_place")):
            return False
        return any(self.sharing(read, written) for read in self.read_on_the_way(value))


def within(op: Op) -> list[Op]:
    return [op, *(inner for owned in op.blocks for inner in owned.walk())]
