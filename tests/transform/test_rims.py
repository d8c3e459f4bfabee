"""The inside of an array that a loop writes anew is kept apart from its rim: right, and only where it may be."""

from __future__ import annotations

import random
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
    "trading": """
def trading(A: Float[np.ndarray, "m n"], B: Float[np.ndarray, "m n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1, 1:-1] = c * (A[1:-1, 1:-1] + A[1:-1, :-2] - 2.0 * A[1:-1, 2:] + A[2:, 1:-1] / 3.0)
        A, B = B, A
    return np.sum(A**2)
""",
    "pair": """
def pair(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1] = 0.3 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.5 * (B[:-2] - B[2:]) * 0.7 + B[1:-1]
    return np.sum(c * A**2)
""",
    "wide": """
def wide(A: Float[np.ndarray, "n m"], B: Float[np.ndarray, "n m"], c: float, steps: int) -> float:
    for t in range(steps):
        B[2:-3] = 0.3 * A[:-5] - 0.2 * A[4:-1] + A[2:-3] - c * A[3:-2]
        A, B = B, A
    return np.sum(A**2)
""",
    "nine": """
def nine(A: Float[np.ndarray, "n n"], B: Float[np.ndarray, "n n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1, 1:-1] = 0.1 * (A[:-2, :-2] + A[:-2, 2:] - A[2:, :-2] + 3.0 * A[2:, 2:] + A[1:-1, 1:-1] + A[1:-1, 2:])
        A, B = B, A
    return np.sum(A**3)
""",
    "cubes": """
def cubes(A: Float[np.ndarray, "l m n"], B: Float[np.ndarray, "l m n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1, 1:-1, 1:-1] = c * (A[2:, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1]) - A[1:-1, 2:, 1:-1] + A[1:-1, 1:-1, :-2]
        A[1:-1, 1:-1, 1:-1] = B[1:-1, :-2, 1:-1] + 0.5 * B[1:-1, 1:-1, 2:]
    return np.sum(A**2)
""",
    "three": """
def three(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    C = np.zeros_like(A)
    for t in range(steps):
        C[1:-1] = A[:-2] + 0.5 * A[2:]
        B[1:-1] = C[1:-1] - 0.2 * C[2:]
        A[1:-1] = 0.3 * B[:-2] + B[1:-1]
    return np.sum(A**2) + np.sum(A[1:] * A[:-1])
""",
    "in_place": """
def in_place(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        A[1:-1] = A[:-2] + c * A[2:]
        B[1:-1] = 0.5 * (A[:-2] + A[2:])
    return np.sum(A**2) + np.sum(B**2)
""",
    "added": """
def added(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1] = B[1:-1] + 0.5 * (A[:-2] + A[2:])
        A, B = B, A
    return np.sum(A**2)
""",
    "ended": """
def ended(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1] = 0.5 * A[:-2] + A[2:]
        A, B = B, A
    return np.sum(A**2) + np.sum(B**2)
""",
    "heat": """
def heat(A: Float[np.ndarray, "m n"], B: Float[np.ndarray, "m n"], c: float, steps: int) -> float:
    for t in range(steps):
        A[1:-1, 1:-1] += c * (A[2:, 1:-1] + A[:-2, 1:-1] + A[1:-1, 2:] - 3.0 * A[1:-1, 1:-1]) + 0.1 * B[1:-1, 1:-1]
        B[1:-1, 1:-1] *= 0.9
    return np.sum(A**2)
""",
}
CLEARED = {"in_place", "ended"}  # of the insides of two arrays the value is made, or of what they held before
KEPT = {
    "read": """
def read(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    total = 0.0
    for t in range(steps):
        B[1:-1] = 0.5 * (A[:-2] + A[2:])
        total += B[1] ** 2
        A[1:-1] = 0.3 * (B[:-2] - B[2:])
    return total + np.sum(A**2)
""",
    "curved": """
def curved(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1] = np.sin(A[:-2]) + A[2:] * A[1:-1]
        A, B = B, A
    return np.sum(A**2)
""",
    "shifting": """
def shifting(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:] = 0.5 * A[:-1] + A[1:]
        A[:-1] = 0.5 * B[1:] - c * B[:-1]
    return np.sum(A**2)
""",
    "once": """
def once(A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"], c: float, steps: int) -> float:
    for t in range(steps):
        B[1:-1] = 0.5 * A[:-2] + A[2:]
    return np.sum(A**2) + np.sum(B**2)
""",
}
SHAPES = {"trading": "mn", "heat": "mn", "wide": "nm", "nine": "nn", "cubes": "lmn"}


@pytest.fixture(autouse=True)
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def text_of(name: str, wrt: tuple[int, ...] = (0,)) -> str:
    source = {**PROGRAMS, **KEPT}[name]
    (piece,) = differentiate(HEAD + source, "programs.py", [Request(name, wrt, target="numba")])
    return piece.text.split("# reverse\n")[1].split("\n    return")[0]


