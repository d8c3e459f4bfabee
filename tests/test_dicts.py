"""Dicts whose keys are integers, tuples, or told by a loop, and what changes them: held to differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.analysis.containers import holds
from sct.arguments import ArgumentError
from sct.ir.nodes import Op
from sct.ir.types import FLOAT, Form, Type
from sct.pipeline import Request, differentiate
from sct.rules.table import Unsupported
from tests.programs import hold
from tests.refused import refused

HEAD = """
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Store:
    scale: float
    parts: dict = field(default_factory=dict)


NODES = {2: (0.5773502691896257, 1.0), 3: (0.7745966692414834, 0.5555555555555556)}
PAIRS = {(0, 1): 2.0, (1, 2): 3.0}


"""
X = np.array([0.7, -0.2, 0.5])
W = np.array([[0.3, -0.2, 0.9], [1.1, 0.4, -0.5], [0.2, 0.8, 0.1]])
PROGRAMS: dict[str, tuple[str, Any, Any]] = {
    "constants of the module, by a key that is known and one that is not": (
        """
    p, w = NODES[3]
    q, v = NODES[n]
    return w * x**2 * p + v * x * q
""",
        0.7,
        2,
    ),
    "a dict of each instance's own": (
        """
    a, b = Store(x), Store(x * x)
    a.parts["p"] = b.scale * x
    b.parts["q"] = x**3
    return sum(a.parts.values()) * a.scale + sum(b.parts.values()) * len(a.parts)
""",
        0.7,
        0,
    ),
    "tuples of integers": (
        """
    s = 0.0
    for (i, j), v in PAIRS.items():
        s += x[i] * x[j] * v
    d = {(0, 1): x[0], (1, 0): x[1]}
    d[0, 1] = d[(0, 1)] * 2.0
    d[1, 0] += x[2]
    return s + d[0, 1] * d[1, 0] ** 2
""",
        X,
        0,
    ),
    "an argument": (
        """
    s = 0.0
    for k in range(n):
        s += x[k] ** 2 * (k + 1)
    for k, v in x.items():
        s += k * v
    return s * x[0] + len(x) * max(x.values()) + sum(x.keys()) + max(*x.values()) * x.get(1, 2.0) + x.get(7, 3.0)
""",
        {0: 0.7, 1: 0.3, np.int64(2): 0.9},
        3,
    ),
    "a graph": (
        """
    h = np.zeros(len(x))
    for i, neighbours in n.items():
        for j in neighbours:
            h[i] += np.tanh(x[j]) * x[i]
    return np.sum(h**2)
""",
        X,
        {0: [1, 2], 1: [0], 2: [1]},
    ),
    "keys that are put, of several kinds": (
        """
    d = {1: x, "1": x * x, -1: x**3}
    d[1] += 2.0 * x
    d[5] = d[-1] * x
    d.update({2: x * x}, three=x**3)
    e = {**d, 1: d[1] * d[2]}
    return sum(v * (k + 1) for k, v in enumerate(e.values())) * (x if 5 in e else 1.0) + len(e)
""",
        0.7,
        0,
    ),
    "comprehensions in a loop": (
        """
    c = {s: x[k] for k, s in enumerate(("A", "B", "C"))}
    for _ in range(n):
        rates = {s: c[s] ** 2 for s in c if s != "B"}
        c = {s: c[s] - 0.1 * rates.get("A", 0.0) for s in c}
        c["C"] = c["C"] + rates["C"]
    return c["A"] * c["B"] + c["C"]
""",
        X,
        3,
    ),
    "layers": (
        """
    layers = {k: {"W": W * (k + 1.0), "b": x} for k in range(2)}
    h = x
    for k in range(len(layers)):
        h = np.tanh(layers[k]["W"] @ h + layers[k]["b"])
    for k, p in layers.items():
        h = np.tanh(p["W"] @ h) * k
    return np.sum(h)
