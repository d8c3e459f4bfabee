"""What annotations and defaults tell the command: kinds, and what may be None for all that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct.builds import plan
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "from typing import Annotated, NamedTuple, Optional, Union\nimport numpy as np\nimport sct\n\n"
DEFAULTS = {
    "a string": ('def f(x: float, kind="put"):\n    return x**2 if kind == "put" else x', ("call",)),
    "a tuple": ("def f(x: float, betas=(0.9, 2)):\n    return x ** betas[1] * betas[0]", ((0.5, 3),)),
    "a negative number": ("def f(x: float, k=-1, flag=False):\n    return x**k + flag", (-2, True)),
}


@pytest.mark.parametrize(("text", "rest"), DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_tells_the_kind(text: str, rest: tuple[Any, ...]) -> None:
    hold(HEAD + text + "\n", "f", (0,), (1.5, *rest))


PICK = """
class P(NamedTuple):
    a: float
    w: Optional[float] = None
def g(x, v):
    if v is None:
        return x * x
    return 3 * x
def h(x):
    return x * x
"""
OPTIONAL = {
    "a default": "def f(x: float, w: float = None):\n    return g(x, w) * x",
    "Optional": "def f(x: float, w: Optional[float]):\n    return x**2 if w is None else x * w",
    "a union": "def f(x: float, w: None | float):\n    w = 1.0 if w is None else w\n    return g(x * w, w)",
    "Union": "def f(x: float, w: Union[float, None]):\n    return x**2 if w is None else x * w",
    "a union of three": "def f(x: float, w: 'int | float | None'):\n    return x**2 if w is None else x * w",
    "Annotated": "def f(x: Annotated[float, 1], w: Annotated[float | None, 1]):\n    return x if w is None else x * w",
    "as a string": "def f(x: float, w: 'float | None'):\n    if w is None:\n        return x**2\n    return x * w",
}


@pytest.mark.parametrize("given", [None, 2.0])
@pytest.mark.parametrize("text", OPTIONAL.values(), ids=OPTIONAL)
def test_what_may_be_none_is_asked_when_it_runs(text: str, given: float | None) -> None:
    hold(HEAD + PICK + text + "\n", "f", (0,), (1.5, given))


def test_what_may_be_none_may_be_so_in_a_derivative_of_a_derivative() -> None:
    text = "def f(x: float, w: float = None):\n    return sct.grad(g)(x, w) * x\n"
    (piece,) = differentiate(HEAD + PICK + text, "m.py", [Request("f")])
    module: dict[str, Any] = {}
    exec(HEAD + piece.text, module)
    assert module["f_adjoint"](2.0) == (8.0, 8.0)
    assert module["f_adjoint"](2.0, 1.0) == (6.0, 3.0)


def test_a_field_may_be_none() -> None:
    (piece,) = differentiate(
        HEAD + PICK + "def f(x: float, p: P):\n    return g(x, p.w)\n", "m.py", [Request("f", mode="both")]
    )
    module: dict[str, Any] = {}
    exec(HEAD + piece.text, module)
    assert module["f_adjoint"](2.0, module["P"](1.0)) == (4.0, 4.0)
    assert module["f_adjoint"](2.0, module["P"](1.0, 1.0)) == (6.0, 3.0)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x, kind=None):\n    return x",
        "def f(x: float, w: 'Tensor'):\n    return x",
        "def f(x: float, w: 'str | float'):\n    return x",
    ],
)
def test_the_help_names_the_kinds(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate(HEAD + text + "\n", "m.py", [Request("f")])
    for found in caught.value.diagnostics:
        assert "`str`" in found.help and "tuple[…]" in found.help and "| None" in found.help


ALIASES = """
from typing import Annotated, NewType, Optional
import numpy as np
import numpy.typing as npt

Vec = np.ndarray[tuple[int], np.dtype[np.float64]]
Mat = npt.NDArray[np.float64]
Meters = NewType("Meters", float)
Pair = tuple[Meters, "Vec"]
Maybe = Optional[Meters]
Number = int | float
Tree = list["Tree"]
decorate = lambda cls: cls


@decorate
class Result(float):
    pass


def f(x: Vec, A: Mat, p: Pair, k: Number, o: Maybe = None) -> Meters:
    # sct: A: float[:, :]
    scale = k if o is None else o
    return x @ A @ x * p[0] * np.sum(p[1]) * scale


def g(x: Meters) -> Result:
    return x * x


def h(x: float, t: Tree):
    return x
"""


@pytest.mark.parametrize("given", [None, 2.0])
def test_names_of_types(given: float | None) -> None:
    """With the names that it states them by, a module stands alone."""
    x = np.array([1.3, 0.4])
    hold(ALIASES, "f", (0, 1, 3), (x, np.outer(x, x) + 1.0, (1.5, x), 2.0, given))


def test_a_built_module_defines_the_names_of_types(tmp_path: Path) -> None:
    """Those that it cannot define are not evaluated."""
    path = tmp_path / "model.py"
    path.write_text(ALIASES)
    for name, evaluates in (("f", True), ("g", False)):
        text = plan(path, [name]).text()
        assert 'Meters = NewType("Meters", float)\n' in text
        assert ("from __future__ import annotations" in text) is not evaluates
        exec(text, {})


def test_a_type_of_itself_tells_no_kind() -> None:
    with pytest.raises(RefusedError, match=r"the annotation `Tree` of `t` tells no kind"):
        differentiate(ALIASES, "model.py", [Request("h")])
