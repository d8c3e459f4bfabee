"""Programs with containers, each held to differences in both modes; the gradient has the form of its argument."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.ir.types import FLOAT, STR
from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

PROGRAMS = """
import math
import numpy as np


def from_a_dict(params, x):
    layer = params["hidden"]
    h = np.tanh(layer["W"] @ x + layer["b"])
    w, c = params["out"]
    return w @ h + c * params["scale"]


def layers_in_a_list(layers, x):
    for W, b in layers:
        x = np.tanh(W @ x + b)
    return x.sum()


def both_of_a_pair(pair, n):
    a, b = pair
    for i in range(n):
        if i % 2 == 0:
            pair = (b * a, a + i)
        else:
            pair = (pair[1], pair[0] * b)
        a = pair[0] + math.sin(pair[-1])
    return a * pair[0]


def made_and_taken_apart(x, y):
    d = {"a": x * y, "b": (x, [y, x + y])}
    t = d["b"]
    u, (v, w) = t
    e = dict(p=u, q=d["a"])
    return e["p"] * v + w * e["q"] + t[1][0]


def chosen(p, flag):
    q = p if flag > 0 else (p[1], p[0])
    r = {"u": q[0]} if q[0] > 0 else {"u": q[1] * q[1]}
    return r["u"] * q[1]


def selected(x, y):
    where = [x > 2.0, x > y]
    what = (x * y, np.sin(x))
    z = np.select(where, what, default=-x)
    where = [x > 0.0]
    return np.sum(z) + np.sum(np.select(where, [y]))


def helper(state, rate):
    x, v = state
    return {"next": (x + rate * v, v - rate * math.sin(x)), "cost": x * x}


def rolled(state, rate, n):
    cost = 0.0
    for _ in range(n):
        made = helper(state, rate)
        state = made["next"]
        cost += made["cost"]
    return cost + state[0] * state[1]


def a_part_of_a_tuple(t):
    s = t[1:]
    return s[0] * s[-1] + t[0] * s[1]


def sums_of_items(xs, w):
    total = 0.0
    for i in range(len(xs)):
        total += xs[i] * xs[-1] * w[i % 2]
    for k, x in enumerate(xs):
        total = total * 0.9 + k * x
    return total + xs[0]


def matrices(ms, v):
    for m in ms:
        v = m @ v
    return v @ v + ms[0][0, 1] * ms[1][1, 1]


def rows_of_rows(rows):
    total = 0.0
    for row in rows:
        for x in row:
            total += x * x
    return total * rows[1][0]


def dicts_in_a_list(ps, x):
    for p in ps:
        x = math.tanh(p["w"] * x + p["b"][0])
    return x


def written_parts(x, y):
    d = {"a": x, "b": y}
    d["a"] = d["a"] * d["b"]
    d["c"] = math.sin(d["a"])
    e = d
    e["b"] += d["c"] * x
    return d["b"] * d["c"] + e["a"]


def parts_in_a_loop(state, n):
    for i in range(n):
        state["x"] = state["x"] + 0.1 * state["v"]
        state["v"] -= 0.1 * math.sin(state["x"])
        if state["x"] > 0.5:
            state["v"] = state["v"] * 0.9
    return state["x"] * state["v"]


def appended(x, n):
    xs = []
    for i in range(n):
        xs.append(x * (i + 1))
    total = 0.0
    for v in xs:
        total += v * v
    return total + xs[-1]


def reads_while_it_grows(x, n):
    xs = [x, x * x]
    for i in range(n):
        xs.append(math.sin(xs[-1]) * xs[i] + xs[-2])
    return xs[-1] * xs[2]


def stored_in_a_list(x, n):
    xs = [0.0, 1.0, x]
    for i in range(n):
        xs[i % 3] = xs[(i + 1) % 3] * x + 0.1
        xs[2] += x * xs[0]
    return xs[0] * xs[1] + xs[2]


def a_list_of_arrays(u, n):
    us = [u]
    for i in range(n):
        us.append(np.tanh(us[-1]) * (i + 1))
    us[0] = us[1] * us[2]
    s = us[0] + us[-1]
    return s.sum() + us[1] @ us[2]


def pairs_appended(x, n):
    ps = []
    for i in range(n):
        ps.append((x * i, [x, float(i)]))
    total = 0.0
    for a, b in ps:
        total += a * b[0] + b[1] * x
    return total


