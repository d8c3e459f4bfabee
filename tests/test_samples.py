"""The golden suite: every committed pair is executed and held to two independent witnesses."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sct.pipeline import marked
from tests.modules import load_module
from tests.sample_inputs import INPUTS
from tests.witness import along_differences, along_dual, load_original

SAMPLES = Path(__file__).parent.parent / "samples"
SOURCES = [path for path in sorted(SAMPLES.glob("*.py")) if path.with_name(f"{path.stem}_grad.py").exists()]


def load_generated(stem: str) -> ModuleType:
    return load_module(SAMPLES / f"{stem}_grad.py")


def _marked() -> list[tuple[str, str, tuple[int | str, ...]]]:
    return [
        (path.stem, request.name, request.wrt)
        for path in SOURCES
        for request in marked(path.read_text(encoding="utf-8"), str(path))
    ]


def _copies(args: tuple[Any, ...]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def test_there_are_enough_samples() -> None:
    assert len(SOURCES) >= 25
    assert {(stem, name) for stem, name, _ in _marked()} == set(INPUTS)


@pytest.mark.parametrize(("stem", "name", "wrt"), _marked(), ids=lambda value: value if isinstance(value, str) else "")
def test_sample(stem: str, name: str, wrt: tuple[int | str, ...]) -> None:
    primal = load_original(SAMPLES / f"{stem}.py")[name]
    module = load_generated(stem)
    names = list(inspect.signature(primal).parameters)
    positions = sorted(names.index(entry) if isinstance(entry, str) else entry for entry in wrt)
    for args in INPUTS[stem, name]:
        given = _copies(args)
        value, bars = getattr(module, f"{name}_adjoint")(*given)
        for before, after in zip(args, given, strict=True):
            assert np.array_equal(before, after), "an argument was changed"
        assert value == pytest.approx(primal(*_copies(args)), rel=1e-12)
        bars = bars if len(positions) > 1 else (bars,)
        for bar, position in zip(bars, positions, strict=True):
            assert np.shape(bar) == np.shape(args[position])
        gradient = getattr(module, f"{name}_grad")(*_copies(args))
        for a, b in zip(gradient if len(positions) > 1 else (gradient,), bars, strict=True):
            np.testing.assert_array_equal(a, b)
        for seed in range(2):
            rng = np.random.default_rng(seed)
            directions = {
                k: rng.normal(size=np.shape(args[k])) if np.ndim(args[k]) else rng.normal() for k in positions
            }
            reverse = sum(float(np.sum(bar * directions[k])) for bar, k in zip(bars, positions, strict=True))
            dual = along_dual(primal, _copies(args), directions)
            differences, error = along_differences(primal, _copies(args), directions)
            scale = 1 + abs(dual)
            assert reverse == pytest.approx(dual, rel=1e-9, abs=1e-9)
            assert abs(reverse - differences) <= 1e-7 * scale + 10 * error
            if hasattr(module, f"{name}_tangent"):
                dots = {f"{names[k]}_dot": direction for k, direction in directions.items()}
                forward = getattr(module, f"{name}_tangent")(*_copies(args), **dots)
                assert forward[0] == pytest.approx(value, rel=1e-12)
                assert forward[1] == pytest.approx(dual, rel=1e-9, abs=1e-9)


def test_the_notes_numbers_are_exact() -> None:
    module = load_generated("seed_notes")
    assert module.F_adjoint(2.0, -1.0) == (5.0, (20.0, -24.0))
    value, (A_bar, b_bar, c_bar) = module.loss_adjoint(*INPUTS["seed_notes", "loss"][0])
    assert value == 4.0
    assert A_bar.tolist() == [[8.0, -4.0], [0.0, 0.0]]
    assert b_bar.tolist() == [4.0, 0.0]
    assert c_bar.tolist() == [12.0, 0.0]


def test_a_generated_module_stands_alone() -> None:
    code = "import sys; sys.modules['sct'] = None; import seed_notes_grad as m; print(m.F_adjoint(2.0, -1.0))"
    found = subprocess.run([sys.executable, "-c", code], cwd=SAMPLES, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "(5.0, (20.0, -24.0))"


@pytest.mark.parametrize(
    ("stem", "name", "saved"),
    [
        ("loop_branch", "wander", 1),
        ("gauss_seidel", "relax", 1),
        ("heat_linear", "diffuse", 0),
        ("matmul_loops", "product", 0),
        ("least_squares", "ridge", 0),
        ("jacobi", "sweep", 0),
    ],
)
def test_what_is_saved(stem: str, name: str, saved: int) -> None:
    text = inspect.getsource(getattr(load_generated(stem), f"{name}_adjoint"))
    assert text.count(".append(") == saved


def test_a_loop_with_a_branch_takes_twenty_lines() -> None:
    text = inspect.getsource(load_generated("loop_branch").wander_adjoint)
    code = [line for line in text.splitlines()[2:] if line.strip() and not line.strip().startswith("#")]
    assert len(code) - 1 <= 20  # all but the return


def test_a_formatter_leaves_the_generated_code_alone() -> None:
    command = ["ruff", "format", "--check", "--diff", "--config", "extend-exclude=[]", "--line-length=88"]
    paths = [str(path.with_name(f"{path.stem}_grad.py")) for path in SOURCES]
    found = subprocess.run([sys.executable, "-m", *command, *paths], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("stem", "name"), [("loop_branch", "wander"), ("cholesky", "log_det"), ("mixture", "log_likelihood")]
)
def test_numba_compiles_the_generated_code_and_caches_it(stem: str, name: str, tmp_path: Path) -> None:
    numba = pytest.importorskip("numba")
    path = tmp_path / f"{stem}_grad.py"
    path.write_text((SAMPLES / path.name).read_text(encoding="utf-8"), encoding="utf-8")
    plain = getattr(load_module(path), f"{name}_adjoint")
    compiled = numba.njit(cache=True)(plain)
    args = INPUTS[stem, name][0]
    value, bars = plain(*_copies(args))
    again, compiled_bars = compiled(*_copies(args))
    assert again == pytest.approx(value, rel=1e-12)
    for a, b in zip(*(found if isinstance(found, tuple) else (found,) for found in (bars, compiled_bars)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert list((tmp_path / "__pycache__").glob("*.nbi"))
