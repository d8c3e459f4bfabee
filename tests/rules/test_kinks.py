"""What is decided at kinks and edges: the table of docs/functions.md, each row held in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.rules.test_structural import generated

NAN, INF = float("nan"), float("inf")
VECTORS = "the vectors of equal eigenvalues have no derivative"
Case = tuple[str, str, list[Any], list[Any]]
# (what is decided, expression in a and b, the arguments, the adjoints for a seed of ones)
KINKS: list[Case] = [
    ("two active operands share the slope where they meet", "np.maximum(a, b)", [[1, 2], [1, 1]], [[0.5, 1], [0.5, 0]]),
    ("against a constant the slope is 0 where they meet", "np.minimum(a, 1.0)", [[1, 0]], [[0, 1]]),
    ("of `fmax` and `fmin`, what is a number has the slope", "np.fmax(a, b)", [[NAN, 1], [1, NAN]], [[0, 1], [1, 0]]),
    ("beside a NaN, `max` and `min` are their first operand", "max(a, b)", [2, NAN], [1, 0]),
    ("beside a NaN, `max` and `min` are their first operand", "min(a, b)", [2, NAN], [1, 0]),
    ("ties of an array share the slope", "np.max(a)", [[1, 1, 0]], [[0.5, 0.5, 0]]),
    ("a tie in a sort keeps one order", "np.sort(a)", [[1, 1, 0]], [[1, 1, 1]]),
    ("`abs` has slope 0 at 0", "abs(a)", [[0, -1, 1]], [[0, -1, 1]]),
    ("a norm has slope 0 at 0", "np.linalg.norm(a, axis=1)", [[[0, 0], [3, 4]]], [[[0, 0], [0.6, 0.8]]]),
    ("a norm has slope 0 at 0", "np.linalg.norm(a)", [[0, 0]], [[0, 0]]),
    ("a norm has slope 0 at 0", "np.hypot(a, b)", [[0, 3], [0, 4]], [[0, 0.6], [0, 0.8]]),
    ("a norm has slope 0 at 0", "np.hypot(a, b)", [0, 0], [0, 0]),
    ("a spread has slope 0 at 0", "np.std(a)", [[2, 2]], [[0, 0]]),
    (VECTORS, "np.linalg.eigh(a)[1] @ b", [[[1, 0], [0, 1]], [1, 2]], [[[NAN, 0], [NAN, NAN]], [1, 1]]),
    (VECTORS, "np.linalg.eigh(a)[1][:, 0] ** 2", [[[1, 0, 0], [0, 2, 0], [0, 0, 2]]], [np.zeros((3, 3)).tolist()]),
    (VECTORS, "np.linalg.eigh(a)[0]", [[[1, 0], [0, 1]]], [[[1, 0], [0, 1]]]),
    (VECTORS, "np.linalg.svdvals(a)", [[[2, 0], [0, 2]]], [[[1, 0], [0, 1]]]),
    ("`clip` has slope 0 at constant bounds", "np.clip(a, 0.0, 1.0)", [[-1, 0, 0.5, 1, 2]], [[0, 0, 1, 0, 0]]),
    ("at active ones the element has it", "np.clip(a, np.min(a), np.max(a))", [[1, 2, 3]], [[1, 1, 1]]),
    ("at active ones the element has it", "np.clip(a, a[0], b)", [[1, 2, 3], 2], [[1, 1, 0], 1]),
    ("`x**0` has slope 0, at 0 too", "a**0", [[0, 2]], [[0, 0]]),
    ("`x**0` has slope 0, at 0 too", "a**b", [[0, 2], [0, 0]], [[0, 0], [0, np.log(2)]]),
    ("`x**0` has slope 0, at 0 too", "a**b", [0, 0], [0, 0]),
    ("`0**x` has slope 0", "0**a", [[0, 1, 2]], [[0, 0, 0]]),
    ("at 0, a power has the slope of its formula", "a**b", [[0, 0], [1, 2]], [[1, 0], [0, 0]]),
    ("at 0, a root has an infinite slope", "np.sqrt(a)", [[0, 4]], [[INF, 0.25]]),
    ("at 0, a root has an infinite slope", "a**0.5", [[0, 4]], [[INF, 0.25]]),
    ("a product with zeros is exact", "np.prod(a)", [[0, 2, 3]], [[6, 0, 0]]),
    ("a product with zeros is exact", "np.cumprod(a)", [[2, 0, 3, 0]], [[1, 2 + 6, 0, 0]]),
    ("of equal elements, the last one is the running", "np.maximum.accumulate(a)", [[1, 2, 2, 0]], [[1, 1, 2, 0]]),
    ("of equal elements, the last one is the running", "np.minimum.accumulate(a)", [[2, 2, 3, 1]], [[1, 2, 0, 1]]),
    ("a product with zeros is exact", "np.nanprod(a)", [[0, NAN, 3]], [[3, 0, 0]]),
    ("what is no number has slope 0", "np.nan_to_num(a)", [[NAN, 1]], [[0, 1]]),
    ("what is no number has slope 0", "np.nansum(a)", [[NAN, 1]], [[0, 1]]),
    ("what is no number has slope 0", "np.nanmean(a)", [[NAN, 1, 3]], [[0, 0.5, 0.5]]),
    ("what is no number has slope 0", "np.nanmax(a)", [[NAN, 3, 3]], [[0, 0.5, 0.5]]),
    ("what is no number has slope 0", "np.nanmean(a, axis=0)", [[[NAN, 1], [NAN, 2]]], [[[0, 0.5], [0, 0.5]]]),
    ("what is no number has slope 0", "np.nancumsum(a)", [[NAN, 1, 3]], [[0, 2, 1]]),
    ("an empty array has an empty adjoint", "np.sum(a * b)", [[], 2], [[], 0]),
    ("an empty array has an empty adjoint", "np.linalg.norm(a)", [[]], [[]]),
    ("a branch that was not taken has slope 0", "np.where(a > 0, np.sqrt(a), 0.0)", [[0, 4, -1]], [[0, 0.25, 0]]),
    ("a branch that was not taken has slope 0", "np.where(a > 0, np.sqrt(a), 0.0)", [0], [0]),
    ("a branch that was not taken has slope 0", "np.where(a == 0, 1.0, 1 / a)", [[0, 2]], [[0, -0.25]]),
    ("a branch that was not taken has slope 0", "np.where(a > 0, a * np.log(a), 0.0)", [[0, 1]], [[0, 1]]),
    ("a branch that was not taken has slope 0", "np.where(a > 0, np.sqrt(a) * np.sqrt(a), 0.0)", [[0, 4]], [[0, 1]]),
    (
        "a branch that was not taken has slope 0",
        "np.where(b > 1, np.where(a > 0, np.log(a), a), 1 / a)",
        [[0, 2, -1], [2, 2, 0]],
        [[1, 0.5, -1], [0, 0, 0]],
    ),
    ("so it is beyond a maximum, a minimum, a bound", "np.maximum(np.log(a), -10.0)", [[0, 4]], [[0, 0.25]]),
    ("so it is beyond a maximum, a minimum, a bound", "np.sqrt(np.maximum(a, 0.0))", [[-1, 4]], [[0, 0.25]]),
    (
        "so it is where a number is missing",
        "np.where(np.isnan(b), 0.0, (b - a) ** 2)",
        [[1, 2], [NAN, 1]],
        [[0, 2], [0, -2]],
    ),
]


@pytest.mark.parametrize("case", KINKS, ids=[f"{text}-{args}" for _, text, args, _ in KINKS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # what NumPy says of the branch that is not taken
def test_kink(case: Case) -> None:
    _, text, points, slopes = case
    args = [np.array(point, dtype=float) if isinstance(point, list) else float(point) for point in points]
    module = generated(text, tuple(np.shape(arg) for arg in args))
    value = module["f"](*args)
    _, bars = module["f_adjoint"](*args, f_bar=np.ones_like(value)[()])
    for got, slope, arg in zip(bars if len(args) > 1 else (bars,), slopes, args, strict=True):
        assert np.shape(got) == np.shape(arg)
        np.testing.assert_allclose(got, np.array(slope, dtype=float), atol=1e-15)
    if np.isfinite(np.concatenate([np.ravel(slope) for slope in slopes])).all():
        dots = {f"{name}_dot": np.ones_like(arg)[()] for name, arg in zip("ab", args, strict=False)}
        _, value_dot = module["f_tangent"](*args, **dots)
        total = sum(float(np.sum(np.array(slope, dtype=float))) for slope in slopes)
        np.testing.assert_allclose(np.sum(value_dot), total, atol=1e-15)


NAMED = """import numpy as np