def sums(xs, us, x):
    ys = [x]
    for v in xs:
        ys.append(v * v)
    w = sum(us)
    a = np.array(ys)
    m = np.array(us)
    zs = xs[1:] + ys
    return sum(ys) * a[1] + (w * m[0]).sum() + sum(zs) * zs[0]


def into_an_argument(xs, x):
    xs[0] = xs[1] * x
    xs.append(xs[0] * xs[-1])
    return xs[-1] + xs[0] * len(xs)


def a_list_a_turn(x, n):
    total = 0.0
    for i in range(n):
        row = []
        for j in range(i):
            row.append(x * j + total)
        for v in row:
            total += 0.1 * math.sin(v)
    return total


def grows_in_a_branch(xs, x):
    ys = []
    for v in xs:
        if v > 0.4:
            ys.append(v * x)
        elif v > 0.2:
            continue
        else:
            ys.append(x)
            ys.append(ys[-1] * v)
    return sum(ys) + ys[0]


def history(x, n):
    xs = [x]
    while len(xs) < n:
        xs.append(xs[-1] * 1.1 + 0.1 * xs[0])
        if xs[-1] > 3.0:
            break
    return xs[-1] * len(xs)
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


PARAMS = {"hidden": {"W": _r(3, 4), "b": _r(3)}, "out": (_r(3), 0.3), "scale": 2.0}
CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("from_a_dict", (0,), (PARAMS, _r(4))),
    ("from_a_dict", (0, 1), (PARAMS, _r(4))),
    ("layers_in_a_list", (0, 1), ([(_r(3, 4), _r(3)), (_r(2, 3), _r(2))], _r(4))),
    ("layers_in_a_list", (0,), ([(_r(1, 1), _r(1))] * 2, _r(1))),
    ("both_of_a_pair", (0,), ((0.4, 0.7), 5)),
    ("both_of_a_pair", (0,), ((0.4, 0.7), 0)),
    ("made_and_taken_apart", (0, 1), (0.4, 0.7)),
    ("chosen", (0,), ((0.4, 0.7), 1.0)),
    ("selected", (0, 1), (np.array([2.5, 0.3, -0.7, 1.4]), np.array([0.4, 0.9, -0.2, 1.1]))),
    ("chosen", (0,), ((0.4, -0.7), -1.0)),
    ("rolled", (0, 1), ((0.4, 0.7), 0.2, 4)),
    ("rolled", (1,), ((0.4, 0.7), 0.2, 3)),
    ("a_part_of_a_tuple", (0,), ((0.4, 0.7, 1.3, 0.2),)),
    ("sums_of_items", (0, 1), ([0.3, 0.5, 0.7], _r(2))),
    ("matrices", (0, 1), ([_r(2, 2), _r(2, 2)], _r(2))),
    ("rows_of_rows", (0,), ([[0.3, 0.5], [0.7]],)),
    ("dicts_in_a_list", (0, 1), ([{"w": 0.4, "b": (0.1, 2)}, {"w": 0.5, "b": (0.2, 3)}], 0.3)),
    ("written_parts", (0, 1), (0.4, 0.7)),
    ("parts_in_a_loop", (0,), ({"x": 0.4, "v": 0.7}, 5)),
    ("appended", (0,), (0.4, 4)),
    ("reads_while_it_grows", (0,), (0.4, 4)),
    ("stored_in_a_list", (0,), (0.4, 7)),
    ("a_list_of_arrays", (0,), (_r(3), 3)),
    ("pairs_appended", (0,), (0.4, 3)),
    ("sums", (0, 1, 2), ([0.3, 0.5], [_r(3), _r(3)], 0.4)),
    ("into_an_argument", (0, 1), ([0.3, 0.5], 0.4)),
    ("a_list_a_turn", (0,), (0.4, 4)),
    ("grows_in_a_branch", (0, 1), ([0.3, 0.5, 0.1], 0.4)),
    ("history", (0,), (0.4, 9)),
    ("history", (0,), (1.4, 9)),
]


