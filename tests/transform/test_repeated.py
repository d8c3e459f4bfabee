"""What the author computes twice of arrays is computed once where the reverse sweep names it, and is what it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def normalised(x: Float[np.ndarray, "b n"], gamma: Float[np.ndarray, "n"]) -> float:
    mean = x.mean(axis=1, keepdims=True)
    var = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    y = (x - mean) / np.sqrt(var + 1e-5) * gamma
    return np.sum(y**3)


def overwritten(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> float:
    a = np.sum((x - y) ** 2)
    x[0] = a
    return np.sum((x - y) ** 3) + np.sum(np.exp(x - y))


def not_named(x: Float[np.ndarray, "n"], k: Float[np.ndarray, "n"]) -> float:
    return np.sum(x) * np.sum((k - 1.0) ** 2) + np.sum((k - 1.0) ** 3) * x[0]


def in_a_loop(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> float:
    s = 0.0
    for i in range(3):
        s += 0.1 * np.sum(2.0 * (x - y) * np.tanh(2.0 * (x - y)))
        x = np.sin(x) + (x - y) * s
    return s
"""
R = np.random.default_rng(4)
CASES: dict[str, tuple[Any, ...]] = {
    "normalised": (R.normal(size=(3, 4)), R.normal(size=4)),
    "overwritten": (R.normal(size=3), R.normal(size=3)),
    "not_named": (R.normal(size=3), R.normal(size=3)),
    "in_a_loop": (R.normal(size=3), R.normal(size=3)),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    hold(SOURCE, name, (0,) if name == "not_named" else (0, 1), CASES[name])


def _forward(name: str, wrt: tuple[int, ...]) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, wrt)])
    return piece.text.split("# forward")[1].split("# reverse")[0]


def test_what_the_reverse_sweep_names_is_computed_once() -> None:
    forward = _forward("normalised", (0, 1))
    assert forward.count("x - mean") == 1
    assert "y_ratio = x_diff / y_sqrt" in forward


