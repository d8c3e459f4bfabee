"""Elementwise rows: one partial derivative an operand (Abramowitz and Stegun, 3.3, 4.3 to 4.6, 7.1).

Kinks: where two active operands of ``maximum`` or ``minimum`` meet they share the slope; against a constant the slope
is 0 there, and so it is with ``clip`` and its bounds, of which active ones leave the slope to the element; ``abs`` and
``hypot`` have slope 0 at 0; ``x**0`` has slope 0, at 0 too; where one operand of ``fmax`` or ``fmin`` is no number, the
other one has slope 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.shapes import (
    as_number,
    bits,
    boolean,
    chosen,
    clipped,
    contained,
    lacking,
    minus,
    negated,
    plus,
    quotient,
    real,
    same,
    times,
    truth,
)
from sct.rules.table import rule, zero


def _flat(types: tuple[Type, ...], attrs: Mapping[str, Any]) -> Mapping[str, str]:
    """Where the slope of a power is zero, and not what its formula says."""
    return {"flat": "n == 0" if types and types[1].element in ("int", "bool") else "(x == 0) & (n == 0)"}


# The operators.
rule("add(x1, x2)", "1", "1", infer=plus)
rule("sub(x1, x2)", "1", "-1", infer=minus)
rule("mul(x1, x2)", "x2", "x1", infer=times)
rule(
    "div(x1, x2)",
    "1 / x2",
    "-y / x2",
    tangent="(x1_dot - y * x2_dot) / x2",
    together=("y_bar / x2", "-y * x1_bar"),
    infer=real,
)
rule(
    "pow(x, n)",
    "where(flat, 0, n * x**(n - 1))",
    "where(x > 0, y * log(where(x > 0, x, 1)), 0)",
    steps=_flat,
    infer=same,
    unproved="0**0",
)
rule(
    "float_power(x, n)",
    "where(flat, 0, n * float_power(x, n - 1))",
    "where(x > 0, y * log(where(x > 0, x, 1)), 0)",
    steps=_flat,
    infer=real,
    unproved="0**0",
)
rule("mod(x1, x2)", "1", "-(x1 // x2)", infer=same, unproved="locally x1 - k * x2 with a constant k = x1 // x2")
rule("neg(x)", "-1", infer=negated)
rule("pos(x)", "1", infer=same)
zero("floordiv(x1, x2)", infer=quotient, elementwise=True)
zero(
    "lt(x1, x2)", "le(x1, x2)", "gt(x1, x2)", "ge(x1, x2)", "eq(x1, x2)", "ne(x1, x2)", infer=boolean, elementwise=True
)
zero("not_(x)", "is_(x1, x2)", "is_not(x1, x2)", infer=truth)
zero("in_(x, items)", infer=contained)
zero("not_in(x, items)", infer=lacking)
zero("bitwise_and(x1, x2)", "bitwise_or(x1, x2)", "bitwise_xor(x1, x2)", infer=bits, elementwise=True)
zero("left_shift(x1, x2)", "right_shift(x1, x2)", "invert(x)", infer=bits, elementwise=True)

# Powers and logarithms (log(2) = 0.6931471805599453; a constant that a function gives would make float64 of float32).
rule("sqrt(x)", "0.5 / y", infer=real)
rule("cbrt(x)", "1 / (3 * y**2)", infer=real)
rule("square(x)", "2 * x", infer=same)
rule("reciprocal(x)", "-(y**2)", infer=real)
rule("exp(x)", "y", infer=real)
rule("exp2(x)", "0.6931471805599453 * y", infer=real)
rule("expm1(x)", "y + 1", infer=real)
rule("log(x)", "1 / x", infer=real)
rule("log2(x)", "1.4426950408889634 / x", infer=real)
rule("log10(x)", "0.4342944819032518 / x", infer=real)
rule("log1p(x)", "1 / (1 + x)", infer=real)
rule("logaddexp(x1, x2)", "exp(x1 - y)", "exp(x2 - y)", infer=real)

rule("logaddexp2(x1, x2)", "exp2(x1 - y)", "exp2(x2 - y)", infer=real)
rule("ldexp(x1, x2)", "astype_like(exp2(x2), y)", None, infer=real, unproved="the exponent is an integer")

# Trigonometric and hyperbolic functions.
rule("sin(x)", "cos(x)", infer=real)
rule("cos(x)", "-sin(x)", infer=real)
rule("tan(x)", "1 + y**2", infer=real)
rule("arcsin(x)", "1 / sqrt(1 - x**2)", infer=real)
rule("arccos(x)", "-1 / sqrt(1 - x**2)", infer=real)
rule("arctan(x)", "1 / (1 + x**2)", infer=real)
rule(
    "arctan2(x1, x2)",  # not x1**2 + x2**2, which underflows and overflows
    "x2 / r / r",
    "-x1 / r / r",
    steps={"r": "hypot(x1, x2)"},
    infer=real,
)
rule("sinh(x)", "cosh(x)", infer=real)
rule("cosh(x)", "sinh(x)", infer=real)
rule("tanh(x)", "1 - y**2", infer=real)
rule("arcsinh(x)", "1 / hypot(x, 1)", infer=real)
rule("arccosh(x)", "1 / (sqrt(x - 1) * sqrt(x + 1))", infer=real)
rule("arctanh(x)", "1 / (1 - x**2)", infer=real)
rule("hypot(x1, x2)", "where(y > 0, x1 / y, 0)", "where(y > 0, x2 / y, 0)", infer=real)
rule("deg2rad(x)", "0.017453292519943295", infer=real)
rule("rad2deg(x)", "57.29577951308232", infer=real)

# The error function (7.1.1: 2 / sqrt(pi) = 1.1283791670955126).
rule("erf(x)", "1.1283791670955126 * exp(-(x**2))", infer=real)
rule("erfc(x)", "-1.1283791670955126 * exp(-(x**2))", infer=real)

# Pieces.
rule("abs(x)", "where(x > 0, 1, where(x < 0, -1, 0))", infer=same)
rule(
    "maximum(x1, x2)",
    "where(x1 < x2, 0, where(x1 == x2, 0.5, 1))",  # 0 is outside, so that what is infinite in a loser is masked
    "where(x2 >= x1, where(x1 == x2, 0.5, 1), 0)",  # of `max(x, nan)`, which is x, nan has no share
    alone=("where(x1 > x2, 1, 0)", "where(x2 > x1, 1, 0)"),
    infer=same,
)
rule(
    "minimum(x1, x2)",
    "where(x1 > x2, 0, where(x1 == x2, 0.5, 1))",
    "where(x2 <= x1, where(x1 == x2, 0.5, 1), 0)",
    alone=("where(x1 < x2, 1, 0)", "where(x2 < x1, 1, 0)"),
    infer=same,
)
rule(
    "fmax(x1, x2)",
    "where(x1 != y, 0, where(x2 == y, 0.5, 1))",
    "where(x2 != y, 0, where(x1 == y, 0.5, 1))",
    alone=("where(x2 != y, 1, 0)", "where(x1 != y, 1, 0)"),
    infer=same,
)
rule(
    "fmin(x1, x2)",
    "where(x1 != y, 0, where(x2 == y, 0.5, 1))",
    "where(x2 != y, 0, where(x1 == y, 0.5, 1))",
    alone=("where(x2 != y, 1, 0)", "where(x1 != y, 1, 0)"),
    infer=same,
)
rule(
    "clip(x, lo, hi)",  # an element that is a bound moves with it: the slopes of all three add up to 1
    "where(lo <= x, where(x <= hi, 1, 0), 0)",
    "where(x < lo, where(lo > hi, 0, 1), 0)",
    "where(maximum(x, lo) > hi, 1, 0)",
    alone=(
        "where(lo < x, where(x < hi, 1, 0), 0)",
        "where(x < lo, where(lo > hi, 0, 1), 0)",
        "where(maximum(x, lo) > hi, 1, 0)",
    ),
    infer=clipped,
)
rule("where(c, x1, x2)", None, "where(c, 1, 0)", "where(c, 0, 1)", infer=chosen)
rule("copysign(x1, x2)", "where((x1 < 0) == (x2 < 0), 1, -1)", None, infer=real, unproved="a sign is no formula")
rule("fmod(x1, x2)", "1", "-trunc(x1 / x2)", infer=real, unproved="locally x1 - k * x2 with a constant k")
rule("float_(x)", "1", infer=as_number)
rule("conj(x)", "1", infer=same)  # of real numbers, as all are
rule(
    "nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)",
    "where(isfinite(x), 1, 0)",
    infer=same,
    unproved="where it is no number its slope is 0",
)
# Near 0 by its series, with so many terms that its own derivatives, too, are right (up to the tenth).
rule(
    "sinc(x)",
    "where(abs(x) > 0.05, (cos(3.141592653589793 * x) - y) / where(x == 0, 1, x), -3.289868133696453 * x * series)",
    steps={
        "u": "(3.141592653589793 * x)**2",
        "series": "1 - u / 10 * (1 - u / 28 * (1 - u / 54 * (1 - u / 88)))",
    },
    infer=real,
    unproved="near 0 it is the first terms of its series",
)

# Locally constant.
zero("floor(x)", "ceil(x)", "trunc(x)", "rint(x)", "sign(x)", infer=same, elementwise=True)
zero("isnan(x)", "isfinite(x)", "isinf(x)", "logical_not(x)", infer=boolean, elementwise=True)
zero("logical_and(x1, x2)", "logical_or(x1, x2)", "logical_xor(x1, x2)", infer=boolean, elementwise=True)
zero(
    "allclose(x1, x2, rtol: value = 1e-05, atol: value = 1e-08)",
    "array_equal(x1, x2)",
    "bool_(x)",
    infer=truth,
)
zero(
    "isclose(x1, x2, rtol: value = 1e-05, atol: value = 1e-08)",
    "signbit(x)",
    infer=boolean,
    elementwise=True,
)
zero("around(x, decimals=0)", infer=same, elementwise=True)
zero("heaviside(x1, x2)", infer=real, elementwise=True)
