"""Dataclasses: defaults that are computed, ``replace``, and instances that are called."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

HEAD = """
import dataclasses
import math
from dataclasses import dataclass, field
from dataclasses import replace as changed

import numpy as np


RATE = 0.5


def pair():
    return (1.0, 2.0)


@dataclass
class Made:
    gain: float
    table: tuple[float, float] = field(default_factory=pair)


@dataclass
class Sizes:
    gain: float
    rate: float = RATE
    shift: float = -2 * RATE + math.pi
    weights: Float[np.ndarray, "2"] = field(default_factory=lambda: np.full(2, RATE))


@dataclass
class Wide(Sizes):
    width: float = RATE


@dataclass
class Model:
    gain: float
    steps: int = field(default=2)
    seen: list[float] = field(default_factory=list)
    table: tuple[float, float] = field(default_factory=lambda: (1.0, 2.0))
    shift: float = math.sqrt(2.0)

    def __call__(self, x, k=1.0):
        for _ in range(self.steps):
            x = self.gain * math.sin(x) + k * self.shift
        return x


"""
PROGRAMS = {
    "constants of the module": (
        "s, t = Sizes(x), Sizes(y, 2.0)\n    s.weights[0] = x * y\n"
        "    return s.gain * s.rate * t.rate + s.shift * s.weights.sum() * t.weights[0] * y"
    ),
    "those that are inherited": "w = Wide(x)\n    return w.gain * w.width * w.rate + w.weights[1] * w.shift * y",
    "made": (
        "m = Model(x, table=(x, 2.0), shift=0.1)\n    m.seen.append(x * y)\n    return m(y) * m.seen[0] + m.table[0]"
    ),
    "replaced": (
        "m = Model(x, table=(x, y), shift=y)\n    n = changed(m, gain=m.gain * y, steps=1)\n    return n(y) * m(x)"
    ),
    "replaced by its module's name": (
        "m = Model(x, 3, [], (x, y), y)\n    m = dataclasses.replace(m, shift=x * y)\n    return m(x, k=y) + m.shift"
    ),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_derivatives(case: str) -> None:
    hold(f"{HEAD}def f(x: float, y: float) -> float:\n    {PROGRAMS[case]}\n", "f", (0, 1), (0.7, 0.4))


LAYERS = (
    HEAD
    + """
@dataclass
class Layer:
    W: Float[np.ndarray, "n n"]
    b: Float[np.ndarray, "n"]
    history: list[float] = field(default_factory=list)

    def __call__(self, x):
        return np.tanh(self.W @ x + self.b)


def f(layers: list[Layer], x: Float[np.ndarray, "n"]) -> float:
    for layer in layers:
        x = layer(x)
    return np.sum(dataclasses.replace(layers[0], b=x)(x))
"""
)


def test_what_is_passed_may_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model_of_fields.py").write_text("from __future__ import annotations\n" + LAYERS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("model_of_fields")
    rng = np.random.default_rng(5)
    layers = [module.Layer(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    x, step = rng.normal(size=3), 1e-6
    found = sct.grad(module.f, wrt=(0, 1))(layers, x)
    for place, bar in ((layers[1].W, found[0][1].W), (layers[0].b, found[0][0].b), (x, found[1])):
        way = rng.normal(size=place.shape)
        values = []
        for sign in (1, -1):
            place += sign * step * way
            values.append(module.f(layers, x))
            place -= sign * step * way
        assert np.sum(bar * way) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-6)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("return ‹Made(x)›.gain", "the default of `table` is not an expression of constants"),
        ("return ‹x(2.0)›", "`x` is a value, not a known function"),
        ("return ‹changed(x, gain=2.0)›.gain", "what is given to `replace` is no dataclass"),
        (
            "return changed(Model(x, table=(x, x), shift=x), ‹g=2.0›).gain",
            "`Model` has no such field",
        ),
    ],
)
def test_refusals(lines: str, reason: str) -> None:
    assert reason in refused(f"{HEAD}def f(x: float):\n    {lines}\n").reason


OPTION = """
from dataclasses import dataclass, field


@dataclass
class P:
    x: float = field(OPTION, default=1.0)
    y: float = 2.0


def f(x: float):
    return P(x).y ** 2
"""


def test_a_field_that_is_no_parameter() -> None:
    """``P(x)`` has ``x`` for its ``y``."""
    with pytest.raises(RefusedError, match="`init=` says that a field of its is no parameter"):
        differentiate(OPTION.replace("OPTION", "init=False"), "model.py", [Request("f")])
    hold(OPTION.replace("OPTION", "kw_only=True"), "f", (0,), (0.7,))
    hold(OPTION.replace("OPTION", "repr=False").replace("P(x).y", "P(x).x"), "f", (0,), (0.7,))
