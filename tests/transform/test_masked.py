"""A mask that every use puts again is not put; what a branch that was not taken makes infinite still adds nothing."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = """
import numpy as np


def normed(X: Float[np.ndarray, "m n"], g: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"]) -> float:
    s = np.sqrt(np.mean(X**2, axis=0))
    return np.sum(np.maximum(g * X / s + b, 0.0) ** 2)


def guarded(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"], s: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.where(x > 0, w * np.sqrt(x) / s, 0.0))


def named(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"], s: Float[np.ndarray, "n"]) -> float:
    r = x / s
    return np.sum(np.where(x > 0, w * r, 0.0))


def beside(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"], s: Float[np.ndarray, "n"]) -> float:
    q = np.where(x > 0, w / s + x, 0.0)
    return np.sum(q**2)
"""
X = np.sin(np.arange(1.0, 13.0)).reshape(4, 3)
G, B = np.array([1.0, -0.5, 2.0]), np.array([0.1, 0.3, -0.2])


def _text(name: str) -> str:
    (piece,) = differentiate(PROGRAMS, "f.py", [Request(name, (0, 1, 2), "adjoint")])
    return piece.text


def test_what_is_masked_at_each_use_is_not_masked_before() -> None:
    text = _text("normed")
    assert "g_product_bar = normed_sum_bar / s\n" in text, text
    assert text.count("np.where(") == 4
    hold(PROGRAMS, "normed", (0, 1, 2), (X, G, B))


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("name", ["guarded", "named", "beside"])
def test_what_was_not_taken_adds_nothing(name: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":  # what is generated for it, run by Python
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    (piece,) = differentiate(PROGRAMS, "f.py", [Request(name, (0, 1, 2), "both", None, target)])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\n" + PROGRAMS, module)
    exec(
        "from __future__ import annotations\n" + "\n".join([*piece.needs, piece.text, *piece.helpers.values()]), module
    )
    x, w, s = np.array([0.7, 0.0, -1.0, 0.3]), np.array([0.4, 0.5, np.inf, 0.6]), np.array([2.0, 0.0, 1.0, 3.0])
    taken = np.array([0, 3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, bars = module[f"{name}_adjoint"](x, w, s)
        _, dot = module[f"{name}_tangent"](x, w, s, *[np.ones(4)] * 3)
    _, wanted = module[f"{name}_adjoint"](x[taken], w[taken], s[taken])
    for bar, part in zip(bars, wanted, strict=True):
        assert np.array_equal(bar[[1, 2]], np.zeros(2))
        assert np.allclose(bar[taken], part)
    assert np.isclose(dot, sum(map(np.sum, wanted)))
    hold(PROGRAMS, name, (0, 1, 2), (x[taken], w[taken], s[taken]))


STOPPED = """
import numpy as np


def stopped(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"], rate: float, turns: int) -> float:
    cash = x
    for _ in range(turns):
        cash = cash * rate
        cash = np.where(w > cash, w, cash)
    return np.sum(cash**2)
"""


def test_what_has_a_name_is_masked_once() -> None:
    (piece,) = differentiate(STOPPED, "f.py", [Request("stopped", (0,), "adjoint")])
    assert piece.text.split("# reverse")[1].count("np.where(") == 1, piece.text
    args = (np.array([0.7, 0.2, 1.0]), np.array([0.5, 0.6, 0.3]), 0.9, 4)
    hold(STOPPED, "stopped", (0, 1, 2), args)


AMERICAN = """
import numpy as np


def exercised(s: Float[np.ndarray, "t p"], strike: float) -> float:
    cash = np.maximum(strike - s[-1], 0.0)
    for t in range(len(s) - 2, -1, -1):
        cash = cash * 0.9
        hold = 0.9 * cash[::-1]
        gain = np.maximum(strike - s[t], 0.0)
        cash = np.where((gain > hold) & (gain > 0.0), gain, cash)
    return np.mean(cash)
"""
PATHS = np.array([[0.7, 1.3, 0.4, 1.1], [0.8, 0.5, 0.6, 1.2], [0.3, 0.9, 1.4, 0.2]])


def test_a_mask_that_implies_another_is_the_only_one_and_is_what_is_saved() -> None:
    (piece,) = differentiate(AMERICAN, "f.py", [Request("exercised", (0, 1))])
    turn = piece.text.split("# reverse\n")[1].split("    # cash = np.maximum")[0]
    assert "strike - s[t] >" not in turn and turn.count("_saved.pop()") == 1


def test_its_derivative(target: Target) -> None:
    hold(AMERICAN, "exercised", (0, 1), (PATHS, 1.0), target=target)
