"""``jacobian``, ``hessian``, ``hvp``, ``derivative``; and derivatives of derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from tests.modules import load_module

HEAD = "import math\nimport numpy as np\nimport sct\n\n\n"
Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a module, and import it."""

    def loader(text: str) -> ModuleType:
        path = tmp_path / "model.py"
        path.write_text(HEAD + text, encoding="utf-8")
        return load_module(path)

    return loader


def differences(f: Callable[..., Any], args: list[Any], k: int, step: float = 1e-5) -> np.ndarray:
    """The Jacobian by central differences, with respect to the argument at ``k``."""
    columns = []
    for index in np.ndindex(np.shape(args[k])):
        moved = []
        for sign in (1, -1):
            at = np.array(args[k], dtype=float)
            at[index] += sign * step
            given = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
            moved.append(np.asarray(f(*given[:k], at[()], *given[k + 1 :])))
        columns.append((moved[0] - moved[1]) / (2 * step))
    return np.moveaxis(np.array(columns), 0, -1).reshape(np.shape(columns[0]) + np.shape(args[k]))


def test_they_are_decorators_too(load: Load) -> None:
    functions = ("jacobian", "jacobian(wrt=0)", "hessian", "derivative", "derivative(order=2)")
    text = [f"@sct.{made}\ndef f{k}(x):\n    return x**3\n" for k, made in enumerate(functions)]
    m = load("\n\n".join(text))
    assert [getattr(m, f"f{k}")(2.0) for k in range(5)] == [12.0, 12.0, 12.0, 12.0, 12.0]


MODELS = """
def scalar(x, n):
    for i in range(n):
        if x > 0.5:
            x = x * math.sin(x)
        else:
            x = x + 0.3
    return x


def curve(t):
    return np.array([math.cos(t), math.sin(t), t * t])


def loss(u):
    total = 0.0
    for i in range(1, len(u)):
        total += (u[i] - u[i - 1] ** 2) ** 2
    return total


def layer(A, v, b):
    return np.tanh(A @ v + b)


def steps(u, nu, n):
    for t in range(n):
        un = u.copy()
        u[1:-1] = un[1:-1] + nu * un[1:-1] * (un[2:] - 2 * un[1:-1] + un[:-2])
    return u


def outer(a, b):
    return np.outer(np.exp(a), b).T[::-1] + b[0]


def sorted_rows(A, i):
    return np.sort(A, axis=1)[i] * np.mean(A)


def unpacked(u):
    x, y, z = np.sin(u) * u[0]
    return np.array([x * y, y * z, z * x])


def widened(A, i):
    return np.ones((3, 2)) * 2.0 - A[i]


def listed(u):
    xs = []
    for i in range(len(u)):
        xs.append(u[i] * u[0])
    return np.array([xs[0] + xs[1], xs[2]])
"""
_R = np.random.default_rng(4)
CASES: dict[str, list[Any]] = {
    "scalar": [0.8, 4],
    "curve": [0.7],
    "loss": [_R.normal(size=5)],
    "layer": [_R.normal(size=(2, 3)), _R.normal(size=3), _R.normal(size=2)],
    "steps": [_R.normal(size=6), 0.1, 3],
    "outer": [_R.normal(size=2), _R.normal(size=3)],
    "sorted_rows": [_R.normal(size=(3, 2)), np.array([0, 2, 0])],
    "unpacked": [_R.normal(size=3)],
    "widened": [_R.normal(size=(3, 2)), np.array([0, 2, 0])],
    "listed": [_R.normal(size=3)],
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("mode", ["forward", "reverse", None])
@pytest.mark.parametrize("chunk", [2, 64])
def test_jacobian(load: Load, name: str, mode: Any, chunk: int) -> None:
    f, args = getattr(load(MODELS), name), CASES[name]
    kept = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
    wrt = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int) and np.asarray(arg).dtype.kind == "f")
    J = sct.jacobian(f, wrt=wrt, mode=mode, chunk=chunk)
    found = J(*args)
    assert all(np.array_equal(a, b) for a, b in zip(args, kept, strict=True))
    assert len(found) == len(wrt)
    n, m = sum(np.size(args[k]) for k in wrt), np.size(f(*kept))
    assert J.mode == (mode or ("forward" if n < m else "reverse"))
    for part, k in zip(found, wrt, strict=True):
        expected = differences(f, args, k)
        assert np.shape(part) == np.shape(expected)
        np.testing.assert_allclose(part, expected, rtol=1e-6, atol=1e-8)


