"""What is known of arguments: classes are looked at once, and again as soon as something was added to them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import sct.arguments
from sct.arguments import ArgumentError, key, layout, type_of
from sct.errors import RefusedError
from sct.ir.types import Form, Type
from sct.pipeline import Request, differentiate


@dataclass
class Body:
    x: np.ndarray
    m: float


def test_a_class_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[type] = []
    looked = sct.arguments._changes_parts

    def counted(cls: type) -> str | None:
        asked.append(cls)
        return looked(cls)

    sct.arguments._of_class.cache_clear()
    monkeypatch.setattr(sct.arguments, "_changes_parts", counted)
    bodies = [Body(np.ones(3), 1.0) for _ in range(5)]
    for _ in range(3):
        key([bodies, [(k, k + 1) for k in range(9)]], ["bodies", "pairs"])
    assert sorted(cls.__name__ for cls in asked) == ["Body", "list", "tuple"]


def test_what_was_added_to_a_class_is_noticed() -> None:
    @dataclass
    class Point:
        x: float

    assert type_of(Point(1.0), "p").items == (Type("float"),)
    Point.__getattr__ = lambda self, name: 2.0  # type: ignore[attr-defined]
    with pytest.raises(ArgumentError, match="__getattr__"):
        type_of(Point(1.0), "p")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([(0, 1), (1, 2)], Type("list", items=(Type("tuple", items=(Type("int"), Type("int"))),))),
        ([np.ones(2), np.ones(3)], Type("list", items=(Type("array", ("?x.0+",)),))),
        ([np.ones(1), np.ones(3)], Type("list", items=(Type("array", ("?x.0",)),))),
        ([1.0, None], Type("tuple", items=(Type("float"), Type("none")), form=Form("list"))),
    ],
)
def test_a_list_has_the_type_of_its_items(value: Any, expected: Type) -> None:
    assert type_of(value, "x") == expected


def test_an_item_that_is_none_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"the argument x\.1 is of type object"):
        type_of([1.0, object()], "x")


@dataclass
class Pair:
    w: Any
    b: Any


ROW, COLUMN, ONE = np.ones(3), np.ones((3, 1)), np.ones(1)
DIFFERENT = [
    *(1.0, 1, True, "x", None, np.float64(1.0), np.float32(1.0)),
    *(ROW, ONE, COLUMN, COLUMN.T, np.ones((3, 2)), np.ones((1, 1)), np.array(1.0), np.arange(3), np.float32(ROW)),
    *((), [], {}, (1.0,), [1.0], [1.0, 2.0], [1.0, 2.0, 3.0], (1.0, 2.0), [1, 2], [1.0, 2], [2, 1.0]),
    *([ROW], [ROW, ROW], [ROW, ONE], [ONE, ROW], [(ROW, 1)], [(ROW, 1), (ROW, 1)], [[1.0], [2.0]], [[1.0, 2.0]]),
    *({"w": 1.0, "b": ROW}, {"b": 1.0, "w": ROW}, {"w": ROW, "b": 1.0}, {"w": ROW}, {"w": {"b": ROW}}),
    *(Pair(1.0, ROW), Pair(ROW, 1.0), Pair(ROW, (1.0,)), SimpleNamespace(w=1.0, b=ROW), SimpleNamespace(b=ROW, w=1.0)),
]


def test_what_differs_is_laid_out_otherwise() -> None:
    assert None not in [layout(value) for value in DIFFERENT]
    assert len({layout(value) for value in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize("make", [list, tuple], ids=["list", "tuple"])
def test_what_is_laid_out_alike_has_one_type(make: Any) -> None:
    pairs = [(ROW, np.zeros(5)), (Pair(COLUMN, 2.0), Pair(np.zeros((7, 1)), 3.0)), ({"w": ROW}, {"w": np.zeros(8)})]
    for one, other in pairs:
        a, b = make([one, 1.0]), make([other, 2.0])
        assert layout(a) == layout(b)
        assert type_of(a, "x") == type_of(b, "x")


@pytest.mark.parametrize("value", [1j, np.ma.array([1.0]), [1.0, object()], {"w": (np.ma.array([1.0]),)}])
def test_of_what_is_not_known_nothing_is_told(value: Any) -> None:
    assert layout(value) is None


def test_a_long_list_of_several_kinds_is_not_gone_through() -> None:
    assert layout([1.0, 2] * 1000) is None
    assert layout([1.0] * 1000) == (list, 1000, float)


@pytest.mark.parametrize(
    ("annotation", "default"), [("str", '"a"'), ("tuple[str, int]", '("a", 1)'), ("None", "None"), ("", '"a"')]
)
def test_a_parameter_without_floats_is_not_differentiated(annotation: str, default: str) -> None:
    """Of the first parameter there would be a gradient that is None."""
    stated = f"kind: {annotation} = {default}" if annotation else f"kind={default}"
    source = f"def f({stated}, x: float = 2.0) -> float:\n    return x * x if kind else x\n"
    with pytest.raises(RefusedError, match="there is no float and no array of floats in `kind`") as caught:
        differentiate(source, "model.py", [Request("f")])
    (problem,) = caught.value.diagnostics
    assert (problem.span.line, problem.span.col) == (1, 6) and problem.help == "name another parameter: --wrt x"
    differentiate(source, "model.py", [Request("f", ("x",))])
