"""What generated code takes from a module is what it was: a constant or a function that was changed is refused."""

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
from tests.modules import load_module

MODULE = """
import math
import numpy as np
import sct

TABLE = np.array([1.0, 2.0])
ITEMS = {"a": [1.0, np.ones(2)]}

C = 3.0
FLAG = True
PAIR = (1.0, 2.0)
NAME = "sin"
NAN = math.nan
T = 2.0


def in_lambda(x):
    return (lambda q: q * C)(x)


def in_generator(x):
    return sum(C * q for q in (x, x))


def in_comprehension(x):
    return sum([C * q for q in (x, x)])


def by_flag(x):
    return x * 3 if FLAG else x * x


def by_name(x):
    return math.sin(x) if NAME == "sin" else x


def item(x):
    return x * PAIR[0]


def of_nan(x):
    return x * NAN


def of_table(x):
    return x * TABLE[0] + np.sum(ITEMS["a"][1] * x)


def helper(x):
    return C * x * x


def calls(x):
    return helper(x) * x


def by_itself(x):
    return x * x


def of_inverse(x):
    return np.linalg.inv(np.diag([x, 1.0]))[0, 0]


def transposed(A):
    return (A.T * 2.0).sum()


def made(c):
    return lambda x: c * C * x * x
"""

CASES = [
    ("in_lambda", "C", 4.0),
    ("in_generator", "C", 4.0),
    ("in_comprehension", "C", math.nan),
    ("by_flag", "FLAG", False),
    ("by_name", "NAME", "cos"),
    ("item", "PAIR", (5.0, 2.0)),
    ("of_nan", "NAN", 1.0),
    ("calls", "C", np.ones(2)),
]


@pytest.fixture
def model(tmp_path: Path) -> ModuleType:
    path = tmp_path / "model.py"
    path.write_text(MODULE, encoding="utf-8")
    return load_module(path)


@pytest.mark.parametrize(("name", "constant", "value"), CASES)
def test_a_constant_that_was_changed(model: ModuleType, name: str, constant: str, value: Any) -> None:
    gradient, twice = sct.grad(getattr(model, name)), sct.grad(sct.grad(getattr(model, name)))
    before = getattr(model, constant)
    known = [gradient(2.0), twice(2.0)]
    setattr(model, constant, value)
    for call in (gradient, twice, sct.grad(getattr(model, name))):
        with pytest.raises(ArgumentError, match=f"uses the constant {constant}, which is .* in the source and .* now"):
            call(2.0)
    setattr(model, constant, before if isinstance(before, str | bool) else type(before)(before))
    assert np.array_equal([gradient(2.0), twice(2.0)], known, equal_nan=True)


def test_a_constant_of_a_nested_function(model: ModuleType) -> None:
    gradient = sct.grad(model.made(2.0))
    assert gradient(1.0) == 12.0
    model.C = 4.0
    for call in (gradient, sct.grad(model.made(2.0))):
        with pytest.raises(ArgumentError, match="uses the constant C"):
            call(1.0)


def test_an_array_that_was_written_into(model: ModuleType) -> None:
    gradient = sct.grad(model.of_table)
    for array in (model.TABLE, model.ITEMS["a"][1]):
        assert gradient(1.0) == 3.0
        array[0] += 1.0
        for call in (gradient, sct.grad(model.of_table)):
            with pytest.raises(ArgumentError, match=r"of_table uses the constant (TABLE|ITEMS), which is"):
                call(1.0)
        array[0] -= 1.0
    assert gradient(1.0) == 3.0
    model.TABLE = model.TABLE.astype(np.float32)
    with pytest.raises(ArgumentError, match="uses the constant TABLE"):
        gradient(1.0)


