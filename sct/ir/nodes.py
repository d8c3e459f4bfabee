"""The nodes of the structured SSA; `sct.ir.operations` has the vocabulary.

A :class:`Function` owns one :class:`Block`.  A block has arguments, operations and the values that it yields.
``If``, ``For``, ``While`` and ``Hook`` are operations that own blocks; the values that cross them are block arguments
and results, so they are the phis.  There are no jumps: the front end turns an early ``return``, ``break`` or
``continue`` into nesting (the statements that follow go into the branch that does not jump), and a loop that can end
early yields a boolean *stop* first (``stops=True``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sct.errors import Span
from sct.ir.names import GlobalRef
from sct.ir.types import UNKNOWN, Type


@dataclass(frozen=True, eq=False)
class Statement:
    """The source statement that operations come from.

    ``text`` is the statement's first line as written, without its comment (``if y > 0:`` for a compound one);
    ``comments`` are the comment lines above it and ``trailing`` the one behind it, each with its ``#``; ``target`` is
    the name that its temporaries are called after (the first name assigned to, or the function's for a return);
    ``lines`` is a simple statement as written, with what its later lines are indented by beyond its first; ``within``
    are the ``with np.errstate(…):`` and ``try:`` that it stands in, outermost first; ``closing`` are the handlers of a
    ``try``, as written.
    """

    text: str
    span: Span
    target: str
    comments: tuple[str, ...] = ()
    trailing: str | None = None
    lines: tuple[str, ...] = ()
    within: tuple[Statement, ...] = ()
    closing: tuple[str, ...] = ()


class Value:
    """One SSA value.

    ``hint`` is the author's name for it, or None for a temporary; ``temp`` is what a temporary is called should it
    need a name after all.
    """

    __slots__ = ("hint", "temp", "type")

    def __init__(self, type: Type = UNKNOWN, hint: str | None = None, temp: str | None = None) -> None:
        self.type = type
        self.hint = hint
        self.temp = temp

    def __repr__(self) -> str:
        return f"<{self.hint or '%'}: {self.type.kind}>"


@dataclass(eq=False, slots=True)
class Op:
    """An operation: results from operands.

    ``span`` is the expression's place, ``stmt`` its statement; ``origin`` is the forward operation that an operation of
    the reverse sweep belongs to.  ``blocks`` are those that it owns, in the order in which they are entered.
    """

    name: str
    operands: list[Value]
    results: list[Value]
    attrs: dict[str, Any] = field(default_factory=dict)
    span: Span | None = None
    stmt: Statement | None = None
    origin: Op | None = field(default=None, kw_only=True)
    blocks: Sequence[Block] = field(default=(), init=False, repr=False)

    @property
    def result(self) -> Value:
        """The only result."""
        (value,) = self.results
        return value

    def walk(self) -> Iterator[Op]:
        """The operation, and those that it owns, in program order, as they are now."""
        if not self.blocks:
            return iter((self,))
        found = [self]
        for block in self.blocks:
            block._gather(found)
        return iter(found)


@dataclass(eq=False, slots=True)
class Block:
    """Straight-line code: arguments, operations, and what it hands back to its owner."""

    args: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)

    def walk(self) -> Iterator[Op]:
        """Every operation in program order, as they are now: an owner before what it owns."""
        found: list[Op] = []
        self._gather(found)
        return iter(found)

    def _gather(self, found: list[Op]) -> None:
        # A list, since a generator in a generator hands every operation through each level.
        for op in self.ops:
            found.append(op)
            if op.blocks:
                for block in op.blocks:
                    block._gather(found)

    def blocks(self) -> Iterator[Block]:
        """The block itself and every one below, an owner's before those of what it owns."""
        yield self
        for op in self.ops:
            for block in op.blocks:
                yield from block.blocks()


@dataclass(eq=False, slots=True)
class If(Op):
    """``operands`` is the condition; both blocks have no arguments and yield one value a result.

    The attribute ``form`` is ``stmt``, ``ternary``, ``and`` or ``or``; for the expression forms each block computes
    one value (``a and b`` is ``b if a else a``).  A block that raises ends in a ``raise`` and yields ``undef``.
    """

    then: Block = field(default_factory=Block)
    orelse: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.then, self.orelse)


@dataclass(eq=False, slots=True)
class Loop(Op):
    """A loop; ``body`` takes the carried values and yields their next ones, behind a boolean *stop* if ``stops``.

    The results are the carried values when the loop is left.
    """

    body: Block = field(default_factory=Block)
    stops: bool = False

    @property
    def inits(self) -> list[Value]:
        """The carried values' initial values."""
        return self.operands

    @property
    def carried(self) -> list[Value]:
        """The carried values at the start of a turn."""
        return self.body.args

    @property
    def nexts(self) -> list[Value]:
        """The carried values at the end of a turn."""
        return self.body.yields[1:] if self.stops else self.body.yields

    @property
    def counted(self) -> Value | None:
        """What a turn has for the index of the ``for`` that runs the loop backwards: see `sct.transform.turns`."""
        index: Value | None = self.attrs.get("index")
        return index


@dataclass(eq=False, slots=True)
class For(Loop):
    """A loop over ``range``: start, stop and step are operands before the initial values; the index is an argument."""

    @property
    def inits(self) -> list[Value]:
        return self.operands[3:]

    @property
    def carried(self) -> list[Value]:
        return self.body.args[1:]

    @property
    def counted(self) -> Value:
        return self.body.args[0]

    def __post_init__(self) -> None:
        self.blocks = (self.body,)


@dataclass(eq=False, slots=True)
class While(Loop):
    """``test`` takes the carried values, too, and yields the condition."""

    test: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.test, self.body)


@dataclass(eq=False, slots=True)
class Hook(Op):
    """``with sct.adjoint_of(x) as x_bar:``; the operand is ``x``.

    The body's argument is the adjoint that reaches this point, and it yields the one that flows on.  The forward sweep
    does not enter it: reverse mode takes its operations into the reverse sweep, forward mode drops them.
    """

    body: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.body,)


@dataclass(eq=False, slots=True)
class Function:
    """A function: its parameters are its body's arguments, and its body yields the result.

    A callee that writes into parameters yields their last versions as well: ``hands_back`` has their positions.
    ``constants`` has those of the parameters that a hint says are constant, and the hint's place.  ``gives_number`` is
    whether the value is said to be a number.  ``copies`` has the statements that give another name to a value
    (``best = x``), by that name and the value.  Values are called after its ``name``; ``spelling`` is that of the
    module's function (``Model.predict`` where the name is ``predict``).
    """

    name: str
    body: Block
    param_names: list[str]
    span: Span
    doc: str | None = None
    defaults: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    hands_back: tuple[int, ...] = ()
    callees: tuple[GlobalRef, ...] = ()
    constants: dict[int, Span] = field(default_factory=dict)
    gives_number: bool = False
    copies: dict[tuple[str, Value], Statement] = field(default_factory=dict)
    spelling: str = ""

    @property
    def params(self) -> list[Value]:
        return self.body.args

    @property
    def call(self) -> str:
        """A call of it, for a docstring."""
        return f"{self.spelling}({', '.join(self.param_names)})"

    @property
    def result(self) -> Value:
        return self.body.yields[0]
