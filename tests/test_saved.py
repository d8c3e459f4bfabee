"""How many values each golden function saves for its reverse sweep: the structure, not the time.

A number is how many statements of the forward sweep save something, once a turn where they stand in a loop.  A function
that is not listed saves nothing: what is linear (``fdtd_2d``, ``heat_3d``, ``jacobi_1d``, ``seidel_2d``), what is
written once (``deriche``, ``trisolv``), and what is read only when its last value is there (``cholesky``, ``lu``).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SAMPLES = Path(__file__).parent.parent / "samples"
SAVED = {
    "american_put.american_put_adjoint": 1,
    "barrier.until_adjoint": 1,
    "bond.price_adjoint": 1,
    "gauss_seidel.relax_adjoint": 1,
    "heat_1d.heat_adjoint": 1,
    "horner.polynomial_adjoint": 1,
    "kalman.negative_log_likelihood_adjoint": 2,
    "adi.adi_adjoint": 4,
    "cavity_flow.build_up_b_forward": 1,
    "cavity_flow.pressure_poisson_forward": 1,
    "cavity_flow.cavity_flow_adjoint": 4,
    "channel_flow.pressure_poisson_periodic_forward": 1,
    "channel_flow.channel_flow_adjoint": 4,
    "correlation.correlation_adjoint": 1,
    "doitgen.doitgen_adjoint": 1,
    "durbin.durbin_adjoint": 3,
    "floyd_warshall.floyd_warshall_adjoint": 1,
    "gemm.gemm_adjoint": 1,
    "gramschmidt.gramschmidt_adjoint": 1,
    "nbody.nbody_adjoint": 3,
    "stockham_fft.stage_forward": 2,
    "stockham_fft.fft_power_adjoint": 3,
    "symm.symm_adjoint": 1,
    "syrk.syrk_adjoint": 1,
    "trmm.trmm_adjoint": 2,
    "vertical_advection.vadv_adjoint": 5,
    "loop_branch.wander_adjoint": 1,
    "lotka_volterra.prey_adjoint": 2,
    "newton_sqrt.root_adjoint": 1,
    "pendulum.final_angle_adjoint": 2,
    "recurrence.recurrence_adjoint": 2,
    "running_maximum.drawdown_adjoint": 2,
}


def _saved(text: str) -> int:
    pushed = re.findall(r"\b(?:\w+_)?saved(?:_\d+)?\.append\(", text)
    kept = re.findall(r"^ +\w+_old(?:_\d+)? = (?!\w+\.pop)", text, re.MULTILINE)
    return len(pushed) + len(kept)


def test_what_is_saved() -> None:
    found = {}
    for path in sorted([*SAMPLES.glob("*_grad.py"), *SAMPLES.glob("kernels/*_grad.py")]):
        for part in re.split(r"\n(?=def )", path.read_text(encoding="utf-8")):
            head = re.match(r"def (\w+_(?:adjoint|forward))\(", part)
            if head is not None and _saved(part):
                found[f"{path.stem.removesuffix('_grad')}.{head[1]}"] = _saved(part)
    assert found == SAVED


def test_no_loop_of_a_reverse_sweep_is_idle() -> None:
    """What nothing needs undone is not run backwards, and its bounds are not computed."""
    text = """
import numpy as np
def f(x: float, n: int) -> float:
    counts = np.zeros(n)
    for i in range(1, n - 2):
        if i % 3:
            for j in range(i):
                counts[j] = counts[i - 1] + i % 2
    for i in range(n):
        x = x * counts[i] + 1.0
    return x
"""
    (piece,) = differentiate(text, "f.py", [Request("f")])
    reverse = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    assert reverse.count("for ") == 1 and "pass" not in reverse and "n - 3" not in reverse
    hold(text, "f", (0,), (0.7, 6))


@pytest.mark.parametrize("target", ["python", "numba"])
def test_rows_that_nothing_needs_undone_are_not_gone_over(target: Target) -> None:
    """Where a row is, is told by a path: of a write that is not undone, nothing is left, nor saved."""
    text = """
