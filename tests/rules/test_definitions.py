"""Functions that are written out: values are the library's own, derivatives those of differences of it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct.arguments import type_of
from sct.pipeline import Request, differentiate
from sct.rules import VOCABULARY
from tests.programs import hold
from tests.refused import refused

HEAD = """
import bisect
import functools
import itertools
import math
import operator
from functools import partial, reduce

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.spatial.distance


def weighed(y):
    y = np.asarray(y)
    return np.sum(np.cos(1.0 + np.arange(float(y.size))) * np.ravel(y))


"""
_rng = np.random.default_rng(3)
V, W, P = _rng.normal(size=4), _rng.normal(size=3), np.sort(_rng.uniform(0.5, 2.0, 4))
A, B, S = _rng.normal(size=(3, 4)), _rng.normal(size=(2, 4)), _rng.normal(size=(3, 3)) + 3 * np.eye(3)
CASES: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "functools__partial": [
        ("partial(np.sum, axis=1, keepdims=True)(a) * partial(np.var, ddof=1, axis=0)(a)", (A,)),
        ("(lambda h: h(2.0) + h(2.0, c=3.0))(partial(lambda t, u, c=1.0: t * u**2 * c, np.sum(a)))", (V,)),
    ],
    "functools__reduce": [
        ("reduce(lambda t, u: t * np.sin(u), a)", (V,)),
        ("functools.reduce(lambda t, u: t * np.sin(u), a, b)", (V, 0.7)),
        ("reduce(np.matmul, [a, b, a])", (S, S.T)),
        ("reduce(lambda t, f: f(t), (np.sin, np.exp), a)", (V,)),
    ],
    **{
        f"bisect__{name}": [
            (f"a[bisect.{name}([*np.sort(a)], b)] * bisect.{name}(np.sort(a), a[1])", (np.array([0.4, 1.2, 0.9]), 0.9))
        ]
        for name in ("bisect", "bisect_left", "bisect_right")
    },
    "itertools__accumulate": [
        ("np.array(list(itertools.accumulate(a)))", (V,)),
        ("np.array([u * u for u in itertools.accumulate(a, lambda t, u: t * u)])", (V,)),
    ],
    **{f"operator__{name}": [(f"operator.{name}(a, b)", (P, P[::-1].copy()))] for name in ("add", "sub", "mul", "pow")},
    "operator__truediv": [("operator.truediv(a, b)", (V, P))],
    "operator__matmul": [("operator.matmul(a, b)", (A, V))],
    "operator__neg": [("operator.neg(a)", (V,))],
    "math__log": [("math.log(a, 10) * math.log(b, a)", (1.7, 2.3))],
    "math__hypot": [
        ("math.hypot(a, b, a * b) * math.hypot(a)", (0.7, -0.4)),
        ("math.hypot(*a) * math.hypot(*[t * t for t in a]) * max(*a, 0.1)", (V,)),
        ("(lambda t: math.hypot(*t) * np.arctan2(*t) + math.pow(*(t[1], 2)))((a, b))", (0.7, -0.4)),
    ],
    "math__dist": [("math.dist(a, b)", (V, P)), ("math.dist([a, b], [0.0, 1.0])", (0.7, -0.4))],
    "math__prod": [
        ("math.prod(t * t for t in a) * reduce(lambda t, u: t * u, (2 * t for t in a))", (V,)),
        ("math.prod(a)", (V,)),
        ("math.prod([a, b, a], start=b)", (0.7, -0.4)),
    ],
    "math__isclose": [("a if math.isclose(a, b) or not math.isclose(a, a) else a * b", (0.7, -0.4))],
    "numpy__clip": [
        ("np.clip(a, None, 0.3) + np.clip(a, 0.1, None) + a.clip(0.2)", (V,)),
        ("np.clip(a, a_min=b, a_max=None) + np.clip(a, max=b) + a.clip(min=-0.1, max=0.2)", (V, 0.1)),
        ("a.clip(max=b)", (V, 0.1)),
    ],
    "numpy__add__reduce": [("np.add.reduce(a, axis=1)", (A,)), ("np.add.reduce(a)", (A,))],
    "numpy__multiply__reduce": [("np.multiply.reduce(a, axis=1, keepdims=True)", (A,))],
    "numpy__maximum__reduce": [("np.maximum.reduce([a, b, a * b])", (V, P)), ("np.maximum.reduce(a, axis=None)", (A,))],
    "numpy__minimum__reduce": [("np.minimum.reduce(a)", (A,))],
    "numpy__add__accumulate": [("np.add.accumulate(a, axis=1)", (A,))],
    "numpy__multiply__accumulate": [("np.multiply.accumulate(a)", (A,))],
    "numpy__add__outer": [("np.add.outer(a, b)", (V, W)), ("np.add.outer(a, b)", (W, A))],
    "numpy__subtract__outer": [("np.subtract.outer(a, b) ** 2", (A, W)), ("np.subtract.outer(a, b) ** 2", (W, A))],
    "numpy__multiply__outer": [("np.multiply.outer(a, b)", (A, W))],
    "numpy__sum": [("np.sum(a * b, where=a > 0)", (V, P)), ("(a * b).sum(where=a > 0)", (V, P))],
    "numpy__mean": [("np.mean(a * b, where=a > 0)", (V, P)), ("np.mean(a, where=b[:, None] != b[0])", (A, W))],
    "numpy__divide": [
        ("np.divide(a, b, out=np.full_like(a, 2.0), where=b > 1.0)", (V, P)),
        ("np.divide(1.0, np.where(a > 0, a, 0.0), out=np.zeros(4), where=a > 0)", (V,)),
    ],
    "numpy__true_divide": [("np.true_divide(a, b, where=a > 0, out=a * b)", (V, P))],
    "numpy__log": [("np.log(a, out=np.zeros_like(a), where=a > 0)", (V,))],
    "numpy__sqrt": [("np.sqrt(a, out=-a, where=a > 0)", (V,))],
    "numpy__diff": [
        ("np.diff(a, prepend=b) + np.diff(a, append=b)", (V, 0.7)),
        ("np.diff(a, n=2, prepend=b, append=a)", (V, W)),
        ("np.diff(a, prepend=b)", (S, S.T)),
    ],
    "numpy__interp": [
        ("np.interp(b, [0.0, 1.0, 2.0], a, left=-1.0) + np.interp(b, [0.0, 1.0, 2.0], a, right=b)", (W, 0.3)),
        ("np.interp(a, b, [1.0, 3.0, 2.0, 5.0], 0.0, 0.5)", (V, P)),
    ],
    "numpy__trapezoid": [
        ("np.trapezoid(a, b, axis=1) + np.trapezoid(a, dx=0.3, axis=-1)", (A, P)),
        ("np.trapezoid(a, np.cumsum(a * a, axis=0), axis=0)", (S,)),
    ],
    "numpy__cov": [("np.cov(a, rowvar=False)", (A,)), ("np.cov(a, bias=True) + np.cov(a, ddof=2)", (A,))],
    "numpy__corrcoef": [("np.corrcoef(a, rowvar=False)", (A,))],
    "numpy__apply_along_axis": [
        ("np.apply_along_axis(lambda r: np.sum(r**2), 1, a)", (A,)),
        ("np.apply_along_axis(lambda r: r / np.sum(r * r), 0, a)", (A,)),
        ("np.apply_along_axis(np.prod, axis=0, arr=a)", (A,)),
    ],
    "numpy__linalg__svd": [("np.linalg.svd(a, compute_uv=False)", (A,)), ("np.linalg.svd(a, False, True)[1]", (A,))],
    "numpy__linalg__cond": [("np.linalg.cond(a)", (A,))],
    "scipy__linalg__inv": [("scipy.linalg.inv(a)", (S,))],
    "scipy__linalg__det": [("scipy.linalg.det(a)", (S,))],
    "scipy__linalg__solve": [("scipy.linalg.solve(a, b)", (S, W))],
    "scipy__linalg__pinv": [("scipy.linalg.pinv(a)", (A,))],
    "scipy__linalg__norm": [("scipy.linalg.norm(a)", (A,))],
    "scipy__linalg__cholesky": [
        ("scipy.linalg.cholesky(a, lower=True) + scipy.linalg.cholesky(a)", (S @ S.T + 9 * np.eye(3),)),
        ("scipy.linalg.cholesky(a, True)", (S @ S.T + 9 * np.eye(3),)),
    ],
    "scipy__integrate__trapezoid": [("scipy.integrate.trapezoid(a, dx=b)", (V, 0.3))],
    "scipy__integrate__cumulative_trapezoid": [
        ("scipy.integrate.cumulative_trapezoid(a, b) + scipy.integrate.cumulative_trapezoid(a, dx=0.3)", (A, P)),
    ],
    "scipy__spatial__distance__cdist": [("scipy.spatial.distance.cdist(a, b)", (A, B))],
}
NEWER = {"math__sumprod": "Python 3.12 has it first"}


def test_every_definition_is_tested() -> None:
    tree = ast.parse(Path(VOCABULARY.definitions).read_text())
    assert {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} == CASES.keys() | NEWER.keys()


@pytest.mark.parametrize(
    ("text", "args"), [case for cases in CASES.values() for case in cases], ids=lambda value: str(value)[:40]
)
def test_value_and_derivatives(text: str, args: tuple[Any, ...]) -> None:
    names = ", ".join("ab"[: len(args)])
    source = f"{HEAD}def f({names}):\n    return weighed({text})\n"
    hold(source, "f", tuple(range(len(args))), args, annotated=False)
    primal: dict[str, Any] = {}
    exec(source, primal)
    types = tuple(map(type_of, args, "ab"))
    (piece,) = differentiate(source, "f.py", [Request("f", tuple(range(len(args))), "adjoint", types)])
    module = dict(primal)
    exec("\n".join([*piece.needs, piece.text, *piece.helpers.values()]), module)
    assert module["f_adjoint"](*args)[0] == pytest.approx(primal["f"](*args), rel=1e-12)


def test_sumprod() -> None:
    written_out: dict[str, Any] = {}
    exec(Path(VOCABULARY.definitions).read_text(), written_out)
    assert written_out["math__sumprod"]([1.0, 2.0], [3.0, 4.0]) == 11.0


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("def f(x):\n    return ‹reduce(x, [1.0])›", "`function` is a value, not a known function"),
        ("def f(x):\n    return np.sum((‹t for t in [x, x]›))", "is given a generator"),
        ("def f(x):\n    return np.sum(‹np.cov(x, ddof=0)›)", "a covariance of anything but a matrix"),
        ("def f(x):\n    return np.sum([x, x], ‹initial=1.0›)", "the keyword `initial` is not supported here"),
        ("def f(x):\n    return ‹itertools.count(x)›", "`itertools.count` is not supported"),
    ],
)
def test_refused(marked: str, reason: str) -> None:
    assert reason in refused(HEAD + marked.replace("(x):", "(x: float):")).reason
