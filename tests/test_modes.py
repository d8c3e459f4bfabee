"""``pullback``, ``vjp``, ``jvp``: the modes as functions."""

from __future__ import annotations

import ast
import inspect
import types
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import sct
from sct.arguments import ArgumentError
from sct.backend.essence import USED_UP
from sct.cli import app
from sct.contents import duplicate
from sct.errors import RefusedError
from sct.ir.types import FLOAT, Type
from sct.pipeline import Request, differentiate, module_head
from sct.rules.helpers import HELPERS
from tests.fuzzing import SIZE, TYPES, WRT, judge
from tests.generator import program
from tests.golden import Golden, golden
from tests.modules import load_module
from tests.programs import hold
from tests.trees import copied, same

HEAD = "import math\nimport numpy as np\nimport sct\n\n\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., ModuleType]:
    """Write a module, and import it."""

    def loader(text: str, name: str = "model") -> ModuleType:
        path = tmp_path / f"{name}.py"
        path.write_text(HEAD + text, encoding="utf-8")
        return load_module(path)

    return loader


def generated(case: Golden, mode: Any) -> dict[str, Any]:
    """The namespace of what is generated in a mode."""
    (piece,) = differentiate(case.source, str(case.path), [Request(case.name, case.wrt, mode)])
    helpers = [HELPERS[name] for name in piece.helpers]
    head = module_head(case.source, str(case.path))
    text = "\n".join(["from __future__ import annotations", head, *piece.needs, piece.text, *helpers])
    module = types.ModuleType("generated")
    exec(compile(text, f"{case.name}_{mode}.py", "exec"), vars(module))
    return vars(module)


# pullback


@pytest.mark.parametrize("case", golden(), ids=str)
def test_the_sweeps_apart_are_those_of_the_adjoint(case: Golden) -> None:
    module = generated(case, "pullback")
    given = copied(list(case.args))
    expected_value, expected = getattr(case.committed(), f"{case.name}_adjoint")(*given)
    value, residuals = module[f"{case.name}_forward"](*given)
    assert all(map(same, given, case.args)), "an argument was changed"
    assert same(value, expected_value)
    reverse = module[f"{case.name}_reverse"]
    again = USED_UP not in " ".join(reverse.__doc__.split())
    first = reverse(residuals if again else duplicate(residuals), 1.0)
    second = reverse(residuals, 1.0)
    for bars in (first, second):
        for bar, wanted in zip(*(b if isinstance(b, tuple) else (b,) for b in (bars, expected)), strict=True):
            np.testing.assert_allclose(bar, wanted, rtol=1e-13, atol=1e-15)


def test_pullback_has_an_entry_an_argument(load: Callable[..., ModuleType]) -> None:
    f = load("def f(x, n, u):\n    for i in range(n):\n        u = u * x\n    return np.sum(u) * x\n").f
    u = np.array([1.0, 2.0])
    value, back = sct.pullback(f, 3.0, 2, u)
    assert value == 81.0
    u[:] = 0.0
    for _ in range(2):
        x_bar, n_bar, u_bar = back(1.0)
        assert x_bar == 81.0
        assert n_bar is None
        np.testing.assert_array_equal(u_bar, [27.0, 27.0])
    assert back(2.0)[0] == 162.0


