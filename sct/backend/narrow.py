"""Keeps lines as narrow as a formatter would: a derived expression that takes too many gets a name for a part of it.

Before: ``top_dot = np.sum(np.where(…), axis=1) / np.sum((scores == top).astype(scores.dtype), axis=1)``.
After: ``top_dot_sum = np.sum((scores == top).astype(scores.dtype), axis=1)`` stands on a line of its own.

A line that can be broken into a few is only broken (see `wrapping`).  The author's own expressions are left as they
were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heappop, heappush

from sct.backend.emit import Emitter, Sweep, Tail
from sct.backend.wrapping import INDENT, WIDTH, fitted
from sct.ir.nodes import Block, If, Loop, Op, Value
from sct.transform.gradient import may_raise
from sct.transform.temporaries import noun

# What is short, is written again at each use, or must stay where it is.
_KEPT = frozenset(
    {"const", "global", "undef", "slice", "step", "shape", "len", "transpose", "tuple", "neg", "pop", "getitem"}
    | {"item", "rebuild", "rows", "column", "blank"}
)

_INDEX = re.compile(r"[\w\])]\[$")
_FEW, _TERMS = 7, 10
"""The lines that an expression may take, and a sum with a line for each term; a longer one is read better in parts."""

_BESIDE = 6 * len(INDENT)
"""The room for what stands beside a part on a line of its own: its name, and what it is indented by."""


def narrow(write: Emitter, body: Block) -> bool:
    """Unfold parts of the lines that are too wide; whether there was one.

    Until then, a part has a name that no other part of its line has.  Where it gets another one, that may be wider: so
    the caller gives names and asks again until there is nothing to unfold.
    """
    narrower = _Narrower(write)
    narrower.block(body, len(INDENT))
    return narrower.found


class _Narrower:
    """A run over a function; ``found`` says whether it has unfolded anything."""

    def __init__(self, write: Emitter) -> None:
        self.write = write
        self.found = False

    def block(self, block: Block, margin: int, tail: Tail | None = None) -> None:
        """Narrow the lines of a block behind a margin, and those that hand its values to ``tail``."""
        ops: list[Op] = []
        for op in block.ops:
            if op.blocks and not (isinstance(op, If) and self.write.is_expression(op)):
                self.owned(op, margin)
            elif not (len(op.results) == 1 and op.result in self.write.expr.folded):
                self.statement(op, ops, margin)
            ops.append(op)
        if tail is not None:
            self.lines(lambda: self.write.hand_on(block.yields, tail), block.yields, ops, margin)
        block.ops[:] = ops

    def owned(self, op: Op, margin: int) -> None:
        names = [self.write.expr.names[value] for value in (op.carried if isinstance(op, Loop) else op.results)]
        stops = isinstance(op, Loop) and op.stops
        for owned in op.blocks if not op.attrs.get("fused") else ():
            inner = margin if self.is_chained(op, owned) else margin + len(INDENT)
            self.block(owned, inner, Tail(names, stops) if len(owned.yields) == len(names) + stops else None)

    def is_chained(self, op: Op, owned: Block) -> bool:
        """Whether a block is written as an ``elif``, which is not indented."""
        shown = [inner for inner in owned.ops if not self.write.expr.folded.issuperset(inner.results)]
        only = shown[0] if isinstance(op, If) and owned is op.orelse and len(shown) == 1 else None
        return isinstance(only, If) and not self.write.is_expression(only)

    def statement(self, op: Op, before: list[Op], margin: int) -> None:
        """Narrow the lines of an operation, which is folded from some of those ``before`` it."""
        named = next((value.hint for value in [*op.results, *op.operands] if value.hint), "value")
        certain = op.operands[:1] if _is_conditional(op) else op.operands
        self.lines(lambda: self.write.op(op, Sweep(quotes=False)), op.operands, before, margin, named, certain)

    def lines(
        self,
        text: Callable[[], list[str]],
        values: Sequence[Value],
        before: list[Op],
        margin: int,
        name: str = "",
        certain: Sequence[Value] | None = None,
    ) -> None:
        """Put parts of ``values`` before the lines that are made of these, until the lines can be broken into a few.

        The ``certain`` ones are computed on every path: what may raise is not taken out of another one.
        """
        if not any(map(_may_have_name, _folded(self.write, values))):
            return  # without a look at how long the lines are
        limit = max(WIDTH - margin, WIDTH // 2)  # what stands deeper than that is not taken to pieces for it
        lines = text()
        if all(_fits(line, limit) for line in lines):
            return
        name = name or max(lines, key=len).split(" = ")[0].split(",")[0]
        parts = _Parts(self.write, values, values if certain is None else certain, before, limit)
        groups, least = dict[int, list[Op]](), sum(map(len, lines))
        while (part := parts.widest()) is not None:
            wanted, width = part.result.temp or f"{name}_{noun(part)}", len(self.write.expr(part.result))
            if width <= max(len(wanted), limit // 3):
                parts.may_move.remove(part)  # the line would hardly be narrower
                continue
            self.found = True
            part.result.temp = wanted
            least -= width + len("()")
            own = parts.unfold(part)
            least += len(self.write.expr.names[part.result])
            self.statement(part, own, margin)
            groups[parts.order[part]] = [*own, part]
            if least <= len(lines) * _most(limit):  # it may do
                lines = text()
                least = sum(map(len, lines))
                if all(_fits(line, limit) for line in lines):
                    break
        # All of what the lines are folded from stands right before them; the parts are computed before any of that.
        moved = [op for _, group in sorted(groups.items()) for op in group]
        gone = set(moved)
        before[parts.start :] = [*moved, *(op for op in before[parts.start :] if op not in gone)]


def _may_have_name(op: Op) -> bool:
    """Whether an operation is a derived one, which may be a statement of its own."""
    return op.origin is not None and op.name not in _KEPT


def _is_conditional(op: Op) -> bool:
    """Whether an operation computes one of two operands, as ``a if c else b`` does."""
    return op.name == "where" and op.result.type.is_scalar


def _most(limit: int) -> int:
    """How long a line is at most that can be broken into a few; where it is broken, there may have been a space."""
    return max(_FEW, _TERMS) * (limit + 1)


def _fits(line: str, limit: int) -> bool:
    """Whether a line can be broken into a few that are narrow enough, and not within an index."""
    if not limit < len(line) <= _most(limit):
        return len(line) <= limit
    parts = fitted(line, limit)
    is_flat = not any(part.startswith(2 * INDENT) for part in parts)
    return (
        len(parts) <= (_TERMS if is_flat else _FEW)
        and max(map(len, parts)) <= limit
        and not any(map(_INDEX.search, parts))
    )


class _Parts:
    """What some lines are folded from, and the derived parts of it that may get a name.

    What has a part in it that is too wide for a line is too wide itself: its text, which is long, is not asked for.
    """

    def __init__(
        self, write: Emitter, values: Sequence[Value], certain: Sequence[Value], before: list[Op], limit: int
    ) -> None:
        self.write = write
        self.before = before
        self.limit = limit
        folded = _folded(write, values)
        on_each_path, raising, popping = _folded(write, certain, arms=False), set[Op](), set[Op]()
        self.place = _places(folded, before)
        self.order = {op: k for k, op in enumerate(reversed(folded))}  # of the text, with what a part is made of first
        self.start = min(self.place.values(), default=len(before))
        self.user: dict[Op, Op] = {}
        self.inner: dict[Op, list[Op]] = {}
        self.may_move: set[Op] = set()
        self.narrow: dict[Op, int] = {}
        self.queue: list[tuple[bool, int, int]] = []
        self.live: dict[str, Value] = {}
        for op in reversed(folded):  # what a part is made of comes before it
            makers = [write.expr.makers.get(value) for value in op.operands if value in write.expr.folded]
            inner = self.inner[op] = [made for made in makers if made is not None]
            self.user.update(dict.fromkeys(inner, op))
            raising |= {op} if may_raise(op) or not raising.isdisjoint(inner) else set()
            popping |= {op} if any(made.name == "pop" or made in popping for made in inner) else set()
            # What one arm of a conditional expression computes is not asked for where it may raise.
            stays = op in popping or (op in raising and op not in on_each_path)
            if op in self.place and _may_have_name(op) and not stays:
                self.may_move.add(op)
            self.measure(op)

    def measure(self, op: Op) -> bool:
        """Note how wide an operation is if it may get a name, and whether that can be broken into a few lines.

        A derivative of the author's part has a name that tells what it is: it comes first, and may take these lines.
        """
        self.narrow.pop(op, None)
        if any(made not in self.narrow for made in self.inner[op]):
            return False
        if op not in self.may_move:
            self.narrow[op] = 0
            return True
        text = self.write.expr(op.result)
        if not _fits("_" * _BESIDE + text, self.limit):
            return False
        self.narrow[op] = len(text)
        is_derivative = op.result.temp is not None and 2 * len(text) > self.limit
        if is_derivative or len(text) + _BESIDE <= self.limit:
            heappush(self.queue, (not is_derivative, -len(text), -self.place[op]))
        return True

    def widest(self) -> Op | None:
        """The widest part that fits on a line, else the widest."""
        while self.queue:
            _, width, place = heappop(self.queue)
            op = self.before[-place]
            if op in self.may_move and self.narrow.get(op) == -width:
                return op
        return max(self.may_move, key=lambda op: (len(self.write.expr(op.result)), self.place[op]), default=None)

    def unfold(self, part: Op) -> list[Op]:
        """Let a part be a variable; the operations that it is folded from."""
        own = _folded(self.write, part.operands)
        self.may_move.difference_update(own, [part])
        self.write.expr.folded.remove(part.result)
        self.name(part, own)
        user = self.user.get(part)
        if user is not None:
            self.inner[user].remove(part)
        while user is not None and self.measure(user):
            user = self.user.get(user)
        return sorted((op for op in own if op in self.place), key=self.place.__getitem__)

    def name(self, part: Op, own: Iterable[Op]) -> None:
        """Give a part a name that no other one has until this one is computed: each is used once."""
        names = self.write.expr.names
        for value in [*part.operands, *(operand for op in own for operand in op.operands)]:
            if self.live.get(names.get(value, "")) is value:
                del self.live[names[value]]
        wanted = name = part.result.temp or ""
        count = 1
        while name in self.live:
            count += 1
            name = f"{wanted}_{count}"
        names[part.result] = name
        self.live[name] = part.result


def _places(ops: Collection[Op], before: Sequence[Op]) -> dict[Op, int]:
    """Where operations stand that are among those ``before`` a statement."""
    found: dict[Op, int] = {}
    for k in reversed(range(len(before))):
        if len(found) == len(ops):
            break
        if before[k] in ops:
            found[before[k]] = k
    return found


def _folded(write: Emitter, values: Iterable[Value], arms: bool = True) -> dict[Op, None]:
    """The operations whose text is part of the values' text, each before what it is made of.

    Those in the arms of conditional expressions are among them, or not.
    """
    found: dict[Op, None] = {}
    todo = list(values)
    while todo:
        value = todo.pop()
        op = write.expr.makers.get(value)
        if value in write.expr.folded and op is not None:
            found[op] = None
            todo += op.operands[:1] if _is_conditional(op) and not arms else op.operands
    return found
