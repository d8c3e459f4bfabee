"""What a function uses of other modules and of classes is watched, too: what was put in its place is refused."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sct
from sct.errors import SctError
from sct.origin import SourceError

HELPER = """from dataclasses import dataclass


def step(x, k=2.0, *, m=1.0):
    return k * m * x


def scale(x):
    return step(x) * x


class Base:
    def twice(self):
        return 2.0 * self.a


@dataclass
class P(Base):
    a: float
    b: float = 1.0

    def v(self):
        return self.a * self.b

    @property
    def w(self):
        return self.a

    @staticmethod
    def s(x):
        return x


class Other:
    def v(self):
        return 7.0

    if True:

        def w(self):
            return 7.0

    else:

        def w(self):
            return 8.0
"""
MODEL = """import HELPER as helper
from HELPER import P, scale


def direct(x):
    return helper.step(x) * x


def through(x):
    return scale(x)


def of_class(x):
    p = P(x)
    return p.v() * p.w * P.s(x) * p.twice()


def of_argument(x, p):
    return p.v() * p.twice() * x * x


def nested(x):
    return (lambda t: helper.step(t) * t)(x)


def makes(c):
    return lambda x: c * helper.step(x)
"""


def _gradient(model: ModuleType, name: str) -> Callable[[], Any]:
    f, args = sct.grad(getattr(model, name)), (3.0, model.P(2.0)) if name == "of_argument" else (3.0,)
    return lambda: f(*args)


CASES = [
    ("direct", "", "step", "step"),
    ("through", "", "step", "step"),
    ("through", "model", "scale", "scale"),
    ("nested", "", "step", "step"),
    ("of_class", "P", "v", "P.v"),
    ("of_class", "P", "w", "P.w"),
    ("of_class", "P", "s", "P.s"),
    ("of_class", "P", "twice", "P.twice"),
    ("of_class", "P", "a", "P.a"),
    ("of_class", "P", "__init__", "P.__init__"),
    ("of_class", "Base", "twice", "Base.twice"),
    ("of_argument", "P", "v", "P.v"),
    ("of_argument", "Base", "twice", "Base.twice"),
]


def _stranger(*args: Any, **kwargs: Any) -> float:
    return 99.0


@pytest.mark.parametrize(("name", "owner", "key", "label"), CASES)
def test_what_was_put_in_another_place(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str, owner: str, key: str, label: str
) -> None:
    gradient = _gradient(model, name)
    before = gradient()
    place = {"": model.helper, "model": model}.get(owner) or getattr(model.helper, owner)
    new: Any = property(_stranger) if key in ("w", "a") else _stranger
    monkeypatch.setattr(place, key, new, raising=False)
    with pytest.raises(SctError, match=rf"{label}, in whose place something else was put; make its derivative again"):
        gradient()
    if label != "P.twice":  # which the file does not have
        with pytest.raises(SourceError, match=rf"{label} is not what the file says"):
            _gradient(model, name)()
    monkeypatch.undo()
    assert gradient() == _gradient(model, name)() == before


@pytest.mark.parametrize("name", ["direct", "through", "nested"])
@pytest.mark.parametrize(
    ("part", "value"),
    [("__defaults__", (9.0,)), ("__kwdefaults__", {"m": 5.0}), ("__code__", (lambda x, k=1, *, m=2: 9.0).__code__)],
)
def test_a_part_of_a_function(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str, part: str, value: object
) -> None:
    gradient = _gradient(model, name)
    assert gradient() == 12.0
    monkeypatch.setattr(model.helper.step, part, value)
    with pytest.raises(SctError, match=r"step, in whose place something else was put"):
        gradient()
    with pytest.raises(SourceError, match=r"step is not what the file says"):
        _gradient(model, name)()
    monkeypatch.undo()
    assert gradient() == 12.0


def test_a_function_that_captures(model: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = sct.grad(model.makes(2.0))
    assert gradient(1.0) == 4.0
    monkeypatch.setattr(model.helper, "step", _stranger)
    with pytest.raises(SctError, match="step, in whose place something else was put"):
        gradient(1.0)


def test_what_is_not_used_may_change(model: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = _gradient(model, "direct")
    before = gradient()
    monkeypatch.setattr(model.helper, "scale", _stranger)
    monkeypatch.setattr(model.helper.P, "v", _stranger)
    model.helper.step.calls = 3
    assert gradient() == _gradient(model, "direct")() == before


def test_a_module_that_is_loaded_again(model: ModuleType) -> None:
    gradient = _gradient(model, "direct")
    before = gradient()
    importlib.reload(model.helper)
    assert gradient() == before
    path = Path(str(model.helper.__file__))
    path.write_text(HELPER.replace("k * m * x", "k * m * x * x"))
    importlib.reload(model.helper)
    with pytest.raises(SctError, match="step, in whose place something else was put"):
        gradient()


def test_a_call_compares_what_is_used(model: ModuleType) -> None:
    """A call stays cheap: it compares these, and no more."""
    gradient = sct.grad(model.direct)
    gradient(3.0)
    assert {name for _, name in gradient._watched._held} == {"helper", "step"}
    assert [f.__name__ for f in gradient._watched._functions] == ["direct", "step"]


def test_a_base_of_another_module(model: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module of the function knows neither the base nor its module."""
    name = model.helper.__name__
    (tmp_path / f"far_{name}.py").write_text(f"import {name}\n\n\nclass Far({name}.Base):\n    pass\n")
    text = "from dataclasses import dataclass\nimport FAR as far\n\n\n@dataclass\nclass Q(far.Far):\n    a: float\n"
    (tmp_path / f"middle_{name}.py").write_text(text.replace("FAR", f"far_{name}"))
    (tmp_path / f"near_{name}.py").write_text(
        f"from middle_{name} import Q\n\n\ndef f(x):\n    return Q(x).twice() * x\n"
    )
    f = importlib.import_module(f"near_{name}").f
    gradient = sct.grad(f)
    assert gradient(3.0) == 12.0
    monkeypatch.setattr(model.helper.Base, "twice", _stranger)
    with pytest.raises(SctError, match=r"Base\.twice, in whose place something else was put"):
        gradient(3.0)
    with pytest.raises(SourceError, match=r"Base\.twice is not what the file says"):
        sct.grad(f)(3.0)


def test_what_another_class_has_may_change(model: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method of the same name."""
    gradient = _gradient(model, "of_argument")
    before = gradient()
    monkeypatch.setattr(model.helper.Other, "v", _stranger)
    assert gradient() == _gradient(model, "of_argument")() == before
