"""What one condition masks is computed in a branch of it, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math

import numpy as np


def put(s: float, k: float, r: float, n: int) -> float:
    total = 0.0
    for j in range(n):
        total += max(k - s * math.exp(r * j) * r**j, 0.0)
    return total


def svm(w: Float[np.ndarray, "n"], X: Float[np.ndarray, "m n"], y: Float[np.ndarray, "m"]) -> float:
    loss = 0.5 * (w @ w)
    for i in range(len(y)):
        loss += max(0.0, 1.0 - y[i] * (X[i] @ w))
    return loss


def nested(x: float, y: float, n: int) -> float:
    total = 0.0
    for j in range(n):
        z = x * j
        total += math.sqrt(z - 2.0) * y if z > 2.0 else 0.0
        total += max(min(x * y, 3.0), 0.5 * j)
        x = x + 0.1 * max(y - z, 0.0) ** 2
    return total


def stencil(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], a: float) -> float:
    for i in range(1, len(u)):
        u[i] = max(a * u[i - 1] * v[i], 0.0) + abs(v[i] - a)
    return u[-1]


def handed_on(x: float, y: float) -> float:
    return max(0.0, 1.0 - y * x)


def perceptron(w: Float[np.ndarray, "n"], X: Float[np.ndarray, "m n"]) -> float:
    loss = 0.0
    for i in range(len(X)):
        loss += max(0.0, 1.0 - X[i] @ w)
    return loss


def overwritten(u: Float[np.ndarray, "n"], x: float) -> float:
    total = 0.0
    for i in range(len(u)):
        total += max(x * u[i] * u[i], 0.1)
        u[i] = 0.3 * x * u[i]
        total += min(u[i] * x, 0.2)
    return total


def rooted(v: float, a: float, n: int) -> float:
    for j in range(n):
        above = max(v, 0.0)
        v = v + a * (0.5 - above) - 0.7 * math.sqrt(above)
    return v


def controlled(x: float, k: float, n: int) -> float:
    u = 0.0
    for j in range(n):
        last = u
        u = max(-0.6, min(0.8, k * x + 0.1 * last))
        x = x - u * k
    return x


def of_two_sizes(x: Float[np.ndarray, "n"], z: Float[np.ndarray, "m"], k: int) -> float:
    return np.sum(cut(x, k) * z)


def cut(x, k):
    if k > 2:
        return x[:k] ** 2
    return x[:1]
"""
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(5, 3)), np.array([1.0, -1.0, 1.0, 1.0, -1.0])
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "put": ((0, 2), (0.4, 1.1, 0.3, 4)),
    "svm": ((0, 1), (RNG.normal(size=3), X, Y)),
    "perceptron": ((0,), (RNG.normal(size=3), X)),
    "nested": ((0, 1), (0.9, 1.3, 6)),
    "stencil": ((0, 1, 2), (RNG.uniform(0.5, 1.5, 6), RNG.normal(size=6), 0.8)),
    "handed_on": ((0, 1), (0.3, 0.7)),
    "overwritten": ((0, 1), (RNG.normal(size=6), 0.7)),
    "rooted": ((0, 1), (0.3, 0.4, 4)),  # below 0 in every other turn, where the slope of the root of 0 is infinite
    "controlled": ((0, 1), (1.7, 0.9, 5)),
    "of_two_sizes": ((0, 1), (RNG.normal(size=5), RNG.normal(size=3), 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str, target: Target) -> None:
    wrt, args = CASES[name]
    hold(SOURCE, name, wrt, args, target=target)


def _reverse(name: str) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, CASES[name][0])])
    return piece.text.split("# reverse")[1].split("\n\n")[0]


def test_additions_are_in_one_branch() -> None:
    reverse = _reverse("svm")
    assert reverse.count("if loss_diff > 0.0:") == 1
    assert "else" not in reverse


def test_an_array_that_is_masked_alone_is_in_a_branch() -> None:
    reverse = _reverse("perceptron")
    assert "np.where" not in reverse
    assert reverse.count(" > 0.0:\n            w_bar -= ") == 1


def test_a_branch_has_both_conditions() -> None:
    reverse = _reverse("nested")
    assert reverse.count("        if total_minimum < 3.0 and total_minimum > 0.5 * j:\n") == 1


def test_what_the_branch_alone_needs_is_computed_there() -> None:
    assert "        if z > 2.0:\n            total_sqrt = math.sqrt(z - 2.0)\n" in _reverse("nested")


def test_a_statement_is_quoted_once() -> None:
    assert all(_reverse(name).count("# total +=") == n for name, n in (("put", 1), ("nested", 2)))


