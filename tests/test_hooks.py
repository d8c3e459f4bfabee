"""``with sct.adjoint_of(x) as x_bar:``: its body runs in the reverse sweep, and what it changes flows on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sct
from sct.pipeline import Request, differentiate
from tests.refused import MODES, refused

PROGRAMS = """
import math
import numpy as np
import sct


def clipped(u: Float[np.ndarray, "n"]) -> float:
    v = np.sin(u) * 3.0
    with sct.adjoint_of(v) as v_bar:
        v_bar = np.clip(v_bar, -1.5, 2.0)
    return np.sum(v**3)


def clipped_in_place(u: Float[np.ndarray, "n"]) -> float:
    v = np.sin(u) * 3.0
    with sct.adjoint_of(v) as b:
        b[:] = np.clip(b, -1.5, 2.0)
    return np.sum(v**3)


def limited(u: Float[np.ndarray, "n"], most: float) -> float:
    v = np.sin(u) * 3.0
    with sct.adjoint_of(v) as v_bar:
        # the whole gradient keeps its direction
        size = np.sqrt(np.sum(v_bar**2))
        if size > most:
            v_bar *= most / size
        assert np.all(np.isfinite(v_bar)), "not finite"
    return np.sum(v**3)


def stepped(x: float, n: int) -> float:
    y = x
    for i in range(n):
        with sct.adjoint_of(y) as y_bar:
            if y_bar > 1.5 + i:
                y_bar = 1.5 + i
            print(i, y_bar, y)
        y = y * math.sin(x) + x
        if y > 2.5:
            break
    return y * y


def watched(x: float, c: float) -> float:
    y = x * c
    k = 2.0
    with np.errstate(divide="ignore"):
        with sct.adjoint_of(c) as c_bar:
            print("c", c_bar)
        with sct.adjoint_of(k) as k_bar:
            print("k", k_bar)
    z = np.array([y, y * k, 3.0])
    with sct.adjoint_of(z) as z_bar:
        for j in range(len(z)):
            total = z[j] * z_bar[j]
            print(j, total)
    z[1] = z[0] * z[2]
    if c > 0.0:
        with sct.adjoint_of(z) as z_bar:
            z_bar[2] = 0.0
    with sct.adjoint_of(y) as y_bar:
        print("y", y_bar)
    return z[0] * z[1] + y * c + z[2] * k


def scale(t: float, c: float) -> float:
    with sct.adjoint_of(t) as t_bar:
        t_bar = t_bar * 10.0
    return t * c


def through_a_callee(x: float, c: float) -> float:
    y = scale(x, c) + x
    return y * scale(y, 2.0)


def injected(x: float) -> float:
    y = x * x
    z = y * 3.0
    with sct.adjoint_of(z) as z_bar:
        z_bar = 1.0
    return x
