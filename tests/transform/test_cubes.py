"""A cube of an array is written as a product, and has the derivative of a power."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import numpy as np\n\n\n"


@pytest.mark.parametrize(
    ("returned", "adjoint"),
    [
        ("np.sum(u**4)", "4.0 * f_bar * (u * u * u)"),
        ("np.sum((u - 1.0) ** 4)", "4.0 * f_bar * (u_diff * u_diff * u_diff)"),
        ("np.sum(u * u * u)", "3.0 * f_bar * u**2"),
        ("np.sum(4.0 * (u * u * u))", "12.0 * f_bar * u**2"),
        ("np.sum(u * u * v)", "2.0 * f_bar * u * v"),
    ],
)
def test_an_array_has_a_cube_as_a_product(returned: str, adjoint: str) -> None:
    arrays = 'u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]'
    source = f"{HEAD}def f({arrays}) -> float:\n    return {returned}\n"
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert f"    u_bar = {adjoint}\n" in piece.text, piece.text
    hold(source, "f", (0,), (np.array([0.4, 1.2, -0.9]), np.array([0.3, -0.7, 2.0])))


def test_a_cube_in_a_loop_of_numbas_is_the_author_s() -> None:
    source = f'{HEAD}def f(u: Float[np.ndarray, "n"]) -> float:\n    w = u * u * u\n    return np.sum(w * np.sin(w))\n'
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), target="numba")])
    assert "w[i] = u[i] * u[i] * u[i]\n" in piece.text.split("def f_adjoint")[1], piece.text
