"""An array that a turn of a loop overwrites is restored from the author's own copy of it."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

START = 'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"], x: float) -> float:\n    y = 0.0\n'
HEAD = START + "    for t in range(3):\n"
TAIL = "    return np.sum(u**2) + y\n"
STORES = "u[1:-1] = un[2:] * un[:-2] * x\nu[0] = x\nu[-1] = 2.0 * x"
U = np.array([0.4, -1.2, 0.9, 1.1])


def _text(lines: str) -> str:
    return HEAD + "".join(f"        {line}\n" for line in lines.splitlines()) + TAIL


@pytest.mark.parametrize(
    ("lines", "copied"),
    [
        (f"un = u.copy()\ny += np.sum(u * u * x)\n{STORES}", True),
        (f"y += np.sum(u * u * x)\nun = u.copy()\n{STORES}", True),
        (f"un = u.copy()\ny += np.sum(u * u * x)\n{STORES}\ny += u[1] * u[2]", False),
        (f"u[0] = x * x\nun = u.copy()\ny += np.sum(u * u * x)\n{STORES}", False),
        (f"un = u.copy()\ny += np.sum(u * u * x)\n{STORES}\nun[0] = x\ny += un[0] * un[1]", False),
        ("un = u.copy()\ny += np.sum(u * u * x)\nif t > 0:\n    u[1:-1] = un[2:] * x\nu[0] = x", False),
        ("un = u.copy()\ny += np.sum(u * u * x)\nu[0] = un[1] * x\nu[-1] = un[0] * x", False),
        (f"un = u.copy()\nfor k in range(2):\n    y += np.sum(u * u * x)\n{STORES}", True),
        (f"un = u.copy()\nuo = u.copy()\ny += np.sum(u * u * uo)\n{STORES}", True),
        (f"un = u.copy()\nrow = u[1:]\ny += np.sum(row * row * x)\n{STORES}", True),
        (f"un = u.copy()\nif t == 1:\n    continue\ny += np.sum(u * u * x)\n{STORES}", False),
    ],
)
def test_from_what_is_restored(lines: str, copied: bool) -> None:
    source = _text(lines)
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), "adjoint")])
    reverse = piece.text.split("# reverse")[1]
    assert ("u[...] = un\n" in reverse) is copied, piece.text
    assert not copied or "u_saved" not in piece.text
    hold(source, "f", (0, 1), (U, 0.7))


def test_two_loops() -> None:
    """The inner loop's turns are restored from their copies, what the outer one writes element by element."""
    source = (
        f"{START}    for s in range(2):\n"
        "        for t in range(3):\n            un = u.copy()\n            y += np.sum(u * u * x)\n"
        "            u[1:-1] = un[2:] * un[:-2] * x\n            u[0] = x\n        u[1] = u[1] * u[2] * x\n"
        "    return np.sum(u**2) + y\n"
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), "adjoint")])
    assert "u[...] = un\n" in piece.text and "u_saved" in piece.text
    hold(source, "f", (0, 1), (U, 0.7))


def test_a_callee_brings_back_what_its_caller_gave() -> None:
    source = (
        "import numpy as np\n\n\ndef step(u, x):\n    y = 0.0\n    for t in range(2):\n        un = u.copy()\n"
        "        y += np.sum(u * u * x)\n        u[1:-1] = un[2:] * un[:-2] * x\n        u[0] = x\n    return y\n\n\n"
        'def f(u: Float[np.ndarray, "n"], x: float) -> float:\n    y = np.sum(u**3)\n    y += step(u, x)\n'
        "    return y + np.sum(u**2)\n"
    )
    hold(source, "f", (0, 1), (U, 0.7))