def test_forward_mode_takes_a_pass_a_chunk(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    f = load("def f(u):\n    print('pass')\n    return np.cumsum(u * u)\n").f
    u = np.arange(1.0, 11.0)
    for chunk, passes in ((10, 1), (64, 1), (3, 4)):
        found = sct.jacobian(f, mode="forward", chunk=chunk)(u)
        np.testing.assert_array_equal(found, np.tril(np.ones((10, 10))) * 2 * u)
        assert capsys.readouterr().out.count("pass") == passes


def test_a_value_that_is_a_tuple_and_the_order_of_wrt(load: Load) -> None:
    f = load("def f(x, u):\n    return x * u, np.sum(u) * x\n").f
    u = np.array([1.0, 2.0])
    for mode in ("forward", "reverse"):
        (scaled_u, scaled_x), (total_u, total_x) = sct.jacobian(f, wrt=("u", "x"), mode=mode)(3.0, u)
        np.testing.assert_array_equal(scaled_u, 3.0 * np.eye(2))
        np.testing.assert_array_equal(scaled_x, u)
        np.testing.assert_array_equal(total_u, [3.0, 3.0])
        assert total_x == 3.0
    assert [np.ndim(part) for part in sct.jacobian(f, wrt=("x",))(3.0, u)[0]] == [1]


def test_float32_stays(load: Load) -> None:
    f = load("def f(u):\n    return u * u\n").f
    u = np.array([1.0, 2.0], dtype=np.float32)
    for mode in ("forward", "reverse"):
        assert sct.jacobian(f, mode=mode)(u).dtype == np.float32


def test_float32_stays_where_tangents_start_at_zero(load: Load) -> None:
    model = load(
        "def g(x, c):\n"
        "    y = np.zeros(3, dtype=x.dtype)\n    t = 0.0\n"
        "    for i in range(len(x)):\n        t = t + x[i] * c\n"
        "    y[0] = t * x[1]\n    return np.concatenate([y, t * x])\n"
    )
    u = np.array([1.0, 2.0], dtype=np.float32)
    J = sct.jacobian(model.g, mode="forward")
    assert J(u, np.float32(3)).dtype == np.float32
    assert J(u.astype(float), 3.0).dtype == np.float64
    both = sct.jacobian(model.g, wrt=(0, 1), mode="forward")
    assert [part.dtype for part in both(u, np.float32(3))] == [np.float32] * 2


BANDED = """
def smooth(x):
    y = np.zeros(len(x))
    for i in range(1, len(x) - 1):
        y[i] = x[i - 1] * x[i] + math.sin(x[i + 1])
    return y


def wide(x):
    return np.array([np.sum(x[:5] ** 2), np.sum(np.cos(x[5:]))])


def energy(x):
    return np.sum(x**4) + np.sum(x[1:] * x[:-1] ** 2)


def each(x):
    return np.exp(x) * x
"""


def test_as_many_directions_as_colours(load: Load) -> None:
    model = load(BANDED)
    x = np.linspace(0.2, 1.7, 10)
    band = np.abs(np.subtract.outer(np.arange(10), np.arange(10))) <= 1
    blocks = np.repeat(np.eye(2, dtype=bool), 5, axis=1)
    cases = [(model.smooth, band, 3, "forward"), (model.each, np.eye(10, dtype=bool), 1, "forward")]
    for f, pattern, count, mode in [*cases, (model.wide, blocks, 1, "reverse")]:
        J = sct.jacobian(f, sparsity=pattern)
        np.testing.assert_allclose(J(x), differences(f, [x], 0), rtol=1e-6, atol=1e-8)
        assert (J.colours, J.mode) == (count, mode)
        for forced in ("forward", "reverse"):
            np.testing.assert_allclose(sct.jacobian(f, sparsity=pattern, mode=forced)(x), J(x), rtol=1e-12)
    H = sct.hessian(model.energy, sparsity=band)
    np.testing.assert_allclose(H(x), differences(sct.grad(model.energy), [x], 0), rtol=1e-6, atol=1e-8)


def test_a_pattern_that_does_not_fit_is_refused(load: Load) -> None:
    model = load(BANDED)
    x = np.linspace(0.2, 1.7, 10)
    for mode in ("forward", "reverse"):
        with pytest.raises(ArgumentError, match="sparsity leaves out an entry"):
            sct.jacobian(model.smooth, sparsity=np.eye(10), mode=mode)(x)
    with pytest.raises(ArgumentError, match=r"10 rows .* and 10 columns .*, not of shape \(10, 9\)"):
        sct.jacobian(model.smooth, sparsity=np.ones((10, 9)))(x)
    with pytest.raises(ArgumentError, match="one array, with respect to one parameter"):
        sct.jacobian(load("def two(x):\n    return x, x\n").two, sparsity=np.eye(10))(x)


def test_what_has_no_jacobian(load: Load) -> None:
    f = load("def f(x):\n    return {'a': x[0]}\n").f
    with pytest.raises(ArgumentError, match="x is neither"):
        sct.jacobian(f)([1.0, 2.0])
    with pytest.raises(ArgumentError, match="a tuple of these"):
        sct.jacobian(f)(np.ones(2))
    with pytest.raises(ArgumentError, match="mode is 'forward' or 'reverse'"):
        sct.jacobian(f, mode="backward")
    with pytest.raises(ArgumentError, match="the order of a derivative is a whole number from 1 on, not 0"):
        sct.derivative(f, order=0)
    with pytest.raises(ArgumentError, match="with respect to a number, and x is an array"):
        sct.derivative(f)(np.ones(2))


# derivatives of derivatives

FOUR = """
def poly(x: float) -> float:
    return x**5 - 3.0 * x**3 + 2.0


def wave(x: float) -> float:
    y = math.sin(x) * x
    if y > 0.1:
        z = y * math.exp(-x)
    else:
        z = y * y
    return z + x**3


def product(x: float, n: int) -> float:
    y = 1.0
    for i in range(n):
        y = y * (x + i)
    return y
"""


def taylor(f: Callable[..., Any], x: float, order: int) -> list[float]:
    """Derivatives by a contour integral (Lyness and Moler, Numerical differentiation of analytic functions, 1967)."""
    points = 64
    radius = 0.05
    angles = 2 * np.pi * np.arange(points) / points
    values = np.array([f(x + radius * np.exp(1j * angle)) for angle in angles])
    series = np.fft.fft(values) / points
    return [float((series[k] / radius**k).real) * math.factorial(k) for k in range(1, order + 1)]


ANALYTIC: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]] = {
    "poly": (lambda x: x**5 - 3.0 * x**3 + 2.0, (0.7,)),
    "wave": (lambda x: np.sin(x) * x * np.exp(-x) + x**3, (0.7,)),
    "product": (lambda x: x * (x + 1) * (x + 2) * (x + 3), (0.7, 4)),
}


