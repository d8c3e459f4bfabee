"""What annotations leave out, the uses of an argument tell; generated code asserts the ranks that it goes by."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from sct.cli import app
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.results import NotScalarError
from sct.stages import Target
from tests.programs import hold
from tests.refused import refused

SOURCE = """
import math

import numpy as np


def sines(x: np.ndarray, w: np.ndarray, n: int) -> float:
    s = w[0]
    for i in range(1, n):
        s = s * math.sin(x[i]) + w[i]
    return s


def rows(points: np.ndarray, weights: np.ndarray) -> float:
    total = 0.0
    for i in range(points.shape[0]):
        total += weights[i] * _length(points[i])
    return total


def _length(p: np.ndarray):
    return math.sqrt(p[0] * p[0] + p[1] * p[1])


def clipped(x: np.ndarray) -> float:
    y = np.zeros(len(x))
    for i in range(len(x)):
        if x[i] > 0.5:
            y[i] = np.exp(-x[i])
        else:
            y[i] = x[i] ** 2
    return np.sum(y)


def doubled(x: np.ndarray, k: int) -> float:
    y = 2.0 * x
    while y[k] < 3.0:
        y = y * y[k]
    return y[k] * y[0]


def squares(u: np.ndarray) -> float:
    n, m = u.shape
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += u[i, j] ** 2 * u[0, j]
    return s


def asserted(x: np.ndarray, w: np.ndarray) -> float:
    assert x.ndim == 1 and len(x) > 1
    if w.ndim != 1:
        raise ValueError("w")
    return np.tanh(x) @ np.sin(w)


def horner(c: np.ndarray, t: float) -> float:
    y = 0.0
    for k in range(c.size):
        y = y * t + c[k]
    return y * np.dot(c, np.tanh(c))


def early(x: np.ndarray, n: int) -> float:
    if n == 0:
        return 0.0
    return math.cos(x[n]) * x[0]


def gaussian(p: np.ndarray, x: np.ndarray) -> float:
    height, centre, width = p
    return height * math.exp(-(((x[0] - centre) / width) ** 2))
"""
X, W = np.array([0.7, 1.2, -0.4, 0.9]), np.array([1.3, 0.4, 0.8, -0.5])
POINTS = np.array([[0.3, 1.1, 0.2], [2.0, -0.7, 1.5]])
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...], list[str]]] = {
    "sines": ((0, 1), (X, W, 4), ["x.ndim == 1", "w.ndim == 1"]),
    "rows": ((0, 1), (POINTS, W[:2]), ["points.ndim == 2", "weights.ndim == 1"]),
    "clipped": ((0,), (X,), ["x.ndim == 1"]),
    "doubled": ((0,), (X, 1), ["x.ndim == 1"]),
    "squares": ((0,), (POINTS,), []),  # `n, m = u.shape` makes sure of it
    "asserted": ((0, 1), (X, W), ["x.ndim == 1 and len(x) > 1"]),
    "horner": ((0, 1), (X, 0.7), ["c.ndim == 1"]),
    "early": ((0,), (X, 2), ["x.ndim == 1"]),
    "gaussian": ((0, 1), (W[:3], X), ["p.ndim == 1", "x.ndim == 1"]),
}


UNANNOTATED = """
import math

import numpy as np


def _drag(v, k):
    return k * v * abs(v)


def fall(v, k, dt, n) -> float:
    for _ in range(n):
        v = v + dt * (9.81 - _drag(v, k))
    return v


def pendulum(theta, omega, length, dt, n):
    for _ in range(n - 1):
        omega = omega - dt * 9.81 / length * math.sin(theta)
        theta = theta + dt * omega
    return theta


def layer(A, b, x):
    s = 0.0
    for i in range(A.shape[0]):
        a = b[i]
        for j in range(A.shape[1]):
            a += A[i, j] * x[j]
        s += math.tanh(a)
    return s


