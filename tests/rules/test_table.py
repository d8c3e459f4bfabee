"""Every row, in calls made from its own signature: a new row is tested on the day it is added.

Ranks 0 to 3, operands that broadcast, each form of the axis and each keyword, in both modes; float64 and float32, an
integer or a bool beside a float, arrays without dimensions and without elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.ir.types import Type
from tests.rules.calls import ROWS, Call, accepted, domain
from tests.rules.laws import check

# NumPy does not subtract bools, and its functions of one give half precision.
NO_BOOL = {"interp", "xlog1py"}
# A product of polynomials without coefficients is [0]; a matrix without rows has fewer rows than columns.
NOT_EMPTY = {"polymul", "qr", "solve_sylvester"}


@pytest.mark.parametrize("name", [row.name for row in ROWS])
@pytest.mark.filterwarnings("ignore")
def test_row(name: str) -> None:
    found = accepted(name)
    assert found, "no call of it could be made: say in tests/rules/calls.py what its arguments are"
    for call, module in found:
        try:
            for dtype in (np.float64, np.float32):
                check(module, _points(call, dtype))
            for kind in ("int", "bool") if name not in NO_BOOL else ("int",):
                _beside(call, kind)
            _without_dimensions(call, module)
            if name not in NOT_EMPTY:
                _without_elements(call)
        except Exception as problem:
            problem.add_note(str(call))
            raise


def _points(call: Call, dtype: Any = np.float64) -> list[Any]:
    kind = domain(call)
    assert kind is not None
    return call.points(kind, dtype)


def _typed(shape: tuple[int, ...], kind: Any = "float") -> Type:
    return Type("array", tuple(1 if n == 1 else f"d{n}+" for n in shape), kind) if shape else Type(kind)


def _beside(call: Call, kind: str) -> None:
    """The second operand is an integer or a bool, or an array of these."""
    if len(call.shapes) < 2:
        return
    first, second = call.shapes
    numbers = np.arange(1, 1 + int(np.prod(second))).reshape(second) % (7 if kind == "int" else 2)
    a, b = _points(call)[0], numbers.astype(kind) if second else numbers.astype(kind).item()
    try:
        value = call.function()(a, b)
        module = call.derived((0,), (_typed(first), _typed(second, kind)))
    except (RefusedError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError):
        return  # NumPy does not take it, or we say so
    if np.asarray(value).dtype.kind == "f" and np.isfinite(value).all():
        check(module, [a, b], wrt=(0,))


def _without_dimensions(call: Call, module: dict[str, Any]) -> None:
    """A number given as an array without dimensions has the same adjoint."""
    if () not in call.shapes:
        return
    plain = _points(call)
    args = [np.array(x) for x in plain]
    bar = np.ones_like(module["f"](*plain))[()]
    expected, found = (module["f_adjoint"](*given, f_bar=bar)[1] for given in (plain, args))
    for one, other in zip(*(bars if len(args) > 1 else (bars,) for bars in (expected, found)), strict=True):
        np.testing.assert_array_equal(one, other)


def _without_elements(call: Call) -> None:
    """An empty array has an empty adjoint, where NumPy takes one."""
    if () in call.shapes or 1 in call.shapes[0]:
        return
    args = [np.ones((0, *shape[1:]) if shape == call.shapes[0] else shape) for shape in call.shapes]
    try:
        value = call.function()(*args)
        module = call.derived(types=tuple(_typed(arg.shape) for arg in args))
    except Exception:  # whatever NumPy says of an empty array
        return
    _, bars = module["f_adjoint"](*args, f_bar=np.ones_like(value)[()])
    for bar, arg in zip(bars if len(args) > 1 else (bars,), args, strict=True):
        assert np.shape(bar) == np.shape(arg)
