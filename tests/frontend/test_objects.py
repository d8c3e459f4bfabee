"""Objects that a function makes, held to differences; and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold
from tests.refused import refused
from tests.test_methods import _load

PROGRAMS = """
import math
import numpy as np


class Body:
    g = 9.81
    drag = 0.1 * g

    def __init__(self, x, v=0.5):
        self.x = x
        self.v = v

    @property
    def energy(self):
        return 0.5 * self.v**2 + self.g * self.x

    @staticmethod
    def square(a):
        return a * a

    @classmethod
    def at_rest(cls, x):
        return cls(x, 0.0)

    def force(self):
        return -self.g * math.sin(self.x)

    def step(self, dt):
        self.v += dt * self.force()
        self.x += dt * self.v


class Damped(Body):
    drag = 0.3

    def __init__(self, x, rate):
        super().__init__(x)
        self.rate = rate

    def force(self):
        return super().force() - self.rate * self.drag * self.v


class Complex:
    def __init__(self, re, im):
        self.re, self.im = re, im

    def __add__(self, other):
        return Complex(self.re + other.re, self.im + other.im)

    def __mul__(self, other):
        if isinstance_of_pair(other):
            return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __rmul__(self, scale):
        return Complex(scale * self.re, scale * self.im)

    def __neg__(self):
        return Complex(-self.re, -self.im)

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return self.re if k == 0 else self.im

    def __call__(self, x):
        return self.re + self.im * x


class Grid:
    def __init__(self, u, kind="sum"):
        self.__u = u
        self.n = len(u)
        self.kind = kind
        self.trace = []

    def __inner(self, k):
        return self.__u[k]

    def smooth(self):
        self.__u[1:-1] = 0.5 * (self.__u[:-2] + self.__u[2:])
        self.trace.append(self.__inner(1))

    def total(self):
        if self.kind == "sum":
            return np.sum(self.__u**2)
        elif self.kind == "product":
            return np.prod(self.unknown_to_numpy)
        raise ValueError(self.kind)


class Solver:
    count = 0

    def __init__(self, grid, f):
        self.grid = grid
        self.f = f

    def run(self, n):
        for _ in range(n):
            self.grid.smooth()
            self.count += 1
        return self.f(self.grid.total()) * self.count


class Total:
    def __init__(self, start=0.0):
        self.value = start
        self.n = 0

    def __iadd__(self, other):
        self.value += other
        self.n += 1
        return self

    def __add__(self, other):
        return Total(self.value + other)

    def __imul__(self, other):
        return Total(self.value * other)

    def __eq__(self, other):
        return self.n == other.n

    @staticmethod
    def nothing():
        return Total()


def isinstance_of_pair(other):
    return len(other) == 2


def pendulum(x: float, v: float, n: int) -> float:
    body = Body(x, v)
    for _ in range(n):
        body.step(0.1)
    return body.energy + Body.square(body.x) + Body.g * x + Body.at_rest(x).energy


def augmented(x: float, k: float) -> float:
    a = Total.nothing()
    b = a
    b += x
    b += k * x
    c = d = a + k
    d *= x
    return a.value * a.n + c.value * d.value + (x if a != b else 2.0 * x) + (k if a != c else x * k)


def inherits(x: float, rate: float, n: int) -> float:
    one = Damped(x, rate)
    other = one
    for _ in range(n):
        one.step(0.1)
        if one.x < 0.5:
            one.rate = 2.0 * one.rate
    return other.x * other.v + one.drag + one.energy


def operators(x: float, y: float) -> float:
    z = Complex(x, y)
    w = 2.0 * (z * z + -z)
    return w[0] * w[1] + w(y) + len(w) * x


def holds_another(u: float[:], n: int, a: float) -> float:
    grid = Grid(u * a)
    solver = Solver(grid, lambda s: math.log(s) * a)
    found = solver.run(n)
    return found + grid.total() + sum(grid.trace) * solver.count


def made_in_a_loop(x: float, n: int) -> float:
    s = 0.0
    for k in range(n):
        body = Body(x * k)
        body.step(0.1)
        s += body.x
    return s


