"""What a loop adds up for a part of a list is added up in the adjoint of the list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def all_but_the_last(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W in Ws[:-1]:
        h = np.maximum(W @ h, 0.1)
    return np.sum(Ws[-1] @ h)


def all_but_the_first(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = Ws[0] @ x
    for W in Ws[1:]:
        h = np.tanh(W @ h)
    return h @ h


def twice(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W in Ws[:2]:
        h = W @ h + W @ x * h
    for W in Ws[1:]:
        h = np.tanh(W @ h)
    return h @ h


def of_pairs(params: list[tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n"]]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W, b in params[:-1]:
        h = np.tanh(W @ h + b)
    W, b = params[-1]
    return np.sum(W @ h + b)


def from_the_end(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W in Ws[-2:]:
        h = np.tanh(W @ h)
    return h @ h


def by_twos(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W in Ws[::2]:
        h = np.tanh(W @ h)
    return h @ h


def at_another_place(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    part = Ws[:-1]
    h = x
    for i in range(len(part)):
        h = np.tanh(part[i - 1] @ h)
    return h @ h


def some(Ws: list[Float[np.ndarray, "n n"]], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for W in Ws[1:]:
        if h[0] > 0.2:
            h = np.tanh(W @ h)
        else:
            h = h + x
    return h @ h
"""
X = np.array([0.6, -0.4])
WS = [np.array([[0.3, -0.7], [0.9, 0.2]]) + 0.3 * k for k in range(3)]
PAIRS = [(W, X * k) for k, W in enumerate(WS)]
MERGED = ["all_but_the_last", "all_but_the_first", "twice", "of_pairs"]
CASES = [*MERGED, "from_the_end", "by_twos", "at_another_place", "some"]


@pytest.mark.parametrize("name", MERGED)
def test_no_list_for_the_part(name: str) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    assert "part_bar" not in piece.text and "part_0_bar" not in piece.text


def test_the_item_is_further_on_in_the_list() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("all_but_the_first", (0, 1))])
    assert "Ws_bar[W_index + 1] += " in piece.text


@pytest.mark.parametrize("name", CASES)
def test_derivative(name: str) -> None:
    args: tuple[Any, ...] = (PAIRS if name == "of_pairs" else WS, X)
    hold(SOURCE, name, (0, 1), args)
