"""Rows of ``scipy.special`` (Abramowitz and Stegun, chapters 5 to 9; DLMF where they say so).

A derivative that has no closed form (of a Bessel function in its order, of an incomplete gamma function in its
parameter) is ``...``: it is refused where it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.reductions import over, widened
from sct.rules.shapes import array, real, reduced_real
from sct.rules.table import Texts, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]

# The logistic and the normal distribution (26.2.1: 1 / sqrt(2 * pi) = 0.3989422804014327).
rule("expit(x)", "y * (1 - y)", infer=real)
rule("softplus(x)", "expit(x)", infer=real)
rule("logit(x)", "1 / (x * (1 - x))", infer=real)
rule("log_expit(x)", "expit(-x)", infer=real)
rule("ndtr(x)", "0.3989422804014327 * exp(-0.5 * x**2)", infer=real)
rule("ndtri(x)", "2.5066282746310002 * exp(0.5 * y**2)", infer=real, unproved="sympy has no such inverse")
rule("log_ndtr(x)", "0.3989422804014327 * exp(-0.5 * x**2 - y)", infer=real)

# The error function's relatives (7.1.1: sqrt(pi) / 2 = 0.886226925452758).
rule("erfinv(x)", "0.886226925452758 * exp(y**2)", infer=real)
rule("erfcinv(x)", "-0.886226925452758 * exp(y**2)", infer=real)
# Beyond 10 the two terms of erfcx's slope nearly cancel: Tricomi's function (DLMF 7.18.10 with n = 1, 13.3.22).
rule(
    "erfcx(x)",
    "where(x > 10, -0.5641895835477563 * hyperu(1.0, 0.5, x**2), 2 * x * y - 1.1283791670955126)",
    infer=real,
    unproved="sympy has no function of Tricomi's",
)
rule("hyperu(a, b, x)", "...", "...", "-a * hyperu(a + 1, b + 1, x)", infer=real, unproved="as erfcx")

# Exponential integrals and the gamma function (5.1, 6.1 to 6.5).
rule("expi(x)", "exp(x) / x", infer=real)
rule("exp1(x)", "-exp(-x) / x", infer=real)
rule("gamma(x)", "y * psi(x)", infer=real)
rule("gammaln(x)", "psi(x)", infer=real)
# psi has its poles where 1 / gamma is 0 and smooth: there, by reflection (DLMF 5.5.3, 5.5.4).
rule(
    "rgamma(x)",
    "where(x > 0, -y * psi(x), gamma(1 - x) * cos(3.141592653589793 * x) - y * psi(1 - x))",
    infer=real,
    unproved="sympy does not decide the sign of x",
)
rule("psi(x)", "astype_like(polygamma(1, x), y)", infer=real)
rule("polygamma(n, x)", None, "polygamma(n + 1, x)", infer=real)
rule("zeta(x, q)", "...", "-x * zeta(x + 1, q)", infer=real, unproved="sympy leaves it as it is")
rule("beta(a, b)", "y * (psi(a) - psi(a + b))", "y * (psi(b) - psi(a + b))", infer=real)
rule("betaln(a, b)", "psi(a) - psi(a + b)", "psi(b) - psi(a + b)", infer=real)
rule("gammainc(a, x)", "...", "exp((a - 1) * log(x) - x - gammaln(a))", infer=real)
rule("gammaincc(a, x)", "...", "-exp((a - 1) * log(x) - x - gammaln(a))", infer=real)
rule(
    "betainc(a, b, x)",
    "...",
    "...",
    "astype_like(exp((a - 1) * log(x) + (b - 1) * log1p(-x) - betaln(a, b)), y)",
    infer=real,
    unproved="sympy does not differentiate it",
)

# Complete elliptic integrals of the parameter x, by their series (DLMF 19.5.1, 19.5.2, 15.5.1; pi / 8 =
# 0.39269908169872414).
_SERIES = "sympy keeps the integral and its series apart"
rule("ellipk(x)", "0.39269908169872414 * astype_like(hyp2f1(1.5, 1.5, 2.0, x), y)", infer=real, unproved=_SERIES)
rule("ellipe(x)", "-0.39269908169872414 * astype_like(hyp2f1(0.5, 1.5, 2.0, x), y)", infer=real, unproved=_SERIES)
rule("hyp2f1(a, b, c, x)", "...", "...", "...", "a * b / c * hyp2f1(a + 1, b + 1, c + 1, x)", infer=real)


def _gammas(types: Types, attrs: Attrs) -> Mapping[str, str]:
    shifted = "a - 0.5 * arange(d)" if types[0].is_scalar else "expand_dims(a, -1) - 0.5 * astype_like(arange(d), a)"
    return {"slope": f"sum(psi({shifted}){'' if types[0].is_scalar else ', axis=-1'})"}


rule(
    "multigammaln(a, d)",
    tangent="slope * a_dot",
    adjoint=("slope * y_bar", None),
    steps=_gammas,
    infer=lambda types, attrs: array(() if types[0].is_scalar else types[0].shape, "float"),
)

# Entropies.
rule("xlogy(x1, x2)", "log(x2)", "x1 / where((x1 == 0) & (x2 == 0), 1, x2)", infer=real)
rule("xlog1py(x1, x2)", "log1p(x2)", "x1 / (1 + x2)", infer=real)
rule("entr(x)", "-log(x) - 1", infer=real)
rule("rel_entr(x1, x2)", "log(x1 / x2) + 1", "-x1 / x2", infer=real)
rule("kl_div(x1, x2)", "log(x1 / x2)", "1 - x1 / x2", infer=real)

# Bessel functions (9.1.27, 9.6.26).
rule("j0(x)", "-j1(x)", infer=real)
rule("j1(x)", "0.5 * (j0(x) - jv(2, x))", infer=real)
rule("jv(v, x)", "...", "0.5 * (jv(v - 1, x) - jv(v + 1, x))", infer=real)
rule("y0(x)", "-y1(x)", infer=real)
rule("y1(x)", "0.5 * (y0(x) - yv(2, x))", infer=real)
rule("yv(v, x)", "...", "0.5 * (yv(v - 1, x) - yv(v + 1, x))", infer=real)
rule("i0(x)", "i1(x)", infer=real)
rule("i1(x)", "0.5 * (i0(x) + iv(2, x))", infer=real)
rule("iv(v, x)", "...", "0.5 * (iv(v - 1, x) + iv(v + 1, x))", infer=real)
rule("i0e(x)", "i1e(x) - sign(x) * y", infer=real)
rule("i1e(x)", "0.5 * (i0e(x) + ive(2, x)) - sign(x) * y", infer=real)
rule("ive(v, x)", "...", "0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sign(x) * y", infer=real)
rule("k0(x)", "-k1(x)", infer=real)
rule("k1(x)", "-0.5 * (k0(x) + kv(2, x))", infer=real)
rule("kv(v, x)", "...", "-0.5 * (kv(v - 1, x) + kv(v + 1, x))", infer=real)


def _whole(types: Types, attrs: Attrs) -> Type:
    return array(() if types[0].is_scalar else types[0].shape, "float")


def _axis(attrs: Attrs) -> str:
    return over({"axis": attrs["axis"]}, keepdims=True)


def _logsumexp_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"{widened('y_bar', types, attrs)} * exp(x - {widened('y', types, attrs)})",)


def _logsumexp_dot(types: Types, attrs: Attrs) -> str:
    return f"sum(exp(x - {widened('y', types, attrs)}) * x_dot{over(attrs)})"


# Normalised exponentials.
rule("logsumexp(x, axis=None, *, keepdims=False)", tangent=_logsumexp_dot, adjoint=_logsumexp_bar, infer=reduced_real)
rule(
    "logaddexp_reduce(x, axis=0, *, keepdims=False)", tangent=_logsumexp_dot, adjoint=_logsumexp_bar, infer=reduced_real
)
rule(
    "softmax(x, axis=None)",
    tangent=lambda types, attrs: f"y * (x_dot - sum(y * x_dot{_axis(attrs)}))",
    adjoint=lambda types, attrs: (f"y * (y_bar - sum(y * y_bar{_axis(attrs)}))",),
    infer=_whole,
)
rule(
    "log_softmax(x, axis=None)",
    tangent=lambda types, attrs: f"x_dot - sum(exp(y) * x_dot{_axis(attrs)})",
    adjoint=lambda types, attrs: (f"y_bar - exp(y) * sum(y_bar{_axis(attrs)})",),
    infer=_whole,
)
