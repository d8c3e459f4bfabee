"""Nested functions and lambdas, differentiated where they are made and called: held to differences."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sct
from sct.errors import RefusedError, SctError
from sct.origin import SourceError
from sct.pipeline import Request, differentiate
from sct.results import NotScalarError
from tests.modules import load_module
from tests.programs import hold


def slope(f, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


def test_lambdas() -> None:
    assert sct.grad(lambda x: x**3)(2.0) == 12.0
    first, second = sct.grad(lambda x: x * 2.0), sct.grad(lambda x: x * 3.0)  # two in a line
    assert (first(1.0), second(1.0)) == (2.0, 3.0)
    square = lambda x, c=2.0: c * x * x  # noqa: E731
    assert sct.grad(square)(3.0) == 12.0
    assert sct.grad(square)(3.0, c=1.0) == 6.0
    assert sct.derivative(lambda t: t**4, order=3)(2.0) == 48.0
    assert sct.vjp(lambda a, b: a * b, 2.0, 3.0)[1](1.0) == (3.0, 2.0)


def test_the_source_of_what_was_generated() -> None:
    def made(c):
        def scaled(x: float):
            return c * x * x

        return sct.grad(lambda x: c * x * x), sct.grad(scaled), sct.grad(sct.grad(lambda x: c * x**3))

    called, fresh, second = made(3.0)
    assert (called(2.0), second(2.0)) == (12.0, 36.0)
    for found in (called, fresh, second):  # before a call, its types are those of its annotations
        assert found.source == Path(found.path).read_text()
        assert "_grad(x, c):" in found.source.replace("x: float, c", "x, c")


def test_what_is_captured_is_what_it_is_at_the_call() -> None:
    c = 2.0

    def energy(y):
        # a comment
        return scale(y) * y

    def scale(t):
        return math.exp(-t) * c

    found = sct.grad(energy)
    assert found(0.6) == pytest.approx(slope(energy, 0.6), rel=1e-7)
    c = 6.0
    assert found(0.6) == pytest.approx(slope(energy, 0.6), rel=1e-7)
    u = np.array([1.0, 2.0])
    H = sct.hessian(lambda y: np.sum(y**3) * u[1] + c)
    np.testing.assert_allclose(H(u), np.diag(6 * u * u[1]))
    u[1] = 3.0
    np.testing.assert_allclose(H(np.array([1.0, 1.0])), np.diag([18.0, 18.0]))
    assert sct.hvp(lambda x: x**3 * c, 2.0, 1.0) == 72.0
    J = sct.jacobian(lambda y: y * u[0], sparsity="auto")
    np.testing.assert_array_equal(J(np.ones(5)), np.eye(5))
    assert J.colours == 1


def test_functions_of_one_definition_that_call_others() -> None:
    def made(power, c=1.0):
        if power == 2:

            def inner(t):
                return t**2
        else:

            def inner(t):
                return t**3

        return sct.grad(lambda x, c=c: inner(x) * c)

    assert [made(2)(2.0), made(3)(2.0), made(2, 5.0)(2.0), made(3, 2.0)(2.0)] == [4.0, 12.0, 20.0, 24.0]


PLAIN = """
import math
import sct


def confused(x: float) -> float:
    return x * sct.grad(lambda y: x + y)(1.0)


def deep(x: float) -> float:
    def inner(a):
        def g(y):
            return math.sin(a * y * x)

        return a * sct.grad(g)(a + x)

    return x * sct.grad(inner)(x)


def root(p: float) -> float:
    x = 1.0
    for _ in range(8):
        value, slope = sct.value_and_grad(lambda t: t**3 - p)(x)
        x = x - value / slope
    return x