def f(x):
    r = np.log(x)
    s = r * x
    e = np.sqrt(x) * s
    return np.sum(np.where(x > 0, e, 0.0)) + np.sum(np.where(x > 0, r, x))
"""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_branch_that_was_not_taken_is_followed_through_statements() -> None:

    (piece,) = differentiate(NAMED, "row.py", [Request("f", (0,), "both", (Type("array", ("n+",)),))])
    module: dict[str, Any] = {}
    exec("\n".join(["import numpy as np", *piece.needs, piece.text]), module)
    x, step = np.array([0.0, 2.0]), np.array([0.0, 1e-6])
    _, x_bar = module["f_adjoint"](x)
    slope = (module["f"](x + step) - module["f"](x - step)) / 2e-6
    np.testing.assert_allclose(x_bar, [1.0, slope], rtol=1e-8)
    _, dot = module["f_tangent"](x, np.array([1.0, 0.0]))
    assert dot == 1.0


def test_the_ties_of_an_extreme_are_found_once() -> None:
    source = """
import numpy as np


def lowest(x: Float[np.ndarray, "n d"]) -> float:
    return np.sum(np.min(x, axis=1) ** 2) + np.max(x)
"""
    (piece,) = differentiate(source, "p.py", [Request("lowest", (0,), "both")])
    assert piece.text.count(" == ") == piece.text.count("ties") / 3 == 4, piece.text
    hold(source, "lowest", (0,), (np.array([[1.0, 2.0, 1.5], [3.0, 0.5, 2.5]]),))
