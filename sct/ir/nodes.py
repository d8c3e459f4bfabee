"""The nodes of the structured SSA, and the vocabulary of operations.

A :class:`Function` owns one :class:`Block`.  A block has arguments, operations and the values that it yields.
``If``, ``For``, ``While`` and ``Hook`` are operations that own blocks; the values that cross them are block arguments
and results, so they are the phis.  There are no jumps: the front end turns an early ``return``, ``break`` or
``continue`` into nesting (the statements that follow go into the branch that does not jump), and a loop that can end
early yields a boolean *stop* first (``stops=True``).

Operations are matched by name.  The names are neutral: ``tanh`` is both ``math.tanh`` and ``np.tanh``; the attribute
``lib`` remembers which.  Besides the primitives of ``sct.rules`` there are:

==================  ============================================  ================================================
name                operands                                      attributes
==================  ============================================  ================================================
``const``           none                                          ``value``, ``text`` (as the author spelled it)
``global``          none                                          ``name`` (dotted, as spelled; a constant), ``ref``
``undef``           none                                          (a name that this path leaves unbound)
``tuple``           items                                         ``form`` (a Form; a list's may turn out a ``list``)
``item``            tuple                                         ``index`` (an int), or the author's ``label``
``part``            tuple                                         ``slice`` (start, stop, step): some of its items
``rebuild``         structure, parts                              the parts in a structure of the same class
``put``             structure, value                              the structure with another part ``index``
``append``          list, value                                   writes in place; the result is the new version
``shrink``          list                                          undoes an ``append``; no result
``split``           list of adjoints                              the last one, and the list without it
``blank``           list                                          a list of zeros: of all that it has at ``path``
``rows``            lists                                         a list of structures ``of`` a type, from its columns
``column``          list                                          of each item what it has at ``path``
``total``           list                                          the sum of the items
``spread``          value, list                                   a list as long, of the value
``listed``          array                                         the list of its items
``slice``           start, stop, step (``const None`` if absent)
``step``            none, or a shape                              ``transposes``, ``reshapes``, ``of`` (see
                                                                  ``sct.ir.paths``)
``getitem``         array, index, index, …
``store``           array, value, index, index, …                 writes in place; the result is the new version;
                                                                  ``adds``: it is ``np.add.at``; ``form``: it was
                                                                  written as ``fill``, ``copyto`` or ``out``
``index_add``       array, value, index, index, …                 ``array[index] += value`` in place
``call``            arguments                                     ``callee`` (a GlobalRef), ``params``, ``summary``
``written``         array, index, index, …                        what the ``call`` wrote into: argument ``position``
``format``          values                                        ``parts`` (an f-string's literal pieces)
``print``           values                                        ``keywords``; ``function``: ``print``, ``breakpoint``
``assert``          condition, message (optional)
``check``           parameter                                     ``type``, ``text``: what a hint says of it
``adjoint_of``      value                                         a :class:`Hook`; no result
``raise``           values                                        ``exception`` (the class's text) or None
``bind``            value                                         a second name for it (``b_bar = y_bar``)
``exchange``        values                                        as many results: the names change places
``accumulate``      adjoint, contribution                         their sum; ``in_place`` when the buffer is owned
``restore``         array, value, index, index, …                 undoes a ``store``; no result (see below)
``tape``            none                                          an empty list
``push``            tape, value                                   appends; no result
``pop``             tape                                          takes the last record off
``call_forward``    arguments                                     a callee's forward sweep: value, residuals
``call_reverse``    residuals, written arrays, adjoints           its reverse sweep: an adjoint an active argument
``call_tangent``    arguments, tangents                           value, tangent, tangents of written arrays
==================  ============================================  ================================================

All versions of an array that is stored into share one storage, hence one name.  The reverse sweep walks the versions
backwards: it may name any version of a storage, and ``restore`` brings the contents back first.  Tapes are such
storages too.

Index operands are integers, ``slice`` results, ``const None``, ``const ...``, arrays, and the steps of a path.
A call's attributes say how the author spelled it: ``style`` is ``call``, ``method``, ``attr`` or ``operator``; ``lib``
is ``math``, ``numpy``, ``builtins`` or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sct.errors import Span

Kind = Literal[
    "float",
    "int",
    "bool",
    "array",
    "tuple",
    "list",
    "str",
    "none",
    "ellipsis",
    "slice",
    "step",
    "tape",
    "residuals",
    "undef",
    "unknown",
]
DType = Literal["float", "int", "bool"]
Dim = int | str
"""A dimension: an int when it is known (mostly 1), else a symbol.  Equal symbols are equal sizes.  A symbol that ends
in ``+`` is known not to be 1; one that starts with ``?`` is equal to nothing but itself."""


@dataclass(frozen=True)
class Form:
    """How a structure is written, and what its parts are called.

    Attributes
    ----------
    kind : str
        ``list`` (of parts that differ, hence of known length), ``dict`` with constant keys, or ``class``: a dataclass
        or a named tuple; ``named`` is a library's named tuple, which is written as a plain one, as Numba knows it.
    labels : tuple of str
        The keys, or the names of the fields.
    name : str
        The class, as the module spells it; empty where the module does not know it.
    plain : bool
        Whether it is a class with an ``__init__`` of its own: what has its form is made as a ``SimpleNamespace``.
    """

    kind: Literal["list", "dict", "class", "named"]
    labels: tuple[str, ...] = ()
    name: str = ""
    plain: bool = False


@dataclass(frozen=True)
class Type:
    """What is known of a value.

    Attributes
    ----------
    kind : Kind
        ``float``, ``int`` and ``bool`` are scalars (Python's or NumPy's; a 0-d array is a scalar too).
    shape : tuple of Dim or None
        Of an array: one entry a dimension; None when even the rank is unknown.  Of a number: empty where it is a 0-d
        array that came in.
    dtype : DType
        Of an array: the kind of its elements.
    items : tuple of Type
        Of a tuple, or another structure whose parts are known: the type of each part.  Of a list: that of every item.
    dim : Dim or None
        Of an int: its value as a dimension, where that is known (``len(x)`` of a known shape).  Of a bool and of a
        string: its value, where that is known.  Of a step: ``T`` where it transposes, ``R`` where it reshapes.
    form : Form or None
        Of a structure (its kind is ``tuple``) that is no plain tuple.
    """

    kind: Kind
    shape: tuple[Dim, ...] | None = None
    dtype: DType = "float"
    items: tuple[Type, ...] = ()
    dim: Dim | None = None
    form: Form | None = None

    @property
    def rank(self) -> int | None:
        """The number of dimensions: 0 for a scalar, None when it is unknown."""
        if self.kind in ("float", "int", "bool"):
            return 0
        return None if self.shape is None else len(self.shape)

    @property
    def literal(self) -> tuple[Any] | None:
        """The only value, in a tuple, where it is known and is what a literal may stand for."""
        if self.kind == "none":
            return (None,)
        if self.kind == "tuple" and self.form is None:
            items = [item.literal for item in self.items]
            return None if None in items else (tuple(item[0] for item in items if item is not None),)
        told = isinstance(self.dim, int) or (self.kind == "str" and self.dim is not None)
        return (self.dim,) if told else None

    @property
    def is_scalar(self) -> bool:
        return self.kind in ("float", "int", "bool")

    @property
    def is_array(self) -> bool:
        return self.kind == "array"

    @property
    def is_buffer(self) -> bool:
        """Whether a value of this type can be written into."""
        return self.kind in ("array", "list")

    @property
    def element(self) -> str:
        """The kind of one element: ``float``, ``int``, ``bool``, or the kind itself for anything else."""
        return self.dtype if self.kind == "array" else self.kind

    @property
    def is_differentiable(self) -> bool:
        """Whether a value of this type can carry a derivative."""
        if self.kind in ("tuple", "list"):
            return any(item.is_differentiable for item in self.items)
        return self.element in ("float", "unknown")


def map_arrays(type_: Type, change: Callable[[Dim, str], Dim], place: str = "") -> Type:
    """A type with other dimensions, without the values of numbers; ``change`` is told a dimension and where it is."""
    if type_.kind in ("tuple", "list"):
        items = tuple(map_arrays(item, change, f"{place}{k}.") for k, item in enumerate(type_.items))
        return replace(type_, items=items)
    if type_.shape is not None:
        return replace(type_, shape=tuple(change(dim, f"{place}{k}") for k, dim in enumerate(type_.shape)))
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_


FLOAT = Type("float")
INT = Type("int")
BOOL = Type("bool")
STR = Type("str")
NONE = Type("none")
SLICE = Type("slice")
TAPE = Type("tape")
RESIDUALS = Type("residuals")
UNDEF = Type("undef")
WRITES = frozenset({"store", "append", "shorten", "written"})
"""The operations whose result is a new version of an array or a list."""
UNKNOWN = Type("unknown")


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


def is_whole(indices: Sequence[Value]) -> bool:
    """Whether ``a[...]`` or ``a[:]``: all of the array."""
    if len(indices) != 1:
        return False
    type_ = indices[0].type
    return type_.kind == "ellipsis" or (type_.kind == "slice" and {item.kind for item in type_.items} == {"none"})


def repeats(indices: Sequence[Value]) -> bool:
    """Whether an index may name an element twice: an array of integers does, and what is not known may."""
    masks = (index.type.is_array and index.type.dtype == "bool" for index in indices)
    return any(not mask and index.type.kind not in _ONCE for mask, index in zip(masks, indices, strict=True))


_ONCE = frozenset({"int", "bool", "slice", "none", "ellipsis", "step"})


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


@dataclass(eq=False)
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


@dataclass(eq=False)
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
            for block in op.blocks:
                block._gather(found)

    def blocks(self) -> Iterator[Block]:
        """The block itself and every one below, an owner's before those of what it owns."""
        yield self
        for op in self.ops:
            for block in op.blocks:
                yield from block.blocks()


