"""The modes on every sample and every kernel, held to dual numbers and differences of the author's function."""

from __future__ import annotations

import functools
import inspect
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.results import NotScalarError
from tests.golden import Golden, every
from tests.modules import load_module
from tests.test_samples import SAMPLES
from tests.trees import copied, product, random_like
from tests.witness import along_differences, dual_tangent, load_original

CASES = {f"{case.path.parent.name}/{case}": case for case in every()}
MANY = ["gradbench/ba-reprojection", "gradbench/ht-residuals", "gradbench/ht-residuals_simple"]
MANY += ["gradbench/kmeans_newton-slope"]  # these have no Hessian: their values are arrays
LONG = ["kernels/cavity_flow-cavity_flow", "kernels/channel_flow-channel_flow", "kernels/nbody-nbody"]
LONG += ["gradbench/lstm-loss"]  # the longest to transform: a Hessian takes as long again as a product with one


class Sample:
    """A function as the API takes it, the author's own, a direction, and what the witnesses say of them."""

    def __init__(self, case: Golden, folder: Path) -> None:
        path = folder / case.path.relative_to(SAMPLES)
        sys.path.insert(0, str(path.parent))  # for the modules beside it
        try:
            self.f = getattr(load_module(path), case.name)
            self.original = load_original(path)[case.name]
        finally:
            sys.path.remove(str(path.parent))
        self.f = getattr(self.f, "primal", self.f)
        self.args = case.args
        names = list(inspect.signature(self.original).parameters)
        self.wrt = tuple(sorted(names.index(entry) if isinstance(entry, str) else entry for entry in case.wrt))
        rng = np.random.default_rng(len(case.name))
        self.value = self.original(*self.given())
        self.weight = 1.0 if isinstance(self.value, float) else random_like(self.value, rng)
        self.direction = {k: rng.normal(size=np.shape(self.args[k]))[()] for k in self.wrt}

    def given(self) -> list[Any]:
        return copied(list(self.args))

    def along(self, direction: dict[int, Any]) -> list[Any]:
        """An entry an argument; None for those that are constant."""
        return [direction.get(k) for k in range(len(self.args))]

    def slope(self, args: Any, direction: dict[int, Any]) -> float:
        return product(dual_tangent(self.original, args, direction), self.weight)

    @functools.cached_property
    def first(self) -> Any:
        """The derivative of the weighted value along the direction, by dual numbers and by differences."""
        dual = self.slope(self.args, self.direction)
        differences, error = along_differences(
            lambda *args: product(self.original(*args), self.weight), self.args, self.direction
        )
        assert abs(dual - differences) <= 1e-7 * (1 + abs(dual)) + 10 * error
        return pytest.approx(dual, rel=1e-9, abs=1e-9)

    def second(self, direction: dict[int, Any]) -> Any:
        """The second derivative along a direction: differences of what dual numbers say."""
        found, error = along_differences(lambda *args: self.slope(args, direction), self.args, direction)
        return pytest.approx(found, rel=1e-7, abs=1e-7 + 10 * error)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Each sample, once; what is generated lands beside a copy of it."""
    folder = Path(shutil.copytree(SAMPLES, tmp_path_factory.mktemp("golden") / "samples"))
    return functools.cache(lambda case: Sample(CASES[case], folder))


@pytest.mark.parametrize("case", CASES)
def test_along_a_direction(samples: Any, case: str) -> None:
    at = samples(case)
    value, dot = sct.jvp(at.f, at.given(), at.along(at.direction))
    np.testing.assert_allclose(value, at.value, rtol=1e-12)
    assert product(dot, at.weight) == at.first


@pytest.mark.parametrize("case", CASES)
def test_back(samples: Any, case: str) -> None:
    at = samples(case)
    value, back = sct.pullback(at.f, *at.given())
    np.testing.assert_allclose(value, at.value, rtol=1e-12)
    bars = back(at.weight)
    assert sum(product(bars[k], direction) for k, direction in at.direction.items()) == at.first
    floats = [k for k, bar in enumerate(bars) if bar is not None]
    _, back = sct.vjp(at.f, *at.given())
    for k, bar in zip(floats, back(at.weight) if len(floats) > 1 else [back(at.weight)], strict=True):
        np.testing.assert_array_equal(bar, bars[k])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("case", CASES)
def test_jacobian(samples: Any, case: str, mode: Any) -> None:
    at = samples(case)
    J = sct.jacobian(at.f, wrt=at.wrt, mode=mode)
    several = isinstance(at.value, tuple)
    found = J(*at.given())
    total = 0.0
    for value, weight, parts in zip(
        *((at.value, at.weight, found) if several else ([at.value], [at.weight], [found])), strict=True
    ):
        for part, direction in zip(parts, at.direction.values(), strict=True):
            assert np.shape(part) == np.shape(value) + np.shape(direction)
            total += product(np.tensordot(part, direction, np.ndim(direction))[()], weight)
    assert total == at.first
    assert J.mode == mode


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted(CASES.keys() - set(MANY)))
def test_second_derivatives(samples: Any, case: str) -> None:
    at = samples(case)
    found = sct.hvp(at.f, tuple(at.given()), tuple(at.along(at.direction)))
    found = found if len(at.wrt) > 1 else (found,)
    curve = sum(product(part, direction) for part, direction in zip(found, at.direction.values(), strict=True))
    assert curve == at.second(at.direction)
    if case in LONG:
        return
    k = at.wrt[0]
    direction = at.direction[k]
    H = sct.hessian(at.f, wrt=k)
    matrix = H(*at.given())
    assert np.shape(matrix) == np.shape(direction) * 2
    pattern = H._columns._traced(at.args[k], at.given(), {})  # what sparsity="auto" would take
    assert pattern is None or not np.any(np.reshape(matrix, pattern.shape)[~pattern])
    rank = np.ndim(direction)
    curve = np.tensordot(np.tensordot(matrix, direction, rank), direction, rank)
    assert curve == at.second({k: direction})


@pytest.mark.parametrize("case", MANY)
def test_a_hessian_is_of_a_number(samples: Any, case: str) -> None:
    at = samples(case)
    for second in (sct.hessian(at.f), lambda *args: sct.hvp(at.f, args, tuple(at.along(at.direction)))):
        with pytest.raises(NotScalarError, match="grad needs a scalar"):
            second(*at.given())


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if 0 in map(np.ndim, case.args)])
def test_of_a_number(samples: Any, case: str) -> None:
    at = samples(case)
    for k in at.wrt:
        if np.ndim(at.args[k]):
            continue
        slope = at.slope(at.args, {k: 1.0})
        assert product(sct.derivative(at.f, wrt=k)(*at.given()), at.weight) == pytest.approx(slope, rel=1e-9, abs=1e-9)
        assert product(sct.derivative(at.f, wrt=k, order=2)(*at.given()), at.weight) == at.second({k: 1.0})
