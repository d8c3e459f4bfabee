"""Derivatives of generated code: what was refused or named in the wrong place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError

W = np.array([0.5, 0.8, -0.3])


def _product(w):
    y = w * w
    return np.prod(y)


def _states(w):
    hs = [w[0]]
    for t in range(3):
        hs.append(np.sin(w[t] * hs[t]))
    s = 0.0
    for h in hs[1:]:
        s += h * h
    for h in hs[:-1]:
        s += h**3
    return s


def _rows(w):
    y = np.outer(w, w)
    return np.sum(np.prod(y, axis=0))


def _columns(w):
    y = np.outer(w, w)
    return np.sum(np.prod(y, axis=0))


def _by_differences(gradient: Any, w: np.ndarray[Any, Any], h: float = 1e-5) -> Any:
    return np.array([(gradient(w + h * way) - gradient(w - h * way)) / (2 * h) for way in np.eye(len(w))])


@pytest.mark.parametrize("f", [_product, _states])
def test_both_modes_over_reverse_mode(f: Any) -> None:
    gradient = sct.grad(f)
    expected = _by_differences(gradient, W)
    np.testing.assert_allclose(sct.hessian(f)(W), expected, atol=1e-8)
    np.testing.assert_allclose(sct.jacobian(gradient)(W), expected, atol=1e-8)


def test_a_product_with_zeros() -> None:
    w = np.array([2.0, 0.0, 3.0, 0.0])
    expected = np.zeros((4, 4))

    np.testing.assert_allclose(sct.hessian(_product)(w), expected)
    w[3] = 1.0
    expected[1, 1] = 2.0 * 36.0
    np.testing.assert_allclose(sct.hessian(_product)(w), expected)


@pytest.mark.parametrize("f", [_rows, _columns])  # which have the same lines
@pytest.mark.parametrize("second", [sct.hessian, lambda f: sct.jacobian(sct.grad(f))])
def test_a_refusal_names_a_line_of_the_authors(f: Any, second: Any) -> None:
    with pytest.raises(RefusedError) as caught:
        second(f)(W)
    (problem,) = caught.value.diagnostics
    first = f.__code__.co_firstlineno
    assert problem.span.file == __file__
    assert first <= problem.span.line <= first + 2
    assert "a product over an array of rank 2 or more" in problem.reason
    assert "multiply rows" in problem.help or "jvp" in problem.help


def _into(out: Any, x: Any) -> None:
    for i in range(len(out)):
        out[i] = np.sin(x[i] * x[0])


def _buffered(w: Any) -> Any:
    s, buffer, u = 0.0, np.zeros(3), w.copy()
    for _ in range(2):
        _into(buffer, u)
        s += buffer[0] * u[-1]
        u[:] = buffer
    return s


def test_what_is_refused_names_what_does_without() -> None:
    gradient = sct.grad(_buffered)
    for second in (lambda: sct.vjp(gradient, W)[1](W), lambda: sct.jvp(gradient, (W,), (W,))):
        with pytest.raises(RefusedError, match=r"take `sct\.hvp` or `sct\.hessian`, which differentiate that"):
            second()
    expected = _by_differences(gradient, W)
    np.testing.assert_allclose(sct.hessian(_buffered)(W), expected, atol=1e-8)
    np.testing.assert_allclose(sct.hvp(_buffered, W, W), expected @ W, atol=1e-8)
