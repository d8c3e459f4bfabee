"""One loop for both sweeps where turns are independent; held to differences, and two loops where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math
import numpy as np
import sct


def fit(a: float, y: "float[:]") -> float:
    s = 0.0
    for i in range(len(y)):
        z = math.exp(-a * i) - y[i]
        s += z * z
    return s / len(y)


def pairs(x: "float[:]", n: int) -> float:
    e = 0.0
    for i in range(n):
        for j in range(i):
            d = x[i] - x[j]
            if d > 0.1:
                r = math.sqrt(d * d)
                e += 1.0 / r**6
            elif d > -0.5:
                e += d * d
    return 0.5 * e


def two(a: float, x: "float[:]") -> float:
    s = a * a
    for i in range(len(x)):
        s += math.tanh(a * x[i])
    t = 0.0
    for i in range(1, len(x)):
        t -= math.exp(-a * x[i] * x[i - 1])
    return s + 2.0 * t + x[0] * math.sin(a)


def recurrence(x: "float[:]", a: float, n: int) -> float:
    s = 0.0
    for i in range(len(x)):
        y = x[i]
        for _ in range(n):
            y = math.sin(a * y) + 0.1 * y
        s += y * y
    return s


def filled(x: "float[:, :]", c: float) -> float:
    e = 0.0
    for i in range(len(x)):
        r = np.zeros(3)
        for k in range(3):
            r[k] = x[i, k] ** 2 * c
        r[0] *= r[1]
        e += math.sqrt(1.0 + r[0] * r[0] + r[2])
    return e


def later(x: "float[:]", c: float) -> float:
    u = np.zeros(len(x))
    for i in range(len(x)):
        u[i] = math.sin(c * x[i])
    s = 0.0
    for i in range(1, len(x)):
        d = u[i] - u[i - 1]
        s += d * d
    return s + u[0]


def before(x: "float[:]", c: float) -> float:
    s = 0.0
    g = c * x[0]
    for i in range(len(x)):
        s += math.exp(g * x[i])
    x[0] = 3.0
    return s + x[0] * g


def early(x: "float[:]", c: float) -> float:
    if len(x) == 0:
        return 0.0
    s = 0.0
    for i in range(len(x)):
        d = x[i] - c
        s += d * d
    return 0.5 * s / (len(x) - 1) + c**2


def logarithm(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(len(x)):
        s += math.exp(a * x[i])
    return math.log(s)


def linear(x: "float[:]", w: "float[:]") -> float:
    s = 0.0
    for i in range(len(x)):
        s += w[i] * x[i]
    return s


def stopped(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(len(x)):
        if x[i] > 1.0:
            break
        s += math.exp(a * x[i])
    return s


def carried(x: "float[:]", a: float) -> float:
    s, m = 0.0, a
    for i in range(len(x)):
        m = math.sin(m * x[i])
        s += m
    return s


def overwritten(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(1, len(x)):
        s += math.exp(a * x[i])
        x[i - 1] = a * x[i]
    return s + x[0]


def checked(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(len(x)):
        assert x[i] < 5.0
        s += math.exp(a * x[i])
    return s


def watched(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(len(x)):
        z = math.exp(a * x[i])
        with sct.adjoint_of(z) as z_bar:
            z_bar = z_bar * 1.0
        s += z
    return s


def of_the_sum(x: "float[:]", a: float) -> float:
    s = 0.0
    for i in range(len(x)):
        s += math.exp(a * x[i]) + 0.1 * s * x[i]
    return s
"""
X = np.array([0.4, 0.3, 1.3, -0.7, 0.9])
TOGETHER: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "fit": ((0, 1), (0.3, X)),
    "pairs": ((0,), (X, 5)),
    "two": ((0, 1), (0.3, X)),
    "recurrence": ((0, 1), (X, 0.7, 4)),
    "early": ((0, 1), (X, 0.4)),
    "filled": ((0, 1), (np.arange(1.0, 13.0).reshape(4, 3) / 7, 0.7)),
}
PARTLY = {"later": ((0, 1), (X, 0.4))}
APART: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "logarithm": ((0, 1), (X, 0.4)),
    "before": ((0, 1), (X, 0.4)),
    "linear": ((0, 1), (X, X + 1)),
    "stopped": ((0, 1), (X, 0.4)),
    "carried": ((0, 1), (X, 0.4)),
    "overwritten": ((0, 1), (X, 0.4)),
    "checked": ((0, 1), (X, 0.4)),
    "of_the_sum": ((0, 1), (X, 0.4)),
}
ALL = TOGETHER | APART | PARTLY


