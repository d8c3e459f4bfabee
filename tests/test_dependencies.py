"""``sparsity="auto"``: patterns that a run of the function tells, and what is computed where it tells none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.dependencies import pattern
from tests.modules import load_module

MODELS = """
import math
import numpy as np
import sct


def each(x):
    return np.exp(x) * x + np.maximum(x, 0.3)


def band(x):
    y = np.zeros(len(x))
    for i in range(1, len(x) - 1):
        y[i] = x[i - 1] * x[i] + math.sin(x[i + 1])
    return y


def shifted(x):
    return x[2:] - 2 * x[1:-1] + np.where(x[:-2] > 0.5, x[:-2] ** 2, 0.0)


def blocks(x):
    X = x.reshape(-1, 2)
    return (X @ np.array([[1.0, 2.0], [3.0, 4.0]]) * X).ravel()


def rows(x):
    X = x.reshape(5, 2)
    return np.sum(X**2, axis=1) + np.max(X, axis=1)


def branches(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        if x[i] > 0.8:
            y[i] = x[i] * x[0]
        else:
            y[i] = helper(x[i])
    return y


def helper(t):
    return t * t


def held(x):
    return sct.stop_gradient(np.sum(x)) * x


def written(x):
    for t in range(2):
        x[1:-1] += 0.1 * x[1:-1] * (x[2:] - 2 * x[1:-1] + x[:-2])
    return x


def norms(x):
    return np.concatenate([x * np.linalg.norm(x[:2]), x[2:] ** 2])


# what has no pattern that pays, or none that is known
def solved(x):
    return np.linalg.solve(np.eye(len(x)) + np.outer(x, x), x)


def ordered(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] if x[i] < x[1] else x[0]
    return y


def nested(x):
    return x * sct.grad(energy)(x)


def energy(x):
    return np.sum(x**4) + np.sum(x[1:] * x[:-1] ** 2)


def chain(x):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1] ** 2) ** 2
    return total
"""
X = np.linspace(0.2, 1.7, 10)
COLOURS = {
    "each": 1,
    "band": 3,
    "shifted": 3,
    "blocks": 2,
    "rows": 1,
    "branches": 2,
    "held": 1,
    "written": 5,
    "norms": 3,
}


@pytest.fixture
def models(tmp_path: Path) -> Any:
    path = tmp_path / "models.py"
    path.write_text(MODELS, encoding="utf-8")
    return load_module(path)


@pytest.mark.parametrize("name", [*COLOURS, "solved", "ordered", "nested"])
def test_jacobian(models: Any, name: str) -> None:
    f, given = getattr(models, name), X.copy()
    J = sct.jacobian(f, sparsity="auto")
    found = J(given)
    np.testing.assert_array_equal(given, X)
    np.testing.assert_allclose(found, sct.jacobian(f)(X.copy()), rtol=1e-12, atol=1e-15)
    assert J.colours == COLOURS.get(name)
    if name in COLOURS:
        assert not np.any(found[~J.pattern])
        again = sct.jacobian(f, sparsity=J.pattern)
        np.testing.assert_array_equal(again(given), found)


@pytest.mark.parametrize("name", ["energy", "chain"])
def test_hessian(models: Any, name: str) -> None:
    f = getattr(models, name)
    H = sct.hessian(f, sparsity="auto")
    np.testing.assert_allclose(H(X), sct.hessian(f)(X), rtol=1e-12)
    assert H._columns.colours == 3


def test_a_pattern_is_of_the_branches_that_are_taken(models: Any) -> None:
    low, high = pattern(models.branches, [np.full(3, 0.5)], 0), pattern(models.branches, [np.array([2.0, 3.0, 4.0])], 0)
    np.testing.assert_array_equal(low, np.eye(3, dtype=bool))
    assert high[:, 0].all()


def test_equal_numbers_are_not_compared(models: Any) -> None:
    assert pattern(models.ordered, [np.array([0.1, 0.2, 0.1])], 0) is None  # x[1] < x[1]
    assert pattern(models.nested, [X], 0) is None


def test_a_pattern_that_leaves_out_an_entry_is_not_used(models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sct.dependencies.pattern", lambda *args: np.eye(10, dtype=bool))
    J = sct.jacobian(models.band, sparsity="auto")
    np.testing.assert_array_equal(J(X), sct.jacobian(models.band)(X))
    assert J.colours is None


def test_other_arguments(tmp_path: Path) -> None:
    path = tmp_path / "others.py"
    text = "import numpy as np\n\n\ndef f(a, x, k=2, *, table):\n    return a * x**k + table[x.astype(int)] * x\n"
    path.write_text(text, encoding="utf-8")
    f = load_module(path).f
    table = np.array([1.0, 2.0])
    J = sct.jacobian(f, wrt="x", sparsity="auto")
    np.testing.assert_allclose(J(3.0, X, table=table), np.diag(6.0 * X + table[X.astype(int)]))
    assert J.colours == 1
    both = sct.jacobian(f, wrt=("a", "x"), sparsity="auto")
    assert both(3.0, X, table=table)[1].shape == (10, 10)
    assert both.colours is None
    single = sct.jacobian(f, wrt="x", sparsity="auto")(3.0, X.astype(np.float32), table=table.astype(np.float32))
    assert single.dtype == np.float32


def test_what_is_no_pattern(models: Any) -> None:
    with pytest.raises(ArgumentError, match="sparsity is a matrix, \"auto\" or None, not 'band'"):
        sct.jacobian(models.band, sparsity="band")
