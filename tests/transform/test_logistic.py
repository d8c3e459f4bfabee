"""The derivative of ``1 / (1 + exp(-x))`` is written with the value, and has a value where the exponential has none."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\n"
ARRAYS = HEAD + "def f(x: \"Float[np.ndarray, 'n']\", w: float) -> float:\n    "
NUMBERS = HEAD + "def f(x: float, w: float) -> float:\n    "


@pytest.mark.parametrize(
    ("body", "slope"),
    [
        ("p = 1.0 / (1.0 + np.exp(-w * x))\n    return np.sum(p * x)", "p * (1.0 - p)"),
        ("p = 1 / (np.exp(w - x) + 1)\n    return np.sum(p * p)", "(1.0 - p)"),
        ("e = np.exp(x)\n    s = 1.0 + e\n    p = 1.0 / s\n    return np.sum(p * w)", ""),
        ("return np.sum(x / (1.0 + np.exp(-w * x)))", ""),
        ("return np.sum(1.0 / (2.0 + np.exp(-w * x)))", ""),
        ("e = np.exp(-w * x)\n    return np.sum(e / (1.0 + e))", ""),
    ],
)
def test_of_arrays(body: str, slope: str) -> None:
    (piece,) = differentiate(ARRAYS + body, "f.py", [Request("f", (0, 1), "both")])
    assert (" - p)" in piece.text) == bool(slope)
    assert slope in piece.text.split("# reverse")[1].split("\ndef ")[0]
    hold(ARRAYS + body, "f", (0, 1), (np.array([-2.0, 0.3, 1.7]), 0.8))


@pytest.mark.parametrize(
    "body", ["p = 1.0 / (1.0 + math.exp(-w * x))\n    return p * x * p", "return 1 / (1 + math.exp(w * x))"]
)
def test_of_numbers(body: str) -> None:
    hold(NUMBERS + body, "f", (0, 1), (0.7, 0.8))


def test_that_it_has_a_value_where_the_exponential_overflows() -> None:
    (piece,) = differentiate(
        ARRAYS + "return np.sum(1.0 / (1.0 + np.exp(-w * x)))", "f.py", [Request("f", (0,), "both")]
    )
    module: dict[str, object] = {"np": np}
    exec("from __future__ import annotations\n" + piece.text, module)
    x = np.array([-1000.0, 0.0, 1000.0])
    with np.errstate(over="ignore"):
        _, x_bar = module["f_adjoint"](x, 1.0)  # type: ignore[operator]
        _, dot = module["f_tangent"](x, 1.0, np.ones(3))  # type: ignore[operator]
    assert list(x_bar) == [0.0, 0.25, 0.0]
    assert dot == 0.25
