"""Tables of functions, of a module and of a function's own: held to dual numbers and differences, and to the file."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.origin import SourceError
from sct.pipeline import Request, differentiate
from tests.modules import load_module
from tests.programs import hold
from tests.refused import refused

HEAD = """
import math

import numpy as np

RATE = 0.5


def relu(t):
    return np.maximum(t, 0.0)


def twice(t):
    return scaled(t, 2.0)


def scaled(t, c):
    return c * t


ACT: dict = {"tanh": np.tanh, "relu": relu, "soft": lambda t: np.log1p(np.exp(RATE * t))}
NET = [(np.tanh, 2.0), (relu, RATE), (twice, -1.0)]
NESTED = {"first": [np.sin, twice]}
PARTS = {"first": slice(0, 2), "rest": slice(-2, None)}
ODD = slice(1, None, 2)


"""
PROGRAMS = {
    "a key that is a literal, and one that a parameter is": """
def run(x, name):
    if name not in ACT:
        raise ValueError(name)
    return ACT[name](x)


def f(x, n):
    return np.sum(ACT["soft"](run(x, "relu") + n * run(x, "tanh")))
""",
    "a loop over rows": """
def f(x, n):
    for act, scale in NET:
        x = act(scale * x)
    for k, (act, scale) in enumerate(NET):
        x = x + k * act(x)
    return np.sum(x) * len(NET)
""",
    "a loop over a dict": """
def f(x, n):
    total = 0.0
    for name, act in ACT.items():
        if name != "tanh":
            total += np.sum(act(n * x))
    for name in ACT:
        total = total + np.sum(ACT[name](x))
    for act in ACT.values():
        total = total * np.mean(act(x))
    return total + sum([np.sum(act(x)) for act in NESTED["first"]])
""",
    "tables of the function's own": """
def f(x, n):
    c = np.sum(x)
    table = {"a": lambda t: c * t, "b": np.sin}
    first, second = (np.cos, relu)
    for layer in [table["a"], table["b"]]:
        x = layer(x)
    return np.sum(first(x) * second(x))
""",
    "which of them it is": """
def f(x, n):
    for act in (np.tanh, relu, np.sin):
        y = act(x)
        x = y * 2.0 if act is np.tanh else y - n if act is not relu else y * y
    return np.sum(x)
""",
    "slices": """
def part(y, rows):
    return y[rows] ** 2


def f(x, n):
    y, head = x.copy(), slice(n - 1)
    for each in [slice(0, 2), ODD]:
        y[each] *= x[each]
    for name, each in PARTS.items():
        y[each] += 1.0
    return np.sum(y[PARTS["first"]] * y[PARTS["rest"]]) + np.sum(part(y, head)) + np.sum(part(x, slice(None, None, -1)))
""",
    "functions that are passed on": """
def composed(*functions):
    def whole(t):
        for function in functions:
            t = function(t)
        return t

    return whole


def f(x, n):
    return np.sum(composed(np.sin, relu, lambda t: t * n)(x))
""",
    "each turn of an unrolled loop has a table of its own": """
def f(x, n):
    kept = [np.sin, np.cos]
    for k in (1.0, x[0], 2.0):
        last, kept = kept, [lambda t, k=k: k * t, lambda t, k=k: k + t]
        x = last[0](x) + kept[1](x)
    return np.sum(last[0](x) * kept[0](x))
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(text: str) -> None:
    hold(HEAD + text, "f", (0,), (np.array([0.3, -0.4, 1.2]), 2), annotated=False)


