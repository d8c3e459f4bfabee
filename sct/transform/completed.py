"""A reverse loop has the turns that were completed: the one that a ``break`` ended is undone before it.

Before, for ``while True: x += dt * v; if x > 1: break; v -= dt * x``::

    %x_bar1, %v_bar1 = for turns (%x_bar0, %v_bar0) {
        %v_bar2, %g = if (gt %x, 1) { … zero … } else { … };  … %v_bar3 = accumulate %v_bar2, (mul %dt, %x_bar2); …
    }

After, where ``turns`` no longer counts the last one::

    %v_bar4 = accumulate %v_bar0, (mul %dt, %x_bar0)
    %x_bar1, %v_bar1 = for turns (%x_bar0, %v_bar4) { …;  … %v_bar3 = accumulate %v_bar2, (mul %dt, %x_bar2); … }

So no turn asks again how it ended, and what only that condition needs is not saved.  A search that stops once it has
found something has nothing to undo in its last turn; elsewhere there may be a few statements, if the loop is one that
ends in no other way.  The reverse ``If`` stays until the residuals are provided, since its block runs one of the
forward sweep's backwards; `inline_completed` puts the block in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sct.ir.instead import Instead
from sct.ir.nodes import Block, For, Hook, If, Loop, Op, Statement, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import Type
from sct.transform.adding import made_in
from sct.transform.nothing import makes_nothing
from sct.transform.rebinding import drop_unchanged
from sct.transform.unused import drop_unused

_FEW = 6
"""Operations that the last turn may have: beyond, they are not written twice."""
_EFFECTS = WRITES | {"call_reverse", "restore", "shrink", "push", "pop", "raise", "print", "assert", "check"}
_ADDS = frozenset({"accumulate", "add", "sub", "index_add"})
_COMMUTES = frozenset({"accumulate", "add"})


def run_completed(body: Block, reverse: list[Op]) -> None:
    """Let the loops of the ``reverse`` sweep in ``body`` have no turn that a ``break`` ended."""
    blocks = [body, *(block for op in reverse for owned in op.blocks for block in owned.blocks())]
    for block in blocks:
        for op in [op for op in block.ops if isinstance(op, For) and isinstance(op.origin, Loop)]:
            if (turn := _turn(op)) is not None and (undone := _undone(turn, _zeros(block))) is not None:
                place = block.ops.index(op)
                block.ops[place:place] = undone.ops
                op.operands[3:] = undone.yields
                _complete(turn)


def inline_completed(body: Block) -> None:
    """Put the block of a completed turn in the place of the ``If`` that had it."""
    instead = Instead()
    for block in body.blocks():
        for op in [op for op in block.ops if isinstance(op, If) and "completed" in op.attrs]:
            arm = op.attrs["completed"]
            block.ops = [each for each in block.ops if each.results != op.operands]
            place = block.ops.index(op)
            block.ops[place : place + 1] = arm.ops
            instead.update(zip(op.results, arm.yields, strict=True))
    instead.substitute(body)
    loops = [op for op in body.walk() if op.origin is not None and "completed" in op.origin.attrs]
    drop_unchanged(Block(ops=loops), body)


@dataclass
class _Turn:
    """A loop that a ``break`` can end, the one that runs it backwards, and what each has where the turn may end."""

    loop: Loop
    reverse: For
    branch: If
    mirror: If
    stops: int  # which arm
    is_only: bool  # whether the other arm does not end it as well

    @property
    def goes_on(self) -> Block:
        return self.branch.blocks[1 - self.stops]

    @property
    def is_last(self) -> bool:
        """Whether the last turn surely ended there."""
        test = self.loop.test.ops if isinstance(self.loop, While) else []
        return self.is_only and [op.attrs.get("value") for op in test] == [True]


def _turn(reverse: For) -> _Turn | None:
    loop = reverse.origin
    if not isinstance(loop, Loop) or not loop.stops or not loop.body.ops:
        return None
    branch = loop.body.ops[-1]
    mirrors = [op for op in reverse.body.ops if op.origin is branch and isinstance(op, If)]
    if not isinstance(branch, If) or len(mirrors) != 1 or loop.body.yields[0] not in branch.results:
        return None
    k = branch.results.index(loop.body.yields[0])
    constants = {op.result: op.attrs["value"] for block in branch.blocks for op in block.ops if op.name == "const"}
    ends = [constants.get(block.yields[k]) for block in branch.blocks]
    if ends.count(True) != 1:
        return None
    before = Block(ops=[*loop.body.ops[:-1], *branch.blocks[ends.index(True)].ops])
    if any(op.name in WRITES or isinstance(op, Hook) for op in before.walk()):
        return None
    if any(op is not mirrors[0] and op.blocks and op.origin in loop.body.ops for op in reverse.body.ops):
        return None
    return _Turn(loop, reverse, branch, mirrors[0], ends.index(True), False in ends)


def _zeros(block: Block) -> set[Value]:
    return {op.result for op in block.ops if _is_zero(op)}


def _is_zero(op: Op) -> bool:
    is_zero = op.name == "const" and isinstance(op.attrs["value"], float) and op.attrs["value"] == 0.0
    return is_zero or op.name == "zeros_like"


def _undone(turn: _Turn, zeros: set[Value]) -> Block | None:
    """What undoes the turn that was ended, and what it hands to the reverse loop; None if that is not known or much.

    ``zeros`` are values around the loops.
    """
    loop, reverse = turn.loop, turn.reverse
    last = dict(zip(turn.branch.results, turn.branch.blocks[turn.stops].yields, strict=True))
    undoing = _Undoing(dict(zip(reverse.carried, reverse.inits, strict=True)), set(zeros))
    undoing.env.update((last.get(value, value), left) for value, left in zip(loop.nexts, loop.results, strict=True))
    for op in [op for op in loop.body.ops if op.name == "const"]:
        undoing.add(op)
    arm = turn.mirror.blocks[turn.stops]
    for op in reverse.body.ops:
        if op is not turn.mirror and not undoing.add(op):
            return None
        if op is turn.mirror:
            if not all(undoing.add(inner) for inner in arm.ops):
                return None
            undoing.env.update((r, undoing.of(v)) for r, v in zip(op.results, arm.yields, strict=True))
    yields = [undoing.of(value) for value in reverse.nexts]
    nothing = undoing.nothing
    pairs = zip(reverse.inits, yields, strict=True)
    yields = [init if init in nothing and value in nothing else value for init, value in pairs]
    found = Block([], undoing.ops, yields)
    drop_unused(found, lambda op: True)
    inside = made_in(loop) | made_in(reverse)
    if not inside.isdisjoint([*yields, *(value for op in found.ops for value in op.operands)]):
        return None
    is_nothing = not found.ops and yields == reverse.inits
    return found if is_nothing or (turn.is_last and len(found.ops) <= _FEW) else None


@dataclass
class _Undoing:
    """Copies of the operations of a reverse turn, but of what adds nothing; what stands for the turn's values."""

    env: dict[Value, Value]
    nothing: set[Value]
    ops: list[Op] = field(default_factory=list)
    stmts: dict[Statement, Statement] = field(default_factory=dict)

    def of(self, value: Value) -> Value:
        return self.env.get(value, value)

    def add(self, op: Op) -> bool:
        """Copy an operation; whether that is possible."""
        if op.blocks or op.name in _EFFECTS or len(op.results) != 1:
            return False
        operands = [self.of(value) for value in op.operands]
        empty = [value in self.nothing for value in operands]
        if op.name in _ADDS and empty[1]:
            return self.stands(op, operands[0])
        if op.name in _COMMUTES and empty[0]:
            return self.stands(op, operands[1])
        result = self.env[op.result] = Value(op.result.type, op.result.hint, op.result.temp)
        if _is_zero(op) or makes_nothing(op.name, empty):
            self.nothing.add(result)
        stmt = None if op.stmt is None else self.stmts.setdefault(op.stmt, _in_last_turn(op.stmt))
        self.ops.append(Op(op.name, operands, [result], dict(op.attrs), op.span, stmt, origin=op.origin or op))
        return True

    def stands(self, op: Op, operand: Value) -> bool:
        """Let an operand, to which nothing is added, stand for the result, if that is no larger."""
        self.env[op.result] = operand
        made, kept = op.result.type, operand.type
        return (kept.kind, kept.shape) == (made.kind, made.shape) and (made.is_scalar or made.shape is not None)


