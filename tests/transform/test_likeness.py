"""What a shape is asked of: of what has the kind of elements that is summed, too."""

from __future__ import annotations

import numpy as np
import pytest

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
