"""Methods of strings that options go through: held to differences, and decided where the string is known."""

from __future__ import annotations

from typing import Any

import pytest

import sct
from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
SIGN = {"call": 1.0, "put": -1.0}


def payoff(x, kind):
    k = kind.strip().lower()
    if k == "call" or kind.upper().startswith("C"):
        return x * 2.0 * SIGN[k]
    elif k in ("put", "p") and not k.endswith(("x", "y")):
        return x**2
    raise ValueError(f"unknown {k}")


def penalty(params, kind):
    total = 0.0
    for name, value in params.items():
        if not name.endswith("_bias") and name.startswith(("w", kind)):
            total += value**2
    return total
"""


@pytest.mark.parametrize(
    ("name", "x", "kind"),
    [
        ("payoff", 1.3, "CALL"),
        ("payoff", 1.3, " Put"),
        ("penalty", {"w": 2.0, "w_bias": 3.0, "v": 0.5, "u": 0.7}, "v"),
    ],
)
def test_programs(name: str, x: Any, kind: str) -> None:
    hold(PROGRAMS, name, (0,), (x, kind), annotated=False)


def test_what_is_known_decides() -> None:
    """The names of a dict are known, so that what is left out leaves no trace."""
    head = "from typing import TypedDict\n\n\nclass P(TypedDict):\n    w: float\n    w_bias: float\n\n\n"
    body = 'return sum(v**2 for k, v in p.items() if not k.endswith("_bias"))'
    (piece,) = differentiate(f"{head}def f(p: P) -> float:\n    {body}\n", "model.py", [Request("f")])
    made: dict[str, Any] = {}
    exec(f"{head}{piece.text}", made)
    assert made["f_adjoint"]({"w": 3.0, "w_bias": 1.0}) == (9.0, {"w": 6.0, "w_bias": 0.0})


def test_what_the_function_raises() -> None:

    def payoff(x: float, kind: str) -> float:
        if kind.lower() != "call":
            raise ValueError(f"unknown {kind}")
        return 2.0 * x

    with pytest.raises(ValueError, match="unknown X"):
        sct.grad(payoff)(1.0, "X")
