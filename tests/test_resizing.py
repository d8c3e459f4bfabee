"""Arrays that have another size in each turn, and numbers that become arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import numpy as np\n\n\n"
X = np.array([1.2, 2.0, 0.7, 1.5])
SIZES = {
    "de Casteljau": "while len(x) > 1:\n    x = 0.7 * x[:-1] + 0.3 * x[1:] * x[0]\nreturn x[0] ** 2",
    "grows by one": (
        "y = np.zeros(1)\nfor i in range(len(x)):\n    y = np.concatenate((y, x[i : i + 1] + y[-1:] ** 2))\n"
        "return y @ y"
    ),
    "append": "y = np.array([x[0]])\nfor i in range(2):\n    y = np.append(y, y[-1] * x[i])\nreturn np.sum(y**2)",
    "a tree": (
        "s = x[0]\nv = s * np.arange(1.0, 5.0)\nfor k in range(3):\n    v = np.maximum(0.5 * v[1:] + 0.5 * v[:-1], s)\n"
        "return v[0]"
    ),
    "differences": "for i in range(2):\n    x = np.diff(x * x)\nreturn np.sum(x * x)",
    "halves": (
        "s = 0.0\nwhile len(x) > 1:\n    d = 0.5 * (x[::2] - x[1::2])\n    x = 0.5 * (x[::2] + x[1::2])\n"
        "    s += np.sum(d**2) * x[0]\nreturn s + x[0] ** 2"
    ),
    "doubles": "for i in range(2):\n    x = np.hstack((x, x * x))\nreturn np.sum(x**2)",
    "rows": "M = x[None, :]\nfor i in range(2):\n    M = np.vstack((M, M[-1:] * x))\nreturn np.sum(M**2)",
    "a Schur complement": (
        "A = np.outer(x, x) + np.diag(x + 3.0)\ns = 1.0\nwhile len(A) > 1:\n    s = s * A[0, 0]\n"
        "    A = A[1:, 1:] - np.outer(A[1:, 0], A[0, 1:]) / A[0, 0]\nreturn s * A[0, 0]"
    ),
    "written into": (
        "s = 0.0\nfor i in range(3):\n    w = np.zeros(i + 1) + x[i]\n    w[:] *= x[0]\n    w[0] = w[0] * x[1]\n"
        "    s += np.sum(w**2)\nreturn s"
    ),
    "left by a loop": "for i in range(3):\n    y = np.zeros(2)\n    y[0] = x[i] ** 2 * x[0]\nreturn y[0] * x[1]",
    "left early": "for i in range(9):\n    if len(x) <= 2:\n        break\n    x = x[1:] * x[:-1]\nreturn np.sum(x)",
    "one of two": (
        "y = x[1:] * x[0] if x[0] > 2.0 else x * x[1]\nz = np.zeros_like(y)\nz[:] = y * y\nreturn np.sum(z * y)"
    ),
}


@pytest.mark.parametrize("case", SIZES)
def test_another_size_in_each_turn(case: str, target: Target) -> None:
    lines = "".join(f"    {line}\n" for line in SIZES[case].splitlines())
    hold(f"{HEAD}def f(x):\n{lines}", "f", (0,), (X,), annotated=False, target=target)


def test_what_was_there_before_a_loop_may_have_another_size(target: Target) -> None:
    """Behind the reverse loop its adjoint is no longer of the size of what the turns make."""
    source = f"{HEAD}def f(A, B):\n    q = np.sum(B[0])\n    for i in range(len(A)):\n"
    source += "        B = np.maximum(A * A, 0.1)\n    return np.sum(B) + q\n"
    for shape in ((3, 2), (2, 3), (2, 5)):
        A, B = np.linspace(0.2, 0.9, 6).reshape(2, 3), np.ones(shape)
        hold(source, "f", (0, 1), (A, B), annotated=False, target=target)


RESULTS = {
    "halves": "while len(x) > 1:\n    x = x[::2] + x[1::2] * x[0]\nreturn x",
    "grows": "for k in range(3):\n    x = np.concatenate([x, 3 * x[:1] ** 2])\nreturn x",
    "refined": (
        "for k in range(2):\n    f = np.zeros(2 * len(x) - 1)\n    f[::2] = x\n"
        "    f[1::2] = 0.5 * (x[1:] + x[:-1]) * x[0]\n    x = f\nreturn x"
    ),
    "two ways": (
        "while len(x) > 1:\n    if len(x) % 2 == 0:\n        x = x[::2] + x[1::2]\n"
        "    else:\n        x = x[1:] * x[0]\nreturn x"
    ),
}


@pytest.mark.parametrize("case", RESULTS)
def test_what_a_callee_hands_back(case: str, target: Target) -> None:
    """The reverse is a function of its own, and what it has is the last size."""
    lines = "".join(f"    {line}\n" for line in RESULTS[case].splitlines())
    source = f"{HEAD}def g(x):\n{lines}\n\ndef f(x):\n    y = g(x)\n    return y @ y\n"
    hold(source, "f", (0,), (X,), annotated=False, target=target)


@pytest.mark.parametrize(
    "update",
    ["y[-1] += x[i]", "y[1:] = y[1:] * y[0]", "y[0] *= x[i]"],
)
@pytest.mark.parametrize("more", ["y[:1]", "y[1:]", "y[: i + 1]", "y"])
def test_an_array_that_grows_by_a_part_of_itself(update: str, more: str, target: Target) -> None:
    """Numba: the adjoint that is cut in a turn is not as long as it was before."""
    source = (
        f"{HEAD}def f(x):\n    y = x.copy()\n    for i in range(2):\n        y = np.concatenate([y, {more}])\n"
        f"        {update}\n    return np.sum(y**2)\n"
    )
    hold(source, "f", (0,), (X,), annotated=False, target=target)


NUMBERS = {
    "sum": "s = 0.0\nfor i in range(3):\n    s += x * i\nreturn np.sum(s**2)",
    "from an int": "s = 0\nfor i in range(3):\n    s -= x * i\nreturn np.sum(s**2)",
    "product": "s = 1.0\nfor i in range(2):\n    s *= x\nreturn np.sum(s)",
    "of an active number": "s = x[0]\nfor i in range(3):\n    s += x * s\nreturn np.sum(s**2)",
    "while": "s, i = 0.0, 0\nwhile i < 3:\n    s += x * i\n    i += 1\nreturn np.sum(s**2)",
    "on one path": "s = x[0]\nif x[1] > 5.0:\n    s = x * 2.0\ns *= x[2]\nreturn np.sum(s)",
    "unrolled": "s = 0.0\nfor a in (x, 2.0 * x, x * x):\n    s += a\nreturn np.sum(s**2)",
}


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_that_becomes_an_array(case: str) -> None:
    lines = "".join(f"    {line}\n" for line in NUMBERS[case].splitlines())
    hold(f"{HEAD}def f(x):\n{lines}", "f", (0,), (X,), annotated=False)
    callee = f"{HEAD}def g(x):\n{lines}\n\ndef f(x):\n    return g(x * x) + g(x)\n"
    hold(callee, "f", (0,), (X,), annotated=False)


SUMMED = """
import numpy as np


