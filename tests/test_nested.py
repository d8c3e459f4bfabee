"""Derivatives in functions that are differentiated themselves, held to differences of a text with none in it.

Each case is a function ``f``, and the same function with the inner derivative worked out by hand.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.modules import load_module
from tests.refused import refused
from tests.trees import product, random_like
from tests.witness import along_differences

HEAD = "import math\nimport numpy as np\nimport sct\n\n\n"
V = np.array([0.3, 0.8, -0.4])

# name: (the function, what differs if the derivatives are worked out by hand, arguments)
CASES: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    # perturbation confusion: d/dx (x * d/dy (x + y)) is 1, and not 2
    "confusion": (
        "def f(x: float):\n    return x * sct.grad(lambda y: x + y)(1.0)\n",
        "def f(x: float):\n    return x * 1.0\n",
        (1.0,),
    ),
    "confusion, forward over forward": (
        "def f(x: float):\n"
        "    return x * sct.derivative(lambda y: x * y)(x) + sct.jvp(lambda y: x * y, (2.0,), (x,))[1]\n",
        "def f(x: float):\n    return 2 * x * x\n",
        (1.3,),
    ),
    "confusion, three deep": (
        "def f(x: float):\n"
        "    def inner(a):\n"
        "        def g(y):\n            return math.sin(a * y * x)\n\n"
        "        return a * sct.grad(g)(a + x)\n\n"
        "    return x * sct.grad(inner)(x)\n",
        "def f(x: float):\n"
        "    # a**2 * x * cos(a * (a + x) * x), with respect to a, at a = x\n"
        "    c, s = math.cos(2 * x**3), math.sin(2 * x**3)\n"
        "    return x * (2 * x * x * c - x**3 * s * (2 * x + x) * x)\n",
        (0.7,),
    ),
    "second derivatives": (
        "def lagrangian(q, v, m=1.5):\n    return 0.5 * m * v**2 * (1 + q**2) - math.cos(q)\n\n\n"
        "def f(q: float, v: float):\n"
        "    mass = sct.grad(sct.grad(lagrangian, wrt=1), wrt='v')(q, v)\n"
        "    mixed = sct.grad(sct.grad(lagrangian, wrt=1))(q, v, m=q)\n"
        "    return (sct.grad(lagrangian)(q, v) - mixed * v) / mass\n",
        "def f(q: float, v: float):\n"
        "    return (1.5 * v**2 * q + math.sin(q) - 2 * q**2 * v * v) / (1.5 * (1 + q**2))\n",
        (0.4, 0.9),
    ),
    "a third derivative of a nested function": (
        "def f(x: float, c: float):\n    def g(t):\n        return c * math.sin(t) + t**4\n\n"
        "    return sct.grad(sct.grad(sct.grad(g)))(x) * sct.grad(sct.grad(lambda t: c * t**3))(x)\n",
        "def f(x: float, c: float):\n    return (-c * math.cos(x) + 24 * x) * 6 * c * x\n",
        (0.4, 0.9),
    ),
    "a Hessian, and along a direction": (
        "def g(p):\n    return p[0] ** 2 * p[1] + math.sin(p[1])\n\n\n"
        'def f(x: Float[np.ndarray, "2"]):\n'
        "    return np.sum(sct.jacobian(sct.grad(g))(x) ** 2) + np.sum(sct.jvp(sct.grad(g), (x,), (x,))[1])\n",
        'def f(x: Float[np.ndarray, "2"]):\n'
        "    a, b, c = 2 * x[1], 2 * x[0], -math.sin(x[1])\n"
        "    return a**2 + 2 * b**2 + c**2 + a * x[0] + b * x[1] + b * x[0] + c * x[1]\n",
        (np.array([0.4, 0.9]),),
    ),
    "an optimisation": (
        "def loss(x: float, theta: float):\n    return (x - theta) ** 2 + 0.1 * x**4\n\n\n"
        "def f(theta: float, x: float, n: int):\n"
        "    for _ in range(n):\n        x = x - 0.1 * sct.grad(loss)(x, theta)\n"
        "    return x**2\n",
        "def f(theta: float, x: float, n: int):\n"
        "    for _ in range(n):\n        x = x - 0.1 * (2 * (x - theta) + 0.4 * x**3)\n"
        "    return x**2\n",
        (0.5, 2.0, 6),
    ),
    "names for derivatives": (
        "def loss(x: float, theta: float):\n    return (x - theta) ** 2\n\n\n"
        "slope_of_theta = sct.grad(loss, wrt='theta')\n\n\n"
        "def f(theta: float, x: float):\n"
        "    both = sct.value_and_grad(loss, wrt=(0, 1))\n"
        "    value, (a, b) = both(x, theta)\n"
        "    return value * a + b**2 + slope_of_theta(x, 3 * theta)\n",
        "def f(theta: float, x: float):\n"
        "    a = 2 * (x - theta)\n"
        "    return (x - theta) ** 2 * a + a**2 - 2 * (x - 3 * theta)\n",
        (0.5, 2.0),
    ),
    "in a callee, with a loop in the inner function": (
        "def power(y: float, n: int):\n"
        "    total = 1.0\n    for _ in range(n):\n        total = total * y\n    return total\n\n\n"
        "def step(x: float, c: float):\n"
        "    if x > 0:\n        return c * sct.grad(power)(x, 3)\n    return x\n\n\n"
        "def f(x: float):\n    return step(x, 2.0) + step(-x, 1.0) * step(2 * x, x)\n",
        "def f(x: float):\n    return 6 * x**2 - x * (x * 3 * (2 * x) ** 2)\n",
        (0.6,),
    ),
    "nested functions that call one another": (
        "def f(x: float):\n"
        "    c = 2 * x\n\n"
        "    def energy(y):\n        return scale(y) * y\n\n"
        "    def scale(t):\n        return math.exp(-t) * c\n\n"
        "    return sum([sct.grad(energy)(t + x) for t in (x, 1.0)])\n",
        "def f(x: float):\n    return sum([2 * x * math.exp(-y) * (1 - y) for y in (2 * x, 1.0 + x)])\n",
        (0.6,),
    ),
    "higher order": (
        "def f(x: float):\n    return sct.derivative(lambda t: t**4 * x, order=3)(x) * sct.grad(lambda t: t * t)(3)\n",
        "def f(x: float):\n    return 24 * x * x * 6\n",
        (0.4,),
    ),
    "arrays": (
        'def energy(x: Float[np.ndarray, "n"], A: Float[np.ndarray, "n n"]):\n'
        "    return 0.5 * x @ A @ x + np.sum(x**4)\n\n\n"
        'def f(A: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]):\n'
        "    for _ in range(3):\n        x = x - 0.05 * sct.grad(energy)(x, A)\n"
        "    return np.sum(x**2)\n",
        "def f(A, x):\n"
        "    for _ in range(3):\n        x = x - 0.05 * (0.5 * (A + A.T) @ x + 4 * x**3)\n"
        "    return np.sum(x**2)\n",
        (np.array([[2.0, 0.3, 0.1], [0.2, 1.0, 0.4], [0.0, -0.3, 0.7]]), V),
    ),
    "a Jacobian": (
        'def g(x: Float[np.ndarray, "n"], c: float):\n    return np.sin(c * x) * x[0]\n\n\n'
        'def f(x: Float[np.ndarray, "n"]):\n'
        "    slope = sct.jacobian(lambda y: np.sum(y * x**2))(2 * x)\n"
        "    return np.sum(sct.jacobian(g)(x, 0.7) ** 2) + slope @ slope\n",
        "def f(x):\n"
        "    J = np.diag(0.7 * np.cos(0.7 * x) * x[0])\n    J[:, 0] += np.sin(0.7 * x)\n"
        "    return np.sum(J**2) + np.sum(x**4)\n",
        (V,),
    ),
    "a column": (
        'def share(x: Float[np.ndarray, "m n"]):\n'
        "    s = np.sum(x, axis=1)[:, None]\n    return np.sum(x**2 / s)\n\n\n"
        'def f(x: Float[np.ndarray, "m n"]):\n    return np.sum(sct.grad(share)(x) ** 2)\n',
        "def f(x):\n"
        "    s, q = np.sum(x, axis=1, keepdims=True), np.sum(x**2, axis=1, keepdims=True)\n"
        "    return np.sum((2 * x / s - q / s**2) ** 2)\n",
        (np.array([[0.7, 1.2, 0.4], [1.1, 0.3, 0.9]]),),
    ),
    "sizes that are not told": (
        "def share(x: float[:, :], w: float[:]):\n"
        "    p = np.exp(x)\n    p = p / np.sum(p, axis=1)[:, None]\n"
        "    return np.sum(p**2 * w)\n\n\n"
        "def f(x: float[:, :], w: float[:]):\n    return np.sum(sct.grad(share)(x, w) ** 2)\n",
        "def f(x, w):\n"
        "    p = np.exp(x)\n    p = p / np.sum(p, axis=1, keepdims=True)\n    p_bar = 2 * p * w\n"
        "    return np.sum((p * (p_bar - np.sum(p * p_bar, axis=1, keepdims=True))) ** 2)\n",
        (np.array([[0.3, 0.8, -0.4], [1.0, 0.1, 0.2]]), np.array([0.7])),
    ),
}


def text_of(source: str, mode: Any = "both") -> str:
    (piece,) = differentiate(HEAD + source, "model.py", [Request("f", mode=mode)])
    assert "sct." not in piece.text
    return "\n".join(["import math", *piece.needs, "import numpy as np", piece.text, *piece.helpers.values()])


def namespace(text: str) -> dict[str, Any]:
    module = types.ModuleType("generated")
    exec("from __future__ import annotations\n" + text, vars(module))
    return vars(module)


@pytest.mark.parametrize("case", CASES)
def test_both_modes_agree_with_derivatives_by_hand(case: str) -> None:
    source, by_hand, args = CASES[case]
    module, reference = namespace(text_of(source)), namespace(HEAD + by_hand)["f"]
    (name, *_) = inspect.signature(reference).parameters
    direction = random_like(args[0], np.random.default_rng(3))
    expected, error = along_differences(reference, args, {0: direction})
    value, bar = module["f_adjoint"](*args)
    again, dot = module["f_tangent"](*args, **{f"{name}_dot": direction})
    assert value == pytest.approx(reference(*args), rel=1e-12)
    assert again == pytest.approx(value, rel=1e-12)
    assert product(bar, direction) == pytest.approx(expected, rel=1e-7, abs=10 * error)
    assert dot == pytest.approx(product(bar, direction), rel=1e-9)


def test_the_decorator_and_the_command(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    source, _, args = CASES["an optimisation"]
    path.write_text(HEAD + source.replace("def f(", "@sct.grad\ndef f("), encoding="utf-8")
    decorated = load_module(path).f
    found = decorated(*args)
    built = namespace(text_of(source, "adjoint"))
    assert found == built["f_grad"](*args)
    assert decorated.primal(*args) == pytest.approx(built["f"](*args), rel=1e-14)  # as it is, it calls sct.grad
    assert "loss_grad(x, theta)" in decorated.source


OTHER = """
import numpy as np


