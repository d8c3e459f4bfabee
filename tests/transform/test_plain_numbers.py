"""Loops of the reverse sweep compute with numbers of Python's; a division by zero stays what it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\n"
FIT = f"""{HEAD}def f(rate: float, start: float, data: Float[np.ndarray, "n"]) -> float:
    x, loss = start, 0.0
    for k in range(len(data)):
        for _ in range(4):
            growth = rate * x * (1.0 - x)
            x += 0.1 * growth
        loss += (x - data[k]) ** 2
    return loss
"""
VARIANCE = f"""{HEAD}def f(alpha: float, beta: float, r: Float[np.ndarray, "n"]) -> float:
    h, total = 0.5, 0.0
    for t in range(len(r)):
        total += math.log(h) + r[t] ** 2 / h
        h = 0.1 + alpha * r[t] ** 2 + beta * h
    return total
"""
CONTROL = f"""{HEAD}def f(gains: Float[np.ndarray, "2"], steps: int) -> float:
    x, v, cost = 1.0, 0.0, 0.0
    for _ in range(steps):
        u = gains[0] * x + gains[1] * v
        x += 0.1 * v
        v -= 0.1 * (u + x * x * x)
        cost += x * x + 0.1 * u * u
    return cost
"""
DATA = np.array([0.3, 0.1, 0.7])


def text(source: str, wrt: tuple[int, ...], target: Target = "python") -> str:
    (piece,) = differentiate(source, "f.py", [Request("f", wrt, "adjoint", None, target)])
    return piece.text


def adjoint(source: str, wrt: tuple[int, ...], *args: Any) -> Any:
    module: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{HEAD}{text(source, wrt)}", module)
    return module["f_adjoint"](*args)


def test_the_element_that_a_loss_reads_is_converted() -> None:
    assert "x_bar += 2.0 * (x - float(data[k])) * f_bar" in text(FIT, (0, 1))
    assert "float(" not in text(FIT, (0, 1), "numba")
    hold(FIT, "f", (0, 1), (0.7, 0.2, DATA))
    _, bars = adjoint(FIT, (0, 1), 0.7, 0.2, DATA)
    assert [type(bar) for bar in bars] == [float, float]


def test_what_is_saved_is_converted_before() -> None:
    assert "h_saved.append(float(h))\n" in text(VARIANCE, (0, 1))
    hold(VARIANCE, "f", (0, 1), (0.3, 0.6, DATA))


def test_what_the_reverse_loop_starts_from_is_converted_once() -> None:
    reverse = text(CONTROL, (0,)).split("# reverse")[1]
    assert "    x = float(x)\n" in reverse.split("for _")[0]
    hold(CONTROL, "f", (0,), (np.array([0.8, 0.5]), 5))


def test_nothing_is_converted_outside_of_loops() -> None:
    returned = "x * y * y * (a[0] - x * y) ** 2 * math.sin(x * a[1])"
    source = f'{HEAD}def f(x: float, y: float, a: Float[np.ndarray, "2"]) -> float:\n    return {returned}\n'
    assert "float(a" not in text(source, (0, 1, 2))


@pytest.mark.parametrize(
    ("function", "at_zero"), [("np.sqrt({})", math.inf), ("({}) ** 0.5", math.inf), ("np.arcsin(1.0 - {})", -math.inf)]
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_an_infinite_slope_is_infinite(function: str, at_zero: float) -> None:
    """With Python's numbers, it would raise."""
    source = f"""{HEAD}def f(a: Float[np.ndarray, "n"], c: float) -> float:
    total = 0.0
    for i in range(len(a)):
        r = {function.format("a[i]")}
        total += c * r * (1.0 + c * c * r) + math.sin(c * r) * c * r
    return total * total
"""
    _, (a_bar, _) = adjoint(source, (0, 1), np.array([0.25, 0.0]), 0.5)
    assert a_bar[1] == at_zero
    hold(source, "f", (0, 1), (np.array([0.25, 0.7]), 0.5))


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_ratio_that_is_not_used_may_be_infinite() -> None:
    source = f"""{HEAD}def f(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], c: float) -> float:
    total = 0.0
    for i in range(len(a)):
        r = c * a[i] / b[i]
        if r < 10.0:
            total += c * r * (1.0 + c * r) + math.sin(c * r)
    return total * total
"""
    hold(source, "f", (0, 2), (np.array([0.3, 0.2]), np.array([0.5, 0.0]), 0.7))


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_the_root_of_a_negative_number_is_not_complex() -> None:
    source = f"""{HEAD}def f(a: Float[np.ndarray, "n"], c: float) -> float:
    total = 0.0
    for i in range(len(a)):
        r = c * c * (a[i] - c * a[i] * c) ** 0.5
        total += c * r * (1.0 + c * c * r) + math.sin(c * r) * c * r
    return total * total
"""
    _, (a_bar, c_bar) = adjoint(source, (0, 1), np.array([-0.3]), 0.5)
    assert math.isnan(a_bar[0])
    assert math.isnan(c_bar)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_whichever_of_two_numbers_it_is() -> None:
    """The larger one is NumPy's only if both stay so."""
    source = f"""{HEAD}def f(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], c: float) -> float:
    total = 0.0
    for i in range(len(a)):
        r = max(a[i], b[i]) ** 0.5
        total += c * r + math.sin(c * a[i]) * c * a[i] * (1.0 + c * a[i]) * (2.0 - c * c * a[i])
    return total * total
"""
    b = np.array([-1.0, -1.0])
    _, (a_bar, _) = adjoint(source, (0, 2), np.array([0.25, 0.0]), b, 0.5)
    assert a_bar[1] == math.inf
    hold(source, "f", (0, 2), (np.array([0.25, 0.7]), b, 0.5))
