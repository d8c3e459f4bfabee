"""Functions of other modules on disk, in packages and through relative imports; decorated ones."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import sct
from sct.backend.sources import source_hash
from sct.builds import plan
from sct.errors import RefusedError
from tests.refused import unmarked
from tests.witness import along_differences

FILES = {
    "__init__.py": "from .helpers import gain as amplify\n",
    "helpers.py": """
import math as m
from math import pi

from .sub import consts as cc
from .sub.consts import SHIFT, table

GAIN = 1.5


def rate(t):
    return t * GAIN


def gain(x, k=GAIN, *, p=pi / 2):
    return m.sin(x * k) + SHIFT * x + p + rate(2.0) * x + cc.OTHER * table(x)


def twice(f, x):
    return f(f(x)) * GAIN + SHIFT
""",
    "sub/__init__.py": "",
    "sub/consts.py": """
from ..sub import deep

SHIFT = 0.25
OTHER = 2.5


def table(x):
    return x * x + deep.DEPTH * deep.dive(x)
""",
    "sub/deep.py": """
import numpy

DEPTH = 3.0


def dive(x):
    return numpy.tanh(x) * 2 * numpy.pi
""",
    "model.py": """
import {package}.sub.deep
from {package} import amplify

from . import helpers
from .helpers import gain as g, rate

OTHER = 1.0


def f(x: float) -> float:
    y = g(x) * helpers.gain(x, k=0.2) * rate(3.0) * 0.01
    return y + helpers.twice(lambda t: t * x, x) + amplify(x) + {package}.sub.deep.dive(x) * OTHER
""",
}


@pytest.fixture
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A package, by a name of its own each time, as modules stay imported."""
    name = f"package_of_{request.node.name}"
    folder = tmp_path / name
    for file, text in FILES.items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("{package}", name))
    sys.path.insert(0, str(tmp_path))
    yield folder
    sys.path.remove(str(tmp_path))


def _model(package: Path, module: str = "model") -> ModuleType:
    return importlib.import_module(f"{package.name}.{module}")


def test_a_built_module_imports_what_it_needs(package: Path) -> None:
    build = plan(package / "model.py", ["f"], mode="both")
    build.target.write_text(build.text())
    f, made = _model(package).f, _model(package, "model_grad")
    expected, error = along_differences(f, (0.4,), {0: 1.0})
    value, found = made.f_adjoint(0.4)
    assert value == pytest.approx(f(0.4), rel=1e-12)
    assert found == pytest.approx(expected, abs=1e-7 + 10 * error)
    assert made.f_tangent(0.4, x_dot=1.0)[1] == pytest.approx(found, rel=1e-12)


