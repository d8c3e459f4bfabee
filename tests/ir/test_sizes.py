"""Sizes that are written alike are equal, whatever the arguments; and a joined whole is as large as what it was."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import numpy as np
import pytest

from sct.frontend.parse import Source
from sct.ir.sizes import added, cut, difference, multiplied, names_in, shift, split_dim, together
from sct.ir.types import Dim, Type
from sct.pipeline import Request, differentiate
from sct.typed import TypedFunctions
from tests.programs import hold

POOL = (
    "x, y, x[1:], x[:-1], x[2:], x[:-2], x[:1], x[:2], x[-2:], x[j:], x[:j], x[k:], x[:k], x[k:-1], x[:n], x[1:n],"
    "x[1 : n - 1], np.diff(x), np.diff(x)[:n], np.diff(x)[1:n], np.diff(x)[: n - 1], np.ediff1d(x), np.pad(x, 1),"
    "np.pad(x, 1)[1:-1], np.pad(x, 1)[2:], np.pad(x, 1)[:-2], np.pad(x, 1)[3:], np.pad(x, (0, 1)), np.pad(x, 2)[1:-1],"
    "np.pad(x, 1)[1 : n + 1], np.pad(x, 1)[2 : n + 2], np.pad(x, 1)[: n + 3], np.zeros(n), np.zeros(n + 2),"
    "np.zeros(n + 2)[1:-1], np.arange(n), np.arange(1, n), np.arange(1, n + 1), np.arange(n + 1)[1:],"
    "np.concatenate((x[j:], x[:j])), np.concatenate((x[:j], x[j:], y)), np.concatenate((x[:2], x[2:])),"
    "np.concatenate((x[-2:], x[:-2])), np.concatenate(([0.0], x[:-1])), np.concatenate((x, y)),"
    "np.concatenate((y, x)), np.concatenate((x[2:], [0.0, 0.0])), np.concatenate((x[1:], y[:1])), np.append(x, y),"
    "np.append(x[1:], x[0]), np.append(x, 0.0), np.concatenate((x[:k], x[k:]))[1:], np.concatenate((A, B), axis=None),"
    "np.hstack((x, y)), np.hstack((x[1:], 1.0)), np.r_[0.0, x[1:]], np.r_[x, y], np.hstack((1.0, 2.0)),"
    "np.vstack((x, x)), np.vstack((A, x)), np.vstack((A, A)), np.stack((x, x)), np.column_stack((x, A.T)),"
    "np.concatenate((A, A), axis=1), np.concatenate((A[:, j:], A[:, :j]), axis=1), np.c_[x, x], np.dstack((A, A)),"
    "A, A.ravel(), A.flatten(), (A * 2.0).reshape(-1), A.T.reshape(-1), A.reshape(n, -1), A.T.reshape(n, -1),"
    "np.zeros((n, m)).ravel(), np.cumsum(A), np.outer(x, y), np.outer(A, y), np.kron(x, y), np.kron(y, x),"
    "np.repeat(x, k), np.repeat(x, 2), np.repeat(A, k, axis=1), np.tile(x, k), np.tile(x, 2), np.tile(x, (2, k)),"
    "np.diag(x), np.diag(x, 1), np.diag(x, -1), np.diag(x[:-1], 1), np.diag(np.diag(x, 1), -1), np.diagflat(x, 1),"
    "np.diag(np.diag(x), 1), np.roll(x, 1), np.split(np.tile(x, 2), 2)[0], np.split(x, 1)[0], x[::2], x[::-1],"
    "np.zeros(n + 3 - k), np.zeros(n - k + 3), np.zeros(n - (k + 1) + 4), np.zeros(m - k + 2 + n),"
    "np.zeros(n + 1 - k + m + 1), np.zeros(n - k + k), np.zeros(n - k + 3)[1:], np.zeros(n - n + 2),"
    "np.zeros(k - (k - n)), np.zeros(n + k - (k - m))"
)
SOURCE = f"def f(x, y, A, B, j, k):\n    n, m = len(x), len(y)\n    return ({POOL})\n"
SIZES = list(itertools.product((1, 2, 3, 5), (1, 3, 4), (-2, 0, 1, 2, 7), (0, 1, 2, 3)))


def _texts() -> list[str]:
    result = ast.parse(f"({POOL})", mode="eval").body
    assert isinstance(result, ast.Tuple)
    return list(map(ast.unparse, result.elts))


def _found() -> list[tuple[Dim, ...]]:
    types = [Type("array", ("n",)), Type("array", ("m",)), *[Type("array", ("m", "n"))] * 2]
    types += [Type("int", dim="j="), Type("int", dim="k=")]
    source = Source("import numpy as np\n\n\n" + SOURCE, "f.py")
    return [item.shape or () for item in TypedFunctions(source).typed(source, "f", types).result.type.items]


def test_equal_symbols_are_equal_sizes() -> None:
    texts, found = _texts(), _found()
    assert not [dim for shape in found for dim in shape if isinstance(dim, str) and dim.lstrip("?").isdigit()]
    names: dict[str, Any] = {"np": np}
    exec(SOURCE, names)
    for n, m, j, k in SIZES:
        known: dict[Dim, int] = {"n": n, "m": m}
        values = names["f"](np.zeros(n), np.zeros(m), np.zeros((m, n)), np.zeros((m, n)), j, k)
        for text, shape, value in zip(texts, found, values, strict=True):
            assert len(shape) == value.ndim, text
            for dim, size in zip(shape, value.shape, strict=True):
                assert known.setdefault(dim, size if isinstance(dim, str) else dim) == size, (text, dim, n, m, j, k)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((2, 3), 5),
        (("n", 0), "n"),
        (("m", "n"), "?(m + n)"),
        (("n-1", 1), "n"),
        (("n-2", 2), "?(n-2 + 2)"),  # n may be 1
        ((cut("n", ("k", None, None)), cut("n", (None, "k", None))), "n"),
        ((cut("n", (None, "2", None)), "n-2", "m"), "?(m + n)"),
        ((cut(7, ("k", None, None)), cut(7, (None, "k", None))), 7),
        ((cut("n", ("k", None, None)), cut("n", (None, "j", None))), "?(?(n)[:j:] + ?(n)[k::])"),
        ((cut("n", ("k", None, None)), cut("m", (None, "k", None))), "?(?(m)[:k:] + ?(n)[k::])"),
    ],
)
def test_parts_add_up(parts: tuple[Dim, ...], whole: Dim) -> None:
    assert added(parts) == added(reversed(parts)) == whole


@pytest.mark.parametrize(
    ("found", "dim"),
    [
        (difference("n", "k"), "?(n - k)"),
        (together(together("?2", difference("n", "k") or 0) or 0, 1), "?(?(?2 + n - k) + 1)"),
        (difference(together("?2", "n") or 0, "?2"), "n"),
        (difference(difference("n", "k") or 0, difference("n", "m") or 0), "?(m - k)"),
        (difference("n-1", "?(k + 2)"), "?(n - k)-3"),
        (difference("n", "n-2"), None),  # the length of x[2:] is no less than 0
        (difference(1, "k"), None),
    ],
)
def test_differences_are_computed(found: Dim | None, dim: Dim | None) -> None:
    assert found == dim


def test_what_was_added_is_taken_away_again() -> None:
    assert [shift(added(("n", 2)), -less) for less in (0, 1, 2, 3)] == ["?(n + 2)", "?(n + 1)", "n", "n-1"]
    assert shift(shift("n+", -1), 0) == "n+-1"
    assert split_dim("n+-1") == ("n", 1)
    assert shift("n-1", 2) not in ("n", "?(n + 1)")


def test_a_size_has_the_names_of_what_it_is_made_of() -> None:
    name = multiplied((added(("x.0+", 2)), cut("n-1", (None, "k=", None))))
    assert isinstance(name, str)
    assert names_in(name) >= {"x.0", "n", "k=", name}


OSCILLATORS = """
import numpy as np