""".replace("W *", f"np.array({W.tolist()}) *"),
        X,
        0,
    ),
    "joined": (
        """
    d = {"a": x} | {"b": x * x, "a": 3.0 * x}
    e, s = d, sum(d.values()) * d["a"]
    d |= {"b": x**3}
    d |= {"c": x, "a": 2.0 * x}
    nested = {"p": {"a": x}}
    nested["p"] |= {"b": x * x}
    every = d | nested["p"] | {"z": 1.0}
    return s + sum(e.values()) * len(d) + d["a"] + sum(nested["p"].values()) * sum(every.values())
""",
        0.7,
        0,
    ),
    "pairs": (
        """
    names = ["a", "b", "c"]
    d, e = dict(zip(names, x)), dict(zip(("a", "b"), [x[0] * x[1], 2.0], strict=True))
    f, g = dict(enumerate([x[0], x[2] ** 2])), dict((name, x[k] ** 2) for k, name in enumerate(names))
    h = dict([("p", x[0]), ("q", x[1])])
    return d["a"] * d["c"] + e["a"] * e["b"] + f[0] * f[1] + g["b"] * h["p"] * h["q"]
""",
        X,
        0,
    ),
    "the last of equal keys": (
        """
    d = dict(zip(["a", "b", "a"], [x, 2.0 * x, 3.0 * x * x]))
    return d["a"] * d["b"] + 5.0 * sum(d.values())
""",
        0.7,
        0,
    ),
    "all items, behind an update": (
        """
    d = {"a": x}
    d.update({"b": x * x})
    s = sum(d.values()) + len(d)
    for k, v in d.items():
        s = s + v * v
    e = {"c": 2.0 * x}
    e.update(d, z=x**3)
    d.update(e)
    f = dict(d, y=1.0)
    return s + sum(f.values()) * f["z"]
""",
        0.7,
        0,
    ),
}


@pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(case: tuple[str, Any, Any]) -> None:
    body, x, n = case
    hold(f"{HEAD}def f(x, n):{body}", "f", (0,), (x, n), annotated=False)


def test_a_dict_has_the_keys_of_the_shorter_one() -> None:
    """What is longer than the names is left alone; what is shorter raises, as a key of it would not be there."""

    def f(x: Any) -> Any:
        d = dict(zip(("a", "b"), x, strict=False))
        return d["a"] * len(d)

    np.testing.assert_array_equal(sct.grad(f)(np.ones(3)), [2.0, 0.0, 0.0])
    with pytest.raises(IndexError):
        sct.grad(f)(np.ones(1))


def test_a_result() -> None:
    def f(x: float) -> Any:
        return {1: x, (2, "b"): [x, x * x]}

    value, pullback = sct.vjp(f, 3.0)
    assert value == {1: 3.0, (2, "b"): [3.0, 9.0]}
    assert pullback({1: 1.0, (2, "b"): [10.0, 100.0]}) == 611.0


@pytest.mark.parametrize("key", [True, 1.5, None, (1, 2.5)])
def test_other_keys_of_an_argument(key: Any) -> None:
    def f(d: Any) -> Any:
        return 2.0

    with pytest.raises(ArgumentError, match="a dict whose keys are not all strings, integers or tuples of these"):
        sct.grad(f)({key: 1.0})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "    d = {‹True›: x}\n    return x",
            "the keys of a dict must be constants: strings, integers, or tuples of these",
        ),
        (
            "    d = {0: x}\n    es = [d]\n    ‹d |= {1: x}›\n    return es[0][0]",
            "another name sees this write, through a view or an alias",
        ),
        ("    d = {0: x, 1: x * x}\n    ‹d[n]› = 5.0\n    return d[0]", "the key of this write is not known"),
        (
            "    d = {(0, 1): x}\n    return ‹d[0, n]›",
            "it is not known which key this is",
        ),
        (
            "    d = {k: x for k in range(3) if ‹x > 0.0›}\n    return d[0]",
            "it is not known which keys this leaves out",
        ),
        ("    d = {1: x}\n    return ‹d[2]›", "there is no key 2 here"),
        ("    g = lambda **t: t['a']\n    return g(‹**{1: x}›)", "the keys of this dict are no names of parameters"),
        ("    d = ‹{0: math.sin, 1: math.cos}›\n    return d[0](x)", "the keys of a dict of functions must be strings"),
        ("    d = ‹{k: x for k in range(n)}›\n    return d[0]", "the keys of this dict are not known"),
        ("    d = {0: [x]}\n    ‹d[0].append(x)›\n    return d[0][1]", "this writes into what a container holds"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    assert refused(f"import math\n\n\ndef f(x: float, n: int):\n{body}\n").reason == reason


PUT = """
from dataclasses import dataclass, field


