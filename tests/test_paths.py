"""What a value is on one path and on another; ends that are never reached."""

from __future__ import annotations

import pytest

from tests.programs import hold

PROGRAMS = {
    "raise": "def f(x):\n    if x > 0.0:\n        return x**2\n    raise ValueError('x')\n",
    "an endless loop": "def f(x):\n    while True:\n        x *= 0.5 * x\n        if x < 0.1:\n            return x\n",
    "a default": "def f(x, scale=None):\n    if scale is None:\n        scale = 2.0\n    return x * scale\n",
    "a structure": "def f(x, c=None):\n    if c is None:\n        c = (x * 2, x**2)\n    return c[0] * c[1]\n",
    "not None": "def f(x, c=None):\n    return c * x if c is not None else x * x\n",
    "the least": (
        "def f(x):\n    best = None\n    for v in (x * x, x, 3.0 * x):\n        if best is None or v < best:\n"
        "            best = v\n    return best\n"
    ),
    "from the one before": (
        "def f(x):\n    s = 0.0\n    prev = None\n    for v in (x * x, x, 3.0 * x):\n        if prev is not None:\n"
        "            s += (v - prev) ** 2\n        prev = v\n    return s\n"
    ),
    "a chain": "def f(x):\n    if 0.0 < x < x + 1.0 < 10.0 <= 12.0:\n        return x * x\n    return x\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_paths(name: str) -> None:
    source = PROGRAMS[name]
    given = (0.7, None) if "=None" in source else (0.7,)
    hold(source, "f", (0,), given, annotated=False)
    if "=None" in source and "c[" not in source:
        hold(source, "f", (0,), (0.7, 1.3), annotated=False)