def test_zeros_that_are_handed_on_alone_stay_expressions() -> None:
    (piece,) = differentiate(CLIPPED, "f.py", [Request("distance", (0, 1))])
    reverse = piece.text.split("# reverse")[1]
    assert reverse.count(" if length > 0 else 0.0") == 2


def test_what_is_infinite_in_the_other_branch_is_not_computed() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("nested", (0, 1))])
    names: dict[str, Any] = {}
    exec("import math\n" + piece.text, names)
    value, bars = names["nested_adjoint"](2.0, 1.0, 2)  # z is 2, where the root is steep
    assert np.isfinite([value, *bars]).all()


def test_what_might_raise_is_computed_in_a_branch() -> None:
    reverse = _reverse("rooted")
    assert "        if v > 0.0:\n" in reverse and " else 0.0" not in reverse, reverse


def test_what_is_added_is_in_a_branch_beside_what_is_handed_on() -> None:
    reverse = _reverse("controlled")
    branch = ["if u < 0.8 and u > -0.6:", "    u_sum_bar = u_bar", "    k_bar += x * u_sum_bar"]
    assert "\n        ".join(branch) in reverse, reverse


def test_what_an_addition_begins_with_is_no_masked_zero() -> None:
    text = """
import math
import numpy as np


def f(u: Float[np.ndarray, "n"]) -> float:
    for e in u:
        u[0] = np.clip(math.sin(e) + e, 0.3, 1.26)
    return np.sum(u * u)
"""
    hold(text, "f", (0,), (np.array([0.2, 0.4, 0.9]),))


CLIPPED = """
import math

import numpy as np


def clipped(w: float, x: float, b: float, n: int) -> float:
    y = 0.0
    for j in range(n):
        z = w * x + b * j
        c = min(max(z, -0.5), 1.5)
        y += c * w
        x = np.clip(w * x + y, -1.0, 1.0) + 0.1 * j
    return y * x


def handed(w: float, x: float) -> float:
    z = w * x
    y = max(z, 0.0)
    return y * w


def overflows(x: float) -> float:
    y = np.exp(x)
    return min(y, 1.0) * x


def distance(x: float, y: float) -> float:
    length = math.hypot(x, y)
    return length * length * length


def negative(w: float, x: float, y: float) -> float:
    z = w * x - y
    a = y if z < 0.0 else z * w
    return a * max(-z, 0.0) * min(x, y, 2.0)
"""


@pytest.mark.parametrize("target", ["python", "numba"])
def test_what_a_clipped_number_is_made_of_is_one_branch(target: Target) -> None:
    (piece,) = differentiate(CLIPPED, "f.py", [Request("clipped", (0, 1, 2), target=target)])
    reverse = piece.text.split("# reverse")[1]
    assert "if z > -0.5 and " in reverse and "if -1.0 < x_sum < 1.0:" in reverse
    assert " if g " not in reverse and "g = " not in reverse, "no condition is asked again"


def test_what_a_branch_hands_on_is_zero_otherwise() -> None:
    (piece,) = differentiate(CLIPPED, "f.py", [Request("handed", (0, 1))])
    lines = [
        "if z > 0.0:",
        "# z = w * x",
        "w_bar += x * y_bar",
        "x_bar = w * y_bar",
        "else:",
        "x_bar = 0.0",
    ]
    reverse = [line.strip() for line in piece.text.split("# reverse")[1].splitlines()]
    start = reverse.index(lines[0])
    assert sorted(reverse[start : start + len(lines)]) == sorted(lines)


@pytest.mark.parametrize("name", ["clipped", "handed", "negative"])
@pytest.mark.parametrize("seed", range(6))
def test_clipped_numbers_are_right(name: str, seed: int) -> None:
    args: tuple[Any, ...] = tuple(np.random.default_rng(seed).normal(size=3))
    args = {"clipped": (*args, 4), "handed": args[:2], "negative": args}[name]
    hold(CLIPPED, name, tuple(k for k in range(len(args)) if k < 3), args)


def test_what_overflows_where_it_is_not_taken_has_no_derivative() -> None:
    with np.errstate(over="ignore"):
        scope: dict[str, Any] = {}
        (piece,) = differentiate(CLIPPED, "f.py", [Request("overflows", (0,))])
        exec(f"import numpy as np\n{piece.text}", scope)
        assert scope["overflows_adjoint"](1000.0)[1] == 1.0


