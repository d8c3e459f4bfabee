"""Where what a root takes is held at zero, nothing comes of its infinite slope, nor of what it is multiplied by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\n"
NUMBERS = {
    "a factor": "    v = max(x, 0.0)\n    return math.sqrt(v * k) * 2.0 + v + k\n",
    "a factor before": "    v = k * k * max(x, 0.0)\n    return k * math.sqrt(v)\n",
    "a number less": "    v = -(k * min(x, 0.0))\n    return k + math.sqrt(v)\n",
    "an absolute value": "    v = min(x, 0.0)\n    return k * math.sqrt(abs(v)) + v\n",
    "an absolute value alone": "    return k * math.sqrt(abs(min(x, 0.0)))\n",
    "a root shared": "    v = max(x, 0.0) * k\n    return k * math.sqrt(v) + k * x * math.sqrt(v)\n",
    "a branch": "    s = x\n    if s < 0.0:\n        s = 0.0\n    return k * math.sqrt(s)\n",
    "a branch and a factor": "    s = x\n    if s < 0.0:\n        s = 0.0\n    return math.sqrt(s * k)\n",
    "a choice": "    s = x if x > 0.0 else 0.0\n    return k * math.sqrt(s)\n",
    "a choice of another": "    s = 1.0 if x > 1.0 else x\n    return k * math.acos(s)\n",
    "a power": "    s = 0.0\n    if x > 0.0:\n        s = x\n    return k * s**0.5\n",
}


HELD = {"a number less": 0.7, "an absolute value": 0.7, "an absolute value alone": 0.7, "a choice of another": 1.3}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_held(name: str, target: Target) -> None:
    source = f"{HEAD}def f(x: float, k: float) -> float:\n{NUMBERS[name]}"
    held = HELD.get(name, -0.7)
    hold(source, "f", (0, 1), (held, 0.6), target=target)
    hold(source, "f", (0, 1), (0.7 if held != 0.7 else -0.7, 0.6), target=target)


@pytest.mark.parametrize("name", ["a factor", "a branch and a factor"])
def test_only_what_is_held_adds_nothing(name: str) -> None:
    """At ``k = 0`` the root has an infinite slope that counts: it raises, and is not zero."""
    source = f"{HEAD}def f(x: float, k: float) -> float:\n{NUMBERS[name]}"
    with pytest.raises(ZeroDivisionError):
        adjoint(source, 0.7, 0.0)


def test_a_bound_other_than_zero_holds_no_product() -> None:
    source = f"{HEAD}def f(x: float, k: float) -> float:\n    return math.sqrt(max(x, 0.5) * k)\n"
    hold(source, "f", (0, 1), (0.2, 0.6))
    assert adjoint(source, 0.2, 0.6)[1][1] == pytest.approx(0.5 * math.sqrt(0.5 / 0.6))


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_the_elements_of_an_array_that_are_held() -> None:
    body = "    v = np.maximum(x, 0.0)\n    return np.sum(np.sqrt(v * k) * v + np.sqrt(v * k))\n"
    source = f'{HEAD}def f(x: Float[np.ndarray, "n"], k: float) -> float:\n{body}'
    hold(source, "f", (0, 1), (np.array([0.3, -0.4, 1.2]), 0.6))


def test_a_variance_that_is_truncated() -> None:
    """Heston's model, full truncation: the variance of the last turns is below zero."""
    source = f"""{HEAD}def f(v0: float, xi: float, dt: float, z: Float[np.ndarray, "n"]) -> float:
    s, v = 1.0, v0
    for t in range(len(z)):
        vp = max(v, 0.0)
        s = s * math.exp(-0.5 * vp * dt + math.sqrt(vp * dt) * z[t])
        v = v + (0.04 - vp) * dt + xi * math.sqrt(vp * dt) * z[t]
    return s
"""
    args = (0.04, 0.9, 0.1, np.array([-0.9, 0.4, -1.3, 1.1, 0.2]))
    hold(source, "f", (0, 1, 2), args)
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1, 2), "adjoint")])
    assert "s_choice = 0.5 / s_sqrt if v > 0.0 else 0.0\n" in piece.text, piece.text


def adjoint(source: str, *args: Any) -> Any:
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), "adjoint")])
    module: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{HEAD}{piece.text}", module)
    return module["f_adjoint"](*args)
