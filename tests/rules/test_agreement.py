"""Where autograd, or else JAX, knows a row's function, it gives the same gradient."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.rules.calls import ROWS, Call, accepted, domain

# What autograd does not know (its ``full_like`` has no derivative in the value), and JAX does.
_JAX = """
    logspace vdot vecdot eigvalsh svd svdvals qr ediff1d unwrap trapezoid interp float_power pos cbrt ldexp clip
    copysign fmod meshgrid broadcast_arrays pad flip copy asarray ptp vector_norm matrix_norm matrix_power lstsq cumprod
    nanmax nanmin nansum nanmean nanprod nanvar nanstd nancumsum convolve correlate polyval polyadd polysub polymul
    polyder polyint polyfit vander diagonal diagflat median quantile percentile take take_along_axis compress expm
    block_diag toeplitz ndtr ndtri log_ndtr erfcx expi exp1 zeta xlogy xlog1py entr rel_entr kl_div i0e i1e softmax
    cho_solve log_softmax expm_frechet split array_split hsplit vsplit dsplit average cov corrcoef full_like
    norm_ppf delete insert
"""
JAX = frozenset(_JAX.split())
NEITHER = {
    "only",
    "arange",
    "bincount",
    "running_max",
    "running_min",
    "logaddexp_reduce",
    "float",
    "ascontiguousarray",
    "softplus",
    "log_expit",
    "ellipk",
    "ellipe",
    "hyperu",
    "hyp2f1",
    "jv",
    "yv",
    "k0",
    "k1",
    "kv",
} | {"cho_factor"}
# Where we read one triangle of a matrix, they take the whole one for symmetric.
SYMMETRIC = {"cholesky", "eigh", "eigvalsh"}


def witness(name: str) -> str | None:
    """Which of the two knows a row."""
    return None if name in NEITHER else "JAX" if name in JAX else "autograd"


@cache
def _library(name: str) -> tuple[Any, Any, Any]:
    """NumPy and SciPy as the library has them, and its gradient of several arguments."""
    if name == "autograd":
        import autograd
        import autograd.numpy
        import autograd.scipy.linalg
        import autograd.scipy.special

        return autograd.numpy, autograd.scipy, lambda f, k: autograd.grad(f, k)
    import jax
    import jax.scipy.linalg
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    return jax.numpy, jax.scipy, lambda f, k: jax.grad(f, k)


def _chosen(name: str) -> list[tuple[Call, dict[str, Any]]]:
    """The first calls of a row of each rank; for JAX, which compiles each operation, one of them."""
    found: dict[Any, tuple[Call, dict[str, Any]]] = {}
    for call, module in accepted(name):
        found.setdefault((len(call.shapes), len(call.shapes[0])), (call, module))
    some = list(found.values())
    return some[:3] if name not in JAX else some[1:2] or some


def _gradients(library: str, call: Call, args: list[Any], weights: Any) -> list[Any]:
    """What a library gives for the weighed sum of the result's elements."""
    numpy, scipy, gradient = _library(library)
    module: dict[str, Any] = {"np": numpy, "scipy": scipy}
    exec(call.source.partition("\n\n\n")[2], module)
    places = range(len(args))
    return [gradient(lambda *given: numpy.sum(module["f"](*given) * weights), k)(*args) for k in places]


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.name not in NEITHER])
@pytest.mark.filterwarnings("ignore")
def test_row(name: str) -> None:
    library = witness(name)
    assert library is not None
    compared = 0
    for call, module in _chosen(name):
        kind = 2 if name in SYMMETRIC else domain(call)
        assert kind is not None
        args = call.points(kind)
        value = module["f"](*args)
        weights = np.cos(np.arange(np.size(value))).reshape(np.shape(value))[()]
        _, bars = module["f_adjoint"](*args, f_bar=weights)
        try:
            expected = _gradients(library, call, args, weights)
        except Exception:  # it does not know the function in this form
            continue
        compared += all(np.isfinite(other).all() for other in expected)
        for got, other in zip(bars if len(args) > 1 else (bars,), expected, strict=True):
            if name in SYMMETRIC:
                got, other = (np.asarray(x) + np.swapaxes(x, -1, -2) for x in (got, other))
            if np.isfinite(other).all():
                np.testing.assert_allclose(got, other, rtol=1e-7, atol=1e-8, err_msg=str(call))
    assert compared, f"{library} does not know it"


def test_what_they_lack_are_rows() -> None:
    assert {row.name for row in ROWS} >= JAX | NEITHER | SYMMETRIC
