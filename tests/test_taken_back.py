"""What was overwritten is used as it comes off its tape, or written back where anything else needs it there."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def element(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(3):
        for i in range(len(A)):
            A[i] = A[i] * A[i] * x
    return np.sum(A)


def whole(A: Float[np.ndarray, "n"], x: float) -> float:
    y = 0.0
    for t in range(3):
        y += x * np.sum(A * A)
        A *= x
    return y + np.sum(A)


def whole_through_a_view(A: Float[np.ndarray, "n"], x: float) -> float:
    y = 0.0
    for t in range(3):
        row = A[1:]
        y += np.sum(row * row * x)
        A *= x * y
    return y + np.sum(A)


def two_writes(A: Float[np.ndarray, "n"], x: float) -> float:
    for i in range(1, len(A)):
        A[i] = A[i] ** 2 * A[i - 1]
        A[i - 1] = A[i] * A[i - 1] * x
    return np.sum(A)


def another_reads_it(A: Float[np.ndarray, "n"], x: float) -> float:
    y = x
    for i in range(len(A) - 1):
        y *= np.sum(A**2)
        A[i] = A[i] * A[i] * y
    return y + np.sum(A)


def a_later_turn_reads_it(A: Float[np.ndarray, "n"], x: float) -> float:
    y = x
    for i in range(len(A) - 1):
        y += A[i + 1] ** 2 * A[i]
        A[i + 1] = A[i + 1] ** 2 * y
    return y + np.sum(A)


def on_one_branch(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        for i in range(len(A)):
            if A[i] > 0.6:
                A[i] = A[i] * A[i] * x
            else:
                A[i] = np.sin(A[i])
    return np.sum(A)


def until(A: Float[np.ndarray, "n"], x: float) -> float:
    k = 0
    while k < 4:
        A[k % 2] = np.exp(A[k % 2]) * x
        if A[0] > 9.0:
            break
        k += 1
    return np.sum(A)


def scaled(row, x):
    if x > 0.0:
        row = row * row
    return row * x


def kept_by_a_callee(A: Float[np.ndarray, "n"], x: float) -> float:
    for i in range(2):
        A[1:] = scaled(A[1:], x)
    return np.sum(A)


def grown(row, x):
    row *= row * x


def changed_by_a_callee(A: Float[np.ndarray, "n"], x: float) -> float:
    for i in range(2):
        A[1:] = A[1:] * A[1:] * x
        grown(A, x)
    return np.sum(A)


def by_an_index_that_changes(A: Float[np.ndarray, "n"], x: float) -> float:
    k = np.zeros(2, dtype=int)
    for i in range(2):
        A[k[0]] = A[k[0]] * A[k[0]] * x
        k[0] = k[0] + 1
    return np.sum(A)


def changing_places(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.ones_like(A)
    for t in range(3):
        B[:] = A * B * x
        A, B = B, A
    return np.sum(A * B)


def smoothed(u, f, turns):
    for t in range(turns):
        u[1:-1] = 0.5 * (u[2:] + u[:-2]) + f[1:-1]
        u[0] = u[1]


def only_the_caller_sees_it(A: Float[np.ndarray, "n"], x: float) -> float:
    y = x
    for t in range(2):
        y += np.sum(A**2) * x
        smoothed(A, A * y, 3)
        A *= A
    return y + np.sum(A)


def squared(u, f, turns):
    for t in range(turns):
        u[1:-1] = u[2:] * u[:-2] + f[1:-1]
        f[0] = u[0] * f[1]
        f[1] = u[1] * 0.5


def the_callee_reads_it(A: Float[np.ndarray, "n"], x: float) -> float:
    B = A * x
    for t in range(2):
        squared(A, B, 2)
        smoothed(B, A, 2)
    return np.sum(A) + np.sum(B * B) * x


def parts_of_one(A: Float[np.ndarray, "n"], x: float) -> float:
    smoothed(A[:3], A[:3] * x, 2)
    smoothed(A[1:], A[1:] * A[1:], 2)
    return np.sum(A**2)


def given_back(A: Float[np.ndarray, "n"], x: float) -> float:
    total = 0.0
    for t in range(2):
        old = A[0]
        A[0] = A[0] * A[1] * x
        total += old * A[0]
        A[0] = old
    return total + np.sum(A)
"""
NAMES = [line[4 : line.index("(")] for line in PROGRAMS.splitlines() if line.startswith("def ") and "->" in line]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_derivatives(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), (np.array([0.5, 0.7, 0.4, 0.9]), 1.1))


def test_what_only_the_caller_sees_is_saved_as_a_whole() -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request("only_the_caller_sees_it", (0, 1), "adjoint")])
    text = piece.text[piece.text.index("def smoothed_forward") : piece.text.index("def only_the_caller_sees_it_adj")]
    assert "_saved" not in text, text
    assert text.count("u_old = u.copy()") == text.count("u[...] = u_old") == 1, text


@pytest.mark.parametrize(
    ("name", "written_back"),
    [
        ("element", 0),
        ("whole", 0),
        ("whole_through_a_view", 0),
        ("another_reads_it", 1),
        ("two_writes", 1),
        ("kept_by_a_callee", 1),
    ],
)
def test_what_is_written_back(name: str, written_back: int) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    text = piece.text[piece.text.index(f"def {name}_adjoint") : piece.text.index(f"def {name}_grad")]
    reverse = text[text.index("# reverse") :]
    found = sum(line.lstrip().startswith("A[") and "pop()" in line for line in reverse.splitlines())
    assert found == written_back, reverse


def test_a_loop_that_never_turns() -> None:
    """Nothing that is written in it meets what is read there."""
    source = (
        'import numpy as np\n\n\ndef f(v: Float[np.ndarray, "n"]) -> float:\n    for i in range(1, 1):\n'
        "        if v[1] > np.mean(v):\n            continue\n        v += np.tanh(v[2] * v)\n"
        "    return np.sum(v * v)\n"
    )
    hold(source, "f", (0,), (np.array([0.4, -1.2, 0.9]),))


@pytest.mark.parametrize(
    ("lines", "restored"),
    [
        ("A *= np.sum(A * x)", False),
        ("A[:2] = A[:2] * A[:2] * x", True),  # by views, which are at hand
        ("A[A > 0.0] = A[A > 0.0] ** 2 * x", False),
        ("A *= x\n    y = np.sum(A)\n    A[1:] *= A[0] * y", True),
        ("B = A[1:]\n    A *= x\n    A[:] = A * np.sum(B)", False),
        ("row = A[::-1]\n    s = np.sum(row * A)\n    A *= s * x", True),
    ],
)
def test_outside_loops(lines: str, restored: bool) -> None:
    source = (
        f'import numpy as np\n\n\ndef f(A: Float[np.ndarray, "n"], x: float) -> float:\n    {lines}\n'
        "    return np.sum(A**3)\n"
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), "adjoint")])
    assert ("] = A_old" in piece.text) is restored, piece.text
    hold(source, "f", (0, 1), (np.array([0.4, -1.2, 0.9]), 0.7))


OF_A_BRANCH = """
import numpy as np


def f(u: float[:], v: float[:], b: bool) -> float:
    for i in range(3):
        v[:2] -= u[2:4]
        if b:
            u[:] = np.sin(u)
    return np.sum(v * v)
"""


@pytest.mark.parametrize("b", [True, False])
def test_a_shape_is_asked_of_no_copy_that_a_branch_saves(b: bool) -> None:
    hold(OF_A_BRANCH, "f", (0, 1), (np.array([0.7, 1.25, 0.9, 0.4]), np.ones(4), b))
