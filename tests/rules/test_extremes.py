"""Where a rule's text is hard to get right: poles beside zeros, far out, near a series, at zeros; held to mpmath.

The text is differentiated again, so that second derivatives are held to mpmath as well.
"""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
from scipy import special

import sct

IMPORTS = "import math\nimport numpy as np\nimport scipy.linalg\nfrom scipy import special\n\n\n"


def made(tmp_path: Any, body: str, parameters: str = "x") -> Any:
    """The function, in a file of its own."""
    source = f"{IMPORTS}def f({parameters}):\n    {body}\n"
    path = tmp_path / "model.py"
    path.write_text(source)
    module: dict[str, Any] = {"__file__": str(path), "__name__": "model"}
    exec(compile(source, str(path), "exec"), module)
    return module["f"]


def exact(function: Any, point: float, order: int) -> float:
    with mpmath.workdps(60):
        return float(mpmath.diff(function, mpmath.mpf(point), order))


# The text, mpmath's function, the points, and how many derivatives are right to ten digits.
ONE = {
    "the zeros of 1 / gamma": ("special.rgamma(x)", mpmath.rgamma, (0.0, -1.0, -2.0, -7.0, -1.5, 0.5, 3.0), 3),
    "erfcx": (
        "special.erfcx(x)",
        lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
        (-3.0, 0.0, 1.0, 9.9, 10.1, 30.0, 1e4),
        2,
    ),
    "sinc": ("np.sinc(x)", lambda x: mpmath.sinc(mpmath.pi * x), (0.0, 1e-9, 9e-5, 0.049, 0.051, 0.3, 2.0), 4),
    "ellipk": ("special.ellipk(x)", mpmath.ellipk, (-3.0, 0.0, 1e-9, 0.3, 0.99), 3),
    "ellipe": ("special.ellipe(x)", mpmath.ellipe, (-3.0, 0.0, 1e-9, 0.3, 0.99), 3),
    "psi": ("special.psi(x)", lambda x: mpmath.psi(0, x), (0.7, 3.0), 3),
    "psi times x": ("x * special.psi(x)", lambda x: x * mpmath.psi(0, x), (0.7,), 3),
    "betainc": (
        "special.betainc(1.5, 2.5, x)",
        lambda x: mpmath.betainc(1.5, 2.5, 0, x, regularized=True),
        (0.2, 0.7),
        3,
    ),
    "ldexp": ("np.ldexp(x * x, 2)", lambda x: 4 * x * x, (0.7,), 2),
    "arcsinh": ("np.arcsinh(x)", mpmath.asinh, (0.0, 0.5, -2.0, 1e5), 3),
    "arccosh": ("np.arccosh(x)", mpmath.acosh, (1.1, 3.0), 3),
}


@pytest.mark.parametrize("case", ONE)
def test_derivatives_of_every_order(case: str, tmp_path: Any) -> None:
    text, function, points, orders = ONE[case]
    f = made(tmp_path, f"return {text}")
    for order in range(1, orders + 1):
        derivative = sct.derivative(f, order=order)
        for point in points:
            expected = exact(function, point, order)
            assert derivative(point) == pytest.approx(expected, rel=1e-9, abs=1e-10), f"{order} at {point}"
    twice = sct.grad(sct.grad(f))
    for point in points:
        assert twice(point) == pytest.approx(exact(function, point, 2), rel=1e-9, abs=1e-10), point


@pytest.mark.parametrize("library", ["math", "np"])
def test_neither_too_small_nor_too_large(library: str, tmp_path: Any) -> None:
    names = ("atan2", "asinh", "acosh") if library == "math" else ("arctan2", "arcsinh", "arccosh")
    angle, sine, cosine = (f"{library}.{name}" for name in names)
    f = made(tmp_path, f"return {angle}(x, y)", "x, y")
    for size in (1e-200, 1.0, 1e200):
        assert sct.grad(f, wrt=(0, 1))(size, size) == pytest.approx((0.5 / size, -0.5 / size), rel=1e-14)
    for name in (sine, cosine):
        assert sct.grad(made(tmp_path, f"return {name}(x)"))(1e200) == pytest.approx(1e-200, rel=1e-14)


def test_erfcx_far_out(tmp_path: Any) -> None:
    slope = sct.grad(made(tmp_path, "return special.erfcx(x)"))
    for point in (1e3, 1e6, 1e8, 1e30):  # by the first terms of its series
        assert slope(point) == pytest.approx((1.5 / point**2 - 1) / (np.sqrt(np.pi) * point**2), rel=1e-11)