@pytest.mark.parametrize("name", ANALYTIC)
def test_to_order_four(load: Load, name: str) -> None:
    f, (analytic, args) = getattr(load(FOUR), name), ANALYTIC[name]
    expected = taylor(analytic, args[0], 4)
    for order in range(1, 5):
        assert sct.derivative(f, order=order)(*args) == pytest.approx(expected[order - 1], rel=1e-9)
    reverse = f
    for order in range(4):
        reverse = sct.grad(reverse)
        assert reverse(*args) == pytest.approx(expected[order], rel=1e-9)


def test_each_mode_over_each(load: Load) -> None:
    f = load(MODELS).loss
    u = _R.normal(size=4)
    expected = differences(sct.grad(f), [u], 0)
    np.testing.assert_allclose(sct.hessian(f)(u), expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(sct.jacobian(sct.grad(f), mode="reverse")(u), expected, rtol=1e-6, atol=1e-8)
    v = _R.normal(size=4)
    np.testing.assert_allclose(sct.hvp(f, u, v), expected @ v, rtol=1e-6, atol=1e-8)
    value, back = sct.pullback(sct.value_and_grad(f), u)
    np.testing.assert_allclose(value[1], sct.grad(f)(u))
    np.testing.assert_allclose(back((0.0, v))[0], expected @ v, rtol=1e-6, atol=1e-8)


def test_defaults_come_before_what_is_added(load: Load) -> None:
    f = load("def f(x, n=2, a=0.5):\n    for i in range(n):\n        x = x * x + a\n    return x\n").f
    slope = 2 * 0.7 * 2 * (0.7**2 + 0.5)
    curve = 4 * (3 * 0.7**2 + 0.5)
    assert sct.jvp(f, (0.7,), (1.0,))[1] == pytest.approx(slope)
    assert sct.derivative(f, order=2)(0.7) == pytest.approx(curve)
    assert sct.derivative(f, order=4)(0.7, n=2) == pytest.approx(24.0)
    assert sct.hvp(f, 0.7, 2.0) == pytest.approx(2 * curve)
    assert sct.hessian(f)(0.7) == pytest.approx(curve)
    assert sct.jacobian(f, mode="forward")(0.7, a=0.5) == pytest.approx(slope)


def test_hvp_with_constants(load: Load) -> None:
    f = load("def f(x, n, y):\n    for i in range(n):\n        x = x * x * y\n    return x\n").f
    assert sct.hvp(f, (0.5, 2, 3.0), (2.0, None, None)) == pytest.approx(2.0 * 27 * 12 * 0.5**2)
    assert sct.hvp(f, (0.5, 1, 3.0), (2.0, None, 1.0)) == pytest.approx((2 * 2 * 3.0 + 2 * 0.5, 2 * 2 * 0.5))
    with pytest.raises(ArgumentError, match="as many directions as arguments, not 2 and 3"):
        sct.hvp(f, (0.5, 1, 3.0), (2.0, None))


def test_hvp_of_several_arguments(load: Load) -> None:
    f = load("def f(x, u):\n    return np.sum(np.sin(u) * u) * x**2\n").f
    u, v = np.array([0.3, 0.9]), np.array([1.0, -2.0])
    x_part, u_part = sct.hvp(f, (0.5, u), (2.0, v))
    slope = np.cos(u) * u + np.sin(u)
    assert x_part == pytest.approx(2.0 * 2.0 * np.sum(np.sin(u) * u) + 2 * 0.5 * slope @ v)
    np.testing.assert_allclose(u_part, 2 * 0.5 * slope * 2.0 + 0.25 * (2 * np.cos(u) - np.sin(u) * u) * v)


def test_parameters_that_are_called_as_ours_would_be(load: Load) -> None:
    model = load("def f(x, x_dot):\n    return x * x_dot**2\n\n\ndef g(x, g_bar):\n    return x**2 * g_bar\n")
    assert sct.jvp(model.f, (2.0, 3.0), (1.0, None)) == (18.0, 9.0)
    assert sct.jvp(model.f, (2.0, 3.0), (1.0, 1.0)) == (18.0, 21.0)
    assert sct.grad(model.g)(2.0, 3.0) == 12.0
    assert sct.vjp(model.g, 2.0, 3.0)[1](1.0) == (12.0, 4.0)


def test_a_gradient_with_another_order_is_not_differentiated(load: Load) -> None:
    f = load("def f(x, y):\n    return x * y * y\n").f
    with pytest.raises(ArgumentError, match="in the order of the signature"):
        sct.grad(sct.grad(f, wrt=("y", "x")))(1.0, 2.0)
    assert sct.grad(sct.grad(f, wrt="y"), wrt="x")(1.0, 2.0) == 4.0


def test_a_gradient_that_adds_at_columns_is_differentiated_again(load: Load) -> None:
    f = load(
        "def f(x):\n    V = np.outer(x, x)[:, np.array([1, 0, 1])]\n    return V[0, 1] ** 2 + V[1, 1] * V[1, 2]\n"
    ).f
    x = np.array([0.7, 1.3])
    np.testing.assert_allclose(sct.hessian(f)(x), differences(sct.grad(f), [x], 0), rtol=1e-6)
