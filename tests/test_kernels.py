"""Published kernels in the usual NumPy style: each committed derivative is held to differences, in both modes."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct.pipeline import marked
from tests.modules import load_module
from tests.witness import along_differences, load_original

KERNELS = Path(__file__).parent.parent / "samples" / "kernels"
RANDOM = np.random.default_rng(20)


def _r(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def _definite(n: int) -> np.ndarray:
    root = _r(n, n)
    return root @ root.T + n * np.eye(n)


INPUTS: dict[str, tuple[Any, ...]] = {
    "adi": (3, 6, 0.1 * _r(6, 6)),
    "atax": (_r(4, 3), _r(3)),
    "azimint": (_r(12), np.linspace(0.1, 1.9, 12), 4),
    "bicg": (_r(4, 3), _r(3), _r(4)),
    "cavity_flow": (5, 6, 3, 2, _r(6, 5), _r(6, 5), 0.01, 0.5, 0.5, _r(6, 5), 1.0, 0.1),
    "channel_flow": (3, 2, _r(6, 5), _r(6, 5), 0.01, 0.5, 0.5, _r(6, 5), 1.0, 0.1, 1.0),
    "cholesky": (_definite(5),),
    "conv2d": (_r(2, 5, 5, 2), _r(3, 3, 2, 3)),
    "correlation": (_r(6, 4), 6.0),
    "covariance": (_r(6, 4), 6.0),
    "deriche": (0.3, _r(4, 5)),
    "doitgen": (2, 3, 4, _r(2, 3, 4), _r(4, 4)),
    "durbin": (0.1 * _r(6),),
    "fdtd_2d": (3, _r(4, 5), _r(4, 5), _r(4, 5), _r(4)),
    "floyd_warshall": (_r(5, 5) ** 2,),
    "gemm": (0.7, 1.2, _r(3, 4), _r(3, 2), _r(2, 4)),
    "gemver": (0.7, 1.2, _r(4, 4), *(_r(4) for _ in range(8))),
    "gesummv": (0.7, 1.2, _r(4, 4), _r(4, 4), _r(4)),
    "gramschmidt": (_r(5, 4),),
    "hdiff": (_r(7, 7, 2), _r(3, 3, 2)),
    "heat_3d": (4, _r(5, 5, 5), _r(5, 5, 5)),
    "jacobi_1d": (5, _r(7), _r(7)),
    "jacobi_2d": (3, _r(5, 5), _r(5, 5)),
    "k2mm": (0.7, 1.2, _r(2, 3), _r(3, 4), _r(4, 2), _r(2, 2)),
    "lu": (_definite(5),),
    "ludcmp": (_definite(4), _r(4)),
    "mvt": (_r(4), _r(4), _r(4), _r(4), _r(4, 4)),
    "nbody": (_r(4, 1) ** 2, _r(4, 3), _r(4, 3), 3, 0.1, 1.0, 0.3),
    "seidel_2d": (2, _r(5, 5)),
    "spmv": (np.array([0, 2, 3, 5]), np.array([0, 1, 2, 0, 2]), _r(5), _r(3)),
    "stockham_fft": (_r(8), _r(8), _r(8)),
    "symm": (0.7, 1.2, _r(4, 3), _r(4, 4), _r(4, 3)),
    "syr2k": (0.7, 1.2, _r(4, 4), _r(4, 3), _r(4, 3)),
    "syrk": (0.7, 1.2, _r(4, 4), _r(4, 3)),
    "trisolv": (_definite(5), _r(5)),
    "trmm": (0.7, _r(4, 4), _r(4, 3)),
    "vertical_advection": (*(_r(3, 3, 5) for _ in range(5)), 5.0),
}


def test_every_kernel_has_inputs() -> None:
    sources = {path.stem for path in KERNELS.glob("*.py") if not path.stem.endswith("_grad")}
    assert sources == set(INPUTS)
    assert len(sources) >= 37


@pytest.mark.parametrize("stem", INPUTS)
def test_kernel(stem: str) -> None:
    source = KERNELS / f"{stem}.py"
    (request,) = marked(source.read_text(encoding="utf-8"), str(source))
    primal = load_original(source)[request.name]
    module = load_module(KERNELS / f"{stem}_grad.py")
    names = list(inspect.signature(primal).parameters)
    positions = sorted(names.index(entry) if isinstance(entry, str) else entry for entry in request.wrt)
    args = INPUTS[stem]
    given = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
    value, bars = getattr(module, f"{request.name}_adjoint")(*given)
    for before, after in zip(args, given, strict=True):
        assert np.array_equal(before, after), "an argument was changed"
    bars = bars if len(positions) > 1 else (bars,)
    random = np.random.default_rng(len(stem))
    for _ in range(3):
        directions = {k: random.normal(size=np.shape(args[k]))[()] for k in positions}
        expected, error = along_differences(primal, args, directions)
        reverse = sum(float(np.sum(bar * directions[k])) for bar, k in zip(bars, positions, strict=True))
        dots = {f"{names[k]}_dot": direction for k, direction in directions.items()}
        again, forward = getattr(module, f"{request.name}_tangent")(*given, **dots)
        tolerance = 1e-7 * (1 + abs(expected)) + 10 * error
        assert again == pytest.approx(value, rel=1e-12)
        assert abs(reverse - expected) <= tolerance
        assert reverse == pytest.approx(forward, rel=1e-9, abs=1e-12)  # the dot-product law