@pytest.mark.parametrize("zeros", [(), (0,), (2,), (1, 3), (0, 1), (0, 2, 3), (0, 1, 2, 3)])
def test_running_products_at_zeros(zeros: tuple[int, ...], tmp_path: Any) -> None:
    """The product is linear in each factor, and differences with steps of 1 are exact."""
    f = made(tmp_path, "return np.sum(np.cumprod(x) * np.array([1.0, -2.0, 3.0, 0.5]))")
    x = np.array([2.0, -3.0, 0.5, 1.5])
    x[list(zeros)] = 0.0
    one = np.eye(4)
    hessian = np.zeros((4, 4))
    for i, j in itertools.permutations(range(4), 2):
        hessian[i, j] = f(x + one[i] + one[j]) - f(x + one[i]) - f(x + one[j]) + f(x)
    np.testing.assert_allclose(sct.grad(f)(x), [f(x + step) - f(x) for step in one], atol=1e-12)
    np.testing.assert_allclose(sct.hessian(f)(x), hessian, atol=1e-12)


@pytest.mark.parametrize("axis", ["axis=0", "axis=1", "axis=-1", ""])
def test_running_products_along_an_axis(axis: str, tmp_path: Any) -> None:
    f = made(tmp_path, f"return np.sum(np.cumprod(x, {axis}) ** 2)")
    x = np.array([[2.0, 0.0, 0.5], [0.0, 1.5, 0.0]])
    _differs(f, x)


@pytest.mark.parametrize(
    "text",
    [
        "np.sum(np.linalg.matrix_power(x, 3) ** 2)",
        "np.sum(scipy.linalg.expm(x[0]) ** 2)",
        "np.sum(np.average(x, axis=(0, 1), weights=x**2) ** 2)",
        "np.sum(np.cross(x[0], x[1] * x[0]) ** 2)",
    ],
)
def test_a_second_derivative(text: str, tmp_path: Any) -> None:
    x = np.random.default_rng(3).uniform(0.2, 0.9, size=(2, 3, 3))
    _differs(made(tmp_path, f"return {text}"), x)


def _differs(f: Any, x: np.ndarray[Any, Any]) -> None:
    """Hold both modes over reverse mode to differences of the gradient, and that to differences of the function."""
    rng = np.random.default_rng(0)
    way, other = rng.normal(size=x.shape), rng.normal(size=x.shape)
    gradient, step = sct.grad(f), 1e-5
    assert np.sum(gradient(x) * way) == pytest.approx((f(x + step * way) - f(x - step * way)) / (2 * step), rel=1e-6)
    expected = (gradient(x + step * way) - gradient(x - step * way)) / (2 * step)
    np.testing.assert_allclose(sct.hvp(f, x, way), expected, rtol=1e-6, atol=1e-7)
    _, pullback = sct.vjp(gradient, x)
    assert np.sum(pullback(other) * way) == pytest.approx(np.sum(expected * other), rel=1e-6)


def test_a_cross_product_in_the_plane_is_refused_when_it_runs(tmp_path: Any) -> None:
    f = made(tmp_path, "return np.sum(np.cross(x, y) * np.arange(3.0))", "x, y")
    np.testing.assert_allclose(sct.grad(f)(np.ones(3), np.arange(3.0)), np.cross(np.arange(3.0), np.arange(3.0)))
    with pytest.warns(DeprecationWarning), pytest.raises(AssertionError, match=r"np\.cross of 2-vectors"):
        sct.grad(f)(np.ones(2), np.ones(2))


def test_a_power_whose_base_and_exponent_meet_a_guard(tmp_path: Any) -> None:
    f = made(tmp_path, "e = 2.0 * x; b = x * x\n    return b**e")
    with mpmath.workdps(40):
        expected = float(mpmath.diff(lambda x: (x * x) ** (2 * x), mpmath.mpf(0.7), 2))
    assert sct.grad(sct.grad(f))(0.7) == pytest.approx(expected, rel=1e-10)


def test_the_kind_of_another_array(tmp_path: Any) -> None:
    """``x.astype(k.dtype)`` reads ``k``, whose elements may be integers: then it has no slope."""
    f = made(tmp_path, "k = y * 2\n    return np.sum(x.astype(k.dtype) ** 2)", "x, y")
    x = np.array([1.5, 2.5])
    np.testing.assert_allclose(sct.grad(f)(x, np.ones(2)), 2 * x)
    np.testing.assert_allclose(sct.hessian(f)(x, np.ones(2)), 2 * np.eye(2))
    assert not np.any(sct.grad(f)(x, np.ones(2, dtype=int)))


def test_the_matrix_functions_agree_with_a_block_matrix() -> None:
    """What the rule of ``expm_frechet`` is made of."""
    a, e = np.random.default_rng(5).normal(size=(2, 3, 3))
    blocks = np.block([[a, e], [np.zeros((3, 3)), a]])
    np.testing.assert_allclose(
        scipy.linalg.expm(blocks)[:3, 3:], scipy.linalg.expm_frechet(a, e, compute_expm=False), rtol=1e-10
    )
    assert special.hyp2f1(1.5, 1.5, 2.0, 0.3) == pytest.approx(float(mpmath.hyp2f1(1.5, 1.5, 2, 0.3)), rel=1e-13)
