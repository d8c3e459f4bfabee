"""What the derivatives of any function obey, in reverse and forward mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def numbers(rng: np.random.Generator, shapes: tuple[Any, ...], dtype: Any = np.float64) -> list[Any]:
    return [rng.normal(size=shape).astype(dtype) if shape else dtype(rng.normal()) for shape in shapes]


def check(module: dict[str, Any], args: list[Any], seed: int = 0, wrt: tuple[int, ...] | None = None) -> None:
    """Hold ``f_adjoint`` and ``f_tangent`` to the dot-product law, to linearity, and to differences of ``f``.

    An adjoint has the shape and the kind of number of its argument; in single precision the tolerances are wide, and
    there are no differences.
    """
    rng, wrt = np.random.default_rng(seed), tuple(range(len(args))) if wrt is None else wrt
    dtype = np.asarray(args[wrt[0]]).dtype
    exact = dtype == np.float64
    shapes = tuple(np.shape(args[k]) for k in wrt)
    dots = numbers(rng, shapes, dtype.type)

    def along(dots: list[Any]) -> Any:
        return module["f_tangent"](*args, **{f"{'ab'[k]}_dot": dot for k, dot in zip(wrt, dots, strict=True)})

    value, value_dot = along(dots)
    bar = np.asarray(rng.normal(size=np.shape(value)), dtype=dtype)[()]
    again, bars = module["f_adjoint"](*args, f_bar=bar)
    if exact and not np.shape(value):
        _, seeded = module["f_adjoint"](*args, f_bar=float(bar))  # which is no array of NumPy's, and has no shape
        assert all(map(np.array_equal, bars if len(wrt) > 1 else [bars], seeded if len(wrt) > 1 else [seeded]))
    bars = bars if len(wrt) > 1 else (bars,)
    np.testing.assert_array_equal(value, again)
    wide = np.asarray(value).dtype
    for got, shape in zip(bars, shapes, strict=True):
        assert np.shape(got) == shape
        # A number's adjoint may be a float of Python's; where NumPy itself gives a wider kind, the adjoint may have it.
        assert not shape or np.asarray(got).dtype in (dtype, wide)
    assert np.shape(value_dot) == np.shape(value)
    assert not np.shape(value) or np.asarray(value_dot).dtype in (dtype, wide)
    left = float(np.sum(bar * value_dot))
    right = sum(float(np.sum(got * dot)) for got, dot in zip(bars, dots, strict=True))
    size = sum(float(np.sum(np.abs(got * dot))) for got, dot in zip(bars, dots, strict=True))
    assert left == pytest.approx(right, rel=1e-10 if exact else 1e-3, abs=(1e-10 if exact else 1e-4) * (1 + size))
    if not exact:
        return
    others = numbers(rng, shapes)
    _, both = along([2 * dot + other for dot, other in zip(dots, others, strict=True)])
    scale = 1 + float(np.max(np.abs(value_dot), initial=0))
    np.testing.assert_allclose(both, 2 * value_dot + along(others)[1], rtol=1e-9, atol=1e-10 * scale)
    step = 1e-6
    ends = []
    for sign in (step, -step):
        moved = list(args)
        for k, dot in zip(wrt, dots, strict=True):
            moved[k] = args[k] + sign * dot
        ends.append(module["f"](*moved))
    np.testing.assert_allclose(value_dot, (ends[0] - ends[1]) / (2 * step), rtol=1e-6, atol=1e-7 * scale)
