"""What the author divides by is no zero: it may cancel, and its rule needs no case of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def utility(w: float, gamma: float) -> float:
    return w ** (1 - gamma) / (1 - gamma)


def distance(x: float, k: float) -> float:
    return math.log(x / k) ** 2


def entropy(p: Float[np.ndarray, "n"], q: Float[np.ndarray, "n"]) -> float:
    return np.sum(p * np.log(p)) + np.sum(p * np.log(p / q))


def sharpe(p: Float[np.ndarray, "n"], q: Float[np.ndarray, "n"]) -> float:
    return np.mean(p) / np.std(p) * q[0]


def unit(x: float, y: float) -> float:
    r = math.hypot(x, y)
    return x / r + 2.0 * y / r


def scaled(p: Float[np.ndarray, "n"], q: Float[np.ndarray, "n"]) -> float:
    deviation = np.std(p)
    return np.sum(np.where(deviation > 0, q * (p - np.mean(p)) / deviation, q))


def in_another_arm(w: float, gamma: float) -> float:
    c = gamma - 1.0
    y = w**c
    if y > 2.0:
        y = y / c
    return y * y


def written(p: Float[np.ndarray, "n"], q: Float[np.ndarray, "n"]) -> float:
    p = p.copy()
    y = p * q
    p[0] = 3.0
    z = np.log(p)
    return np.sum(y * z)


def softened(p: Float[np.ndarray, "n"], k: float) -> float:
    t = 0.0
    for _ in range(3):
        t += -np.log(np.sum(np.exp(-k * (p + t)))) / k
    return t


def twice(p: Float[np.ndarray, "n"], k: float) -> float:
    return np.sum(np.sin(k * (k * p))) / k


def attraction(x: float, y: float) -> float:
    r = math.sqrt(x * x + y * y)
    cube = r**3
    return x / cube - y / cube


def lifted(x: float, k: float) -> float:
    base = x * x
    return x / (base**k) + math.log(1.0 + base)


def guarded(p: Float[np.ndarray, "n"], q: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.where(p == 0, 0.0, q * np.sin(p) / p))
"""
P, Q = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.4, 0.2])


def _reverse(name: str) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0,) if name in ("softened", "twice") else (0, 1))])
    return piece.text.split("# reverse\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("utility", "w_bar = w**-gamma * utility_bar"),
        ("distance", "x_bar = 2.0 * distance_log * distance_bar / x"),
        ("entropy", "q_bar = -entropy_bar * p_ratio"),
        ("twice", "p_bar = k * twice_bar * np.cos(k_product)"),
        ("attraction", "g = 3.0 * r * cube_bar"),
        ("softened", "p_sum_bar = t_bar / t_sum * np.exp(-k * (p + t))"),
    ],
)
def test_it_cancels(name: str, line: str) -> None:
    assert line in map(str.strip, _reverse(name).splitlines())


def test_not_where_only_some_paths_divide() -> None:
    assert "c == 0" in _reverse("in_another_arm")


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("utility", (1.7, 3.0)),
        ("utility", (1.7, 0.4)),
        ("distance", (1.7, 0.6)),
        ("entropy", (P, Q)),
        ("sharpe", (P, Q)),
        ("unit", (0.7, 1.3)),
        ("scaled", (P, Q)),
        ("in_another_arm", (0.7, 1.3)),
        ("in_another_arm", (2.5, 2.3)),
        ("attraction", (0.7, 1.3)),
        ("lifted", (0.7, 1.3)),
        ("written", (P, Q)),
        ("guarded", (np.array([0.2, 1.3, -0.3]), Q)),
        ("softened", (P, 1.7)),
        ("twice", (P, 1.7)),
    ],
)
def test_derivative(name: str, args: tuple[Any, ...], target: Target) -> None:
    hold(SOURCE, name, (0, 1), args, target=target)


def test_an_exponent_of_zero_on_a_path_that_does_not_divide() -> None:
    space: dict[str, Any] = {}
    (piece,) = differentiate(SOURCE, "f.py", [Request("in_another_arm", (0, 1))])
    exec("import math\n" + piece.text, space)
    assert space["in_another_arm_adjoint"](0.0, 1.0) == (1.0, (0.0, 0.0))


@pytest.mark.parametrize("name", ["sharpe", "unit"])
def test_what_is_never_negative_is_more_than_zero(name: str) -> None:
    assert "> 0" not in _reverse(name)


def test_what_is_masked_may_be_zero() -> None:
    space: dict[str, Any] = {"np": np}
    (piece,) = differentiate(SOURCE, "f.py", [Request("scaled", (0, 1))])
    exec(piece.text.replace('Float[np.ndarray, "n"]', "object"), space)
    with np.errstate(all="ignore"):
        _, (p_bar, q_bar) = space["scaled_adjoint"](np.ones(3), Q)
    np.testing.assert_array_equal(p_bar, np.zeros(3))
    np.testing.assert_array_equal(q_bar, np.ones(3))


def test_the_authors_own_guard_stays() -> None:
    space: dict[str, Any] = {"np": np, "math": math}
    (piece,) = differentiate(SOURCE, "f.py", [Request("guarded", (0, 1))])
    text = piece.text.replace('Float[np.ndarray, "n"]', "object")
    exec(text, space)
    with np.errstate(all="ignore"):
        _, (p_bar, q_bar) = space["guarded_adjoint"](np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    np.testing.assert_allclose(p_bar, [0.0, 3.0 * (math.cos(1.0) - math.sin(1.0))])
    np.testing.assert_allclose(q_bar, [0.0, math.sin(1.0)])