def arguments(name: str, sizes: dict[str, int], steps: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(len(name) + steps)
    shape = [sizes[dim] for dim in SHAPES.get(name, "n")]
    return rng.normal(size=shape), rng.normal(size=shape), 0.7, steps


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("name", [*PROGRAMS, *KEPT])
def test_derivatives_are_right(name: str, steps: int) -> None:
    args = arguments(name, {"l": 4, "m": 5, "n": 7}, steps)
    for wrt in ((0,), (0, 1), (1, 2)):
        hold(HEAD + {**PROGRAMS, **KEPT}[name], name, wrt, args, target="numba")


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("name", sorted({*PROGRAMS, *KEPT} - {"read"}))
def test_few_elements_are_right(name: str, size: int) -> None:
    for sizes in ({"l": size, "m": 4, "n": 4}, {"l": 3, "m": size, "n": 4}, {"l": 4, "m": 4, "n": size}):
        hold(HEAD + {**PROGRAMS, **KEPT}[name], name, (0, 1), arguments(name, sizes, 3), target="numba")


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_inside_is_copied_to_margins(name: str) -> None:
    loop = text_of(name, (0, 1)).split("for t in ")[1]
    assert "_inner[" in loop and "_padded" not in loop and ("= 0.0" in loop) == (name in CLEARED)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_not_all_written_anew_is_not_kept_apart(name: str) -> None:
    assert "_inner" not in text_of(name, (0, 1))


def test_the_rims_only_add_up() -> None:
    assert (
        text_of("pair")
        == """\
    # return np.sum(c * A**2)
    A_bar = 2 * c * pair_bar * A
    B_bar = np.zeros_like(B)
    A_bar_inner = np.zeros_like(A_bar)
    for i in range(1, n - 1):
        A_bar_inner[i] = A_bar[i]
    B_bar_inner = np.zeros_like(B_bar)
    for t in range(steps - 1, -1, -1):
        # A[1:-1] = 0.5 * (B[:-2] - B[2:]) * 0.7 + B[1:-1]
        if n > 2:
            B_bar[0] += 0.35 * A_bar_inner[1]
            B_bar[-1] -= 0.35 * A_bar_inner[-2]
        for i in range(1, n - 1):
            B_bar_inner[i] = (
                A_bar_inner[i] + 0.35 * A_bar_inner[i + 1] - 0.35 * A_bar_inner[i - 1]
            )
        # B[1:-1] = 0.3 * (A[:-2] + A[1:-1] + A[2:])
        if n > 2:
            A_bar[0] += 0.3 * B_bar_inner[1]
            A_bar[-1] += 0.3 * B_bar_inner[-2]
        for i in range(1, n - 1):
            A_bar_inner[i] = 0.3 * (
                B_bar_inner[i - 1] + B_bar_inner[i] + B_bar_inner[i + 1]
            )
    for i in range(1, n - 1):
        A_bar[i] = A_bar_inner[i]"""
    )


def stepping(seed: int) -> str:
    """A random program that steps through arrays, of which insides are set."""
    random_ = random.Random(seed)
    rank = random_.choice((1, 2, 2))
    margins = [(random_.choice((1, 1, 2)), random_.choice((1, 1, 2, 0))) for _ in range(rank)]

    def cut(shift: bool) -> str:
        found = []
        for before, behind in margins:
            by = random_.randint(-min(before, behind), min(before, behind)) if shift and random_.random() < 0.6 else 0
            found.append(f"{before + by or ''}:{by - behind or ''}")
        return f"[{', '.join(found)}]"

    is_swapped = random_.random() < 0.5
    pairs = random_.choice(["BA"] if is_swapped else ["BA AB", "BA AB", "BA BA AB", "AB", "AA BA"]).split()
    lines = []
    for target, source in pairs:
        terms = [
            f"{random_.choice(['', '0.5 * ', 'c * ', '-2.0 * '])}{source}{cut(True)}"
            for _ in range(random_.randint(1, 4))
        ]
        text = random_.choice([" + ", " - "]).join(terms)
        text = random_.choice(["{}", "{}", "0.3 * ({})", "({}) / c"] * 3 + ["np.sin({})"]).format(text)
        lines.append(f"{target}{cut(random_.random() < 0.05)} {random_.choice(['='] * 9 + ['+='])} {text}")
    lines += ["A, B = B, A"] if is_swapped else []
    body = "\n".join(f"        {line}" for line in lines)
    value = random_.choice(["A**2"] * 5 + ["A * B"])
    dims = "m n" if rank == 2 else "n"
    return f"""{HEAD}
def f(A: Float[np.ndarray, "{dims}"], B: Float[np.ndarray, "{dims}"], c: float) -> float:
    for t in range(3):
{body}
    return np.sum({value})
"""


@pytest.mark.parametrize("block", range(10))
def test_random_steps(block: int) -> None:
    rng = np.random.default_rng(block)
    for seed in range(8 * block, 8 * block + 8):
        source, size = stepping(seed), int(rng.integers(1, 5))
        for rows, wrt in ((6, (0, 1, 2)), (size, (0, 1))):
            shape = (rows, 5) if '"m n"' in source else (rows,)
            if "sin" not in source or rows == 6:  # the tape of an array without an inside is not made
                hold(source, "f", wrt, (rng.normal(size=shape), rng.normal(size=shape), 0.7), target="numba")


def test_random_steps_are_of_all_kinds() -> None:
    requests = [Request("f", (0, 1), target="numba")]
    texts = [differentiate(stepping(seed), "f.py", requests)[0].text for seed in range(80)]
    assert sum("_inner" in text for text in texts) > 20
    assert sum("_inner" not in text for text in texts) > 20
