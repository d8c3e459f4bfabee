"""Methods and properties of the user's classes, each held to differences in both modes."""

from __future__ import annotations

import importlib.util
import linecache
import re
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.cli import app
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.modules import load_module
from tests.programs import hold
from tests.refused import unmarked

PROGRAMS = '''
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray

    def forward(self, x):
        """One layer."""
        return np.tanh(self.W @ x + self.b)

    @property
    def penalty(self):
        return np.sum(self.W * self.W) + self.norm

    @property
    def norm(self) -> float:
        return np.sum(self.b**2)

    def sum(self, scale=1.0):
        return scale * self.b.sum()


@dataclass
class Net:
    layers: list[Layer]
    out: Layer
    rate: float = 0.1

    def hidden(self, x, *, times=1):
        for layer in self.layers:
            for _ in range(times):
                x = layer.forward(x)
        return x

    def predict(self, x):
        return self.out.forward(self.hidden(x, times=2)) * self.rate

    def loss(self, x, y):
        r = self.predict(x) - y
        if self.rate > 10.0:
            return 0.0
        return np.sum(r**2) + self.weigh(self.out.penalty, self.rate) + self.out.sum(0.5)

    @staticmethod
    def weigh(a, b=2.0):
        return a * b * b


class Point(NamedTuple):
    a: float
    b: float

    def dot(self, other):
        return self.a * other.a + self.b * other.b

    def scaled(self, s):
        return Point(self.a * s, b=self.b * s)

    def power(self, n):
        return 1.0 if n == 0 else self.power(n - 1) * self.a


@dataclass
class Rope:
    stiffness: float

    def relax(self, w, k):
        w[k] += self.stiffness * w[k - 1]
        return w[k]


def loss(net, x, y):
    return net.loss(x, y)


def of_points(p, s):
    q = p.scaled(s).scaled(p.dot(p))
    return q.dot(p) + q.power(3) + sum(r.a * r.dot(p) for r in [p, q])


def writes_into_an_argument(rope, w):
    total = 0.0
    for k in range(1, len(w)):
        total += rope.relax(w, k) * w[0]
    return total + w.sum()


def made_inside(x, w):
    rope = Rope(math.sin(x))
    v = w * x
    first = rope.relax(v, 1)
    rope.stiffness = first * x
    return rope.relax(v, 2) + Rope(x).relax(v, 3)
'''


def _classes() -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": __name__}
    exec(PROGRAMS, found)
    return found


def _arguments(name: str) -> tuple[Any, ...]:
    made, rng = _classes(), np.random.default_rng(3)
    layer = lambda: made["Layer"](rng.normal(size=(3, 3)), rng.normal(size=3))  # noqa: E731
    return {
        "loss": lambda: (made["Net"]([layer(), layer()], layer(), 0.7), rng.normal(size=3), rng.normal(size=3)),
        "of_points": lambda: (made["Point"](0.4, 0.7), 1.2),
        "writes_into_an_argument": lambda: (made["Rope"](0.3), rng.normal(size=4)),
        "made_inside": lambda: (0.4, rng.normal(size=4)),
    }[name]()


@pytest.mark.parametrize("name", ["loss", "of_points", "writes_into_an_argument", "made_inside"])
def test_program(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), _arguments(name), annotated=False)


@pytest.mark.parametrize(
    "body",
    [
        "return x + sum(p.scaled(x).a for p in ps)",
        "return x * sum([p.dot(p) for p in ps] + [x])",
        "for k, p in enumerate(ps):\n        x = x * p.a + ps[k].dot(p)\n    return x**2",
        "while ps:\n        x = x * ps.pop().b\n    return x**2",
        "while ps:\n        x = x * ps.pop().dot(ps[0])\n    return x**2",
        "for p, q in zip(ps, ps[1:] + ps[:1]):\n        x = x * p.a + q.b\n    return x**2",
        "for p, k in zip(ps, range(len(ps)), strict=True):\n        x = x * p.a + k\n    return x**2",
    ],
)
def test_no_objects(body: str) -> None:
    """What the items of an empty list have is not known, and not asked."""
    hold(f"{PROGRAMS}\n\ndef f(x, ps):\n    {body}\n", "f", (0,), (0.7, []), annotated=False)


