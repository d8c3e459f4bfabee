"""A derivative that may be infinite meets a branch that was not taken: the product is masked, not only the seed.

Before: ``%r_bar = where %c, %y_bar, 0; %x_bar = mul %p, %r_bar``; ``%p`` may be infinite where ``%c`` is false: nan.
After: ``%x_bar = where %c, (mul %p, %r_bar), 0``.

Of ``np.where(x > 0, np.sqrt(x), 0.0)`` the adjoint at 0 is 0.  What is zero under a mask is followed through products,
signs and sums; ``transform.simplify`` then takes away the masks within a mask.  So is the adjoint that a store under a
mask clears (``s[s == 0] = 1.0``): there, only what a quotient or a power makes infinite is masked.  So it is in forward
mode behind a branch or a loop that hands out a masked tangent: where that is zero, it tells itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sct.ir.nodes import Block, If, Op, Value
from sct.ir.operations import WRITES
from sct.transform.build import Builder

Mask = tuple[Value, bool]
"""A condition, and whether what is masked is zero where it is false (or where it is true).

A tangent that comes out of a branch stands for its being other than zero.
"""

_SIZES = frozenset({"shape", "size", "len"})
_MASKING = frozenset({"where", "store"})
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "isnan", "isfinite", "isinf"})
_CONDITIONS = COMPARISONS | {"bitwise_and", "bitwise_or", "invert", "logical_and", "logical_or", "logical_not"}


def mask_products(block: Block, derived: Collection[Op], reverse: bool = False) -> None:
    """Mask the products among the operations ``derived`` of ``block``, and of what they own."""
    inside = set(derived)
    for op in derived:
        inside.update(inner for owned in op.blocks for inner in owned.walk())
    if any(op.name in _MASKING for op in inside):
        written = any(op.name in WRITES and op.operands[0].type.dtype == "bool" for op in block.walk())
        _Pass(inside, reverse, clears=reverse or not written).block(block)


class _Pass:
    def __init__(self, derived: set[Op], reverse: bool, clears: bool) -> None:
        self.derived = derived
        self.reverse = reverse
        self.follows_clears = clears  # in forward mode, a mask that is written into is another one behind that
        self.clears: set[Mask] = set()
        self.made: dict[Value, Op] = {}
        self.masks: dict[Value, tuple[Mask, ...]] = {}

    def block(self, block: Block) -> None:
        ops, block.ops = block.ops, []
        for op in ops:
            for owned in op.blocks:
                self.block(owned)
            block.ops.append(op)
            self.made.update(dict.fromkeys(op.results, op))
            if op.blocks and not self.reverse:
                self.handed_out(op)
            if op in self.derived and len(op.results) == 1:
                found = self.found(op)
                if found:
                    self.masks[op.result] = found
                    if not self.is_steep(op):
                        found = tuple(mask for mask in found if mask not in self.clears and not self.is_tangent(mask))
                    if op.name in ("mul", "div") and found and not any(map(self.is_finite, op.operands)):
                        self.wrap(op, found, block)

    def found(self, op: Op) -> tuple[Mask, ...]:
        """Under which masks the operation's result is zero."""
        of = [self.masks.get(value, ()) for value in op.operands]
        if op.name == "where" and not op.attrs.get("clamp"):  # the slope is finite then, and may be shared as it is
            for k, sense in ((2, True), (1, False)):
                if self.constant(op.operands[k]) == 0:
                    return ((op.operands[0], sense), *of[3 - k])
        if op.name == "store" and self.follows_clears and self.constant(op.operands[1]) == 0:
            return self.cleared(op)
        if op.name == "mul":
            return tuple(dict.fromkeys((*of[0], *of[1])))
        if op.name in ("neg", "bind", "div"):
            return of[0]
        if op.name in ("add", "sub", "accumulate"):
            return tuple(mask for mask in of[0] if any(self.alike(mask, other) for other in of[1]))
        return ()

    def handed_out(self, op: Op) -> None:
        """Note the tangents that an arm or a turn may hand out as zeros."""
        arms = op.blocks if isinstance(op, If) else op.blocks[-1:]
        for k, result in enumerate(reversed(op.results), start=1):
            if result not in self.masks and any(self.masks.get(arm.yields[-k]) for arm in arms):
                self.masks[result] = ((result, True),)

    def is_tangent(self, mask: Mask) -> bool:
        return bool(self.masks.get(mask[0]))

    def cleared(self, store: Op) -> tuple[Mask, ...]:
        """The mask under which a store clears an adjoint, or a tangent."""
        array, _, *indices = store.operands
        index = indices[0].type
        if len(indices) > 1 or not index.is_array or index.dtype != "bool" or index.rank != array.type.rank:
            return ()
        self.clears.add((indices[0], False))
        return ((indices[0], False),)

    def is_steep(self, op: Op) -> bool:
        """Whether a product has a factor that a quotient or a power may have made infinite."""
        makers = [self.made[value] for value in op.operands if value in self.made]
        return op.name == "div" or any(maker in self.derived and maker.name in ("div", "pow") for maker in makers)

    def alike(self, a: Mask, b: Mask) -> bool:
        """Whether two masks are one, or the same comparison written twice."""
        return a[1] == b[1] and same_condition(a[0], b[0], self.made)

    def constant(self, value: Value) -> object:
        made = self.made.get(value)
        return made.attrs["value"] if made is not None and made.name == "const" else None

    def is_finite(self, value: Value) -> bool:
        """Whether the value is a number that is written out, a choice of such numbers, or the size of an array.

        What is divided by the size of no elements has none itself.
        """
        made = self.made.get(value)
        if made is not None and made.name == "item":
            made = self.made.get(made.operands[0])
        if made is not None and made.name in _SIZES:
            return True
        if made is not None and made.name == "where":
            return all(map(self.is_finite, made.operands[1:]))
        return self.constant(value) is not None

    def wrap(self, op: Op, masks: tuple[Mask, ...], block: Block) -> None:
        """Mask the product; its own value keeps standing for what is masked."""
        build = Builder(block, op.stmt)
        build.span, build.lib, build.origin = op.span, op.attrs.get("lib"), op.origin
        result = op.result
        op.results = [Value(result.type, temp=result.temp)]
        inner = op.result
        for k, (condition, sense) in enumerate(reversed(masks)):
            zero = build.const(0.0)
            if self.is_tangent((condition, sense)):
                condition = build.op("ne", condition, zero, style="operator")
            build.op("where", condition, *((inner, zero) if sense else (zero, inner)))
            made = block.ops[-1]
            if k == len(masks) - 1:
                made.results = [result]
            inner = made.result


def same_condition(a: Value, b: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether two values are one, or the same comparison of the same values written twice."""
    one, two = makers.get(a), makers.get(b)
    if a is b or one is None or two is None or one.name != two.name:
        return a is b
    if one.name == "const":
        return bool(one.attrs["value"] == two.attrs["value"])
    alike = one.name in _CONDITIONS and len(one.operands) == len(two.operands)
    return alike and all(same_condition(x, y, makers) for x, y in zip(one.operands, two.operands, strict=True))
