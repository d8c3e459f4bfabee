"""The identities by which `transform.simplify` rewrites what the transformation wrote, operation by operation.

Before: ``%1 = mul 1, %y_bar; %2 = neg %1; %3 = mul %2, %a``.
After: ``%1 = mul %y_bar, %a; %3 = neg %1``.

Each returns what stands for the result, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sct.ir.indices import repeats
from sct.ir.nodes import Op, Value
from sct.rules.shapes import broadcast
from sct.transform.axes import over_axis
from sct.transform.build import Builder
from sct.transform.cancelling import is_nothing, shares
from sct.transform.permuting import put_back, turn_factors
from sct.transform.signs import LINEAR, is_taken, sign_out

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

Identity = Callable[["Rewriter", Op, Builder], Value | None]
_FOLD: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: -a if a else a,
}


def _fold(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 2 - 1 -> 1
    numbers = [r.number(value) for value in op.operands]
    if any(number is None for number in numbers):
        return None
    number = _FOLD[op.name](*numbers)
    return build.const(number) if len(repr(number)) <= 8 else None


def _add(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    if r.number(a) == 0:  # 0 + x -> x
        return b
    if r.number(b) == 0:  # x + 0 -> x
        return a
    for x, y in ((a, b), (b, a)):
        inner = r.derived_by(y, "neg")
        if inner is not None and (x is a or not op.attrs.get("augmented")):  # x + (-y) -> x - y
            return build.op("sub", x, inner.operands[0], **op.attrs)
    minus = r.number(b)
    if minus is not None and minus < 0:  # x + (-2) -> x - 2
        return build.op("sub", a, build.const(-minus), **op.attrs)
    return _twice(r, a, b, build) or _shift(r, op, build)


def _twice(r: Rewriter, a: Value, b: Value, build: Builder) -> Value | None:  # x * g + x * g -> (2 * x) * g
    first, second = r.derived_by(a, "mul"), r.derived_by(b, "mul")
    if first is None or second is None or not r.alike(first.operands, second.operands):
        first, second = r.derived_by(a, "neg"), r.derived_by(b, "neg")
        if first is None or second is None:
            return None
        double = _twice(r, first.operands[0], second.operands[0], build)
        return None if double is None else build.op("neg", double)
    x, g = first.operands
    return build.op("mul", build.op("mul", build.const(2), x), g)


def _sub(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    if r.number(b) == 0:  # x - 0 -> x
        return a
    if r.number(a) == 0:  # 0 - x -> -x
        return build.op("neg", b)
    inner = r.derived_by(b, "neg")
    if inner is not None:  # x - (-y) -> x + y
        return build.op("add", a, inner.operands[0], **op.attrs)
    minus = r.number(b)
    if minus is not None and minus < 0:  # x - (-2) -> x + 2
        return build.op("add", a, build.const(-minus), **op.attrs)
    return _shift(r, op, build) or _remainder(r, op, build)


def _remainder(r: Rewriter, op: Op, build: Builder) -> Value | None:  # n - n // 2 * 2 -> n % 2
    n, product = op.operands
    times = r.derived_by(product, "mul")
    whole = None if times is None else r.by(times.operands[0], "floordiv")
    if times is None or whole is None or any(value.type.kind != "int" for value in (n, *whole.operands)):
        return None
    return build.op("mod", *whole.operands) if r.alike([n, times.operands[1]], whole.operands) else None


def _shift(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (n - 1) - 1 -> n - 2
    a, b = op.operands
    outer = r.number(b)
    if not isinstance(outer, int):
        return None
    for name, sign in (("add", 1), ("sub", -1)):
        inner = r.by(a, name)
        if inner is None or a.hint is not None:
            continue
        constant = r.number(inner.operands[1])
        if not isinstance(constant, int):
            continue
        total = sign * constant + (outer if op.name == "add" else -outer)
        if total == 0:
            return inner.operands[0]
        return build.op("add" if total > 0 else "sub", inner.operands[0], build.const(abs(total)))
    return None


def _neg(r: Rewriter, op: Op, build: Builder) -> Value | None:
    (a,) = op.operands
    inner = r.derived_by(a, "neg")
    if inner is not None:  # -(-x) -> x
        (x,) = inner.operands
        if x.hint is None and r.made.get(x) in r.derived:
            x.temp = a.temp or x.temp
        return x
    spread = _spread(r, a)
    if spread is not None:  # -full(x, s) -> full(x, -s)
        return _respread(spread, build.op("neg", spread[1]), build)
    where = r.derived_by(a, "where")
    if where is not None:  # -where(c, a, 0) -> where(c, -a, 0)
        c, x, y = where.operands
        return build.op("where", c, build.op("neg", x), build.op("neg", y))
    return None


def _mul(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    for x, y in ((a, b), (b, a)):
        number = r.number(x)
        if number == 1:  # 1 * y -> y
            return y
        if number == -1:  # -1 * y -> -y
            return build.op("neg", y)
        if number == 0 and op.result.type.is_scalar:  # 0 * y -> 0
            return build.const(0.0)
        if number == 0 and y.type.rank == op.result.type.rank:
            return build.op("zeros_like", y, lib="numpy")
    for k, x in enumerate(op.operands):
        inner = r.by(x, "neg")
        # (-x) * y -> -(x * y)
        if inner is not None and x.hint is None and (inner in r.derived or is_taken(r, op.result)):
            factors = [*op.operands[:k], inner.operands[0], *op.operands[k + 1 :]]
            return build.op("neg", build.op("mul", *factors))
        summed = r.derived_by(x, "unbroadcast")
        inner = None if summed is None else r.derived_by(summed.operands[0], "neg")
        if summed is not None and inner is not None and x.hint is None:  # unbroadcast(-x) * y -> -(unbroadcast(x) * y)
            factor = build.op("unbroadcast", inner.operands[0], summed.operands[1])
            return build.op("neg", build.op("mul", *op.operands[:k], factor, *op.operands[k + 1 :]))
    inner = r.derived_by(a, "div")
    if inner is not None and r.number(inner.operands[0]) == 1:  # (1 / x) * y -> y / x
        return build.op("div", b, inner.operands[1])
    return _distribute(r, op, build) or _unspread(r, op, build) or _associate(r, op, build)


def _distribute(r: Rewriter, op: Op, build: Builder) -> Value | None:  # where(c, 1, 0) * g -> where(c, g, 0)
    a, g = op.operands
    where = r.derived_by(a, "where")
    if where is None:
        return None
    c, x, y = where.operands
    numbers = [r.number(v) for v in (x, y)]
    is_choice = None not in numbers and not {1, -1}.isdisjoint(numbers)
    if is_choice or 0 in numbers or all(r.number(v) in (0, 1, -1) or r.by(v, "where") in r.derived for v in (x, y)):
        branches = [build.const(0.0) if r.number(v) == 0 else build.op("mul", v, g) for v in (x, y)]
        return build.op("where", c, *branches)
    return None


def _associate(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    inner = r.derived_by(b, "mul")
    if inner is None or b.hint is not None:
        return None
    x, y = inner.operands
    left = r.derived_by(a, "mul")
    factor, other = r.number(x), r.number(left.operands[0]) if left is not None else r.number(a)
    if factor is not None:
        if left is not None and other is not None:  # (2 * a) * (0.1 * b) -> (0.2 * a) * b
            if len(repr(factor * other)) > 8:
                return None
            return build.op("mul", build.op("mul", build.const(factor * other), left.operands[1]), y)
        if other is not None:
            return build.op("mul", build.const(factor * other), y) if len(repr(factor * other)) <= 8 else None
        return build.op("mul", build.op("mul", x, a), y)  # a * (2 * b) -> (2 * a) * b
    return build.op("mul", build.op("mul", a, x), y)  # a * (b * c) -> (a * b) * c


Spread = tuple[Op, Value, Value]


def _spread(r: Rewriter, value: Value) -> Spread | None:
    """If ``value`` is a smaller one repeated: the operation, the smaller value, and an array of the full shape."""
    op = r.derived_by(value, "full_like")
    if op is not None:
        return op, op.operands[1], op.operands[0]
    op = r.derived_by(value, "broadcast_to")
    shape = None if op is None else r.by(op.operands[1], "shape")
    if op is None or shape is None:
        return None
    return op, op.operands[0], shape.operands[0]


def _repeated(r: Rewriter, value: Value) -> Value | None:
    """The number, or the smaller value, that ``value`` repeats, which others may use too."""
    wide = r.derived_by(value, "expand_dims") if value.hint is None else None
    op = r.by(value if wide is None else wide.operands[0], "full_like") or r.by(value, "broadcast_to")
    if op is None or op not in r.derived:
        return None
    return op.operands[op.name == "full_like"]


def _respread(spread: Spread, value: Value, build: Builder) -> Value:
    op, _, like = spread
    if op.name == "full_like" and value.type.is_scalar:
        return build.op("full_like", like, value, lib="numpy")
    return build.op("broadcast_to", value, build.op("shape", like, style="attr"), lib="numpy")


def _unspread(r: Rewriter, op: Op, build: Builder, start: int = 0) -> Value | None:
    """``full_like(x, s) * y -> s * y``; ``full_like(x, s) / c -> full_like(x, s / c)``."""
    shape = op.result.type.shape
    for k, value in list(enumerate(op.operands))[start:]:
        small = _repeated(r, value) if shape is not None else None
        if small is None:
            continue
        operands = [*op.operands[:k], small, *op.operands[k + 1 :]]
        holds = op.name != "accumulate" or operands[0].type.shape == shape  # what is added to, maybe in place
        if holds and broadcast(tuple(operand.type for operand in operands), "float").shape == shape:
            return build.op(op.name, *operands, **op.attrs)
        spread = _spread(r, value)
        if op.name in ("mul", "div") and spread is not None and value.type.shape == shape:
            return _respread(spread, build.op(op.name, *operands), build)
    return None


def _div(r: Rewriter, op: Op, build: Builder) -> Value | None:
    if r.number(op.operands[1]) == 1:  # x / 1 -> x
        return op.operands[0]
    inner = r.derived_by(op.operands[0], "neg")
    if inner is not None:  # (-x) / y -> -(x / y)
        return build.op("neg", build.op("div", inner.operands[0], op.operands[1]))
    return _unspread(r, op, build)


def _pow(r: Rewriter, op: Op, build: Builder) -> Value | None:
    exponent = r.number(op.operands[1])
    if exponent == 1:  # x**1 -> x
        return op.operands[0]
    return build.const(1) if exponent == 0 else None  # x**0 -> 1


def _decide(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 2.0 > 0 -> True
    a, b = map(r.number, op.operands)
    return None if a is None or b is None else build.const(a > b if op.name == "gt" else a == b)


def _choose(r: Rewriter, op: Op, build: Builder) -> Value | None:  # where(True, x, y) -> x
    made = r.by(op.operands[0], "const")
    branch = op.operands[2 if made is not None and not made.attrs["value"] else 1]
    return branch if made is not None and branch.type.rank == op.result.type.rank else None


def _unmask(
    r: Rewriter, op: Op, build: Builder
) -> Value | None:  # where(c, p * where(c, g, 0), 0) -> where(c, p * g, 0)
    c, x, y = op.operands
    for k, other in ((1, y), (2, x)):
        if r.number(other) != 0:
            continue
        bare = _without(r, op.operands[k], c, k, build)
        if bare is not None:
            return build.op("where", c, *((bare, y) if k == 1 else (x, bare)))
    return None


def _without(r: Rewriter, value: Value, c: Value, k: int, build: Builder) -> Value | None:
    """A product without a factor's mask, which its own mask makes needless."""
    where = r.derived_by(value, "where") if value.hint is None else None
    if where is not None and where.operands[0] is c and r.number(where.operands[3 - k]) == 0:
        return where.operands[k]
    for name in ("mul", "div", "neg") if value.hint is None else ():
        product = r.derived_by(value, name)
        for j, factor in enumerate(product.operands[:2] if product is not None else ()):
            assert product is not None
            bare = _without(r, factor, c, k, build) if name != "div" or j == 0 else None
            if bare is not None:
                return build.op(name, *product.operands[:j], bare, *product.operands[j + 1 :])
    return None


