"""Sums at two places side by side are gathered from an array's own elements: right, and only where they may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

numba = pytest.importorskip("numba")

HEAD = """
import numpy as np
"""
PROGRAMS = {
    "waves": """
def waves(u: Float[np.ndarray, "n"], p: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(3):
        u[1:] -= c * (p[1:] - p[:-1])
        p[:-1] -= -0.3 * (u[1:] - u[:-1])
    return np.sum(p**3)
""",
    "shallow": """
def shallow(h: Float[np.ndarray, "m n"], u: Float[np.ndarray, "m n"], v: Float[np.ndarray, "m n"]) -> float:
    for t in range(2):
        u[:-1, 1:-1] += 0.5 * (h[1:, 1:-1] - h[:-1, 1:-1]) / -1.5
        v[:, 1:] += 2.0 * h[:, 1:] + 3.0 * h[:, :-1]
        h[1:, 1:] += 0.1 * (u[1:, 1:] - u[:-1, 1:]) - 0.2 * (-v[1:, :-1] - v[1:, 1:])
    return np.sum(h * u) + np.sum(v**2)
""",
    "assigned": """
def assigned(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(2):
        u[1:] = u[1:] - c * (h[1:] - h[:-1])
        h[:-1] = h[:-1] - c * (u[1:] - u[:-1])
    return np.sum(h**2)
""",
    "cubes": """
def cubes(A: Float[np.ndarray, "l m n"], B: Float[np.ndarray, "l m n"]) -> float:
    B[:, 1:] += A[:, 1:] - A[:, :-1]
    B[:, :, :-1] -= 0.2 * (A[:, :, 1:] + A[:, :, :-1])
    A[1:] += B[1:] * B[:-1]
    return np.sum(A**2)
""",
    "both": """
def both(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"]) -> float:
    w[2:] += 2.0 * (u[2:] - u[1:-1]) + 3.0 * (v[1:-1] - v[:-2])
    w[:-1] += v[1:] - 0.4 * v[:-1]
    return np.sum(w**2)
""",
    "own": """
def own(u: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(3):
        u[1:] += c * (u[1:] - u[:-1])
    return np.sum(u**2)
""",
    "columns": """
def columns(A: Float[np.ndarray, "m n"], B: Float[np.ndarray, "n m"], c: Float[np.ndarray, "n"]) -> float:
    B[1:, :] += 0.5 * (A.T[1:, :] - A.T[:-1, :])
    for k in range(A.shape[0]):
        c[1:] += A[k, 1:] - 2.0 * A[k, :-1]
        A[k, :] *= 1.5
    return np.sum(B**2) + np.sum(c**3)
""",
    "tails": """
def tails(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for k in range(1, len(u)):
        v[k:] += 0.1 * (u[k:] - u[k - 1 : -1])
    return np.sum(v**2)
""",
    "few": """
def few(A: Float[np.ndarray, "3 n"], B: Float[np.ndarray, "3 n"], C: Float[np.ndarray, "1 n"]) -> float:
    B[1:] += 0.5 * (A[1:] - A[:-1])
    C[1:] += A[2:3][1:] - C[:-1]
    return np.sum(B**2) + np.sum(C**2)
""",
}
SHAPES = {"shallow": "mn mn mn", "cubes": "lmn lmn", "columns": "mn nm n", "few": "3n 3n 1n", "both": "n n n"}
KEPT = {"own"}


@pytest.fixture(autouse=True)
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def text_of(name: str) -> str:
    (piece,) = differentiate(HEAD + PROGRAMS[name], "programs.py", [Request(name, (0, 1), target="numba")])
    return piece.text


def arguments(name: str, sizes: dict[str, int]) -> tuple[Any, ...]:
    rng = np.random.default_rng(len(name))
    shapes = SHAPES.get(name, "n" if name == "own" else "n n").split()
    arrays = [rng.normal(size=[sizes.get(dim) or int(dim) for dim in shape]) for shape in shapes]
    return (*arrays, 0.7) if "c: float" in PROGRAMS[name] else tuple(arrays)


@pytest.mark.parametrize("sizes", [{"l": 4, "m": 5, "n": 6}, {"l": 3, "m": 2, "n": 3}, {"l": 2, "m": 3, "n": 2}])
@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives_are_right(name: str, sizes: dict[str, int]) -> None:
    args = arguments(name, sizes)
    hold(HEAD + PROGRAMS[name], name, tuple(range(len(args))), args, target="numba")


@pytest.mark.parametrize("sizes", [{"l": 1, "m": 1, "n": 1}, {"l": 1, "m": 4, "n": 2}, {"l": 3, "m": 1, "n": 4}])
@pytest.mark.parametrize("name", sorted({*PROGRAMS} - {"both"}))
def test_arrays_of_one_element_have_no_two_places(name: str, sizes: dict[str, int]) -> None:
    args = arguments(name, sizes)
    hold(HEAD + PROGRAMS[name], name, tuple(range(len(args))), args, target="numba")


@pytest.mark.parametrize("name", sorted({*PROGRAMS} - KEPT))
def test_no_copy_has_margins(name: str) -> None:
    assert "_padded" not in text_of(name)


def test_what_is_written_into_is_copied() -> None:
    assert "_padded" in text_of("own")


def test_the_ends_get_one_element_each() -> None:
    reverse = text_of("waves").split("# reverse\n")[1]
    assert (
        """\
        # p[:-1] -= -0.3 * (u[1:] - u[:-1])
        for i in range(1, n - 1):
            u_bar[i] += 0.3 * (p_bar[i - 1] - p_bar[i])
        if n > 1:
            u_bar[0] -= 0.3 * p_bar[0]
            u_bar[n - 1] += 0.3 * p_bar[n - 2]
"""
        in reverse
    ), reverse