def scale(x):
    return np.sin(x) * x


def energy(x, c, power=2, *, shift=0.5):
    return scale(x * c) ** power + shift * x
"""


def test_functions_of_another_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "beside", raising=False)  # another test's
    (tmp_path / "beside.py").write_text(OTHER, encoding="utf-8")
    path = tmp_path / "model.py"
    text = (
        "import beside\nfrom beside import energy\n\n\n"
        "def f(x: float):\n"
        "    value, slope = sct.value_and_grad(beside.energy, wrt='c')(x, 2 * x, shift=x)\n"
        "    return value * sct.grad(energy)(x, 2.0, 3) + slope * sct.derivative(beside.scale)(x)\n"
    )
    path.write_text(HEAD + text, encoding="utf-8")
    module = load_module(path)
    up, down = module.f(0.7 + 1e-6), module.f(0.7 - 1e-6)  # as it is, it calls sct.grad
    assert sct.grad(module.f)(0.7) == pytest.approx((up - down) / 2e-6, rel=1e-7)
    assert sct.jvp(module.f, (0.7,), (1.0,))[1] == pytest.approx(sct.grad(module.f)(0.7), rel=1e-12)
    (piece,) = differentiate(path.read_text(encoding="utf-8"), str(path), [Request("f")])
    assert "sct." not in piece.text


def test_names_of_functions_that_are_asked_for_stay_theirs() -> None:
    source = (
        HEAD + "def g(x: float, c: float):\n    return c * x**3\n\n\ndef f(x: float):\n    return sct.grad(g)(x, 2.0)\n"
    )
    pieces = differentiate(source, "model.py", [Request("g", ("c",)), Request("f")])
    module = namespace("\n".join(piece.text for piece in pieces))
    assert module["g_grad"](2.0, 5.0) == 8.0
    assert module["f_grad"](2.0) == 24.0
    (alone,) = differentiate(source, "model.py", [Request("f")])
    assert "return g_grad(x, 2.0)" in alone.text


def test_text_that_is_left() -> None:
    """The author's comments and names stay; what only a derivative used goes."""
    source = (
        "def f(x: float):\n"
        "    # twice\n    c = 2 * x\n\n"
        "    # what is minimised\n    def energy(y):\n        return c * y**2\n\n"
        "    slope = sct.grad(energy)\n"
        "    return slope(x)  # here\n"
    )
    text = text_of(source, "adjoint")
    assert "def f(x: float):\n    # twice\n    c = 2 * x\n    return f_energy_grad(x, c=c)  # here\n" in re.sub(
        "\n\n+", "\n", text
    )


