"""Functions of arrays of numbers of any kind: moments, and linear algebra by elimination (Golub and Van Loan, 3.4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def eliminated(A: Any, B: Any) -> tuple[Any, Any]:
    """The solution of ``A X = B`` and the determinant of ``A``, by elimination with row exchanges."""
    A, B = np.array(A, dtype=object), np.array(B, dtype=object)
    n, det = len(A), 1.0
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(A[i, k]))
        if pivot != k:
            A[[k, pivot]], B[[k, pivot]], det = A[[pivot, k]], B[[pivot, k]], -det
        det = det * A[k, k]
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] = A[i, k:] - factor * A[k, k:]
            B[i] = B[i] - factor * B[k]
    for k in reversed(range(n)):
        B[k] = (B[k] - A[k, k + 1 :] @ B[k + 1 :]) / A[k, k] if k + 1 < n else B[k] / A[k, k]
    return B, det


def _stacked(one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of a matrix for stacks of matrices."""

    def apply(A: Any) -> Any:
        A = np.array(A, dtype=object)
        if A.ndim == 2:
            return one(A)
        found = [one(matrix) for matrix in A.reshape(-1, *A.shape[-2:])]
        return np.array(found, dtype=object).reshape(*A.shape[:-2], *np.shape(found[0]))

    return apply


def _solve(A: Any, b: Any) -> Any:
    if np.ndim(A) != 2 or np.ndim(b) > 2:
        raise TypeError("stacked systems are not eliminated here")
    return eliminated(A, b)[0]


def _cholesky(A: Any) -> Any:
    n = len(A)
    L = np.full((n, n), 0.0, dtype=object)
    for i in range(n):
        for j in range(i + 1):
            rest = A[i, j] - sum((L[i, k] * L[j, k] for k in range(j)), 0.0)
            L[i, j] = rest**0.5 if i == j else rest / L[j, j]
    return L


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    squares = np.sum(x * x, axis=axis, keepdims=keepdims)
    if ord is None or (ord == 2 and (np.ndim(x) == 1 or isinstance(axis, int))) or ord == "fro":
        return np.where(squares == 0, 0.0, np.where(squares == 0, 1.0, squares) ** 0.5)[()]
    if np.ndim(x) == 1 or isinstance(axis, int):
        size = abs(x)
        if ord == 1:
            return np.sum(size, axis=axis, keepdims=keepdims)
        if ord in (math.inf, -math.inf):
            return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
        return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)
    raise TypeError("this norm of a matrix needs its singular values")


def _var(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, **rest: Any) -> Any:
    if any(value is not None for value in rest.values()):
        raise TypeError("a variance with these keywords is not computed here")
    off = x - np.mean(x, axis=axis, keepdims=True)
    total = np.sum(off * off, axis=axis, keepdims=keepdims)
    return total / (np.size(x) // max(np.size(total), 1) - ddof)


def _std(x: Any, **keywords: Any) -> Any:
    return _var(x, **keywords) ** 0.5


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.logaddexp.reduce(x, axis=axis, keepdims=bool(keepdims))  # type: ignore[call-overload]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "linalg.solve": _solve,
    "linalg.inv": _stacked(lambda A: eliminated(A, np.eye(len(A)))[0]),
    "linalg.det": _stacked(lambda A: eliminated(A, np.eye(len(A)))[1]),
    "linalg.cholesky": _stacked(_cholesky),
    "linalg.norm": _norm,
    "special.logsumexp": _logsumexp,
    "var": _var,
    "std": _std,
}
