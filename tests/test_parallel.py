"""The sample of samples/parallel: a gradient over threads, and on a Dask cluster whose workers have no sct."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bench.compiled import load

pytest.importorskip("numba")
SAMPLE = Path(__file__).parent.parent / "samples" / "parallel"
POINT = np.array([1.5, 0.2, 1.6, 0.3])


@pytest.fixture
def partitions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SAMPLE))  # the workers' too
    return load("partitions", SAMPLE)


def _expected(t: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    a, b, c, d = POINT
    decay, angle = np.exp(-b * t), c * t + d
    miss = a * decay * np.cos(angle) - y
    slopes = [decay * np.cos(angle), -t * a * decay * np.cos(angle), -t * a * decay * np.sin(angle)]
    slopes.append(-a * decay * np.sin(angle))
    return np.sum(miss**2), np.array([np.sum(2 * miss * slope) for slope in slopes])


def _equal(found: tuple[float, np.ndarray], expected: tuple[float, np.ndarray]) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_threads(partitions: ModuleType) -> None:
    t, y = partitions.measurements(5_000)
    _equal(partitions.on_threads(POINT, t, y), _expected(t, y))
    _equal(partitions.loss_adjoint(POINT, t, y), _expected(t, y))


def test_compiled_code_lets_other_threads_run(partitions: ModuleType) -> None:
    t, y = partitions.measurements(3_000_000)
    partitions.loss_adjoint(POINT, t[:2], y[:2])
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    partitions.loss_adjoint(POINT, t, y)
    stop = time.perf_counter()
    done.set()
    thread.join()
    # A call that held the lock would let the other thread run before and after it alone.
    middle = [at for at in ticks if start + 0.2 * (stop - start) < at < stop - 0.2 * (stop - start)]
    assert len(middle) >= 3


def test_cluster(partitions: ModuleType) -> None:
    distributed = pytest.importorskip("distributed")

    def imported() -> tuple[bool, bool]:
        """A function in a function is sent by its code: this module, which imports sct, is not."""
        return "oscillation_grad" in sys.modules, "sct" in sys.modules

    t, y = partitions.measurements(4_000)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        _equal(partitions.on_cluster(client, POINT, t, y), _expected(t, y))
        found = client.run(imported)
    assert len(found) == 2 and set(found.values()) == {(True, False)}
