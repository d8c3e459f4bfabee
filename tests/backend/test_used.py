"""The head of a generated module holds what its functions use, and what that uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from sct.backend.used import names_read, used_head
from sct.builds import plan
from sct.review import against

SOURCE = """import math, os, sct
import numpy as np
from dataclasses import dataclass, field

RATE = 0.1
WIDE = 2 * math.pi  # radians
SIDE = WIDE / 4


@sct.grad
def f(x: float) -> float:
    return math.sin(SIDE * x)


@sct.grad
def g(xs: list[float], RATE: float) -> float:
    total = 0.0
    for x in xs:
        total += RATE * x
    return total
"""


def head(source: str, folder: Path, *functions: str) -> str:
    """What stands between the header and the first function that is generated."""
    path = folder / "model.py"
    path.write_text(source)
    lines = plan(path, functions).text().split("\n\n\n")[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith("# ")).strip()


def test_a_module_imports_and_defines_what_its_functions_use(tmp_path: Path) -> None:
    assert head(SOURCE, tmp_path) == "import math\n\nWIDE = 2 * math.pi  # radians\nSIDE = WIDE / 4"
    assert head(SOURCE, tmp_path, "g") == ""


def test_sct_is_left_out_of_a_line_that_it_shares(tmp_path: Path) -> None:
    source = "import math, sct, cmath as c\n\n\ndef f(x: float) -> float:\n    sct = math.sin(x)\n    return sct\n"
    assert head(source, tmp_path, "f") == "import math"


def test_an_import_that_no_generated_function_uses_is_no_drift(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SOURCE)
    (tmp_path / "model_grad.py").write_text(plan(path).text())
    path.write_text(f"import json\n{SOURCE}\nUNUSED = json.codes\n")
    assert against(plan(path)).state == "current"
    path.write_text(SOURCE.replace("WIDE = 2", "WIDE = 3"))
    assert against(plan(path)).state == "out of date"


@pytest.mark.parametrize(
    ("whole", "body", "used"),
    [
        ("import os.path, sys\nimport os.extra", "os.path.join", "import os.path\nimport os.extra"),
        ("from a import b as c, d", "c", "from a import b as c"),
        ("from a import (\n    b,  # one\n    c,\n)", "b, c", "from a import (\n    b,  # one\n    c,\n)"),
        (
            "from __future__ import annotations\nfrom a import *",
            "",
            "from __future__ import annotations\nfrom a import *",
        ),
        ("from a import b, c", "def f(x: 'list[\"c\"]') -> 'b': ...", "from a import b, c"),
        ("from a import F, m, n", "def f(x: F[int, 'm n'], y: F['n']): ...", "from a import F, n"),
        ("a = 1\nb: float = a\nc = b", "def f(c): return b", "a = 1\nb: float = a"),
        ("import a\nimport b\nimport c", "def f():\n    a = 1\n    return [b for b in a]", ""),
        (
            "import a\nimport b",
            "class A:\n    x = a\n\n\ndef f():\n    def g(): return b\n    return g",
            "import a\nimport b",
        ),
        ("from .a import b, c", "c", "from .a import c"),
    ],
)
def test_what_is_used(whole: str, body: str, used: str) -> None:
    assert used_head(whole, body) == used


def test_imports_for_types_alone_are_kept_with_their_condition() -> None:
    condition = "if TYPE_CHECKING:\n    # types\n"
    whole = f"from typing import TYPE_CHECKING, Any\n{condition}    import a, b\n    from c import d, e"
    used = f"from typing import TYPE_CHECKING\n{condition}    import b\n    from c import e"
    assert used_head(whole, "def f(x: 'b.B') -> 'e': ...") == used
    assert used_head(whole, "def f(x): ...") == ""
    line = "from typing import TYPE_CHECKING\nif TYPE_CHECKING: import a"
    assert used_head(line, "x: 'a'") == line
    other = "import a\nif a:\n    b = 1\nelse:\n    b = 2"
    assert used_head(other, "b") == other


def test_a_long_import_is_broken_as_a_formatter_breaks_it() -> None:
    names = [f"a_rather_long_name_{k}" for k in range(6)]
    used = used_head(f"from module import {', '.join(names)}", ", ".join(names[1:]))
    assert used == "\n".join(["from module import (", *(f"    {name}," for name in names[1:]), ")"])


def test_names_read() -> None:
    assert names_read("def f(x: A = B) -> 'C[D]':\n    y = lambda: z\n    return [w for w in x + y]") == {
        "A", "B", "C", "D", "z",
    }  # fmt: skip
