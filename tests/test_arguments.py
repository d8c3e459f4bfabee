"""What is known of arguments: classes are looked at once, and again as soon as something was added to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import sct.arguments
from sct.arguments import ArgumentError, key, type_of
from sct.ir.types import Form, Type


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