import numpy as np
def f(y: float, u: float[:], v: float[:], n: int) -> float:
    for i in range(1, n):
        m = np.outer(v, v)
        for row in m[1:]:
            row += u
        u = m @ u
    return v.sum() + (1.6 if u[2] <= 0.37 else y)
"""
    (piece,) = differentiate(text, "f.py", [Request("f", (0, 1, 2), target=target)])
    assert "pass" not in piece.text and "saved" not in piece.text and "range(len(m[1:]) - 1" not in piece.text
    hold(text, "f", (0, 1, 2), (0.7, np.array([0.3, -0.7, 1.1]), np.array([0.2, 0.5, -0.4]), 3))


def test_a_callee_hands_over_the_arrays_that_take_long() -> None:
    """A number that takes long is computed again, and so is an array that does not."""
    source = (
        "import numpy as np\n\n\ndef g(x):\n    y = np.exp(-x)\n    z = 1.0 + y\n    return y / z\n\n\n"
        'def f(x: Float[np.ndarray, "n"]) -> float:\n    return np.sum(g(x) * g(2.0 * x))\n'
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    reverse = piece.text.split("def g_reverse")[1].split("def f_adjoint")[0]
    assert "\n    y = np.exp" not in reverse and "z = 1.0 + y\n" in reverse
    hold(source, "f", (0,), (np.array([0.3, -0.7, 1.1]),))


GATED = """
import numpy as np
def f(h: Float[np.ndarray, "k"], W: Float[np.ndarray, "k k"], xs: Float[np.ndarray, "T k"]) -> float:
    for t in range(len(xs)):
        z = np.tanh(W @ xs[t] + h)
        h = (1.0 - z) * h + z * np.tanh(W @ xs[t] + z)
    return np.sum(h * h)
"""
PAIRS = """
import numpy as np
def f(x: Float[np.ndarray, "n"], steps: int) -> float:
    for t in range(steps):
        d = x[:, None] - x[None, :]
        x = x + 0.1 * np.sum(np.sin(d), axis=1)
    return np.sum(x * x)
"""
TURNED = """
import math
def f(w: float, x: float, p: float, n: int) -> float:
    for t in range(n):
        w, x = w - 0.1 * (x * p), x + 0.1 * (w * p)
        norm = math.sqrt(w * w + x * x)
        w /= norm
        x /= norm
    return w * x
"""
SOFT = """
import numpy as np
def f(a: Float[np.ndarray, "n"], M: Float[np.ndarray, "n n"], steps: int) -> float:
    for t in range(steps):
        m = a[:, None] + M
        a = np.sum(np.exp(-m * m / (1.0 + m * m)), axis=0)
    return np.sum(a * a)
"""
DIFFERENCES = """
import math
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for t in range(3):
        for i in range(len(u)):
            u[i] = math.sin(u[i] - v[i])
            v[i] = 0.5 * t
    return np.sum(u)