def test_a_module_is_named_from_within_its_package(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command runs does not tell what a module's imports are."""
    inner = package / "sub" / "inner.py"
    lines = ["from .. import amplify", f"from {package.name}.helpers import gain", "", ""]
    inner.write_text("\n".join([*lines, "def f(x: float) -> float:", "    return amplify(x) * gain(x)", ""]))
    for file in (package / "model.py", inner):
        expected, hashed = plan(file, ["f"]).text(), source_hash(file.read_text(), "f", str(file))
        monkeypatch.chdir(file.parent)
        assert plan(Path(file.name), ["f"]).text() == expected
        assert source_hash(file.read_text(), "f", file.name) == hashed


def test_the_decorator_finds_the_package(package: Path) -> None:
    f = _model(package).f
    expected, error = along_differences(f, (0.4,), {0: 1.0})
    assert sct.grad(f)(0.4) == pytest.approx(expected, abs=1e-7 + 10 * error)


def test_what_another_module_says_counts(package: Path) -> None:
    model, deep = package / "model.py", package / "sub" / "deep.py"
    before = source_hash(model.read_text(), "f", str(model))
    deep.write_text(deep.read_text().replace("DEPTH = 3.0", "DEPTH = 4.0"))
    assert source_hash(model.read_text(), "f", str(model)) != before


def test_a_refusal_in_another_module_shows_its_text(package: Path) -> None:
    deep = package / "sub" / "deep.py"
    deep.write_text(deep.read_text().replace("numpy.tanh", "numpy.lexsort"))
    with pytest.raises(RefusedError, match=r"deep\.py:8:12: the function `numpy.lexsort` is not supported") as caught:
        plan(package / "model.py", ["f"]).text()
    assert "return numpy.lexsort(x) * 2" in str(caught.value)


@pytest.mark.parametrize(
    ("imports", "body", "problem", "help_"),
    [
        (
            "from . import sub",
            "‹sub.consts›.table(x)",
            "the module `sub.consts` is not imported",
            "`from .sub import consts`",
        ),
        (
            "from . import sub as s",
            "‹s.deep›.dive(x)",
            "the module `s.deep` is not imported",
            "`from .sub import deep`",
        ),
        ("from nowhere import h", "‹h(x)›", "`h` is not known: there is no module `nowhere` beside", "define it in"),
        ("from nowhere import H", "‹H› * x", "`H` is not known: there is no module `nowhere` beside", "define it in"),
        ("import nowhere as w", "‹w.h(x)›", "`w.h` is not known: there is no module `nowhere` beside", "define it in"),
        (
            "from . import nowhere",
            "‹nowhere›.h(x)",
            "`nowhere` is not known: there is no module `.nowhere`",
            "define",
        ),
    ],
)
def test_what_is_not_imported_is_said(package: Path, imports: str, body: str, problem: str, help_: str) -> None:
    source, place = unmarked(f"{imports}\n\n\ndef f(x: float) -> float:\n    return {body}\n")
    (package / "lost.py").write_text(source)
    with pytest.raises(RefusedError) as caught:
        plan(package / "lost.py", ["f"]).text()
    (found,) = caught.value.diagnostics
    assert problem in found.reason and help_ in found.help
    assert found.span == replace(place, file=str(package / "lost.py"))


def test_a_relative_import_where_the_file_is_named_without_a_folder(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "here.py").write_text("from . import helpers\n\n\ndef f(x: float):\n    return helpers.rate(x)\n")
    monkeypatch.chdir(package)
    assert "f_adjoint" in plan(Path("here.py"), ["f"]).text()


@functools.lru_cache
def _cached(x: float) -> float:
    return x**3


def _calls_cached(x: float) -> float:
    return _cached(x) * x


def test_cached_functions() -> None:
    assert sct.grad(_cached)(2.0) == 12.0
    assert sct.grad(_calls_cached)(2.0) == 32.0


def test_compiled_functions() -> None:
    numba = pytest.importorskip("numba")
    assert sct.grad(numba.njit(_cube))(2.0) == 12.0


def _cube(x: float) -> float:
    return x**3


DERIVED = {
    "stuff.py": "def height(x: float, x_dot: float) -> float:\n    return x * x * x + x_dot * x_dot * x\n",
    "again.py": """
from stuff import height
from stuff_grad import height_tangent


def slope(x: float, v: float) -> float:
    _, dot = height_tangent(x, v, x * v)
    return dot + height(x, v)
""",
}


def test_a_derivative_of_a_derivative_hides_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter is called as the tangent of another, and an imported function as a callee's tangent."""
    for file, text in DERIVED.items():
        (tmp_path / file).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    first = plan(tmp_path / "stuff.py", ["height"], wrt=["x"], mode="both")
    first.target.write_text(first.text())
    build = plan(tmp_path / "again.py", ["slope"], wrt=["x", "v"], mode="both")
    build.target.write_text(build.text())
    made = importlib.import_module("again_grad")

    def slope(x: float, v: float) -> float:
        return (3 * x * x + v * v) * x * v + x * x * x + v * v * x

    for direction in ((1.0, 0.0), (0.0, 1.0)):
        expected, error = along_differences(slope, (0.7, 0.4), {0: direction[0], 1: direction[1]})
        value, bars = made.slope_adjoint(0.7, 0.4)
        assert value == pytest.approx(slope(0.7, 0.4), rel=1e-12)
        assert sum(a * b for a, b in zip(bars, direction, strict=True)) == pytest.approx(
            expected, abs=1e-7 + 10 * error
        )
        assert made.slope_tangent(0.7, 0.4, *direction)[1] == pytest.approx(expected, abs=1e-7 + 10 * error)


CONSTANT = """
import numpy as np


def fit(w, x, scale):
    y = x @ w
    return np.sum(y**2) * scale


def loss(w: np.ndarray, x: np.ndarray, scale: float) -> float:
    return fit(w, x, 2.0) + fit(w, x, scale)
"""


def test_a_callee_is_differentiated_in_what_is_active(tmp_path: Path) -> None:
    text = CONSTANT.replace("w: np.ndarray", "w: \"Float[np.ndarray, 'd']\"").replace(
        "x: np.ndarray", "x: \"Float[np.ndarray, 'n d']\""
    )
    (tmp_path / "model.py").write_text(text)
    made = plan(tmp_path / "model.py", ["loss"], wrt=["w"], mode="both").text()
    assert "fit_reverse" in made
    assert "fit_tangent" in made
    assert "x_bar" not in made
    assert "x_dot" not in made
    assert "scale_bar" not in made
