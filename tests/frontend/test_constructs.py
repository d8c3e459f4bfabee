"""Every node that libcst knows is lowered, or refused where it stands: none is passed over."""

from __future__ import annotations

import ast
import inspect

import libcst as cst
import pytest

from sct.errors import RefusedError
from sct.frontend import operators
from sct.frontend.lower import _Lower
from tests.refused import refused

HEAD = "import math\nimport numpy as np\n\n"
# Lowered by `Flow.run`, where they are met in a row of statements.
IN_A_ROW = {"Return", "Break", "Continue", "With", "Try"}
# Parts of other nodes, which the methods of these lower.
PARTS = {"StarredElement", "StarredDictComp"}
# What only later versions of Python know, by their own names for it.
NEWER = {"TypeAlias": "TypeAlias", "TemplatedString": "TemplateStr"}
REFUSED = {
    "Global": "def f(x: float):\n    ‹global G›\n    return x",
    "LazyImport": None,  # of a Python to come
    "LazyImportFrom": None,
    "TypeAlias": "def f(x: float):\n    ‹type A = int›\n    return x",
    "ClassDef": "def f(x: float):\n    ‹class A:\n        pass›\n    return x",
    "TryStar": "def f(x: float):\n    ‹try:\n        y = x\n    except* ValueError:\n        raise›\n    return x",
    "Await": "def f(x: float):\n    y = ‹await x›\n    return x",
    "Imaginary": "def f(x: float):\n    return x * ‹2j›",
    "Set": "def f(x: float):\n    y = ‹{x, 1.0}›\n    return x",
    "SetComp": "def f(x: float):\n    y = ‹{i for i in range(3)}›\n    return x",
    "GeneratorExp": "def f(x: float):\n    return (‹a for a in (x, x)›)",
    "TemplatedString": "def f(x: float):\n    y = ‹t'{x}'›\n    return x",
    "Yield": "def f(x: float):\n    y = (‹yield x›)\n    return x",
    "MatchClass": "def f(x: float):\n    match x:\n        case ‹float()›:\n            x = 2.0\n    return x",
    "MatchMapping": "def f(x: float):\n    match x:\n        case ‹{'a': 1}›:\n            x = 2.0\n    return x",
    "MatchList": "def f(x: float):\n    match x:\n        case ‹[1, 2]›:\n            x = 2.0\n    return x",
    "MatchTuple": "def f(x: float):\n    match x:\n        case (‹1, 2›):\n            x = 2.0\n    return x",
}
PATTERNS = {"MatchValue", "MatchSingleton", "MatchOr", "MatchAs"}


def nodes(base: type) -> list[str]:
    """The names of the concrete kinds of a node."""
    kinds = [kind for kind in vars(cst).values() if inspect.isclass(kind) and issubclass(kind, base)]
    return sorted(kind.__name__ for kind in kinds if kind is not base and not inspect.isabstract(kind))


@pytest.mark.parametrize("name", nodes(cst.BaseSmallStatement) + nodes(cst.BaseCompoundStatement))
def test_each_statement_is_lowered_or_refused(name: str) -> None:
    lowered = hasattr(_Lower, f"do_{name}") or name in IN_A_ROW
    assert lowered != (name in REFUSED)


@pytest.mark.parametrize("name", nodes(cst.BaseExpression))
def test_each_expression_is_lowered_or_refused(name: str) -> None:
    lowered = hasattr(_Lower, f"lower_{name}") or name in PARTS
    assert lowered != (name in REFUSED)


@pytest.mark.parametrize("name", nodes(cst.MatchPattern))
def test_each_pattern_is_lowered_or_refused(name: str) -> None:
    assert (name in PATTERNS) != (name in REFUSED)


@pytest.mark.parametrize(
    ("base", "table"),
    [
        (cst.BaseBinaryOp, operators.BINARY),
        (cst.BaseUnaryOp, operators.UNARY),
        (cst.BaseCompOp, operators.COMPARE),
        (cst.BaseAugOp, operators.AUGMENTED),
        (cst.BaseBooleanOp, {cst.And: "and", cst.Or: "or"}),
    ],
)
def test_each_operator_is_known(base: type, table: dict[type, str]) -> None:
    assert nodes(base) == sorted(kind.__name__ for kind in table)


@pytest.mark.parametrize("name", [name for name, text in REFUSED.items() if text is not None])
def test_what_is_refused_is_refused_where_it_stands(name: str) -> None:
    if not hasattr(ast, NEWER.get(name, "AST")):
        pytest.skip("this Python does not know it, and says so")
    assert "not supported" in refused(HEAD + str(REFUSED[name])).reason


class Novel(cst.Pass):
    """A statement of a Python to come."""


class Unheard(cst.Integer):
    """An expression of a Python to come."""


def test_what_nobody_has_heard_of_is_refused() -> None:
    from sct.frontend.known import Known
    from sct.frontend.parse import Source
    from sct.frontend.scopes import Scope
    from sct.rules import VOCABULARY

    source = Source("def f(x):\n    pass\n    return 1\n", "model.py")
    lower = _Lower(Scope(source, "f"), VOCABULARY, Known())
    line = source.functions["f"].body.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    novel, unheard = Novel(), Unheard("1")
    for made in (novel, unheard):
        source.adopt(made, line.body[0], None)
    with pytest.raises(RefusedError, match=r"model.py:2:5: `pass` is not supported"):
        lower.statement(novel, line)
    with pytest.raises(RefusedError, match=r"model.py:2:5: a Unheard is not supported"):
        lower.value(unheard)