def rosenbrock(x) -> float:
    s = 0.0
    for i in range(len(x) - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return s
"""
TOLD: dict[str, tuple[tuple[int, ...], tuple[Any, ...], str]] = {
    "pendulum": (
        (0, 1, 2, 3),
        (0.4, 0.1, 1.3, 0.05, 6),
        "theta: float, omega: float, length: float, dt: float, n: int",
    ),
    "fall": ((0, 1, 2), (1.0, 0.2, 0.1, 4), "v: float, k: float, dt: float, n: int"),
    "layer": ((0, 1, 2), (POINTS, W[:2], X[:3]), "A, b, x"),
    "rosenbrock": ((0,), (X,), "x"),
}


@pytest.mark.parametrize("name", TOLD)
def test_arguments_without_annotations(name: str, target: Target) -> None:
    wrt, args, signature = TOLD[name]
    hold(UNANNOTATED, name, wrt, args, target=target)
    text, helpers = _text(name, wrt, UNANNOTATED)
    made = re.sub(r"\s+", " ", text[text.index(f"def {name}_adjoint") :])
    assert f"({signature}, {name}_bar: float = 1.0" in made.replace("( ", "(")
    assert not helpers


@pytest.mark.parametrize(
    "text",
    [
        "def f(‹x›):\n    return np.sum(x**2)",
        'def f(x: float, ‹kind›):\n    return math.sin(x) if kind == "a" else x',
        "def f(x: float, ‹w›):\n    if w is None:\n        return x\n    return x * math.sin(w)",
        "def f(x: float, ‹ys›):\n    if ys:\n        return 2.0 * x\n    return x",
        "def f(x: np.ndarray, ‹k›) -> float:\n    return x[k]",
        "def f(x: np.ndarray, ‹w›) -> float:\n    np.add.at(x, [2, 1, 0], w[:3])\n    return x.sum()",
    ],
)
def test_what_uses_do_not_tell_is_asked_for(text: str) -> None:
    _, name, _ = re.split("[‹›]", text)
    assert refused(f"import math\nimport numpy as np\n{text}").reason == f"the kind of `{name}` is not known"


def _text(name: str, wrt: tuple[int, ...], source: str = SOURCE) -> tuple[str, dict[str, str]]:
    (piece,) = differentiate(source, "model.py", [Request(name, wrt)])
    return piece.text, piece.helpers


@pytest.mark.parametrize("name", CASES)
def test_it_is_right(name: str, target: Target) -> None:
    wrt, args, _ = CASES[name]
    hold(SOURCE, name, wrt, args, target=target)


@pytest.mark.parametrize("name", CASES)
def test_no_helper_is_needed_and_the_rank_is_asserted(name: str) -> None:
    wrt, _, asserted = CASES[name]
    text, helpers = _text(name, wrt)
    assert not helpers
    of_adjoint = text[text.index(f"def {name}_adjoint") :].split("\ndef ")[0]
    assert re.findall(r"^    assert (.*)$", of_adjoint, re.M) == asserted


def test_a_decorator_says_that_the_value_is_a_number() -> None:
    source = SOURCE.replace("def horner(c: np.ndarray, t: float) -> float:", "def horner(c: np.ndarray, t: float):")
    with pytest.raises(RefusedError, match="a product of arrays of unknown rank"):
        _text("horner", (0,), source)
    marked = source.replace("def horner", "@sct.grad\ndef horner").replace("import math\n", "import math\nimport sct\n")
    assert "    assert c.ndim == 1\n" in _text("horner", (0,), marked)[0]


def test_a_branch_tells_of_what_only_it_uses() -> None:
    source = """
import math
import numpy as np

def either(x: np.ndarray, flag: bool) -> float:
    if flag:
        return math.sin(x[0])
    return np.sum(x * x)
"""
    text, _ = _text("either", (0,), source)
    assert "ndim" not in text
    module: dict[str, Any] = {}
    exec("import math\nimport numpy as np\n" + text, module)
    np.testing.assert_allclose(module["either_adjoint"](POINTS, False, 1.0)[1], 2 * POINTS)
    np.testing.assert_allclose(module["either_adjoint"](X, True, 1.0)[1], [np.cos(X[0]), 0, 0, 0])


def test_another_rank_is_refused_by_the_generated_function() -> None:
    source = """
import numpy as np

def first(x: np.ndarray) -> float:
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            s += x[i]
    return s
"""
    module: dict[str, Any] = {}
    (piece,) = differentiate(source, "model.py", [Request("first", (0,))])
    exec("import numpy as np\n" + piece.text, module)
    np.testing.assert_array_equal(module["first_adjoint"](X)[1], X > 0)
    with pytest.raises(AssertionError):
        module["first_adjoint"](X[:, None])  # a condition takes an array of one element, too


def test_what_is_said_to_be_a_number_is_asserted_to_be_one() -> None:
    source = """
import numpy as np

def either(x: np.ndarray, v: np.ndarray, n: int) -> float:
    s = v[0] if n > 2 else np.sum(x * x)
    return s
"""
    module: dict[str, Any] = {}
    (piece,) = differentiate(source, "model.py", [Request("either", (0, 1), "both")])
    assert "either_bar: float = 1.0" in piece.text
    exec("import numpy as np\n" + piece.text, module)
    np.testing.assert_allclose(module["either_grad"](X, W, 1)[0], 2 * X)
    np.testing.assert_allclose(module["either_grad"](X, W, 3)[1], [1, 0, 0, 0])
    for call in (module["either_grad"], lambda *args: module["either_tangent"](*args, *args[:2])):
        with pytest.raises(AssertionError):
            call(X, POINTS, 3)


def test_what_is_said_to_be_a_number_is_one_though_nothing_is_known_of_it() -> None:
    source = "import numpy as np\ndef f(x: float, u: np.ndarray) -> float:\n    return (np.outer(u, u) @ u).sum()\n"
    (piece,) = differentiate(source, "model.py", [Request("f")])
    assert "assert np.ndim(f_value) == 0" in piece.text and "def f_grad(" in piece.text


def test_what_is_said_to_be_a_number_and_is_an_array_is_told() -> None:
    source = "import numpy as np\ndef f(x: np.ndarray) -> float:\n    return x * 2.0\n"
    (piece,) = differentiate(source, "model.py", [Request("f")])
    module: dict[str, Any] = {}
    exec("import numpy as np\n" + piece.text, module)
    with pytest.raises(AssertionError, match="`f` is annotated to return a number, and returns an array"):
        module["f_adjoint"](X, 1.0)
    assert module["f_adjoint"](np.float64(3.0), 1.0) == (6.0, 2.0)


def test_compiled_code_asserts_ranks_too() -> None:
    source = "import numpy as np\ndef first(x: np.ndarray) -> float:\n    return x[0] * np.ndim(x[1:])\n"
    (piece,) = differentiate(source, "model.py", [Request("first", target="numba")])
    assert re.findall(r"\S+ ==", piece.text) == ["x.ndim =="] * 2
    assert "x[0] * x[1:].ndim" in piece.text


def test_the_decorator_generates_anew_for_another_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
import numpy as np
import sct

@sct.grad
def positive(x: np.ndarray):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            s += np.sum(x[i] ** 2)
    return s

@sct.grad
def cube(x):
    return x * x * x
"""
    (tmp_path / "ranks_model.py").write_text(text)
    assert CliRunner().invoke(app, ["build", str(tmp_path / "ranks_model.py")]).exit_code == 0
    assert "assert x.ndim == 1" in (tmp_path / "ranks_model_grad.py").read_text()
    monkeypatch.syspath_prepend(tmp_path)
    model = importlib.import_module("ranks_model")
    try:
        np.testing.assert_allclose(model.positive(X), 2 * np.maximum(X, 0))
        assert model.positive.path == str(tmp_path / "ranks_model_grad.py")
        column = X[:, None]
        np.testing.assert_allclose(model.positive(column), 2 * np.maximum(column, 0))
        assert model.positive.path != str(tmp_path / "ranks_model_grad.py")
        assert model.cube(2.0) == 12.0
        assert model.cube.path == str(tmp_path / "ranks_model_grad.py")
        with pytest.raises(NotScalarError):
            model.cube(X)
    finally:
        del sys.modules["ranks_model"]


def test_random_arguments_are_of_what_uses_tell(tmp_path: Path) -> None:
    (tmp_path / "untold.py").write_text(UNANNOTATED)
    outcome = CliRunner().invoke(app, ["verify", str(tmp_path / "untold.py"), "-f", "fall", "-f", "layer"])
    assert outcome.exit_code == 0, outcome.output
    assert "fall: 3 points" in outcome.output and "layer: 3 points" in outcome.output
