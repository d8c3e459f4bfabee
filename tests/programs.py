"""Hold a program's derivatives to differences, in both modes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from sct.backend.helpers import HELPERS
from sct.pipeline import Request, differentiate
from tests.witness import along_differences

_FUTURE = "from __future__ import annotations\n"


def hold(source: str, name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    """Check the adjoint and the tangent of a function of ``source`` with respect to the parameters ``wrt``."""
    primals: dict[str, Any] = {}
    exec(_FUTURE + source, primals)
    primal = primals[name]
    (piece,) = differentiate(source, "programs.py", [Request(name, wrt, "both")])
    module = dict(primals)
    exec(_FUTURE + "\n".join([*piece.needs, piece.text, *(HELPERS[helper] for helper in piece.helpers)]), module)
    names = list(inspect.signature(primal).parameters)
    given = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
    value, bars = module[f"{name}_adjoint"](*given)
    for before, after in zip(args, given, strict=True):
        assert np.array_equal(before, after)
    bars = bars if len(wrt) > 1 else (bars,)
    rng = np.random.default_rng(5)
    directions = {k: rng.normal(size=np.shape(args[k])) if np.ndim(args[k]) else rng.normal() for k in wrt}
    expected, error = along_differences(primal, args, directions)
    reverse = sum(float(np.sum(bar * directions[k])) for bar, k in zip(bars, wrt, strict=True))
    dots = {f"{names[k]}_dot": direction for k, direction in directions.items()}
    forward_value, forward = module[f"{name}_tangent"](*given, **dots)
    tolerance = 1e-7 * (1 + abs(expected)) + 10 * error
    assert value == pytest.approx(forward_value, rel=1e-12)
    assert abs(reverse - expected) <= tolerance
    assert abs(forward - expected) <= tolerance
    assert reverse == pytest.approx(forward, rel=1e-9, abs=1e-12)  # the dot-product law
    for bar, k in zip(bars, wrt, strict=True):
        assert np.shape(bar) == np.shape(args[k])
