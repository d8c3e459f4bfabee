"""``@sct.rule``: stated derivatives of solvers, extensions and C functions, held to independent witnesses."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sct
from sct.builds import plan
from sct.errors import RefusedError
from sct.origin import SourceError
from sct.pipeline import Request, differentiate
from sct.verification import ContractError, MismatchError
from tests.modules import load_module
from tests.refused import refused

Load = Callable[..., ModuleType]

ARRAYS = """
import numpy as np
import sct


def solve(A, b, sweeps=200):
    x = np.zeros_like(b)
    history = {}
    for k in range(sweeps):
        x = x + (b - A @ x) / np.diag(A)
        history[k] = x
    return x


@sct.rule(solve)
def solve_adjoint(x: 'Float[np.ndarray, "n"]', x_bar, A: 'Float[np.ndarray, "n n"]', b, sweeps):
    b_bar = np.linalg.solve(A.T, x_bar)
    return -np.outer(b_bar, x), b_bar, None


@sct.rule(solve)
def solve_tangent(x, A, b, sweeps, A_dot, b_dot):
    return np.linalg.solve(A, b_dot - A_dot @ x)


def same(x):
    return {"x": x}["x"] * 1.0


@sct.rule(same)
def same_adjoint(y: 'Float[np.ndarray, "n"]', y_bar, x):
    return y_bar


def energy(A, b, n):
    x = b * 1.0
    for i in range(n):
        x = solve(A, b + np.sin(x))
        x[0] = x[0] ** 2
        b = x * b
    return np.sum(x * b)


def keyword(A, b):
    g = solve
    return np.sum(g(b=b, A=A, sweeps=100) ** 2)


def shared(x):
    y = same(x)
    z = same(y) + y
    y[0] = 3.0 * z[1]
    return np.sum(y * z) + np.sum(x * z)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sympy does not prove at once here it does not prove in five seconds."""
    monkeypatch.setattr("sct.witnesses.examine._PATIENCE", 1.0)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.syspath_prepend(str(tmp_path))

    def load(name: str = "model", **texts: str) -> ModuleType:
        for stem, text in texts.items():
            (tmp_path / f"{stem}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return __import__(name)

    return load


MATRIX = np.array([[4.0, 1.0, 0.3], [0.5, 5.0, -1.0], [0.2, 0.1, 3.0]])
VECTOR = np.array([1.0, -0.4, 0.7])


def test_an_array_solver_in_a_loop_with_writes(load: Load) -> None:
    model = load("arrays", arrays=ARRAYS)
    report = sct.verify(model.energy, MATRIX, VECTOR, 3)
    agrees = {(f.subject, f.witness) for f in report.findings if f.verdict == "agrees"}
    assert ("energy_adjoint", "finite differences") in agrees and ("energy_tangent", "dual numbers") in agrees
    assert sct.verify(model.keyword, MATRIX, VECTOR).agrees


def test_what_a_rule_returns_may_be_what_it_was_given(load: Load) -> None:
    model = load("arrays", arrays=ARRAYS)
    assert sct.verify(model.shared, VECTOR, mode="adjoint").agrees
    before = np.ones(3)
    _, pullback = sct.vjp(model.shared, VECTOR)
    pullback(1.0)
    assert np.array_equal(before, np.ones(3))


def test_verify_checks_a_rule_itself(load: Load) -> None:
    model = load("arrays", arrays=ARRAYS)
    assert sct.verify(model.solve_adjoint, MATRIX, VECTOR).agrees
    assert sct.verify(model.solve_tangent, MATRIX, VECTOR, 150).agrees
    wrong = load("wrong", wrong=ARRAYS.replace("-np.outer(b_bar, x)", "np.outer(b_bar, x)"))
    with pytest.raises(MismatchError, match=r"d/dA\["):
        sct.verify(wrong.solve_adjoint, MATRIX, VECTOR)


CONTRACT = """
import numpy as np
import sct


def double(x):
    x *= 2.0
    return x + 0.0


def tail(x):
    return x[1:]


@sct.rule(double)
def double_adjoint(y, y_bar, x):
    return 2.0 * y_bar


@sct.rule(tail)
def tail_adjoint(y, y_bar, x):
    return np.append(0.0, y_bar)
"""


def test_what_a_rule_takes_for_granted_is_checked(load: Load) -> None:
    module = load("contract", contract=CONTRACT)
    with pytest.raises(ContractError, match="double writes into an argument"):
        sct.verify(module.double_adjoint, np.ones(3))
    with pytest.raises(ContractError, match="tail returns memory of an argument"):
        sct.verify(module.tail_adjoint, np.ones(3))


C_FUNCTION = """
import ctypes
import ctypes.util
import math