@pytest.mark.parametrize("name", ["tanh", "relu", "soft"])
def test_a_string_chooses_as_the_code_runs(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.py"
    path.write_text(f"{HEAD}def f(x: float, name: str = 'tanh') -> float:\n    return ACT[name](x) ** 2\n")
    model = load_module(path)
    h = 1e-6
    slope = (model.f(0.7 + h, name) - model.f(0.7 - h, name)) / (2 * h)
    assert sct.grad(model.f)(0.7, name) == pytest.approx(slope, rel=1e-8)
    with pytest.raises(KeyError, match="sine"):
        sct.grad(model.f)(0.7, "sine")


def test_a_generated_module_has_the_table_behind_its_functions() -> None:
    text = f"{HEAD}def f(x: float) -> float:\n    return ACT['relu'](x)\n"
    (piece,) = differentiate(text, "model.py", [Request("f")])
    module: dict[str, Any] = {}
    exec(f"import numpy as np\nRATE = 0.5\n{piece.text}", module)
    assert (module["f"](2.0), module["f_grad"](2.0)) == (2.0, 1.0)


MODULE = """
import math
from functools import reduce

import numpy as np


def cube(x):
    return x**3


def helper(x):
    return x * 2.0


norm = math.sin
go = cube
ACT = {"sin": math.sin, "cube": cube, "own": lambda x: helper(x) * x, "other": lambda x: x}
NET = [(cube, 2.0), (math.sin, 3.0)]
PARTS = {"first": slice(0, 2)}
REST = slice(2, None)


def by_slice(x):
    return (x * np.arange(1.0, 4.0))[PARTS["first"]].sum() + (x * np.arange(3.0))[REST].sum()


def by_key(x):
    return ACT["cube"](x) + ACT["own"](x)


def by_row(x):
    for function, c in NET:
        x = function(c * x)
    return x


def by_reduction(x):
    return reduce(lambda a, b: a * b, [x, x])


def by_name(x):
    return norm(x) + go(x)
"""


@pytest.fixture
def model(tmp_path: Path) -> ModuleType:
    path = tmp_path / "model.py"
    path.write_text(MODULE, encoding="utf-8")
    return load_module(path)


CHANGES: dict[str, tuple[str, Callable[[ModuleType], Any]]] = {
    "another function": ("by_key", lambda m: m.ACT.update(cube=math.cos)),
    "another lambda of the same line": ("by_key", lambda m: m.ACT.update(own=m.ACT["other"])),
    "what a lambda calls": ("by_key", lambda m: setattr(m, "helper", math.cos)),
    "what a table names": ("by_key", lambda m: setattr(m, "cube", math.cos)),
    "one more item": ("by_row", lambda m: m.NET.append((math.cos, 1.0))),
    "a number beside a function": ("by_row", lambda m: m.NET.__setitem__(0, (m.cube, 5.0))),
    "another slice": ("by_slice", lambda m: setattr(m, "REST", slice(1, None))),
    "another slice of a table": ("by_slice", lambda m: m.PARTS.update(first=slice(1, 2))),
    "another name of a library's function": ("by_name", lambda m: setattr(m, "norm", math.cos)),
    "another name of a function": ("by_name", lambda m: setattr(m, "go", math.cos)),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_a_table_that_was_changed(model: ModuleType, name: str, change: Callable[[ModuleType], Any]) -> None:
    kept = sct.grad(getattr(model, name))
    kept(0.5)
    change(model)
    with pytest.raises(ArgumentError, match="in whose place something else was put"):
        kept(0.5)
    with pytest.raises(SourceError, match="is not what the file says"):
        sct.grad(getattr(model, name))(0.5)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ('def f(x: float):\n    return ‹ACT["sine"]›(x)', "there is no item 'sine' here"),
        ("def f(x: float, k: int):\n    return ‹NET[k]›[0](x)", "it is not known which item of `NET` this is"),
        ('D = {"f": math.sin, "c": ‹np.ones(3)›}\ndef f(x: float):\n    return D["f"](x)', "is no literal"),
        ("def f(x: float):\n    s = ‹slice(1, 3)›\n    return x * s.start", "a slice is used as a value"),
        ("def f(x: float):\n    return ‹[math.sin, x]›", "what holds objects or functions is used as a value"),
    ],
)
def test_refused(marked: str, reason: str) -> None:
    assert reason in refused(HEAD + marked).reason


def test_another_function_in_the_place_of_one_that_is_written_out(model: ModuleType) -> None:
    assert sct.grad(model.by_reduction)(0.5) == 1.0
    model.reduce = lambda f, items: items[0]
    with pytest.raises(SourceError, match="reduce is not what the file says"):
        sct.grad(model.by_reduction)(0.5)
