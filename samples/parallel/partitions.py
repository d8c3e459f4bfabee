"""The gradient of a sum over partitions: on a Dask cluster, and over threads.

A worker needs the generated module, and what that imports: not sct.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from oscillation_grad import loss_adjoint

GENERATED = Path(__file__).with_name("oscillation_grad.py")


def measurements(n):
    t = np.linspace(0.0, 10.0, n)
    return t, 2.0 * np.exp(-0.3 * t) * np.cos(1.7 * t + 0.4)


def on_cluster(client, p, t, y, parts=8):
    """Each partition's value and gradient are a task; the client adds them up."""
    client.upload_file(str(GENERATED))
    split = zip(np.array_split(t, parts), np.array_split(y, parts), strict=True)
    tasks = [client.submit(part, p, *arrays) for arrays in split]
    return added(client.gather(tasks))


def part(p, t, y):
    import oscillation_grad  # the worker's

    return oscillation_grad.loss_adjoint(p, t, y)


def on_threads(p, t, y, parts=8):
    """Compiled code does not hold the interpreter's lock: the threads run at once."""
    split = zip(np.array_split(t, parts), np.array_split(y, parts), strict=True)
    with ThreadPoolExecutor() as pool:
        return added(pool.map(lambda arrays: loss_adjoint(p, *arrays), split))


def added(results):
    values, bars = zip(*results, strict=True)
    return sum(values), sum(bars)


if __name__ == "__main__":
    from distributed import Client, LocalCluster

    p = np.array([1.5, 0.2, 1.6, 0.3])
    t, y = measurements(1_000_000)
    print("one process:", *loss_adjoint(p, t, y))
    print("threads:    ", *on_threads(p, t, y))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1) as cluster,
        Client(cluster) as it,
    ):
        print("cluster:    ", *on_cluster(it, p, t, y))
