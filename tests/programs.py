"""Hold a program's derivatives to differences, in both modes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from sct.arguments import type_of
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.trees import copied, product, random_like, same
from tests.witness import along_differences

_FUTURE = "from __future__ import annotations\n"


def hold(
    source: str,
    name: str,
    wrt: tuple[int, ...],
    args: tuple[Any, ...],
    annotated: bool = True,
    target: Target = "python",
) -> None:
    """Check the adjoint and the tangent of a function of ``source`` with respect to the parameters ``wrt``.

    Types come from its annotations if it is ``annotated``, else from ``args``.
    """
    primals: dict[str, Any] = {}
    exec(_FUTURE + source, primals)
    primal = primals[name]
    names = list(inspect.signature(primal).parameters)
    types = None if annotated else tuple(map(type_of, args, names))
    (piece,) = differentiate(source, "programs.py", [Request(name, wrt, "both", types, target)])
    module = dict(primals)
    exec(_FUTURE + "\n".join([*piece.needs, piece.text, *piece.helpers.values()]), module)
    given = copied(list(args))
    value, bars = module[f"{name}_adjoint"](*given)
    alone = module[f"{name}_grad"](*given) if f"{name}_grad" in module else bars
    assert all(map(same, args, given))
    bars, alone = (bars, alone) if len(wrt) > 1 else ((bars,), (alone,))
    rng = np.random.default_rng(5)
    directions = {k: random_like(args[k], rng) for k in wrt}
    expected, error = along_differences(primal, args, directions)
    reverse, gradient = (
        sum(product(bar, directions[k]) for bar, k in zip(found, wrt, strict=True)) for found in (bars, alone)
    )
    dots = {f"{names[k]}_dot": direction for k, direction in directions.items()}
    forward_value, forward = module[f"{name}_tangent"](*given, **dots)
    assert all(map(same, args, given))
    tolerance = 1e-7 * (1 + abs(expected)) + 10 * error
    assert value == pytest.approx(forward_value, rel=1e-12)
    assert abs(reverse - expected) <= tolerance
    assert gradient == pytest.approx(reverse, rel=1e-12, abs=1e-14)
    assert abs(forward - expected) <= tolerance
    assert reverse == pytest.approx(forward, rel=1e-9, abs=1e-12)  # the dot-product law


def hold_directions(source: str, name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    """Check the tangents along three directions at once against differences, a direction at a time."""
    primals: dict[str, Any] = {}
    exec(_FUTURE + source, primals)
    primal = primals[name]
    names = list(inspect.signature(primal).parameters)
    (piece,) = differentiate(source, "programs.py", [Request(name, wrt, "tangents")])
    module = dict(primals)
    exec(_FUTURE + "\n".join([*piece.needs, piece.text, *piece.helpers.values()]), module)
    rng = np.random.default_rng(6)
    directions = [{k: random_like(args[k], rng) for k in wrt} for _ in range(3)]
    dots = {f"{names[k]}_dot": np.stack([direction[k] for direction in directions]) for k in wrt}
    _, found = module[f"{name}_tangents"](*copied(list(args)), **dots)
    for tangent, direction in zip(found, directions, strict=True):
        expected, error = along_differences(primal, args, direction)
        assert abs(tangent - expected) <= 1e-7 * (1 + abs(expected)) + 10 * error