@dataclass
class Store:
    scale: float
    parts: dict = field(default_factory=dict)
    order: tuple = ()

    def put(self, key, value):
        self.parts[key] = value
        self.order = (*self.order, value)


def put(d, value):
    d["b"] = value


def by_a_method(x):
    s = Store(x)
    for k in ("a", "b"):
        s.put(k, x * len(s.parts))
    s.put("c", x**3)
    return sum(s.parts.values()) * len(s.order) + sum(s.order) * s.parts["c"]


def by_a_function(x):
    d = {"a": x}
    put(d, x * x)
    return sum(d.values()) * len(d) + d["b"]
"""


@pytest.mark.parametrize("name", ["by_a_method", "by_a_function"])
def test_a_key_that_a_function_puts(name: str) -> None:
    """All items were gone through without what was put there, silently."""
    hold(PUT, name, (0,), (0.7,), annotated=False)


@pytest.mark.parametrize("told", [{"keys": ("a",)}, {"count": 3}])
def test_what_a_dict_was_lowered_with_is_held_to(told: dict[str, Any]) -> None:
    of = Type("tuple", items=(FLOAT, FLOAT), form=Form("dict", ("a", "b")))
    assert holds(Op("holds", [], [], {"keys": ("a", "b"), "count": 2}), (of,)).kind == "undef"
    with pytest.raises(Unsupported, match="what this holds is changed before"):
        holds(Op("holds", [], [], told), (of,))


KEYS = """
def f(p):
    y = p["w"] ** 2
    if "b" in p:
        y += p["b"]
    else:
        y = y * 3.0
    if "c" not in p and not ("d" in p and p["d"] > 0.0):
        y = y * p["w"]
    return y * (p["d"] if "d" in p and p["d"] > 0.0 else 2.0)


def grown(x):
    d = {}
    for k in ("a", "b", "a"):
        if k not in d:
            d[k] = x
        else:
            d[k] = d[k] * x
    return d["a"] * d["b"]


def of_a_range(x):
    d = {0: x, 2: x * x}
    return sum(d[k] for k in range(3) if k in d)
"""


@pytest.mark.parametrize("p", [{"w": 0.5}, {"w": 0.5, "b": 0.7}, {"w": 0.5, "c": 1.0}, {"w": 0.3, "d": 0.9}])
def test_a_key_that_may_be_there(p: dict[str, float]) -> None:
    hold(KEYS, "f", (0,), (p,), annotated=False)


@pytest.mark.parametrize("name", ["grown", "of_a_range"])
def test_a_key_that_was_put(name: str) -> None:
    hold(KEYS, name, (0,), (0.7,), annotated=False)


def test_a_key_that_is_annotated_may_be_lacking() -> None:
    source = """
from typing import TypedDict


class Parts(TypedDict, total=False):
    w: float
    b: float


def f(p: Parts) -> float:
    y = p["w"] ** 2
    if "b" in p:
        y += p["b"] * p["w"]
    return y
"""
    module: dict[str, Any] = {}
    (piece,) = differentiate(source, "model.py", [Request("f")])
    exec(source + piece.text, module)
    assert module["f_adjoint"]({"w": 3.0, "b": 2.0}) == (15.0, {"w": 8.0, "b": 3.0})
    value, bar = module["f_adjoint"]({"w": 3.0})
    assert (value, bar["w"]) == (9.0, 6.0)
