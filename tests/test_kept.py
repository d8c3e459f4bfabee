"""A derivative that is made again is the one that was made before, while its function is what it was."""

from __future__ import annotations

import functools
import importlib
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.kept import kept


def square(x: float, factor: float = 2.0) -> float:
    return factor * x * x


def doubled(f: Callable[..., float]) -> Callable[..., float]:
    @functools.wraps(f)
    def wrapper(x: float) -> float:
        return 2.0 * x

    return wrapper


@pytest.mark.parametrize("made", [sct.grad, sct.value_and_grad])
def test_it_is_the_same_one(made: Callable[..., Any]) -> None:
    assert made(square) is made(square) is made(square, wrt=0)
    assert made(square, wrt=["x", "factor"]) is made(square, wrt=("x", "factor"))
    assert made(square) is not made(square, wrt=(0,))
    assert made(square) is not made(square, wrt="factor")


def test_a_gradient_and_one_with_the_value_are_two() -> None:
    assert sct.grad(square)(3.0) == 12.0
    assert sct.value_and_grad(square)(3.0) == (18.0, 12.0)
    assert sct.grad(sct.grad(square))(3.0) == 4.0


@pytest.mark.parametrize("wrt", [0.0, ["x", 1.5], [["x"]], None])
def test_what_is_no_parameter_is_refused_as_ever(wrt: Any) -> None:
    sct.grad(square)
    with pytest.raises(ArgumentError):
        sct.grad(square, wrt=wrt)


def test_a_wrapper_has_its_own() -> None:
    gradient = sct.grad(square)
    wrapper = doubled(square)
    assert "__sct_made__" in vars(wrapper)  # as `functools.wraps` has it
    assert sct.grad(wrapper) is not gradient
    assert sct.grad(square) is gradient


def test_a_pickle_by_value_takes_none_along() -> None:
    """As cloudpickle does, for a function of ``__main__``."""
    sct.grad(square)
    attributes = pickle.loads(pickle.dumps(dict(vars(square))))
    assert attributes == {"__sct_made__": {}}


_MODEL = """
def rise(x: float) -> float:
    return slope_of(x) * x
def slope_of(x):
    return {factor} * x
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "kept_model.py").write_text(_MODEL.format(factor=2.0))
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("kept_model")


def test_it_is_made_again_where_a_function_that_it_calls_is_another_one(model: ModuleType) -> None:
    gradient = sct.grad(model.rise)
    assert gradient(1.5) == 6.0
    path = Path(str(model.__file__))
    path.write_text(_MODEL.format(factor=5.0))
    other = ModuleType("kept_model")
    exec(compile(path.read_text(), str(path), "exec"), vars(other))
    model.slope_of = other.slope_of  # type: ignore[attr-defined]
    with pytest.raises(ArgumentError, match="make its derivative again"):
        gradient(1.5)
    assert sct.grad(model.rise) is not gradient


def test_it_is_made_again_where_the_function_is_written_anew(model: ModuleType) -> None:
    """As IPython's autoreload does, which keeps the function."""
    gradient = sct.grad(model.rise)
    model.rise.__code__ = model.rise.__code__.replace(co_firstlineno=5)
    assert sct.grad(model.rise) is not gradient
    gradient = sct.grad(square)
    square.__defaults__ = (3.0,)
    try:
        assert sct.grad(square) is not gradient
    finally:
        square.__defaults__ = (2.0,)


def test_the_other_modes_find_what_they_made() -> None:
    x, v = np.array([0.3, -0.2]), np.array([1.0, 2.0])
    for _ in range(2):
        np.testing.assert_allclose(sct.hvp(_cubic, x, v), 6.0 * x * v)
        np.testing.assert_allclose(sct.hessian(_cubic)(x), np.diag(6.0 * x))
        assert sct.jvp(_cubic, (x,), (v,))[1] == pytest.approx(np.sum(3.0 * x * x * v))
        value, pull = sct.vjp(_cubic, x)
        assert value == pytest.approx(np.sum(x**3))
        np.testing.assert_allclose(pull(1.0), 3.0 * x * x)


def _cubic(x: Any) -> Any:
    return np.sum(x**3)


def test_what_has_no_attributes_is_made_each_time() -> None:
    assert kept(len, (), object, lambda _: True) is not kept(len, (), object, lambda _: True)


def _waved(x: float) -> float:
    return math.sin(x)


def test_it_is_made_again_where_a_library_has_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = sct.grad(_waved)
    assert gradient(0.0) == 1.0
    monkeypatch.setattr(math, "sin", math.cos)
    assert sct.grad(_waved) is not gradient
    monkeypatch.undo()
    assert sct.grad(_waved)(0.0) == 1.0
