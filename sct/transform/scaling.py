"""What scales an array is one number: of a product, the numbers come first, then the small arrays, then the large ones.

Before: ``%1 = mul 2, %W; %2 = mul %1, %decay; %W_bar = mul %2, %g``, with an array ``%W``.
After: ``%1 = mul 2, %decay; %2 = mul %1, %g; %W_bar = mul %2, %W``.

Each product with an array is a pass over it.  Numbers leave a sum or a matrix product for its result, where that is
smaller.  What an array is divided by stays there, as it may be 0: a number's quotient would raise.  (In Numba's loops
an element's quotient does, too: ``%1 = div %dt, %dx`` scales there.)  No array is cancelled, and no array of integers
is taken along, whose type depends on what it meets first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Op, Value
from sct.ir.operations import WRITES
from sct.transform.chains import Chain, extent
from sct.transform.numerals import exact, is_short, times
from sct.transform.sites import Sites

_PRODUCTS = frozenset({"mul", "div", "neg"})
_LINEAR = frozenset({"sum", "dot", "matmul", "expand_dims"})
_SUBTRACTED = frozenset({"accumulate", "index_add", "add", "sub"})
"""What adds a negative subtracts."""
_WRITING = WRITES | {"index_add", "restore", "shrink"}
_PASS = 8
"""How much longer a dimension more takes."""


def scale_once(sites: Sites, divides: bool) -> None:
    """Gather the numbers in the products of arrays that are derived; the operations before are ``gone``.

    What arrays are divided by are gathered as well where the target ``divides`` elements as it does numbers.
    """
    scalings = _Scalings(sites, divides)
    for op in list(sites.fn.body.walk()):
        if op.name in _LINEAR and op in sites.derived and op not in sites.gone:
            scalings.take_out(op)
    for op in reversed(list(sites.fn.body.walk())):
        if op.name in _PRODUCTS and op in sites.derived and op not in sites.gone:
            scalings.gather(op)


class _Scalings:
    """The products of arrays; ``writes`` says how many writes into arrays stand before each operation."""

    def __init__(self, sites: Sites, divides: bool) -> None:
        self.sites, self.divides = sites, divides
        self.writes: dict[Op, int] = {}
        count = 0
        for op in sites.fn.body.walk():
            self.writes[op] = count
            count += op.name in _WRITING or "summary" in op.attrs

    def gather(self, op: Op) -> None:
        """Write a product with fewer passes, if it can be."""
        chain = self.chain(op) if op.result.type.is_array and self.is_product(op) else None
        if chain is None:
            return
        build = self.sites.builder(op)
        chain.built(build)
        if build.block.ops and self.cost(build.block.ops, op) < self.cost(chain.ops, op):
            self.put(op, chain.ops, build.block.ops)

    def take_out(self, op: Op) -> None:
        """``sum(s * x)`` -> ``s * sum(x)``."""
        build, outside = self.sites.builder(op), Chain()
        is_view = op.name == "expand_dims"
        if is_view and not self.is_factor(op.result):
            return
        operands = list(op.operands)
        for k, value in enumerate(operands):
            made = self.sites.made.get(value)
            smaller = is_view or (value.type.is_array and extent(op.result) < extent(value))
            chain = self.chain(made) if made is not None and smaller and self.is_inner(made, op) else None
            rest = None if chain is None else chain.left(outside)
            if chain is not None and rest is not None:
                operands[k] = rest.built(build)
                outside.ops += chain.ops
        if outside.ops:
            value = build.op(op.name, *operands, **op.attrs)
            (outside.numbers if value.type.is_scalar else outside.arrays).append(value)
            outside.built(build)
            self.put(op, [op, *outside.ops], build.block.ops)

    def put(self, op: Op, gone: Sequence[Op], new: list[Op]) -> None:
        self.sites.gone.update(gone)
        self.sites.put(op, new)
        self.writes.update(dict.fromkeys(new, self.writes[op]))

    def is_factor(self, value: Value) -> bool:
        """Whether a value is only a factor of a product."""
        users = self.sites.users_of(value)
        return value.hint is None and all(isinstance(user, Op) and self.is_product(user) for user in users)

    # what a product is made of

    def is_product(self, op: Op) -> bool:
        if op.name not in _PRODUCTS or op.attrs.get("augmented") or not _is_float(op.result):
            return False
        first, *second = op.operands
        divides = op.name == "div" and all(value.type.kind == "int" for value in second)
        return all(_is_float(v) or self.sites.number(v) is not None for v in ([first] if divides else op.operands))

    def is_inner(self, op: Op, user: Op) -> bool:
        """Whether nothing but ``user`` uses what a derived product makes, of the same arrays in the same turn."""
        sites, value = self.sites, op.result if len(op.results) == 1 else None
        if value is None or value.hint is not None or op not in sites.derived or op in sites.gone:
            return False
        if not self.is_product(op) or sites.loop[op] is not sites.loop[user] or user.operands.count(value) > 1:
            return False
        if value.type.is_array and self.writes[op] != self.writes[user]:
            return False
        return len(sites.users_of(value)) == 1

    def chain(self, op: Op) -> Chain | None:
        """The product as it is written in one expression; None if a constant is 0."""
        found = Chain()
        self.collect(op, found)
        if found.constant == 0:  # times infinity it is no number
            return None
        for divisor in list(found.under):  # a number's quotient by it raises already, if any does
            number = self.sites.number(divisor)
            ratio = exact(found.constant, number) if number else None
            if ratio is not None:
                found.constant = ratio
            elif divisor in found.divisors or (self.divides and divisor.type.kind == "float"):
                found.divisors.append(divisor)
            else:
                continue
            found.under.remove(divisor)
        for scale in list(found.numbers):
            is_last = len(found.numbers) + len(found.arrays) == 1
            if scale in found.divisors and not is_last and self.sites.nonzero.holds(scale, op):
                found.numbers.remove(scale)
                found.divisors.remove(scale)
        return found

    def collect(self, op: Op, found: Chain) -> None:
        found.ops.append(op)
        first, *second = op.operands
        if op.name == "neg":
            found.constant = -found.constant
        self.factor(first, op, found)
        for value in second:
            if op.name == "mul":
                self.factor(value, op, found)
            else:
                (found.divisors if op.result.type.is_scalar else found.under).append(value)

    def factor(self, value: Value, user: Op, found: Chain) -> None:
        number, op = self.sites.number(value), self.sites.made.get(value)
        constant = 0 if number is None else times(found.constant, number)
        if is_short(constant) or number == 0:
            found.constant = constant
        elif op is not None and self.is_inner(op, user):
            self.collect(op, found)
        else:
            (found.numbers if value.type.is_scalar else found.arrays).append(value)

    def cost(self, ops: Sequence[Op], root: Op) -> int:
        """How long operations take that make what ``root`` makes."""
        made, total = {op.result: op for op in ops}, 0
        users = self.sites.users_of(root.result) if root.result.hint is None else []
        subtracted = bool(users) and all(isinstance(user, Op) and user.name in _SUBTRACTED for user in users)
        for op in ops:
            leading = op.result
            if op.name == "neg":
                if subtracted and (op is root or op not in self.sites.loop):
                    continue
                while leading in made and made[leading].operands:  # -a * b is (-a) * b
                    leading = made[leading].operands[0]
            total += _PASS ** (1 + extent(leading)) if leading.type.is_array else 1
        return total


def _is_float(value: Value) -> bool:
    type_ = value.type
    return type_.kind == "float" or (type_.is_array and type_.shape is not None and type_.element == "float")