REFUSED = {
    "help: pass a function of the module by its name, and what it captures as an argument": (
        "def root(g, x):\n    return x - g(x) / sct.grad(‹g›)(x)\n\n\n"
        "def f(x: float):\n    return root(lambda t: t**3 - x, 1.0)\n"
    ),
    "help: write it in a function: `lambda x: math.sin(x)`": "def f(x: float):\n    return sct.grad(‹math.sin›)(x)\n",
    "is no function of this module by its name": (
        "def f(x: float):\n    h = lambda y: x * y\n    g = h if x > 0 else math.sin\n    return sct.grad(‹g›)(x)\n"
    ),
    "returns no scalar, and `sct.grad` needs one": (
        'def g(y: Float[np.ndarray, "n"]):\n    return 2 * y\n\n\n'
        'def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹sct.grad(g)(x)›)\n'
    ),
    "is no number: it is a function": (
        "def g(y: float):\n    return y\n\n\n"
        "def f(x: float):\n    h = ‹sct.grad(g)› if x > 0 else math.sin\n    return h(x)\n"
    ),
    "`sct.hessian` is not supported here": (
        "def g(y: float):\n    return y\n\n\ndef f(x: float):\n    return ‹sct.hessian(g)›(x)\n"
    ),
    "which it captures, and its derivative is called here": (
        'def f(x: Float[np.ndarray, "n"]):\n'
        "    u = x.copy()\n\n    def g(y):\n        u[0] = y\n        return u[0] * y\n\n"
        "    ‹return sct.grad(g)(x[1]) * u[0]›\n"
    ),
    "of the derivative that is taken here: the function `np.fft.fft` is not supported": (
        "def f(x: float):\n    ‹return 2 * sct.grad(lambda y: np.fft.fft(y))(x)›\n"
    ),
    "the derivative of `g` calls a function `_unbroadcast`, and the module has another one": (
        "def _unbroadcast(x: float):\n    return x\n\n\n"
        "def g(x: float[:], w: float[:]):\n    return np.sum(x * w)\n\n\n"
        "def f(x: float[:], w: float[:]):\n    return np.sum(‹sct.grad(g)(x, w)›)\n"
    ),
    "with arguments of several kinds": (
        "def g(y):\n    return np.sum(y**2)\n\n\n"
        "def h(y):\n    return np.sum(‹sct.grad(g)(y)›)\n\n\n"
        'def f(x: Float[np.ndarray, "n"]):\n    return h(x) + h(x[0])\n'
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refusals(reason: str) -> None:
    problem = refused(HEAD + REFUSED[reason])
    assert reason in f"{problem.reason}\n  help: {problem.help}"


def test_a_name_that_means_another_thing_at_the_call() -> None:
    """Python would take the outer ``a``; nothing of the inner one may get in."""
    source = (
        "def f(a: float):\n    def g(y):\n        return a * y\n\n"
        "    def h(a):\n        return sct.grad(g)(a)\n\n    return h(2 * a)\n"
    )
    with pytest.raises(RefusedError, match="is no function of this module by its name"):
        differentiate(HEAD + source, "model.py", [Request("f")])


def test_errors_stand_where_the_author_wrote() -> None:
    source = HEAD + "def f(x: float):\n    g = sct.grad(lambda y: y**3)\n    a = g(x)\n    return a * np.fft.fft(x)\n"
    with pytest.raises(RefusedError, match=r"model.py:9:16: ") as caught:
        differentiate(source, "model.py", [Request("f")])
    assert "return a * np.fft.fft(x)" in str(caught.value)


def test_only_what_the_wanted_function_names_is_looked_through() -> None:
    """A large module costs no more than what is used of it, and what is refused elsewhere is not in the way."""
    source = """
slope = sct.grad(lambda y: y * y)
def refused(x: float) -> float:
    return sct.grad(lambda y: np.unique(y) * x)(1.0)
def helper(x: float) -> float:
    return x * sct.grad(lambda y: math.sin(x * y))(1.0)
def f(x: float) -> float:
    return helper(x) + slope(x)
"""
    (piece,) = differentiate(HEAD + source, "model.py", [Request("f")])
    assert "f_inner_grad" in piece.text and "helper_inner" in piece.text and "refused" not in piece.text
    with pytest.raises(RefusedError, match="unique"):
        differentiate(HEAD + source, "model.py", [Request("refused")])


def test_vjp_of_a_function_with_a_derivative() -> None:
    value, pullback = sct.vjp(descent, 0.5, 2.0)
    theta_bar, x_bar = pullback(1.0)
    h = 1e-6
    assert theta_bar == pytest.approx((descent(0.5 + h, 2.0) - descent(0.5 - h, 2.0)) / (2 * h), rel=1e-7)
    assert x_bar == pytest.approx((descent(0.5, 2.0 + h) - descent(0.5, 2.0 - h)) / (2 * h), rel=1e-7)
    assert value == descent(0.5, 2.0)


def quartic(x: float, theta: float) -> float:
    return (x - theta) ** 4


def descent(theta: float, x: float) -> float:
    for _ in range(4):
        x = x - 0.01 * float(sct.grad(quartic)(x, theta))
    return x


def test_what_is_said_of_a_derivative_of_a_derivative(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SECOND, encoding="utf-8")
    m = load_module(path)
    assert sct.grad(m.at_once)(2.0) == sct.grad(m.by_name)(2.0) == 24.0
    reason = r"define one that calls it, `def h\(x\): return sct.grad\(math.exp\)\(x\)`"
    with pytest.raises(RefusedError, match=reason):
        sct.grad(m.of_a_library)(2.0)
    with pytest.raises(RefusedError, match=r"call `sct.grad`, `value_and_grad`, `jvp`, `jacobian` or `derivative`$"):
        sct.grad(m.pulled)(2.0)


SECOND = """
import math
import sct


def cube(x):
    return x**3


def at_once(x):
    return sct.grad(sct.grad(cube))(x) * x


def of_a_library(x):
    return sct.grad(sct.grad(math.exp))(x)


def h(x):
    return sct.grad(cube)(x)


def by_name(x):
    return sct.grad(h)(x) * x


def pulled(x):
    return sct.vjp(cube, x)[0]
"""


RECURSIVE_BESIDE_SIZES = """
import numpy as np
import sct


def step(x, h):
    for i in range(2):
        xh = np.concatenate([x, h])
        h = np.tanh(xh[:3] * xh[3:] + x)
    return h


def chebyshev(x, n):
    if n < 2:
        return x**n
    return 2.0 * x * chebyshev(x, n - 1) - chebyshev(x, n - 2)


def f(x, n):
    h = np.zeros(3)
    for i in range(n):
        h = step(x, h) * chebyshev(x[0], i)
    return np.sum(h)


def along(x, v, n):
    return sct.jvp(lambda x: f(x, n), (x,), (v,))[1]
"""


def test_a_recursive_function_beside_sizes_that_are_new_in_each_pass(tmp_path: Path) -> None:
    """Generating it did not end."""
    path = tmp_path / "recursive_beside_sizes.py"
    path.write_text(RECURSIVE_BESIDE_SIZES)
    module = load_module(path)
    x, v = np.array([0.5, 0.4, -0.7]), np.array([0.3, -0.2, 0.6])
    first, second = sct.jvp(module.along, (x, v, 3), (v, None, None))
    values = [module.f(x + k * 1e-4 * v, 3) for k in (-1, 0, 1)]
    assert first == pytest.approx((values[2] - values[0]) / 2e-4, rel=1e-6)
    assert second == pytest.approx((values[2] - 2 * values[1] + values[0]) / 1e-8, rel=1e-6)