def in_a_while(x: float) -> float:
    body = Body(x)
    while body.x < 3.0:
        body.x += 0.3 * body.v + 0.1
        body.v *= 1.1
    return body.x * body.v


def in_a_branch(x: float) -> float:
    y = x
    if x > 0.5:
        body = Body(x)
        body.step(0.2)
        y = body.x
    return y * x


def made(x):
    body = Body(x)
    body.step(0.2)
    return body


def from_a_function(x: float) -> float:
    return made(x).x + made(2.0 * x).v


def attract(bodies, dt):
    for one in bodies:
        force = 0.0
        for k, other in enumerate(bodies):
            if one != other and one is not other:
                force += (other.x - one.x) / (1.0 + (other.x - one.x) ** 2) * (k + 1)
        one.v += dt * force
    for one in bodies:
        one.x += dt * one.v


def several(x: float, v: float, n: int) -> float:
    bodies = [Body(x, v), Body(2.0), Damped(0.1 * x, v)]
    for _ in range(n):
        attract(bodies, 0.1)
    return bodies[0].x * bodies[-1].v + len(bodies) * bodies[1].v


def asked(a, scale=None, *, kind=np.ndarray):
    if isinstance(a, Body) and not isinstance(a, Damped):
        return a.x
    if np.isscalar(a):
        return a if scale is None else scale * a
    if isinstance(a, (list, tuple)):
        return sum(a)
    if a.ndim == 2 or len(a.shape) > 2:
        raise ValueError("{} is not {name!r} of {1:d} rows".format(a.ndim, len(a), name="a vector"))
    assert isinstance(a, np.ndarray) and not np.iscomplexobj(a)
    return a.sum().item()


def kinds(x: float, u: float[:]) -> float:
    f = math.sin if callable(asked) else math.cos
    flag = isinstance(u, float)
    if flag:
        u = math.sqrt(u)
    return asked(Body(x)) + asked(x, 2.0) * asked([x, 2.0 * x]) * asked(u) + f(x) + pow(x, 2) + sum(u)


def step_of(f, x):
    return f(x) + 1.0


def bound_method(x: float, y: float) -> float:
    z = Complex(x, y)
    f = z.__call__
    return step_of(z, x) + f(y)
"""

CALLS: dict[str, tuple[tuple[int, ...], tuple[object, ...]]] = {
    "pendulum": ((0, 1), (0.3, 0.2, 4)),
    "inherits": ((0, 1), (0.6, 0.4, 5)),
    "operators": ((0, 1), (0.7, 1.3)),
    "holds_another": ((0, 2), (np.array([0.3, 0.9, 0.4, 1.2]), 3, 1.3)),
    "made_in_a_loop": ((0,), (0.7, 4)),
    "in_a_while": ((0,), (0.4,)),
    "in_a_branch": ((0,), (0.8,)),
    "from_a_function": ((0,), (0.8,)),
    "several": ((0, 1), (0.8, 0.3, 3)),
    "kinds": ((0, 1), (0.8, np.array([0.3, 0.4]))),
    "bound_method": ((0, 1), (0.8, 0.3)),
    "augmented": ((0, 1), (0.8, 0.3)),
}


@pytest.mark.parametrize("name", CALLS)
def test_objects(name: str) -> None:
    wrt, args = CALLS[name]
    hold(PROGRAMS, name, wrt, args)


@pytest.mark.parametrize("name", ["pendulum", "operators"])
def test_numba_sees_no_objects(name: str) -> None:
    target: Target = "numba"
    (piece,) = differentiate(PROGRAMS, "model.py", [Request(name, CALLS[name][0], "adjoint", None, target)])
    assert "Body(" not in piece.text.split("_adjoint(")[1]
    assert "Complex(" not in piece.text.split("_adjoint(")[1]


def test_attributes_are_variables() -> None:
    (piece,) = differentiate(PROGRAMS, "model.py", [Request("pendulum", (0, 1))])
    assert "body_x = x" in piece.text
    assert "    # self.v += dt * self.force()\n    body_x_bar" in piece.text.replace("        ", "    ")
    assert piece.text.count("class Body:") == 1
    assert "class Damped" not in piece.text


def test_what_decides_is_lowered_alone() -> None:
    (piece,) = differentiate(PROGRAMS, "model.py", [Request("holds_another", (0, 2))])
    assert "unknown_to_numpy" not in piece.text.split("def holds_another_adjoint")[1]
    assert '"sum" ==' not in piece.text


HEAD = """
import numpy as np


