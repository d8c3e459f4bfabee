"""Questions about the kind of a number: what one is, here and in Python, whether it is NumPy's or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.errors import RefusedError
from tests.modules import load_module
from tests.programs import hold
from tests.refused import refused
from tests.rules.calls import ROWS, Call, calls, domain

HEAD = "import numbers\n\nimport numpy as np\n\n\n"
BODY = "    if ‹isinstance({asked})›:\n        return 2.0 * x * x\n    return 5.0 * x * x\n"
INTS, FLOATS = (3, np.int64(3)), (3.0, np.float64(3.0))
BOTH = ["(int, np.integer)", "(np.integer, int)", "numbers.Number", "(float, int, np.integer)"]


def body(asked: str) -> str:
    return BODY.format(asked=asked).replace("‹", "").replace("›", "")


@pytest.mark.parametrize("asked", BOTH)
@pytest.mark.parametrize("n", [*INTS, *FLOATS], ids=repr)
def test_numbers_of_python_and_of_numpy(asked: str, n: Any) -> None:
    hold(f"{HEAD}def f(x, n):\n{body(f'n, {asked}')}", "f", (0,), (0.7, n), annotated=False)


@pytest.mark.parametrize("asked", ["(bool, np.bool_)", "(int, bool, np.bool_)", "float", "np.ndarray"])
@pytest.mark.parametrize("b", [True, np.True_], ids=repr)
def test_bools_of_python_and_of_numpy(asked: str, b: Any) -> None:
    hold(f"{HEAD}def f(x, b):\n{body(f'b, {asked}')}", "f", (0,), (0.7, b), annotated=False)


@pytest.mark.parametrize("asked", ["float", "(float, np.floating)", "np.integer"])
@pytest.mark.parametrize("x", FLOATS, ids=repr)
def test_floats(asked: str, x: Any) -> None:
    hold(f"{HEAD}def f(x):\n{body(f'x, {asked}')}", "f", (0,), (x,), annotated=False)


@pytest.mark.parametrize(
    ("kind", "asked", "both"),
    [
        ("int", "int", "(int, np.integer)"),
        ("int", "np.integer", "(int, np.integer)"),
        ("float", "np.floating", "(float, np.floating)"),
        ("bool", "bool", "(bool, np.bool_)"),
        ("bool", "np.bool_", "(bool, np.bool_)"),
        ("bool", "numbers.Number", "(bool, np.bool_)"),
        ("bool", "(int, np.integer)", "(bool, np.bool_)"),
    ],
)
def test_which_of_the_two_is_not_known(kind: str, asked: str, both: str) -> None:
    """The help is followed: it named what was refused itself."""
    head = f"{HEAD}def f(x: float, n: {kind}):\n"
    problem = refused(head + BODY.format(asked=f"n, {asked}"))
    assert f"this is a{'n' * (kind == 'int')} {kind} of Python's or of NumPy's" in problem.reason
    assert both in problem.help
    hold(head + body(f"n, {both}"), "f", (0,), (0.7, {"int": 3, "float": 3.0, "bool": True}[kind]))


@pytest.mark.parametrize("narrow", [np.float16, np.float32, np.longdouble])
def test_narrow_floats_are_none_of_python(narrow: type, tmp_path: Path) -> None:
    """Types call them floats: a branch of `isinstance(x, float)` was taken that Python does not take."""
    path = tmp_path / "model.py"
    heads = "def number(x, n):\n", "def inside(x, v):\n    n = v[0]\n"
    path.write_text(HEAD + "\n\n".join(head + body("n, float") for head in heads))
    m = load_module(path)
    for f, wide in ((sct.grad(m.number), 3.0), (sct.grad(m.inside), np.array([3.0])), (sct.grad(m.inside), [3.0])):
        assert f(2.0, wide) == 8.0
        given = [narrow(3.0)] if isinstance(wide, list) else np.asarray(wide).astype(narrow)[()]
        with pytest.raises(ArgumentError, match=r"asks what is a `float`, which no such number is; ask for"):
            f(2.0, given)
    path.write_text(path.read_text().replace("n, float", "n, (float, np.floating)"))
    m = load_module(path)
    assert sct.grad(m.number)(2.0, narrow(3.0)) == sct.grad(m.inside)(2.0, np.array([3.0], narrow)) == 8.0


MADE = (
    *("w", "np.asarray(w)", "np.array(w)", "np.zeros(())", "[w][0]", "(w if x > 0 else 1.0)", "max(w, 1.0)"),
    *("min(9.0, w, 8.0)", "max([w, 1.0])", "sorted([w, 1.0])[0]", "np.where(x > 0.0, w, 1.0)", "np.ones(2)[..., 0]"),
    *("np.einsum('i,i->', np.ones(2), np.ones(2), optimize=True)", "np.tile(x, ())"),
)


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(
    "asked", ["isinstance(y, np.ndarray)", "isinstance(y, (float, np.floating))", "np.isscalar(y)"]
)
def test_arrays_of_rank_0_are_no_numbers(made: str, asked: str, tmp_path: Path) -> None:
    """They are numbers on paper: the branch of a number was taken, which Python does not take."""
    path = tmp_path / "model.py"
    text = f"{HEAD}def inner(x, y):\n    return 2.0 * x * x if {asked} else 5.0 * x * x\n\n\n"
    path.write_text(f"{text}def f(x, w):\n    return inner(x, {made})\n")
    with pytest.raises(RefusedError, match="this may be an array of rank 0 or a number") as caught:
        sct.grad(load_module(path).f)(3.0, np.array(2.0))
    assert caught.value.diagnostics[0].span.line == 7
    assert "np.ndim(x) == 0" in caught.value.diagnostics[0].help
    path.write_text(path.read_text().replace(asked, "np.ndim(y) == 0"))
    assert sct.grad(load_module(path).f)(3.0, np.array(2.0)) == 12.0


@pytest.mark.parametrize("name", [row.name for row in ROWS])
@pytest.mark.filterwarnings("ignore")
def test_what_numpy_gives_as_an_array_of_rank_0(name: str) -> None:
    """Of every function: the branch is Python's, or it is not known."""
    for call in calls(name):
        points = call.points(domain(call) or 0)
        if np.ndim(call.function()(*points)):
            continue
        asked = f"2.0 * np.sum(a) if isinstance({call.text}, np.ndarray) else np.sum(a)"
        asking = Call(asked, call.shapes)
        try:
            module = asking.derived()
        except RefusedError:
            continue
        assert module["f_adjoint"](*points)[0] == pytest.approx(asking.function()(*points)), call