def _accumulate(r: Rewriter, op: Op, build: Builder) -> Value | None:
    before, contribution = op.operands
    if r.number(before) == 0 and before.type.is_scalar and op.result.type.is_scalar:  # 0 + x -> x
        return contribution
    if is_nothing(r, contribution) and before.type.rank == op.result.type.rank:
        return before
    if is_nothing(r, before) and contribution.type.shape == op.result.type.shape:
        return contribution
    double = _twice(r, before, contribution, build)
    if double is not None:
        return double
    bound = r.derived_by(before, "bind") if op.result.type.is_scalar else None
    if bound is not None and bound.stmt is op.stmt:  # a second name for a number, and a sum: one statement
        return build.op("add", bound.operands[0], contribution)
    inner = r.derived_by(before, "accumulate")
    double = None if inner is None else _twice(r, inner.operands[1], contribution, build)
    if inner is not None and double is not None:
        return build.op("accumulate", inner.operands[0], double, **op.attrs)
    spread = _spread(r, before)
    if spread is not None and contribution.type.shape == spread[2].type.shape and _spread(r, contribution) is None:
        op.operands.reverse()  # what may be updated comes first
    return _unspread(r, op, build, start=1)


def _sum(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``sum(-x) -> -sum(x)``; ``sum(a @ b, axis=0) -> sum(a, axis=0) @ b``; ``sum(x * y) -> dot(x, y)``."""
    (value,) = op.operands
    full = r.by(value, "full_like")
    if full is not None and full in r.derived and op.attrs.get("axis") is None and op.result.type.is_scalar:
        like, number = full.operands  # sum(full_like(x, s)) -> x.size * s
        if number.type.is_scalar and like.type.element == "float":
            return build.op("mul", build.text("size(x)", {"x": like}), number)
    if value.hint is not None:
        return None
    inner = r.derived_by(value, "neg")
    if inner is not None:
        return build.op("neg", build.op("sum", inner.operands[0], **op.attrs))
    factors = r.derived_by(value, "matmul")
    if factors is not None and op.attrs.get("axis") == 0 and [v.type.rank for v in factors.operands] == [2, 2]:
        a, b = factors.operands  # sum(a @ b, axis=0) -> sum(a, axis=0) @ b
        return build.op("matmul", build.op("sum", a, **op.attrs), b)
    product = r.derived_by(value, "mul")
    if product is None or not op.result.type.is_scalar:
        return None
    x, y = product.operands
    alike = x.type.shape is not None and x.type.shape == y.type.shape and x.type.dtype == y.type.dtype == "float"
    if not alike or x.type.rank != 1:
        return None
    scaled, shared = r.derived_by(x, "mul"), r.derived_by(x, "div")
    if x.hint is None and scaled is not None and scaled.operands[0].type.is_scalar:  # (2 * x) @ y -> 2 * (x @ y)
        return build.op("mul", scaled.operands[0], build.op("dot", scaled.operands[1], y, lib="numpy"))
    if x.hint is None and shared is not None and shared.operands[1].type.is_scalar:  # (x / 2) @ y -> (x @ y) / 2
        return build.op("div", build.op("dot", shared.operands[0], y, lib="numpy"), shared.operands[1])
    return build.op("dot", x, y, lib="numpy")


def _index_add(r: Rewriter, op: Op, build: Builder) -> Value | None:
    array, value, *indices = op.operands
    if is_nothing(r, value):
        return array
    spread = _spread(r, value)
    if spread is not None:  # a[i] += full_like(a[i], s) -> a[i] += s
        return build.op("index_add", array, spread[1], *indices, **op.attrs)
    inner = r.derived_by(array, "index_add")
    if (
        inner is not None and inner in build.block.ops and r.alike(inner.operands[2:], indices)
    ):  # a[i] += x * g; a[i] += x * g
        double = _twice(r, inner.operands[1], value, build)
        if double is not None:
            build.block.ops.remove(inner)
            return build.op("index_add", inner.operands[0], double, *indices, **op.attrs)
    # a[i] = 0; a[i] += x -> a[i] = x, but for an index that may repeat
    before = r.derived_by(array, "store")
    if (
        before is None
        or repeats(indices)
        or r.number(before.operands[1]) != 0
        or not r.alike(before.operands[2:], indices)
    ):
        return None
    if before not in build.block.ops:
        return None
    build.block.ops.remove(before)
    return build.op("store", before.operands[0], value, *indices, hint=op.result.hint)


def _bind(r: Rewriter, op: Op, build: Builder) -> Value | None:
    (value,) = op.operands
    return value if op.result.hint is None or op.result.hint == value.hint or r.number(value) is not None else None


def _expand_dims(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (c * x)[:, None] -> c * x[:, None]
    (value,) = op.operands
    if op.result.hint is not None or r.count[op.result] > 1:
        return None
    inner = r.derived_by(value, "neg")
    if inner is not None and value.hint is None:
        return build.op("neg", build.op("expand_dims", inner.operands[0], **op.attrs))
    inner = r.derived_by(value, "mul")
    if inner is None or value.hint is not None or r.number(inner.operands[0]) is None:
        return None
    return build.op("mul", inner.operands[0], build.op("expand_dims", inner.operands[1], **op.attrs))


def _transpose(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``x[None, :].T -> x[:, None]``; ``outer(a, b).T -> outer(b, a)``."""
    if op.attrs.get("axes") is not None:
        return None
    row = r.derived_by(op.operands[0], "expand_dims")
    if row is not None and row.operands[0].type.rank == 1:
        return build.op("expand_dims", row.operands[0], axis=1 - row.attrs["axis"] % 2, lib="numpy")
    product = r.derived_by(op.operands[0], "outer")
    if product is not None and all(v.type.rank == 1 for v in product.operands):
        return build.op("outer", *reversed(product.operands), lib="numpy")
    return None


def _whole(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (x[0], x[1]) -> x
    parts = op.operands[1:] if op.name == "rebuild" else op.operands
    items = [r.by(part, "item") for part in parts]
    first = next((item for item in items if item is not None), None)
    if first is None or first.operands[0].type != op.result.type:
        return None
    for index, (part, item) in enumerate(zip(parts, items, strict=True)):
        if item is None:
            if r.by(part, "const") is None or r.made[part].attrs["value"] is not None:
                return None
        elif item.operands[0] is not first.operands[0] or item.attrs["index"] != index:
            return None
    return first.operands[0]


def _item(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (a, b)[0] -> a
    inner = r.by(op.operands[0], "tuple")
    if inner is None or inner.result.type.kind != "tuple":
        return None
    index: int = op.attrs["index"]
    return inner.operands[index]


def _alike(r: Rewriter, op: Op, build: Builder) -> Value | None:  # a number has no dtype to keep
    return op.operands[0] if all(value.type.kind == "float" for value in op.operands) else None


def _product(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``np.dot(a, b) -> a @ b``; ``column @ row -> column * row``."""
    ranks = [value.type.rank for value in op.operands]
    left, right = (value.type.shape for value in op.operands)
    if left is not None and right is not None and ranks == [2, 2] and (left[1], right[0]) == (1, 1):
        return build.op("mul", *op.operands)
    if op.attrs.get("style") == "operator" or (op.name == "dot" and not all(rank in (1, 2) for rank in ranks)):
        return None
    return build.op("matmul", *op.operands)


IDENTITIES: dict[str, tuple[Identity, ...]] = {
    "add": (_fold, _add, _unspread),
    "sub": (_fold, _sub, _unspread),
    "mul": (_fold, _mul),
    "neg": (_fold, _neg),
    "div": (_div,),
    "pow": (_pow,),
    "gt": (_decide,),
    "eq": (_decide,),
    "where": (_choose, _unmask, _unspread),
    "accumulate": (_accumulate,),
    "sum": (shares, over_axis, _sum),
    "tuple": (_whole,),
    "rebuild": (_whole,),
    "item": (_item,),
    "astype_like": (_alike,),
    "bind": (_bind,),
    "index_add": (_index_add,),
    "transpose": (put_back, turn_factors, _transpose, sign_out),
    "swapaxes": (put_back, turn_factors, sign_out),
    "expand_dims": (_expand_dims,),
    "dot": (_product, sign_out),
    "matmul": (_product, sign_out),
    **dict.fromkeys(
        ("outer", "inner", "tensordot", "einsum", *sorted(LINEAR - {"transpose", "swapaxes"})), (sign_out,)
    ),
}