"""


def _saves(source: str, wrt: tuple[int, ...]) -> set[str]:
    (piece,) = differentiate(source, "f.py", [Request("f", wrt, "adjoint")])
    sweeps = piece.text.split("# forward\n")[1].split("\ndef ")[0]
    for name in re.findall(r"^ +(\w+) = \w+\[", sweeps, re.MULTILINE):
        assert len(re.findall(rf"\b{name}\b", sweeps)) > 1, f"{name} is read and not used"
    records = re.findall(r"\bsaved(?:_\d+)?\.append\(\((.*)\)\)", sweeps)
    parts = {part for record in records for part in record.split(", ")}
    return parts | set(re.findall(r"(\w+)_saved(?:_\d+)?\.append\(", sweeps))


def test_of_what_takes_the_same_memory_the_last_is_saved_and_the_authors_first() -> None:
    """The result of a long computation, not what it begins with; vectors, not the matrix that is made of them."""
    rng = np.random.default_rng(2)
    assert _saves(GATED, (0, 1)) == {"z", "h", "h_tanh"}
    hold(GATED, "f", (0, 1), (rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(4, 3))))
    assert _saves(PAIRS, (0,)) == {"x"}
    hold(PAIRS, "f", (0,), (rng.normal(size=3), 3))


def test_what_takes_longer_to_compute_than_to_save_is_saved() -> None:
    """That is ``norm``, besides the numbers that a turn begins with; what is divided by it is computed again."""
    assert _saves(TURNED, (0, 1, 2)) == {"w", "x", "norm"}
    hold(TURNED, "f", (0, 1, 2), (0.8, 0.3, 0.7, 4))


def test_what_is_saved_instead_of_a_computation_is_no_larger_than_what_is_saved_anyway() -> None:
    """A row for each turn, and no matrix, however long that takes; and where nothing has to be saved, nothing is."""
    assert _saves(SOFT, (0, 1)) == {"a"}
    hold(SOFT, "f", (0, 1), (np.array([0.3, -0.7]), np.array([[0.1, 0.4], [-0.2, 0.9]]), 3))
    spread = SOFT.replace("a = np.sum", "c = np.sum").replace("    return", "        M[:, t] = c\n    return")
    assert _saves(spread, (0,)) == set()


def test_what_is_overwritten_is_not_read_where_something_else_is_saved() -> None:
    assert _saves(DIFFERENCES, (0, 1)) == {"u_diff"}
    hold(DIFFERENCES, "f", (0, 1), (np.array([0.3, -0.7]), np.array([0.1, 0.4])))


SEASONS = """
import math
def f(s: float, i: float, beta: float, n: int) -> float:
    loss = 0.0
    for day in range(n):
        fresh = beta * s * i
        s -= fresh
        i = i + math.sin(fresh)
        loss += math.log(i) ** 2
    return loss
