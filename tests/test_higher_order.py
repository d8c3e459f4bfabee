"""The transformation applied to its own result, up to four times, in every order of the modes; held to mpmath."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath
import pytest

from sct.pipeline import Mode, Request, differentiate

PROGRAMS = {
    "a loop with a branch": """
def f(x: float, n: int):
    y = x
    for i in range(n):
        if y > 0:
            y = y * math.sin(x)
        else:
            y = y + x * x
    return y
""",
    "a while loop": """
def f(x: float, n: int):
    y = 1.0
    while y < 20.0:
        y = y * (1.5 + math.exp(-x))
    return y * x
""",
    "a break": """
def f(x: float, n: int):
    y = x
    for i in range(n):
        y = y + x**i
        if y > 5.0:
            break
    return y
""",
    "a loop in a loop": """
def f(x: float, n: int):
    y = 0.0
    for i in range(n):
        t = x + i
        for j in range(i):
            t = t * x * math.cos(y)
        y = y + t
    return y
""",
}
HEAD = "import math\nimport numpy as np\n\n\n"
MODES: dict[str, tuple[Mode, str]] = {
    "r": ("adjoint", "f_adjoint(x, n)"),
    "f": ("tangent", "f_tangent(x, n, x_dot=1.0)"),
}
# The orders that the other tests do not take; reverse mode of reverse mode of reverse mode among them.
ORDERS = ["rf", "fr", "rrr", "rfr", "frf", "frrr"]


@cache
def derived(program: str, modes: str) -> tuple[str, str]:
    """The text and the name of the function that a sequence of modes makes, the innermost first."""
    if not modes:
        return HEAD + PROGRAMS[program], "f"
    text, name = derived(program, modes[:-1])
    mode, call = MODES[modes[-1]]
    (piece,) = differentiate(text, "model.py", [Request(name, ("x",), mode)])
    assert not piece.helpers
    wrapper = f"def {name}_d(x: float, n: int):\n    return {name}{call[1:]}[1]\n"
    return f"{HEAD}{piece.text}\n\n\n{wrapper}", f"{name}_d"


@pytest.mark.parametrize("modes", ORDERS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_mode_over_every_mode(program: str, modes: str) -> None:
    reference: dict[str, Any] = {"math": mpmath}
    exec(PROGRAMS[program], reference)
    with mpmath.workdps(60):
        expected = float(mpmath.diff(lambda x: reference["f"](x, 4), mpmath.mpf("0.7"), len(modes)))
    text, name = derived(program, modes)
    module: dict[str, Any] = {}
    exec(text, module)
    assert module[name](0.7, 4) == pytest.approx(expected, rel=1e-9, abs=1e-9)
