"""What scales an adjoint in several products of a statement scales it once."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import numpy as np\n\n\n" + (
    "def f(x: Float[np.ndarray, 'n'], y: Float[np.ndarray, 'n'], A: Float[np.ndarray, 'n n'], s: float) -> float:\n    "
)
ARGS = (np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.4, -0.5]), np.arange(9.0).reshape(3, 3) / 7.0, 0.6)


@pytest.mark.parametrize(
    ("body", "wanted", "unwanted"),
    [
        ("r = x**2 + y**2 + 0.1\n    return np.sum(np.sqrt(r))", "g = 2 * r_bar", "2 * x"),
        ("r = x**2 + s * y\n    return np.sum(np.sqrt(r + 2.0))", "2 * x", "g = 2"),  # one product
        ("r = s * x * A + s * y * A + 0.3 * x\n    return np.sum(r**2)", "", "g = s * A"),  # of two sizes
        ("r = s * np.sin(x) * y - s * y * np.cos(x)\n    return np.sum(r**2)", "", "np.zeros"),
    ],
)
def test_products(body: str, wanted: str, unwanted: str) -> None:
    (piece,) = differentiate(HEAD + body, "f.py", [Request("f", (0, 1, 3), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("\ndef ")[0]
    assert wanted in reverse, reverse
    assert unwanted not in reverse, reverse
    hold(HEAD + body, "f", (0, 1, 3), ARGS)