def test_the_pullback_runs_the_reverse_sweep_only(
    load: Callable[..., ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    f = load("def f(x):\n    print('forward')\n    return np.sin(x) * np.exp(x)\n").f
    value, pull = sct.vjp(f, np.array([0.5, 1.5]))
    found = pull(np.ones(2))
    value[:] = 0.0  # the caller's, to do with it what it likes
    np.testing.assert_array_equal(pull(np.ones(2)), found)
    assert capsys.readouterr().out == "forward\n"


def test_a_procedure_has_no_pullback(load: Callable[..., ModuleType]) -> None:
    f = load("def f(u):\n    u[0] = 1.0\n").f
    with pytest.raises(sct.RefusedError, match=r"model.py:6:5: `f` returns no number"):
        sct.vjp(f, np.ones(2))


def test_a_copy_of_residuals_shares_what_they_shared() -> None:
    Pair = namedtuple("Pair", "a b")
    array = np.arange(12.0).reshape(3, 4)
    view, tape = array.T[1:], [1.0, 2.0]
    kept = (array, view, tape, [array[0], tape], {"k": view}, Pair(view, "text"), None)
    made = duplicate(kept)
    made[0][:] = -1.0
    made[2].append(3.0)
    assert np.all(made[1] == -1.0) and np.all(made[3][0] == -1.0) and made[4]["k"] is made[1] is made[5].a
    assert made[3][1] == [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(kept[1], np.arange(12.0).reshape(3, 4).T[1:])
    assert tape == [1.0, 2.0]


CALLEE = """
def inner(x: float) -> float:
    a = np.zeros(2)
    a[0] = x * x + 1.0
    a[0] = np.sqrt(a[0])
    return a[0] * x


def outer(x: float, n: int) -> float:
    for i in range(n):
        x = x * inner(x)
    return x
"""


def test_a_callee_computes_nothing_again_from_what_was_overwritten() -> None:
    hold(f"import numpy as np\n{CALLEE}", "outer", (0,), (0.7, 3))


@pytest.mark.parametrize("mode", ["pullback", "both"])
def test_functions_asked_for_keep_their_names(load: Callable[..., ModuleType], tmp_path: Path, mode: str) -> None:
    """They are called by others as well, with respect to other parameters."""
    text = "def g(x: float, y: float) -> float:\n    return x * y * y\n\n\n"
    text += "def f(x: float) -> float:\n    for i in range(2):\n        x = g(x, x) + x\n    return x\n"
    model = load(text)
    path = str(tmp_path / "model.py")
    assert CliRunner().invoke(app, ["build", path, "-f", "g", "-f", "f", "--mode", mode]).exit_code == 0
    committed = tmp_path / "model_grad.py"
    module = load_module(committed)
    names = [node.name for node in ast.parse(committed.read_text()).body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names))
    if mode == "both":
        assert module.g_tangent(2.0, 3.0, x_dot=1.0) == (18.0, 9.0)
        return
    assert module.g_reverse(module.g_forward(2.0, 3.0)[1], 1.0) == 9.0
    value, back = sct.pullback(model.f, 0.5)
    assert (value, back(1.0)) == (0.625 + 0.625**3, ((1 + 3 * 0.25) * (1 + 3 * 0.625**2),))
    assert not (tmp_path / "__sct_cache__").exists(), "the committed sweeps were not used"


# many directions at once


@pytest.mark.parametrize("case", golden(), ids=str)
def test_a_stack_of_directions_is_one_after_the_other(case: Golden) -> None:
    if case.name == "distance":  # it calls a function with a rule of its own
        with pytest.raises(sct.RefusedError, match="which is for one direction, along several directions"):
            generated(case, "tangents")
        return
    together, single = (generated(case, mode) for mode in ("tangents", "tangent"))
    names = list(inspect.signature(together[case.name]).parameters)
    wrt = sorted(names.index(entry) if isinstance(entry, str) else entry for entry in case.wrt)
    rng = np.random.default_rng(3)
    dots = {f"{names[k]}_dot": rng.normal(size=(4, *np.shape(case.args[k]))) for k in wrt}
    given, kept = copied(list(case.args)), copied(dots)
    value, stack = together[f"{case.name}_tangents"](*given, **dots)
    assert same(dots, kept) and all(map(same, given, case.args)), "an argument was changed"
    for k in range(4):
        one = {name: dot[k].copy()[()] for name, dot in dots.items()}
        expected = single[f"{case.name}_tangent"](*copied(list(case.args)), **one)
        assert value == pytest.approx(expected[0], rel=1e-13)
        assert stack[k] == pytest.approx(expected[1], rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("first", [range(0, 10), range(10, 20)])
def test_random_programs(first: range) -> None:
    """The sweeps apart and the stacks of directions of random programs, against the adjoint and the tangent."""
    stacks = 0
    for seed in first:
        text, rng = program(seed), np.random.default_rng(seed)
        args = [*rng.normal(size=2).tolist(), rng.normal(size=SIZE), rng.normal(size=SIZE), SIZE]
        if judge(text, seed).kind != "correct":
            continue
        both, apart = (_built(text, mode) for mode in ("both", "pullback"))
        _, residuals = apart["f_forward"](*copied(args))
        _, bars = both["f_adjoint"](*copied(args))
        for again in (duplicate(residuals), residuals):
            for bar, wanted in zip(apart["f_reverse"](again, 1.0), bars, strict=True):
                np.testing.assert_allclose(bar, wanted, rtol=1e-9, atol=1e-11, err_msg=f"program {seed}")
        try:
            together = _built(text, "tangents")
        except sct.RefusedError:
            continue
        stacks += 1
        dots = [rng.normal(size=(3, *np.shape(arg))) for arg in args[:4]]
        _, stack = together["f_tangents"](*copied(args), *dots)
        for k in range(3):
            _, dot = both["f_tangent"](*copied(args), *(each[k].copy()[()] for each in dots))
            np.testing.assert_allclose(stack[k], dot, rtol=1e-9, atol=1e-11, err_msg=f"program {seed}")
    assert stacks > len(first) // 2


def _built(text: str, mode: Any) -> dict[str, Any]:
    (piece,) = differentiate(text, "program.py", [Request("f", WRT, mode, TYPES)])
    module: dict[str, Any] = {}
    helpers = [HELPERS[name] for name in piece.helpers]
    exec("\n\n".join([text.split("\n\n\n")[0], *piece.needs, piece.text, *helpers]), module)
    return module


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "xs = []\n    for i in range(3):\n        xs.append(x * i)\n    return xs[1] * x",
            "unknown rank, or in a list",
        ),
        ("u.T[0] = x\n    return np.sum(u * x)", "a part of a transposed array"),
        ("return np.sum(u[i, :, i] * x)", "arrays of indices that stand apart"),
    ],
)
def test_what_has_no_form_for_stacks_is_refused(body: str, reason: str) -> None:
    text = f"import numpy as np\n\n\ndef f(x, u, i):\n    {body}\n"
    types = (FLOAT, Type("array", ("a", "b", "c")), Type("array", ("k",), "int"))
    with pytest.raises(sct.RefusedError, match=f"{reason}, along several directions"):
        differentiate(text, "f.py", [Request("f", (0, 1), "tangents", types)])


