"""Structures of the caller's whose arrays are written into: the function writes into copies."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import sct
from sct import cli
from sct.arguments import ArgumentError
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass
class Grid:
    h: np.ndarray
    u: np.ndarray
    dx: float


class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


@dataclass
class World:
    grid: Grid
    scale: float
    history: list


def advance(g, dt):
    g.h[1:] += dt * g.u[1:] / g.dx
    g.dx *= 1.5


def parts(g: Grid, dt: float) -> float:
    for k in range(3):
        g.h += dt * g.u
        g.u[0] -= dt * g.h[0]
        g.dx += dt
    return np.sum(g.h**2) + g.dx


def by_a_function(g: Grid, dt: float) -> float:
    for k in range(3):
        advance(g, dt)
    return np.sum(g.h**2 * g.u) + g.dx


def nested(w: World, dt: float) -> float:
    for k in range(2):
        w.grid.h[0] = w.grid.h[0] * dt + w.scale
        w.grid.u *= dt
        w.history.append(w.grid.h[0])
        w.scale *= 1.5
    return np.sum(w.grid.h * w.grid.u) + sum(w.history)


def named_tuple(p: Pair, dt: float) -> float:
    p.a[0] = dt
    p.b[:] = p.a * p.b
    return np.sum(p.b**2) + p.a[0]


def of_a_dict(p: dict, dt: float) -> float:
    for k in range(2):
        p["x"] = p["x"] + dt * p["v"]
        p["v"][0] -= dt * p["x"][0]
    return np.sum(p["x"] ** 2)


def in_a_branch(g: Grid, dt: float) -> float:
    if g.dx > 0.1:
        g.h[0] += dt
    else:
        g.u[0] += dt
    return np.sum(g.h * g.u)


def two(a: Grid, b: Grid, dt: float) -> float:
    a.h[:] = b.h * dt
    b.u[0] = a.h[0]
    a, b = b, a
    return np.sum(a.u * b.h)


def changed(p: Grid, q: Grid, dt: float) -> float:
    p.dx = p.dx * dt
    return q.dx * p.dx


def keys(p: dict, q: dict, dt: float) -> float:
    p["x"] = p["x"] * dt
    return q["x"] * p["x"]
"""
MODULE: dict[str, Any] = {}
exec(SOURCE, MODULE)
x = np.array([0.3, 0.5, 0.7])


def grid() -> Any:
    return MODULE["Grid"](x.copy(), 2 * x, 0.2)


PROGRAMS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("parts", "by_a_function", "in_a_branch"), (grid(), 0.1)),
    "nested": (MODULE["World"](grid(), 1.3, [0.5]), 0.3),
    "named_tuple": (MODULE["Pair"](x, 2 * x), 0.3),
    "of_a_dict": ({"x": x, "v": 2 * x}, 0.1),
    "two": (grid(), grid(), 0.3),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives_and_what_the_caller_has_is_left_alone(name: str) -> None:
    args = PROGRAMS[name]
    hold(SOURCE, name, tuple(range(len(args))), args, annotated=False)


def test_what_is_only_read_is_not_copied() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("by_a_function", (0,))])
    adjoint = piece.text[piece.text.index("def by_a_function_adjoint") :]
    assert "g_h = g.h.copy()  # the caller's array is left alone" in adjoint
    assert "g.u.copy()" not in adjoint


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    name = "own_" + "".join(c if c.isalnum() else "_" for c in request.node.name)
    path = tmp_path / f"{name}.py"
    path.write_text(SOURCE)
    if request.param == "built":
        monkeypatch.setattr(sys, "argv", ["sct", "build", str(path), "-f", "changed", "-f", "two", "--wrt", "dt"])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert not stopped.value.code
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module(name)


@pytest.mark.parametrize("module", ["built", "generated"], indirect=True)
def test_one_object_for_two_arguments_is_refused(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    g = module.Grid(x.copy(), 2 * x, 0.2)
    other = module.Grid(x.copy(), g.u, 0.2)
    with pytest.raises(ArgumentError, match="the arguments p and q hold one Grid, and changed writes into an argument"):
        sct.grad(module.changed, wrt="dt")(g, g, 0.3)
    with pytest.raises(ArgumentError, match="the arguments a and b share memory, and two writes into an argument"):
        sct.grad(module.two, wrt="dt")(g, other, 0.3)
    assert sct.grad(module.changed, wrt="dt")(g, other, 0.3) == 0.2 * 0.2  # an array that both show is only read
    d = {"x": 2.0}
    with pytest.raises(ArgumentError, match="hold one dict"):
        sct.grad(module.keys, wrt="dt")(d, d, 3.0)


def test_a_namespace_is_an_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what gradients of objects are: a second derivative takes one."""
    text = (
        "import numpy as np\n\n\ndef f(p, x):\n"
        "    return p.gain**2 * np.sum(p.layers[1].w * x) + p.layers[0].w[0] ** 3\n"
    )
    (tmp_path / "model_of_namespaces.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    f = importlib.import_module("model_of_namespaces").f
    x = np.array([0.5, 2.0])
    layers = [SimpleNamespace(w=np.array([3.0, 1.0])), SimpleNamespace(w=np.array([1.0, -1.0]))]
    p = SimpleNamespace(gain=1.5, layers=layers, name="p")
    bar = sct.grad(f)(p, x)
    assert isinstance(bar, SimpleNamespace) and bar.name is None
    assert bar.gain == pytest.approx(2 * 1.5 * -1.5)
    np.testing.assert_allclose(bar.layers[0].w, [27.0, 0.0])
    np.testing.assert_allclose(bar.layers[1].w, 1.5**2 * x)
    _, dot = sct.jvp(sct.grad(f), (p, x), (bar, None))
    assert dot.layers[0].w[0] == pytest.approx(6 * 3.0 * 27.0)
