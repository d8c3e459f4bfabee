"""``F_grad`` has no loop that is there for the value alone; and it raises where the function does."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n"
LINEAR = """
def smooth(u: Float[np.ndarray, "n"], n: int) -> float:
    for t in range(n):
        u[1:-1] = 0.5 * (u[2:] + u[:-2])
    return np.sum(u)
"""
TERMS = """
def valley(x: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total
"""
HALF = """
def half(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], n: int) -> float:
    for t in range(n):
        u[1:-1] = 0.5 * (u[2:] + u[:-2])
    for t in range(n):
        v[1:-1] = 0.5 * (v[2:] + v[:-2])
    return np.sum(u) + np.sum(v * v)
"""
OVERWRITTEN = """
def clipped(x, u, v, n):
    v[:] = u[:1]
    x = v[-1] * np.prod(v[:3]) * u.sum()
    np.add.at(v, np.array([2, -1, 0]), 0.5 * u[:3])
    for t in range(n - 1, 0, -1):
        u = np.clip(v, -1.1, u[-2] + 3.0)
        u -= np.sin(np.sin(v))
        v[::2] += 0.5 * v[::2]
    total = 0.0
    for e in v:
        total += e * x
    return total + u[n - 1] * x + np.sum(np.abs(v))
"""


def gradient(source: str, name: str, wrt: tuple[int, ...] = (0,), target: Target = "python") -> str:
    (piece,) = differentiate(HEAD + source, "f.py", [Request(name, wrt, target=target)])
    return piece.text.split(f"def {name}_grad(")[1].split("\n\n\n")[0]


def test_terms_that_are_only_added_up_need_no_forward_sweep() -> None:
    assert (
        gradient(TERMS, "valley")
        == '''\
x: Float[np.ndarray, "n"]):
    """Return the gradient of ``valley`` with respect to ``x``."""
    # reverse
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 2, -1, -1):
        # total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        x_i = x[i]
        total_diff_bar = 200.0 * (x[i + 1] - x_i * x_i)
        x_bar[i] -= 2.0 * (1.0 - x_i) + 2.0 * x_i * total_diff_bar
        x_bar[i + 1] += total_diff_bar
    return x_bar'''
    )


@pytest.mark.parametrize("target", ["python", "numba"])
def test_what_the_value_needs_is_left_out(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    u, v = np.linspace(0.2, 1.0, 6), np.linspace(-0.5, 0.7, 6)
    assert gradient(LINEAR, "smooth", target=target).count("for t in range") == 1
    assert gradient(HALF, "half", (0, 1), target=target).count("for t in range") == 3
    hold(HEAD + LINEAR, "smooth", (0,), (u, 3), target=target)
    hold(HEAD + TERMS, "valley", (0,), (u,), target=target)
    hold(HEAD + HALF, "half", (0, 1), (u, v, 3), target=target)


@pytest.mark.parametrize(
    "line",
    [
        "total += math.log(x) * i",
        "total += x * i + i // (n - 2)",
        "total += x * i + [1.0, 2.0, 3.0][i]",
        "try:\n            total += i / x\n        except ZeroDivisionError:\n            raise ValueError('no')",
        "total += x * i\n        assert x > 0.0",
        "total += x * i\n        print(total)",
        "total = total * math.sin(x)",
    ],
)
def test_what_may_raise_or_has_an_effect_stays(line: str) -> None:
    loop = f"    for i in range(n):\n        {line}\n"
    source = f"\ndef f(x: float, n: int) -> float:\n    total = 0.0\n{loop}    return total"
    assert "return f_adjoint(x, n)[1]" in gradient(source, "f")


def test_what_the_reverse_sweep_computes_as_well_raises_there() -> None:
    source = """
