"""``sct verify`` and ``sct.verify``: each witness finds planted errors, and none disagrees with what is right."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.verification import MismatchError, PointError, examined
from sct.witnesses.differences import slope
from sct.witnesses.examine import Subject, examine
from sct.witnesses.overload import Inapplicable


def _wave(x: float, y: float) -> float:
    return math.sin(x * y) + x**2 / (1 + math.exp(-y))


def _smooth(u: np.ndarray, k: float, steps: int) -> float:
    u = u.copy()
    total = np.zeros(len(u))
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1]) ** 2
        total[1:] += np.tanh(u[:-1])
        total *= 0.9
    return np.sum(total)


def _held(x: float) -> float:
    return x * sct.stop_gradient(x)


def _square(x: float) -> float:
    return x * x


def _verdicts(report: Any) -> dict[tuple[str, str], str]:
    return {(finding.subject, finding.witness): finding.verdict for finding in report.findings}


def _typed(u: np.ndarray) -> float:
    v = np.zeros(len(u), dtype=np.float64)
    v[:] = np.exp(u).astype(np.float64)
    return np.sum(v * np.ones(len(u), dtype=float))


def test_types_of_floats_carry_dual_numbers() -> None:
    report = sct.verify(_typed, np.array([0.3, 1.2]))
    assert _verdicts(report)["_typed_adjoint", "dual numbers"] == "agrees"


def _by_keyword(x: float, scale: float = 2.0, *, power: int = 2, shift: float = 1.0) -> float:
    return (scale * x + shift) ** power


@pytest.mark.parametrize("args", [(), (1.5,), (1.5, 3.0)])
def test_parameters_that_go_by_keyword_alone(args: tuple[float, ...]) -> None:
    report = sct.verify(_by_keyword, *args)
    verdicts = _verdicts(report)
    assert verdicts["_by_keyword_adjoint", "dual numbers"] == "agrees"
    assert verdicts["_by_keyword_tangent", "finite differences"] == "agrees"


def test_all_three_agree() -> None:
    report = sct.verify(_wave, 0.3, 1.2)
    assert report.agrees
    assert _verdicts(report) == {
        ("_wave_adjoint", "dot-product law"): "agrees",
        ("_wave_adjoint", "dual numbers"): "agrees",
        ("_wave_adjoint", "finite differences"): "agrees",
        ("_wave_adjoint", "sympy"): "proved",
        ("_wave_tangent", "dual numbers"): "agrees",
        ("_wave_tangent", "finite differences"): "agrees",
    }
    assert "for all real arguments" in str(report)


def test_random_points_are_made_from_the_annotations() -> None:
    report = sct.verify(_wave, points=4, seed=3)
    assert report.points == 4


@sct.grad
def _inverse_of_log(x: float) -> float:
    return 1.0 / math.log(x - 0.1)


def test_random_points_are_points_of_the_domain_and_a_decorated_function_is_taken() -> None:
    assert sct.verify(_inverse_of_log).agrees


def test_what_has_no_annotations_needs_arguments() -> None:
    def unknown(x):  # type: ignore[no-untyped-def]
        return x

    with pytest.raises(PointError, match="give the arguments"):
        sct.verify(unknown)


class Springy:
    def __init__(self, k: float) -> None:
        self.k = k


class Heir(Springy):
    pass


def _of_an_object(spring: Springy, x: float) -> float:
    return spring.k * x**2


@pytest.mark.parametrize("cls", [Springy, Heir])
def test_an_object_whose_class_inherits_its_init(cls: type[Springy]) -> None:
    report = sct.verify(_of_an_object, cls(2.0), 3.0)
    assert _verdicts(report)["_of_an_object_adjoint", "sympy"] == "proved"
    assert f"spring={cls.__name__}(k=2), x=3" in str(report)


def test_writes_in_place_carry_dual_numbers() -> None:
    report = sct.verify(_smooth, np.array([0.3, -0.5, 1.0, 0.2]), 0.1, 2)
    assert _verdicts(report)["_smooth_adjoint", "dual numbers"] == "agrees"


def _wrong_adjoint(x: float, y: float, _wave_bar: float = 1.0) -> Any:
    bars = y * math.cos(x * y) + 2 * x / (1 + math.exp(-y)), x * math.cos(x * y)
    return _wave(x, y), (bars[0] * _wave_bar, bars[1] * _wave_bar)


def _wrong_tangent(x: float, y: float, x_dot: float, y_dot: float) -> Any:
    return _wave(x, y), y * math.cos(x * y) * x_dot


def test_each_witness_finds_a_planted_error() -> None:
    subject = Subject(_wave, "_wave", [0.3, 1.2], ["x", "y"], (0, 1), _wrong_adjoint, _wrong_tangent)
    found = {(f.subject, f.witness): f for f in examine(subject, np.random.default_rng(0), proves=True)}
    assert {finding.verdict for finding in found.values()} == {"MISMATCH"}
    missing = 0.3**2 * math.exp(-1.2) / (1 + math.exp(-1.2)) ** 2
    assert found["_wave_adjoint", "dual numbers"].error == pytest.approx(missing)
    assert found["_wave_adjoint", "dual numbers"].where.startswith("d/dy: ")
    assert "at x=0.3, y=1.2" in found["_wave_adjoint", "finite differences"].where
    assert "d/dy is" in found["_wave_adjoint", "sympy"].where


def test_a_mismatch_raises_with_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sct.derivatives.Derivative.prepare", lambda self, mode, args, kwargs: (_wrong_adjoint, list(args))
    )
    monkeypatch.setattr("sct.derivatives.Derivative.path", "wrong.py")
    with pytest.raises(MismatchError, match="MISMATCH"):
        sct.verify(_wave, 0.3, 1.2, mode="adjoint")


def test_what_is_stopped_is_no_mismatch() -> None:
    verdicts = _verdicts(sct.verify(_held, 0.7))
    assert verdicts["_held_adjoint", "dual numbers"] == "agrees"
    assert verdicts["_held_adjoint", "finite differences"] == "not applicable"


def test_differences_know_their_error_and_a_kink() -> None:
    found, error = slope(lambda t: math.exp(math.sin(1 + t)))
    assert abs(found - math.cos(1) * math.exp(math.sin(1))) <= 10 * error < 1e-9
    with pytest.raises(Inapplicable, match="kink"):
        slope(lambda t: max(t, 0.0))


def test_nothing_to_say_is_no_agreement() -> None:
    def opaque(x: float) -> float:
        return max(x, 0.0)

    subject = Subject(opaque, "opaque", [0.0], ["x"], (0,), lambda x, opaque_bar: (x, 0.0))
    report = examined(_square, [[1.0]])
    report.found.clear()
    for finding in examine(subject, np.random.default_rng(0), proves=False):
        if finding.witness == "finite differences":
            report.add(finding)
    assert not report.agrees
    assert "no witness could check" in str(report)


ARRAYS = [
    lambda x: np.sum(np.sort(x)[1:] ** 2),
    lambda x: np.mean(x) * np.std(x) + x.var(ddof=1),
    lambda x: np.sum(np.linalg.inv(np.outer(x, x) + np.eye(4)) @ x),
    lambda x: np.linalg.det(np.reshape(x, (2, 2))) + np.linalg.norm(x),
    lambda x: np.linalg.slogdet(np.outer(x, x) + np.eye(4))[1],
    lambda x: np.sum(np.linalg.cholesky(np.outer(x, x) + np.eye(4))),
    lambda x: np.sum(np.where(x > 0, np.log(np.abs(x)), x**3)),
    lambda x: np.max(x) * np.min(x) + np.prod(x) + np.sum(np.cumsum(x) ** 2),
    lambda x: np.sum(np.maximum(x, 0.1) + np.clip(x, -0.3, 0.3) + np.hypot(x, 2.0)),
    lambda x: np.sum(np.concatenate([x, np.exp(x)]).reshape(2, 4).T @ np.array([1.0, 2.0])),
    lambda x: np.sum(np.logaddexp(x, 0.3)) + np.sum(np.arctan2(x, 1.5) % 0.7),
    lambda x: np.einsum("i,j->", x, x) + np.trace(np.diag(x)) + np.vdot(x, np.sinc(x)),
]


@pytest.mark.parametrize("position", range(len(ARRAYS)))
def test_dual_numbers_go_through_numpy(position: int) -> None:
    from sct.witnesses.examine import _Point

    f, x = ARRAYS[position], np.array([0.4, -0.7, 1.3, 0.2])
    point = _Point(Subject(f, "f", [x], ["x"], (0,)), f(x), np.ones(1), np.random.default_rng(0))
    duals, reason = point.asked(point.by_duals)
    assert duals is not None, reason
    for (dual, _), (difference, error) in zip(duals, point.by_differences(), strict=True):
        assert dual == pytest.approx(difference, rel=1e-8, abs=1e-9 + 10 * error)


MODEL = """import math

