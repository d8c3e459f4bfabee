"""Makes Python's numbers of NumPy's, where loops of the reverse sweep go on computing with them.

Before: a turn has ``%1 = getitem %data, %k; %2 = sub %x, %1; %3 = mul 2.0, %2; %x_bar1 = accumulate %x_bar0, %3``.
After: it has ``%f = float %1; %2 = sub %x, %f``; what is saved of a turn is converted before it is saved.

Arithmetic with one of NumPy's numbers takes three times as long as with Python's alone, and makes another one of them:
the element that a loss reads would slow down all adjoints of a time loop.  What to convert is a minimum cut: what is
left of such arithmetic takes longer, and conversions take time, in each turn.

A division by zero stays what it is: the derivative of ``np.sqrt`` at 0 is infinite, where Python's division raises.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from sct.analysis.liveness import users
from sct.ir.nodes import Block, Function, Loop, Op, Value
from sct.ir.phis import phis
from sct.transform.build import Builder
from sct.transform.mincut import minimum_cut

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow", "abs", "accumulate"})
_PASSES_ON = _ARITHMETIC | {"bind", "where", "maximum", "minimum"}
_SLOWER = 2
"""How much longer an operation takes for one of NumPy's numbers, where a conversion takes 1 …"""
_CONVERSION = 10
"""… and has to be worth reading, too."""
_CALL = 5
"""How many operations the reverse of a callee is taken to have."""
_TURNS, _DEEP = 8, 4
"""How many turns a loop is taken to have, and how many loops in one another count."""
_NEVER: int = _TURNS**9

Sources = Mapping[Value, Sequence[Value]]
"""For each of NumPy's floats, those that make it one; none where it is read from an array, or a function's value."""


def convert_numbers(fn: Function) -> None:
    """Convert numbers in the reverse sweep."""
    depths: dict[Op, int] = {}
    _note_depths(fn.body, 0, depths)
    sources = _sources(fn) if any(depths.values()) else {}
    if sources:
        conversion = _Conversion(fn.body, depths, sources)
        conversion.make(conversion.cut())


def _note_depths(block: Block, depth: int, found: dict[Op, int]) -> None:
    """Note how many loops are around each operation of the reverse sweep."""
    for op in block.ops:
        if op.origin is not None:
            found[op] = min(depth, _DEEP)
        for owned in op.blocks:
            _note_depths(owned, depth + isinstance(op, Loop), found)


def _sources(fn: Function) -> Sources:
    passed_on = _passed_on(fn)
    onward: dict[Value, list[Value]] = {}
    for value, sources in passed_on.items():
        for source in sources:
            onward.setdefault(source, []).append(value)
    found = dict.fromkeys(op.result for op in fn.body.walk() if len(op.results) == 1 and _makes_number(op))
    todo = list(found)
    while todo:
        new = [value for value in onward.get(todo.pop(), ()) if value not in found]
        found.update(dict.fromkeys(new))
        todo += new
    return {value: [source for source in passed_on.get(value, ()) if source in found] for value in found}


def _passed_on(fn: Function) -> Sources:
    """For each float those of which it is one of NumPy's, if one of them is."""
    found: dict[Value, Sequence[Value]] = dict(phis(fn.body))
    saved: dict[Value, list[Value]] = {}
    for op in fn.body.walk():
        if op.name == "push":
            saved.setdefault(op.operands[0], []).append(op.operands[1])
        elif op.name == "pop":
            found[op.result] = saved.setdefault(op.operands[0], [])
        elif op.name in _PASSES_ON or op.name == "call_reverse":
            found.update(dict.fromkeys(op.results, op.operands))
    return {value: sources for value, sources in found.items() if value.type.kind == "float"}


def _makes_number(op: Op) -> bool:
    """Whether an operation makes one of NumPy's floats, be it of Python's."""
    if op.result.type.kind != "float" or op.name in ("float", "call_reverse"):
        return False
    is_function = op.attrs.get("lib") == "numpy" and op.attrs.get("style") == "call" and op.name != "where"
    return is_function or any(operand.type.is_array for operand in op.operands)


