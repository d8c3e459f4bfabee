"""Slices that lie within their array in every turn have the length that they say; of others it is not known."""

from __future__ import annotations

import numpy as np
import pytest

from sct.frontend.parse import Source
from sct.ir.types import INT, Dim, Type
from sct.pipeline import Request, differentiate
from sct.typed import TypedFunctions
from tests.programs import hold


def _length(loop: str, part: str) -> Dim | None:
    source = f"""
import numpy as np
def f(x, w, k):
    n, m = len(x), len(w)
    s = 0.0
    for t in {loop}:
        s += np.sum(x[{part}])
    return s
"""
    functions = TypedFunctions(Source(source, "program.py"))
    fn = functions.typed(functions.source, "f", [Type("array", ("n",)), Type("array", ("m",)), INT])
    (slice_,) = [op for op in fn.body.walk() if op.name == "slice"]
    (read,) = [op for op in fn.body.walk() if op.name == "getitem" and op.operands[1] is slice_.result]
    assert read.result.type.shape is not None
    length = slice_.attrs.get("length")
    assert length is None or read.result.type.shape == (length,)
    return length


@pytest.mark.parametrize(
    ("loop", "part", "length"),
    [
        ("range(n - m + 1)", "t : t + m", "m"),
        ("range(n - 2)", "t : t + 3", 3),
        ("range(2, n)", "t - 2 : t", 2),
        ("range(1, n)", "t - 1 : t + m - m", 1),
        ("range(n - m, -1, -1)", "t : t + m", "m"),
        ("range(n - m + 2)", "t : t + m", None),  # the last one is shorter
        ("range(n)", "t : t + 3", None),
        ("range(1, n)", "t - 2 : t", None),  # the first one begins at the end
        ("range(n - k)", "t : t + k", None),  # which may be negative
        ("range(n - m)", "t : t + m : 2", None),
        ("range(n // m)", "t * m : (t + 1) * m", "m"),
        ("range(1, n // m)", "m * t - m : m * t", "m"),
        ("range(n // 3)", "3 * t : 3 * t + 3", 3),
        ("range(n // m + 1)", "t * m : (t + 1) * m", None),  # the last one is shorter
        ("range((n - k) // m)", "t * m : (t + 1) * m", None),  # what has the parts may be negative, and they too
        ("range(n // m)", "t * t : t * t + m", None),
        ("range(m)", "t : t + n - m + 1", None),  # which may be negative
        ("range(n)", ": -t", None),  # the first one is empty
    ],
)
def test_the_length_of_a_slice(loop: str, part: str, length: Dim | None) -> None:
    assert _length(loop, part) == length


CORRELATED = """
import numpy as np
def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"], lags: int) -> float:
    y = np.zeros(len(x) - len(w) + 1)
    for j in range(len(w)):
        y += w[j] * x[j : j + len(x) - len(w) + 1]
    s = np.sum(y**2)
    for k in range(1, lags):
        s += np.sum(x[k:] * np.sin(x[:-k])) ** 2
    for i in range(len(x) // len(w)):
        s += np.sum(x[i * len(w) : (i + 1) * len(w)] * w)
    return s
"""


@pytest.mark.parametrize("lags", [1, 3, 9])  # some of which there are no products for
@pytest.mark.parametrize("sizes", [(7, 3), (6, 3), (3, 3), (1, 1), (4, 1)])
def test_lags_windows_and_parts(sizes: tuple[int, int], lags: int) -> None:
    (piece,) = differentiate(CORRELATED, "f.py", [Request("f", (0, 1))])
    assert not piece.helpers, piece.text
    x, w = (np.sin(np.arange(1.0, size + 1)) for size in sizes)
    hold(CORRELATED, "f", (0, 1), (x, w, lags))


def test_a_size_that_is_annotated_as_it_is_computed() -> None:
    source = """
import numpy as np
def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"], t: Float[np.ndarray, "n-k+1"]) -> float:
    n, k = len(x), len(w)
    y = np.zeros(n - k + 1)
    for i in range(k):
        y += w[i] * x[i : i + n - k + 1]
    return np.sum((y - t) ** 2)
"""
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1, 2))])
    assert not piece.helpers, piece.text
    hold(source, "f", (0, 1, 2), (np.sin(np.arange(1.0, 6.0)), np.cos(np.arange(2.0)), np.ones(4)))


CUT = """
import numpy as np
def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"]) -> float:
    n, k = len(x), len(w)
    z = np.ones(n - k + 3)[2:] * w[0]
    for i in range(k):
        z += x[i : i + n - k + 1]
    return np.sum(z**2)
"""


@pytest.mark.parametrize("sizes", [(5, 2), (3, 3), (3, 4), (3, 6)])
def test_what_is_cut_is_no_shorter_than_nothing(sizes: tuple[int, int]) -> None:
    """In the last case ``z`` is empty, though ``n - k + 1`` is not 0 but -2: ``x[0:-2]`` has one element."""
    x, w = (np.sin(np.arange(1.0, size + 1)) for size in sizes)
    hold(CUT, "f", (0, 1), (x, w))


CONVOLVED = """
import numpy as np
def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"], c: Float[np.ndarray, "n"]) -> float:
    s = 0.0
    for t in range(len(c) - len(w) + 1):
        s += np.sum(np.sin(w * x[t : t + len(w)])) * c[t]
    return s
"""


def test_nothing_is_summed_that_was_not_broadcast_and_the_sizes_are_asserted() -> None:
    (piece,) = differentiate(CONVOLVED, "f.py", [Request("f", (0, 1))])
    assert "_unbroadcast" not in piece.text and "assert c.shape == x.shape" in piece.text, piece.text
    rng = np.random.default_rng(4)
    hold(CONVOLVED, "f", (0, 1), (rng.normal(size=7), rng.normal(size=3), rng.normal(size=7)))


IN_BATCHES = """
import numpy as np
def f(w: Float[np.ndarray, "d"], X: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n"], batch: int) -> float:
    s = 0.0
    for start in range(0, len(y), batch):
        e = X[start : start + batch] @ w - y[start : start + batch]
        s += np.sum(e**2) / len(e)
    return s
"""


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_the_same_slices_of_two_arrays_are_equally_long(batch: int) -> None:
    (piece,) = differentiate(IN_BATCHES, "f.py", [Request("f", (0,))])
    assert "_unbroadcast" not in piece.text, piece.text
    rng = np.random.default_rng(5)
    hold(IN_BATCHES, "f", (0, 1, 2), (rng.normal(size=2), rng.normal(size=(5, 2)), rng.normal(size=5), batch))


HEADS = """
import numpy as np


def f(q: Float[np.ndarray, "n d"], v: Float[np.ndarray, "n d"], heads: int) -> float:
    size = q.shape[1] // heads
    out = np.zeros_like(q)
    for i in range(heads):
        out[:, i * size : (i + 1) * size] = np.tanh(q[:, i * size : (i + 1) * size]) * v[:, size * i : (i + 1) * size]
    return np.sum(out**2)
"""


def test_bounds_that_are_the_same_products_are_equal() -> None:
    (piece,) = differentiate(HEADS, "f.py", [Request("f", (0, 1), "adjoint")])
    assert not piece.helpers, piece.text
    x = np.sin(np.arange(1.0, 25.0)).reshape(2, 2, 6)
    for heads in (1, 2, 3, 4):
        hold(HEADS, "f", (0, 1), (x[0], x[1], heads))
