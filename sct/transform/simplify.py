"""Identities, dead code and copies, in what the transformation wrote.

Before: ``%1 = mul 1, %y_bar; %2 = neg %1; %3 = mul %2, %a``.
After: ``%1 = mul %y_bar, %a; %3 = neg %1``.

Only derived operations are rewritten: the author's statements stay as they are.  An identity may re-associate a
product; it never changes what is computed otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sct.analysis.liveness import use_counts, users
from sct.analysis.nonzero import Nonzero
from sct.analysis.sharing import Sharing
from sct.analysis.shown import shown_by
from sct.frontend.prune import drop_result
from sct.ir.instead import Instead
from sct.ir.nodes import Block, For, Function, Hook, If, Loop, Op, Value
from sct.ir.operations import UNDOES, WRITES
from sct.transform.build import Builder
from sct.transform.identities import IDENTITIES
from sct.transform.places import alike

_EFFECTS = frozenset(
    {"restore", "shrink", "push", "pop", "store", "index_add", "print", "assert", "raise", "call_forward"}
)


def simplify(fn: Function, derived: Sequence[Op], nonzero: Nonzero | None = None, products: bool = False) -> None:
    """Rewrite the operations ``derived`` of ``fn``, and what they own, until nothing changes.

    What is ``nonzero`` may cancel.  Sums along an axis are ``products`` where they can be: a loop that makes their
    terms is faster, where there is one.
    """
    inside = {op for op in derived if not isinstance(op.origin, Hook)}
    for op in derived:
        for owned in op.blocks:
            inside.update(inner for inner in owned.walk() if not isinstance(inner.origin, Hook))
    rewriter = Rewriter(fn, inside, nonzero, products)
    while rewriter.run(fn.body):
        pass


class Rewriter:
    """A run over a function; what identities ask of it."""

    def __init__(self, fn: Function, derived: set[Op], nonzero: Nonzero | None, products: bool) -> None:
        self.fn = fn
        self.derived = derived
        self.products = products
        self.writes = 0
        self.stored = [op.operands[0] for op in fn.body.walk() if op.name in WRITES and op not in derived]
        self.primal = {*fn.params, *(value for op in fn.body.walk() if op not in derived for value in _values(op))}
        self.nonzero = nonzero
        self.changed = self.swept = False

    def run(self, root: Block) -> bool:
        self.changed = False
        self.instead = Instead()
        ops = list(root.walk())
        self.users = users(root)
        self.count = Counter({value: len(found) for value, found in self.users.items()})
        self.made = {result: op for op in ops for result in op.results}
        self.since: dict[Op, int] = {}
        self.loop: Op | None = None
        self.within: dict[Op, Op | None] = {}
        self.overwritten: dict[Value, bool] = {}
        self.nothing: dict[Value, bool] = {}
        self.sharing = Sharing(self.fn) if self.stored else None
        self.block(root)
        self.instead.substitute(root)
        if self.changed or not self.swept:
            self.sweep(root)
        return self.changed

    def block(self, block: Block) -> None:
        ops, block.ops = block.ops, []
        for op in ops:
            if self.instead:
                op.operands = [self.instead.final(value) for value in op.operands]
            again = isinstance(op, Loop) and any(map(self.changes, op.walk()))
            self.writes += again or self.changes(op)
            self.since[op], self.within[op] = self.writes, self.loop
            if op.blocks:
                self.owned(op, block)
            if op in self.derived and op.name in IDENTITIES:
                self.rewrite(op, block)
            else:
                block.ops.append(op)
        block.yields = [self.instead.final(value) for value in block.yields]

    def owned(self, op: Op, block: Block) -> None:
        around = self.loop
        self.loop = op if isinstance(op, Loop) else around
        for owned in op.blocks:
            self.block(owned)
        self.loop = around
        if op in self.derived:
            self.phis(op, block)

    def rewrite(self, op: Op, block: Block) -> None:
        build = Builder(block, op.stmt)
        build.span, build.lib, build.origin = op.span, op.attrs.get("lib"), op.origin
        start = len(block.ops)
        found = self.match(op, build)
        if found is None:
            block.ops[start:] = [op]
            return
        new = block.ops[start:]
        self.derived.update(new)
        self.made.update({result: made for made in new for result in made.results})
        self.within.update(dict.fromkeys(new, self.loop))
        self.changed = True
        result = op.result
        if self.stored and self.leaves(op) and self.shows_stored(found):
            found = build.op("copy", found, style="method", lib="numpy")
            new = block.ops[start:]
            self.derived.update(new)
            self.made[found] = new[-1]
            self.within[new[-1]] = self.loop
        self.count.update(value for made in new for value in made.operands)
        self.count[found] += self.count[result]
        if new and found is new[-1].result:
            found.hint, found.temp, found.type = result.hint, result.temp or found.temp, result.type
        elif result.hint is not None and found.hint is not None and result.hint != found.hint:
            if op.name == "bind":
                self.changed = False
                block.ops[start:] = [op]
                return
            bound = Op("bind", [found], [Value(result.type, result.hint)], {}, op.span, op.stmt, origin=op.origin)
            block.ops.append(bound)
            self.derived.add(bound)
            self.made[bound.result] = bound
            found = bound.result
        elif found.hint is None and self.made.get(found) in self.derived:
            found.hint, found.temp = result.hint, found.temp or result.temp
        self.instead[result] = found

    def match(self, op: Op, build: Builder) -> Value | None:
        for identity in IDENTITIES[op.name]:
            found = identity(self, op, build)
            if found is not None:
                return found
        return None

    # what identities ask

    def named(self, value: Value) -> str | None:
        """The name of the operation that makes ``value``."""
        op = self.made.get(value)
        return None if op is None else op.name

    def by(self, value: Value, name: str) -> Op | None:
        """The operation that makes ``value``, if it is a ``name``, and its operands still hold what it read."""
        op = self.made.get(value)
        if op is None or op.name != name:
            return None
        spoilt = self.since.get(op, self.writes) < self.writes and any(map(self.is_stored, op.operands))
        return None if spoilt else op

    def changes(self, op: Op) -> bool:
        """Whether the operation gives one of the primal's arrays other contents, in either sweep."""
        return op.name in UNDOES or (op.name in WRITES and op not in self.derived)

    def is_stored(self, value: Value) -> bool:
        """Whether the primal may store into the value's memory: read elsewhere, it may have other contents there."""
        sharing = self.sharing
        if value.type.is_scalar or sharing is None:
            return False
        if value not in self.overwritten:
            # What this run made is known in the next one.
            is_known = sharing.knows(value)
            self.overwritten[value] = not is_known or any(sharing(value, other) for other in self.stored)
        return self.overwritten[value]

    def shows_stored(self, value: Value) -> bool:
        """Whether the value is, or is a view of, an array of the primal that it may store into."""
        op = self.made.get(value)
        if op is not None and op in self.derived:
            return not op.blocks and any(map(self.shows_stored, shown_by(op)))
        return value in self.primal and self.is_stored(value)

    def leaves(self, op: Op) -> bool:
        """Whether other statements use a result: it has to stay what it is when the primal's arrays are restored."""
        users = self.users.get(op.result, ())
        return any(isinstance(user, Block) or bool(user.blocks) or user.stmt is not op.stmt for user in users)

    def derived_by(self, value: Value, name: str) -> Op | None:
        """The same, if it is derived and nothing else uses it: then it can be taken apart, but not into a loop."""
        op = self.by(value, name)
        fits = op in self.derived and self.count[value] <= 1
        return op if op is not None and fits and self.within.get(op) is self.loop else None

    def user(self, value: Value) -> Op | None:
        """The operation that alone uses ``value``, if it is a derived one, as this run found it."""
        users = self.users.get(value, []) if self.count[value] == 1 else []
        if not users or any(isinstance(user, Block) for user in users):
            return None
        user = users[-1]
        return user if isinstance(user, Op) and user in self.derived else None

    def alike(self, a: Sequence[Value], b: Sequence[Value]) -> bool:
        """Whether two lists of indices are the same."""
        return alike(a, b, self.made, reads=True)

    def is_nonzero(self, value: Value, op: Op) -> bool:
        """Whether a value is surely no zero where ``op`` is."""
        return self.nonzero is not None and self.nonzero.holds(value, op)

    def number(self, value: Value) -> int | float | None:
        op = self.made.get(value)
        number = None if op is None or op.name != "const" else op.attrs["value"]
        return number if isinstance(number, int | float) and not isinstance(number, bool) else None

    def phis(self, op: Op, block: Block) -> None:
        """Drop what a derived loop carries unchanged, and what both arms of a derived branch hand on."""
        if isinstance(op, If):
            for k in reversed(range(len(op.results))):
                yielded = [owned.yields[k] for owned in op.blocks]
                kept, other = (self.bound(value, op) for value in yielded)
                if kept is not other:
                    continue
                if kept.hint != op.results[k].hint:  # the second name is given before the branch
                    made = Op("bind", [kept], [op.results[k]], {}, op.span, op.stmt, origin=op.origin)
                    block.ops.append(made)
                    self.derived.add(made)
                    self.made[made.result] = made
                    self.instead.update((value, made.result) for value in yielded if value is not kept)
                else:
                    self.instead[op.results[k]] = kept
                del op.results[k], op.then.yields[k], op.orelse.yields[k]
                self.changed = True
        if not isinstance(op, For):
            return
        for k in reversed(range(len(op.results))):
            arg, following = op.carried[k], self.instead.final(op.nexts[k])
            if following is arg:
                self.instead[arg] = self.instead[op.results[k]] = op.inits[k]
                drop_result(op, k)
                self.changed = True

    def bound(self, value: Value, branch: If) -> Value:
        """What a value of an arm is another name for, if that is not of the arm."""
        inner = {result for owned in branch.blocks for op in owned.ops for result in op.results}
        source = value
        while source in inner and (made := self.made.get(source)) in self.derived and made.name == "bind":
            source = self.instead.final(made.operands[0])
        return value if source in inner else source

    def sweep(self, root: Block) -> None:
        """Remove derived operations that nothing uses."""
        self.swept = True
        self.trimmed = True
        while self.trimmed:  # then what a loop has made of it may be without use as well
            self.trimmed = False
            removed = self.remove(root, use_counts(root))
            self.changed |= removed

    def remove(self, block: Block, count: Counter[Value]) -> bool:
        keep, removed = list[Op](), False
        for op in reversed(block.ops):
            for owned in op.blocks:
                removed |= self.remove(owned, count)
            if op in self.derived and self.dead(op, count):
                count.subtract(use_counts(op) if op.blocks else op.operands)
                removed = True
            else:
                keep.append(op)
        block.ops = keep[::-1]
        return removed

    def dead(self, op: Op, count: Counter[Value]) -> bool:
        if isinstance(op, If | For):
            return (not op.results and not any(owned.ops for owned in op.blocks)) or self.trim(op, count)
        if op.name in ("store", "append", "shorten", "index_add"):
            return not count[op.result] and self.made.get(op.operands[0]) in self.derived
        restores = op.name == "call_reverse" and op.attrs["summary"].writes
        return op.name not in _EFFECTS and not restores and not any(map(count.get, op.results))

    def trim(self, op: If | For, count: Counter[Value]) -> bool:
        """Drop results that nothing uses; of a loop, only those that it does not use for anything else either."""
        for k in reversed(range(len(op.results))):
            if count[op.results[k]]:
                continue
            if isinstance(op, If) or not count[op.carried[k]] or self.only_grows(op, k, count):
                drop_result(op, k)
                self.changed = self.trimmed = True
        return not op.results and not any(owned.ops for owned in op.blocks)

    def only_grows(self, op: For, k: int, count: Counter[Value]) -> bool:
        """Whether what a loop carries is read for nothing but what is added to it."""
        value = op.carried[k]
        while count[value] == 1 and value is not op.nexts[k]:
            user = next((each for each in op.body.ops if value in each.operands), None)
            if user is None or user.name not in ("accumulate", "add") or user not in self.derived:
                return False
            value = user.result
        return count[value] == 1


def _values(op: Op) -> list[Value]:
    """What an operation defines, in its blocks as well."""
    return [*op.results, *(arg for owned in op.blocks for arg in owned.args)]
