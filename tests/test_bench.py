"""The hand-written adjoints of the benchmarks are right, and so is what the suite writes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from bench.compiled import copies, load
from bench.rows import ROWS, SAMPLES, Row
from tests.witness import along_differences


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_hand_written(row: Row) -> None:
    module = load(f"{row.stem}_grad", SAMPLES / row.folder)
    primal = getattr(module, row.function)
    args = row.args(True)
    file, _, name = row.hand.partition(".")
    given = copies(args)
    value, bars = getattr(importlib.import_module(f"bench.hand.{file}"), name)(*given)
    assert all(np.array_equal(a, b) for a, b in zip(args, given, strict=True)), "an argument was changed"
    assert value == pytest.approx(primal(*copies(args)), rel=1e-11)
    bars = bars if isinstance(bars, tuple) else (bars,)
    rng = np.random.default_rng(1)
    for _ in range(2):
        directions: dict[int, Any] = {k: rng.normal(size=np.shape(args[k]))[()] for k in row.wrt}
        found = sum(float(np.sum(bar * directions[k])) for bar, k in zip(bars, row.wrt, strict=True))
        expected, error = along_differences(primal, args, directions)
        assert abs(found - expected) <= 1e-7 * (1 + abs(expected)) + 10 * error
