"""The helpers of modules that Numba compiles do with no elements what NumPy does: compiled code checks no index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = 'import numpy as np\n\n\ndef f(A: Float[np.ndarray, "m n"]) -> float:\n    return '


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python run what Numba would compile: it checks the indices."""
    monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (0, 0), (1, 1), (2, 3)])
def test_products_along_an_axis(shape: tuple[int, int]) -> None:
    A = np.linspace(0.3, 0.9, shape[0] * shape[1]).reshape(shape)
    hold(HEAD + "np.sum(np.prod(A, axis=0) ** 2) + np.sum(np.prod(A, axis=1))", "f", (0,), (A,), target="numba")


@pytest.mark.parametrize("name", ["max", "min"])
def test_extremes_of_nothing(name: str) -> None:
    source = HEAD + f"np.sum(np.{name}(A, axis=0) ** 2)"
    hold(source, "f", (0,), (np.array([[0.3, 0.4], [0.7, 0.2]]),), target="numba")
    hold(source, "f", (0,), (np.ones((2, 0)),), target="numba")
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), target="numba")])
    module: dict[str, Any] = {}
    imports = "from __future__ import annotations\nimport numba\nimport numpy as np"
    text = "\n".join([imports, piece.text, *piece.helpers.values()])
    exec(text, module)
    with pytest.raises(ValueError, match=f"zero-size array to reduction operation {name}imum"):
        module["f_adjoint"](np.ones((0, 2)))