class _Conversion:
    """What to convert, and how; ``depths`` has the operations of the reverse sweep."""

    def __init__(self, body: Block, depths: Mapping[Op, int], sources: Sources) -> None:
        self.body = body
        self.depths = depths
        self.sources = sources
        self.makers = {result: op for op in depths for result in op.results}

    def cut(self) -> list[Hashable]:
        """The lightest set of conversions and of slow operations: values, operations, and what enters a loop."""
        kept = _kept(self.body, self.depths, self.sources)
        made_of: dict[Hashable, Sequence[Hashable]] = dict(self.sources.items())
        weights: dict[Hashable, int] = {v: _NEVER if v in kept else self._weight(v) for v in self.sources}
        slow = []
        for op, depth in self.depths.items():
            taken = [value for value in op.operands if value in self.sources]
            if isinstance(op, Loop):
                for arg, init in zip(op.carried, op.inits, strict=True):
                    if arg in self.sources and init in taken and init not in self.makers:  # comes from the other sweep
                        made_of[op, init], weights[op, init] = [init], _CONVERSION * _turns(depth)
                        made_of[arg] = [(op, init) if value is init else value for value in made_of[arg]]
            elif taken and depth and (number := _slowed(op)):
                made_of[op], weights[op] = taken, number * _SLOWER * _TURNS**depth
                slow.append(op)
        reached = _reached(slow, made_of)
        starts = [v for v, sources in self.sources.items() if v in reached and (not sources or v in kept)]
        return minimum_cut({node: made_of[node] for node in reached}, starts, slow, weights)

    def _weight(self, value: Value) -> int:
        """What it costs to convert a value: a part of an expression is worth a conversion less than a variable is."""
        op = self.makers.get(value)
        if op is None or op.blocks or op.name in ("accumulate", "bind"):
            return _NEVER
        price = 2 * _CONVERSION if op.name in _ARITHMETIC and value.hint is None else _CONVERSION
        return price * _turns(self.depths[op])

    def make(self, cut: Iterable[Hashable]) -> None:
        """Make the conversions."""
        used_by = users(self.body)
        before: dict[Op, list[Op]] = {}
        behind: dict[Op, list[Op]] = {}
        for node in cut:
            if isinstance(node, tuple):
                op, init = node
                before.setdefault(op, []).extend(_converted(op, init, [op], init.hint))
            elif isinstance(node, Value) and (op := self.makers[node]).name == "pop":
                for push in used_by[op.operands[0]]:
                    if isinstance(push, Op) and push.name == "push" and push not in before:
                        before[push] = _converted(push, push.operands[1], [push])
            elif isinstance(node, Value):
                hint, node.hint = node.hint, None
                behind[op] = _converted(op, node, used_by[node], hint)
        for block in self.body.blocks():
            block.ops = [each for op in block.ops for each in (*before.get(op, ()), op, *behind.get(op, ()))]


def _reached(nodes: Iterable[Hashable], made_of: Mapping[Hashable, Sequence[Hashable]]) -> dict[Hashable, None]:
    """The nodes, and all that they are made of."""
    found = dict.fromkeys(nodes)
    todo = list(found)
    while todo:
        new = [node for node in made_of[todo.pop()] if node not in found]
        found.update(dict.fromkeys(new))
        todo += new
    return found


def _turns(depth: int) -> int:
    """How often a conversion is taken to be made: one before a loop has to be worth reading as well."""
    return int(max(_TURNS // 2, _TURNS**depth))


def _slowed(op: Op) -> int:
    """How many operations one stands for that takes longer for NumPy's numbers."""
    if op.name == "call_reverse":
        return _CALL
    return int(op.name in _ARITHMETIC and op.result.type.is_scalar)


def _converted(op: Op, value: Value, users: Iterable[Op | Block], hint: str | None = None) -> list[Op]:
    """The conversion of ``value`` at ``op``, which its users take instead."""
    build = Builder.instead_of(op, "builtins")
    number = build.op("float", value, hint=hint, temp=value.temp)
    for user in users:
        if isinstance(user, Op):
            user.operands = [number if each is value else each for each in user.operands]
        else:
            user.yields = [number if each is value else each for each in user.yields]
    return build.block.ops


def _kept(body: Block, derived: Collection[Op], sources: Sources) -> set[Value]:
    """What stays one of NumPy's numbers, so that Python's division, or power, does not raise in its place."""
    constants = {op.result: op.attrs["value"] for op in body.walk() if op.name == "const"}
    computed = {result for op in body.walk() if op.name in _ARITHMETIC for result in op.results}
    kept = set[Value]()
    for block in body.blocks():
        ratios = [op for op in block.ops if op in derived and op.name in ("div", "pow")]
        divisors = {op.operands[1] for op in ratios if _is_slope_of_ratio(op)}
        for op in ratios:
            if op.operands[1] not in divisors and not _is_pythons(op) and not _never_raises(op, constants):
                todo = list(sources.get(op.result, ())[-1:])
                while todo:
                    value = todo.pop()
                    if value not in kept:
                        kept.add(value)
                        todo += sources[value][-1:] if value in computed else sources[value]
    return kept


def _is_slope_of_ratio(op: Op) -> bool:
    """Whether it is of the derivative of a division: where it divides by zero, the value was not finite."""
    return op.name == "div" and op.origin is not None and op.origin.name == "div" and not op.attrs.get("authored")


def _is_pythons(op: Op) -> bool:
    """Whether it is of the derivative of one of Python's functions, in whose place Python's numbers may raise."""
    return op.origin is not None and op.origin.attrs.get("lib") == "math" and not op.attrs.get("authored")


def _never_raises(op: Op, constants: Mapping[Value, object]) -> bool:
    """Whether it divides by a constant, or is a natural power."""
    number = constants.get(op.operands[1])
    return bool(number) if op.name == "div" else isinstance(number, int) and number >= 0
