"""Members of enumerations as options: held to differences, by the decorator and by the command."""

from __future__ import annotations

import importlib
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sct
from sct.arguments import ArgumentError
from sct.cli import app
from sct.pipeline import Request, differentiate
from tests.refused import refused

MODULE = """
from enum import Enum, IntEnum, auto


class Kind(str, Enum):
    CALL = "call"
    PUT = "put"


class Column(IntEnum):
    FIRST = 0
    LAST = 2


class Mode(Enum):
    FAST = "fast"


class Level(Enum):
    LOW = auto()


SIGN = {"call": 1.0, "put": -1.0}


def payoff(x: float, kind: Kind = Kind.CALL) -> float:
    if kind == Kind.CALL:
        return x * 2.0 * SIGN[kind]
    elif kind in (Kind.PUT, "other"):
        return x**2
    raise ValueError(kind)


def by_case(x: float, column: Column) -> float:
    match column:
        case Column.FIRST:
            return x**3 * (column + 1)
        case Column.LAST:
            return payoff(x, Kind.PUT) * column
    return payoff(x)


class Order(IntEnum):
    FIRST = auto()
    FIFTH = 5
    SIXTH = auto()


def by_order(x: float, order: Order) -> float:
    if order == Order.FIRST:
        return x**2
    return x**3 if order == Order.SIXTH else x**4
"""


WRONG = """class Text(str, Enum):
    ONE = 1


class Count(int, Enum):
    ONE = "1"
    SEVEN = 7
    EIGHT = auto()
    TWO = 2
    THREE = auto()
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "options_of_enums.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return importlib.reload(importlib.import_module("options_of_enums"))


def _cases(model: ModuleType) -> list[tuple[Any, Any]]:
    kinds = [(model.payoff, kind) for kind in (model.Kind.CALL, model.Kind.PUT, "call")]
    orders = [(model.by_order, order) for order in (*model.Order, 6)]
    return kinds + orders + [(model.by_case, column) for column in (model.Column.FIRST, model.Column.LAST, 1)]


def test_derivatives(model: ModuleType) -> None:
    for f, option in _cases(model):
        slope = (f(1.3 + 1e-6, option) - f(1.3 - 1e-6, option)) / 2e-6
        assert sct.grad(f)(1.3, option) == pytest.approx(slope, rel=1e-8)
    with pytest.raises(ValueError, match="straddle"):
        sct.grad(model.payoff)(1.3, "straddle")


def test_a_built_module_has_the_enumerations(model: ModuleType) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["build", "options_of_enums.py", "-f", "payoff", "-f", "by_case", "-f", "by_order"])
    assert not ended.value.code
    built = importlib.import_module("options_of_enums_grad")
    for f, option in _cases(model):
        value, slope = getattr(built, f"{f.__name__}_adjoint")(1.3, option)
        assert value == f(1.3, option) == getattr(built, f.__name__)(1.3, option)
        assert slope == pytest.approx(sct.grad(f)(1.3, option), rel=1e-12)


@pytest.mark.parametrize(("value", "kind"), [("flat", "str"), (2, "int")])
def test_what_is_equal_to_itself_alone(value: Any, kind: str) -> None:
    class Model(Enum):
        FLAT = value

    with pytest.raises(ArgumentError, match=rf"let it be of type {kind} as well, `class Model\({kind}, Enum\)`"):
        sct.grad(lambda x, model: x if model is Model.FLAT else x**2)(1.0, Model.FLAT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x if k == ‹Mode.FAST› else 2 * x", "the members of `Mode` are equal to nothing but themselves"),
        ("x if k == ‹Level.LOW› else 2 * x", "the members of `Level` are equal to nothing but themselves"),
        ("x if k == ‹Text.ONE› else 2 * x", "the value of `Text.ONE` is not of type str, as its class is"),
        ("x if k == ‹Count.ONE› else 2 * x", "the value of `Count.ONE` is not of type int, as its class is"),
        ("x if k == ‹Count.THREE› else 2 * x", "the value of `Count.THREE` is no literal"),
        ("x if k == ‹Kind.OTHER› else 2 * x", "`Kind` has no member `OTHER`"),
        ("x if ‹k is Kind.CALL› else 2 * x", "`is` is only supported with None, True and False"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert refused(f"{MODULE}{WRONG}\n\ndef f(x: float, k: str) -> float:\n    return {text}\n").reason == reason


def test_what_else_its_class_is_to_be() -> None:
    for name, kind in (("Mode.FAST", "str"), ("Level.LOW", "int")):
        text = f"{MODULE}\n\ndef f(x: float, k: str) -> float:\n    return x if k == ‹{name}› else 2 * x\n"
        assert f"`class {name.split('.')[0]}({kind}, Enum)`" in str(refused(text).help)


def test_values_that_are_no_literals() -> None:
    head = MODULE.replace('PUT = "put"', 'PUT = "p" + "ut"').replace('"other"', '"none"')
    assert "no literal" in refused(head.replace("Kind.PUT, ", "‹Kind.PUT›, ").replace("payoff(", "f(")).reason


def test_the_text_compares_with_values() -> None:
    (piece,) = differentiate(MODULE, "model.py", [Request("payoff")])
    assert 'if kind == "call":' in piece.text
    assert "class Kind(str, Enum):" in piece.text