EQUAL_PARTS = """
import numpy as np


def stretched(u: Float[np.ndarray, "n"], h: float) -> float:
    w = (u[2:] - u[:-2]) / h * 3.0 - ((u[2:] - u[:-2]) / h) ** 2 + np.exp(u[1:-1])
    return np.sum(w**2)


def asked(u: Float[np.ndarray, "n"], h: float) -> float:
    return np.sum(np.where(np.abs(u) < h, 0.5 * u**2, np.abs(u) - 0.5))


def multiples(u: Float[np.ndarray, "n"], h: float) -> float:
    return np.sum(np.sin((u[2:] - 2.0 * u[1:-1]) * h + (u[:-2] - 2.0 * u[1:-1])))


def in_turns(u: Float[np.ndarray, "n"], h: float) -> float:
    s = 0.0
    for k in range(2):
        s += np.sum((u[:-1] * h) ** 2 - u[:-1] * h * (u[:-1] * h) ** 2)
    return s


def filled(u: Float[np.ndarray, "n"], h: float) -> float:
    w = np.where(u > 0.0, u, np.nan)
    return np.sum(np.nan_to_num(w) ** 2 * h + np.exp(np.nan_to_num(w, nan=2.0) * h))


def written_between(u: Float[np.ndarray, "n"], h: float) -> float:
    s = np.sum((u[1:] * u[:-1]) ** 2 * h)
    u[1] = s
    return s + np.sum((u[1:] * u[:-1]) ** 3 + u[1:] * u[:-1])


def chosen(u: Float[np.ndarray, "n"], h: float) -> float:
    for k in range(2):
        if h > 0.5:
            u = np.sin(u * h) + (u * h) ** 2 * np.sin(u * h)
        else:
            u = np.cos(u * u) * (u * u)
    return np.sum(u)
"""


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("name", ["stretched", "asked", "multiples", "in_turns", "filled", "written_between", "chosen"])
def test_equal_parts_of_a_statement(name: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    for h in (0.3, 0.8):
        hold(EQUAL_PARTS, name, (0, 1), (np.array([0.4, -0.7, 0.9, 0.2, -0.1]), h), target=target)


def test_equal_parts_of_a_statement_have_one_adjoint() -> None:
    (piece,) = differentiate(EQUAL_PARTS, "f.py", [Request("stretched", (0,))])
    assert (
        """\
    w_ratio_bar = -2 * w_ratio * w_bar
    w_ratio_bar += 3.0 * w_bar
    w_diff_bar = w_ratio_bar / h
    u_bar[:-2] -= w_diff_bar
    u_bar[2:] += w_diff_bar
    return"""
        in piece.text
    )


def test_what_is_overwritten_in_between_is_computed_again() -> None:
    assert _forward("overwritten", (0, 1)).count("x - y") == 2


def test_what_needs_no_variable_stays_as_the_author_wrote_it() -> None:
    assert _forward("not_named", (0,)).count("(k - 1.0)") == 2


TIES = """
import numpy as np


def f(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.maximum(np.sin(a), b * a) ** 2)
"""


def test_a_tie_is_asked_once() -> None:
    (piece,) = differentiate(TIES, "f.py", [Request("f", (0, 1), "adjoint")])
    assert piece.text.count(" == b_product") == 1, piece.text
    assert piece.text.count("np.where(") == 4, piece.text  # both products with ``b * a`` are masked, each
    (piece,) = differentiate(TIES, "f.py", [Request("f", (0, 1), "tangent")])
    assert piece.text.count("ties = ") == piece.text.count(" == b_product") == 1, piece.text
    hold(TIES, "f", (0, 1), (np.array([0.5, 1.0, 2.0]), np.array([0.3, 2.0, -1.0])))


AGAIN = """
import numpy as np


def again(z: Float[np.ndarray, "p n"], v: Float[np.ndarray, "p"], c: float) -> float:
    s = c * v
    for t in range(z.shape[1]):
        w = np.sqrt(c * v) * z[:, t]
        s = s + np.sqrt(c * v) * z[:, t]
        v = v + w * v * z[:, t]
    return np.sum(s)


def written(z: Float[np.ndarray, "p n"], v: Float[np.ndarray, "p"], c: float) -> float:
    s = c * v
    z = z.copy()
    for t in range(z.shape[1]):
        w = np.exp(c * z[:, t]) * v
        z[0, t] = w[1] * s[0]
        s = s + np.exp(c * z[:, t]) * v * w
        v = v * w * z[:, t]
        z[:, t] = np.exp(c * z[:, t]) * s
    return np.sum(s * z[:, 0]) + np.sum(z * z)


def stencil(z: Float[np.ndarray, "p n"], v: Float[np.ndarray, "p"], c: float) -> float:
    s = 0.0
    for t in range(z.shape[1]):
        d = (v[2:] - 2 * v[1:-1] + v[:-2]) * c
        e = v[1:-1] * (v[2:] - v[:-2]) * z[1:-1, t]
        v = v * c
        s += np.sum(d * e)
    return s
"""
Z = np.random.default_rng(4).uniform(0.2, 0.6, (4, 3))


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("name", ["again", "written", "stencil"])
def test_what_the_reverse_sweep_computes_again(name: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    hold(AGAIN, name, (0, 1, 2), (Z, Z[:, 0] + 0.5, 0.7), target=target)


def test_what_takes_long_is_computed_again_once() -> None:
    (piece,) = differentiate(AGAIN, "f.py", [Request("again", (1, 2))])
    reverse = [line for line in piece.text.split("# reverse\n")[1].splitlines() if not line.strip().startswith("#")]
    code = "\n".join(reverse)
    assert code.count("np.sqrt(") == code.count("z[:, t]") == 1, code


def test_the_parts_of_a_stencil_stay_where_they_are_read() -> None:
    (piece,) = differentiate(AGAIN, "f.py", [Request("stencil", (2,))])
    assert "v[2:] - 2 * v[1:-1] + v[:-2]" in piece.text.split("# reverse\n")[1]
