"""Products of powers in lowest terms: each base once, and one constant.

Before: ``%1 = mul (div 0.5, %near), (neg (div %g, (mul %near, %near))); %x_bar = mul (mul 2, %x), %1``.
After: ``%1 = neg (div %g, (pow %near, 3)); %x_bar = mul %x, %1``.

The chain rule multiplies what the author divided by: the derivative of a distance has a root in each of its factors,
and the 0.5 of a root meets the 2 of a square.  An adjoint that has a name stays as it is, unless its powers meet those
of the product that it is in.  Only numbers are rewritten, and a base that was divided by still is: where the author's
text raises, so does its derivative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from sct.analysis.nonzero import Nonzero
from sct.ir.nodes import Block, Function, Hook, Op, Value
from sct.transform.build import Builder
from sct.transform.numerals import exact, is_short, tidy
from sct.transform.powers import Monomial, in_place_of
from sct.transform.scaling import scale_once
from sct.transform.sites import Sites

_PRODUCTS = frozenset({"mul", "div", "neg", "pow"})
_EXPONENTS = range(2, 9)
"""The powers that are seen as products; a long one is left alone."""


def in_lowest_terms(fn: Function, derived: Sequence[Op], nonzero: Nonzero, divides: bool) -> bool:
    """Rewrite the products among the operations ``derived`` of ``fn``, and what they own; says whether there were any.

    What is ``nonzero`` may cancel.  What the products were written with before is left behind, unused.  For ``divides``
    see `scale_once`.
    """
    ops = Block(ops=list(derived)).walk()
    products = _Products(fn, {op for op in ops if not isinstance(op.origin, Hook)}, nonzero)
    scale_once(products, divides)
    products.add_up()
    products.factor_sums()
    products.reduce()
    products.move_constants()
    return bool(products.gone)


class _Products(Sites):
    """The products of numbers of a function as it stands."""

    def __init__(self, fn: Function, derived: set[Op], nonzero: Nonzero) -> None:
        super().__init__(fn, derived, nonzero)
        self.lowest: dict[Op, Monomial] = {}

    def add_up(self) -> None:
        """Add two contributions that are multiples of one product: ``0.5 * x * x`` has ``0.5 * x * g`` twice."""
        for op in list(self.fn.body.walk()):
            if op.name not in ("accumulate", "add") or op not in self.derived or op.result.type.kind != "float":
                continue
            before, second = op.operands
            inner = self.made.get(before)
            if inner is None or inner.name != op.name or not self.is_only(inner, op):
                inner = None
            total = self.added(inner.operands[1] if inner else before, second, inner or op, op)
            if total is None:
                continue
            build = self.builder(op)
            value = self.build(total, build)
            if inner is not None:
                build.op(op.name, inner.operands[0], value, **op.attrs)
                self.gone.add(inner)
            if build.block.ops:
                self.gone.update(total.ops)
                self.put(op, build.block.ops)

    def added(self, first: Value, second: Value, *users: Op) -> Monomial | None:
        """The sum of two products of one statement, if that is a product; each is used by one of ``users``."""
        makers = [self.made.get(value) for value in (first, second)]
        ops = [op for op, user in zip(makers, users, strict=True) if op and self.is_only(op, user)]
        if len(ops) < 2 or ops[0].stmt is not ops[1].stmt or not all(map(self.is_product, ops)):
            return None
        a, b = map(self.open, ops)
        if not (a and b) or a.powers != b.powers or not is_short(a.constant + b.constant):
            return None
        known, more = map(self.written, ops)
        if not (known and more):
            return None
        rest = exact(known.constant * (a.constant + b.constant), a.constant)
        found = [a.with_constant(a.constant + b.constant), *([] if rest is None else [known.with_constant(rest)])]
        return replace(min(found, key=attrgetter("cost")), ops=[*known.ops, *more.ops])

    def is_only(self, op: Op, user: Op) -> bool:
        """Whether nothing but ``user`` uses what a derived operation makes, in the same block."""
        alone = len(op.results) == 1 and self.users.get(op.result) == [user] and self.home[op] is self.home[user]
        return alone and op in self.derived and op not in self.gone

    def open(self, op: Op) -> Monomial | None:
        """A product as one of values that have a name, or are no products."""
        found = self.written(op)
        for base, power in list(found.powers.items()) if found is not None else ():
            made = self.made.get(base)
            inner = self.open(made) if base.hint is None and made is not None and self.is_product(made) else None
            if found is None or inner is None:
                continue
            powers = {other: times for other, times in found.powers.items() if other is not base}
            more = Monomial(found.constant, powers).times(inner, power, self.nonzero.at(op))
            found = more and replace(more, powers=in_place_of(base, found.powers, more.powers))
        return found

    def reduce(self) -> None:
        """Write each product with the fewest operations."""
        for op in reversed(list(self.fn.body.walk())):
            if op in self.gone or not self.is_product(op) or op not in self.derived:
                continue
            written = self.written(op)
            product = None if written is None else self.met(written, op)
            if product is not None and product.cost < len(product.ops):
                self.gone.update(product.ops)
                self.replace(op, product)

    def move_constants(self) -> None:
        """Move the constant of a product that several products have as a factor to where it meets theirs."""
        for op in reversed(list(self.fn.body.walk())):
            if op not in self.derived or op in self.gone or not self.is_product(op) or op.result.hint is not None:
                continue
            users = self.users_of(op.result)
            if len(users) < 2:
                continue
            own = self.written(op)
            products = {user: self.written(user) for user in users if isinstance(user, Op) and self.is_product(user)}
            others = {user: other for user, other in products.items() if other and other.powers.get(op.result) == 1}
            if own is not None and abs(own.constant) != 1 and 1 < len(users) == len(others):
                self.share_out(op, own, others)

    def share_out(self, op: Op, own: Monomial, others: dict[Op, Monomial]) -> None:
        """Give ``op`` the constant with which it and its users take the fewest operations."""
        total = [own.constant * other.constant for other in others.values()]
        splits = [own.constant, *total, 1]
        best, least = own.constant, sum(product.cost for product in (own, *others.values()))
        for split in splits:
            rests = [exact(number, split) for number in total]
            if None in rests:
                continue
            cost = own.with_constant(split).cost
            cost += sum(
                other.with_constant(rest).cost for other, rest in zip(others.values(), rests, strict=True) if rest
            )
            if cost < least:
                best, least = split, cost
        if best == own.constant:
            return
        for user, other in others.items():
            rest = exact(own.constant * other.constant, best)
            assert rest is not None
            self.gone.update(other.ops)
            self.replace(user, other.with_constant(rest))
        self.gone.update(own.ops)
        op.result.temp = None  # it is no adjoint any more
        self.replace(op, own.with_constant(best))

    def factor_sums(self) -> None:
        """Take a constant out of both terms of a sum that a product with a constant has as a factor."""
        for op in list(self.fn.body.walk()):
            user = self.tree(op)
            product = None if user is None else self.written(user)
            if product is None or product.constant in (1, -1):
                continue
            terms = [self.factor(value, op) for value in op.operands]
            sizes = {abs(term.constant) if term is not None and term.ops else 1 for term in terms}
            size = sizes.pop()
            if sizes or size in (0, 1):
                continue
            for term in filter(None, terms):
                self.gone.update(term.ops)
                self.replace(term.ops[0], term.with_constant(term.constant / size))
            build = self.builder(op)
            total = build.op(op.name, *op.operands)
            build.op("mul", build.const(tidy(size)), total)
            self.put(op, build.block.ops)

    def tree(self, op: Op) -> Op | None:
        """The product that a sum is written in, as a factor."""
        if op.name not in ("add", "sub") or op not in self.derived or op.attrs.get("augmented"):
            return None
        if op.result.hint is not None or op.result.type.kind != "float":
            return None
        root: Op | None = None
        while len(users := self.users_of(op.result)) == 1:
            (user,) = users
            if not isinstance(user, Op) or not self.is_product(user) or user not in self.derived:
                break
            if self.loop[user] is not self.loop[op] or (root is not None and op.result.hint is not None):
                break
            root = op = user
        return root

    # what a product is made of

    def is_product(self, op: Op) -> bool:
        """Whether an operation makes a product of numbers."""
        if op.name not in _PRODUCTS or op.result.type.kind != "float" or op.attrs.get("augmented"):
            return False
        if op.name == "pow" and self.number(op.operands[1]) not in _EXPONENTS:
            return False
        return all(value.type.kind == "float" or self.number(value) is not None for value in op.operands)

    def written(self, op: Op) -> Monomial | None:
        """The product as it is written in one expression."""
        sign = -1 if op.name == "neg" else 1
        exponent = int(self.number(op.operands[1]) or 1) if op.name == "pow" else 1
        first = self.factor(op.operands[0], op)
        found = None if first is None else Monomial(sign, ops=[op]).times(first, exponent)
        if found is None or op.name in ("neg", "pow"):
            return found
        second = self.factor(op.operands[1], op)
        return None if second is None else found.times(second, -1 if op.name == "div" else 1, self.nonzero.at(op))

    def factor(self, value: Value, user: Op) -> Monomial | None:
        """A factor, as far as it is written where it is used."""
        number = self.number(value)
        if number is not None:
            return Monomial(number)
        op = self.made.get(value)
        if op is None or value.hint is not None or not self.is_inner(op, user):
            return Monomial(powers={value: 1})
        return self.written(op)

    def is_inner(self, op: Op, user: Op) -> bool:
        """Whether nothing but ``user`` uses what a derived product makes, in the same turn of the same loop."""
        if op not in self.derived or not self.is_product(op) or op in self.gone:
            return False
        return len(self.users_of(op.result)) == 1 and self.loop[op] is self.loop[user]

    def met(self, product: Monomial, root: Op) -> Monomial:
        """The product with what its factors are made of, where their powers meet its own."""
        steps = [step for base in product.powers for step in self.steps(product, base, root)]
        if not steps:
            return product
        _, more = max(steps, key=lambda step: (step[0], -self.size(step[1])))
        return self.met(more, root)

    def size(self, product: Monomial) -> int:
        """How many powers its factors have as such: of those that are as long, the least of them cancel in it."""
        factors = ((self.bare(Monomial(powers={base: 1})), abs(power)) for base, power in product.powers.items())
        return sum(times * abs(power) for factor, times in factors for power in factor.powers.values())

    def steps(self, product: Monomial, base: Value, root: Op) -> Iterator[tuple[int, Monomial]]:
        """The product with what one factor is made of, where they meet, and how many operations that saves."""
        op, power = self.made.get(base), product.powers[base]
        rest = Monomial(product.constant, {k: v for k, v in product.powers.items() if k is not base})
        written = None if op is None else self.met_by(op, rest)
        if op is None or written is None:
            return
        constants = base.hint is None and abs(rest.constant) != 1 != abs(written.constant)
        if not constants and not set(self.bare(written).powers) & set(self.bare(rest).powers):
            return
        if op not in self.lowest:
            self.lowest[op] = self.met(written, op)
        inner = self.lowest[op]
        together = rest.times(inner, power, self.nonzero.at(root))
        goes = power == 1 and self.is_inner(op, root)
        for more in (together, None if together is None else self.bare(together)):
            if more is not None:
                more.powers = in_place_of(base, product.powers, more.powers)
                more.ops = [*product.ops, *inner.ops] if goes else product.ops
                saved = product.cost - more.cost + (len(inner.ops) if goes else 0)
                shorter = (constants and op not in self.derived) or len(more.powers) < len(product.powers)
                if saved > 0 or (saved == 0 and (goes or shorter)):
                    yield saved, more

    def met_by(self, op: Op, rest: Monomial) -> Monomial | None:
        """What a factor is made of: a product, or the root of a number where there is a long constant anyway."""
        if self.is_product(op):
            return self.written(op)
        number = self.number(op.operands[0]) if op.name == "sqrt" and not is_short(rest.constant) else None
        return Monomial(math.sqrt(number), ops=[op]) if number is not None and number > 0 else None

    def bare(self, product: Monomial) -> Monomial:
        """The product with the powers of one value as such, whatever they are called."""
        for base, power in product.powers.items():
            op = self.made.get(base)
            inner = self.written(op) if op is not None and self.is_product(op) else None
            rest = Monomial(product.constant, {k: v for k, v in product.powers.items() if k is not base}, product.ops)
            more = None if inner is None or len(inner.powers) != 1 else rest.times(inner, power)
            if more is not None:
                more.ops = product.ops
                return self.bare(more)
        return product

    # how it is written

    def replace(self, op: Op, product: Monomial) -> None:
        """Write a product in the place of an operation."""
        build = self.builder(op)
        value = self.build(product, build)
        if not build.block.ops or value is not build.block.ops[-1].result:
            build.op("bind", value)
        self.put(op, build.block.ops)

    def put(self, op: Op, new: list[Op]) -> None:
        self.lowest.clear()
        super().put(op, new)

    def build(self, product: Monomial, build: Builder) -> Value:
        constant = product.constant
        above = {base: power for base, power in product.powers.items() if power > 0}
        below = {base: -power for base, power in product.powers.items() if power < 0}
        size: int | float = abs(constant) if above else float(constant)
        value = self.multiplied(None if size == 1 and above else build.const(size), above, build)
        divisor = self.multiplied(None, below, build)
        assert value is not None
        if divisor is not None:
            value = build.op("div", value, divisor)
        return build.op("neg", value) if constant < 0 and above else value

    def multiplied(self, value: Value | None, powers: dict[Value, int], build: Builder) -> Value | None:
        """A value times powers; a square stands as two factors."""
        for base, power in powers.items():
            factors = [base] * power if power < 3 else [build.op("pow", base, build.const(power))]
            for factor in factors:
                value = factor if value is None else build.op("mul", value, factor)
        return value