REPEATED = """
import math
import numpy as np


def preallocated(x, n):
    xs = [0.0] * n
    for k in range(n):
        xs[k] = math.sin(x * k)
    return sum(xs) * xs[n // 2]


def one_value_often(x, w, n):
    xs, ws = [x * x] * n, 2 * [w]
    return sum(xs) * sum(e @ e for e in ws) + len((x,) * 3)


def extended_in_place(x, ys):
    zs = [x]
    alias = zs
    zs += [x * x, x]
    zs += ys
    x = x * sum(alias)
    for y in ys:
        zs += [y * z for z in (x, y)]
    return sum(zs) * zs[1] * zs[-1]


def unpacked_into_others(x, ys):
    zs = [x, *ys, *[x * y for y in ys]]
    a, b, *c = (x, *(x * x, 0.5))
    return sum(zs) * zs[1] + a * b * c[0] + sum([*ys])


def sums_from_a_start(x, ys):
    return sum(ys, x) * sum((x, x * x), x) + sum((y * y for y in ys), x * x) + sum(ys, start=x)
"""
REPEATED_CASES: dict[str, tuple[tuple[Any, ...], tuple[int, ...]]] = {
    "preallocated": ((0.8, 5), (0,)),
    "one_value_often": ((0.8, np.array([0.3, 0.9]), 3), (0, 1)),
    "unpacked_into_others": ((0.7, [0.2, 1.4]), (0, 1)),
    "extended_in_place": ((0.7, [0.2, 1.4]), (0, 1)),
    "sums_from_a_start": ((0.7, [0.2, 1.4, -0.3]), (0, 1)),
}


SHARED = """
import numpy as np


def items_of_another(u, x):
    hs = [u * x, u + x]
    states = [h for h in hs]
    states[0] = np.sin(u)
    return hs[0][0] + states[0][1] + states[1][0]


def a_list_of_a_list(u, x):
    hs = [u * x, u + x]
    q = list(hs)
    q[0] = np.sin(u)
    q.append(u)
    r = [*hs, u]
    r[1] = q[1] * x
    return hs[0][0] + q[0][1] + q[1][0] + r[1] @ r[2]


def pairs_of_items(u, x):
    ps = [u * x, u + x]
    qs = [(p, np.sum(p)) for p in ps]
    ps[0] = u
    ps.append(u)
    qs.append((u, x))
    return qs[0][1] + ps[0][0] + qs[1][0][1]


def copies_and_slices(u, x):
    hs = [u * x, u + x]
    q, r = hs[:], hs.copy()
    q[0] = np.sin(u)
    r[0] = np.cos(u)
    return hs[0][0] + q[0][1] + r[0][0]


def rows_of_lists(u, x):
    hs = [[x, x * u[0]], [x, 2.0]]
    row = hs[0]
    hs[0] = [3.0, x]
    hs.append(row)
    return hs[0][1] + row[1] + hs[2][0]
"""


@pytest.mark.parametrize(
    "name", ["items_of_another", "a_list_of_a_list", "pairs_of_items", "copies_and_slices", "rows_of_lists"]
)
def test_lists_that_hold_the_same(name: str) -> None:
    hold(SHARED, name, (0, 1), (np.array([0.3, 0.5]), 0.7), annotated=False)


@pytest.mark.parametrize("made", ["ws.copy()", "ws[:]", "[w for w in ws]", "ws + [u]", "[ws[0]] * 2", "(ws[0], x)"])
def test_an_item_of_two_lists_is_written(made: str) -> None:
    lines = ["w = u.copy()", "ws = [w]", f"ys = {made}", "w[0] = x", "return ys[0][0]"]
    text = "\n    ".join(["def f(u: float[:], x: float):", *lines])
    with pytest.raises(RefusedError, match="another name sees this write"):
        differentiate("import numpy as np\n" + text, "model.py", [Request("f", (0, 1))])


@pytest.mark.parametrize("name", REPEATED_CASES)
def test_repeated(name: str) -> None:
    args, wrt = REPEATED_CASES[name]
    hold(REPEATED, name, wrt, args, annotated=False)


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args, annotated=False)


