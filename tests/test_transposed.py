"""Writes through a transposed view that has a name, and reads of what they left."""

from __future__ import annotations

import numpy as np
import pytest

from tests.programs import hold

A = np.array([[0.4, -1.2, 0.9], [1.1, 0.3, -0.7]])
PROGRAMS = {
    "a column": "b = 2 * a\nc = b.T\nc[0] = 1.0\nreturn np.sum(c * c)",
    "all": "b = a * a\nc = b.T\nc *= 3.0\nb[0] = b[1] * c[0, 1]\nreturn np.sum(c**3)",
    "of what has no name": "c = (2 * a).T\nc[0] = c[1] * 2.0\nreturn np.sum(c * c)",
    "transpose()": "b = a.copy()\nc = b.transpose()\nc[0] += c[1]\nreturn np.sum(b * b * c.T)",
    "several names": (
        "b = a.copy()\nc = b.T\nc[1:] *= 2.0\nd = b.ravel()\nd[::3] = d[1::3] ** 2\ne = b[0]\ne += b[1]\n"
        "b[1, ::2] = e[::-2]\nreturn np.sum(b**3) + np.sum(c * c) + np.sum(d)"
    ),
}


@pytest.mark.parametrize("case", PROGRAMS)
@pytest.mark.parametrize("target", ["python", "numba"])
def test_transposed(case: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    lines = "".join(f"    {line}\n" for line in PROGRAMS[case].splitlines())
    source = f"import numpy as np\n\n\ndef f(a):\n{lines}"
    hold(source, "f", (0,), (A,), annotated=False, target=target)  # type: ignore[arg-type]