def slope(y, k):
    n = len(y) // 2
    q = y[:n]
    p = y[n:]
    a = -np.sin(q)
    a[1:] += k * (q[:-1] - q[1:])
    return np.concatenate((p, a))


def f(y: float[:], k: float, h: float, turns: int) -> float:
    for i in range(turns):
        k1 = slope(y, k)
        k2 = slope(y + 0.5 * h * k1, k)
        y = y + h / 6 * (k1 + 2 * k2)
    return np.sum(y**2)
"""
UPWIND = """
import numpy as np


def f(u: float[:], left: float, turns: int) -> float:
    for _ in range(turns):
        u = u - 0.1 * u * (u - np.concatenate(([left], u[:-1])))
        u = u + 0.1 * np.sin(np.concatenate((u[-2:], u[:-2])))
    return np.sum(u**2)
"""
GHOSTS = """
import numpy as np


def f(u: float[:], k: float) -> float:
    n = len(u)
    p = np.pad(u, 1)
    q = np.zeros(n + 2)
    q[1 : n + 1] = k * u
    d = np.diff(u)
    return np.sum((p[2:] - 2 * u + q[:-2]) ** 2) + np.sum(d[:n] * u[1:]) + np.sum(np.diag(u[1:], 1) @ u)
"""


@pytest.mark.parametrize(
    ("source", "wrt", "args"),
    [
        (OSCILLATORS, (0, 1), (np.cos(np.arange(6.0)), 0.3, 0.1, 3)),
        (OSCILLATORS, (0, 1), (np.cos(np.arange(7.0)), 0.3, 0.1, 2)),  # its parts are not equally long
        (UPWIND, (0, 1), (np.sin(np.arange(1.0, 6.0)), 0.4, 3)),
        (UPWIND, (0, 1), (np.ones(1), 0.4, 2)),
        (GHOSTS, (0, 1), (np.sin(np.arange(1.0, 6.0)), 0.7)),
    ],
)
def test_what_is_joined_of_parts_is_added_up_in_place(source: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    (piece,) = differentiate(source, "f.py", [Request("f", wrt, "adjoint")])
    assert not piece.helpers, piece.text
    assert "_bar.copy()" not in piece.text, piece.text
    for annotated in (True, False):
        hold(source, "f", wrt, args, annotated)