import sct

_libm = ctypes.CDLL(ctypes.util.find_library("m"))
_libm.cbrt.restype = ctypes.c_double
_libm.cbrt.argtypes = [ctypes.c_double]
cube_root = _libm.cbrt
print("the module runs")


@sct.rule(cube_root)
def cube_root_adjoint(y: float, y_bar, x):
    return y_bar / (3 * y**2)


@sct.grad
def f(x: float) -> float:
    return math.sin(cube_root(x**2)) * x
"""


def test_a_c_function_in_the_decorator_and_in_the_command(
    load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.py"
    path.write_text(C_FUNCTION, encoding="utf-8")
    text = plan(path).text()  # which does not run it
    assert "the module runs" not in capsys.readouterr().out
    assert "from model import cube_root\n" in text and "import sct" not in text
    module = load("model", model=C_FUNCTION)
    expected = math.sin(1.5 ** (2 / 3)) + 1.5 * math.cos(1.5 ** (2 / 3)) * 2 / 3 * 1.5 ** (-1 / 3)
    assert module.f(1.5) == pytest.approx(expected)
    path.with_name("model_grad.py").write_text(text, encoding="utf-8")
    again = load("model", model=C_FUNCTION)
    assert again.f(1.5) == pytest.approx(expected)
    assert again.f.path == str(path.with_name("model_grad.py"))
    report = sct.verify(again.f, 1.5, mode="adjoint")
    verdicts = {f.witness: (f.verdict, f.where) for f in report.findings}
    assert verdicts["finite differences"][0] == "agrees"
    assert verdicts["dual numbers"][0] == "not applicable" and "Error" in verdicts["dual numbers"][1]


EDGES = """
import math, ctypes, ctypes.util
import numpy as np
import sct

lib = ctypes.CDLL(ctypes.util.find_library('m'))
lib.cbrt.restype = ctypes.c_double
lib.cbrt.argtypes = [ctypes.c_double]

@sct.rule(lib.cbrt)
def cbrt_adjoint(y: float, y_bar, x):
    return y_bar / (3 * y**2)

@sct.rule(lib.cbrt)
def cbrt_tangent(y: float, x, x_dot):
    return x_dot / (3 * y**2)

def polar(p, scale):
    x, y = p
    return eval('(math.hypot(x, y) * scale, math.atan2(y, x))', {'math': math, 'x': x, 'y': y, 'scale': scale})

@sct.rule(polar)
def polar_adjoint(out: tuple[float, float], out_bar, p, scale):
    r_bar, t_bar = out_bar
    x, y = p
    r = out[0] / scale
    return (r_bar * scale * x / r - t_bar * y / r**2, r_bar * scale * y / r + t_bar * x / r**2), r_bar * r

@sct.rule(polar)
def polar_tangent(out, p, scale, p_dot, scale_dot):
    x, y = p
    r = out[0] / scale
    return (scale * (x * p_dot[0] + y * p_dot[1]) / r + r * scale_dot, (x * p_dot[1] - y * p_dot[0]) / r**2)

def inner(x: float, n: int) -> float:
    for i in range(n):
        x = lib.cbrt(x * x + 1.0)
    return x

def f(x: float, n: int) -> float:
    s = 0.0
    for i in range(n):
        s += inner(x + i, i) * x
    return s

def g(x: float, y: float, s: float) -> float:
    r, t = polar((x, y), s)
    q = polar((r, t), 2.0)
    return q[0] * q[1] + r

def h(x: float, p: tuple[float, float]) -> float:
    if x > 0:
        z = polar(p, x)
    else:
        z = p
    return z[0] * z[1]
"""


def test_values_and_arguments_that_are_tuples_and_a_function_of_an_object(load: Load, tmp_path: Path) -> None:
    module = load("edges", edges=EDGES)
    assert sct.verify(module.g, 0.3, -0.7, 1.4).agrees
    assert sct.verify(module.h, 0.3, (-0.7, 1.4)).agrees
    assert sct.verify(module.h, -0.3, (-0.7, 1.4), wrt=("x", "p")).agrees
    assert sct.verify(module.f, 0.3, 3).agrees
    assert sct.verify(module.polar_adjoint, (0.3, -0.7), 1.4).agrees
    assert sct.verify(module.polar_tangent, (0.3, -0.7), 1.4).agrees
    beside = load("beside", beside="import edges\n\n\ndef k(x: float) -> float:\n    return edges.inner(x, 2) * x\n")
    assert sct.verify(beside.k, 0.4).agrees
    assert "from edges import lib" in sct.grad(beside.k).source


SCIPY = """
import scipy.optimize
from scipy.integrate import quad as integrate
import sct


