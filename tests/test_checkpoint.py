"""``sct.checkpoint``: the gradient is the same, and what the forward sweep keeps is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import sct
from sct.cli import app
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.modules import load_module
from tests.refused import refused

HEAD = "import math\nimport numpy as np\nimport sct\n\n\n"
SCALAR = """
{decorator}def steps(y: float, x: float, k: int) -> float:
    for _ in range(k):
        y = y + 0.1 * math.sin(y * x)
    return y


def f(x: float, k: int) -> float:
    y = x
    for _ in range(k):
        y = {call}(y, x, k)
    return y
"""
ARRAYS = """
def relax(u: Float[np.ndarray, "n"], c: float, *, k: int):
    u = u.copy()
    for _ in range(k):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + c * (u[i - 1] - 2 * u[i] + u[i + 1]) + 0.1 * u[i] ** 2
    return u


def f(u: Float[np.ndarray, "n"], c: float):
    v = u * c
    w = {call}(v, c, k=3)
    v[1:] = 2 * w[1:]
    v = {call}(v * w, c, k=2)
    return np.sum(v ** 2) + v[1]
"""

Load = Callable[[str, str], ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loader(text: str, name: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        path.write_text("from __future__ import annotations\n" + HEAD + text, encoding="utf-8")
        return load_module(path)

    return loader


def kept(residuals: Any) -> int:
    """How many numbers residuals hold."""
    return sum(map(kept, residuals)) if isinstance(residuals, list | tuple) else 1


@pytest.mark.parametrize(
    ("decorator", "call"),
    [("@sct.checkpoint\n", "steps"), ("", "sct.checkpoint(steps)")],
)
def test_the_gradient_is_the_same_and_few_numbers_are_kept(load: Load, decorator: str, call: str) -> None:
    plain = load(SCALAR.format(decorator="", call="steps"), "plain")
    marked = load(SCALAR.format(decorator=decorator, call=call), "marked")
    assert sct.grad(marked.f)(0.4, 7) == sct.grad(plain.f)(0.4, 7)
    assert sct.jvp(marked.f, (0.4, 7), (1.0, None)) == sct.jvp(plain.f, (0.4, 7), (1.0, None))
    counts = []
    for module in (plain, marked):
        forward, _ = sct.derivatives.with_respect_to(module.f, None, 0).prepare("pullback", (0.4, 1), {})
        counts.append([kept(forward(0.4, k)[1]) for k in (10, 20, 40)])
    # k**2 turns: k snapshots of three numbers, and a number a turn without
    assert all(whole > k**2 for whole, k in zip(counts[0], (10, 20, 40), strict=True))
    assert all(few <= 3 * k + 3 for few, k in zip(counts[1], (10, 20, 40), strict=True))
    assert sct.derivative(marked.f, order=2)(0.4, 3) == sct.derivative(plain.f, order=2)(0.4, 3)


def test_arrays_that_are_written_behind_the_call(load: Load) -> None:
    plain, marked = (
        load(ARRAYS.format(call=call), name) for call, name in [("relax", "a"), ("sct.checkpoint(relax)", "b")]
    )
    u = np.random.default_rng(4).normal(size=6)
    found, expected = (sct.grad(module.f, wrt=(0, 1))(u, 0.3) for module in (marked, plain))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    assert found[1] == pytest.approx(expected[1], rel=1e-12)
    along, step = np.random.default_rng(5).normal(size=6), 1e-6
    up, down = (plain.f(u + k * step * along, 0.3 + k * step) for k in (1, -1))
    assert found[0] @ along + found[1] == pytest.approx((up - down) / (2 * step), rel=1e-7)


def test_nested_functions_with_what_they_capture(load: Load) -> None:
    text = "def f(x: float, n: int):\n    y = x\n    for _ in range(n):\n        y = {}\n    return y\n"
    plain = load(text.format("math.exp(-y * x) * y"), "plain")
    marked = load(text.format("sct.checkpoint(lambda t: math.exp(-t * x) * t)(y)"), "marked")
    slope = (plain.f(0.8 + 1e-6, 5) - plain.f(0.8 - 1e-6, 5)) / 2e-6
    assert sct.grad(marked.f)(0.8, 5) == pytest.approx(slope, rel=1e-8)
    assert sct.grad(marked.f)(0.8, 5) == pytest.approx(sct.grad(plain.f)(0.8, 5), rel=1e-13)


def test_the_command_writes_a_module_that_stands_alone(load: Load, tmp_path: Path) -> None:
    module = load(SCALAR.format(decorator="", call="sct.checkpoint(steps)"), "model")
    path = tmp_path / "model.py"
    assert CliRunner().invoke(app, ["build", str(path), "-f", "f"]).exit_code == 0
    text = (tmp_path / "model_grad.py").read_text(encoding="utf-8")
    assert "import sct" not in text
    assert "        y = steps(y, x, k)\n" in text
    assert "    _, residuals = steps_forward(*arguments)\n    return steps_reverse(residuals, steps_bar)\n" in text
    assert load_module(tmp_path / "model_grad.py").f_grad(0.4, 4) == sct.grad(module.f)(0.4, 4)


def test_a_function_that_writes_into_an_argument_is_refused() -> None:
    text = (
        'def g(u: Float[np.ndarray, "n"]):\n    u[0] = u[0] ** 2\n    return u[0] * u[1]\n\n\n'
        'def f(u: Float[np.ndarray, "n"]):\n    return sct.checkpoint(g)(u)\n'
    )
    with pytest.raises(RefusedError, match=r"model.py:12:12: `g` is run again in the reverse sweep, and writes into"):
        differentiate(HEAD + text, "model.py", [Request("f")])


LOOP = """
def f(x: float, c: float, n: int) -> float:
    y = x
    total = 0.0
    for t in range({range}):{mark}
        # the step
        s = math.sin(y * c)
        for _ in range(2):
            y = y + 0.1 * s
        if y > 1:
            total += y * t
    for t in range(3):
        total = total * c + t
    return y * total
