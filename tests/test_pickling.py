"""What decorators made is pickled by its name, or as the call that made it."""

from __future__ import annotations

import copy
import importlib
import multiprocessing
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sct
from sct.pickling import NamelessError

MODEL = """import functools

import sct


@sct.grad
def decorated(x: float) -> float:
    return x**3


@sct.jacobian
def rows(x: float) -> float:
    return x**3


@sct.grad
@sct.grad
def twice(x: float) -> float:
    return x**4 / 4.0


@functools.lru_cache
def cached(x: float) -> float:
    return x**3


class Law:
    @staticmethod
    @sct.grad
    def of(x: float) -> float:
        return x**3


def plain(x: float) -> float:
    return x**3


def scaled(c: float):
    return sct.grad(lambda x: c * x)


called = sct.grad(plain)
hidden = [sct.grad(decorated.primal, wrt="x")]
lost = [sct.grad(lambda x: x**3)]
slope = sct.grad(lambda x: x**3)
again = sct.grad(decorated.primal)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("pickling")
    Path(folder, "model_of_pickling.py").write_text(MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("model_of_pickling")


@pytest.mark.parametrize("name", ["decorated", "rows", "twice", "Law.of", "slope", "again"])
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_what_has_a_name_is_pickled_by_it(model: ModuleType, name: str, protocol: int) -> None:
    f = model.Law.of if name == "Law.of" else getattr(model, name)
    assert f(2.0) == 12.0
    assert pickle.loads(pickle.dumps(f, protocol)) is f
    assert copy.deepcopy([f])[0] is f and copy.copy(f) is f


def test_what_was_called_is_pickled_as_the_call(model: ModuleType) -> None:
    made = [sct.grad(model.plain), model.called, sct.grad(model.cached), sct.jacobian(model.plain, mode="reverse")]
    made += [sct.derivative(model.plain), sct.jacobian(model.cached, mode="forward")]
    for f in made:
        assert f(2.0) == 12.0
        again = pickle.loads(pickle.dumps(f))
        assert again is not f and type(again) is type(f) and again(2.0) == 12.0
    assert pickle.loads(pickle.dumps(sct.grad(model.called)))(2.0) == 12.0
    assert pickle.loads(pickle.dumps(sct.hessian(model.plain)))(2.0) == 12.0
    value_and_grad = pickle.loads(pickle.dumps(sct.value_and_grad(model.plain, wrt=("x",))))
    assert value_and_grad(2.0) == (8.0, (12.0,))


def test_what_has_no_name_is_refused(model: ModuleType) -> None:
    for f, name in ((model.lost[0], "<lambda>"), (model.scaled(2.0), "scaled.<locals>.<lambda>")):
        with pytest.raises(NamelessError) as raised:
            pickle.dumps(f)
        reason = "model_of_pickling has neither it nor that function by a name; define one at the top"
        assert str(raised.value) == f"the derivative of {name} cannot be pickled: {reason}"
        assert copy.deepcopy(f) is f
    with pytest.raises(NamelessError, match="the derivative of decorated cannot be pickled"):
        pickle.dumps(model.hidden[0])


def test_what_it_is_called(model: ModuleType) -> None:
    assert repr(model.decorated) == "<sct.grad of model_of_pickling.decorated with respect to x>"
    both = sct.value_and_grad(lambda x, y: x * y, wrt=("y", "x"))
    assert repr(both).startswith("<sct.value_and_grad of ") and repr(both).endswith(" with respect to y, x>")


def test_processes_take_derivatives(model: ModuleType) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(model.decorated, [1.0, 2.0]) == [3.0, 12.0]
        assert pool.map(model.called, [1.0, 2.0]) == [3.0, 12.0]
