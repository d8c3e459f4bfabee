"""Any two shapes that broadcast: the adjoints have the operands' shapes, and the dot-product law holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import BroadcastableShapes, mutually_broadcastable_shapes

from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules.helpers import HELPERS
from sct.rules.shapes import infer_getitem

TEXTS = [
    "a + b",
    "a - b",
    "a * b",
    "a / (2 + b * b)",
    "np.arctan2(a, b)",
    "np.where(a > b, a * a, b)",
    "np.hypot(a, b)",
]


def _type(name: str, shape: tuple[int, ...], known: bool) -> Type:
    if not shape:
        return Type("float")
    return Type("array", tuple(1 if n == 1 else f"{name}.{axis}+" for axis, n in enumerate(shape)) if known else None)


@settings(max_examples=60, deadline=None)
@given(
    shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    text=st.sampled_from(TEXTS),
    known=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_broadcasting(shapes: BroadcastableShapes, text: str, known: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=shape) if shape else float(rng.normal()) for shape in shapes.input_shapes)
    source = f"import numpy as np\n\n\ndef f(a, b):\n    return {text}\n"
    types = tuple(_type(name, shape, known) for name, shape in zip("ab", shapes.input_shapes, strict=True))
    (piece,) = differentiate(source, "pair.py", [Request("f", (0, 1), "both", types)])
    module: dict[str, Any] = {"np": np}
    exec("\n".join([piece.text, *(HELPERS[helper] for helper in piece.helpers)]), module)
    assert not (known and piece.helpers), "known shapes need no helper"
    dots = [rng.normal(size=shape) if shape else float(rng.normal()) for shape in shapes.input_shapes]
    value, value_dot = module["f_tangent"](a, b, a_dot=dots[0], b_dot=dots[1])
    bar = rng.normal(size=np.shape(value)) if np.shape(value) else float(rng.normal())
    _, bars = module["f_adjoint"](a, b, f_bar=bar)
    assert [np.shape(found) for found in bars] == [np.shape(a), np.shape(b)]
    left, right = np.sum(bar * value_dot), sum(np.sum(x * y) for x, y in zip(bars, dots, strict=True))
    assert left == pytest.approx(right, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("start", [None, 0, 1, 3, 5, 7])
@pytest.mark.parametrize("stop", [None, 0, 1, 2, 5, 9])
def test_the_length_of_a_slice_of_five(start: int | None, stop: int | None) -> None:
    """Of an array whose length is known, it is known too."""
    bounds = tuple(Type("none") if bound is None else Type("int", dim=bound) for bound in (start, stop, None))
    found = infer_getitem((Type("array", (5,)), Type("slice", items=bounds)))
    assert found.shape == (len(range(5)[start:stop]),)
