"""Every pass hands on the same function: each stage of each sample is interpreted, and compared with the original."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from sct import stages
from sct.ir.nodes import Function
from sct.pipeline import Request, differentiate, marked
from tests.interpreter import Interpreter, NotInterpreted
from tests.sample_inputs import INPUTS
from tests.test_samples import SAMPLES
from tests.witness import along_dual, load_original

PLAIN = ("lower", "types", "prune", "prepare")
TANGENT = ("tangent", "simplify tangent", "tangent ownership")
# Before its residuals are provided, a reverse sweep in a loop has no meaning of its own.
ADJOINT = ("residuals", "order", "ownership")


def _requests(stem: str) -> list[Request]:
    path = SAMPLES / f"{stem}.py"
    return marked(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize(("stem", "name"), sorted(INPUTS))
def test_each_pass(stem: str, name: str) -> None:
    path = SAMPLES / f"{stem}.py"
    module = load_original(path)
    primal = module[name]
    (request,) = (found for found in _requests(stem) if found.name == name)
    names = list(inspect.signature(primal).parameters)
    wrt = sorted(names.index(entry) if isinstance(entry, str) else entry for entry in request.wrt)
    args = [float(a) if isinstance(a, int) and k in wrt else a for k, a in enumerate(INPUTS[stem, name][0])]
    rng = np.random.default_rng(3)
    directions: dict[int, Any] = {
        k: rng.normal(size=np.shape(args[k])) if np.ndim(args[k]) else rng.normal() for k in wrt
    }
    value = primal(*[a.copy() if isinstance(a, np.ndarray) else a for a in args])
    slope = along_dual(primal, args, directions)
    seen: list[str] = []

    def interpret(stage: str, fn: Function) -> None:
        if fn.name != name or stage not in PLAIN + TANGENT + ADJOINT:
            return
        is_alone = stage in ADJOINT and fn.body.yields[0].type.kind == "none"  # the gradient without the value
        extra = [] if is_alone else [1.0] if stage in ADJOINT else list(directions.values()) if stage in TANGENT else []
        defaults = [eval(fn.defaults[p], module) for p in fn.param_names[len(args) :]]
        try:
            got, *rest = Interpreter(module).run(fn, *args, *defaults, *extra)
        except NotInterpreted:
            return
        seen.append(stage)
        assert got is None if is_alone else got == pytest.approx(value, rel=1e-12), stage
        if stage in TANGENT:
            assert rest[0] == pytest.approx(slope, rel=1e-9, abs=1e-12), stage
        if stage in ADJOINT:
            along = sum(float(np.sum(bar * directions[k])) for bar, k in zip(rest, wrt, strict=True))
            assert along == pytest.approx(slope, rel=1e-9, abs=1e-12), stage

    stages.WATCHERS.append(interpret)
    try:
        differentiate(path.read_text(encoding="utf-8"), str(path), [Request(name, request.wrt, "both")])
    finally:
        stages.WATCHERS.remove(interpret)
    assert set(PLAIN) <= set(seen)