def _in_last_turn(stmt: Statement) -> Statement:
    *lines, last = stmt.lines or (stmt.text,)
    return replace(stmt, lines=(*lines, f"{last}  (in the last turn)"))


def _complete(turn: _Turn) -> None:
    """Count the turns, and run them backwards, that go on where the loop may end."""
    loop, branch, mirror = turn.loop, turn.branch, turn.mirror
    k = loop.results.index(loop.attrs["turns"])
    step = next(op for op in loop.body.ops if loop.nexts[k] in op.results)
    one = next(op for op in loop.body.ops if op.results == step.operands[1:])
    loop.body.ops = [op for op in loop.body.ops if op not in (one, step)]
    turn.goes_on.ops[:0] = [one, step]
    for block in branch.blocks:
        block.yields.append(step.result if block is turn.goes_on else loop.carried[k])
    branch.results.append(Value(step.result.type, step.result.hint))
    loop.body.yields[k + 1] = branch.results[-1]
    loop.attrs["completed"] = turn.goes_on
    goes_on = Op("const", [], [Value(Type("bool"))], {"value": True, "text": "True"}, origin=mirror.origin)
    turn.reverse.body.ops.insert(turn.reverse.body.ops.index(mirror), goes_on)
    mirror.operands, mirror.attrs["completed"] = [goes_on.result], mirror.blocks[1 - turn.stops]
    absent = [Op("undef", [], [Value(result.type)], origin=mirror.origin) for result in mirror.results]
    mirror.blocks[turn.stops].ops, mirror.blocks[turn.stops].yields = absent, [op.result for op in absent]