import sct

print("this module runs")


@sct.grad(wrt=("x", "y"))
def area(x: float, y: float) -> float:
    return x * math.sin(y)


def cube(x: float, n: int) -> float:
    for _ in range(n):
        x = x * x * x
    return x
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_text(MODEL, encoding="utf-8")
    return path


def _sct(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from sct.cli import main; main()", "verify", *args]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def test_the_command_says_that_it_runs_the_code(model: Path) -> None:
    found = _sct("model.py", cwd=model.parent)
    assert found.returncode == 0, found.stderr
    assert "sct verify imports and runs model.py" in found.stderr
    assert "this module runs" in found.stdout
    assert found.stdout.count("agrees") == 5 and "proved" in found.stdout
    assert "IMPORTS AND RUNS" in _sct("--help", cwd=model.parent).stdout


def test_the_command_takes_arguments(model: Path) -> None:
    found = _sct(
        "model.py", "-f", "cube", "--wrt", "x", "--at", "math.pi / 3, n=2", "--mode", "tangent", cwd=model.parent
    )
    assert found.returncode == 0, found.stderr
    assert "cube_tangent" in found.stdout and "cube_adjoint" not in found.stdout
    assert "at x=1.0472, n=2" in found.stdout
    assert _sct("model.py", "-f", "nothing", cwd=model.parent).returncode == 2
    wrong = _sct("model.py", "-f", "cube", "--at", "1, 2, 3", cwd=model.parent)
    assert wrong.returncode == 1 and "cube(1, 2, 3): too many positional arguments" in wrong.stderr


def test_the_command_checks_the_committed_module_and_exits_with_1(model: Path) -> None:
    from sct.backend.module import body_hash, parse
    from sct.builds import plan

    target = model.with_name("model_grad.py")
    text = plan(model).text()
    # As if sct itself had made a mistake: the hash of the body is that of the wrong one.
    wrong = text.replace("x_bar = y_sin * area_bar", "x_bar = 2.0 * y_sin * area_bar")
    assert wrong != text
    generated = parse(wrong)
    assert generated is not None
    for section in generated.sections:
        wrong = wrong.replace(f"body {section.body}", f"body {body_hash(section.text)}")
    target.write_text(wrong, encoding="utf-8")
    found = _sct("model.py", cwd=model.parent)
    assert found.returncode == 1
    assert "MISMATCH" in found.stdout and "d/dx: " in found.stdout and "model_grad.py" in found.stdout


PARTLY = """from dataclasses import dataclass

import numpy as np
import sct


@sct.grad
def bad(w: "float[:]", X: "float[:, :]") -> float:
    return np.sum(X[:, 1:] @ w)


@sct.grad
def refused(x: float) -> float:
    return float(str(x))


@dataclass
class Spring:
    k: float

    @sct.grad(wrt="x")
    def energy(self, x: float) -> float:
        return self.k * x**2


class Plain:
    def __init__(self, k: float):
        self.k = k

    @sct.grad(wrt="x")
    def of_plain(self, x: float) -> float:
        return self.k * x**2


@sct.grad
def good(x: float) -> float:
    return x * x
"""


def test_the_command_goes_on_after_a_function_that_it_cannot_check(model: Path) -> None:
    model.write_text(PARTLY, encoding="utf-8")
    found = _sct("model.py", cwd=model.parent)
    assert found.returncode == 1 and "good: 3 points" in found.stdout
    assert "energy: 3 points" in found.stdout
    assert "bad: its value is finite at no random point; it raised ValueError: matmul: " in found.stderr
    assert 'give the arguments\n  help: sct verify model.py -f bad --at "…"\n' in found.stderr
    assert "model.py:14:18: " in found.stderr
    assert "of_plain: there is no random value for `self`: its annotation does not say enough; give" in found.stderr
    found = _sct("model.py", "-f", "Plain.of_plain", "--at", "Plain(2.0), 3.0", cwd=model.parent)
    assert found.returncode == 0 and "at self=Plain(k=2), x=3" in found.stdout
    found = _sct("model.py", "-f", "bad", "--at", "np.ones(2), np.ones((3, 2))", cwd=model.parent)
    assert found.returncode == 1 and "ValueError: matmul: " in found.stderr
    assert not any(name in found.stderr for name in ("verification.py", "imported.py"))
    assert f'bad raises at these arguments\nTraceback (most recent call last):\n  File "{model}"' in found.stderr
    found = _sct("model.py", "-f", "bad", "--at", "np.ones(2), np.ones((2, 3))", cwd=model.parent)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import nosuchmodule", "ModuleNotFoundError: No module named 'nosuchmodule'\n"),
        ("raise SystemExit(0)", "SystemExit: 0\n"),
    ],
)
def test_a_module_that_cannot_be_imported(model: Path, line: str, message: str) -> None:
    model.write_text(f"{line}\n{MODEL}", encoding="utf-8")
    found = _sct("model.py", cwd=model.parent)
    frames = f'Traceback (most recent call last):\n  File "{model}", line 1, in <module>\n    {line}\n'
    assert found.returncode == 1 and found.stderr.endswith(f"model.py cannot be imported\n{frames}{message}")


def _valley(x: np.ndarray) -> float:
    total = 0.0
    for i in range(len(x) - 1):
        total += (x[i + 1] - x[i] ** 2) ** 2
    return total


def test_a_gradient_with_sweeps_of_its_own_is_held_to_the_witnesses() -> None:
    x = np.array([0.4, -0.3, 0.9])
    agrees = {(f.subject, f.witness) for f in sct.verify(_valley, x).findings if f.verdict == "agrees"}
    assert {("_valley_grad", "dual numbers"), ("_valley_grad", "finite differences")} <= agrees
    assert not [f for f in sct.verify(_valley, x, mode="tangent").findings if f.subject == "_valley_grad"]
    wrong = Subject(_valley, "_valley", [x], ["x"], (0,), gradient=lambda x: np.ones_like(x))
    found = list(examine(wrong, np.random.default_rng(0), proves=False))
    assert {f.verdict for f in found if f.subject == "_valley_grad"} == {"MISMATCH"}
