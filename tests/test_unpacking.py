"""A part of an array that is unpacked at once: the adjoint goes to that part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Mode, Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import numpy as np\n\n\n"
A = np.array([[1.1, 2.0], [0.3, 1.5], [0.7, -1.1]])
PARTS = {
    "a row": "a, b = A[1]",
    "the last row": "a, b = A[-1]",
    "a row backwards": "a, b = A[1][::-1]",
    "a column's end": "a, b = A[1:, 0]",
    "a row of the transpose": "a, b, c = A.T[1]",
    "rows": "(a, c), (d, b) = A[1:]",
    "a row by a variable": "k = len(A) - 2\n    a, b = A[k]",
    "a row, reshaped": "a, b = A.reshape(2, 3)[1][1:]",
    "a named row": "row = A[2]\n    a, b = row",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("target", ["python", "numba"])
def test_a_part(part: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    source = f"{HEAD}def f(A):\n    {PARTS[part]}\n    return a * b * b + np.sum(A**3)\n"
    hold(source, "f", (0,), (A,), annotated=False, target=target)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "loop",
    [
        "for x, y in A:\n        s = s + x * y * y",
        "for i, (x, y) in enumerate(A):\n        s = s + i * x * y * y",
        "for (x, y), w in zip(A, A[:, 0]):\n        s = s + w * x * y * y",
        "s = sum([x * y * y for x, y in A])",
        "for i in range(len(A)):\n        s += g(A[i])",
    ],
)
def test_in_a_loop(loop: str) -> None:
    callee = "def g(p):\n    a, b = p\n    return a * b * b\n\n\n"
    source = f"{HEAD}{callee}def f(A):\n    s = 0.0\n    {loop}\n    return s\n"
    hold(source, "f", (0,), (A,), annotated=False)


@pytest.mark.parametrize("index", ["k", "k - 2", "int(x > 0.5)"])
def test_an_item_of_a_tuple_by_a_variable(index: str) -> None:
    source = f"def f(x, y, k):\n    t = (x * y, 3.0 * x)\n    return t[{index}] * y\n"
    hold(source, "f", (0, 1), (0.7, 1.2, 1), annotated=False)
    hold(source, "f", (0, 1), (0.4, 1.2, 0), annotated=False)


def test_an_array_of_a_tuple_by_a_variable() -> None:
    source = f"{HEAD}def f(u, k):\n    t = ((u * u, u), (3.0 * u, u**3))\n    return np.sum(t[k][0] * t[1][1])\n"
    hold(source, "f", (0,), (A, 1), annotated=False)
    source = f"{HEAD}def f(t):\n    s = 0.0\n    for k in range(len(t)):\n        s += t[k] ** 2 * k\n    return s\n"
    hold(source, "f", (0,), ((1.0, 2.0, 3.0),), annotated=False)


MATRIX = (Type("array", ("m", "n")),)
UNREAD = {
    "a row": "def f(A):\n    x, _ = A[0]\n    return x * x\n",
    "rows": "def f(A):\n    s = 0.0\n    for x, _ in A:\n        s += x * x\n    return s\n",
    "a column": "def f(A):\n    _, x, _ = A[:, 1]\n    return x * x * A[0, 0]\n",
    "an argument": "def g(p):\n    _, x = p\n    return x * x\n\n\ndef f(A):\n    return g(A[0]) * g(A[1])\n",
}


@pytest.mark.parametrize("program", UNREAD)
@pytest.mark.parametrize("target", ["python", "numba"])
def test_a_wrong_number_of_items_raises_where_some_are_not_read(
    program: str, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    source = HEAD + UNREAD[program]
    hold(source, "f", (0,), (A,), annotated=False, target=target)
    modes: list[Mode] = ["adjoint", "tangent"]
    for mode in modes:
        (piece,) = differentiate(source, "f.py", [Request("f", (0,), mode, MATRIX, target)])
        module: dict[str, Any] = {}
        exec("\n".join(["import numpy as np", *piece.needs, piece.text, *piece.helpers.values()]), module)
        with pytest.raises((ValueError, AssertionError)):
            module[f"f_{mode}"](*[np.ones((4, 3))] * (1 if mode == "adjoint" else 2))


def test_what_is_not_read_keeps_its_name() -> None:
    source = "def f(A):\n    _, x, _ = A[:, 1]\n    return x * x\n"
    (piece,) = differentiate(source, "f.py", [Request("f", types=MATRIX)])
    assert "    _, x, _ = A[:, 1]\n    f_value" in piece.text
