"""SciPy's Cholesky factors as they are used: as a pair, taken apart, made in one place and used in another."""

from __future__ import annotations

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import numpy as np\nfrom scipy.linalg import cho_factor, cho_solve\n\n\n"
USES = {
    "a pair": "    c = cho_factor(A)\n    return b @ cho_solve(c, b) + 2 * np.sum(np.log(np.diag(c[0])))\n",
    "taken apart": (
        "    c, low = cho_factor(A, lower=True)\n"
        "    return np.sum(cho_solve((c, low), b) ** 2) * np.sum(np.log(np.diag(c)))\n"
    ),
    "at once": "    return np.sum(np.exp(cho_solve(cho_factor(A), b)))\n",
    "what is left in the other triangle": (
        "    c, _ = cho_factor(A)\n    return np.sum(cho_solve((c, False), b) ** 3) + np.sum(c**2)\n"
    ),
    "NumPy's factor": "    return np.sum(cho_solve((np.linalg.cholesky(A), True), b) ** 2)\n",
    "in a loop": (
        "    c = cho_factor(A)\n    for _ in range(3):\n        b = cho_solve(c, b) * b\n    return np.sum(b)\n"
    ),
    "one or the other": (
        "    if b[0] > 0:\n        c = cho_factor(A, lower=True)\n    else:\n        c = cho_factor(A)\n"
        "    return np.sum(cho_solve(c, b) ** 2)\n"
    ),
    "in a callee": "    c = cho_factor(A)\n    return solved(c, b) * solved(c, 2 * b)\n",
}
CALLEE = "\n\ndef solved(c, b):\n    return np.sum(cho_solve(c, b) ** 2)\n"


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("use", USES)
def test_use(use: str, sign: float) -> None:
    rng = np.random.default_rng(5)
    A = rng.normal(size=(4, 4))
    b = rng.normal(size=4)
    b[0] = sign
    hold(f"{HEAD}def f(A, b):\n{USES[use]}{CALLEE}", "f", (0, 1), (A @ A.T + 4 * np.eye(4), b), False)


def test_what_is_no_pair_is_refused() -> None:
    text = f"{HEAD}def f(A, b):\n    return np.sum(cho_solve(A, b))\n"
    types = (Type("array", ("n", "n")), Type("array", ("n",)))
    with pytest.raises(RefusedError, match=r"f.py:6:19: cho_solve with anything but a factor and a vector") as caught:
        differentiate(text, "f.py", [Request("f", (0, 1), "both", types)])
    assert "help: write `cho_solve(cho_factor(A), b)`, or `cho_solve((c, False), b)`" in str(caught.value)