"""


@pytest.mark.parametrize("span", ["n", "2, n + 3"])
def test_a_marked_loop(load: Load, span: str) -> None:
    plain = load(LOOP.format(range=span, mark=""), "plain")
    marked = load(LOOP.format(range=span, mark="  # sct: checkpoint"), "marked")
    for n in (0, 1, 2, 17):
        assert sct.grad(marked.f, wrt=(0, 1))(0.7, 0.9, n) == pytest.approx(sct.grad(plain.f, wrt=(0, 1))(0.7, 0.9, n))
        assert sct.jvp(marked.f, (0.7, 0.9, n), (1.0, 1.0, None)) == sct.jvp(plain.f, (0.7, 0.9, n), (1.0, 1.0, None))
    counts = []
    for module in (plain, marked):
        forward, _ = sct.derivatives.with_respect_to(module.f, None, 0).prepare("pullback", (0.7, 0.9, 1), {})
        counts.append([kept(forward(0.7, 0.9, n)[1]) for n in (100, 400)])
    assert counts[0][0] > 100
    assert counts[0][1] > 400
    assert counts[1][0] < 100
    assert counts[1][1] < 200  # sqrt(400) snapshots of six numbers, and the other loop
    text = sct.grad(marked.f).source
    assert "        # the step\n        s = math.sin(y * c)\n" in text


def test_a_marked_loop_in_a_module_without_sct() -> None:
    text = LOOP.format(range="n", mark="  # sct: checkpoint")
    (piece,) = differentiate("import math\n\n\n" + text, "model.py", [Request("f")])
    assert "sct.checkpoint" not in piece.text.replace("# total, y = sct.checkpoint", "")
    module: dict[str, Any] = {}
    exec("import math\n" + piece.text, module)
    plain: dict[str, Any] = {}
    (piece,) = differentiate("import math\n\n\n" + text.replace("  # sct: checkpoint", ""), "model.py", [Request("f")])
    exec("import math\n" + piece.text, plain)
    assert module["f_grad"](0.7, 0.9, 30) == pytest.approx(plain["f_grad"](0.7, 0.9, 30))


NESTED = """
def f(x: float, c: float, n: int) -> float:
    def wave(t):
        return math.sin(t * c)

    def g(y):
        for k in range(n):{mark}
            s = wave(y)
            y = y + 0.1 * s * x + k * c
        return y

    return g(x) * c
"""


WITHIN = """
def f(x: float, c: float, n: int) -> float:
    y = x
    if n > 0:
        # the outer one
        for k in range(n):{mark}
            for j in range(2):{mark}
                y = math.sin(y) + 0.01 * k * j * c
        y = y * c
    return y