class P:
    k = 2.0
    shared = [1.0, 2.0]

    def __init__(self, x):
        self.x = x

    def twice(self):
        return 2.0 * self.x

    def bind(self):
        self.late = self.x


"""


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("def f(x: float):\n    return ‹P(x)›", "an object of the class `P` is used as a value"),
        ("def f(x: float):\n    xs = ‹[P(x)]›\n    return xs", "what holds objects or functions is used as a value"),
        ("def f(x: float, k: int):\n    xs = [P(x), P(1.0)]\n    return ‹xs[k]›.x", "not known which item of `xs`"),
        ("def f(x: float):\n    return ‹P(x).late›", "`P(x).late` has no value here"),
        ("def f(x: float):\n    p = P(x)\n    return ‹p.shared›[0] * x", "may be changed by any object"),
        (
            "def f(x: float):\n    p = P(x)\n    ‹p.twice› = x\n    return p.x",
            "`twice` is a method or a property of `P`",
        ),
        ("def f(x: float):\n    ‹P.k› = x\n    return x", "this changes the class `P`"),
        ("def f(x: float):\n    return ‹P(x)(x)›", "`P` has no `__call__`"),
        ("def f(x: float):\n    p = ‹P(x)›\n    return p + x", "an object of the class `P` is used as a value"),
        (
            "def f(x: float, n: int):\n    for _ in range(n):\n        p = P(x)\n    return ‹p›.x",
            "`p` has no value here",
        ),
        (
            "class Q:\n    def __getattr__(self, k):\n        return k\n\n\ndef f(x: float):\n    return ‹Q›().x * x",
            "its `__getattr__` may change what its parts are",
        ),
        (
            "class Q(np.ndarray):\n    pass\n\n\ndef f(x: float):\n    return ‹Q›(x).x",
            "it is not known what it inherits from `np.ndarray`",
        ),
    ],
)
def test_refused(marked: str, reason: str) -> None:
    assert reason in refused(HEAD + marked).reason


def test_a_constant_that_was_changed_is_refused(tmp_path: Path) -> None:
    module = _load(tmp_path, PROGRAMS)
    found = sct.grad(module.pendulum)
    assert np.isfinite(found(0.3, 0.2, 2))
    setattr(module.Body, "g", 1.0)  # noqa: B010
    with pytest.raises(sct.errors.SctError, match="g"):
        found(0.3, 0.2, 2)
    with pytest.raises(sct.errors.SctError, match=r"Body\.g is not what the file says"):
        sct.grad(module.made_in_a_loop)(0.3, 2)


DECIDED = """
import numpy as np


def norm(x, p=None, f=None):
    if p is not None:
        x = np.linalg.matrix_transpose(x)
    if isinstance(x, list):
        x.sort(key=len)
    elif np.ndim(x) == 2:
        return x.unknown()
    return f(x) if f is not None else np.sum(x**2)


def used(x: float[:]) -> float:
    return norm(x)


def called(x: float[:, :]) -> float:
    return norm(x)
"""


def test_what_is_not_supported_may_stand_in_a_branch_that_is_left_out() -> None:
    hold(DECIDED, "used", (0,), (np.array([0.3, 0.4]),))


def test_it_is_refused_where_types_come_to_it() -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate(DECIDED, "model.py", [Request("called")])
    (problem,) = caught.value.diagnostics
    assert "the method `.unknown()` is not supported" in problem.reason
    assert (problem.span.line, problem.span.col) == (11, 15)
