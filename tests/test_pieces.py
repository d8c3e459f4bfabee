"""What is generated is generated once in a process, as long as what was read for it is as it was."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import sct
import sct.pieces

MODEL = "import numpy as np\nfrom pieces_helper import scaled\n\n\ndef f(x):\n    return np.sum(scaled(x) ** 2)\n"


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that are generated while a test runs."""
    names: list[str] = []
    differentiate = sct.pieces.differentiate

    def noted(text: str, file: str, requests: list[sct.pieces.Request]) -> list[sct.pieces.Piece]:
        names.extend(request.name for request in requests)
        return differentiate(text, file, requests)

    monkeypatch.setattr(sct.pieces, "differentiate", noted)
    return names


def test_each_derivative_takes_what_another_one_made(generated: list[str]) -> None:
    x = np.array([0.3, 0.8])
    for _ in range(3):
        np.testing.assert_allclose(sct.grad(_cubes)(x), 3 * x**2)
        assert sct.jvp(_cubes, (x,), (x,))[1] == pytest.approx(np.sum(3 * x**3))
    assert generated == ["_cubes", "_cubes"]  # one a mode
    np.testing.assert_allclose(sct.grad(_cubes)(x[:1] + 0.0), 3 * x[:1] ** 2)
    assert len(generated) == 3  # an array of one element is another type


def _cubes(x: np.ndarray) -> float:
    return np.sum(x**3)  # type: ignore[no-any-return]


def test_what_it_imports_is_read_again(generated: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    helper, model = tmp_path / "pieces_helper.py", tmp_path / "pieces_model.py"
    helper.write_text("def scaled(x):\n    return 2.0 * x\n")
    model.write_text(MODEL)
    module = importlib.import_module("pieces_model")
    x = np.array([0.3, 0.8])
    np.testing.assert_allclose(sct.grad(module.f)(x), 8 * x)
    helper.write_text("def scaled(x):\n    return 33.0 * x\n")
    for name in ("pieces_helper", "pieces_model"):
        del sys.modules[name]
    importlib.invalidate_caches()
    module = importlib.import_module("pieces_model")
    np.testing.assert_allclose(sct.grad(module.f)(x), 2 * 33**2 * x)
    assert generated == ["f", "f"]