"""


@pytest.mark.parametrize("text", [LOOP.replace("{range}", "n"), NESTED, WITHIN])
def test_second_derivatives_and_nested_functions(load: Load, text: str) -> None:
    plain, marked = (load(text.format(mark=mark), f"n{len(mark)}") for mark in ("", "  # sct: checkpoint"))
    assert sct.grad(marked.f, wrt=(0, 1))(0.7, 0.9, 30) == pytest.approx(sct.grad(plain.f, wrt=(0, 1))(0.7, 0.9, 30))
    forward, _ = sct.derivatives.with_respect_to(marked.f, None, (0, 1)).prepare("pullback", (0.7, 0.9, 1), {})
    assert kept(forward(0.7, 0.9, 400)[1]) < 200
    h = 1e-5
    up, down = (np.array(sct.grad(plain.f, wrt=(0, 1))(0.7 + 2 * d, 0.9 - d, 11)) for d in (h, -h))
    expected = (up - down) / (2 * h)
    along = (0.7, 0.9, 11), (2.0, -1.0, None)
    assert sct.hvp(marked.f, *along) == pytest.approx(expected, rel=1e-6)
    H = sct.jacobian(sct.grad(marked.f, wrt=(0, 1)), wrt=(0, 1), mode="reverse")(0.7, 0.9, 11)
    assert np.array(H) @ [2.0, -1.0] == pytest.approx(expected, rel=1e-6)
    assert sct.hessian(marked.f)(0.7, 0.9, 11) == pytest.approx(H[0][0])


def test_a_function_that_takes_functions_is_not_run_again() -> None:
    text = (
        "def run(step, x: float, n: int):\n    for _ in range(n):  # sct: checkpoint\n        x = step(x)\n"
        "    return x\n\n\n"
        "@sct.checkpoint\ndef twice(step, x: float):\n    return step(step(x))\n\n\n"
        "def f(x: float, n: int):\n    return run(lambda t: t * x, x, n)\n\n\n"
        "def g(x: float):\n    return twice(lambda t: t * x, x)\n"
    )
    for name, place in (("f", "7:5: `run_turns`"), ("g", "22:12: `twice`")):
        with pytest.raises(RefusedError, match=f"model.py:{place} takes or gives functions or iterators, and cannot"):
            differentiate(HEAD + text, "model.py", [Request(name)])


def test_a_mark_that_marks_no_loop_is_refused(tmp_path: Path) -> None:
    text = "def f(x: float, n: int):\n    # sct: checkpoint\n    for _ in range(n):\n        x = x * x\n    return x\n"
    with pytest.raises(RefusedError, match=r"model.py:7:5: this mark is no loop's") as caught:
        differentiate(HEAD + text, "model.py", [Request("f")])
    assert "  help: write `for i in range(n):  # sct: checkpoint`" in str(caught.value)
    other = "def g(x, n):\n    for _ in range(n):  # sct: checkpoint\n        x = x * x\n    return x\n"
    (tmp_path / "other.py").write_text(other, encoding="utf-8")
    text = "from other import g\n\n\ndef f(x: float, n: int):\n    return g(x, n)\n"
    with pytest.raises(RefusedError, match=r"other.py:2:25: this mark is no loop's of the module"):
        differentiate(text, str(tmp_path / "model.py"), [Request("f")])


MARK = "  # sct: checkpoint\n"
UNDIVIDED = {
    "this loop cannot be divided into calls": f"    while ‹x < 3.0›:{MARK}        x = x * 2\n    return x\n",
    "this loop may be left early": (
        f"    for i in ‹range(9)›:{MARK}        x = x * 2\n        if x > 3.0:\n            break\n    return x\n"
    ),
    "`y` is bound in this loop, and used behind it": (
        f"    for i in ‹range(9)›:{MARK}        x = x * 2\n        y = x\n    return y\n"
    ),
    "`i` is bound in this loop, and used behind it": (
        f"    i = 0\n    for i in ‹range(9)›:{MARK}        x = x * 2\n    return x * i\n"
    ),
    "nothing of what is in this loop goes from one turn": (
        f"    for i in ‹range(9)›:{MARK}        y = x * 2\n    return x\n"
    ),
}


@pytest.mark.parametrize("reason", UNDIVIDED)
def test_loops_that_are_not_divided(reason: str) -> None:
    assert reason in refused(HEAD + "def f(x: float):\n" + UNDIVIDED[reason]).reason


def test_a_marked_loop_that_writes_into_an_array_is_refused() -> None:
    text = (
        'def f(u: Float[np.ndarray, "n"]):\n    v = u.copy()\n    y = 0.0\n'
        f"    for i in range(3):{MARK}        v[i] = v[i] ** 2\n        y = y + v[i]\n    return y\n"
    )
    with pytest.raises(RefusedError, match=r"model.py:9:5: `f_turns` is run again .*, and writes into"):
        differentiate(HEAD + text, "model.py", [Request("f")])


def test_a_mark_is_refused_where_it_is_used_alone(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(BROKEN, encoding="utf-8")
    m = load_module(path)
    assert sct.grad(m.apart)(2.0) == 4.0
    for f in (m.marked, m.user):
        with pytest.raises(RefusedError, match="this loop may be left early"):
            sct.grad(f)(2.0)


BROKEN = """
def marked(x):
    for i in range(3):  # sct: checkpoint
        x = x * x
        if x > 3:
            break
    return x


def apart(x):
    return x * x


def user(x):
    return marked(x) * x
"""