def _product_of_polynomials(a, b):  # type: ignore[no-untyped-def]
    return np.polymul(a, b)


def _solved(A, b):  # type: ignore[no-untyped-def]
    return np.linalg.solve(A, b)


def _product(x):  # type: ignore[no-untyped-def]
    return np.prod(x)


def test_a_tangent_with_leading_zeros() -> None:
    """NumPy cuts the leading zeros of a product of polynomials, and not those of its tangent."""
    a, b, a_dot = np.array([1.0, 2.0]), np.array([3.0]), np.array([0.0, 1.0])
    value, dot = sct.jvp(_product_of_polynomials, (a, b), (a_dot, np.zeros(1)))
    assert np.array_equal(value, [3.0, 6.0]) and np.array_equal(dot, [0.0, 3.0])


def test_what_has_no_right_derivative_is_refused() -> None:
    np.testing.assert_array_equal(sct.hessian(_product)(np.array([1.0, 2.0, 3.0])), [[0, 3, 2], [3, 0, 1], [2, 1, 0]])
    A, b = np.eye(3) + np.zeros((3, 3, 3)), np.ones(3)
    with pytest.raises(RefusedError, match="a stack of matrices and a vector"):
        sct.jvp(_solved, (A, b), (A, b))
    with pytest.raises(RefusedError, match="the second derivative of a product"):
        sct.hessian(_product)(np.ones((2, 2)))


def test_a_tangent_of_another_shape() -> None:
    with pytest.raises(ArgumentError, match=r"the tangent of x has its shape, \(3,\), and not \(1,\)"):
        sct.jvp(_product, (np.ones(3),), (np.ones(1),))


@pytest.mark.parametrize("mode", [sct.vjp, sct.pullback])
def test_what_is_refused_of_an_argument_says_which_one(mode) -> None:
    def f(x, k):
        return x

    with pytest.raises(ArgumentError, match=r"test_modes.py:\d+: the argument k is of type complex"):
        mode(f, 1.0, 1j)
    with pytest.raises(ArgumentError, match=r"test_modes.py:\d+: the argument x is an array of complex128"):
        mode(f, np.array([1j]), 2.0)
