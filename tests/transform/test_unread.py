"""Adjoints are cleared only where something reads them again."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = 'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], k: int) -> float:\n    z = np.zeros(len(x) + 1)\n'
X = np.array([0.4, -1.2, 0.9, 2.1])


@pytest.mark.parametrize(
    ("body", "cleared"),
    [
        ("for i in range(len(x)):\n    z[i] = x[i] ** 2", False),
        ("for i in range(1, len(x)):\n    z[i] = x[i] ** 2\n    z[i - 1] = x[i] * x[0]", True),
        ("for i in range(0, len(x) - 1, 2):\n    z[i] = x[i] ** 2\n    z[i + 1] = x[i] * x[0]", True),
        ("z[:2] = x[:2] ** 2\nz[2:4] = x[2:] ** 3", False),
        ("z[:3] = x[:3] ** 2\nz[2:4] = x[2:] ** 3", True),
        ("z[1] = x[0] ** 2\nz[-1] = x[1] ** 2", True),
        ("z[k] = x[0] ** 2\nz[1] = x[1] ** 2", True),
        ("for t in range(k):\n    for i in range(len(x)):\n        z[i] = x[i] ** t", True),
        ("for i in range(len(x)):\n    z[i] = x[i] * z[i]\n    z[i] = z[i] + x[0]", False),
        ("for i in range(len(x)):\n    z[i + 1] = x[i] * z[i]", False),
        ("for i in range(len(x)):\n    if x[i] > 0.0:\n        z[i] = x[i] ** 3\n    z[i] = z[i] * x[0]", False),
        ("order = np.array([1, 1, 0])\nz[order] = x[order] ** 2\nz[2] = x[0] * x[1]", True),
        ("w = z[1:3]\nfor i in range(2):\n    w[i] = x[i] ** 2", True),
        ("z[:] = x[:k]\nz[2] = x[0] * x[1]", True),
        ("i = 0\nwhile i < len(x):\n    z[i] = x[i] ** 2\n    i += 1", False),
    ],
)  # fmt: skip
def test_what_is_cleared(body: str, cleared: bool) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = f"{HEAD}{lines}    return np.sum(z * z)\n"
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert ("] = 0.0" in piece.text.split("# reverse")[1]) is cleared, piece.text
    hold(source, "f", (0,), (X, 1))


def test_what_the_caller_sees_is_cleared() -> None:
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], y: float) -> float:\n'
        "    for i in range(len(x)):\n        x[i] = y * y\n    return np.sum(x**2)\n"
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), "adjoint")])
    assert "x_bar[i] = 0.0" in piece.text, piece.text
    hold(source, "f", (0, 1), (X, 0.7))


def test_a_callee_leaves_the_adjoint_that_it_is_given() -> None:
    """What is not cleared need not be copied first."""
    source = (
        "import numpy as np\n\n\ndef g(x):\n    z = np.empty_like(x)\n    for i in range(len(x)):\n"
        "        z[i] = x[i] ** 2\n    return z\n\n\n"
        'def f(x: Float[np.ndarray, "n"]) -> float:\n    return np.sum(g(x) * g(2.0 * x))\n'
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert "copy()" not in piece.text.split("def g_reverse")[1].split("def f")[0], piece.text
    hold(source, "f", (0,), (X,))
