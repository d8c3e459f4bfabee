"""What makes indices or counts carries no derivative; what is read and written there does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def wh(x):
    i = np.where(x > 0.6)[0]
    return np.sum(x[i]**2)


def wh2(x):
    (i,) = np.where(x > 0.6)
    return np.sum(x[i]**2)


def nz(x):
    i = np.nonzero(x > 0.6)[0]
    return np.sum(x[i]**2)


def fnz(x):
    i = np.flatnonzero(x > 0.6)
    return np.sum(x[i]**2)


def argw(x):
    i = np.argwhere(x > 0.6)[:, 0]
    return np.sum(x[i]**2)


def ls(x):
    t = np.linspace(0.0, x[0], 4, endpoint=False)
    return np.sum(t**2)


def norm(x):
    return np.linalg.norm(x, np.inf)**2


def wh3(X):
    i, j = np.where(X > 0.6)
    return np.sum(X[i, j]**2)


def nz3(X):
    return np.sum(X[np.nonzero(X > 0.6)]**2)


def ix(X):
    return np.sum(X[np.ix_([0, 1], [0, 2])]**2)


def ix2(X):
    d = np.array([0, 1])
    return np.sum(X[np.ix_(d, d)]**2)


def ix3(x):
    K = np.zeros((3, 3))
    d = np.array([0, 1])
    K[np.ix_(d, d)] += np.outer(x, x)[:2, :2]
    return np.sum(K**2)


def ix4(x):
    K = np.zeros((3, 3))
    d = [0, 1]
    K[np.ix_(d, d)] += np.outer(x, x)[:2, :2]
    return np.sum(K**2)


def tri(X):
    return np.sum(X[np.triu_indices(2)]**2)


def tri1(X):
    i, j = np.triu_indices(2, 1)
    return np.sum(X[i, j]**2)


def tril(X):
    i, j = np.tril_indices(2)
    return np.sum(X[i, j]**2)


def tril1(x):
    L = np.zeros((2, 2))
    L[np.tril_indices(2)] = x
    return np.sum((L@L.T)**2)


def di(X):
    i, j = np.diag_indices(2)
    return np.sum(X[i, j]**2)


def di2(X):
    A = X.copy()
    A[np.diag_indices(2)] = 0.0
    return np.sum(A**2)


def di3(X):
    A = X.copy()
    A[np.diag_indices(2)] += 3.0
    return np.sum(A**2)


def di4(X):
    A = X.copy()
    A[np.diag_indices_from(A)] += X[0]
    return np.sum(A**2 * X[np.diag_indices_from(X)])


def fd(x):
    A = np.outer(x, x)
    np.fill_diagonal(A, x**2)
    return np.sum(A**2)


def fd0(x):
    A = np.outer(x, x)
    np.fill_diagonal(A, 0.0)
    return np.sum(A**2)


def binc(x, k):
    c = np.bincount(k)
    return np.sum(x * c)


def uniq(x, k):
    free = np.setdiff1d(np.arange(len(x)), k)
    both = np.union1d(np.intersect1d(k, [0, 2]), free)
    return np.sum(x[np.unique(k)]**2) * x[free].sum() + np.sum(x[both] ** 3)


def comb(x, n):
    return sum(math.comb(n, k) * x**k for k in range(n + 1))


def tall(x):
    A = np.outer(x, x[:2])
    np.fill_diagonal(A, x[:2] ** 2)
    return np.sum(A**3)


def weighed(x, k):
    return np.sum(np.bincount(k, weights=np.append(x, x[0])) ** 2)


def spaced(x):
    return np.sum(np.logspace(0.0, x[0], 4, endpoint=False) ** 2)


def rows(X):
    return np.sum(np.linalg.norm(X, np.inf, axis=1) ** 2)
"""
A = np.array([0.5, 0.7, 1.3])
B = np.array([[0.5, 0.7, 1.3], [0.1, 0.9, 0.3]])
C = np.array([[0.5, 0.7], [0.1, 0.9]])
K = np.array([0, 1, 1, 2])
OTHERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("wh3", "nz3", "ix", "ix2", "rows"), (B,)),
    **dict.fromkeys(("tri", "tri1", "tril", "di", "di2", "di3", "di4"), (C,)),
    **{"binc": (A, K), "uniq": (A, K), "weighed": (A, K), "comb": (0.5, 4)},
}
NAMES = [line[4:].split("(")[0] for line in SOURCE.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_program(name: str) -> None:
    hold(SOURCE, name, (0,), OTHERS.get(name, (A,)), annotated=False)


@pytest.mark.parametrize(
    ("index", "once"),
    [
        ("np.nonzero(x > 0.5)", True),
        ("np.triu_indices(len(x))", True),
        ("np.diag_indices(len(x))", True),
        ("np.diag_indices_from(x)", True),
        ("np.ix_([0, 1], [1, 2])", True),
        ("np.ix_([0, 0], [1, 2])", False),
        ("np.ix_(k, k)", False),
        ("np.ix_([0, -1], [1, 2])", False),
        ("np.nonzero(x > 0.5)[0]", False),
    ],
)
def test_a_place_that_is_named_once_is_written_once(index: str, once: bool) -> None:
    source = f"import numpy as np\n\n\ndef f(x: float[:, :], k: int[:]):\n    return np.sum(x[{index}] ** 2)\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert ("np.add.at(" not in piece.text) is once


def test_a_tuple_of_indices_is_written_as_it_is() -> None:
    source = "import numpy as np\n\n\ndef f(x: float[:], n: int):\n    L = np.zeros((n, n))\n"
    source += "    L[np.tril_indices(n)] = x\n    return np.sum(L**2)\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert "    n_indices = np.tril_indices(n)\n    L[n_indices] = x\n" in piece.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("np.unique(x)", "`np.unique` of other than an array of ints"),
        ("np.setdiff1d(x, [0])", "a set of other than ints"),
        ("x[:, None][np.ix_(x > 0, [0])]", "`np.ix_` of what is no vector of ints"),
        ("np.linalg.norm(x, -np.inf)", "the derivative of the norm with `ord=-inf`"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        differentiate(
            f"import numpy as np\n\n\ndef f(x: float[:]):\n    return np.sum({body})\n", "f.py", [Request("f")]
        )