def adjoint(name: str, mode: Any = "adjoint") -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1) if name == "watched" else ALL[name][0], mode)])
    text = piece.text[piece.text.index(f"def {name}_") :]
    return text.partition(f"\n\n\ndef {name}_grad")[0]


@pytest.mark.parametrize("name", ALL)
def test_derivatives(name: str, target: Target) -> None:
    wrt, args = ALL[name]
    hold(SOURCE, name, wrt, args, target=target)


@pytest.mark.parametrize("name", ["fit", "two", "recurrence", "stopped"])
def test_no_turns(name: str, target: Target) -> None:
    wrt, args = ALL[name]
    if name == "fit":
        wrt, args = (0,), (0.3, X[:1])
    hold(SOURCE, name, wrt, tuple(X[:1] if arg is X else arg for arg in args), target=target)


@pytest.mark.parametrize("name", [*ALL, "watched"])
def test_which(name: str) -> None:
    """A loop that is apart is there twice, the second time backwards."""
    loops = adjoint(name).count("\n    for ") + adjoint(name).count("\n        for i in")
    primal = SOURCE.partition(f"def {name}(")[2].partition("def ")[0]
    assert loops == primal.count("\n    for ") + primal.count("\n        for i in") + (name not in TOGETHER)


def test_the_text() -> None:
    assert (
        adjoint("pairs").partition("# forward\n")[2]
        == """\
    e = 0.0
    # return 0.5 * e
    e_bar = 0.5 * pairs_bar
    x_bar = np.zeros_like(x)
    for i in range(n):
        for j in range(i):
            d = x[i] - x[j]
            if d > 0.1:
                r = math.sqrt(d * d)
                e_ratio = 1.0 / r**6
                e += e_ratio

                # reverse
                # r = math.sqrt(d * d)
                d_bar = -6.0 * d * e_ratio * e_bar / (r * r)
            elif d > -0.5:
                e += d * d

                # reverse
                # e += d * d
                d_bar = 2.0 * d * e_bar
            else:
                d_bar = 0.0

            # reverse
            # d = x[i] - x[j]
            x_bar[j] -= d_bar
            x_bar[i] += d_bar
    pairs_value = 0.5 * e
    return pairs_value, x_bar"""
    )


def test_sums_that_share_an_adjoint_add_to_it_one_behind_the_other() -> None:
    text = adjoint("two")
    assert text.count("x_bar = ") == 1
    assert "range(len(x) - 1" not in text


def test_a_turn_has_tapes_of_its_own() -> None:
    assert "        y_saved = []\n        for _ in range(n):\n            y_saved.append(y)\n" in adjoint("recurrence")


def test_two_functions_have_two_loops() -> None:
    text = adjoint("fit", "pullback")
    assert text.count(" for ") == 2
    assert "\n    for i in range(len(y) - 1, -1, -1):" in text


def test_the_gradient_alone_has_the_reverse_loop() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("fit", (0,), "adjoint")])
    assert "range(len(y) - 1, -1, -1)" in piece.text[piece.text.index("def fit_grad") :]
    (piece,) = differentiate(SOURCE, "f.py", [Request("recurrence", (0,), "adjoint")])
    assert piece.text.endswith("return recurrence_adjoint(x, a, n)[1]")


def test_second_derivatives() -> None:
    def potential(x: Any, c: float) -> float:
        e = 0.0
        for i in range(len(x)):
            for j in range(i):
                d = x[i] - x[j]
                e += np.exp(-c * d * d)
        return 0.5 * e

    hessian = sct.hessian(potential)(X, 0.7)
    gradient = sct.grad(potential)
    step = 1e-6
    columns = [(gradient(X + step * e, 0.7) - gradient(X - step * e, 0.7)) / (2 * step) for e in np.eye(len(X))]
    assert np.allclose(hessian, columns, atol=1e-8)
    assert np.allclose(sct.hvp(lambda x: potential(x, 0.7), X, np.ones(5)), hessian @ np.ones(5))
