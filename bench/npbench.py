"""NPBench's kernels at its M sizes: JAX with loops as loops, and as whole arrays, in units of sct under Numba.

Left out: kernels without a loop, or whose loops are calls of BLAS for JAX as well (atax, bicg, gemm, gemver, gesummv,
k2mm, mvt, doitgen, covariance, correlation, conv2d, hdiff); loops that JAX does not differentiate or that need other
shapes for it (channel_flow stops by a condition, spmv and azimint select, stockham_fft); vertical_advection; and adi,
whose sample squares what it solves, so that it overflows at this size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bench.columns import Absent, compare, flat, numba_module, under_numba
from bench.measure import ratios
from bench.rows import Args, Row, bodies, definite, flow, random


def _image(w: int, h: int) -> np.ndarray:
    return np.random.default_rng(w + h).uniform(size=(w, h))


def _kernel(name: str, wrt: tuple[int, ...], args: Callable[..., Args], medium: tuple[int, ...], small: Any) -> Row:
    """A kernel of ``samples/kernels``, its arguments made of a size."""
    return Row(name, "kernels", name, name, wrt, lambda s: args(*(small if s else medium)), "", "M", name)


def _factor(n: int) -> Args:
    return (definite(n),)


def _triangle(n: int) -> Args:
    return random(n, n) / n + np.eye(n), random(n)


KERNELS = [
    _kernel("cavity_flow", (4, 5, 11), flow, (121, 50, 10), (6, 3, 2)),
    _kernel("cholesky", (0,), _factor, (300,), (5,)),
    _kernel("deriche", (0, 1), lambda w, h: (0.25, _image(w, h)), (1500, 1000), (4, 5)),
    _kernel("durbin", (0,), lambda n: (random(n) / n,), (6000,), (6,)),
    _kernel(
        "fdtd_2d",
        (1, 2, 3),
        lambda t, n, m: (t, *(random(n, m) for _ in range(3)), random(t)),
        *((60, 400, 450), (3, 4, 5)),
    ),
    _kernel("floyd_warshall", (0,), lambda n: (_image(n, n),), (400,), (5,)),
    _kernel("gramschmidt", (0,), lambda m, n: (random(m, n),), (220, 180), (5, 4)),
    _kernel("heat_3d", (1, 2), lambda t, n: (t, random(n, n, n), random(n, n, n)), (50, 40), (3, 5)),
    _kernel("jacobi_1d", (1, 2), lambda t, n: (t, random(n), random(n)), (3000, 12000), (4, 7)),
    _kernel("jacobi_2d", (1,), lambda t, n: (t, random(n, n), random(n, n)), (80, 350), (3, 6)),
    _kernel("lu", (0,), _factor, (220,), (5,)),
    _kernel("ludcmp", (0, 1), lambda n: (definite(n), random(n)), (220,), (4,)),
    _kernel("nbody", (0, 1, 2), bodies, (50, 250), (4, 3)),
    _kernel("seidel_2d", (1,), lambda t, n: (t, random(n, n)), (15, 100), (2, 6)),
    _kernel(
        "symm",
        (0, 2, 3, 4),
        lambda m, n: (1.5, 1.2, random(m, n), random(m, m), random(m, n)),
        *((120, 150), (4, 3)),
    ),
    _kernel(
        "syr2k",
        (0, 2, 3, 4),
        lambda m, n: (1.5, 1.2, random(n, n), random(n, m), random(n, m)),
        *((110, 140), (3, 4)),
    ),
    _kernel("syrk", (0, 1, 2, 3), lambda m, n: (1.5, 1.2, random(n, n), random(n, m)), (150, 200), (3, 4)),
    _kernel("trisolv", (0, 1), _triangle, (5000,), (5,)),
    _kernel("trmm", (0, 1, 2), lambda m, n: (1.5, random(m, m) / m, random(m, n)), (200, 250), (4, 3)),
]


@dataclass(frozen=True)
class Medium:
    """A kernel's times in units of sct under Numba; ``loops`` and ``whole`` are JAX's, if it has them."""

    name: str
    primal: float | None
    loops: float | None
    whole: float | None
    why: str = ""


def measured(row: Row, small: bool, budget: float) -> Medium:
    """A row of the table."""
    args = row.args(small)
    sct = under_numba(lambda njit: row.derivative(njit, numba_module(row)), args)
    primal = under_numba(lambda njit: row.primal(njit, numba_module(row)), args)
    expected = flat(sct()[1])
    runs, why = {"sct": sct, "primal": primal}, []
    for name in ("loops", "whole"):
        try:
            run = _jax(row, args, name == "whole")
            if run is not None:
                compare(flat(run()[1]), expected)
                runs[name] = run
        except Absent as problem:
            why.append(f"{name}: {problem}")
        except Exception as problem:
            why.append(f"{name}: refuses ({type(problem).__name__})")
    found = ratios(runs, "sct", budget)
    return Medium(row.name, found["primal"], found.get("loops"), found.get("whole"), ", ".join(why))


def _jax(row: Row, args: Args, whole: bool) -> Callable[[], Any] | None:
    try:
        import jax
    except ImportError:
        raise Absent("not installed") from None
    from bench import peers_jax, peers_npbench

    if whole and row.peer not in peers_npbench.WHOLE:
        return None
    home = peers_npbench if hasattr(peers_npbench, row.peer) else peers_jax
    function = peers_npbench.WHOLE[row.peer] if whole else getattr(home, row.peer)
    static = peers_npbench.STATIC.get(row.peer, ())
    wrt = row.wrt if len(row.wrt) > 1 else row.wrt[0]
    gradient = jax.jit(jax.value_and_grad(function, argnums=wrt), static_argnums=static)
    given = [arg if k in static else jax.numpy.asarray(arg, dtype=float) for k, arg in enumerate(args)]
    return partial(_ready, jax.block_until_ready, gradient, given)


def _ready(wait: Callable[[Any], Any], gradient: Callable[..., Any], given: list[Any]) -> Any:
    return wait(gradient(*given))
