"""Dicts whose keys are strings that a name stands for: of the module, or of the function."""

from __future__ import annotations

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = 'NAMES = ("a", "b", "c")\n\n\ndef f(x):\n'
TAKEN = '    return d["a"] * d["b"] ** 2 * d["c"]\n'
PROGRAMS = {
    "enumerated": "    d = {k: x[i] ** (i + 1) for i, k in enumerate(NAMES)}\n",
    "of a local name": '    names = ("a", "b", "c")\n    d = {k: x[i] * x[0] for i, k in enumerate(names, 0)}\n',
    "of a list": '    names = ["a", "b", "c"]\n    d = {k: 2.0 * x[-i] for i, k in enumerate(names, start=1)}\n',
    "zipped": "    d = {k: v * v for k, v in zip(NAMES, (x[0], x[1], x[2]))}\n",
    "backwards": "    d = {k: x[i] for i, k in enumerate(reversed(NAMES))}\n",
    "in a loop": (
        "    d = {k: 1.0 for k in NAMES}\n    for i, k in enumerate(NAMES):\n        d[k] = d[k] * x[i]\n"
        '        if k == "b":\n            d[k] = d[k] + x[0]\n'
    ),
}


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_programs(lines: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    hold(HEAD + lines + TAKEN, "f", (0,), (np.array([0.7, 1.2, -0.4]),), annotated=False, target=target)


def test_a_number_of_a_comprehension_needs_no_name() -> None:
    source = HEAD + "    d = {k: x[i] for i, k in enumerate(NAMES)}\n" + TAKEN
    (piece,) = differentiate(source, "f.py", [Request("f", types=(Type("array", ("n",)),))])
    assert '    d = {"a": x[0], "b": x[1], "c": x[2]}\n' in piece.text