def f(x, n):
    s = x
    for i in range(n):
        s = np.sin(np.sum(s, axis=0))
    return float(s) ** 2
"""


def test_float_says_that_an_array_has_become_a_number() -> None:
    hold(SUMMED, "f", (0,), (np.array([X, 2.0 * X]), 2), annotated=False)
    source = SUMMED.replace("def f(x, n)", "def f(x: np.ndarray, n: int)").replace(
        "return float(s) ** 2", "return float(s)"
    )
    hold(source, "f", (0,), (np.array([X, 2.0 * X]), 2))
    one = "import numpy as np\n\n\ndef f(x: np.ndarray):\n    y = np.sum(x, axis=0)\n    return float(y) ** 2\n"
    hold(one, "f", (0,), (X,))


def test_whether_an_array_is_written_into_may_be_seen() -> None:
    """``b`` shows what ``s`` is, from the second turn on."""
    source = (
        f'{HEAD}def f(x: Float[np.ndarray, "n"]):\n    s = 0.0\n    b = x * 1.0\n'
        "    for i in range(3):\n        b = s\n        s += x * i\n    return np.sum(b + s)\n"
    )
    with pytest.raises(RefusedError, match=r"f.py:9:9: another name sees this write"):
        differentiate(source, "f.py", [Request("f")])
