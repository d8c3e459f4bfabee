"""Every elementwise row, proved by sympy, or checked numerically in high precision where it says why it cannot be.

The cases come from the table, so that a new row is tested on the day it is added.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence
from typing import Any

import mpmath
import pytest
import sympy

import sct.rules  # noqa: F401 - fills the table
from sct.rules.table import Rule, all_rules

ROWS = [row for row in all_rules() if row.partials]


def _tricomi(self: sympy.Function, precision: int) -> sympy.Float:
    """Tricomi's function of numbers, which sympy lacks."""
    with mpmath.workprec(precision):
        return sympy.Float(mpmath.hyperu(*(arg._to_mpmath(precision) for arg in self.args)), precision=precision)


# What each primitive is, written here once more, independently of the rows.
FUNCTIONS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "float_power": lambda a, b: a**b,
    "softplus": lambda a: sympy.log(1 + sympy.exp(a)),
    "zeta": lambda a, b: sympy.zeta(a, b),
    "mod": lambda a, b: sympy.Mod(a, b),
    "neg": lambda a: -a,
    "pos": lambda a: a,
    "conj": lambda a: a,
    "sqrt": sympy.sqrt,
    "cbrt": lambda a: a ** sympy.Rational(1, 3),
    "square": lambda a: a**2,
    "reciprocal": lambda a: 1 / a,
    "exp": sympy.exp,
    "exp2": lambda a: 2**a,
    "expm1": lambda a: sympy.exp(a) - 1,
    "log": sympy.log,
    "log2": lambda a: sympy.log(a, 2),
    "log10": lambda a: sympy.log(a, 10),
    "log1p": lambda a: sympy.log(1 + a),
    "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    "expit": lambda a: 1 / (1 + sympy.exp(-a)),
    "logit": lambda a: sympy.log(a / (1 - a)),
    "log_expit": lambda a: -sympy.log(1 + sympy.exp(-a)),
    "ndtr": lambda a: (1 + sympy.erf(a / sympy.sqrt(2))) / 2,
    "ndtri": lambda a: sympy.sqrt(2) * sympy.erfinv(2 * a - 1),
    "log_ndtr": lambda a: sympy.log((1 + sympy.erf(a / sympy.sqrt(2))) / 2),
    "norm_pdf": lambda a, m, s: sympy.exp(-(((a - m) / s) ** 2) / 2) / (s * sympy.sqrt(2 * sympy.pi)),
    "norm_logpdf": lambda a, m, s: -(((a - m) / s) ** 2) / 2 - sympy.log(s * sympy.sqrt(2 * sympy.pi)),
    "norm_cdf": lambda a, m, s: (1 + sympy.erf((a - m) / s / sympy.sqrt(2))) / 2,
    "norm_sf": lambda a, m, s: (1 - sympy.erf((a - m) / s / sympy.sqrt(2))) / 2,
    "norm_logcdf": lambda a, m, s: sympy.log((1 + sympy.erf((a - m) / s / sympy.sqrt(2))) / 2),
    "norm_ppf": lambda q, m, s: m + s * sympy.sqrt(2) * sympy.erfinv(2 * q - 1),
    "erfinv": sympy.erfinv,
    "erfcinv": sympy.erfcinv,
    "erfcx": lambda a: sympy.exp(a**2) * sympy.erfc(a),
    "expi": sympy.Ei,
    "exp1": lambda a: sympy.expint(1, a),
    "gamma": sympy.gamma,
    "gammaln": lambda a: sympy.log(sympy.gamma(a)),
    "rgamma": lambda a: 1 / sympy.gamma(a),
    "psi": lambda a: sympy.polygamma(0, a),
    "polygamma": sympy.polygamma,
    "beta": lambda a, b: sympy.gamma(a) * sympy.gamma(b) / sympy.gamma(a + b),
    "betaln": lambda a, b: sympy.log(sympy.gamma(a) * sympy.gamma(b) / sympy.gamma(a + b)),
    "gammainc": lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a),
    "gammaincc": lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
    "betainc": lambda a, b, x: sympy.betainc(a, b, 0, x) * sympy.gamma(a + b) / (sympy.gamma(a) * sympy.gamma(b)),
    "xlogy": lambda a, b: a * sympy.log(b),
    "xlog1py": lambda a, b: a * sympy.log(1 + b),
    "entr": lambda a: -a * sympy.log(a),
    "rel_entr": lambda a, b: a * sympy.log(a / b),
    "kl_div": lambda a, b: a * sympy.log(a / b) - a + b,
    "j0": lambda a: sympy.besselj(0, a),
    "j1": lambda a: sympy.besselj(1, a),
    "jv": sympy.besselj,
    "y0": lambda a: sympy.bessely(0, a),
    "y1": lambda a: sympy.bessely(1, a),
    "yv": sympy.bessely,
    "i0": lambda a: sympy.besseli(0, a),
    "i1": lambda a: sympy.besseli(1, a),
    "iv": sympy.besseli,
    "i0e": lambda a: sympy.exp(-a) * sympy.besseli(0, a),
    "i1e": lambda a: sympy.exp(-a) * sympy.besseli(1, a),
    "ive": lambda v, a: sympy.exp(-a) * sympy.besseli(v, a),
    "k0": lambda a: sympy.besselk(0, a),
    "k1": lambda a: sympy.besselk(1, a),
    "kv": sympy.besselk,
    "sign": sympy.sign,
    "astype_like": lambda a, like: a,
    "ellipk": sympy.elliptic_k,
    "ellipe": sympy.elliptic_e,
    "hyp2f1": lambda a, b, c, x: sympy.hyper((a, b), (c,), x),
    "hyperu": type("hyperu", (sympy.Function,), {"_eval_evalf": _tricomi}),
    "logaddexp2": lambda a, b: sympy.log(2**a + 2**b, 2),
    "ldexp": lambda a, b: a * 2**b,
    "nan_to_num": lambda a: a,
    "isfinite": lambda a: True,
    "sinc": lambda a: sympy.sin(sympy.pi * a) / (sympy.pi * a),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "arctan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "arcsinh": sympy.asinh,
    "arccosh": sympy.acosh,
    "arctanh": sympy.atanh,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "deg2rad": lambda a: a * sympy.pi / 180,
    "rad2deg": lambda a: a * 180 / sympy.pi,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "abs": sympy.Abs,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "fmax": sympy.Max,
    "fmin": sympy.Min,
    "clip": lambda x, lo, hi: sympy.Min(sympy.Max(x, lo), hi),
    "where": lambda c, a, b: sympy.Piecewise((a, c > 0), (b, True)),
    "copysign": lambda a, b: sympy.Abs(a) * sympy.sign(b),
    "fmod": lambda a, b: a - b * (sympy.sign(a / b) * sympy.floor(sympy.Abs(a / b))),
    "float": lambda a: a,
    "trunc": lambda a: sympy.sign(a) * sympy.floor(sympy.Abs(a)),
}
# Points on both sides of each kink, within each function's domain.
POINTS = {
    1: [(sympy.Rational(3, 10),), (sympy.Rational(-7, 10),), (sympy.Rational(13, 10),)],
    2: list(
        itertools.product(
            [sympy.Rational(7, 10), sympy.Rational(-6, 5)], [sympy.Rational(11, 10), sympy.Rational(-1, 2)]
        )
    ),
    3: [tuple(map(sympy.Rational, p)) for p in (("0.2", "-1", "1"), ("-2", "-1", "1"), ("3", "-1", "1"))],
}
OWN_POINTS = {
    "ndtri": [(sympy.Rational(1, 5),), (sympy.Rational(9, 10),)],
    "norm_ppf": [tuple(map(sympy.Rational, p)) for p in (("0.2", "0.3", "1.3"), ("0.9", "-1", "0.5"))],
    "zeta": [tuple(map(sympy.Rational, p)) for p in (("3", "0.6"), ("2.5", "4"))],
    # Its zeros, where psi has poles; the series, and where it ends; both sides of 10; a series' disc, and far outside.
    "rgamma": [(sympy.Rational(n, 10),) for n in (-20, -10, 0, 10, -7, 13)],
    "sinc": [(sympy.Rational(n, 1000),) for n in (0, 7, -49, 51, 300, -1300)],
    "erfcx": [(sympy.Rational(n, 10),) for n in (-20, 3, 99, 101, 1000)],
    "ellipk": [(sympy.Rational(n, 10),) for n in (-70, 0, 3, 9)],
    "ellipe": [(sympy.Rational(n, 10),) for n in (-70, 0, 3, 9)],
    "hyperu": [tuple(map(sympy.Rational, p)) for p in (("1", "0.5", "2"), ("2", "1.5", "30"))],
    "hyp2f1": [tuple(map(sympy.Rational, p)) for p in (("1.5", "1.5", "2", "0.6"), ("0.5", "1.5", "2", "-3"))],
    "betainc": [tuple(map(sympy.Rational, p)) for p in (("2", "1.5", "0.3"), ("0.7", "3", "0.6"))],
}
POSITIVE = {"cbrt", "log2", "log10", "arctan2", "hypot", "gammaln", "beta", "betaln", "gammainc", "gammaincc"}
POSITIVE |= {"entr", "rel_entr", "kl_div", "exp1", "i0e", "i1e", "ive"}
CONSTANTS = {
    "TWO_OVER_ROOT_PI": (1.1283791670955126, 2 / sympy.sqrt(sympy.pi)),
    "HALF_ROOT_PI": (0.886226925452758, sympy.sqrt(sympy.pi) / 2),
    "ONE_OVER_ROOT_TWO_PI": (0.3989422804014327, 1 / sympy.sqrt(2 * sympy.pi)),
    "LOG_TWO": (0.6931471805599453, sympy.log(2)),
    "ONE_OVER_LOG_TWO": (1.4426950408889634, 1 / sympy.log(2)),
    "ONE_OVER_LOG_TEN": (0.4342944819032518, 1 / sympy.log(10)),
    "DEGREE": (0.017453292519943295, sympy.pi / 180),
    "RADIAN": (57.29577951308232, 180 / sympy.pi),
    "HALF": (0.5, sympy.Rational(1, 2)),
}
FUNCTIONS.update({name: exact for name, (_, exact) in CONSTANTS.items()})
PIECES = {"abs", "maximum", "minimum", "fmax", "fmin", "clip", "where", "copysign", "mod", "fmod", "pow"}


