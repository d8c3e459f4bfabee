"""GradBench's problems as samples: each committed derivative is held to differences, in both modes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.compiled import importable
from tests.gradbench_inputs import INPUTS
from tests.trees import product, random_like
from tests.witness import along_differences, load_original

FOLDER = Path(__file__).parent.parent / "samples" / "gradbench"
CASES = [(stem, name, k) for (stem, name), (_, given) in INPUTS.items() for k in range(len(given))]


@pytest.fixture(autouse=True)
def own_modules() -> Iterator[None]:
    """Let the samples' modules be imported by their plain names: other tests load others by these."""
    with importable(FOLDER):
        yield


def _copies(args: tuple[Any, ...]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def test_every_problem_has_inputs() -> None:
    problems = {path.stem for path in FOLDER.glob("*.py") if not path.stem.endswith("_grad")}
    assert problems == {stem for stem, _ in INPUTS}
    assert len(problems - {"kmeans_newton", "particle_path", "saddle_max"}) == 12


@pytest.mark.parametrize(("stem", "name", "case"), CASES)
def test_problem(stem: str, name: str, case: int) -> None:
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


@pytest.mark.parametrize(("stem", "name", "case"), [case for case in CASES if case[0] in ("ht", "saddle_max")])
def test_along_all_at_once(stem: str, name: str, case: int) -> None:
    """The modules in the mode ``tangents``: a stack of what a run along each direction says."""
    positions, inputs = INPUTS[stem, name]
    args, rng = inputs[case], np.random.default_rng(case)
    one = getattr(importlib.import_module(f"{stem}_grad"), f"{name}_tangent")
    together = getattr(importlib.import_module(f"{stem}_tangents_grad"), f"{name}_tangents")
    directions = [rng.normal(size=(3, *np.shape(args[k]))) for k in positions]
    value, dots = together(*_copies(args), *directions)
    assert np.shape(dots) == (3, *np.shape(value))
    for k, dot in enumerate(dots):
        expected = one(*_copies(args), *(stack[k] for stack in directions))
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(dot, expected[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "case"), [case[1:] for case in CASES if case[0] == "ba"])
def test_two_seeds_after_one_forward_sweep(name: str, case: int) -> None:
    args = INPUTS["ba", name][1][case]
    adjoint = getattr(importlib.import_module("ba_grad"), f"{name}_adjoint")
    apart = importlib.import_module("ba_pullback_grad")
    value, residuals = getattr(apart, f"{name}_forward")(*args)
    for seed in ((1.0, 0.0), (0.3, -2.0)) if name == "reprojection" else (1.0, -2.0):
        expected = adjoint(*args, seed)
        assert value == pytest.approx(expected[0], rel=1e-12)
        assert getattr(apart, f"{name}_reverse")(residuals, seed) == pytest.approx(expected[1], rel=1e-12, abs=1e-12)


def test_the_known_answers() -> None:
    A = np.array([[2.0, 1.0], [5.0, 3.0]])
    found, A_bar = importlib.import_module("det_grad").det_adjoint(A)
    assert found == pytest.approx(1.0)
    assert A_bar == pytest.approx(found * np.linalg.inv(A).T)
    x = np.array([0.4, 1.2, 0.9])
    gradient = importlib.import_module("ode_grad").last_grad(x, 30)
    assert gradient == pytest.approx(8 / 6 * np.prod(x) / x, rel=1e-5)  # the solution is x0 x1 x2 t**3 / 3!
