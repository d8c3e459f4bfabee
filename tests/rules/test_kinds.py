"""Questions about the kind of a number: what one is, here and in Python, whether it is NumPy's or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = "import numbers\n\nimport numpy as np\n\n\n"
BODY = "    if ‹isinstance({asked})›:\n        return 2.0 * x * x\n    return 5.0 * x * x\n"
INTS, FLOATS = (3, np.int64(3)), (3.0, np.float64(3.0))
BOTH = ["(int, np.integer)", "(np.integer, int)", "numbers.Number", "(float, int, np.integer)"]


def body(asked: str) -> str:
    return BODY.format(asked=asked).replace("‹", "").replace("›", "")


@pytest.mark.parametrize("asked", BOTH)
@pytest.mark.parametrize("n", [*INTS, *FLOATS], ids=repr)
def test_numbers_of_python_and_of_numpy(asked: str, n: Any) -> None:
    hold(f"{HEAD}def f(x, n):\n{body(f'n, {asked}')}", "f", (0,), (0.7, n), annotated=False)


@pytest.mark.parametrize("asked", ["float", "(float, np.floating)", "np.integer"])
@pytest.mark.parametrize("x", FLOATS, ids=repr)
def test_floats(asked: str, x: Any) -> None:
    hold(f"{HEAD}def f(x):\n{body(f'x, {asked}')}", "f", (0,), (x,), annotated=False)


@pytest.mark.parametrize(
    ("kind", "asked", "both"),
    [
        ("int", "int", "(int, np.integer)"),
        ("int", "np.integer", "(int, np.integer)"),
        ("float", "np.floating", "(float, np.floating)"),
    ],
)
def test_which_of_the_two_is_not_known(kind: str, asked: str, both: str) -> None:
    """The help is followed: it named what was refused itself."""
    head = f"{HEAD}def f(x: float, n: {kind}):\n"
    problem = refused(head + BODY.format(asked=f"n, {asked}"))
    assert f"this is a{'n int' if kind == 'int' else ' float'} of Python's or of NumPy's" in problem.reason
    assert both in problem.help
    hold(head + body(f"n, {both}"), "f", (0,), (0.7, 3 if kind == "int" else 3.0))
