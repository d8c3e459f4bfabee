"""Writes into arrays that structures hold, and methods that change their object."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = """
from dataclasses import dataclass
import numpy as np


@dataclass
class St:
    h: np.ndarray
    k: float = 2.0
    def kick(self, e):
        self.h[0] += e
        self.k *= 1.5
    def read(self):
        return np.sum(self.h**2) * self.k
    def make(self):
        return St(self.h * 2, self.k)
@dataclass
class Two:
    a: St
    b: St


@dataclass
class Pid:
    kp: float
    integral: float = 0.0
    def step(self, e):
        self.integral += e
        return self.kp * self.integral
    def bump(self, e):
        self.integral = self.integral + e


@dataclass
class Cell:
    w: float
    h: np.ndarray
    log: list
    def __call__(self, x):
        return x
    def step(self, x):
        self.h[1:] += self.w * x
        self.log.append(np.sum(self.h))
        return self.h[0] + self.h[1]


def callee(d, i, x):
    d["h"][i] = x


def ret(x):
    s = St(x.copy())
    s.h[0] = x[1] * x[2]
    return s
"""
FOLLOWED = """
def alias_scalar(x):
    s = St(x.copy())
    t = s
    s.h[0] = x[1]
    t.k = x[2]
    return np.sum(s.h**2) * s.k


def alias_phi2(x, c):
    s = St(x.copy())
    u = St(x * 2)
    t = s if c > 0 else u
    t.h[0] = x[1]
    return np.sum(t.h**2) * t.k


def read_before(x):
    s = St(x.copy())
    a = np.sum(s.h**3)
    s.h[0] = x[1] * x[2]
    b = np.sum(s.h**2)
    s.h[1:] *= s.h[0]
    return a * b * np.sum(s.h)


def method(x):
    s = St(x.copy())
    for i in range(3):
        s.kick(x[1] * i)
    return s.read()


def method2(x):
    s = St(x.copy())
    s.kick(x[1])
    t = s.make()
    t.kick(x[2])
    return s.read() * t.read()


def branch(x):
    s = St(x.copy())
    if x[0] > 0:
        s.h[0] = x[1] * x[1]
    else:
        s.k = x[2]
    return s.read()


def swap(x):
    s = St(x.copy()); t = St(x * x)
    for i in range(3):
        s.h[0] += x[1]
        s, t = t, s
    return s.read() * 2 + t.read()


def shared_h(x):
    h = x.copy()
    s = St(h); t = St(h)
    s.k = x[0]
    s.h[0] = x[1]*x[2]
    return np.sum(s.h**2) * s.k


def rebind(x):
    s = St(x.copy())
    for i in range(3):
        s.h[i] = s.h[i-1] * x[i]
        s = St(s.h * 1.5, s.k)
    return s.read()


def upd(x):
    s = St(x.copy())
    s.h[0] = x[1]
    s.h -= x**2
    return s.read()


def lst(x):
    d = {"xs": [], "n": 0}
    for v in x:
        d["xs"].append(v * v)
        d["n"] += 1
    return sum(d["xs"]) ** 2 * d["n"]


def nested2(x):
    p = Two(St(x.copy()), St(x * x))
    p.a.h[0] = x[1] * x[2]
    p.b.k = x[0]
    p.b.h[1:] += p.a.h[1:]
    return p.a.read() * p.b.read()


def wh(x):
    s = {"u": x.copy(), "t": 0.0}
    while s["t"] < 1.0:
        s["u"][1:] -= 0.1 * s["u"][:-1]
        s["t"] += 0.25
    return np.sum(s["u"]**2)


def early(x):
    s = St(x.copy())
    for i in range(3):
        s.h[i] *= x[0]
        if s.h[i] > 0.3:
            break
        s.h[0] += 1.0
    return s.read()


def filled(x):
    s = St(np.zeros(3))
    s.h[:] = x * x
    s.h[s.h > 0.3] = 0.5 * x[0]
    return s.read()


def fld(x):
    s = St(x.copy())
    s.h[1:] *= 2.0
    return np.sum(s.h**2)


def fld1(x):
    s = St(x.copy())
    s.h[0] = x[1] * x[2]
    s.h[1] = s.h[0] * x[0]
    return np.sum(s.h**2)


def dct(x):
    d = {"h": x.copy()}
    d["h"][0] = x[1] * x[2]
    return np.sum(d["h"]**2)


def loop(x):
    s = St(np.zeros(3))
    for t in range(4):
        for i in range(len(x)):
            s.h[i] += x[i] * t
        s.h[1:] *= 0.5
    return np.sum(s.h**2)


def own(x):
    h = x.copy()
    s = St(h)
    s.h[0] = x[1]*x[2]
    return np.sum(s.h**2)


def clos(x):
    s = {"h": x.copy()}
    callee(s, 0, x[1]*x[2])
    return np.sum(s["h"]**2)


def nest(x):
    d = {"a": {"h": x.copy()}}
    d["a"]["h"][0] = x[1]*x[2]
    return np.sum(d["a"]["h"]**2)


def pid(x):
    p = Pid(x)
    J = 0.0
    for t in range(4):
        J += p.step(1.0 - J)
    return J


