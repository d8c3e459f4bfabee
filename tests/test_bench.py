"""The hand-written adjoints of the benchmarks are right, and so is what the suite writes."""

from __future__ import annotations

import importlib
import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import bars, columns, growth, npbench, parts
from bench.__main__ import measured
from bench.apart import Failed, apart
from bench.compiled import copies, load
from bench.counting import operations, saved
from bench.hand import geometry, loops
from bench.records import Records
from bench.report import chart, page
from bench.results import Judged, Result, Results, read
from bench.rows import ROWS, SAMPLES, Row
from tests.witness import along_differences

HAND = [(row, row.hand.partition(".")[0]) for row in ROWS if row.hand]
HAND += [(row, "loops") for row in ROWS if hasattr(loops, row.hand.partition(".")[2])]


@pytest.mark.parametrize("row, file", HAND, ids=lambda x: getattr(x, "name", x))
def test_hand_written(row: Row, file: str) -> None:
    primal = row.primal(lambda f: f, load(row.module, SAMPLES / row.folder))
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
    primal = row.primal(lambda f: f, load("ba_pullback_grad", SAMPLES / "gradbench"))
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
    records = Records(None, small=True)
    for row in [*ROWS[:2], *ROWS[2::4]]:
        if row.kind != "gradbench":
            records.add("rows", row.name, parts.row(row, parts.Options(0.05, small=True)), "")
    records.add("rows", "GradBench ht, 500 points", None, "takes longer than 9 s")
    records.add("medium", "lu", {"name": "lu", "primal": 0.3, "loops": 120.0, "whole": None}, "")
    records.add("gradbench", "det", {"judged": {"sct": ["", "gradient: no"]}, "ratios": {}}, "")
    records.add("growth", "steps", [{"steps": 100, "times": [1.0] * 4, "peaks": [64.0, 6.0, None, None]}], "")
    records.add("growth", "20 lines", growth.length(20), "")
    results = read(records)
    done = [result for result in results.rows if result.ratios]
    assert {result.row.stem for result in done if "autograd" in result.ratios} >= {"seed_notes", "loop_branch"}
    assert [name for name in ("hand", "sct") if not all(name in result.ratios for result in done)] == []
    text = page(results, records.made())
    assert text.count("\n| F of the notes |") == 1 and "Python 3" in text
    assert "takes longer than 9 s" in text and ". not measured" in text and ". not installed" in text
    assert "| lu | 0.30 | 120 | – |  |" in text and "| det | – | 1 of 2 | – | – | – | sct: gradient: no |" in text
    assert "| 100 | 1.00 | 1.00 | 1.00 | 1.00 | 64 | 6.0 | – | – |" in text and "No 500 lines: not measured." in text
    assert chart(results.rows).count("<rect") > len(done)


def _results(quotients: dict[str, float], medium: list[float]) -> Results:
    rows = [Result(row, {"hand": 1.0, "sct": quotients[row.name]}, {}, 1) for row in ROWS if row.name in quotients]
    found = [npbench.Medium(f"kernel {k}", 1.0, x, None) for k, x in enumerate(medium)]
    return Results(rows, found, [Judged("lse", {}, {"primal": {"sct Numba": 9.0}, "gradient": {}})], [], [], {})


def test_a_bar_that_is_missed_says_by_how_much_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    title = bars.BARS[0].title
    monkeypatch.setattr(
        bars, "WHY", {title: {"F of the notes": "because"}, "": {"F of the notes": "no", "lu N=60": "always so"}}
    )
    quotients = {"F of the notes": 1.5, "lu N=60": 1.8, "syrk 70x50": 1.1, "cholesky N=100": 1.2}
    text = "\n".join(bars.table(_results(quotients, [10.0, 300.0])))
    assert f"| {title} | ≤ 1.1 | 1 of 4 | 1.37 | 1.80 (lu N=60) | **not reached** |" in text
    assert f"| {title} | F of the notes | 1.50 | because |" in text
    assert f"| {title} | lu N=60 | 1.80 | always so |" in text
    assert f"| {title} | cholesky N=100 | 1.20 | **no reason is written yet** |" in text
    assert "GradBench: sct Numba / hand-written C++, geometric mean | ≤ 1.5 | – | – | – | not measured |" in text
    assert text.index("lu N=60 | 1.80") < text.index("F of the notes | 1.50") and "syrk 70x50 |" not in text


@pytest.mark.parametrize("medium, reached", [([10.0, 300.0], True), ([10.0, 30.0, 80.0], False)])
def test_a_mean_is_held_to_its_bar(medium: list[float], reached: bool) -> None:
    lines = [line for line in bars.table(_results({}, medium)) if "geometric mean" in line and "NPBench" in line]
    named = [line for line in lines if line.split(" | ")[1] == "kernel 0"]
    assert lines[0].endswith("| reached |" if reached else "| **not reached** |")
    assert len(named) == (not reached) and not any(" | kernel 2 |" in line for line in lines[1:])


def test_reasons_are_for_bars_and_rows() -> None:
    nothing = read(Records(None, small=False))
    names = {bar.title: {"", *(name for name, _ in bar.figures(nothing))} for bar in bars.BARS}
    names[""] = {name for found in names.values() for name in found}
    for title, reasons in bars.WHY.items():
        if len(names[title]) > 1:  # those of the growth are known by what was measured
            assert set(reasons) <= names[title]


def test_linear_kernels_save_nothing() -> None:
    assert [value for _, value in bars._saved(_results({}, []))] == [0] * len(bars.LINEAR)


def test_a_process_of_its_own() -> None:
    assert apart(60, pow, 2, 5) == 32
    for call, args, reason in (
        (math.sqrt, (-1.0,), "ValueError: "),
        (os._exit, (3,), "exit code 3"),
        (os.abort, (), "signal 6"),
    ):
        with pytest.raises(Failed, match=reason):
            apart(60, call, *args)
    before = time.monotonic()
    with pytest.raises(Failed, match=r"longer than 0\.5 s"):
        apart(0.5, time.sleep, 100)
    assert time.monotonic() - before < 50


def test_records_are_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    name = "F of the notes"
    record = measured("rows", name, parts.Options(0.01, small=True), 0.01, Records(kept, small=True))
    assert record.failed == "takes longer than 0.01 s"
    Records(kept, small=False).add("rows", name, {"ratios": {"sct": 2.0}, "empty": {}, "inputs": 2}, "")
    Records(kept, small=False).add("rows", name, {"ratios": {"sct": 3.0}, "empty": {}, "inputs": 2}, "")
    again = Records(kept, small=False)
    assert read(again).rows[0].ratios == {"sct": 3.0} and len(list(again)) == 1
    assert read(Records(kept, small=True)).rows[0].empty["JAX"] == "takes longer than 0.01 s"


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
