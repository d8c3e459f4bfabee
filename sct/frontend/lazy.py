"""What Python computes as it is asked for: ``map(f, xs)``, ``filter(f, xs)``, generators.

Before: ``for x in filter(f, xs): total += x``.
After: what ``for x in [x for x in xs if f(x)]: total += x`` gives: it is known before the loop which items there are.

That is the same as long as what tells them stays as it is while the loop goes on: a loop that changes it is refused.
So is a ``map`` or ``filter`` that is kept, which would see what is changed later, and gives its items once.  A loop
over a ``map`` or over a plain generator computes an item a turn (see ``comprehensions``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from sct.frontend.iterables import Indexed, Rows
from sct.frontend.known import Known
from sct.frontend.loops import Loops
from sct.frontend.scan import every
from sct.frontend.scopes import (
    BoundMethod,
    Chosen,
    Closure,
    Instance,
    LibraryFunction,
    ObjectClass,
    Scope,
    Several,
)
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Value

_LAZY = ("map", "filter")
_AT_ONCE = {
    "builtins": ("list", "tuple", "sum", "min", "max", "any", "all", "sorted"),
    "math": ("prod", "fsum"),
}
_LIST = "make a list of it first: `ys = list(map(f, xs))`, `ys = [… for … in …]`"


class Lazy(Loops):
    """Lowers loops over what is computed as it is asked for, and refuses what would tell."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.taken = set[cst.CSTNode]()  # the expressions whose items are all taken where they stand

    def do_For(self, node: cst.For) -> None:
        with self.at_once(node.iter):
            super().do_For(node)

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        self.taken.add(node)
        return super().elements(node, target)

    def unpacked(self, node: cst.BaseExpression, *help_: str) -> list[Value] | None:
        self.taken.add(node)
        return super().unpacked(node, *help_)

    def take(self, node: cst.Call, function: LibraryFunction) -> None:
        """Note what a call takes all items of; refuse a lazy one of which nothing takes them."""
        if function.name in _AT_ONCE.get(function.library, ()):
            self.taken.update(argument.value for argument in node.args)
        if function.library == "builtins" and function.name in _LAZY and node not in self.taken:
            reason = f"`{function.name}` gives its items once, and computes them when they are asked for"
            raise self.refuse(node, reason, _LIST)

    @contextmanager
    def at_once(self, iterated: cst.BaseExpression) -> Iterator[None]:
        """Refuse the loop over ``iterated`` that is lowered here if it changes what lazy items are made of."""
        lazy = list(self.lazy(iterated))
        if not lazy:
            yield
            return
        env, before, self.written = dict(self.env), self.written, set()
        reads = {node: self.reads_of(node, self.scope, _own(node)) for node in lazy}
        yield
        changed = self.written | {name for name, value in env.items() if self.env.get(name) is not value}
        self.written |= before
        for node, names in reads.items():
            if changed and (names is None or names & changed):
                reason = "what the items of this are computed from changes as the loop goes on"
                raise self.refuse(node, reason, _LIST)

    def lazy(self, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
        """The lazy parts of what a loop goes over."""
        is_sifted = isinstance(node, cst.GeneratorExp) and (node.for_in.ifs or node.for_in.inner_for_in is not None)
        if is_sifted or self.called(node, "filter"):
            yield node
        elif isinstance(node, cst.GeneratorExp):
            yield from self.lazy(node.for_in.iter)
        for name in ("zip", "enumerate", "map"):
            for argument in self.called(node, name) or ():
                yield from self.lazy(argument)

    def reads_of(self, node: cst.CSTNode, scope: Scope, known: set[str]) -> set[str] | None:
        """The environment's names that ``node`` reads, itself or through nested functions; None if it is not known."""
        found = set[str]()
        for name in every(node, cst.Name):
            key = scope.key(name.value)
            if key in known:
                continue
            known.add(key)
            found.add(key)
            value = self.env.get(key)
            inner: set[str] | None = set()
            if isinstance(value, Closure):
                inner = self.reads_of(value.node, value.scope, known)
            elif isinstance(value, BoundMethod | Instance | ObjectClass | Several | Chosen):
                inner = None
            if inner is None:
                return None
            found |= inner
        return found


def _own(node: cst.CSTNode) -> set[str]:
    """The names that are variables of a generator, or of the lambda that a call as of ``map`` is given first."""
    if isinstance(node, cst.GeneratorExp):
        targets = [part.target for part in every(node, cst.CompFor)]
        return {name.value for target in targets for name in every(target, cst.Name)}
    args = cst.ensure_type(node, cst.Call).args
    f = args[0].value if args else None
    return {param.name.value for param in every(f.params, cst.Param)} if isinstance(f, cst.Lambda) else set()
