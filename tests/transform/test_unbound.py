"""What some path leaves unbound has an adjoint on every path, and raises where it did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def chosen(w: Float[np.ndarray, "n"], c: float) -> float:
    if c > 0.0:
        v = w[w > 0.0]
    w = w * c
    if c > 0.0:
        return v.sum() * w[0]
    return c * c + w[1]


def looped(w: Float[np.ndarray, "n"], k: int) -> float:
    for i in range(k):
        v = np.sin(w[1:]) * i
        if i > 1:
            w[1:] = w[1:] * 2.0
    if k > 0:
        return (v**2).sum() * w[0]
    return w[1]


def nested(w: Float[np.ndarray, "n"], k: int) -> float:
    if k >= 0:
        for i in range(k):
            v = w[2:]
            w = w * 1.5
    if k > 0:
        return np.sum(v**2) * w[0]
    return w[1]


def turned(w: Float[np.ndarray, "n"], k: int) -> float:
    for j in range(2):
        for i in range(k * j):
            v = w[1:]
            w = w * 1.5
    if k > 0:
        return np.sum(v**2)
    return w[0]


def called(w: Float[np.ndarray, "n"], k: int) -> float:
    return looped(w * w, k) * w[0]


def halves(w, c):
    w[0] = w[0] * c
    return w[1:], c * w[0]


def paired(w: Float[np.ndarray, "n"], c: float) -> float:
    if c > 0.0:
        pair = halves(w, c)
    if c > 0.0:
        return (pair[0] ** 2).sum() * pair[1]
    return c * w[1]
"""
W = np.array([0.3, -0.4, 0.5])


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("chosen", (W, 0.7)),
        ("chosen", (W, -0.7)),
        ("looped", (W, 0)),
        ("looped", (W, 3)),
        ("nested", (W, 0)),
        ("nested", (W, 1)),
        ("nested", (W, 3)),
        ("turned", (W, 0)),
        ("turned", (W, 1)),
        ("turned", (W, 2)),
        ("called", (W, 0)),
        ("called", (W, 3)),
        ("paired", (W, 0.7)),
        ("paired", (W, -0.7)),
    ],
)
def test_derivatives(name: str, args: tuple[Any, ...], target: Target) -> None:
    hold(SOURCE, name, (0, 1) if type(args[1]) is float else (0,), args, target=target)


SAVED = """
import numpy as np


def in_an_arm(x: float, n: int) -> float:
    s = x
    for i in range(n):
        if (d := s - 0.9) > 0 and (r := d / s) < 0.4:
            s += r * x
        else:
            s = s * 1.2
    return s


def of_an_array(x: float, n: int) -> float:
    u = np.array([x, 0.5])
    for i in range(n):
        c = u[0] > 0.9
        if c:
            r = u * u
            c = r[1] < 2.0
        if c:
            u = u + r * x
        else:
            u = u * 1.2
    return u @ u


def of_an_array_in_two_arms(x: float, n: int) -> float:
    u = np.array([x, 0.5])
    for i in range(n):
        if i > 1:
            r = 0.5 * u * u
            u = u[::-1] * r
        if i > 1 and u[0] > 0.01:
            u = u * 0.9 + r
        elif i > 1:
            u = np.tanh(r * x)
        u = u * 0.95
    return u @ u


def of_two_arms(x: float, n: int) -> float:
    s = x
    for i in range(n):
        if i % 2:
            r = s * s
        if i > 2:
            s = s * x * 1.1
            if i % 2:
                s = s * r * 0.2
        elif i % 2 and s > 0.1:
            s = s - r * r
    return s
"""
CARRIED = """
import numpy as np


def carried(x: float, n: int) -> float:
    s = x
    for i in range(n):
        if i > 1:
            s = s + before * s * 0.3
        before = s * x
    return s


def written(x: float, n: int) -> float:
    u = np.array([x, x * x])
    for i in range(n):
        if i % 2:
            r = u * u
            w = np.sin(u)
            r[0] = w[1] * u[0]
        u[0] *= x
        if i % 2:
            u = u * r * w
        if i == 3:
            u = u + np.exp(r) * w
    return u[0] * u[1]
"""