"""


def build(name: str, wrt: tuple[int | str, ...] = (0,)) -> dict[str, Any]:
    (piece,) = differentiate(PROGRAMS, "programs.py", [Request(name, wrt, "both")])
    assert "sct" not in piece.text.replace("sct.adjoint_of(", "")
    module: dict[str, Any] = {"math": math, "np": np}
    exec("from __future__ import annotations\n" + piece.text, module)
    if "_saved" not in piece.text and name != "through_a_callee":
        again = f"import math\nimport numpy as np\n\n{piece.text}"
        differentiate(again, "again.py", [Request(f"{name}_adjoint", (0,))])
    module["text"] = piece.text
    return module


U = np.array([0.3, -0.7, 1.9, 0.05])


@pytest.mark.parametrize("name", ["clipped", "clipped_in_place"])
def test_what_the_body_makes_of_the_adjoint_flows_on(name: str) -> None:
    module = build(name)
    v = np.sin(U) * 3.0
    value, u_bar = module[f"{name}_adjoint"](U)
    assert value == pytest.approx(np.sum(v**3))
    assert u_bar == pytest.approx(3.0 * np.cos(U) * np.clip(3 * v**2, -1.5, 2.0))


def test_a_gradient_is_limited() -> None:
    module = build("limited")
    v_bar = 3 * (np.sin(U) * 3.0) ** 2
    size = np.linalg.norm(v_bar)
    for most in (size / 2, size * 2):
        expected = 3.0 * np.cos(U) * v_bar * min(1.0, most / size)
        assert module["limited_adjoint"](U, most)[1] == pytest.approx(expected)
    with pytest.raises(AssertionError, match="not finite"):
        module["limited_adjoint"](U * np.inf, 1.0)
    assert "# the whole gradient keeps its direction" in module["text"]


def test_a_hook_in_a_loop(capsys: pytest.CaptureFixture[str]) -> None:
    module = build("stepped")
    for x, n in ((0.9, 4), (1.3, 9), (0.5, 0)):
        ys, y = [], x
        for _ in range(n):
            ys.append(y)
            y = y * math.sin(x) + x
            if y > 2.5:
                break
        bar, x_bar, lines = 2 * y, 0.0, []
        for i in reversed(range(len(ys))):
            x_bar += bar * (ys[i] * math.cos(x) + 1.0)
            bar = min(bar * math.sin(x), 1.5 + i)
            lines.append(f"{i} {bar} {ys[i]}")
        value, found = module["stepped_adjoint"](x, n)
        assert value == pytest.approx(y * y)
        assert found == pytest.approx(x_bar + bar)
        shown = [[float(word) for word in line.split()] for line in capsys.readouterr().out.splitlines()]
        assert shown == [pytest.approx([float(word) for word in line.split()]) for line in lines]


def test_what_nothing_else_asks_for_has_an_adjoint_too(capsys: pytest.CaptureFixture[str]) -> None:
    module = build("watched")
    x, c, k = 0.7, 0.6, 2.0
    value, x_bar = module["watched_adjoint"](x, c)
    y = x * c
    z = [y, y * k, 3.0]
    assert value == pytest.approx(z[0] * z[0] * z[2] + y * c + z[2] * k)
    z_bar = [2 * z[0] * z[2], 0.0, z[0] * z[0]]  # of the last hook's adjoint of z[2], nothing is left
    y_bar = c + z_bar[0] + z_bar[1] * k
    assert x_bar == pytest.approx(y_bar * c)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == ["y", "0", "1", "2", "k", "c"]
    shown = [float(line[1]) for line in lines]
    products = [a * b for a, b in zip(z, z_bar, strict=True)]
    assert shown == pytest.approx([c, *products, z[2] + z_bar[1] * y, y])
    assert module["watched_tangent"](x, c, x_dot=1.0)[1] == pytest.approx(6 * x * c * c + c * c)
    assert capsys.readouterr().out == ""


def test_a_hook_in_a_callee() -> None:
    module = build("through_a_callee")
    x, c = 0.7, 0.6
    y = x * c + x
    y_bar = 2 * y + 10.0 * 2.0 * y
    assert module["through_a_callee_adjoint"](x, c)[1] == pytest.approx(y_bar * (10.0 * c + 1.0))


def test_an_adjoint_may_come_from_the_hook_alone() -> None:
    assert build("injected")["injected_adjoint"](0.7)[1] == pytest.approx(1.0 + 3.0 * 2 * 0.7)


def test_plain_python_runs_the_body_with_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\n" + PROGRAMS, module)
    assert module["watched"](0.7, 0.6) == pytest.approx(3 * 0.42**2 + 0.42 * 0.6 + 6.0)
    assert capsys.readouterr().out.splitlines() == ["c 0.0", "k 0.0", "0 0.0", "1 0.0", "2 0.0", "y 0.0"]
    with sct.adjoint_of(np.ones((2, 3), np.float32)) as bar:
        assert bar.shape == (2, 3) and bar.dtype == np.float32 and not bar.any()
    with sct.adjoint_of(np.arange(3)) as bar:
        assert bar.dtype == float


@sct.grad
def decorated(x, n):
    for _ in range(n):
        x = x * x
        with sct.adjoint_of(x) as x_bar:
            if not math.isfinite(x_bar):
                raise FloatingPointError("the adjoint of x")
    return x


def test_the_decorator() -> None:
    assert decorated(1.5, 3) == pytest.approx(8 * 1.5**7)
    with pytest.raises(FloatingPointError):
        decorated(math.inf, 2)


HEAD = "import numpy as np\nimport sct\n\n"
REFUSED = [
    ("def f(x: float):\n    ‹with sct.adjoint_of(x):\n        pass›\n    return x", "this `with` is not supported"),
    ("def f(x: float):\n    ‹with open(x) as y:\n        pass›\n    return x", "this `with` is not supported"),
    ("def f(x: float):\n    with sct.adjoint_of(‹2 * x›) as b:\n        pass\n    return x", "not a variable's name"),
    (
        "def f(x: float):\n    with sct.adjoint_of(x) as b:\n        ‹return b›\n    return x",
        "`return` is not supported",
    ),
    (
        "def f(x: float):\n    y = 2 * x\n    with sct.adjoint_of(x) as ‹b›:\n        y = b\n    return y",
        "`y` is a variable of the function",
    ),
    ("def f(x: float):\n    with sct.adjoint_of(x) as b:\n        t = b\n    return ‹t›", "`t` is not known"),
    ("def f(x: float):\n    with sct.adjoint_of(x) as b:\n        pass\n    return ‹b›", "`b` is not known"),
    (
        "def f(x: float):\n    y = x\n    with sct.adjoint_of(‹y›) as b:\n        b = 0.0\n    return x * y",
        "`y` and `x` are one value here",
    ),
    (
        "def f(x: float, n: int):\n    with sct.adjoint_of(‹n›) as b:\n        pass\n    return x",
        "only a float, or an array",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    with sct.adjoint_of(‹x›) as b:\n        b = b[1:]\n    return x[0]',
        "the shape of the adjoint",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    ‹with sct.adjoint_of(x) as b:\n        x[0] = 1.0›\n    return x[1]',
        "the body of `adjoint_of` writes into `x`",
    ),
    (
        'def f(A: Float[np.ndarray, "m n"]):\n    x = A[0]\n    with sct.adjoint_of(‹x›) as b:\n        b[:] = 0.0\n'
        "    A[0, 1] = 2.0\n    return np.sum(x)",
        "`x` is a view of an array that is written into",
    ),
    (
        "def f(x: float):\n    with sct.adjoint_of(x) as b:\n        ‹with sct.adjoint_of(x) as c:\n            pass›\n"
        "    return x",
        "a hook in a hook",
    ),
    (
        'def g(v):\n    v[0] = 1.0\n\n\ndef f(x: Float[np.ndarray, "n"]):\n    ‹with sct.adjoint_of(x) as b:\n'
        "        g(b)›\n    return np.sum(x)",
        "writes into `b`",
    ),
]


@pytest.mark.parametrize(("marked", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_refusal(marked: str, reason: str) -> None:
    for mode in MODES:
        assert reason in refused(HEAD + marked, mode=mode).reason
