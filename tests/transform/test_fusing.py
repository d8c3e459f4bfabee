"""Fused loops, as the target Numba has them: right, where they may be, and as few as they should be."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

numba = pytest.importorskip("numba")

HEAD = """
import numpy as np
"""
PROGRAMS = {
    "blur": """
def blur(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    v[1:-1] = 0.25 * (u[:-2] + 2.0 * u[1:-1] + u[2:])
    return np.sum(v**2)
""",
    "in_place": """
def in_place(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for t in range(3):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * v[1:-1]
    return np.sum(u**2)
""",
    "shifted": """
def shifted(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    u[1:] = u[:-1] * v[1:]
    u[:-1] += u[1:]
    return np.sum(u**3)
""",
    "damped": """
def damped(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for t in range(3):
        u[1:-1] = np.sin(u[1:-1]) + u[1:-1] * v[1:-1]
    return np.sum(u * u)
""",
    "rows": """
def rows(A: Float[np.ndarray, "m n"], c: Float[np.ndarray, "n"]) -> float:
    for i in range(1, A.shape[0]):
        A[i, :] -= A[i - 1, 0] * c * A[i - 1, :]
        A[i, 1:] *= c[:-1]
    return np.sum(A**2)
""",
    "tails": """
def tails(A: Float[np.ndarray, "n n"]) -> float:
    for k in range(A.shape[0] - 1):
        A[k + 1 :, k] = A[k + 1 :, k] / A[k, k]
        for j in range(k + 1, A.shape[0]):
            A[k + 1 :, j] -= A[k + 1 :, k] * A[k, j]
    return np.sum(A**2)
""",
    "broadcast": """
def broadcast(A: Float[np.ndarray, "m n"], c: Float[np.ndarray, "m"]) -> float:
    B = np.zeros_like(A)
    B[:, 1:] = A[:, 1:] * c[:, None] - A[:, :-1]
    B[1:, :] += A[0] * np.sin(c[1:, None])
    return np.sum(B * A)
""",
    "named": """
def named(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    flux = u[1:] * v[:-1]
    change = flux[1:] - flux[:-1]
    u[1:-1] += change
    return np.sum(u * flux[0]) + np.sum(change)
""",
    "zeros": """
def zeros(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    v[1:] = np.where(u[1:] > 0.5, v[1:] / np.maximum(u[1:] - 0.5, 0.0), 1.5 * v[:-1])
    return np.sum(v**2)
""",
    "rebound": """
def rebound(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for t in range(4):
        v[1:-1] = 0.5 * (u[:-2] + u[2:]) - 0.1 * v[1:-1] ** 2
        u, v = v, u
    return np.sum(u * v)
""",
    "views": """
def views(A: Float[np.ndarray, "m n"], c: Float[np.ndarray, "n"]) -> float:
    row = A[1]
    inner = A[1:-1, 1:]
    A[0] = row * c
    A[1, 1:] = 0.5 * row[:-1]
    return np.sum(inner**2) + np.sum(A[0])
""",
    "waves": """
def step(u, v):
    v[1:-1] = v[1:-1] + 0.1 * (u[:-2] + u[2:]) - u[1:-1] * v[1:-1]

def waves(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for t in range(2):
        for s in range(t + 1):
            step(u, v)
            u[1:] = u[1:] - 0.2 * (v[1:] - v[:-1])
        while v[2] < 1.0:
            v[1:-1] = 0.5 * (v[:-2] + v[2:]) + 0.4
    return np.sum(u * v)
""",
    "counted": """
def counted(k: int, u: Float[np.ndarray, "{k} n"], v: Float[np.ndarray, "n"]) -> float:
    w = np.zeros((k, 3))
    n = v.shape[0]
    for t in range(n - 2):
        w[1:, 1] = w[1:, 1] + w[:-1, 0] * u[1:, t] + v[t]
        w[:, 0] = np.sin(w[:, 1]) - w[:, 2] * u[:, 0]
        w[1:-1, 2] += w[:-2, 0] - w[2:, 0] * v[-1]
    return np.sum(w * w[0])
""",
    "totals": """
def totals(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    s = 0.0
    for t in range(3):
        u += 0.3 * np.sin(v) * u
        s += np.sum(u * v)
        v *= 0.1 * s
        w = u * v
        s += np.sum(w) + np.sum(np.exp(w)) / len(w) - np.max(w)
        u[:] = w - np.sum(v * v)
    return s * np.sum(np.where(u > 0.1, u, 0.0)) + np.sum(u)
""",
    "aliased": """
def aliased(A: Float[np.ndarray, "n n"]) -> float:
    A += 0.5 * A.T
    A *= np.sum(A * A.T)
    B = A.T
    B -= 0.1 * A * A[0]
    row = A[-1]
    row *= np.sum(row * A[0]) + 1.0
    A[:] = 0.3 * A[::-1] + A
    A[:, 0] += A[0] * np.sum(np.sin(A[0]))
    return np.sum(A**3)
""",
    "picked": """
def picked(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    u[u > 0.2] = u[u > 0.2] ** 1.5
    m = (v > 0.0) & (u > 0.1)
    v[m] += np.sin(u[m]) * v[m]
    u[v > 0.3] *= 2.0
    v[u < 0.1] = v[u < 0.1] * u[u < 0.1] + 1.0
    v[v > 1.0] = u[0]
    return np.sum(u * v)
""",
    "wide": """
def wide(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    v[3:-3] = u[:-6] * 2.0 - u[6:] + u[1:-5] * u[5:-1]
    v[:-1] -= u[1:] * np.exp(u[:-1])
    return np.sum(v**2)
""",
    "cloud": """
def cloud(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    dx = u[:, None] - u
    dy = v[:, None] - v
    near = np.exp(-(dx**2) - dy**2)
    return np.sum(near @ u)
""",
    "pairs": """
def pairs(A: Float[np.ndarray, "m 3"], c: Float[np.ndarray, "m"]) -> float:
    energy = 0.0
    for i in range(A.shape[0] - 1):
        d = A[i + 1 :] - A[i]
        s = c[i] / np.sum(d * d, axis=1)
        energy += np.sum(4.0 * (s * s - s))
    return energy
""",
    "added": """
def added(A: Float[np.ndarray, "m n"], c: Float[np.ndarray, "n"]) -> float:
    for t in range(2):
        near = np.minimum(A, A[:, 1][:, None] * A[2])
        c += 0.1 * np.sum(near * A, axis=0) + np.sum(np.sin(near), axis=-1)[1]
        A[:, 1:] = 0.1 * near[:, 1:] * c[1:] - 0.1 * np.sum(near[:, 1:] ** 2, axis=1)[:, None]
    B = A[:, :, None] * c
    s = np.sum(np.cos(B), axis=(0, 2)) + np.sum(B * B, axis=1)[0] + np.sum(0.5 * B, axis=(1, 2))[1]
    return np.sum(s * np.sum(B**3, axis=0)[0]) + np.sum(s[1:] * np.sum(B - 1.0, axis=(0, 1))[1:])
""",
}


def _args(name: str) -> tuple[Any, ...]:
    rng = np.random.default_rng(len(name))
    if name == "aliased":
        return (0.3 * rng.normal(size=(4, 4)),)
    if name == "tails":
        return (rng.normal(size=(5, 5)) + 5 * np.eye(5),)
    if name == "counted":
        return 4, rng.normal(size=(4, 5)), rng.normal(size=5)
    if name == "pairs":
        return rng.normal(size=(5, 3)), rng.normal(size=5)
    if "A:" in PROGRAMS[name]:
        return rng.normal(size=(4, 6)), rng.normal(size=4 if '"m"' in PROGRAMS[name] else 6)
    return rng.normal(size=9), rng.normal(size=9)


@pytest.fixture(autouse=True)
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def generated(name: str) -> str:
    wrt = (1, 2) if name == "counted" else (0,)
    (piece,) = differentiate(HEAD + PROGRAMS[name], "programs.py", [Request(name, wrt, target="numba")])
    return piece.text


def generated_of(source: str, name: str, wrt: tuple[int, ...] = (0, 1, 2)) -> str:
    count = source.split(")")[0].count(":")
    (piece,) = differentiate(HEAD + source, "programs.py", [Request(name, wrt[:count], target="numba")])
    return piece.text


@pytest.mark.parametrize("name", PROGRAMS)
def test_fused_loops_are_right(name: str) -> None:
    args = _args(name)
    hold(HEAD + PROGRAMS[name], name, tuple(range(name == "counted", len(args))), args, target="numba")


@pytest.mark.parametrize("size", (1, 2, 3))
@pytest.mark.parametrize("name", ("totals", "aliased", "picked"))
def test_fused_loops_over_few_elements_are_right(name: str, size: int) -> None:
    u = np.linspace(0.3, 0.7, size)
    args = (0.1 * np.outer(u, u) + np.eye(size),) if name == "aliased" else (u, u**2 - 0.2)
    hold(HEAD + PROGRAMS[name], name, tuple(range(len(args))), args, target="numba")


def test_every_program_is_fused() -> None:
    for name in sorted({*PROGRAMS} - {"added", "aliased", "picked"}):
        lines = [line.strip() for line in generated(name).split("\n")]
        sliced = [
            line for line in lines if re.search(r"[\[ ,]\S*:\S*\].* [-+*/]?= ", line) and not line.startswith("#")
        ]
        assert [line for line in sliced if name not in line and not re.search("_saved|_old$", line)] == [], name


def test_the_reverse_of_a_stencil_is_gathered() -> None:
    reverse = generated("blur").split("# reverse\n")[1].split("\n    return")[0]
    assert (
        reverse
        == """\
    # return np.sum(v**2)
    v_bar = 2 * blur_bar * v
    # v[1:-1] = 0.25 * (u[:-2] + 2.0 * u[1:-1] + u[2:])
    u_bar = np.zeros_like(u)
    v_sum_bar_padded = np.zeros(n + 2)
    for i in range(1, n - 1):
        v_sum_bar_padded[i + 1] = 0.25 * v_bar[i]
    for i in range(n):
        u_bar[i] += (
            v_sum_bar_padded[i]
            + 2.0 * v_sum_bar_padded[i + 1]
            + v_sum_bar_padded[i + 2]
        )"""
    )


def test_the_readme_shows_what_is_generated() -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    source = readme[readme.index("def smooth") :].split("```")[0]
    shown = readme[readme.index("    # B[1:-1, 1:-1] = 0.5") :].split("```")[0]
    (piece,) = differentiate(HEAD + source, "readme.py", [Request("smooth", (0,), target="numba")])
    assert shown in piece.text


def test_a_turn_does_not_see_what_another_has_written() -> None:
    assert """\
    for i in range(n - 1):
        u_product[i] = u[i] * v[i + 1]
    for i in range(1, n):
        u[i] = u_product[i - 1]
""" in generated("shifted")


def test_a_save_parts_no_group() -> None:
    assert """\
    for t in range(3):
        # u[1:-1] = np.sin(u[1:-1]) + u[1:-1] * v[1:-1]
        u_saved[t] = u[1:-1]
        for i in range(1, n - 1):
            u[i] = np.sin(u[i]) + u[i] * v[i]
    # return np.sum(u * u)
    damped_value = 0.0
    for i in range(n):
        damped_value += u[i] * u[i]
""" in generated("damped")


def test_rows_that_differ_for_sure_need_no_copies() -> None:
    assert """\
        for j in range(k + 1, A.shape[0]):
            # A[k + 1 :, j] -= A[k + 1 :, k] * A[k, j]
            A_k_j = A[k, j]
            for i in range(k + 1, n):
                A[i, j] -= A[i, k] * A_k_j
""" in generated("tails")


def test_numba_updates_no_array_with_a_part_of_it() -> None:
    """Its loop over ``u[1::2] += u[:-1:2]`` would read what it has written (numba 0.68)."""
    text = """
import numpy as np
def f(u):
    u[1::2] += u[:-1:2]
    u -= u[::-1]
    return np.sum(u**2)
"""
    (piece,) = differentiate(text, "f.py", [Request("f", (0,), "both", (Type("array", ("n",)),), "numba")])
    assert "u[1::2] += u[:-1:2].copy()" in piece.text
    assert not re.search(r"^ *u\S* [+-]= u\[(:-1:2|::-1)\]$", piece.text, re.MULTILINE)
    hold(text, "f", (0,), (np.arange(6.0),), annotated=False, target="numba")


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_slices_of_which_nothing_is_left_are_not_cut_alike(size: int) -> None:
    """Of one element both differences are empty, and yet begin at different places."""
    text = """
import numpy as np
def f(u):
    return np.sum(np.sort(u) * u) + np.sum(np.diff(u, n=2)**2) + np.sum(np.diff(u, n=3)**2)
"""
    hold(text, "f", (0,), (np.linspace(0.3, 0.9, size) ** 2,), annotated=False, target="numba")


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (1, 2), (3, 2)])
def test_rows_are_rolled_where_there_are_none(shape: tuple[int, int]) -> None:
    text = """
import numpy as np
def f(A, k):
    return np.sum(np.roll(A, k, axis=0) * A**2) + np.sum(np.cumprod(A, axis=1)**2)
"""
    A = np.linspace(0.3, 0.9, 6)[: shape[0] * shape[1]].reshape(shape)
    hold(text, "f", (0,), (A, -1), annotated=False, target="numba")


def test_sizes_that_have_one_name_are_checked() -> None:
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport numba\n" + HEAD + generated("blur"), module)
    with pytest.raises(AssertionError):
        module["blur_adjoint"](np.ones(5), np.ones(6))


def test_a_size_that_is_an_argument_is_checked() -> None:
    module: dict[str, Any] = {}
    text = generated("counted")
    exec("from __future__ import annotations\nimport numba\n" + HEAD + text, module)
    assert "\n    assert u.shape[0] == k\n    assert v.shape == (u.shape[1],)\n" in text
    with pytest.raises(AssertionError):
        module["counted_adjoint"](3, np.ones((4, 5)), np.ones(5))


def test_sizes_have_names() -> None:
    """That of a callee's reverse sweep is read off what it is given; the author's own name is taken if there is one."""
    text = generated("waves")
    assert "v, v_bar):" in text.split("def step_reverse(")[1]
    assert "\n    n = v_bar.shape[0]\n" in text.split("def step_reverse(")[1]
    text = generated("rebound") + generated("counted")
    assert not re.search(r"range\(.*shape", text)
    assert text.count("\n    n = u.shape[0]\n") == 2 and "n_2" not in text


def test_only_a_whole_size_is_one() -> None:
    """``last`` is no name for the size; nor is ``n``, which the author calls something else."""
    text = """
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    last = u.shape[0] - 1
    for n in range(last):
        v[1:] = np.sin(u[1:]) * v[:-1] + u[n]
        u[:-1] = 0.5 * u[1:] * v[last]
    return np.sum(u * v)
"""
    (piece,) = differentiate(text, "f.py", [Request("f", (0,), target="numba")])
    assert "for n in range(last):" in piece.text and "range(1, size)" in piece.text
    for size in (1, 2, 3, 6):
        hold(text, "f", (0, 1), (np.linspace(0.2, 1.0, size), np.linspace(0.5, 0.7, size)), target="numba")


def test_an_expression_of_many_arrays_is_a_loop() -> None:
    """Numba vectorises no array expression of three arrays."""
    arrays = 'a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], c: Float[np.ndarray, "n"]'
    source = f'def f({arrays}) -> Float[np.ndarray, "n"]:\n    return a + 0.5 * b - %s\n'
    two, three = (generated_of(source % last, "f").split("# reverse")[0] for last in ("b", "c"))
    assert "f_value = a + 0.5 * b - b" in two
    assert "f_value[i] = a[i] + 0.5 * b[i] - c[i]" in three


def test_what_is_only_added_up_is_no_array() -> None:
    forward = generated("totals").split("def totals_adjoint")[1].split("# reverse\n")[0]
    assert (
        """\
        s_sum = 0.0
        for i in range(n):
            u[i] += 0.3 * np.sin(v[i]) * u[i]
            # s += np.sum(u * v)
            s_sum += u[i] * v[i]
        s += s_sum
"""
        in forward
    )


def test_what_is_only_added_up_along_an_axis_is_no_array() -> None:
    """Along the innermost loop a number is enough; along others, each element has a place of its own."""
    text = """
import numpy as np
def f(A: Float[np.ndarray, "m n"], c: Float[np.ndarray, "m"]) -> float:
    B = np.exp(A)
    rows = np.sum(c[:, None] * B, axis=1)
    columns = np.sum(A * B, axis=0)
    return np.sum(rows**2) + np.sum(columns**2)
"""
    (piece,) = differentiate(text, "f.py", [Request("f", (0, 1), target="numba")])
    assert (
        """\
    # B = np.exp(A)
    rows = np.empty(m)
    columns = np.zeros(n)
    for i in range(m):
        rows_product_sum = 0.0
        for j in range(n):
            B = np.exp(A[i, j])
            # rows = np.sum(c[:, None] * B, axis=1)
            rows_product_sum += c[i] * B
            # columns = np.sum(A * B, axis=0)
            columns[j] += A[i, j] * B
        rows[i] = rows_product_sum
"""
        in piece.text
    )
    hold(text, "f", (0, 1), (0.1 * np.arange(6.0).reshape(2, 3), np.array([0.5, 0.7])), target="numba")
    hold(text, "f", (0, 1), (np.ones((2, 0)), np.ones(2)), target="numba")


def test_what_is_made_of_a_column_and_of_a_sum_parts_no_loops() -> None:
    """Twice the adjoint of a row's sum is made with that; what all rows add to one waits for what each one gets."""
    reverse = generated("pairs").split("def pairs_adjoint")[1].split("    return energy")[0]
    assert "[:, None]" not in reverse, reverse
    assert (
        """\
            s_bar = g * s
            s_bar += g_2
            g_3[j] = 2 * (np.divide(s, s_sum[j]) * s_bar)
"""
        in reverse
    ), reverse
    assert (
        """\
        for j in range(i + 1, m):
            for k in range(3):
                d_bar = -g_3[j - i - 1] * d[j - i - 1, k]
                # d = A[i + 1 :] - A[i]
                g[k] += d_bar
                A_bar[j, k] += d_bar
        # d = A[i + 1 :] - A[i]
        for j in range(3):
            A_bar[i, j] -= g[j]
"""
        in reverse
    ), reverse


def test_sums_join_what_makes_their_terms() -> None:
    """What the author's next statement adds up, too: no matrix is made for ``dx_bar`` and ``dy_bar``."""
    reverse = generated_of(PROGRAMS["cloud"], "cloud").split("# reverse\n")[1].split("\n    return")[0]
    assert reverse.count("for i in range(n):") == 1 and "axis=" not in reverse
    assert (
        """\
            dy_bar = -2 * dy[i, j] * near_diff_bar
            dx_bar = -2 * dx[i, j] * near_diff_bar
            # dy = v[:, None] - v
            dy_bar_sum += dy_bar
            g_2[j] += dy_bar
            # dx = u[:, None] - u
            dx_bar_sum += dx_bar
"""
        in reverse
    )


def test_what_one_mask_picks_is_not_summed() -> None:
    """The mask is written twice, and the value has an element for each that it picks; but a number is broadcast."""
    (piece,) = differentiate(HEAD + PROGRAMS["picked"], "picked.py", [Request("picked")])
    assert "u_bar[u_mask] = 1.5 * np.sqrt(u_item) * u_bar[u_mask]\n" in piece.text
    text = HEAD + PROGRAMS["picked"].replace("u[u > 0.2] ** 1.5", "u[u > 0.1][:1]").replace(
        "v[u < 0.1] * u[u < 0.1] + 1.0", "u[:1]"
    )
    hold(text, "picked", (0, 1), (np.array([0.3, 0.5, 0.6]), np.array([0.4, 0.2, -0.3])), target="numba")


def test_no_counter_is_that_of_a_loop_around() -> None:
    text = """
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for i in range(2):
        u += np.sin(v) * u
    return np.sum(u)
"""
    (piece,) = differentiate(text, "f.py", [Request("f", target="numba")])
    assert "u[j] += np.sin(v[j]) * u[j]" in piece.text
    hold(text, "f", (0, 1), (np.linspace(0.2, 1.0, 3), np.linspace(0.5, 0.7, 3)), target="numba")


def test_arrays_with_margins_are_made_once() -> None:
    reverse = generated("rebound").split("# reverse\n")[1]
    assert "\n    v_sum_bar_padded = np.zeros(n + 2)\n    for t in range" in reverse
    assert not re.search(r"\n        .*padded = ", reverse)
    reverse = generated("waves").split("def waves_adjoint")[1].split("# reverse\n")[1]
    margins = re.findall(r"\n( *)(\w+_padded) = ", reverse)
    assert margins == [("    ", "v_sum_bar_padded")]


def test_arrays_smaller_than_the_stencil() -> None:
    for size in range(5):
        u, v = np.arange(size) + 1.0, np.arange(size) + 2.0
        for name in ("blur", "in_place", "rebound", "shifted"):
            module: dict[str, Any] = {}
            exec("from __future__ import annotations\nimport numba\n" + HEAD + generated(name), module)
            expected = module[name](u.copy(), v.copy())
            value, bar = module[f"{name}_adjoint"](u, v)
            assert value == pytest.approx(expected) and bar.shape == u.shape


def stencil(seed: int) -> str:
    """A random program of slices of two arrays, in place."""
    random_ = random.Random(seed)

    def cut(width: int) -> str:
        before = random_.randrange(width + 1)
        behind = width - before
        return f"{before or ''}:{-behind if behind else ''}"

    def operand(rows: int, columns: int) -> str:
        return f"{random_.choice('AB')}[{cut(rows)}, {cut(columns)}]"

    lines = []
    for _ in range(random_.randrange(1, 5)):
        rows, columns = random_.randrange(3), random_.randrange(3)
        terms = [
            f"{random_.choice(['', '0.5 * ', 's * '])}{operand(rows, columns)}" for _ in range(random_.randrange(1, 4))
        ]
        text = random_.choice([" + ", " - "]).join(terms)
        text = random_.choice(["{}", "0.3 * ({})", "np.sin({})", "({}) * " + operand(rows, columns)]).format(text)
        lines.append(f"{operand(rows, columns)} {random_.choice(['=', '+=', '-=', '='])} {text}")
    if random_.random() < 0.3:
        lines.append("A, B = B, A")
    if random_.random() < 0.5:
        lines = ["for t in range(2):", *(f"    {line}" for line in lines)]
    body = "\n".join(f"    {line}" for line in lines)
    return f"""{HEAD}
def f(A: Float[np.ndarray, "m n"], B: Float[np.ndarray, "m n"], s: float) -> float:
{body}
    return np.sum(A * B)
"""


@pytest.mark.parametrize("block", range(10))
def test_random_stencils(block: int) -> None:
    rng = np.random.default_rng(block)
    for seed in range(5 * block, 5 * block + 5):
        hold(stencil(seed), "f", (0, 1, 2), (rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), 0.7), target="numba")


BEHIND = """
def behind(A: Float[np.ndarray, "m n"], b: Float[np.ndarray, "m"], c: float) -> float:
    for j in range(1, A.shape[1]):
        A[:, j] = c * A[:, j - 1] + b[0] * A[:, j - 1] + b[1]
    b *= b - b[2]
    return np.sum(A**2) + np.sum(np.abs(b) ** 1.5)
"""


def test_what_is_done_with_sums_is_done_behind_the_nest() -> None:
    text = generated_of(BEHIND, "behind")
    loop = text.split("# reverse\n")[1].split("for j in range")[1]
    assert loop.count("for i in range(m)") == 1  # a column's reverse
    assert "c_bar_sum += A[i, j - 1] * A_j_bar" in loop and "\n        c_bar += c_bar_sum\n" in loop
    rng = np.random.default_rng(3)
    hold(HEAD + BEHIND, "behind", (0, 1, 2), (rng.normal(size=(4, 5)), rng.uniform(0.5, 1, 4), 0.7), target="numba")


def test_a_sum_that_is_set_behind_the_nest_parts_no_group() -> None:
    source = """
def scaled(A: Float[np.ndarray, "n m"], w: Float[np.ndarray, "m"]) -> float:
    for t in range(1, A.shape[1]):
        A[:, t] = A[:, t - 1] + A[:, t - 1] * w[t]
    return np.sum(A**2)
"""
    text = generated_of(source, "scaled")
    loop = text.split("# reverse\n")[1].split("for t in range")[1]
    assert loop.count("for i in") == 1 and "w_bar[t] += w_t_bar" in loop
    rng = np.random.default_rng(3)
    hold(HEAD + source, "scaled", (0, 1), (rng.normal(size=(4, 5)), rng.uniform(0.5, 1, 5)), target="numba")


def test_powers_by_halves_are_roots() -> None:
    source = """
def roots(u: Float[np.ndarray, "n"]) -> float:
    return np.sum(u**-1.5) + np.sum(u**2.5) + np.sum(u**0.5) + np.sum(u**0.3)
"""
    text = generated_of(source, "roots")
    powers = {line.split("**")[1].split()[0] for line in text.splitlines() if "**" in line and "#" not in line}
    assert powers == {"0.3", "-0.7"}
    assert text.count("np.sqrt(") == 9
    hold(HEAD + source, "roots", (0,), (np.linspace(0.3, 2.0, 5),), target="numba")


def test_a_transposed_view_is_indexed_as_the_array() -> None:
    source = """
def pairs(x: Float[np.ndarray, "n 1"], w: Float[np.ndarray, "n 1"]) -> float:
    d = x.T - x
    return np.sum(d**2 * (w @ w.T))
"""
    text = generated_of(source, "pairs")
    assert "x[j, 0] - x[i, 0]" in text and ".T[" not in text
    rng = np.random.default_rng(4)
    hold(HEAD + source, "pairs", (0, 1), (rng.normal(size=(4, 1)), rng.normal(size=(4, 1))), target="numba")


@pytest.mark.parametrize("turns", [1, 3])
def test_what_all_shares_are_scaled_by_is_taken_out(turns: int) -> None:
    """One product an element, and not one for each place that gets a share; what another array gets is apart."""
    step = "        A[1:-1] = (B[2:] * c + B[:-2] * c**2) / (2.0 * c) - c * b[1:-1]\n"
    source = HEAD + (
        '\n\ndef scaled(A: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], c: float) -> float:\n'
        f"    {f'for t in range({turns}):' if turns > 1 else 'if c > 0.0:'}\n        B = A.copy()\n{step}"
        "    return np.sum(A**2)\n"
    )
    (piece,) = differentiate(source, "scaled.py", [Request("scaled", (0, 1), target="numba")])
    reverse = piece.text.split("# reverse")[1].split("def scaled_grad")[0]
    once = "A_sum_bar_padded[i + 1] = A_part_bar * A_product_inverse\n" if turns == 1 else ") * A_product_inverse\n"
    rims = 0 if turns == 1 else 2
    assert once in reverse and reverse.count("* A_product_inverse") == 1 + rims, reverse
    hold(
        source,
        "scaled",
        (0, 1),
        (np.array([0.3, 0.5, 0.6, -0.2]), np.array([0.4, 0.2, -0.3, 0.1]), 0.7),
        target="numba",
    )


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_write_may_add_an_axis(size: int) -> None:
    text = """
import numpy as np
def f(u, v):
    v[None, :] = np.sin(u)
    v[:, None] += u[::-1, None] * v[:, None]
    return np.sum(v * u)
"""
    u, v = np.linspace(0.3, 0.9, size), np.linspace(0.5, 0.2, size)
    hold(text, "f", (0, 1), (u, v), annotated=False, target="numba")


BEHIND_THE_END = """
import numpy as np


def first(u, v):
    u[:1] += v[:1] * 2.0
    return np.sum(u[:1] * v[:1] * 2.0) + np.sum(u * v)


def third(u, v):
    u[2:3] = v[2:3] * 2.0
    return np.sum(u * v)


def rows(A, v):
    B = A * A[:1] * v
    A[1:2] = np.sin(v) * 2.0
    B[1:, :1] += A[:-1, :1] * 2.0
    return np.sum(B) + np.sum(A * v) + np.sum(A[1:2] * v**2)


def scaled(u, v):
    return np.sum(u[2:3] * v)
"""


@pytest.mark.parametrize("name", ["first", "third", "rows", "scaled"])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_one_element_may_be_none(name: str, size: int, target: Target) -> None:
    """``A[1:2]`` is empty where there is no second row, and compiled code checks no index."""
    v = np.linspace(0.5, 0.2, 1 if name == "scaled" else size)
    for u in [np.linspace(0.3, 0.9, size)] if name != "rows" else [np.ones((k, size)) * v for k in range(4)]:
        hold(BEHIND_THE_END, name, (0, 1), (u, v), annotated=False, target=target)


def test_what_a_mask_picks_is_no_view() -> None:
    """It is made of the mask, which a nest beside it does not make for it alone."""
    text = """
import numpy as np
def f(u):
    u = np.cumsum(u)
    t = u[u > 0.5]
    return np.sum(np.sin(u)) + np.sum(t)
"""
    hold(text, "f", (0,), (np.array([0.3, -0.4, 0.9]),), annotated=False, target="numba")


def test_what_is_added_to_an_array_of_the_nest_and_products_of_vectors_part_no_group() -> None:
    source = """
def volatile(v: Float[np.ndarray, "n m"], Z: Float[np.ndarray, "n m"], k: float, c: float) -> float:
    for t in range(1, v.shape[1]):
        p = np.maximum(v[:, t - 1], 0.1)
        v[:, t] = v[:, t - 1] + k * (c - p) * 0.1 + c * np.sqrt(p * 0.1) * Z[:, t]
    return np.sum(v**2)
"""
    text = generated_of(source, "volatile", (0, 1, 2, 3))
    loop = text.split("# reverse\n")[1].split("for t in range")[1]
    assert loop.count("for i in") == 1 and " @ " not in loop and "p_bar -= " in loop and "k_bar_sum += " in loop
    rng = np.random.default_rng(3)
    args = (rng.uniform(0.5, 1.0, size=(9, 4)), rng.normal(size=(9, 4)), 0.7, 0.4)
    hold(HEAD + source, "volatile", (0, 1, 2, 3), args, target="numba")


def test_a_copy_that_is_written_into_is_the_array_of_all_its_writes(target: Target) -> None:
    """Of an adjoint that is spread over rows, what the author overwrites is cleared in a copy: one, not two."""
    source = """
def column(T: Float[np.ndarray, "m n"], v: Float[np.ndarray, "m n"]) -> float:
    U = T * v
    U[:, -1] = U[:, 0] ** 2
    w = U.sum(axis=0)
    return w @ w
"""
    rng = np.random.default_rng(4)
    args = (rng.normal(size=(3, 4)), rng.normal(size=(3, 4)))
    hold(HEAD + source, "column", (0, 1), args, target=target)


def test_the_size_of_one_element_is_that_of_the_array() -> None:
    source = (
        'def f(y: Float[np.ndarray, "1"], a: float, n: int):\n    z = np.zeros_like(y)\n    for i in range(n):\n'
        "        z += a * y\n        z *= a\n    return z @ z\n"
    )
    text = "".join(piece.text for piece in differentiate(HEAD + source, "f.py", [Request("f", (0, 1), target="numba")]))
    assert "in range(z.shape[0]):" in text and "[...].shape" not in text


def test_an_adjoint_that_is_added_to_once_is_stored_once() -> None:
    """Of whole arrays, too: one expression an element, with a difference for what is subtracted."""
    source = """
def kurtosis(x: Float[np.ndarray, "n"]) -> float:
    d = x - np.mean(x)
    variance = np.mean(d**2)
    return np.mean(d**4) / variance**2
"""
    reverse = generated_of(source, "kurtosis").split("# reverse\n")[1]
    assert "        d_bar[i] = g * d[i] ** 3 - g_2 * d[i]\n" in reverse, reverse
    hold(HEAD + source, "kurtosis", (0,), (np.array([0.3, -0.7, 1.2]),), target="numba")