def evaluate(text: str, env: dict[str, Any]) -> Any:
    """A row's text as a sympy expression; a comparison is decided at numbers."""

    def where(condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, sympy.Basic) and condition not in (sympy.true, sympy.false):
            condition = condition > 0
        return a if condition else b

    known = {**FUNCTIONS, "where": where, **env}
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            assert node.id in known, f"{text}: what is {node.id}?"
    return eval(compile(tree, "row", "eval"), known)


def environment(row: Rule, point: Sequence[Any]) -> dict[str, Any]:
    """The row's operands, its result and its steps."""
    env = {**dict(zip(row.operands, point, strict=True)), "y": FUNCTIONS[row.name](*point)}
    for name, text in row.steps((), {}).items():
        env[name] = evaluate(text, env)
    return env


def symbols_of(row: Rule) -> list[sympy.Symbol]:
    return [sympy.Symbol(name, positive=row.name in POSITIVE) for name in row.operands]


def test_every_row_is_known_here() -> None:
    for number, exact in CONSTANTS.values():
        assert number == pytest.approx(float(exact), rel=1e-15)
    assert {row.name for row in ROWS} <= set(FUNCTIONS)


@pytest.mark.parametrize("row", [r for r in ROWS if r.name not in PIECES and not r.unproved], ids=lambda r: r.name)
def test_sympy_proves(row: Rule) -> None:
    symbols = symbols_of(row)
    y = FUNCTIONS[row.name](*symbols)
    env = environment(row, symbols)
    for symbol, partial in zip(symbols, row.partials, strict=True):
        if partial in (None, "..."):
            continue
        for name, (number, _) in CONSTANTS.items():
            partial = partial.replace(repr(number), name)
        found = evaluate(partial, env)
        difference = (sympy.diff(y, symbol) - found).rewrite(sympy.exp)
        if row.name == "arccosh":  # its domain
            difference = difference.subs(symbol, 1 + sympy.Symbol("t", positive=True))
        assert sympy.simplify(difference) == 0, f"{row.name}: {partial}"