def f(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        total += math.exp(x * i) + i / x
    return total
"""
    text = gradient(source, "f")
    assert "for i in range(n):" not in text
    module = {"math": math}
    exec(f"def f_grad({text}", module)
    wanted = sum(k * math.exp(0.1 * k) - k / 0.1**2 for k in range(4))
    assert module["f_grad"](0.1, 4) == pytest.approx(wanted)  # type: ignore[operator]
    with pytest.raises(OverflowError):
        module["f_grad"](1000.0, 4)  # type: ignore[operator]
    with pytest.raises(ZeroDivisionError):
        module["f_grad"](0.0, 4)  # type: ignore[operator]


def test_a_call_hands_over_all_that_it_did() -> None:
    """A loop goes, and of the callee's sweep only the residuals are needed."""
    source = """
def scaled(w, k, s):
    before = w[k]
    w[k] = math.sin(s)
    w[1:] *= 0.9
    return before * s
def f(x: float, v: Float[np.ndarray, "n"]) -> float:
    total = scaled(v, 1, x)
    for i in range(3):
        total += x * x * i
    return total + np.sum(v)
"""
    assert gradient(source, "f", (0, 1)).count("for i in range") == 1
    hold(HEAD + source, "f", (0, 1), (0.4, np.linspace(0.3, 1.0, 4)))


def test_a_callee_that_may_raise_is_called() -> None:
    source = """
def g(v, n):
    assert v > 0.0
    t = 0.0
    for k in range(n):
        t += v * k
    return t
def f(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        total += g(x, i)
    return total
"""
    assert "return f_adjoint(x, n)[1]" in gradient(source, "f")


@pytest.mark.parametrize("target", ["python", "numba"])
def test_a_branch_that_the_value_had_hands_over_what_the_reverse_sweep_needs(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of a conditional expression without its value is a statement."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    text = """
def last(x: float, u: Float[np.ndarray, "n"], n: int) -> float:
    for e in u:
        x += e
    return u[n - 1] if u[1] < u[0] else x
"""
    for u in (np.array([0.4, 1.2, -0.3]), np.array([1.4, 1.2, -0.3])):
        hold(HEAD + text, "last", (0, 1), (0.7, u, 3), target=target)


@pytest.mark.parametrize(
    "last", ["np.sum(v * u)", "np.sum(v * u.T)", "np.sum(v[1] * u[1]) + v[0, 0]", "np.sum((v + 0.0) * u)"]
)
def test_an_adjoint_is_not_an_array_that_is_restored(last: str) -> None:
    """Where the seed is 1, the adjoint of ``v`` is just ``u``, or a part of it."""
    source = (
        "import numpy as np\n\n\n"
        'def f(u: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n n"], x: float) -> float:\n'
        "    y = 0.0\n    for k in range(2):\n        y += 0.1 * u[k, 1] * v[k, 0]\n"
        "    u[0] = x\n    y += np.sum(u**3)\n"
        f"    u[1] = x * u[0]\n    return y + {last}\n"
    )
    u, v = np.array([[0.4, -1.2], [0.9, 1.1]]), np.array([[0.7, 0.2], [-0.5, 0.3]])
    hold(source, "f", (0, 1, 2), (u, v, 0.7))


@pytest.mark.parametrize("product", ["v @ v", "np.dot(v, v)"])
def test_a_product_of_vectors_is_left_out(product: str) -> None:
    source = f"""
def path(x: Float[np.ndarray, "T d"], w: float) -> float:
    s = 0.0
    for t in range(1, len(x)):
        v = x[t] - x[t - 1]
        s += {product}
    return w * s
"""
    assert gradient(source, "path").count("for t in range") == 1
    hold(HEAD + source, "path", (0,), (np.sin(np.arange(12.0)).reshape(4, 3), 0.7))


@pytest.mark.parametrize("target", ["python", "numba"])
def test_what_nothing_takes_back_is_not_saved(monkeypatch: pytest.MonkeyPatch, target: Target) -> None:
    """The adjoint of what is overwritten first is zero, and what the loop saves for it is not asked for."""
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    args = (0.4, np.array([0.3, -0.7, 1.1]), np.array([0.2, 0.8, -0.5]), 3)
    hold(HEAD + OVERWRITTEN, "clipped", (0, 2), args, annotated=False, target=target)
