"""What tests share: the IR is checked after every pass of every test; targets; a module that imports another."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from sct import stages
from sct.ir.check import check
from sct.ir.nodes import Function

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REVERSE_UNPROVIDED = ("transpose", "narrow", "simplify adjoint", "updates", "completed")
REVERSE = ("residuals", "share", "read again", "order", "ownership")


def checked(stage: str, fn: Function) -> None:
    if stage in REVERSE_UNPROVIDED:
        check(fn, elsewhere=lambda value: True)
    elif stage in REVERSE:
        check(fn, elsewhere=lambda value: value.type.kind in ("array", "tape"))
    else:
        check(fn)


@pytest.fixture(autouse=True)
def _check_every_pass() -> Iterator[None]:
    stages.WATCHERS.append(checked)
    yield
    stages.WATCHERS.remove(checked)


@pytest.fixture(params=["python", "numba"])
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> stages.Target:
    """The targets; what Numba would compile runs in Python."""
    if request.param == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    found: stages.Target = request.param
    return found


@pytest.fixture
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The test module's ``MODEL``, which imports its ``HELPER``; with names of their own, as modules stay imported."""
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)
    (tmp_path / f"helper_{name}.py").write_text(request.module.HELPER)
    (tmp_path / f"model_{name}.py").write_text(request.module.MODEL.replace("HELPER", f"helper_{name}"))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(f"model_{name}")