"""


@pytest.mark.parametrize("name", ["confused", "deep", "root"])
def test_a_function_that_calls_derivatives_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / "plain.py"
    path.write_text(PLAIN, encoding="utf-8")
    f = getattr(load_module(path), name)
    value, bar = sct.value_and_grad(f)(0.7)
    assert f(0.7) == pytest.approx(value, rel=1e-13)
    assert bar == pytest.approx(slope(f, 0.7), rel=1e-7)


def test_what_cannot_stand_at_the_top_is_refused() -> None:
    def factorial(x, n):
        return 1.0 if n == 0 else x * factorial(x, n - 1)

    c = 2.0

    def scaled(t, by=c):
        return t * by

    for f in (factorial, lambda x: scaled(x)):
        with pytest.raises(SourceError, match=r"is not at the top of its module; move it there"):
            sct.grad(f)(2.0)


RATE = 10.0


def _scaled():
    return lambda t: t * RATE


def test_a_name_that_means_another_thing_in_a_function_that_is_called() -> None:
    scaled, RATE = _scaled(), 2.0

    def f(x):
        return scaled(x) * RATE

    assert f(1.0) == 20.0
    with pytest.raises(SourceError, match=r"is not at the top of its module"):
        sct.grad(f)(1.0)


def test_refusals_are_located() -> None:
    with pytest.raises(sct.RefusedError, match=r"`np.fft.fft` is not supported"):
        sct.grad(lambda x: np.sum(np.fft.fft(x)))(np.ones(3))


def _outer(c: float) -> None:
    sct.grad(lambda x: c * np.fft.fft(x))(2.0)


def _inner(c: float) -> None:
    def inner(x, y=(1.0, 2.0)):
        # a comment
        z = c * x
        return z + np.unique(z)

    sct.grad(inner)(2.0)


def _of_helper(c: float) -> None:
    def helper(x):
        return c * np.unique(x)

    sct.grad(lambda x: 2.0 * helper(x))(2.0)


def _over_lines(c: float) -> None:
    sct.grad(
        lambda x: (
            c * x
            + np.unique(x)
        )
    )(2.0)  # fmt: skip


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (_outer, "np.fft.fft(x)"),
        (_inner, "np.unique(z)"),
        (_of_helper, "np.unique(x)"),
        (_over_lines, "np.unique(x)"),
    ],
)
def test_a_refusal_shows_the_line_of_the_author(f, shown: str) -> None:
    with pytest.raises(RefusedError) as caught:
        f(3.0)
    (problem,) = caught.value.diagnostics
    lines = Path(__file__).read_text().splitlines()
    first, last = f.__code__.co_firstlineno, f.__code__.co_firstlineno + 9
    assert first < problem.span.line < last
    assert lines[problem.span.line - 1][problem.span.col : problem.span.end_col] == shown
    assert lines[problem.span.line - 1].strip() in str(caught.value)


def test_a_lambda_is_called_so() -> None:
    where = test_a_lambda_is_called_so.__code__.co_firstlineno
    with pytest.raises(NotScalarError, match=rf"test_closures\.py:{where + 3}: the lambda returns an array"):
        sct.grad(lambda x: x * np.ones(3))(2.0)


COMPOSED = """
import numpy as np


def composed(f, g):
    return lambda t: f(g(t))


def f(x, n):
    def twice(g):
        def both(t):
            return g(g(t)) * 0.5

        return both

    h = composed(np.sin, np.exp)
    k = composed(lambda t: t * t, composed(h, twice(twice(np.tanh))))
    return np.sum(k(x)) * n
"""


def test_a_function_that_was_made_twice_calls_not_itself() -> None:
    hold(COMPOSED, "f", (0,), (np.array([0.3, -0.4]), 2), annotated=False)


def test_a_nested_function_that_calls_itself_is_refused() -> None:
    text = "def f(x: float):\n    def g(t, n):\n        return t if n < 1 else g(t * x, n - 1)\n    return g(x, 3)\n"
    with pytest.raises(RefusedError, match="`g` calls itself"):
        differentiate(text, "model.py", [Request("f")])


INNER = """def power(x):
    return POWER


def around(c):
    def scaled(x):
        return c * power(x)

    def inner(x):
        return scaled(1.0 * x)

    return inner


alone = lambda x: power(x)
"""


def loaded(path: Path, power: str) -> ModuleType:
    path.write_text(INNER.replace("POWER", power))
    return load_module(path)


def test_equal_code_of_two_modules(tmp_path: Path) -> None:
    """What stands in the same lines is equal code, whatever it calls: it had the derivative of what came first."""
    square, cube = loaded(tmp_path / "square.py", "x * x"), loaded(tmp_path / "cube.py", "x * x * x")
    assert square.alone.__code__ == cube.alone.__code__
    for module, expected in [(square, 6.0), (cube, 27.0), (loaded(tmp_path / "copy.py", "x * x"), 6.0)]:
        assert sct.grad(module.around(1.0))(3.0) == sct.grad(module.alone)(3.0) == expected


@pytest.mark.parametrize("before", [False, True], ids=["at first", "after a call"])
def test_what_a_nested_function_calls_is_replaced(tmp_path: Path, before: bool) -> None:
    first, second = loaded(tmp_path / "model.py", "x * x"), loaded(tmp_path / "model.py", "x * x")
    for module in (first, second) if before else ():
        assert sct.grad(module.around(1.0))(3.0) == sct.grad(module.alone)(3.0) == 6.0
    made = sct.grad(first.alone)
    first.power = lambda x: x
    for f in (first.around(1.0), first.alone):
        with pytest.raises(SourceError, match="power is not what the file says"):
            sct.grad(f)(3.0)
    if before:
        with pytest.raises(SctError, match="power, in whose place something else was put; make its derivative again"):
            made(3.0)
    assert sct.grad(second.alone)(3.0) == 6.0


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("1.0 * x", "1.0 + x", "inner"),
        ("c * power", "c + power", "scaled"),
        ("lambda x: power(x)", "lambda x: power(2)", "the lambda"),
        ("x * x", "x - x", "power"),
    ],
)
def test_a_file_that_was_edited_since(tmp_path: Path, old: str, new: str, name: str) -> None:
    module = loaded(tmp_path / "model.py", "x * x")
    (tmp_path / "model.py").write_text((tmp_path / "model.py").read_text().replace(old, new))
    with pytest.raises(SourceError, match=f"{name} is not what the file says"):
        sct.grad(module.alone if name == "the lambda" else module.around(1.0))(3.0)
