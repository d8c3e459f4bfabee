"""What names stand for, and the phis where that depends on the path.

Before: ``%a`` is bound to ``%1`` on one path and to ``%2`` on the other.
After: ``if … { …; yield %1 } else { …; yield %2 }`` has a result ``%a``, which the name stands for from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sct.frontend.scopes import Chosen, FunctionValue, Scope, spelled
from sct.ir.nodes import Block, If, Op, Statement, Value
from sct.ir.phis import raises

Environment = dict[str, Value]
Group = tuple[str, ...]
T = TypeVar("T")
# No identifiers: they cannot clash with the author's names.
RETURNED, RESULT, BROKE, VIEWED = "return flag", "return value", "broke at", "viewed at"


@dataclass(frozen=True)
class Apart(Generic[T]):
    """What was lowered into a block of its own: the block, what the names stand for there, and what it gave."""

    block: Block
    env: Environment
    found: T


class Phis:
    """Binds names.  ``block`` is where operations go, ``env`` the names' values, ``scope`` says what they mean."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.block = Block()
        self.env: Environment = {}
        self.stmt: Statement | None = None
        self.copies: dict[tuple[str, Value], Statement] = {}
        self.were_functions = set[Value]()  # variables of loops that are functions before these

    def name_value(self, name: str, value: Value) -> None:
        """Bind a name."""
        if value.hint is None and not any(value is other for other in self.env.values()):
            value.hint = spelled(name)
        self.note_copy(spelled(name), value)
        self.env[self.scope.key(name)] = value

    def note_copy(self, name: str, value: Value) -> None:
        """Note the statement, if the value has another name already: there is no operation that could."""
        if self.stmt is not None and value.hint not in (None, name):
            self.copies[name, value] = self.stmt

    def undef(self, block: Block | None = None) -> Value:
        """The value of a name that this path leaves unbound."""
        op = Op("undef", [], [Value()], {}, None, self.stmt)
        (block or self.block).ops.append(op)
        return op.result

    def apart(self, lower: Callable[[], T]) -> Apart[T]:
        """What ``lower`` gives, lowered into a block of its own where names are bound apart."""
        outer, env = self.block, self.env
        self.block, self.env = Block(), dict(env)
        try:
            found = lower()
            return Apart(self.block, self.env, found)
        finally:
            self.block, self.env = outer, env

    def join(self, op: If, then: Environment, orelse: Environment) -> None:
        """Bind what the branches of ``op`` bind."""
        joined: dict[tuple[Value | None, Value | None], Value] = {}
        ends, other_ends = map(raises, op.blocks)
        for name in dict.fromkeys([*then, *orelse]):
            pair = a, b = then.get(name), orelse.get(name)
            if pair[0] is pair[1] and pair[0] is not None:
                self.env[name] = pair[0]
                continue
            if None in pair and name.startswith(VIEWED):
                continue
            if ends != other_ends:  # nothing goes on from the one that raises
                pair = a, b = (None, b) if ends else (a, None)
            last = a or b
            if None in pair and isinstance(last, FunctionValue | None):
                if ends != other_ends and last is not None:
                    self.env[name] = self.handed_on(op, int(ends), last)
                continue
            if isinstance(a, FunctionValue) and isinstance(b, FunctionValue):
                self.env[name] = self.one_of(op, a, b)
                continue
            if pair not in joined:
                for block, value in zip(op.blocks, pair, strict=True):
                    block.yields.append(self.undef(block) if value is None else value)
                joined[pair] = self.variable((name,), then)
                op.results.append(joined[pair])
            self.env[name] = joined[pair]

    def one_of(self, op: If, a: FunctionValue, b: FunctionValue) -> Chosen:
        """What is the function ``a`` after one branch of ``op``, and ``b`` after the other."""
        return Chosen(a.span, op.operands[0], self.handed_on(op, 0, a), self.handed_on(op, 1, b))

    def handed_on(self, op: If, k: int, function: FunctionValue) -> FunctionValue:
        """A function after a branch; what was asked in there to choose it is false after the other one."""
        if not isinstance(function, Chosen):
            return function
        then, orelse = (self.handed_on(op, k, part) for part in (function.then, function.orelse))
        test = function.test
        if any(test in inner.results for inner in op.blocks[k].walk()):
            no = Op("const", [], [Value()], {"value": False, "text": "False"}, None, self.stmt)
            op.blocks[1 - k].ops.append(no)
            op.blocks[k].yields.append(test)
            op.blocks[1 - k].yields.append(no.result)
            test = Value(temp="is_chosen")
            op.results.append(test)
        return Chosen(function.span, test, then, orelse)

    def variable(self, group: Group, env: Environment) -> Value:
        """A new value of a carried name, or of several that stand for one array."""
        name, *others = group
        if name.startswith(RETURNED):
            return Value(temp="returned")
        if name.startswith(RESULT):
            return Value(temp=f"{self.scope.name}_value")
        if name.startswith(BROKE):
            return Value(temp="broke")
        if name.startswith(VIEWED):
            return Value(hint=env[name].hint, temp="rows")
        found = Value(hint=(env[name].hint or spelled(name)) if others else spelled(name))
        if isinstance(env.get(name), FunctionValue):
            self.were_functions.add(found)
        return found
