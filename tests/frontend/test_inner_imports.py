"""Imports of libraries in functions."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import sct
from sct.pipeline import module_head
from tests.refused import refused

HEAD = "import math\n\n\n"
LOCAL = """def f(x: float) -> float:
    import numpy as np
    from scipy.special import erf

    return np.tanh(x) * erf(x) * g(x)


def g(x):
    if x > 0:
        from scipy.special import erf
    return math.sin(erf(x))
"""


def test_the_generated_module_imports_it_once() -> None:
    assert module_head(HEAD + LOCAL, "model.py").splitlines() == [
        "import math",
        "import numpy as np",
        "from scipy.special import erf",
    ]


def test_the_gradient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local_imports.py").write_text(HEAD + LOCAL)
    monkeypatch.syspath_prepend(str(tmp_path))
    f = importlib.import_module("local_imports").f
    x, h = 0.7, 1e-6
    assert abs(sct.grad(f)(x) - (f(x + h) - f(x - h)) / (2 * h)) < 1e-8
    assert sct.verify(f, x).agrees


@pytest.mark.parametrize(
    "text",
    [
        "def f(x: float):\n    ‹from math import sin as h›\n    return h(x)\n\n\ndef h(x):\n    return x\n",
        "def f(x: float):\n    ‹from math import sin as h›\n    return h(x)\n\n\n"
        "def g(x):\n    from math import cos as h\n    return h(x)\n",
        "def f(x: float):\n    ‹from math import sin as x›\n    return x(1.0)\n",
        "def f(x: float):\n    if x > 0:\n        ‹from math import sin›\n    else:\n        sin = 2.0\n    return x\n",
        "def f(x: float):\n    ‹from helpers import step›\n    return step(x)\n",
        "def f(x: float):\n    ‹import numpy.fft, os›\n    return x\n",
    ],
)
def test_another_import_is_refused(text: str) -> None:
    first = refused(HEAD + text)
    assert first.reason == "an import in a function is not supported"
    assert first.help == "import at the top of the module"
