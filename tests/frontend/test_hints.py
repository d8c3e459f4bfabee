"""Hints in comments: what they tell, and that a wrong one is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.ir.types import FLOAT, INT, Type
from sct.pipeline import Request, differentiate
from tests.refused import MODES, refused

HEAD = "import numpy as np\nimport sct\n\n"
PROGRAM = """
def weigh(u, w):
    # sct: constant w
    return u * w


def f(x, table, k, flag):  # sct: x: float[:, :]
    # sct: table: int[:]
    # sct: constant table, k
    # sct: k: int
    # sct: flag: bool
    total = np.sum(x[k] ** table[k])
    if flag:
        total = total + np.sum(weigh(x, 2.0)[0])
    return total
"""


def built(text: str, **request: Any) -> dict[str, Any]:
    (piece,) = differentiate(HEAD + text, "model.py", [Request("f", mode="both", **request)])
    module: dict[str, Any] = {"np": np}
    exec(piece.text, module)
    module["text"] = piece.text
    return module


def test_hints_stand_for_annotations() -> None:
    module = built(PROGRAM)
    x, table = np.arange(1.0, 7.0).reshape(2, 3), np.array([2, 3])
    value, x_bar = module["f_adjoint"](x, table, 1, True)
    assert value == np.sum(x[1] ** 3) + 2 * np.sum(x[0])
    assert np.allclose(x_bar, [[2.0] * 3, 3 * x[1] ** 2])
    assert module["f_tangent"](x, table, 1, True, x_dot=x)[1] == np.sum(x_bar * x)
    assert "weigh_reverse" in module["text"] and "w_bar" not in module["text"]  # no adjoint of what is constant
    again = HEAD + module["text"]
    differentiate(again, "again.py", [Request("f_adjoint", ("x",))])


@pytest.mark.parametrize("name", ["f_adjoint", "f_grad"])
def test_generated_code_checks_its_arguments(name: str) -> None:
    f = built(PROGRAM)[name]
    x, table = np.ones((2, 3)), np.array([2, 3])
    for wrong in (
        (x[0], table, 1, True),
        (2.0, table, 1, True),
        (x.astype(int), table, 1, True),
        (x, table * 1.0, 1, True),
        (x, table, 1.5, True),
        (x, table, 1, 2),
    ):
        with pytest.raises(AssertionError):
            f(*wrong)


def test_what_is_passed_is_held_to_the_hint() -> None:
    for types, said in (
        ((Type("array", ("n",)), Type("array", ("m",), "int"), INT, INT), "array of floats of rank 1"),
        ((FLOAT, Type("array", ("m",), "int"), INT, INT), "of the kind float"),
        ((Type("array", ("n", "n")), Type("array", ("m",)), INT, Type("bool")), "array of floats of rank 1"),
    ):
        with pytest.raises(RefusedError, match=said) as caught:
            built(PROGRAM, types=types)
        assert "# sct: " in str(caught.value) and "^" in str(caught.value)


@sct.grad
def hinted(x, n):
    # sct: x: float[:]
    # sct: constant n
    return np.sum(x**n)


def test_the_decorator_holds_a_call_to_the_hint() -> None:
    assert np.allclose(hinted(np.array([1.0, 2.0]), 3), [3.0, 12.0])
    with pytest.raises(RefusedError, match="the hint says"):
        hinted(np.ones((2, 2)), 3)
    with pytest.raises(RefusedError, match="`n` is differentiated"):
        sct.grad(hinted.primal, wrt="n")(np.ones(2), 3.0)


def test_an_annotation_may_be_written_so_too() -> None:
    (piece,) = differentiate(HEAD + "def f(x: float[:, :]):\n    return np.sum(x @ x[0])\n", "m.py", [Request("f")])
    assert "np.outer" in piece.text


@pytest.mark.parametrize("annotation", ["np.ndarray", "NDArray[np.float64]"])
def test_a_hint_adds_the_rank_to_an_annotation(annotation: str) -> None:
    hint = "  # sct: x: float[:]\n    # sct: A: float[:, :]\n"
    text = f"def f(x: {annotation}, A: {annotation}):{hint}    return np.sum(A @ x)\n"
    (piece,) = differentiate(HEAD + text, "m.py", [Request("f")])
    module: dict[str, Any] = {"np": np}
    exec("from __future__ import annotations\n" + piece.text, module)
    assert np.all(module["f_adjoint"](np.ones(3), np.arange(6.0).reshape(2, 3))[1] == [3, 5, 7])
    with pytest.raises(AssertionError):
        module["f_adjoint"](np.ones((3, 3)), np.ones((2, 3)))


REFUSED = [
    ("def f(x: float):\n    ‹# sct: parallel›\n    return x", "the hint `parallel` is not known"),
    ("‹# sct: contant x›\ndef f(x: float):\n    return x", "the hint `contant x` is not known"),
    ("def f(x: float):\n    return x  ‹# sct: float›", "the hint `float` is not known"),
    ("def f(x: float):\n    ‹# SCT: constant x›\n    return x", "this looks like a hint, which begins with `# sct:`"),
    ("def f(x: float):\n    return x  ‹# sct constant x›", "this looks like a hint"),
    ("‹# Sct : x: float›\ndef f(x):\n    return x", "this looks like a hint"),
    ("def f(x: float):\n    for _ in range(3):  ‹# sct checkpoint›\n        x = x * x\n    return x", "like a hint"),
    ("def f(x):\n    ‹# sct: x: float[3]›\n    return x", "the kind `float[3]` is not known"),
    ("def f(x):\n    ‹# sct: x: {›\n    return x", "the kind `{` is not known"),
    ("def f(x):\n    ‹# sct: x: str›\n    return x", "the kind `str` is not known"),
    ("def f(x: float):\n    ‹# sct: y: float›\n    return x", "`y` is no parameter of this function"),
    ("def f(x: float):\n    ‹# sct: constant x, y›\n    return x", "`y` is no parameter of this function"),
    ("def f(x: float):\n    ‹# sct: x: float[:]›\n    return x", "the kind of `x` is stated twice"),
    ("def f(x: np.ndarray):\n    ‹# sct: x: float›\n    return x", "the kind of `x` is stated twice"),
    ("def f(x: NDArray[np.float64]):\n    ‹# sct: x: int[:]›\n    return x", "the kind of `x` is stated twice"),
    ('def f(x: Float[np.ndarray, "n"]):\n    ‹# sct: x: float[:]›\n    return x', "the kind of `x` is stated twice"),
    ("def f(x: float):\n    ‹# sct: constant x›\n    return x", "`x` is differentiated"),
    (
        "def f(x: float, u):\n    # sct: u: float[:]\n    ‹# sct: constant u›\n    u[0] = x\n    return u[0]",
        "this argument is written into",
    ),
    (
        "def g(a, b):\n    # sct: constant b\n    return a * b\n\n\ndef f(x: float):\n    return g(x, 2) + ‹g(2, x)›",
        "`b` of `g` depends on the inputs here",
    ),
    (
        "def g(a):\n    ‹# sct: a: float[:]›\n    return a * 2\n\n\ndef f(x: float):\n    return g(x)",
        "the hint says `float[:]`, but `a` is of the kind float",
    ),
    (
        "def g(*a):\n    ‹# sct: nothing›\n    return a[0] * 2\n\n\ndef f(x: float):\n    return g(x)",
        "the hint `nothing` is not known",
    ),
    (
        "def g(h, a):\n    # sct: constant a\n    return h(a)\n\n\ndef f(x: float):\n    return ‹g(np.sin, x)›",
        "`g` has hints, and is lowered where it is called",
    ),
]


@pytest.mark.parametrize(("marked", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_refusal(marked: str, reason: str) -> None:
    for mode in MODES:
        assert reason in refused(HEAD + marked, mode=mode).reason


@pytest.mark.parametrize("comment", ["sct constant folding of x is fine here", "as sct: see below", "sct", "SCT scans"])
def test_prose_is_no_hint(comment: str) -> None:
    assert built(f"def f(x: float) -> float:\n    # {comment}\n    return x * x\n")["f_adjoint"](3.0) == (9.0, 6.0)