def test_a_function_that_was_changed(model: ModuleType) -> None:
    gradient = sct.grad(model.calls)
    assert gradient(1.0) == 9.0
    own = model.helper
    model.helper = sct.grad(own)  # of which the function itself is the same
    assert gradient(1.0) == 9.0
    model.helper = lambda x: x
    with pytest.raises(ArgumentError, match="calls uses helper, in whose place something else was put"):
        gradient(1.0)
    model.helper = own
    assert gradient(1.0) == 9.0


def test_an_attribute_is_no_constant(model: ModuleType) -> None:
    gradient: Callable[..., Any] = sct.grad(model.transposed)
    assert np.array_equal(gradient(np.ones((2, 3))), 2 * np.ones((2, 3)))
    model.T = 5.0
    assert np.array_equal(gradient(np.ones((2, 3))), 2 * np.ones((2, 3)))


@pytest.mark.parametrize("attribute", ["__defaults__", "__kwdefaults__"])
def test_defaults_of_the_function_itself(attribute: str, tmp_path: Path) -> None:
    """A derivative that was made before took those that were there then."""
    path = tmp_path / "model.py"
    path.write_text(f"def power(x{', *' * (attribute == '__kwdefaults__')}, n=2):\n    return x**n\n")
    m = load_module(path)
    gradient = sct.grad(m.power)
    assert (gradient(2.0), gradient(2.0)) == (4.0, 4.0)
    setattr(m.power, attribute, (3,) if attribute == "__defaults__" else {"n": 3})
    for _ in range(2):
        with pytest.raises(ArgumentError, match="power uses power, in whose place something else was put"):
            gradient(2.0)
    assert m.power(2.0) == 8.0


@pytest.mark.parametrize(
    ("name", "place", "other"),
    [
        ("by_name", "math.sin", math.cos),
        ("by_name", "math.cos", math.sin),  # which the derivative calls, and not the function
        ("of_table", "np", math),
        ("of_table", "np.sum", lambda x: 0.0),
        ("of_inverse", "np.linalg.inv", np.array),
    ],
)
def test_libraries_that_were_changed(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str, place: str, other: Any
) -> None:
    """A derivative that is kept has the functions of the libraries, and what was derived from these."""
    gradient = sct.grad(getattr(model, name))
    before = gradient(2.0)
    owner, _, last = f"model.{place}".rpartition(".")
    with monkeypatch.context() as patch:
        patch.setattr(eval(owner, {"model": model}), last, other)
        for _ in range(2):
            with pytest.raises(ArgumentError, match=rf"{name} uses \S*{last}, in whose place something else was put"):
                gradient(2.0)
    assert gradient(2.0) == before


def test_code_that_was_put_into_the_function(model: ModuleType) -> None:
    """As IPython's autoreload does it."""
    gradient = sct.grad(model.by_itself)
    assert (gradient(2.0), gradient(2.0)) == (4.0, 4.0)
    model.by_itself.__code__ = (lambda x: x * x * x).__code__
    with pytest.raises(ArgumentError, match="by_itself uses by_itself, in whose place something else was put"):
        gradient(2.0)


def test_a_constant_of_another_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "constants_of_another.py").write_text("K = 3.0\nROW = [1.0, 2.0]\n")
    path = tmp_path / "model.py"
    path.write_text("import constants_of_another as c\n\n\ndef f(x):\n    return c.K * x * c.ROW[1]\n")
    monkeypatch.syspath_prepend(tmp_path)
    m = load_module(path)
    gradient = sct.grad(m.f)
    assert (gradient(2.0), gradient(2.0)) == (6.0, 6.0)
    m.c.ROW[1] = 3.0
    with pytest.raises(
        ArgumentError, match=r"f uses the constant \S*ROW, which is \[1.0, 2.0\] in the source and \[1.0, 3"
    ):
        gradient(2.0)
    m.c.ROW[1] = 2.0
    m.c.K = 4.0
    with pytest.raises(ArgumentError, match=r"f uses the constant \S*K, which is 3.0 in the source and 4.0 now"):
        gradient(2.0)
