"""What one statement contributes to a number's adjoint is a sum there; what another one does stands beside that one."""

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


def at_once(x: float, y: float) -> float:
    z = x * y
    u = z + z * y
    return u - y * y


def unchanged(x: float) -> float:
    y = x * x
    z = y
    return (z - y) * x + y
"""


def test_what_one_statement_contributes_is_one_sum() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("at_once", (0, 1))])
    assert "    # u = z + z * y\n    z_bar = at_once_bar + y * at_once_bar\n" in piece.text


def test_a_contribution_stands_beside_its_own_statement() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("epidemic", (0, 1, 2))])
    assert "# I = I + inf\n        inf_bar = I_bar\n" in piece.text
    assert "# S = S - inf\n        inf_bar -= S_bar\n" in piece.text


def test_it_is_right() -> None:
    hold(SOURCE, "epidemic", (0, 1, 2), (0.9, 0.1, 0.4, 4))
    hold(SOURCE, "at_once", (0, 1), (0.7, -1.3))
    hold(SOURCE, "unchanged", (0,), (0.7,))