CHOSEN = """
import math

import numpy as np


def exercised(values: "float[:]", p: float, strike: float, n: int) -> float:
    for step in range(n - 1, -1, -1):
        for j in range(step + 1):
            hold = 0.9 * (p * values[j + 1] + (1.0 - p) * values[j])
            exercise = strike - 1.1**j * p
            values[j] = max(hold, exercise)
    return values[0]


def fastest(u: "float[:]", h: "float[:]") -> float:
    total = 0.0
    for i in range(1, len(u)):
        c = max(abs(u[i - 1]) + math.sqrt(h[i - 1]), abs(u[i]) + math.sqrt(h[i]))
        total += c * c
    return total


def squared(x: float, y: float, n: int) -> float:
    s = 0.0
    for i in range(n):
        s = max(x * s + y, y * i - s * s)
    return s
"""
CHOICES: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "exercised": ((0, 1, 2), (RNG.uniform(0.5, 1.5, 7), 0.6, 1.4, 6)),
    "fastest": ((0, 1), (RNG.normal(size=6), RNG.uniform(0.5, 1.5, 6))),
    "squared": ((0, 1), (0.4, 0.7, 5)),
}


@pytest.mark.parametrize("name", CHOICES)
def test_derivatives_of_what_is_larger(name: str, target: Target) -> None:
    wrt, args = CHOICES[name]
    hold(CHOSEN, name, wrt, args, target=target)


def test_at_a_tie_both_have_half() -> None:
    hold(CHOSEN, "squared", (1,), (0.4, 0.0, 1))  # the slope of max(y, 0) is between 0 and 1
    (piece,) = differentiate(CHOSEN, "f.py", [Request("squared", (0, 1))])
    assert "0.5 *" in piece.text


def test_what_is_put_where_another_one_was_taken_is_zero_in_the_branch() -> None:
    (piece,) = differentiate(CHOSEN, "f.py", [Request("exercised", (0, 1, 2))])
    reverse = piece.text.split("# reverse")[1]
    assert "                values_bar[j] = 0.0\n            else:\n" in reverse
    assert reverse.count("hold < exercise") == 1 and reverse.count("if exercise >= hold:") == 1


def test_what_each_of_two_takes_is_in_one_branch() -> None:
    (piece,) = differentiate(CHOSEN, "f.py", [Request("fastest", (0, 1))])
    reverse = piece.text.split("# reverse")[1].split("def ")[0]
    assert "if c_sum_2 >= c_sum:" in reverse and "if not (c_sum < c_sum_2):" in reverse and "else:" not in reverse


def test_a_product_that_is_there_twice_is_doubled_under_its_mask() -> None:
    (piece,) = differentiate(CHOSEN, "f.py", [Request("squared", (0, 1))])
    assert "2.0 * s * " in piece.text and "s_bar_2 += s_bar_2" not in piece.text


def test_a_branch_stands_before_what_its_statement_hands_on() -> None:
    """The earlier ``peak``, and the adjoint that is handed on, need no variables of their own."""
    source = (
        'import math\nimport numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], k: float) -> float:\n'
        "    wealth = 1.0\n    peak = 1.0\n    worst = 0.0\n    for t in range(len(x)):\n"
        "        wealth *= 1.0 + x[t]\n        peak = max(peak, wealth)\n"
        "        worst = max(worst, 1.0 - wealth / peak)\n"
        "    return math.log(wealth) - k * worst\n"
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    reverse = piece.text.split("# reverse")[1]
    places = list(map(reverse.index, ("-= wealth_ratio * g", "worst_bar = (", "peak = peak_saved.pop()")))
    assert places == sorted(places)
    hold(source, "f", (0,), (np.array([0.1, -0.2, 0.15, -0.3]), 0.7))


_LENGTH = """
import math


def cost(x: float, y: float, a: float) -> float:
    s = x * y
    gap = math.hypot(x - a, y - a)
    if gap < 2.5:
        u = x * gap
        s += math.hypot(u, y - a) * u
    return s


def turns(x: float, y: float, a: float) -> float:
    s = 0.0
    for i in range(3):
        gap = math.hypot(x - 1.0, y - a)
        s += gap**2 * y
        x += 0.1 * y
        y -= a * x
    return s
"""


@pytest.mark.parametrize("name", ["cost", "turns"])
@pytest.mark.parametrize("args", [(0.9, 0.4, 0.3), (1.0, 1.0, 0.99), (3.0, 0.2, 0.7)])
def test_what_is_masked_by_equal_conditions(name: str, args: tuple[float, ...]) -> None:
    hold(_LENGTH, name, (0, 1, 2), args)


def test_equal_conditions_are_asked_once() -> None:
    (piece,) = differentiate(_LENGTH, "f.py", [Request("turns", (0, 1))])
    reverse = piece.text.split("# reverse")[1]
    assert (
        "        if gap > 0:\n            y_bar += y_diff / gap * gap_bar\n            x_bar += x_diff / gap" in reverse
    )
