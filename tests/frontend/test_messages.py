"""What refusals say is so: the reason is the true one, and what the help says can be done."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sct
from sct.arguments import ArgumentError
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.results import NoNumberError
from tests.modules import load_module
from tests.programs import hold

HEAD = "import functools\nimport math\nimport numpy as np\nfrom typing import Callable, Union\n\n\n"


@pytest.mark.parametrize(
    ("text", "reason", "help_"),
    [
        (
            "def g(x):\n    return x\nh = g\ndef g(x):\n    return x * x\ndef f(x: float):\n    return h(x)",
            "`h` is another name of `g`, which is defined more than once",
            "define it once",
        ),
        (
            "p = functools.partial(pow, 2)\ndef f(x: float):\n    return p(x)",
            "the module constant `p` is made by more than arithmetic",
            "define a function with `def`",
        ),
        (
            "def f(x: float):\n    ys = [(z := t * x) for t in (1.0, 2.0)]\n    return z * sum(ys)",
            "`z` has no value here: what `:=` binds in a comprehension is not known outside",
            "assign `z` before this line, in a statement of its own",
        ),
        (
            "def f(x: np.ndarray):\n    return [x * k for k in range(3)][1]",
            "a list of what may be numbers or arrays",
            "say which: annotate the shapes",
        ),
        ("def f(x: float):\n    return round(x, 1)", "`round` does not take this argument here", "leave it out"),
        ("def f(x: float):\n    return math.sin(x, x)", "`sin` does not take this argument here", "leave it out"),
        (
            "def f(x: float):\n    return np.sum(np.fromiter((i * x for i in range(3)), float))",
            "`np.fromiter` is given a generator",
            "make an array of it: `np.array([… for … in …])`",
        ),
        (
            "def f(x: Union[float, str]):\n    return x",
            "the annotation `Union[float, str]` of `x` tells no kind",
            "write `float`",
        ),
    ],
)
def test_reasons(text: str, reason: str, help_: str) -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate(f"{HEAD}{text}\n", "model.py", [Request("f", (0,))])
    assert f": {reason}" in str(caught.value) and help_ in str(caught.value).split("help: ")[1]


def test_tabs_and_spaces_that_only_python_takes() -> None:
    text = "def f(x: float):\n    if x > 0:\n        y = x\n    else:\n\t    y = x * x\n    return y\n"
    with pytest.raises(RefusedError, match=r"model\.py:5:1: tabs and spaces are mixed here") as caught:
        differentiate(text, "model.py", [Request("f", (0,))])
    assert "help: indent with spaces alone" in str(caught.value)
    differentiate(text.replace("\t", "    "), "model.py", [Request("f", (0,))])


def loaded(folder: Path, text: str) -> ModuleType:
    path = folder / "messages_model.py"
    path.write_text(text)
    return load_module(path)


def test_arguments_are_those_of_a_function_at_its_place(tmp_path: Path) -> None:
    model = loaded(tmp_path, "\n\ndef f(x, o):\n    return x * x\n")
    for made in (sct.grad(model.f), sct.grad(sct.grad(model.f))):
        for args, said in (((1.0, {2}), "the argument o is of type set"), (("a", 1), "the argument x is of type str")):
            with pytest.raises(ArgumentError) as caught:
                made(*args)
            assert str(caught.value).startswith(f"{tmp_path / 'messages_model.py'}:3: {said}")


def test_a_function_that_never_returns_says_so(tmp_path: Path) -> None:
    model = loaded(tmp_path, "def f(x):\n    return f(0.5 * x) * x\n")
    with pytest.raises(NoNumberError, match="f returns nothing: on every path it raises, calls itself again"):
        sct.grad(model.f)(1.0)


def test_a_function_in_an_if_is_refused_for_that(tmp_path: Path) -> None:
    choice = "if True:\n    def k(x):\n        return x * x\nelse:\n    def k(x):\n        return x\n\n\n"
    model = loaded(tmp_path, f"{choice}def f(x):\n    return k(x)\n")
    for f in (model.f, model.k):
        with pytest.raises(RefusedError, match="`k` is bound in an `if`"):
            sct.grad(f)(1.0)


LOOPS = """import numpy as np


def strict(x: float, a: "float[:]", b: "float[:]") -> float:
    t = 0.0
    for u, v in zip(a, b, strict=True):
        t += u * v * x
    return t


def counted(x: float, a: "float[:]") -> float:
    t = 0.0
    for i, u in enumerate(a, start=2):
        t += i * u * x**2
    for k, u in enumerate(start=3, iterable=[x, x * x]):
        t += k * u
    return t


def joined(x: float, a: "float[:]") -> float:
    p = (x, a[0])
    q = p
    p += (x * a[1],)
    return p[0] * p[2] * len(q)


def hinted(Q, k):
    # sct: Q: float[:, :], k: int
    return np.sum(Q**2) * k
"""


def test_strict_zips_and_starts_of_counts() -> None:
    a, b = np.array([0.5, -1.5, 2.0]), np.array([1.0, 3.0, 0.25])
    hold(LOOPS, "strict", (0, 1), (0.7, a, b))
    hold(LOOPS, "counted", (0, 1), (0.7, a))
    hold(LOOPS, "joined", (0, 1), (0.7, a))
    hold(LOOPS, "hinted", (0,), (np.outer(a, b), 3))


def test_a_strict_zip_of_other_lengths_raises() -> None:
    (piece,) = differentiate(LOOPS, "model.py", [Request("strict", (0,))])
    module: dict[str, object] = {}
    exec(piece.text, module)
    for name in ("strict_adjoint", "strict_grad"):
        with pytest.raises(AssertionError):
            module[name](0.7, np.ones(3), np.ones(4))  # type: ignore[operator]
    assert "    assert len(a) == len(b)\n" in piece.text