@dataclass(eq=False)
class If(Op):
    """``operands`` is the condition; both blocks have no arguments and yield one value a result.

    The attribute ``form`` is ``stmt``, ``ternary``, ``and`` or ``or``; for the expression forms each block computes
    one value (``a and b`` is ``b if a else a``).  A block that raises ends in a ``raise`` and yields ``undef``.
    """

    then: Block = field(default_factory=Block)
    orelse: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.then, self.orelse)


@dataclass(eq=False)
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


@dataclass(eq=False)
class For(Loop):
    """A loop over ``range``: start, stop and step are operands before the initial values; the index is an argument."""

    @property
    def inits(self) -> list[Value]:
        return self.operands[3:]

    @property
    def carried(self) -> list[Value]:
        return self.body.args[1:]

    def __post_init__(self) -> None:
        self.blocks = (self.body,)


@dataclass(eq=False)
class While(Loop):
    """``test`` takes the carried values, too, and yields the condition."""

    test: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.test, self.body)


@dataclass(eq=False)
class Hook(Op):
    """``with sct.adjoint_of(x) as x_bar:``; the operand is ``x``.

    The body's argument is the adjoint that reaches this point, and it yields the one that flows on.  The forward sweep
    does not enter it: reverse mode takes its operations into the reverse sweep, forward mode drops them.
    """

    body: Block = field(default_factory=Block)

    def __post_init__(self) -> None:
        self.blocks = (self.body,)