@pytest.mark.parametrize("row", [r for r in ROWS if r.together is not None], ids=lambda r: r.name)
def test_adjoints_that_share_parts_are_the_partials_times_the_adjoint(row: Rule) -> None:
    symbols, y_bar = symbols_of(row), sympy.Symbol("y_bar")
    env = {**dict(zip(row.operands, symbols, strict=True)), "y": FUNCTIONS[row.name](*symbols), "y_bar": y_bar}
    for name, text, symbol in zip(row.operands, row.together or (), symbols, strict=True):
        assert text is not None
        env[f"{name}_bar"] = evaluate(text, env)
        assert sympy.simplify(env[f"{name}_bar"] - sympy.diff(env["y"], symbol) * y_bar) == 0


@pytest.mark.parametrize("row", [r for r in ROWS if r.tangential is not None], ids=lambda r: r.name)
def test_tangents_of_all_operands_are_the_partials_times_theirs(row: Rule) -> None:
    symbols, dots = symbols_of(row), [sympy.Symbol(f"{name}_dot") for name in row.operands]
    env = environment(row, symbols) | {str(dot): dot for dot in dots}
    y = FUNCTIONS[row.name](*symbols)
    exact = sum(sympy.diff(y, symbol) * dot for symbol, dot in zip(symbols, dots, strict=True))
    assert sympy.simplify(evaluate(str(row.tangential), env) - exact) == 0


