"""Source texts as Python reads them: where a line ends, and which spellings of a name are one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import sct
from sct.backend.imports import in_order
from sct.backend.sources import source_hash
from sct.backend.used import used_head
from sct.errors import RefusedError
from sct.frontend.modules import with_names
from sct.pipeline import Request, differentiate
from sct.requests import Piece

Import = Callable[[str], ModuleType]
MICRO, MU = "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"
# What str.splitlines takes for the end of a line, and Python does not.
NO_ENDS = ["\f", "\v", "\x1c", "\x85", "\u2028"]


@pytest.fixture
def imported(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Write a module of a name of its own, and import it."""
    name = "".join(c if c.isalnum() and c.isascii() else "_" for c in request.node.name)
    monkeypatch.syspath_prepend(tmp_path)

    def load(text: str) -> ModuleType:
        Path(tmp_path, f"{name}.py").write_text(text, encoding="utf-8")
        return importlib.import_module(name)

    return load


def piece(text: str) -> Piece:
    return differentiate(text, "model.py", [Request("f")])[0]


# lines


@pytest.mark.parametrize("char", NO_ENDS, ids=ascii)
def test_the_last_line_of_a_function_counts(char: str) -> None:
    """A page break above a function moved what was hashed of it: a change of its last line was no drift."""
    above = "\f" if char == "\f" else f"# a{char}b"
    text = f"import math\n{above}\n\ndef f(x: float) -> float:\n    y = 2.0 * x\n    return y\n"
    assert source_hash(text, "f") != source_hash(text.replace("return y", "return 3.0 * y"), "f")
    assert source_hash(text, "f") == source_hash(text.replace(above, ""), "f")


@pytest.mark.parametrize("char", NO_ENDS, ids=ascii)
def test_a_refusal_shows_its_line(char: str) -> None:
    with pytest.raises(RefusedError) as caught:
        piece(f"SEP = '{char}'\n\n\ndef f(x: float) -> float:\n    return unknown(x)\n")
    assert "model.py:5:12: " in str(caught.value)
    assert "    5 |     return unknown(x)\n      |            ^^^^^^^" in str(caught.value)


@pytest.mark.parametrize("char", NO_ENDS, ids=ascii)
def test_the_head_of_a_module(char: str) -> None:
    head = f"SEP = 'a{char}b'\nG = 9.81\nimport math\n"
    assert used_head(head, "def f(x): return G * math.sin(x)") == "G = 9.81\nimport math"
    assert in_order(head.strip(), "") == f"import math\n\nSEP = 'a{char}b'\nG = 9.81"


# names


def test_spellings_of_a_name_are_one(imported: Import) -> None:
    """Python takes ``ﬁ`` for ``fi``; taken for two variables, the derivative was that of the first assignment."""
    module = imported("def f(x):\n    fi = x * 2.0\n    \N{LATIN SMALL LIGATURE FI} = x * 3.0\n    return fi * x\n")
    assert module.f(1.5) == 6.75
    assert sct.grad(module.f)(1.5) == 9.0


def test_names_of_parameters_and_functions(imported: Import) -> None:
    text = f"def {MICRO}f(x):\n    return x * x\n\n\ndef f(x, {MICRO}):\n    return {MU}f(x) * {MU}\n"
    f = imported(text).f
    for name in (MICRO, MU):
        assert sct.grad(f, wrt=("x", name))(2.0, 3.0) == (12.0, 4.0)
    hinted = f"def f(x, {MICRO}):\n    # sct: {MICRO}: int, x: float\n    return x * {MICRO}\n"
    assert f"def f_grad(x, {MU}" in piece(with_names(hinted)).text


def test_only_names_are_changed() -> None:
    text = f'# {MICRO}\n{MICRO} = \'{MICRO}\'; b = {MICRO} + """\n{MICRO}"""\n'
    assert with_names(text) == f'# {MICRO}\n{MU} = \'{MICRO}\'; b = {MU} + """\n{MICRO}"""\n'
    no_python = f"def f(:\n  '{MICRO}\n"
    assert with_names(no_python) == no_python


def test_lambdas_and_nested_functions(imported: Import) -> None:
    inside = f"    def inner(x):\n        return {MU} * x * x\n    return inner, lambda x: {MICRO} * x\n"
    inner, alone = imported(f"def around({MICRO}):\n{inside}").around(3.0)
    assert sct.grad(inner)(2.0) == 12.0
    assert sct.grad(alone)(2.0) == 3.0
