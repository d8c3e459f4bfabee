"""Loops over combinations of what is gone through: they are loops in each other.

Before: ``for i, j in itertools.combinations(range(n), 2): …``, and ``for i, j in np.ndindex(A.shape): …``.
After: what ``for i in range(n):``, ``for j in range(i + 1, n): …`` gives, and ``for i in range(A.shape[0]):``, …
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from sct.frontend.iterables import Indexed, Rows
from sct.frontend.lazy import Lazy
from sct.frontend.scan import bound, breaks, every
from sct.frontend.scopes import OURS

_PLAIN = (cst.Name, cst.Attribute)
_FORM = "write the loops in each other: `for a in xs:`, `for b in ys:`; or bind what is gone through to names before"
_AHEAD = ("itertools.product", "itertools.combinations")
"""What reads all that it goes over before the first turn."""
Loop = tuple[cst.BaseExpression, cst.BaseExpression]


class Nests(Lazy):
    """Lowers loops over products and combinations."""

    def do_For(self, node: cst.For) -> None:
        nest = self.nested(node)
        if nest is None:
            super().do_For(node)
        else:
            with self.at_once(node.iter):
                super().do_For(nest)

    def lazy(self, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
        ahead = (*_AHEAD, "itertools.pairwise")  # which keeps an item for the next turn
        if self.in_full(node) in ahead:
            yield node
        yield from super().lazy(node)

    def iterable(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        """What a loop goes over; of ``pairwise(xs)``, each item and the next one."""
        given = node.args[0].value if isinstance(node, cst.Call) and len(node.args) == 1 else None
        if given is None or self.in_full(node) != "itertools.pairwise":
            return super().iterable(node, target)
        if not isinstance(given, _PLAIN):
            raise self.refuse(given, "the pairs of what has no name", "bind it to a name before the loop")
        rest = cst.parse_expression(f"{self.source.code(given)}[1:]")
        self.source.adopt(rest, node, self.stmt)
        return self.zip_of(node, [given, rest], target)

    def nested(self, node: cst.For) -> cst.For | None:
        """The loops that a loop stands for; None for another one."""
        call, name = node.iter, self.combining(node.iter)
        if name is None or not isinstance(call, cst.Call):
            return None
        if node.orelse is not None or breaks(node):
            raise self.refuse(call, "a loop over combinations that may be left by `break`, or has an `else`", _FORM)
        names = bound(node.body.body) if name == "numpy.ndindex" else frozenset[str]()
        if any(each.value in names for each in every(call, cst.Name)):
            raise self.refuse(call, "the loop binds a name that tells what it goes over", _FORM)
        elements = node.target.elements if isinstance(node.target, cst.Tuple | cst.List) else ()
        targets = [element.value for element in elements if isinstance(element, cst.Element)]
        loops = self.loops(targets, name, call) if targets and len(targets) == len(elements) else None
        if loops is None:
            raise self.refuse(call, f"this `{self.source.code(call.func)}` is not supported", _FORM)
        rebound = bound(node.body.body)
        for outer, _ in loops[:-1]:
            if not isinstance(outer, cst.Subscript) and any(each.value in rebound for each in every(outer, cst.Name)):
                reason = f"the loop binds `{self.source.code(outer)}` again, which the next combination has too"
                raise self.refuse(outer, reason, "give what is computed another name")
        statements = list[cst.BaseStatement]()
        for target, (inner, _) in zip(targets, loops, strict=True):
            if isinstance(inner, cst.Subscript):  # an item, at the place that a loop goes over
                taken = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(_target(target))], inner)])
                self.source.adopt(taken, target, self.stmt)
                statements.append(taken)
        body: cst.BaseSuite = node.body
        if statements:
            body = cst.IndentedBlock([*statements, *body.body])
        for inner, iterated in reversed(loops):
            index = inner.slice[0].slice if isinstance(inner, cst.Subscript) else None
            loop = cst.For(_target(index.value if isinstance(index, cst.Index) else inner), iterated, body)
            body = cst.IndentedBlock([loop])
        self.source.adopt(loop, call, self.stmt)
        return loop

    def combining(self, node: cst.BaseExpression) -> str | None:
        """The function that gives combinations, where an expression is a call of one."""
        name = self.in_full(node)
        return name if name in (*_AHEAD, "numpy.ndindex") else None

    def in_full(self, node: cst.BaseExpression) -> str | None:
        """The function of a module that an expression is a call of, by that module's name."""
        function = node.func if isinstance(node, cst.Call) else None
        text = self.source.code(function) if isinstance(function, cst.Name | cst.Attribute) else ""
        head = text.split(".")[0]
        return None if not text or self.scope.binds(head) or self.source.doubt(head) else self.source.in_full(text)

    def loops(self, targets: list[cst.BaseExpression], name: str, call: cst.Call) -> list[Loop] | None:
        """What each loop binds, and what it goes over; None for a form that is not known."""
        if name == "itertools.combinations":
            return self.combined(targets, call)
        found = self.repeated(call) if name == "itertools.product" else _counted(call, len(targets))
        return None if found is None or len(found) != len(targets) else [*zip(targets, found, strict=True)]

    def repeated(self, call: cst.Call) -> list[cst.BaseExpression] | None:
        """What the loops of a product go over."""
        given = [argument.value for argument in call.args if argument.keyword is None]
        times = [argument.value for argument in call.args if argument.keyword is not None]
        if not all(map(self.is_again, given)) or not all(isinstance(number, cst.Integer) for number in times):
            return None
        return given * (times[0].evaluated_value if times and isinstance(times[0], cst.Integer) else 1)

    def is_again(self, node: cst.BaseExpression) -> bool:
        """Whether an expression gives the same, without much ado, in each turn of the loops around."""
        is_display = isinstance(node, cst.Tuple | cst.List) and not every(node, cst.Call)
        return is_display or isinstance(node, _PLAIN) or self.called(node, "range") is not None

    def combined(self, targets: list[cst.BaseExpression], call: cst.Call) -> list[Loop] | None:
        """The loops over combinations: each begins behind where the one around it is."""
        code = self.source.code
        if len(call.args) != 2 or code(call.args[1].value) != str(len(targets)):
            return None
        over = call.args[0].value
        bounds, are_names = self.called(over, "range"), all(isinstance(target, cst.Name) for target in targets)
        if bounds is not None and len(bounds) < 3 and are_names:
            names, begin, stop = [code(target) for target in targets], code(bounds[0]), code(bounds[-1])
            first, inner = begin if len(bounds) == 2 else "0", targets
        elif isinstance(over, _PLAIN):
            subjects = [
                code(target) if isinstance(target, cst.Name) else f"item_{k}" for k, target in enumerate(targets)
            ]
            names, first, stop = [f"{subject}_index{OURS}" for subject in subjects], "0", f"len({code(over)})"
            inner = [cst.Subscript(over, [cst.SubscriptElement(cst.Index(cst.Name(name)))]) for name in names]
        else:
            return None
        starts = [first, *(f"{name} + 1" for name in names[:-1])]
        ranges = [cst.parse_expression(f"range({start}, {stop})") for start in starts]
        return [*zip(inner, ranges, strict=True)]


def _counted(call: cst.Call, count: int) -> list[cst.BaseExpression] | None:
    """What the loops over the places of an array go over: ``np.ndindex(m, n)``, ``(*A.shape)`` or ``(A.shape)``."""
    args = [argument.value for argument in call.args]
    if len(args) == 1 and isinstance(args[0], cst.Attribute) and args[0].attr.value == "shape":
        sizes = [cst.Subscript(args[0], [cst.SubscriptElement(cst.Index(cst.Integer(str(k))))]) for k in range(count)]
        return [cst.Call(cst.Name("range"), [cst.Arg(size)]) for size in sizes]
    if any(argument.star or argument.keyword for argument in call.args):
        return None
    return [cst.Call(cst.Name("range"), [cst.Arg(size)]) for size in args]


def _target(node: cst.BaseExpression) -> cst.BaseAssignTargetExpression:
    assert isinstance(node, cst.BaseAssignTargetExpression)
    return node