@pytest.mark.parametrize("row", [r for r in ROWS if r.name in PIECES or r.unproved], ids=lambda r: r.name)
def test_pieces_hold_on_each_side(row: Rule) -> None:
    """By differences in 40 digits: exact to far more than a wrong piece could be."""
    mpmath.mp.dps = 40
    function = sympy.lambdify(symbols_of(row), FUNCTIONS[row.name](*symbols_of(row)), "mpmath")
    step = sympy.Rational(1, 10**15)
    for point in OWN_POINTS.get(row.name) or POINTS[len(row.operands)]:
        if row.name in ("pow", "float_power") and point[0] < 0:
            continue
        env = environment(row, point)
        for k, partial in enumerate(row.partials):
            if partial in (None, "..."):
                continue
            up, down = ([*point[:k], point[k] + sign * step, *point[k + 1 :]] for sign in (1, -1))
            slope = (function(*map(_mp, up)) - function(*map(_mp, down))) / (2 * _mp(step))
            for text in {partial, row.alone[k] if row.alone else partial}:
                assert text is not None
                assert abs(slope - _mp(evaluate(text, env))) < 1e-12, f"{row.name} at {point}: {text}"


def _mp(value: Any) -> Any:
    number = sympy.N(value, 40)
    return mpmath.mpf(str(number))


def test_ties() -> None:
    """Two active operands share the slope; against a constant it is 0, a bound of clip too; abs has slope 0 at 0."""
    rows = {row.name: row for row in ROWS}
    same = {name: sympy.Integer(2) for name in ("x1", "x2", "y")}
    for name in ("maximum", "minimum", "fmax", "fmin"):
        row = rows[name]
        assert [evaluate(text, same) for text in row.partials if text] == [0.5, 0.5]
        assert row.alone is not None and [evaluate(text, same) for text in row.alone if text] == [0, 0]
    assert evaluate(rows["abs"].partials[0] or "", {"x": sympy.Integer(0)}) == 0
    bounds = {"lo": sympy.Integer(-1), "hi": sympy.Integer(1)}
    for at in (-1, 1):
        assert evaluate((rows["clip"].alone or ("",))[0] or "", {**bounds, "x": sympy.Integer(at)}) == 0