"""
RATIOS = """
import numpy as np
def f(A: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"], turns: int) -> float:
    old = x @ x
    for k in range(turns):
        x = np.tanh(A @ x)
        new = x @ x
        x = x * (new / old)
        old = new
        if new < 1e-3:
            break
    return np.sum(x) + old
"""
NESTED = """
import math
def f(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        y = x
        for j in range(i):
            y = math.sin(y) + 0.1 * j
            total += y**3
        x = x + math.cos(y)
    return total + x
"""
RENAMED = """
import math
def f(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        x = math.sin(x) + 1.0
        total += x**3
    x = x / total
    return x * total**2
"""


def test_what_a_turn_ends_with_is_not_saved_again() -> None:
    """The next turn's start is popped into the same variable, behind the last use of what the turn ended with."""
    assert _saves(SEASONS, (0, 1, 2)) == {"s", "i"}
    (piece,) = differentiate(SEASONS, "f.py", [Request("f", (0, 1, 2), "adjoint")])
    turn = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    assert turn.index("math.log(i)") < turn.index("i = i_saved.pop()") < turn.index("# fresh = beta * s * i")
    assert "i_2" not in turn
    rng = np.random.default_rng(4)
    hold(SEASONS, "f", (0, 1, 2), (0.9, 1.3, 0.2, 5))
    for turns in (0, 1, 4):
        hold(RATIOS, "f", (0, 1), (rng.normal(size=(3, 3)), rng.normal(size=3), turns))
    hold(RATIOS, "f", (0, 1), (0.01 * rng.normal(size=(3, 3)), rng.normal(size=3), 4))
    hold(NESTED, "f", (0,), (0.4, 4))
    hold(RENAMED, "f", (0,), (0.4, 3))


def test_numba_is_handed_what_a_turn_ends_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts that are to be compiled, run by Python."""
    monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    for source, wrt, args in ((SEASONS, (0, 1, 2), (0.9, 1.3, 0.2, 5)), (NESTED, (0,), (0.4, 4))):
        hold(source, "f", wrt, args, target="numba")


THOMAS = """
import numpy as np
def f(a: Float[np.ndarray, "n"], u: Float[np.ndarray, "n"], place: Int[np.ndarray, "n"], steps: int) -> float:
    cp = np.zeros(len(a))
    dp = np.zeros(len(a))
    for t in range(steps):
        for i in range(1, len(a)):
            m = 2.0 - a[i] * cp[PLACE]
            cp[i] = a[i] / m
            dp[i] = u[i] / m
        u = u + dp
    return np.sum(u**2)
"""


@pytest.mark.parametrize(("place", "saved"), [("i - 1", {"cp", "u"}), ("place[i]", {"cp", "cp_item", "u"})])
def test_an_element_is_read_again_where_the_same_turn_writes_others(place: str, saved: set[str]) -> None:
    source = THOMAS.replace("PLACE", place)
    assert _saves(source, (0, 1)) == saved
    rng = np.random.default_rng(3)
    hold(source, "f", (0, 1), (rng.normal(size=4), rng.normal(size=4), np.array([0, 1, 0, 3]), 3))


ITERATED = """
import math
def f(p: float, t: float, a: float, n: int) -> float:
    v = t / p
    for _ in range(n):
        v = 0.1 + t / (p + a / (v * v))
    for _ in range(n):
        w = v
        for k in range(2):
            w = w - (w * w - a) / (3.0 * w + k)
        v = v * w
    return v * t
"""


def test_what_a_loop_began_with_is_what_its_reverse_leaves() -> None:
    """The author's variable keeps its name, though the reverse sweep asks for the value from before the loop."""
    (piece,) = differentiate(ITERATED, "f.py", [Request("f", (0, 1, 2), "adjoint")])
    assert "v_2" not in piece.text and "w_2" not in piece.text
    for turns in (0, 1, 3):
        hold(ITERATED, "f", (0, 1, 2), (1.3, 0.7, 0.2, turns))


FLUXES = """
import numpy as np
def f(q: "float[:]", a: "float[:]", dt: float, steps: int) -> float:
    n = len(q)
    for _ in range(steps):
        flux = np.zeros(n + 1)
        for i in range(1, n):
            if a[i] > 0:
                flux[i] = a[i] * q[i - 1]
            else:
                flux[i] = a[i] * q[i]
        for i in range(n):
            q[i] -= dt * (flux[i + 1] - flux[i])
    return np.sum(q**2)
"""


def test_an_array_that_a_turn_makes_is_not_saved_for_its_size() -> None:
    (piece,) = differentiate(FLUXES, "f.py", [Request("f")])
    assert "flux_bar = np.zeros(n + 1)" in piece.text and "saved" not in piece.text
    rng = np.random.default_rng(4)
    for steps in (0, 3):
        hold(FLUXES, "f", (0,), (rng.normal(size=5), rng.normal(size=5), 0.1, steps))


RECURRENT = """
import numpy as np
def f(h: "float[:]", W: "float[:, :]", V: "float[:, :]", xs: "float[:, :]") -> float:
    total = 0.0
    for t in range(len(xs)):
        h = np.tanh(W @ h + V @ xs[t])
        total += h[0] ** 2
    return total
"""
SELDOM = """
import numpy as np
def f(x: "float[:]", A: "float[:, :]", B: "float[:, :]", n: int) -> float:
    total, k = 0.0, 0
    while k < n:
        for j in range(k):
            if (j + k) % 3 == 1:
                total += np.sum(A @ x + B @ x) * (k + 1)
            elif j > 3:
                break
        k += 1
    return total
"""


@pytest.mark.parametrize("rows", [1, 3])
def test_a_shape_that_all_turns_have_is_asked_of_what_the_last_one_leaves(rows: int) -> None:
    """Where nothing else of a value is needed; also where few turns make it, and none."""
    rng = np.random.default_rng(6)
    assert _saves(RECURRENT, (0, 1, 2)) == {"h"}
    assert _saves(SELDOM, (0, 1, 2)) == {"turns"}
    for turns in (0, 1, 4):
        arrays = (rng.normal(size=3), rng.normal(size=(rows, 3)), rng.normal(size=(3, 3)))
        hold(RECURRENT, "f", (0, 1, 2), (*arrays, rng.normal(size=(turns, 3))))
        hold(SELDOM, "f", (0, 1, 2), (*arrays, turns))


def test_a_callee_hands_over_no_shape_of_a_turn_that_did_not_run() -> None:
    source = RECURRENT.replace("def f(", "def g(") + (
        'def f(h: "float[:]", W: "float[:, :]", V: "float[:, :]", xs: "float[:, :]") -> float:\n'
        "    return g(h, W, V, xs) * g(h, W, V, xs[1:])\n"
    )
    rng = np.random.default_rng(6)
    for turns in (0, 1, 3):
        arrays = (rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(3, 2)))
        hold(source, "f", (0, 1, 2), (*arrays, rng.normal(size=(turns, 2))))


def test_what_a_turn_ends_with_is_not_saved_again_though_its_size_may_be_another() -> None:
    """``h`` of a first turn may have one element, and three behind it."""
    (piece,) = differentiate(RECURRENT, "f.py", [Request("f", (0, 1, 2))])
    assert piece.text.count(".append(") == 1 and "h_2" not in piece.text
    rng = np.random.default_rng(7)
    arrays = (rng.normal(size=1), rng.normal(size=(1, 1)), rng.normal(size=(3, 3)))
    hold(RECURRENT, "f", (0, 1, 2), (*arrays, rng.normal(size=(1, 3))))


LISTED = """
def f(s: float, n: int) -> float:
    v = [0.0] * n
    w = [0.0] * n
    for j in range(n):
        v[j] = s * j
        w[j] = s + j
    for j in range(1, n):
        v[j] = v[j] * v[j - 1]
    return v[n - 1] * w[n - 2] * w[-1]
"""


def test_what_a_list_is_filled_with_is_saved_where_something_reads_what_was_there() -> None:
    """As an array's elements: ``w`` is written once, and nothing reads the zeros that ``v`` begins with."""
    (piece,) = differentiate(LISTED, "f.py", [Request("f")])
    assert piece.text.count("v_saved.append(") == 1 and "w_saved" not in piece.text
    hold(LISTED, "f", (0,), (0.7, 4))
    resized = LISTED.replace("    for j in range(1, n)", "    v.append(s)\n    for j in range(1, n)")
    hold(resized, "f", (0,), (0.7, 4))


COPIED = """
import numpy as np
def f(u: "float[:]", v: "float[:]", steps: int) -> float:
    total = 0.0
    for t in range(steps):
        BEFORE
        un = u.copy()
        TURN
    return np.sum(u**2) + total
"""
TURNS = [
    ("u[1:-1] = un[1:-1] * (un[1:-1] - un[:-2])\n        u[0] = un[1]\n        u[-1] = un[-2] * v[0]", "un"),
    ("u[1:-1] = un[1:-1] * (un[2:] - un[:-2])", "un"),
    ("for i in range(1, len(u) - 1):\n            u[i] = un[i] * un[i - 1]", "un"),
    ("if v[t] > 0:\n            u[1:] = un[1:] * un[:-1]\n        u[0] = un[1]", "un"),
    ("u[1:-1] = un[1:-1] * (un[2:] - un[:-2])\n        u[1:-1] *= u[:-2]", None),
    ("u[0] = un[1] * un[0]", None),
]


@pytest.mark.parametrize(("turn", "saved"), TURNS)
@pytest.mark.parametrize("before", ["pass", "total += np.sum(u**3)"])
def test_what_only_a_copy_reads_is_not_restored(turn: str, saved: str | None, before: str) -> None:
    """The copy is saved, unless the reverse sweep reads the array itself, or a copy is much more than is written."""
    source = COPIED.replace("TURN", turn).replace("BEFORE", before)
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1))])
    reverse = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    if before == "pass" and saved is not None:
        assert _saves(source, (0, 1)) == {saved} and "\n        u[" not in reverse
    for steps in (0, 1, 4):
        values = np.random.default_rng(3).uniform(0.5, 1.5, (2, 5)) * [[1], [-1]]
        values[1, ::2] *= -1
        hold(source, "f", (0, 1), (*values, steps))


PICKED = """
import numpy as np
def f(u: "float[:]", s: "float[:]", n: int) -> float:
    total = 0.0
    for t in range(n):
        total += np.sum(u[u > 0.3] + s)
        u[1:] = 0.7 * u[:-1] - t
    return total
"""


def test_a_size_that_depends_on_elements_is_told_of_what_they_were() -> None:
    hold(PICKED, "f", (0, 1), (np.array([0.5, -0.2, 0.9, 0.4]), np.array([0.3]), 3))
