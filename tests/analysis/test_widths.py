"""NumPy's narrow integers wrap around in what a derivative computes: where they are computed with, they are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.builds import plan
from tests.modules import load_module
from tests.programs import hold
from tests.refused import refused

COMPUTED = {
    "number": "def f(x, k):\n    return 1.0 - x[0] * k[1]\n",
    "array": "def f(x, k):\n    return np.sum(1.0 - x * k)\n",
    "twice": "def f(x, k):\n    return np.sum(x * k * k)\n",
    "loop": "def f(x, k):\n    s = 0.0\n    for a in k:\n        s -= x[0] * a\n    return s\n",
    "range": "def f(x, k):\n    s = x[0]\n    for i in range(k[0]):\n        s *= x[i]\n    return s\n",
    "call": "def g(x, j):\n    return -x * j\n\n\ndef f(x, k):\n    return g(x[0], k[1])\n",
    "branch": "def f(x, k):\n    j = k if x[0] > 0.0 else k[::-1]\n    return -x @ j\n",
}
ASKED = {
    "index": "def f(x, k):\n    return x[k[1]] ** 2 * x[0] + np.sum(x[k] ** 2)\n",
    "take": "def f(x, k):\n    return np.sum(np.take(x, k) ** 2 + np.take_along_axis(x, k, axis=0))\n",
    "condition": "def f(x, k):\n    s = 0.0\n    for a in k:\n        s -= x[a] if a == 1 else 0.0\n    return s\n",
    "mask": "def f(x, k):\n    return np.sum(x[k == 1] ** 2) + np.sum(np.where(k > 0, x, 2.0 * x))\n",
    "float": "def f(x, k):\n    return x[0] - float(k[1]) * x[1] - np.sum(k.astype(float) * x)\n",
    "int": "def f(x, k):\n    return x[0] - x[0] * int(k[1]) * x[1] - np.sum(k.astype(np.int64) * x)\n",
}
WIDE, X = np.array([0, 1, 2]), np.array([0.5, 0.7, 1.1])


def module(text: str, path: Path) -> Any:
    path.write_text(f"import numpy as np\n\n\n{text}")
    return load_module(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("text", COMPUTED.values(), ids=COMPUTED)
def test_narrow_integers_are_not_computed_with(text: str, dtype: type, tmp_path: Path) -> None:
    """``-k`` of an unsigned integer is none below 0: the derivative of ``1.0 - x * k`` was 255, and not -1."""
    f = module(text, tmp_path / "model.py").f
    hold(f"import numpy as np\n\n\n{text}", "f", (0,), (X, WIDE), annotated=False)
    derivative = sct.grad(f)
    for given in (WIDE.astype(dtype), WIDE, WIDE.astype(dtype)):  # whichever call is the first one
        if given is WIDE:
            derivative(X, WIDE)
            continue
        with pytest.raises(ArgumentError, match=f"the argument k is of {given.dtype}, .* pass integers of 64 bits"):
            derivative(X, given)
    for call in (lambda k: sct.jvp(f, (X, k), (X, None)), lambda k: sct.vjp(f, X, k)):
        with pytest.raises(ArgumentError, match="may wrap around"):
            call(WIDE.astype(dtype))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("text", ASKED.values(), ids=ASKED)
def test_narrow_integers_may_be_asked_and_be_indices(text: str, dtype: type) -> None:
    hold(f"import numpy as np\n\n\n{text}", "f", (0,), (X, WIDE.astype(dtype)), annotated=False)


def test_what_is_committed_is_for_wide_integers(tmp_path: Path) -> None:
    text = "def f(x: float, k: int, ks: list[int]) -> float:\n    return 1.0 - x * k - x * ks[0]\n"
    f = module(text, tmp_path / "model.py").f
    build = plan(tmp_path / "model.py", ["f"])
    build.target.write_text(build.text())
    derivative = sct.grad(f)
    assert derivative(2.0, np.int64(3), [4]) == -7.0
    assert Path(derivative.path).name == "model_grad.py"
    for k, ks in ((np.uint8(3), [4]), (3, [np.uint8(4)])):
        with pytest.raises(ArgumentError, match="is of uint8, and what is computed with such integers may wrap"):
            derivative(2.0, k, ks)


@pytest.mark.parametrize(
    "made",
    [
        "(x > 0.0).astype(np.uint8)",
        'np.array([1, 2], dtype="int32")',
        "np.ones(2, np.uint64)",
        "np.zeros_like(x, dtype=np.int16)",
    ],
)
def test_narrow_integers_are_not_made(made: str) -> None:
    text = "import numpy as np\n\n\ndef f(x: float[:]) -> float:\n    k = {}\n    return 1.0 - x @ k\n"
    problem = refused(text.format(f"‹{made}›"))
    assert "whose integers wrap around in what a derivative computes" in problem.reason
    hold(text.format(re.sub(r"np\.u?int\d+|\"int32\"", "int", made)), "f", (0,), (np.array([0.5, 0.7]),))
