"""A class is what its body says; what makes another one of it is refused where the class is used, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.refused import unmarked

HEAD = """import sys
import builtins
import functools
import numpy as np
from dataclasses import dataclass
from dataclasses import dataclass as _dataclass
from typing import NamedTuple

"""
P = "\n\n@dataclass\nclass P:\n    a: float\n\n    def v(self):\n        return self.a\n"
USE = "\n\n\ndef f(x: float) -> float:\n    return P(x).v()\n"

CASES = [
    (
        f"{P}\n    def w(self):\n        return 2 * self.a\n\n    ‹v› = w{USE}",
        "`v` is bound more than once in the class `P`",
    ),
    (f"{P}\n    ‹v› = lambda self: 9.0{USE}", "`v` is bound more than once in the class `P`"),
    (f"{P}\n    ‹a› = 7.0{USE}", "`a` is bound more than once in the class `P`"),
    (f"{P}\n    ‹a›: float = 7.0{USE}", "`a` is bound more than once in the class `P`"),
    (
        f"{P}\n    ‹if sys.version_info > (3,):\n        def v(self):\n            return 9.0›{USE}",
        "a statement in the body of the class `P`",
    ),
    (f"{P}\n    ‹for v in (abs, max): pass›{USE}", "a statement in the body of the class `P`"),
    (f"{P}\n    ‹locals().update(v=abs)›{USE}", "a statement in the body of the class `P`"),
    (
        f"{P}\n\n‹setattr(P, 'v', lambda self: 9.0)›{USE}",
        "`P.v` is assigned to, and no longer what its definition says",
    ),
    (f"{P}\n\n‹P.v› = lambda self: 9.0{USE}", "`P.v` is assigned to, and no longer what its definition says"),
    (f"{P}\n\n‹P.__init__› = print{USE}", "`P.__init__` is assigned to, and no longer what its definition says"),
    (f"{P}\n\nfor name in 'v':\n    ‹setattr(P, name, abs)›{USE}", "`P.*` is assigned to, and no longer what"),
    (
        f"def register(c):\n    return c\n\n\n@‹register›{P}{USE}".replace("\n\n\n@dataclass", "\n@dataclass"),
        "it is not known what the decorator `@register` makes of the class `P`",
    ),
    (
        f"from helper import register\n\n\n@‹register(3)›{P}{USE}".replace("\n\n\n@dataclass", "\n@dataclass"),
        "it is not known what the decorator `@register` makes of the class `P`",
    ),
    (
        f"class Meta(type):\n    pass\n{P}{USE}".replace("class P:", "class P(metaclass=‹Meta›):"),
        "it is not known what `metaclass=Meta` makes of the class `P`",
    ),
    (
        f"def dataclass(c):\n    return _dataclass(c)\n{P}{USE}".replace("@dataclass", "@‹dataclass›"),
        "it is not known what the decorator `@dataclass` makes of the class `P`",
    ),
    (
        f"class NamedTuple:\n    pass\n\n\nclass P(NamedTuple):\n    a: float{USE}",
        "`P` is not supported: it is not known what it inherits from `NamedTuple`",
    ),
    (
        "def g(x, k=2.0):\n    return k * x\n\n\n‹g.__defaults__› = (9.0,)\n\n\ndef f(x: float):\n    return g(x)\n",
        "`g.__defaults__` is assigned to, and no longer what its definition says",
    ),
    (
        f"{P}\n    @staticmethod\n    def s(x):\n        return x\n\n    def staticmethod(self):\n        pass{USE}",
        "the decorator `@staticmethod` makes of a method of the class `P`",
    ),
]


@pytest.mark.parametrize(("marked", "reason"), CASES, ids=[reason for _, reason in CASES])
def test_a_class_that_is_not_what_its_body_says(marked: str, reason: str) -> None:
    text, place = unmarked(HEAD + marked) if "‹" in marked else (HEAD + marked, None)
    with pytest.raises(RefusedError) as caught:
        differentiate(text, "model.py", [Request("f")])
    (first, *_) = caught.value.diagnostics
    assert reason in first.reason
    assert text.splitlines()[first.span.line - 1].strip().startswith("return ")
    if place is not None:
        assert first.note is not None and first.note[0] == place


PROPERTIES = [
    ("def property(g):\n    return builtins.property(g)\n", "property", "the decorator `@property` makes of `P.u`"),
    ("", "functools.cached_property", "`P.u` keeps what it was first, whatever is changed since"),
]


@pytest.mark.parametrize(("above", "decorator", "reason"), PROPERTIES, ids=["its own", "cached"])
def test_a_property_that_is_none(above: str, decorator: str, reason: str) -> None:
    text = f"{HEAD}{above}{P}\n    @{decorator}\n    def u(self):\n        return self.a\n"
    with pytest.raises(RefusedError) as caught:
        differentiate(f"{text}\n\ndef f(x: float):\n    return P(x).u\n", "model.py", [Request("f")])
    (first,) = caught.value.diagnostics
    assert reason in first.reason
    assert text.splitlines()[first.span.line - 1].strip() == f"@{decorator}"


def test_a_class_of_another_module_that_is_changed(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HEAD + P)
    text = "from helper import P\n\nP.v = abs\n" + USE
    (tmp_path / "model.py").write_text(text)
    with pytest.raises(RefusedError, match=r"`P\.v` is assigned to"):
        differentiate(text, str(tmp_path / "model.py"), [Request("f")])
    text = "import helper\n\nsetattr(helper, 'P', print)\n\n\ndef f(x: float):\n    return helper.P(x).a\n"
    with pytest.raises(RefusedError, match=r"`helper\.P` is assigned to"):
        differentiate(text, str(tmp_path / "model.py"), [Request("f")])


def test_what_does_no_harm() -> None:
    """A method that is defined again, a setter, a docstring, what a function holds beside its code."""
    text = f"""{HEAD}
def g(x):
    return 2.0 * x


g.calls = 0


@functools.total_ordering
@dataclass(frozen=True)
class P:
    \"\"\"A point.\"\"\"

    a: float

    def v(self):
        return self.a

    def v(self):
        return 3.0 * g(self.a)

    def __lt__(self, other):
        return self.a < other.a
{USE}"""
    (piece,) = differentiate(text, "model.py", [Request("f")])
    assert "x_bar = 6.0 * f_bar" in piece.text
