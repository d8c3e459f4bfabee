"""The small forms of statements and expressions: against differences, in both modes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import math
import numpy as np


def bound_on_one_path(u: Float[np.ndarray, "n"], k: int) -> float:
    if k > 1:
        w = u * 2.0
    for t in range(k):
        u = u - np.sin(0.3 * u)
        last = u * t
    if k > 1:
        u += w * last
    return np.sum(u * u)


def cube(x): return x * x * x


def on_one_line(x: float, n: int) -> float:
    y = 0.0
    for k in range(n):
        if y > 2.0: break
        if k == 1: continue
        y += cube(x) * k; x = x * 1.1
    if x < 0: return x
    while y < 1.0: y = y + x
    return y * x


def walrus_in_a_condition(x: float, y: float) -> float:
    if (z := x * y) > 0.5 and (w := math.sin(z)) > 0.1:
        return w * z
    elif (w := z * z) > 0.01 or (v := x) < 0.0:
        return w + z
    return (v := v * 2.0) * v + z


def walrus_in_a_test(x: float, n: int) -> float:
    k, total = 0, 0.0
    while (y := x * math.sin(k + x)) > -0.9 and (k := k + 1) < n:
        if y < 0:
            continue
        total += y * y
    return total * y + k


def walrus_in_arguments(x: float, y: float) -> float:
    a = math.hypot(b := x * y, b + x) + (c := math.cos(b)) * c
    u = np.zeros(3)
    u[i := 1] = (d := a * b)
    u[0] += (d := d * c) * u[i]
    return u.sum() * d + (e := x if (g := y) > 0 else (e := g * 2.0))


def walrus_in_a_lambda(x: float, y: float) -> float:
    z = 2.0 * y
    g = lambda t: (z := t * x) * z + (w := z)
    return g(y) * z * g(z)


def deleted(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        a, b = x * i, x + i
        total += a * b
        del a, b
    a = total * x
    y = a
    del (a)
    return y * total


def else_of_a_loop(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = y * x + i
        if y > 10.0:
            y = math.log(y)
            break
    else:
        y = y * x
    return y * x


def else_that_returns(x: float, n: int) -> float:
    y = x
    k = 0
    while k < n:
        k += 1
        y = y * x + k
        if y > 50.0:
            return y * x
        if y > 10.0:
            break
    else:
        return y * y
    return math.log(y) * x


def else_that_continues(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        for j in range(3):
            if x * i + j > 3.5:
                break
            total += x * j
        else:
            if i % 2 == 0:
                continue
            total *= x
        if total > 100.0:
            break
        total += x
    else:
        total = total * total
    return total


def else_without_break(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = y * x
        if y < -1.0:
            return y
    else:
        y = math.sin(y)
    while y > 0.1:
        y = y * 0.5
    else:
        y = y * x
    return y


def starred(x: float, y: float) -> float:
    a, *b, c = x, y, x * y, x + y
    (d, *e), f = (a, c, b[0]), b[1]
    *g, h = several(x, y)
    i, *j = e
    return a * b[0] + b[1] * c + d * e[0] + e[1] * f + g[0] * g[1] * h + i * j[0] + len(g)


def several(x: float, y: float):
    return x * y, x - y, math.sin(x)


def nested_targets(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for k, ((a, b), c) in enumerate(zip(zip(u, v), reversed(v))):
        (d, e), f = (a * b, c), k
        total += d * e + f * a
    for i, w in zip(range(1, 4), u):
        total += i * w * total
    return total


def stepped(u: Float[np.ndarray, "n"], k: int) -> float:
    total, n = 0.0, len(u)
    for i, j in zip(range(n), range(n - 1, -1, -1)):
        total += u[i] * u[j] ** 2 * i
    for j, i in enumerate(range(1, n, 3)):
        total = total * u[i] + j
    for i, w in zip(range(n - 1, 0, -2), u):
        total += u[i] * w * i
    for i, j in zip(reversed(range(k, n, 2)), range(-k, n)):
        total += u[i] * u[j] * total
    return total


def divided(x: float, y: float, u: Float[np.ndarray, "n"]) -> float:
    q, r = divmod(7, len(u))
    a, b = divmod(x, y)
    return a * x + b * u[r] * q + np.sum(divmod(u, y)[1]) * y + np.divmod(x, 2.0)[1]


def backwards(x: float, n: int) -> float:
    y = x
    for i in reversed(range(n)):
        y = y * math.sin(x + i)
    for i in reversed(range(1, n, 2)):
        y += y * x * i
    for i in reversed(range(n, 0, -1)):
        y = y + x / (i + y * y)
    for i in reversed(range(n, 0, -3)):
        y = y * x + i
    for i in reversed(range(0)):
        y = 0.0
    return y


def over_constants(x: float, u: Float[np.ndarray, "n"]) -> float:
    total = x
    for w in (0.5, 0.25, 1.5):
        if total > 9.0:
            break
        total = total * w + x
    for k, c in ((0, 0.1), (2, 0.2), (1, 0.3)):
        u[k] = u[k] * c * total
    for w in WEIGHTS:
        total += w * u[0] * total
    nodes = (-1.0, 1.0)
    for k, s in enumerate(nodes):
        total += math.sin(s * x) * u[k]
    return total * u.sum()


WEIGHTS = (0.3, 0.6)


def over_expressions(x: float, y: float, u: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for axis, c in ((0, x), (1, y), (2, x * y)):
        total += c * u[axis]
        u[axis] = total
    for a in (x, u, y):
        total += np.sum(a * a)
    for a, b in zip((x, y), (u[0], total)):
        total = total * a + b
        x = 3.0 * y
    pair = (x, total)
    for p in pair:
        total += p * p
    for q in several(x, y):
        total *= q
    else:
        total += x
    for k, r in enumerate((x, y), 1):
        total += k * r
    return total


def over_expressions_with_jumps(x: float, y: float, n: int) -> float:
    total = 0.1
    for k in range(n):
        for a, b in ((x, 1), (y, 2), (x * y, 3)):
            if a > 0.7:
                continue
            total += a * b * total
            if total > 2.0:
                break
        else:
            total *= x
    for c in (x, y):
        if c * total > 1.5:
            return c * total
    return total


def over_arrays(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    for w in (u, v, u):
        w[0] = w[1] * w[2]
        w[1:] *= u[0]
    return np.sum(u * v)


def membership(x: float, n: int, mode: str) -> float:
    y = x
    for k in range(n):
        if k in (1, 3) or mode not in ("plain", "other"):
            y = y * x
        elif k not in [0, 2] and "la" in mode:
            y = y + math.sin(y)
        ok = k > 2
        if ok is True and mode is not None:
            y *= 0.5
        if mode[0] == "p" and mode + "s" == "plains":
            y *= 1.5
    assert mode in ("plain", "other"), "the mode " f"{mode} is " "not known"
    assert y == y, "y = %g" % y
    return y


def bits(u: Float[np.ndarray, "n"], x: float, k: int) -> float:
    mask = (u > -0.5) & (u < x) | (u > 1.0)
    flags = k & 3 | 4 ^ 1
    mask &= ~(u == 0.0)
    u[mask] *= x
    u[~mask] += x
    if (k > 1) ^ (x > 0.5):
        x = x * flags
    n = (k << 2) >> 1
    n |= 1
    return np.sum(np.where(np.logical_xor(u > 0.1, u > 0.4), u * x, u)) * n + u[~k]


def quiet(u: Float[np.ndarray, "n"], x: float, n: int) -> float:
    total = 0.0
    # no warnings
    with np.errstate(divide="ignore", invalid="ignore"):
        v = np.where(u > 0.0, u / x, np.sqrt(np.abs(u)))
        for i in range(n):
            u[i] = u[i] * v[i]
            with np.errstate(over="ignore"):
                total += u[i] * np.exp(v[i])
        if total > 100.0:
            return total * x
    total *= x
    if total > 0.0:
        with np.errstate(all="warn"):
            total = total / x + u[0]
    return total


def guarded(u: Float[np.ndarray, "n"], x: float, n: int) -> float:
    total = x
    # what fails is told
    try:
        total += math.sqrt(x) * float("1.5")
        for i in range(n):
            u[i] *= total
            with np.errstate(all="ignore"):
                total = total * x / (i - 2.5)
            if total > 100.0:
                return total * u[0]
    except (ValueError, ZeroDivisionError) as error:
        print("no root")
        raise ArithmeticError(f"root: {error}") from error
    else:
        total *= u[1]
    if total > 0.0:
        try:
            total = 1.0 / total
        except ZeroDivisionError:
            raise
    return total * x + u.sum()


def extremes(x: float, y: float) -> float:
    a = max(x, y, x * y, 0.1)
    b = min((x, y, a * a))
    t = several(x, y)
    return a * b * min(t) + max(t) * sum(t) + sum((x, y, x * y)) * max(0, 1, 2) + sum(())


def matching(x: float, k: int, mode: str) -> float:
    y = x
    other = 5
    for i in range(k):
        # by the index
        match i % 4:
            case 0:
                y = y * x
            case 1 | 2 if y > 0.5:  # large
                y = math.sin(y)
            case 2 as other:
                y += other * x
            case -3 | 3.0:
                continue
            case other:
                y -= 0.1 * other * y
    match mode:
        case "square":
            return y * y * other
        case "none" | "off":
            y = 2.0 * y
        case _ if y > 3.0:
            return y
    match y > 1.0:
        case True:
            y = y / 3.0
        case False:
            y = y * x
    return y + other
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("bound_on_one_path", (0,), (np.array([0.3, 0.5]), 0)),
    ("bound_on_one_path", (0,), (np.array([0.3, 0.5]), 1)),
    ("bound_on_one_path", (0,), (np.array([0.3, 0.5]), 3)),
    ("on_one_line", (0,), (0.9, 6)),
    ("on_one_line", (0,), (-0.9, 2)),
    ("walrus_in_a_condition", (0, 1), (0.9, 0.8)),
    ("walrus_in_a_condition", (0, 1), (0.5, 0.8)),
    ("walrus_in_a_condition", (0, 1), (-0.1, 0.02)),
    ("walrus_in_a_test", (0,), (0.9, 6)),
    ("walrus_in_a_test", (0,), (1.3, 6)),
    ("walrus_in_a_test", (0,), (1.3, 1)),
    ("walrus_in_arguments", (0, 1), (0.9, 0.8)),
    ("walrus_in_arguments", (0, 1), (0.9, -0.8)),
    ("walrus_in_a_lambda", (0, 1), (0.9, 0.8)),
    ("deleted", (0,), (0.9, 4)),
    ("else_of_a_loop", (0,), (0.9, 3)),
    ("else_of_a_loop", (0,), (0.9, 9)),
    ("else_of_a_loop", (0,), (0.9, 0)),
    ("else_that_returns", (0,), (0.9, 3)),
    ("else_that_returns", (0,), (0.9, 9)),
    ("else_that_returns", (0,), (60.0, 9)),
    ("else_that_continues", (0,), (0.9, 3)),
    ("else_that_continues", (0,), (0.9, 7)),
    ("else_that_continues", (0,), (9.0, 7)),
    ("else_without_break", (0,), (0.9, 7)),
    ("else_without_break", (0,), (-1.2, 7)),
    ("starred", (0, 1), (0.9, 0.7)),
    ("nested_targets", (0, 1), (_r(4), _r(2, 4)[1])),
    ("stepped", (0,), (_r(5), 1)),
    ("stepped", (0,), (_r(4), 3)),
    ("stepped", (0,), (_r(1), 0)),
    ("stepped", (0,), (_r(0), 0)),
    ("divided", (0, 1, 2), (3.7, 1.3, _r(4))),
    ("divided", (0, 1, 2), (-3.7, 1.3, _r(3))),
    ("backwards", (0,), (0.9, 6)),
    ("backwards", (0,), (0.9, 1)),
    ("backwards", (0,), (0.9, 0)),
    ("over_constants", (0, 1), (0.9, _r(4))),
    ("over_constants", (0, 1), (19.0, _r(4))),
    ("over_expressions", (0, 1, 2), (0.9, 0.7, _r(4))),
    ("over_expressions_with_jumps", (0, 1), (0.9, 0.6, 3)),
    ("over_expressions_with_jumps", (0, 1), (0.5, 0.6, 8)),
    ("over_expressions_with_jumps", (0, 1), (2.5, 0.6, 8)),
    ("over_arrays", (0, 1), (_r(4), _r(2, 4)[1])),
    ("membership", (0,), (0.9, 5, "plain")),
    ("membership", (0,), (0.9, 5, "other")),
    ("bits", (0, 1), (_r(6), 0.9, 2)),
    ("bits", (0, 1), (_r(6), 0.2, 1)),
    ("matching", (0,), (0.9, 7, "square")),
    ("matching", (0,), (0.4, 7, "off")),
    ("matching", (0,), (1.9, 7, "what")),
    ("matching", (0,), (0.3, 2, "what")),
    ("quiet", (0, 1), (_r(5), 0.9, 4)),
    ("quiet", (0, 1), (_r(5) * 9.0, 0.9, 4)),
    ("guarded", (0, 1), (_r(5), 0.9, 4)),
    ("guarded", (0, 1), (np.abs(_r(5)), 90.0, 4)),
    ("extremes", (0, 1), (0.9, 0.7)),
    ("extremes", (0, 1), (1.2, -0.7)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_statements(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)


def test_a_handler_raises_in_the_generated_code_too(capsys: pytest.CaptureFixture[str]) -> None:
    (piece,) = differentiate(PROGRAMS, "programs.py", [Request("guarded", (0, 1), "both")])
    module: dict[str, Any] = {"math": math, "np": np}
    exec("from __future__ import annotations\n" + piece.text, module)
    with pytest.raises(ArithmeticError, match="root: math domain error"):
        module["guarded_adjoint"](_r(5), -1.0, 4)
    assert capsys.readouterr().out == "no root\n"
    assert (
        piece.text.count("except (ValueError, ZeroDivisionError) as error:") == 3
    )  # the primal and two forward sweeps
    assert piece.text.count("# what fails is told") == 3