def pid2(x):
    p = Pid(x)
    J = 0.0
    for t in range(4):
        p.bump(1.0 - J)
        J = p.integral
    return J


def use(x):
    s = ret(x)
    return s.read()


def use2(x):
    s = ret(x)
    s.h[1] = x[0] * 3
    return s.read()


def use3(x):
    s = ret(x)
    t = ret(x * 2)
    for i in range(3):
        s.h[i] *= t.h[i]
        t.k *= s.k
    return s.read() * t.read()


def cell(w, x):
    c = Cell(w, np.zeros(3), [])
    J = 0.0
    for v in x:
        J = J + c.step(v) ** 2
    return J + sum(c.log)
"""
SEEN = """
def in_list(x):
    s = St(x.copy())
    xs = [s]
    s.h[0] = x[1]
    return np.sum(xs[0].h**2)


def view_before(x):
    s = St(x.copy())
    v = s.h[1:]
    s.h[1] = x[0] * x[2]
    return np.sum(v**2) + s.k


def upd2(x):
    h = x.copy()
    s = St(h)
    s.h[0] = x[1]
    s.h -= x**2
    return s.read() + np.sum(h)


def nested3(x):
    s = St(x.copy())
    p = Two(s, St(x * x))
    p.a.h[0] = x[1] * x[2]
    p.a.k = x[0] * 3
    return s.read() * p.b.read()


def nested4(x):
    s = St(x.copy())
    p = Two(s, s)
    p.a.h[0] = x[1] * x[2]
    return p.b.read()


def newkey(x):
    d = {"h": x.copy()}
    d["g"] = x * 2
    d["g"][0] = x[1]
    d["h"][1] = x[0]
    return np.sum(d["g"] * d["h"])


def alias_phi(x, c):
    s = St(x.copy())
    u = St(x * 2)
    t = s if c > 0 else u
    s.h[0] = x[1]
    s.k = x[0]
    return np.sum(t.h**2) * t.k


def alias_phi3(x, c):
    s = St(x.copy())
    u = St(x * 2)
    t = s if c > 0 else u
    t.h[0] = x[1] * 2
    return np.sum(s.h**2) * t.k


def tmp(x):
    s = St(x.copy())
    h = s.h
    h[0] = x[1]
    return np.sum(s.h**2)


def seen(x):
    h = x.copy()
    s = St(h)
    s.h[0] = x[1]*x[2]
    return np.sum(h**2)


def two(x):
    h = x.copy()
    s = St(h); t = St(h)
    s.h[0] = x[1]*x[2]
    return np.sum(t.h**2)


def of_a_call(x):
    s = ret(x)
    h = s.h
    h[0] = x[1]
    return s.read()
"""
A = np.array([0.5, 0.7, 1.3])
OTHERS = {"alias_phi2": (A, 1), "pid": (0.5,), "pid2": (0.5,), "cell": (0.5, A)}


def _names(source: str) -> list[str]:
    return [line[4:].split("(")[0] for line in source.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", _names(FOLLOWED))
def test_followed(name: str) -> None:
    hold(HEAD + FOLLOWED, name, (0,), OTHERS.get(name, (A,)), annotated=False)


@pytest.mark.parametrize("name", _names(SEEN))
def test_what_another_name_may_see_is_refused(name: str) -> None:
    reason = "another name sees this write|this writes into what a container holds"
    with pytest.raises(RefusedError, match=reason):
        hold(HEAD + SEEN, name, (0,), (A, 1) if "phi" in name else (A,), annotated=False)


def test_the_parts_are_variables() -> None:
    source = "import numpy as np\n\n\ndef f(x: float[:]):\n    d = {'h': x * x}\n    d['h'][1:] *= 2.0\n"
    source += "    return np.sum(d['h'])\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert "    d_h = x * x\n    d_h[1:] *= 2.0\n" in piece.text


CHANGED = """
from dataclasses import dataclass


@dataclass
class Q:
    a: float
    b: float = 2.0

    def move(self, t):
        self.a += t * self.b


def moved(q):
    q.a = 2.0 * q.b


def by_a_method(q: Q) -> float:
    q.move(3.0)
    return q.a**2


def by_a_function(q: Q) -> float:
    moved(q)
    return q.a**2


def under_two_names(q: Q) -> float:
    s = q.a
    q.move(s)
    r = q
    r.move(2.0)
    return q.a * r.a * s
"""


@pytest.mark.parametrize(
    ("name", "bars"),
    [("by_a_method", (15.0, 45.0)), ("by_a_function", (0.0, 16.0)), ("under_two_names", (148.75, 89.25))],
)
def test_an_argument_that_is_changed(name: str, bars: tuple[float, float]) -> None:
    module: dict[str, Any] = {}
    (piece,) = differentiate(CHANGED, "model.py", [Request(name)])
    exec("from dataclasses import dataclass\n" + piece.text, module)
    q = module["Q"](1.5)
    value, q_bar = module[f"{name}_adjoint"](q)
    assert (q_bar.a, q_bar.b) == bars and (q.a, q.b) == (1.5, 2.0)
    assert value == module[name](module["Q"](1.5))