DECORATED = """
from __future__ import annotations
import math
from dataclasses import dataclass

import sct


@dataclass
class Pendulum:
    length: float
    mass: float = 1.0

    @sct.grad(wrt=("theta", "omega"))
    def energy(self, theta: float, omega: float) -> float:
        return self.kinetic(omega) - self.mass * 9.81 * self.length * math.cos(theta)

    def kinetic(self, omega: float) -> float:
        return 0.5 * self.mass * (self.length * omega) ** 2
"""


def _load(folder: Path, text: str = DECORATED) -> Any:
    """The module of a text, as Python imports it."""
    path = folder / "pendulum.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("pendulum", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["pendulum"] = importlib.util.module_from_spec(spec)
    linecache.clearcache()
    importlib.invalidate_caches()
    exec(compile(text, str(path), "exec"), vars(module))
    return module


def test_a_decorated_method(tmp_path: Path) -> None:
    made = _load(tmp_path).Pendulum(2.0, 0.5)
    expected = (0.5 * 9.81 * 2.0 * np.sin(0.3), 0.5 * 4.0 * 0.2)
    assert made.energy(0.3, 0.2) == pytest.approx(expected)
    assert type(made).energy(made, 0.3, omega=0.2) == pytest.approx(expected)
    assert "def Pendulum_energy_adjoint(" in type(made).energy.source


def test_a_method_is_differentiated_by_its_function(tmp_path: Path) -> None:
    cls = _load(tmp_path).Pendulum
    gradient = sct.grad(cls.kinetic, wrt="self")(cls(2.0, 0.5), 0.3)
    assert (gradient.length, gradient.mass) == pytest.approx((0.5 * 2.0 * 0.09, 0.5 * 4.0 * 0.09))


def test_a_committed_method_is_used_until_its_class_changes(tmp_path: Path) -> None:
    _load(tmp_path)
    path = tmp_path / "pendulum.py"
    with pytest.raises(SystemExit) as done:
        app(["build", str(path)])
    assert not done.value.code
    made = _load(tmp_path).Pendulum(2.0, 0.5)
    made.energy(0.3, 0.2)
    assert Path(type(made).energy.path).name == "pendulum_grad.py"
    text = DECORATED.replace("0.5 * self.mass", "0.7 * self.mass")
    made = _load(tmp_path, text).Pendulum(2.0, 0.5)
    assert made.energy(0.3, 0.2)[1] == pytest.approx(1.4 * 0.5 * 4.0 * 0.2)


def test_dual_numbers_go_through_methods(tmp_path: Path) -> None:
    module = _load(tmp_path)
    report = sct.verify(module.Pendulum.energy, module.Pendulum(2.0, 0.5), 0.3, 0.2)
    assert {finding.witness for finding in report.findings if finding.verdict == "agrees"} >= {"dual numbers"}


def test_a_class_of_another_name_is_not_looked_into(tmp_path: Path) -> None:
    text = DECORATED + "\n\ndef total(p: Pendulum, x: float):\n    return p.kinetic(x)\n"
    module = _load(tmp_path, text)

    class Heavy(module.Pendulum):  # type: ignore[misc, name-defined]
        def kinetic(self, omega: float) -> float:
            return 100.0 * omega

    with pytest.raises(RefusedError, match=r"no method `kinetic` of `Heavy` is known"):
        sct.grad(module.total, wrt="x")(Heavy(2.0), 0.3)

    Heavy.__name__ = "Pendulum"
    with pytest.raises(ArgumentError, match=r"the argument p is a Pendulum, and not the `Pendulum` that .* knows"):
        sct.grad(module.total, wrt="x")(Heavy(2.0), 0.3)


PLAIN = """
from __future__ import annotations

import numpy as np

import sct


class Net:
    def __init__(self, W: float[:, :], b: float[:], rate=0.5):
        self.W: float[:, :] = W
        self.b = b
        self.rate = 0.5
        self.rate = rate
        self.name = "net"

    def hidden(self, x):
        return np.tanh(self.W @ x + self.b)

    def predict(self, x):
        return self.hidden(self.hidden(x)) * self.rate

    @property
    def penalty(self):
        return np.sum(self.W**2)

    def grown(self):
        self.rate = 2.0 * self.rate
        return self


def loss(net: Net, x: float[:]) -> float:
    return np.sum(net.predict(x) ** 2) + net.penalty


def grows(net: Net, x: float[:]) -> float:
    return loss(net.grown(), x)


def changes(net: Net, x: float[:]) -> float:
    net.rate = 2.0
    return loss(net, x)
"""


