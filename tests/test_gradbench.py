"""GradBench's problems as samples: each committed derivative is held to differences, in both modes."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.gradbench_inputs import INPUTS
from tests.trees import product, random_like
from tests.witness import along_differences, load_original

FOLDER = Path(__file__).parent.parent / "samples" / "gradbench"
CASES = [(stem, name, k) for (stem, name), (_, given) in INPUTS.items() for k in range(len(given))]


def _copies(args: tuple[Any, ...]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def test_every_problem_has_inputs() -> None:
    problems = {path.stem for path in FOLDER.glob("*.py") if not path.stem.endswith("_grad")}
    assert problems == {stem for stem, _ in INPUTS}
    assert len(problems - {"kmeans_newton", "particle_path", "saddle_max"}) == 12


@pytest.mark.parametrize(("stem", "name", "case"), CASES)
def test_problem(stem: str, name: str, case: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    primal = load_original(FOLDER / f"{stem}.py")[name]
    module = importlib.import_module(f"{stem}_grad")
    names = list(inspect.signature(primal).parameters)
    positions, inputs = INPUTS[stem, name]
    args = inputs[case]
    rng = np.random.default_rng(case)
    value = primal(*_copies(args))
    seed = 1.0 if isinstance(value, float) else random_like(value, rng)
    given = _copies(args)
    again, bars = getattr(module, f"{name}_adjoint")(*given, seed)
    for before, after in zip(args, given, strict=True):
        assert np.array_equal(before, after), "an argument was changed"
    np.testing.assert_allclose(again, value, rtol=1e-12)
    for _ in range(3):
        directions = {k: rng.normal(size=np.shape(args[k]))[()] for k in positions}
        reverse = sum(
            float(np.sum(bar * directions[k]))
            for bar, k in zip(bars if len(positions) > 1 else (bars,), positions, strict=True)
        )
        expected, error = along_differences(lambda *a: product(seed, primal(*a)), args, directions)
        dots = {f"{names[k]}_dot": direction for k, direction in directions.items()}
        also, dot = getattr(module, f"{name}_tangent")(*_copies(args), **dots)
        np.testing.assert_allclose(also, value, rtol=1e-12)
        assert abs(reverse - expected) <= 1e-7 * (1 + abs(expected)) + 10 * error
        assert reverse == pytest.approx(product(seed, dot), rel=1e-9, abs=1e-12)  # the dot-product law


def test_the_known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    A = np.array([[2.0, 1.0], [5.0, 3.0]])
    found, A_bar = importlib.import_module("det_grad").det_adjoint(A)
    assert found == pytest.approx(1.0)
    assert A_bar == pytest.approx(found * np.linalg.inv(A).T)
    x = np.array([0.4, 1.2, 0.9])
    gradient = importlib.import_module("ode_grad").last_grad(x, 30)
    assert gradient == pytest.approx(8 / 6 * np.prod(x) / x, rel=1e-5)  # the solution is x0 x1 x2 t**3 / 3!
