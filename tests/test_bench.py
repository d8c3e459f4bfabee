"""The hand-written adjoints of the benchmarks are right, and so is what the suite writes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from bench import columns, growth, npbench
from bench.__main__ import measured
from bench.compiled import copies, load
from bench.counting import operations, saved
from bench.hand import geometry, loops
from bench.report import chart, page
from bench.rows import ROWS, SAMPLES, Row
from tests.witness import along_differences

HAND = [(row, row.hand.partition(".")[0]) for row in ROWS if row.hand]
HAND += [(row, "loops") for row in ROWS if hasattr(loops, row.hand.partition(".")[2])]


@pytest.mark.parametrize("row, file", HAND, ids=lambda x: getattr(x, "name", x))
def test_hand_written(row: Row, file: str) -> None:
    primal = row.primal(lambda f: f, load(f"{row.stem}_grad", SAMPLES / row.folder))
    args = row.args(True)
    name = row.hand.partition(".")[2]
    given = copies(args)
    value, bars = getattr(importlib.import_module(f"bench.hand.{file}"), name)(*given)
    assert all(np.array_equal(a, b) for a, b in zip(args, given, strict=True)), "an argument was changed"
    for a, b in zip(_parts(value), _parts(primal(*copies(args))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)
    if row.makers:
        return
    bars = bars if isinstance(bars, tuple) else (bars,)
    rng = np.random.default_rng(1)
    for _ in range(2):
        directions: dict[int, Any] = {k: rng.normal(size=np.shape(args[k]))[()] for k in row.wrt}
        found = sum(float(np.sum(bar * directions[k])) for bar, k in zip(bars, row.wrt, strict=True))
        expected, error = along_differences(primal, args, directions)
        assert abs(found - expected) <= 1e-7 * (1 + abs(expected)) + 10 * error


def test_bundles() -> None:
    """By observation: the block of camera, point and weight is the derivative of its two errors."""
    (row,) = [row for row in ROWS if row.peer == "ba"]
    cams, points, w, features, camera, point = row.args(True)
    primal = row.primal(lambda f: f, load("ba_grad", SAMPLES / "gradbench"))
    _, (blocks, weight_bars) = geometry.ba(cams, points, w, features, camera, point)
    for i in range(len(w)):
        x = np.concatenate([cams[camera[i]], points[point[i]], w[i : i + 1]])

        def errors(x: np.ndarray, i: int = i) -> np.ndarray:
            one = np.zeros(1, dtype=np.int64)
            both = primal(x[None, :11], x[None, 11:14], x[14:], features[i : i + 1], one, one)
            return np.append(both[0][0], both[1])

        h = 1e-6
        found = np.stack([(errors(x + h * e) - errors(x - h * e)) / (2 * h) for e in np.eye(15)], axis=1)
        np.testing.assert_allclose(blocks[i], found[:2], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose([*np.zeros(14), weight_bars[i]], found[2], atol=1e-8)


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_a_page_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """On small arguments, without compilers: every other part of the suite runs."""
    slow = {name: lambda row, args: columns._need("no_such_package") for name in columns._MAKERS if name != "hand"}
    monkeypatch.setattr(columns, "_MAKERS", {**columns._MAKERS, **slow, "autograd": columns._autograd})
    results = [measured(row, small=True, budget=0.05) for row in ROWS if row.kind != "gradbench"]
    assert {result.row.stem for result in results if "autograd" in result.ratios} >= {"seed_notes", "loop_branch"}
    assert [name for name in ("hand", "sct") if not all(name in result.ratios for result in results)] == []
    beside = [npbench.Medium("lu", 0.3, 120.0, None), npbench.Medium("trmm", 0.3, None, 0.5, "loops: not installed")]
    costs = growth.Growth([growth.Steps(100, (1.0,) * 4, (64.0, 6.0, None, None))], growth.lengths((20,)))
    text = page(results, beside, ["| det | 9.0 | 1.0 |"], costs)
    assert "| F of the notes |" in text
    assert "not installed" in text and "geometric mean 120 (bar ≥ 45)" in text and "| det | 9.0" in text
    assert "| 100 | 1.00 | 1.00 | 1.00 | 1.00 | 64 | 6.0 | – | – |" in text
    assert chart(results).count("<rect") > len(results)


def test_what_a_text_does_is_counted() -> None:
    text = (
        "def f(x):\n    return g(x) + -1.0\n\n\ndef g(x):\n    return x * x\n\n\n"
        "def f_adjoint(x):\n    x_saved.append(x)\n    x_old = x\n    return f(x), 2 * x\n"
    )
    assert operations(text, "f") == 3 and saved(text, "f") == 0
    assert operations(text, "f_adjoint") == 3 + 3 and saved(text, "f_adjoint") == 2


@pytest.mark.parametrize("name", ["jacobi_1d", "trisolv"])
def test_medium_sizes(name: str) -> None:
    """JAX's gradients, of both forms, are those of the compiled module."""
    pytest.importorskip("numba")
    pytest.importorskip("jax")
    (row,) = [row for row in npbench.KERNELS if row.name == name]
    found = npbench.measured(row, small=True, budget=0.01)
    assert found.why == "" and found.loops is not None and (found.whole is not None) is (name == "trisolv")


def test_growth_by_steps() -> None:
    pytest.importorskip("numba")
    few, many = growth.by_steps((200, 5_000))
    stored, checkpointed = few.peaks[0], few.peaks[1]
    assert stored and checkpointed and checkpointed < stored
    assert many.peaks[0] == pytest.approx(stored, rel=0.5)
    assert many.peaks[1] and many.peaks[1] < 0.1 * stored