@pytest.mark.parametrize("name", ["in_an_arm", "of_an_array", "of_an_array_in_two_arms", "of_two_arms"])
def test_what_some_turns_leave_unbound_is_saved(name: str, target: Target) -> None:
    hold(SAVED, name, (0,), (0.5, 6), target=target)


@pytest.mark.parametrize("name", ["carried", "written"])
def test_what_the_first_turns_leave_unbound_is_saved(name: str) -> None:
    hold(CARRIED, name, (0,), (0.9, 5))


def test_what_one_arm_uses_is_saved_there() -> None:
    (piece,) = differentiate(SAVED, "unbound.py", [Request("in_an_arm")])
    assert "            r_saved.append(r)\n            s += r * x\n" in piece.text
    assert "            r = r_saved.pop()\n            # s += r * x\n" in piece.text
    (piece,) = differentiate(SAVED, "unbound.py", [Request("of_two_arms")])
    assert "r_2 = r_or_zero\n        r_saved.append(r_2)\n" in piece.text


def test_a_shape_is_asked_of_what_is_bound_everywhere() -> None:
    (piece,) = differentiate(SOURCE, "unbound.py", [Request("chosen", (0,))])
    assert "v_or_empty = v\n    else:\n        v_or_empty = np.zeros(0)\n" in piece.text
    assert "v_bar = np.zeros_like(v_or_empty)\n" in piece.text
    assert "v_bar = np.full_like(v, w[0] * chosen_bar)\n" in piece.text


def test_what_is_unbound_raises() -> None:
    source = SOURCE.replace("    w = w * c\n    if c > 0.0:", "    w = w * c\n    if c > -1.0:", 1)
    (piece,) = differentiate(source, "unbound.py", [Request("chosen", (0,))])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport numpy as np\n" + piece.text, module)
    with pytest.raises(UnboundLocalError, match="'v'"):
        module["chosen_adjoint"](W, -0.7)


def test_what_is_handed_over_is_bound_everywhere_and_what_is_read_raises() -> None:
    """A number that no path binds is zero for the other sweep alone."""
    source = (
        SOURCE
        + """

def late(x: float, k: int) -> float:
    if k > 0:
        v = x * k
    if x > 1.0:
        w = x * x
    if k >= 0:
        x = np.sin(v) * x
    return np.sin(w) * x if x > 1.0 else x


def of_late(x: float, k: int) -> float:
    return late(x, k) * x
"""
    )
    hold(source, "of_late", (0,), (0.7, 2))
    for mode, name in (("pullback", "late_forward"), ("adjoint", "of_late_adjoint")):
        (piece,) = differentiate(source, "unbound.py", [Request(name.rpartition("_")[0], (0,), mode)])
        module: dict[str, Any] = {}
        exec("from __future__ import annotations\nimport numpy as np\n" + piece.text, module)
        with pytest.raises(UnboundLocalError, match="'v'"):
            module[name](0.7, 0)
        module[name](0.7, 1)


def test_what_a_turn_binds_is_asked_as_it_is_where_that_runs_backwards() -> None:
    source = """
import numpy as np
def assembled(k: Float[np.ndarray, "n"]) -> float:
    total = np.zeros((3, 3))
    for e in range(len(k)):
        part = k[e] * np.array([[1.0, -1.0], [-1.0, 1.0]])
        for a in range(2):
            for b in range(2):
                total[a, b] += part[a, b] * (a + 2 * b)
    return np.sum(total**2)
"""
    (piece,) = differentiate(source, "unbound.py", [Request("assembled")])
    assert "part_bar = np.zeros_like(part)" in piece.text and "np.zeros((0" not in piece.text
    for size in (0, 1, 3):
        hold(source, "assembled", (0,), (np.arange(1.0, 1.0 + size),))
