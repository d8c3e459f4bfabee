"""What annotations say of sizes, and the adjoints rely on, is asserted by the functions that a user calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Mode, Request, differentiate

HEAD = "import numpy as np\n\n\n"


def _built(text: str, wrt: tuple[int, ...], mode: Mode = "adjoint") -> tuple[str, dict[str, Any]]:
    (piece,) = differentiate(HEAD + text, "f.py", [Request("f", wrt, mode)])
    names: dict[str, Any] = {}
    exec(HEAD + piece.text, names)
    return piece.text, names


def _asserted(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("assert")]


PRODUCT = """
def f(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> float:
    return np.sum(x * y)
"""


@pytest.mark.parametrize(("mode", "name"), [("adjoint", "f_adjoint"), ("adjoint", "f_grad"), ("pullback", "f_forward")])
def test_an_array_of_one_element_is_not_taken_for_one_of_many(mode: Mode, name: str) -> None:
    text, names = _built(PRODUCT, (0, 1), mode)
    assert _asserted(text) == ["assert y.shape == x.shape"]
    names[name](np.ones(3), np.ones(3))
    for x, y in ((3, 1), (1, 3), ((3, 1), 3)):
        with pytest.raises(AssertionError):
            names[name](np.ones(x), np.ones(y))


RESIDUAL = """
def f(A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"], b: Float[np.ndarray, "m"]) -> float:
    r = A @ x - b
    return np.sum(r**2)
"""


def test_what_numpy_refuses_is_not_asserted() -> None:
    text, _ = _built(RESIDUAL, (0,))
    assert _asserted(text) == ["assert b.shape == (A.shape[0],)"]


SQUARE = """
def f(A: Float[np.ndarray, "n n"], scale: Float[np.ndarray, "{k}"], k: int) -> float:
    return np.sum(A * A.T) + np.sum(scale * np.ones(k))
"""


def test_a_matrix_is_square_and_a_size_is_an_argument() -> None:
    text, names = _built(SQUARE, (0, 1))
    assert _asserted(text) == ["assert A.shape[1] == A.shape[0]", "assert scale.shape == (k,)"]
    with pytest.raises(AssertionError):
        names["f_adjoint"](np.ones((3, 1)), np.ones(2), 2)


COMPUTED = """
def f(y: Float[np.ndarray, "n-k+1"], x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"], t: Float[np.ndarray, "n+1"],
      u: Float[np.ndarray, "{m}-1 k+n"], m: int) -> float:
    s = np.sum(y * np.ones(len(x) - len(w) + 1))
    return s + np.sum(x * np.diff(t)) + np.sum(u * np.append(x, w)) + np.sum(u[:, 0] * np.ones(m - 1))
"""


def test_a_size_is_computed_of_others() -> None:
    text, names = _built(COMPUTED, (0, 3, 4))
    assert "_unbroadcast" not in text
    assert _asserted(text) == [
        "assert t.shape == (x.shape[0] + 1,)",
        "assert y.shape == (x.shape[0] - w.shape[0] + 1,)",
        "assert u.shape == (m - 1, w.shape[0] + x.shape[0])",
    ]
    for sizes in ((4, 5, 2, 6, 3), (1, 5, 2, 6, 3), (4, 5, 2, 2, 3), (4, 5, 2, 6, 2)):
        y, x, w, t, m = sizes
        args = (np.ones(y), np.ones(x), np.ones(w), np.ones(t), np.ones((m - 1, 7)), 3)
        if sizes == (4, 5, 2, 6, 3):
            names["f_adjoint"](*args)
        else:
            with pytest.raises(AssertionError):
                names["f_adjoint"](*args)


def test_fused_loops_rely_on_what_is_computed() -> None:
    """They would read behind the end of what is too short, compiled."""
    (piece,) = differentiate(HEAD + COMPUTED, "f.py", [Request("f", (0,), target="numba")])
    assert piece.text.count("assert y.shape == (x.shape[0] - w.shape[0] + 1,)") == 2, piece.text  # in the primal, too


COLUMN = """
def f(x: Float[np.ndarray, "n 3"], s: Float[np.ndarray, "n 1"]) -> float:
    return np.sum((x * s)**2)
"""


def test_a_dimension_that_is_broadcast_is_1() -> None:
    text, names = _built(COLUMN, (0, 1))
    assert _asserted(text) == ["assert s.shape == (x.shape[0], 1)"]
    with pytest.raises(AssertionError):
        names["f_adjoint"](np.ones((2, 3)), np.ones((2, 3)))


LOOP = """
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], steps: int) -> float:
    total = 0.0 * u
    for _ in range(steps):
        total = total + np.sin(u)
        if steps > 1:
            total = total * v
    return total @ total
"""


def test_a_size_is_followed_through_loops_and_branches() -> None:
    assert _asserted(_built(LOOP, (0,))[0]) == ["assert v.shape == u.shape"]


CALLED = """
def g(a, b):
    for _ in range(3):
        a = a * b
    return a


def f(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> float:
    return np.sum(g(x, y))
"""


def test_a_callee_relies_on_what_its_caller_asserts() -> None:
    assert _asserted(_built(CALLED, (0,))[0]) == ["assert y.shape == x.shape"]


ALONE = """
def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "m n"]) -> float:
    return np.sum(x * x) + np.sum(w @ x)
"""


def test_what_one_parameter_is_alone_in_is_not_asserted() -> None:
    assert _asserted(_built(ALONE, (0, 1))[0]) == []


FIELDS = """
from typing import NamedTuple


class Layer(NamedTuple):
    W: Float[np.ndarray, "m n"]
    b: Float[np.ndarray, "m"]


def f(layer: Layer, x: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.tanh(layer.W @ x + layer.b))
"""


def test_the_arrays_of_a_structure_have_sizes() -> None:
    (piece,) = differentiate(HEAD + FIELDS, "f.py", [Request("f", (0,))])
    assert _asserted(piece.text) == ["assert layer.b.shape == (layer.W.shape[0],)"]


PARTS = """
def f(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], k: int) -> float:
    return np.sum({})
"""


@pytest.mark.parametrize(
    "product", ["x[:k] * y[:k]", "np.repeat(x, k) * np.repeat(y, k)", "np.pad(x, 1) * np.pad(y, 1)"]
)
def test_sizes_that_are_computed_of_one_size(product: str) -> None:
    text, names = _built(PARTS.format(product), (0, 1))
    assert _asserted(text) == ["assert y.shape == x.shape"]
    with pytest.raises(AssertionError):
        names["f_adjoint"](np.ones(3), np.ones(1), 1)
