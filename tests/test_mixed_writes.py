"""Statements that write into two arrays, read their views and copy them, in any order: in a row and in a loop."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sct.errors import RefusedError
from tests.programs import hold

STATEMENTS = [
    *("un = u.copy()", "vn = v.copy()", "w = u", "w = u[::-1]", "row = u[1:]", "row = v[:3]"),
    *("u[0] = x", "u[-1] = 0.5 * vn[0] * x", "v[0] = un[1] * 0.3", "un[0] = x * 0.2", "u *= 0.7 * x", "v += 0.1 * un"),
    *("u[1:-1] = 0.3 * un[2:] * un[:-2] + 0.1 * x", "v[:] = 0.5 * vn + 0.2 * u * x", "v[:2] = u[:2] * 0.5"),
    *("u = un * x", "v = np.sin(v)", "u -= 0.1 * w", "row *= x", "u[:] *= v[:]", "v[1:] = row[::-1] * 0.5 + v[:3]"),
    *("u[u > 0.1] = u[u > 0.1] * 0.5 * x", "v[np.array([0, 2])] = u[:2] * x", "u *= np.sum(u[1:] * row) * 0.1"),
    *(
        "y += np.sum(u * v * x)",
        "y += np.sum(row) * x",
        "y += np.sum(w * u)",
        "y += u[1] * v[2]",
        "y += np.sum(un * vn)",
    ),
    *("if y > 0.5:\n    y = 0.5 * y + u[2]", "for k in range(2):\n    y += 0.1 * u[k] * v[k]"),
    "for k in range(1, 3):\n    u[k] = 0.3 * u[k] * x + un[k - 1]",
]
IN_A_LOOP = [*STATEMENTS, "if t == 1:\n    continue", "if t > 1:\n    break"]
START = (
    'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "4"], v: Float[np.ndarray, "4"], x: float) -> float:\n'
    "    y = 0.0\n    row, w = v[1:].copy(), v.copy()\n"
)
END = "    return np.sum(u**2) + y + np.sum(v * u)\n"
PROGRAMS = 12


def _program(seed: int, looped: bool) -> str:
    rng = random.Random(seed)
    statements = rng.choices(IN_A_LOOP if looped else STATEMENTS, k=rng.randint(3, 9))
    lines = "\n".join(["un = u.copy()", "vn = v.copy()", *statements]).splitlines()
    body = "".join(f"{'        ' if looped else '    '}{line}\n" for line in lines)
    return f"{START}{'    for t in range(3):' if looped else ''}\n{body}{END}"


@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_in_any_order(seed: int, looped: bool) -> None:
    args = np.array([0.4, -1.2, 0.9, 1.1]), np.array([0.7, 0.2, -0.5, 0.3]), 0.7
    held = 0
    for program in range(PROGRAMS):
        try:
            hold(_program(PROGRAMS * seed + program, looped), "f", (0, 1, 2), args)
            held += 1
        except RefusedError as problem:
            assert "another name sees this write" in str(problem)
    assert held >= PROGRAMS - 3
