"""What a shape is asked of: of what has the kind of elements that is summed, too."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def f(A: Float[np.ndarray, "n"], k: Int[np.ndarray, "m"], x: float) -> float:
    A[:] = k * x
    return np.sum(A * A * 0.7)
"""


@pytest.mark.parametrize("target", ["python", "numba"])
def test_integers_beside_numbers(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":  # what is generated for it, run by Python
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    hold(SOURCE, "f", (2,), (np.zeros(3), np.array([1, 2, 3]), 0.3), target=target)


OF_A_PRODUCT = """
import numpy as np


def f(A: Float[np.ndarray, "m n"], b: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.roll(np.tril(A * np.exp(b)), 1, axis=0))
"""


def test_a_product_is_not_computed_for_its_shape() -> None:
    (piece,) = differentiate(OF_A_PRODUCT, "f.py", [Request("f", (0, 1), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("_grad")[0]
    assert "np.full_like(A, f_bar)" in reverse, reverse
    hold(OF_A_PRODUCT, "f", (0, 1), (np.sin(np.arange(1.0, 7.0)).reshape(2, 3), np.cos(np.arange(1.0, 4.0))))


MOMENTS = """
import numpy as np


def f(g: Float[np.ndarray, "k n"], turns: int) -> float:
    for _ in range(turns):
        rho = np.sum(g, axis=0)
        for i in range(len(g)):
            g[i] = 0.5 * g[i] * rho + rho**2
    return np.sum(g[1] ** 2)
"""


def test_zeros_are_like_what_they_are_the_adjoint_of() -> None:
    (piece,) = differentiate(MOMENTS, "f.py", [Request("f", (0,), "adjoint")])
    assert "rho_bar = np.zeros_like(rho)" in piece.text, piece.text
    hold(MOMENTS, "f", (0,), (np.sin(np.arange(1.0, 7.0)).reshape(2, 3), 2))
    hold(MOMENTS, "f", (0,), (np.sin(np.arange(1.0, 7.0)).reshape(2, 3), 0))


def test_what_a_turn_takes_back_is_asked_for_its_shape() -> None:
    """Asked of what the loop left, the name would be that array's, and what is taken back had another."""
    source = (
        'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"], n: int) -> float:\n    for _ in range(n):\n'
        "        v = np.ones_like(u)\n        v[1:] = u[:-1] * u[1:]\n        u = v\n    return np.sum(u)\n"
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert "u = u_saved.pop()\n" in piece.text and "u_2" not in piece.text, piece.text
    hold(source, "f", (0,), (np.array([0.4, -0.3, 0.8, 0.1]), 3))
