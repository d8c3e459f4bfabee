"""What is loaded is held to what the files say, in the module of the function and in those that it imports."""

from __future__ import annotations

import functools
import importlib
import inspect
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sct
from sct.origin import SourceError

HELPER = "def h(x):\n    return x * 3\n\n\ndef other(x):\n    return x * 4\n"
MODEL = """import math

import HELPER as helper
import numpy as np
from HELPER import other
from math import cos


def f(x):
    return helper.h(x) + math.sin(x) * 0.0 + own(x) * 0.0 + other(x) * 0.0 + cos(x) * 0.0 + np.exp(x) * 0.0


def own(x):
    return x


def of_sinc(x):
    return np.sinc(x)


def of_abs(x):
    return np.abs(x)
"""


def square(x):
    return x * x


@pytest.mark.parametrize("put", [square, np.sin, "other"], ids=["a function", "one of NumPy", "one beside it"])
@pytest.mark.parametrize("place", ["helper.h", "math.sin", "own", "other", "cos"])
def test_what_was_put_in_another_place_is_refused(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, place: str, put: object
) -> None:
    assert sct.grad(model.f)(1.0) == 3.0
    new = model.helper.h if place == "other" and put == "other" else model.other if put == "other" else put
    owner, _, name = f"model.{place}".rpartition(".")
    module = {"model": model, "model.helper": model.helper, "model.math": math}[owner]
    monkeypatch.setattr(module, name, new)
    with pytest.raises(SourceError, match=rf"{name} is not what the file says"):
        sct.grad(model.f)(1.0)


def doubled(f):
    @functools.wraps(f)
    def made(x):
        return 2.0 * f(x)

    return made


@pytest.mark.parametrize("place", ["helper.h", "own", "other", "np.sinc"])
def test_a_wrapper_in_the_place_of_what_it_wraps_is_refused(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It has the name and the module of the function inside, and does something else."""
    owner, _, name = f"model.{place}".rpartition(".")
    module = {"model": model, "model.helper": model.helper, "model.np": np}[owner]
    f = model.of_sinc if name == "sinc" else model.f
    again = sct.grad(f)
    before = again(1.0)
    monkeypatch.setattr(module, name, doubled(getattr(module, name)))
    with pytest.raises(SourceError, match=rf"{name} is not what the file says"):
        sct.grad(f)(1.0)
    monkeypatch.undo()
    assert sct.grad(f)(1.0) == again(1.0) == before


@pytest.mark.parametrize("deco", ["", "from HELPER import deco\n\n\n"], ids=["here", "imported"])
def test_a_decorator_that_wraps_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deco: str) -> None:
    own = "\n".join(inspect.getsource(doubled).splitlines()).replace("doubled", "deco")
    name = f"wrapped_{'there' if deco else 'here'}"
    (tmp_path / f"helper_{name}.py").write_text(f"import functools\n\n\n{own}\n")
    text = deco.replace("HELPER", f"helper_{name}") or f"{own}\n\n\n"
    (tmp_path / f"{name}.py").write_text(
        f"import functools\n\nimport sct\n{text}@sct.grad\n@deco\ndef f(x):\n    return x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    f = importlib.import_module(name).f
    with pytest.raises(SourceError, match=r"\.py:\d+: it is not known what the decorator `@deco` makes of `f`; leave"):
        f(1.0)


@pytest.mark.parametrize("other", [np.prod, np.exp], ids=["a function", "a ufunc"])
def test_another_function_of_the_library_in_the_place_of_one(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch, other: object
) -> None:
    monkeypatch.setattr(np, "sinc", other)
    with pytest.raises(SourceError, match=r"numpy\.sinc is not what the file says"):
        sct.grad(model.of_sinc)(1.0)


def test_another_name_of_a_function_of_the_library(model: ModuleType) -> None:
    assert sct.grad(model.of_abs)(-2.0) == -1.0


def test_another_module_in_the_place_of_a_library(model: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "np", math)
    with pytest.raises(SourceError, match="np is not what the file says"):
        sct.grad(model.f)(1.0)


def test_an_imported_file_that_was_edited_since(model: ModuleType) -> None:
    path = Path(str(model.helper.__file__))
    path.write_text(HELPER.replace("* 3", "* 5"))
    with pytest.raises(SourceError, match="h is not what the file says"):
        sct.grad(model.f)(1.0)
    importlib.invalidate_caches()
    path.write_text(HELPER.replace("* 3", "*    3"))
    assert sct.grad(model.f)(1.0) == 3.0
    assert sys.modules[model.helper.__name__] is model.helper
