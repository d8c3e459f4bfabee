"""A number's adjoint that is another one and a contribution is their sum, in one statement."""

from __future__ import annotations

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
def epidemic(S: float, I: float, beta: float, n: int) -> float:
    for t in range(n):
        inf = beta * S * I
        S = S - inf
        I = I + inf
    return I * S


def unchanged(x: float) -> float:
    y = x * x
    z = y
    return (z - y) * x + y
"""


def test_it_is_one_statement() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("epidemic", (0, 1, 2))])
    assert "inf_bar = I_bar - S_bar" in piece.text
    assert "inf_bar -=" not in piece.text


def test_it_is_right() -> None:
    hold(SOURCE, "epidemic", (0, 1, 2), (0.9, 0.1, 0.4, 4))
    hold(SOURCE, "unchanged", (0,), (0.7,))