def root(a, b):
    return scipy.optimize.brentq(lambda y: y**3 + a * y - b, -10.0, 10.0, xtol=1e-15)


@sct.rule(root)
def root_adjoint(y: float, y_bar, a, b):
    r_bar = y_bar / (3 * y**2 + a)
    return -y * r_bar, r_bar


def f(a: float, b: float) -> float:
    return root(a, root(b, a)) ** 2
"""


def test_a_solver_of_a_package(load: Load) -> None:
    module = load("scipy_root", scipy_root=SCIPY)
    assert sct.verify(module.f, 1.3, 0.4, mode="adjoint").agrees


def test_a_rule_of_a_module_beside_is_used_and_a_generated_module_stands_alone(load: Load, tmp_path: Path) -> None:
    main = "import solvers\n\n\ndef f(x: float) -> float:\n    return solvers.half(x) * x\n"
    beside = (
        "import sct\n\n\ndef half(x):\n    return eval('x / 2')\n\n\n"
        "@sct.rule(half)\ndef half_adjoint(y: float, y_bar, x):\n    return y_bar / 2\n"
    )
    module = load("main", main=main, solvers=beside)
    assert sct.grad(module.f)(3.0) == pytest.approx(3.0)
    (tmp_path / "newton.py").write_text(
        (Path(__file__).parent.parent / "samples" / "implicit_newton.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "newton_grad.py").write_text(plan(tmp_path / "newton.py").text(), encoding="utf-8")
    code = "import sys; sys.modules['sct'] = None; import newton_grad as m; print(m.distance_grad(0.3, 11.0, 2))"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("(")


def test_a_changed_rule_makes_the_committed_module_stale(tmp_path: Path) -> None:
    from sct.backend.sources import source_hash

    text = "import sct\n\ndef g(x):\n    return x\n\n@sct.rule(g)\ndef r(y, y_bar, x):\n    return y_bar\n\n"
    text += "def f(x: float):\n    return g(x)\n"
    assert source_hash(text, "f") != source_hash(text.replace("return y_bar", "return 2 * y_bar"), "f")


HEAD = "import numpy as np\nimport sct\n\ndef g(a, b):\n    return eval('a')\n\n"
TAIL = "\n\ndef f(x: float) -> float:\n    return g(x, 1.0)\n"
CASES = [
    ("@sct.rule(g)\ndef r(‹y›, y_bar, a, b):\n    return y_bar, None", "the kind of the value of `g` is not known"),
    ("@sct.rule(g)\ndef ‹r›(y: float, y_bar, a):\n    return y_bar", "`g` also takes `b`"),
    ("@sct.rule(g)\ndef r(y: float, y_bar, a, b, ‹c›):\n    return y_bar, None", "`g` has no such parameter"),
    (
        "@sct.rule(g)\ndef r(y: float, y_bar, ‹b›, a):\n    return y_bar, None",
        "the parameter `a` of `g` is expected here",
    ),
    ("@sct.rule(g)\ndef r(y: float, ‹bar›, a, b):\n    return bar, None", "the parameter `a` of `g` is expected here"),
    ("@sct.rule(g)\ndef r(y: float, y_bar, a, b):\n    ‹return y_bar›", "2 adjoints are expected: of a, b"),
    ("@sct.rule(g)\ndef ‹r›(y: float, y_bar, a, b):\n    pass", "an adjoint returns the adjoint of every parameter"),
    ("@sct.rule(g)\ndef r(y: float, a, b, ‹c_dot›):\n    return c_dot", "the tangents of parameters of `g`"),
    ("@sct.rule(g)\ndef ‹r›(y: float, a, b):\n    return y", "this is neither an adjoint nor a tangent"),
    (
        "@sct.rule(g)\ndef r(y: float, y_bar, ‹*rest›):\n    return y_bar, None",
        "a rule names its parameters one by one",
    ),
    ("@sct.rule(g)\ndef ‹r›():\n    return 1.0", "a rule takes the function's value first"),
    ("@sct.rule(g)\ndef r(y: float, y_bar, a, *, ‹b›):\n    return 1.0", "called with its arguments by position"),
    ("@sct.rule(‹h›)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None", "`h` is not known"),
    ("@sct.rule(‹r›)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None", "another function than itself"),
    ("@sct.rule(‹g(1, 2)›)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None", "for a function that has a name"),
    ("class K:\n    pass\n\n@sct.rule(‹K›)\ndef r(y: float, y_bar, a):\n    return y_bar", "`K` is a class"),
    ("def v(*a):\n    return a\n\n@sct.rule(‹v›)\ndef r(y: float, y_bar, a):\n    return y_bar", "any number of"),
    ("‹@sct.rule›\ndef r(y: float, y_bar, a, b):\n    return y_bar, None", "a rule names the one function"),
    (
        "@sct.rule(g)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None\n\n"
        "@sct.rule(g)\ndef ‹s›(y: float, y_bar, a, b):\n    return y_bar, None",
        "`g` has a rule of this kind already",
    ),
    (
        "import lib\n\n@sct.rule(lib.h)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None\n\n"
        "@sct.rule(lib.h)\ndef ‹s›(y: float, a, c, a_dot):\n    return a_dot",
        "have different parameters",
    ),
]


@pytest.mark.parametrize(("rule", "reason"), CASES, ids=[reason for _, reason in CASES])
def test_a_wrong_rule_is_refused_where_it_stands(rule: str, reason: str) -> None:
    assert reason in refused(HEAD + rule + TAIL).reason


GOOD = HEAD + "@sct.rule(g)\ndef r(y: float, y_bar, a, b):\n    return y_bar, None\n"


def test_calls_that_a_rule_does_not_cover_are_refused() -> None:
    with pytest.raises(
        RefusedError, match=r"(?s)`g` has no tangent rule.*add `def g_tangent\(y, a, b, a_dot, b_dot\)`"
    ):
        differentiate(GOOD + TAIL, "model.py", [Request("f", mode="tangent")])
    with pytest.raises(RefusedError, match=r"model.py:4:5: `g` has a rule of its own"):
        differentiate(GOOD, "model.py", [Request("g")])
    for call, reason in [
        ("g(x)", "`g` needs the argument `b`"),
        ("g(x, 1.0, 2.0)", "`g` has no such parameter"),
        ("g(lambda t: t, x)", "`g` has a rule, and `a` is a function"),
    ]:
        with pytest.raises(RefusedError, match=reason):
            differentiate(GOOD + f"\n\ndef f(x: float) -> float:\n    return {call}\n", "model.py", [Request("f")])


def test_rule_takes_a_function() -> None:
    with pytest.raises(TypeError, match=r"sct\.rule takes the function"):
        sct.rule(3.0)  # type: ignore[arg-type]


LOOSE = """import numpy as np
import sct