@dataclass(eq=False)
class Function:
    """A function: its parameters are its body's arguments, and its body yields the result.

    A callee that writes into parameters yields their last versions as well: ``hands_back`` has their positions.
    ``constants`` has those of the parameters that a hint says are constant, and the hint's place.  Values are called
    after its ``name``; ``spelling`` is that of the module's function (``Model.predict`` where the name is ``predict``).
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


def tangent_names(params: Sequence[str], wrt: Sequence[int]) -> list[str]:
    """What the tangents of the parameters at ``wrt`` are called: ``x_dot``, or ``x_dot_`` where that is a parameter."""
    names = list(params)
    for k in wrt:
        name = f"{params[k]}_dot"
        while name in names:
            name += "_"
        names.append(name)
    return names[len(params) :]


@dataclass(frozen=True)
class GlobalRef:
    """A function or a constant: the source file it is in (absolute, or ``<…>``; a library's name) and its name there.

    ``spelling`` is its text where it is used (``g`` or ``helpers.g``), in the module ``home``.
    """

    file: str
    name: str
    spelling: str = field(compare=False)
    home: str = field(compare=False)

    @property
    def identifier(self) -> str:
        return identifier(self.name)

    @property
    def label(self) -> str:
        return label(self.name)


def identifier(name: str) -> str:
    """What the functions that are generated for one are called after: ``Model_predict`` for ``Model.predict``."""
    return name.replace(".", "_")


def label(name: str) -> str:
    """What a function's values are called after: ``predict`` for ``Model.predict``."""
    return name.rpartition(".")[2]