STACKS = """
import math
import numpy as np


def popped(x, n):
    stack = []
    for i in range(n):
        stack.append(x * i)
    total = 0.0
    while len(stack) > 1:
        top = stack.pop()
        total += top * stack[-1]
    return total * stack.pop()


def pushed_again(x, n):
    stack = [x]
    for i in range(n):
        top = stack.pop()
        stack.append(math.sin(top))
        stack.append(top * x)
        if i % 2 == 0:
            stack.pop()
    return stack[0] * len(stack) + sum(stack)


def arrays_on_a_tape(x, n):
    tape = []
    for i in range(n):
        tape.append(x)
        x = np.sin(x) * x
    bar = 1.0
    for i in range(n):
        y = tape.pop()
        bar = bar * (np.cos(y) * y + np.sin(y))
    return np.sum(bar * x)


def pairs_on_a_tape(x, y, n):
    tape = []
    for i in range(n):
        tape.append((x, y))
        x, y = x * y, x + math.sin(y)
    total = 0.0
    while tape:
        a, b = tape.pop()
        total = total * 0.5 + a * b
    return total


def extended(x, ys):
    xs = [x]
    xs.extend([x * y for y in ys])
    xs.extend(ys)
    return xs[1] * xs[-1] * sum(xs)
"""
STACK_CASES: dict[str, tuple[tuple[Any, ...], tuple[int, ...]]] = {
    "popped": ((0.8, 4), (0,)),
    "pushed_again": ((0.8, 5), (0,)),
    "arrays_on_a_tape": ((np.array([0.3, 0.9]), 3), (0,)),
    "pairs_on_a_tape": ((0.4, 0.9, 3), (0, 1)),
    "extended": ((0.7, [0.2, 1.4]), (0, 1)),
}


@pytest.mark.parametrize("name", STACK_CASES)
def test_stacks(name: str) -> None:
    args, wrt = STACK_CASES[name]
    hold(STACKS, name, wrt, args, annotated=False)


JOINED = """
from collections import namedtuple
from dataclasses import dataclass

Point = namedtuple("Point", "x y")


@dataclass
class Mark:
    x: float
    y: float


def area(points, k):
    total = 0.0
    for p, q in zip(points, points[1:] + points[:1]):
        total += (p.x * q.y - q.x * p.y) * k
    return total
"""


@pytest.mark.parametrize("name", ["Point", "Mark"])
def test_lists_of_objects_that_are_joined(name: str) -> None:
    """The adjoint of what is joined has no other list to take the class of its items from."""
    made: dict[str, Any] = {"__name__": __name__}
    exec(JOINED, made)
    points = [made[name](0.1, 0.2), made[name](1.0, -0.3), made[name](0.4, 0.9)]
    hold(JOINED, "area", (0, 1), (points, 0.7), annotated=False)


BY_KEY = """
SIGNS = dict(call=1.0, put=-1.0)
NESTED = {"call": {"x": 1.0, "y": 2.0}, "put": {"x": 3.0, "y": -1.0}}


def of_a_constant(x, kind):
    return x * SIGNS[kind] + x**2 * {"put": 0.5, "call": 2.0}[kind] + NESTED[kind]["x"] * x


def of_its_own(x, kind):
    d = {"call": x, "put": x * x, "other": 2.0}
    return d[kind] * 3.0 + d["put"] if kind in d else x


def of_an_argument(d, kind):
    total = 0.0
    for name in ("call", kind, "put"):
        total += d[name] ** 2
    return total * d[kind]
"""


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("name", ["of_a_constant", "of_its_own", "of_an_argument"])
def test_a_key_that_is_known_as_the_code_runs(name: str, kind: str) -> None:
    x = {"call": 0.4, "put": 1.7} if name == "of_an_argument" else 0.7
    hold(BY_KEY, name, (0,), (x, kind), annotated=False)


def test_a_key_that_is_not_there() -> None:
    made: dict[str, Any] = {}
    (piece,) = differentiate(BY_KEY, "model.py", [Request("of_a_constant", types=(FLOAT, STR))])
    exec('SIGNS = dict(call=1.0, put=-1.0)\nNESTED = {"call": {"x": 1.0, "y": 2.0}}\n' + piece.text, made)
    with pytest.raises(KeyError, match="straddle"):
        made["of_a_constant_adjoint"](1.0, "straddle")


def test_items_of_several_kinds_by_a_key_that_is_not_known() -> None:
    text = "def f(x: float, k: str):\n    d = {'a': x, 'b': (x, x)}\n    return ‹d[k]› * 2.0\n"
    assert refused(text).reason == "the key of a dict must be a constant, where its items differ in kind"
    text = "def f(d: D, k: str):\n    return np.sum(‹d[k]›)\n"
    head = "import numpy as np\nfrom typing import TypedDict\n\n\n"
    head += "class D(TypedDict):\n    a: float[:]\n    b: float[:]\n\n\n"
    assert refused(head + text).help == "choose it with `if`"