def stepped(x):
    return np.round(x)


{rule}


def f(x: float) -> float:
    return stepped(x) * x
"""
RULE = "def stepped_adjoint(y: float, y_bar, x):\n    return y_bar\n"
DECORATED = f"@sct.rule(stepped)\n{RULE}"


@pytest.mark.parametrize(
    "rule",
    [
        f"{RULE}\n\nsct.rule(stepped)(stepped_adjoint)",
        f"states = sct.rule(stepped)\n\n\n@states\n{RULE}",
        f"if True:\n{textwrap.indent(DECORATED, '    ')}",
        f"def state():\n{textwrap.indent(DECORATED, '    ')}\n\nstate()",
    ],
    ids=["call", "name", "block", "function"],
)
def test_a_rule_that_the_text_does_not_tell_is_not_passed_over(tmp_path: Path, rule: str) -> None:
    """It was: a gradient that is passed straight through a step was zero."""
    path = tmp_path / "model.py"
    path.write_text(LOOSE.format(rule=rule))
    with pytest.raises(SourceError, match=r"model\.py:\d+: a rule for stepped is stated here, where it is not looked"):
        sct.grad(load_module(path).f)(2.3)
    path.write_text(LOOSE.format(rule=DECORATED))
    assert sct.grad(load_module(path).f)(2.3) == pytest.approx(2.0 + 2.3)


@pytest.mark.parametrize(
    "rule",
    [f"{RULE}\n\n‹sct.rule(stepped)›(stepped_adjoint)", f"states = ‹sct.rule(stepped)›\n\n\n@states\n{RULE}",
     f"if True:\n    @‹sct.rule(stepped)›\n{textwrap.indent(RULE, '    ')}"],
    ids=["call", "name", "block"],
)  # fmt: skip
def test_the_command_refuses_such_a_rule(rule: str) -> None:
    problem = refused(LOOSE.format(rule=rule))
    assert problem.reason == "a rule is stated here, where it is not looked for"
    assert problem.help == "write `@sct.rule(stepped)` above a function at the top of the module"


def test_a_rule_of_a_third_module_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model_of_a_third.py"
    path.write_text(LOOSE.format(rule=""))
    monkeypatch.syspath_prepend(tmp_path)
    third = tmp_path / "third.py"
    third.write_text(f"import sct\nfrom model_of_a_third import f, stepped\n\n\n{DECORATED}")
    with pytest.raises(SourceError, match=r"third\.py:\d+: a rule for stepped is stated here"):
        sct.grad(load_module(third).f)(2.3)