def test_a_class_with_an_init_of_its_own(tmp_path: Path) -> None:
    module = _load(tmp_path, PLAIN)
    rng = np.random.default_rng(4)
    at = [rng.normal(size=(3, 3)), rng.normal(size=3), 0.7, rng.normal(size=3)]
    along = [rng.normal(size=(3, 3)), rng.normal(size=3), 0.3, rng.normal(size=3)]

    def value(step: float) -> float:
        W, b, rate, x = (a + step * d for a, d in zip(at, along, strict=True))
        return float(module.loss(module.Net(W, b, rate), x))

    expected = (value(1e-5) - value(-1e-5)) / 2e-5
    net = module.Net(*at[:3])
    net_bar, x_bar = sct.grad(module.loss, wrt=("net", "x"))(net, at[3])
    assert net_bar.name is None
    found = np.sum(net_bar.W * along[0]) + net_bar.b @ along[1] + net_bar.rate * along[2] + x_bar @ along[3]
    assert found == pytest.approx(expected, rel=1e-7)
    dots = types.SimpleNamespace(W=along[0], b=along[1], rate=along[2], name=None)
    assert sct.jvp(module.loss, (net, at[3]), (dots, along[3]))[1] == pytest.approx(expected, rel=1e-7)
    assert sct.grad(module.loss, wrt="x")(net, at[3]) == pytest.approx(x_bar)
    report = sct.verify(module.loss, net, at[3], mode="adjoint")
    assert {finding.witness for finding in report.findings if finding.verdict == "agrees"} >= {"dual numbers"}


def test_a_class_with_an_init_of_its_own_by_the_command(tmp_path: Path) -> None:
    _load(tmp_path, PLAIN)
    path = tmp_path / "pendulum.py"
    with pytest.raises(SystemExit) as done:
        app(["build", str(path), "-f", "loss", "--wrt", "net"])
    assert not done.value.code
    module: dict[str, Any] = {"__name__": "pendulum_grad"}
    exec((tmp_path / "pendulum_grad.py").read_text(), module)
    net = module["Net"](np.eye(2), np.ones(2))
    assert module["loss_grad"](net, np.ones(2)).W.shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("grows", "this changes an object of the class `Net`, which has an `__init__`"),
        ("changes", "this changes an object of the class `Net`, which has an `__init__`"),
    ],
)
def test_an_argument_is_not_changed(name: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(reason)):
        differentiate(PLAIN, "model.py", [Request(name)])


INHERITED = """
class Base:
    def __init__(self, k, w):
        self.k = k
        self.w = w


class Spring(Base):
    pass


class Stiff(Spring):
    def double(self):
        return 2.0 * self.k


def energy(o, x):
    return o.k * x**2 + x * (o.w @ o.w)


def doubled(o, x):
    return ‹o.double()› * x
"""


@pytest.mark.parametrize("name", ["Base", "Spring", "Stiff"])
def test_objects_whose_class_inherits_its_init(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(unmarked(INHERITED)[0])
    m = load_module(path)
    cls, w = getattr(m, name), np.array([1.0, 2.0])
    o_bar, x_bar = sct.grad(m.energy, wrt=("o", "x"))(cls(2.0, w), 3.0)
    step = 1e-4  # the energy is of no higher degree than two: central differences are exact but for rounding
    apart = [(m.energy(cls(2.0 + d, w), 3.0), m.energy(cls(2.0, w), 3.0 + d)) for d in (step, -step)]
    (k_up, x_up), (k_down, x_down) = apart
    assert (o_bar.k, x_bar) == pytest.approx(((k_up - k_down) / (2 * step), (x_up - x_down) / (2 * step)), rel=1e-7)
    np.testing.assert_array_equal(o_bar.w, 3.0 * 2.0 * w)


def test_a_method_of_such_an_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    text, place = unmarked(INHERITED)
    path.write_text(text)
    m = load_module(path)
    with pytest.raises(RefusedError, match="`Stiff` is not supported") as caught:
        sct.grad(m.doubled, wrt="x")(m.Stiff(2.0, np.ones(2)), 3.0)
    assert caught.value.diagnostics[0].span == replace(place, file=str(path))
