"""Cells of a notebook, run as IPython runs them: what a cell uses of others, and where its errors are."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import SctError
from sct.origin import SourceError

Run = Callable[[str], Any]
HEAD = """import math as m
import numpy as np
from dataclasses import dataclass
from functools import cache
from scipy.special import expit
from sct import grad, value_and_grad
"""


@pytest.fixture(params=["<ipython-input-{}-abcdef>", "{}/{}.py"], ids=["ipython", "ipykernel"])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a cell, and give the value of its last line: cells have names of their own in the cache of lines."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    known: dict[str, Any] = {"__name__": "__main__", "__package__": None}
    folder, names = str(tmp_path / "ipykernel"), []

    def cell(text: str) -> Any:
        number = len(names) + 1
        name = request.param.format(*[folder] * (request.param.count("{}") - 1), number)
        names.append(name)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), known)
        return known.get("out")

    cell(HEAD)
    yield cell
    for name in names:
        linecache.cache.pop(name, None)


def gradient(run: Run, body: str) -> Any:
    """The derivative at 0.5 of a function of a cell of its own, held to a difference of its values."""
    run(f"@value_and_grad\ndef f(x):\n    return {body}\nout = f")
    f = run("out = f")
    value, slope = f(0.5)
    assert value == f.primal(0.5)
    assert slope == pytest.approx((f.primal(0.5 + 1e-6) - f.primal(0.5 - 1e-6)) / 2e-6, rel=1e-8)
    assert Path(f.path).is_file()
    return f


CAR = "class Car:\n    g = 9.81\n\n    def __init__(self, v):\n        self.v = v * self.g"
RECTANGLE = "@dataclass\nclass R:\n    a: float\n    b: float\n\n    def area(self):\n        return self.a * self.b"
HELD = "class P:\n    def __init__(self, a):\n        self.a = {}"


@pytest.mark.parametrize(
    ("cells", "body"),
    [
        (["SCALE = 3.0", "def scaled(x):\n    return SCALE * m.sin(x)"], "scaled(x) ** 2"),
        (["def _own(x):\n    return x * x\n"], "_own(x) * x"),
        (["@cache\ndef cached(x: float) -> float:\n    return x * x\n"], "cached(x) * x"),
        (["W = np.array([1.0, 2.0])", "D = {'a': W, 'b': [3.0, 4.0]}"], "x * np.sum(D['a'] * W) * D['b'][1]"),
        (["def square(x):\n    return x * x", "same = square", "sine = m.sin"], "same(x) * sine(x)"),
        (["FS = [np.sin, np.exp]", "ACT = {'e': expit, 't': np.tanh}"], "FS[1](x) * ACT['e'](x) * ACT['t'](x)"),
        ([RECTANGLE], "R(x * x, 2.0).area() * R(x, x).a"),
        ([CAR], "Car(x).v ** 2"),
        (["for k in range(3):\n    pass"], "x ** (k + 1)"),
        (["W = np.array([1.0, 2.0])", "W = np.array([5.0, 6.0])"], "x * np.sum(W) * x"),
        (["def h(x):\n    return x", "def h(x):\n    return x * x"], "h(x) * x"),
        ([HELD.format("a"), HELD.format("a * a")], "P(x).a * x"),
    ],
    ids=[
        "functions",
        "hidden",
        "cached",
        "data",
        "names",
        "tables",
        "dataclass",
        "class",
        "loop",
        "data-again",
        "function-again",
        "class-again",
    ],
)
def test_what_other_cells_define(run: Run, cells: list[str], body: str) -> None:
    for text in cells:
        run(text)
    gradient(run, body)


@pytest.mark.parametrize(
    ("cells", "body"),
    [
        ([CAR, "Car.g = 1.0"], "Car(x).v"),
        (["W = np.array([1.0, 2.0])", "W[0] = 5.0"], "x * np.sum(W)"),
        (["W = [1.0, 2.0]", "W += [3.0]"], "x * W[0] * W[-1]"),
        (["FS = [np.sin, np.exp]", "FS[0] = np.cos"], "FS[0](x)"),
        (["X = np.random.default_rng(0).random(3)"], "x * np.sum(X)"),
        (["@grad\ndef g(x: float) -> float:\n    return x * x * x\n"], "g(x) * x"),
    ],
    ids=["of a class", "element", "list", "table", "random", "gradient"],
)
def test_what_a_cell_does_not_tell_is_refused(run: Run, cells: list[str], body: str) -> None:
    for text in cells:
        run(text)
    with pytest.raises(SctError):
        gradient(run, body)


@pytest.mark.parametrize("change", ["W[0] = 5.0", "W = np.ones(2)", "def h(x):\n    return x"])
def test_what_is_changed_later_is_refused(run: Run, change: str) -> None:
    run("W = np.array([1.0, 2.0])")
    run("def h(x):\n    return np.sum(W) * x * x")
    f = gradient(run, "h(x)")
    run(change)
    with pytest.raises(SctError, match="f uses "):
        f(0.5)


def test_errors_are_at_the_lines_of_their_cells(run: Run) -> None:
    run("A = 1.0\nB = np.ones(3)")
    run("\ndef helper(x):\n    y = x\n    return unknown(y)")
    own = run("@grad\ndef f(x):\n    return other(x)\nout = f")
    called = run("@grad\ndef g(x):\n    return A * helper(x)\nout = g")
    nested = run(
        "def around(c):\n    def inner(x):\n        return c * third(x)\n    return inner\nout = grad(around(A))"
    )
    for f, place, caret in [
        (own, "4{}:3:12: ", "    3 |     return other(x)\n      |            ^^^^^^^^"),
        (called, "3{}:4:12: ", "    4 |     return unknown(y)\n      |            ^^^^^^^^^^"),
        (nested, "6{}:3:20: ", "    3 |         return c * third(x)\n      |                    ^^^^^^^^"),
    ]:
        with pytest.raises(sct.RefusedError) as caught:
            f(0.5)
        file = f.primal.__code__.co_filename
        assert place.format("-abcdef>" if file.endswith(">") else ".py") in str(caught.value)
        assert caret in str(caught.value)


def test_examples_in_docstrings() -> None:
    """Of the cells of doctest, which hides them from the cache of lines, values tell imports and numbers."""
    import doctest

    text = """
    >>> import math as m
    >>> from sct import grad
    >>> K = 2.0
    >>> def helper(x):
    ...     return K * m.sin(x)
    >>> grad(lambda x: helper(x) * m.cos(x))(0.0)
    2.0
    """
    module = ModuleType("example")
    module.__doc__ = text
    assert doctest.testmod(module) == (0, 5)


def test_a_text_in_no_cell() -> None:
    known: dict[str, Any] = {}
    exec("def f(x):\n    return x * x\n", known)
    with pytest.raises(SourceError, match="the source of f cannot be read; put it into a file"):
        sct.grad(known["f"])(1.0)
    assert np.isscalar(known["f"](1.0))
