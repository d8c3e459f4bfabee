"""The IR is checked after every pass of every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from sct import stages
from sct.ir.check import check
from sct.ir.nodes import Function

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REVERSE_UNPROVIDED = ("transpose", "simplify adjoint", "updates")
REVERSE = ("residuals", "share", "order", "ownership")


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
