"""The target Numba: every kernel and every sample compiles in nopython mode, and says what the plain module says."""

from __future__ import annotations

import importlib.util
import inspect
import math
import os
import re
import sys
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import sct
from sct.backend.compiled import decorated
from sct.builds import plan
from sct.compiling import CompileError
from sct.pipeline import Request, differentiate
from tests import test_index_writes, test_programs, test_writes
from tests.programs import hold
from tests.sample_inputs import INPUTS as SAMPLES
from tests.test_kernels import INPUTS as KERNELS

numba = pytest.importorskip("numba")
CORPORA = (test_programs, test_writes, test_index_writes)
ROOT = Path(__file__).parent.parent / "samples"
CASES: dict[str, tuple[Path, tuple[Any, ...]]] = {
    **{name: (ROOT / "kernels" / f"{name}.py", args) for name, args in KERNELS.items()},
    **{f"{stem}.{name}": (ROOT / f"{stem}.py", args) for (stem, name), (args, *_) in SAMPLES.items()},
}
# Compiling takes long: these are compiled in every run, all of them by scripts/numba.
QUICK = {
    *("atax", "durbin", "floyd_warshall", "gramschmidt", "jacobi_1d", "lu", "seidel_2d", "spmv", "symm", "trmm"),
    *("black_scholes.call", "bond.price", "gauss_seidel.relax", "loop_branch.wander", "newton_sqrt.root"),
    *("seed_notes.loss", "softmax.cross_entropy", "spring.springs"),
}
FUSED = ("adi", "cavity_flow", "channel_flow", "conv2d", "covariance", "fdtd_2d", "hdiff", "heat_3d", "jacobi_2d")
CHOSEN = [name for name in CASES if name != "chebyshev.energy" and (name in QUICK or "SCT_NUMBA" in os.environ)]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def copies(args: tuple[Any, ...]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def flat(value: Any) -> list[Any]:
    return [part for item in value for part in flat(item)] if isinstance(value, tuple) else [value]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the speed that is tested."""
    monkeypatch.setattr(numba.config, "OPT", type(numba.config.OPT)(0))


@pytest.mark.parametrize("case", CHOSEN)
def test_kernels_and_samples_compile(case: str, tmp_path: Path, quick: None) -> None:
    source, args = CASES[case]
    modules = []
    for target in ("python", "numba"):
        build = plan(source, [case.partition(".")[2]] if "." in case else [], mode="both", target=target)
        path = tmp_path / f"{source.stem}_{target}.py"
        path.write_text(build.text(), encoding="utf-8")
        modules.append(load(path))
    plain, compiled = modules
    name = build.requests[0].name
    functions = [f for f in vars(compiled).values() if getattr(f, "__module__", None) == compiled.__name__]
    assert all(isinstance(f, numba.core.registry.CPUDispatcher) for f in functions if not isinstance(f, type))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", numba.core.errors.NumbaWarning)
        for suffix, more in (("", {}), ("_adjoint", {}), ("_tangent", _dots(getattr(plain, f"{name}_tangent"), args))):
            f, g = getattr(plain, name + suffix), getattr(compiled, name + suffix)
            expected, found = f(*copies(args), **more), g(*copies(args), **more)
            assert len(g.nopython_signatures) == len(g.signatures) == 1
            for a, b in zip(flat(expected), flat(found), strict=True):
                assert np.shape(a) == np.shape(b)
                np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)


FOUND = """
import math

import numpy as np


def forward_of_a_markov_model(x, logA, logB, obs):
    alpha = x + logB[:, obs[0]]
    for t in range(1, len(obs)):
        m = alpha[:, None] + logA
        mx = np.max(m, axis=0)
        alpha = mx + np.log(np.sum(np.exp(m - mx[None, :]), axis=0)) + logB[:, obs[t]]
    mm = alpha.max()
    return mm + np.log(np.sum(np.exp(alpha - mm)))


def pairs(x, y):
    d = x[:, None, :] - y[None, :, :]
    k = np.exp(-0.5 * np.sum(d**2, axis=-1))
    return np.sum(k @ y) + np.log(k.sum(axis=0)).max()


def one_for_all(x):
    z = np.zeros((4, 3))
    z[:, :] = x
    return np.sum(np.sin(z * z))


def places(x, idx):
    z = np.ones(5)
    z[idx] += x
    w = z[idx] ** 2
    z[idx] = w * x
    return np.sum(z * np.arange(5.0)) + w @ x


def turned(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    R = np.array([[c, -s], [s, c]])
    return (R @ np.array([x[1], x[2]]))[0] ** 2 + np.sum(x**2 * (x > 0).astype(float))


def mirrored(x):
    u = x * x
    u[:] -= 0.5 * u[::-1]
    u += u[::-1]
    u[1:] += 0.5 * u[:-1]
    return np.sum(u**2 * np.arange(6.0)) + np.sum(u) + np.sum(np.prod(np.outer(u, x[:2]), axis=-1))


def clipped(x, y):
    z = np.clip(x, y - 0.5, y + 0.5)
    return np.sum(z * z * z) + np.sum(np.where(x > 0.2, x**2, 0.1 * x))


def multiplied(A, x):
    whole = np.repeat(A, 2, axis=0) + np.repeat(A[:1], 2 * len(A), axis=0)
    products = np.sum(np.matmul(A, x) ** 2) + np.sum((A @ np.arange(3)) ** 2)
    return products + np.inner(x, A[0]) + np.sum(np.inner(whole, A))


def flux(U):
    rho, m, p = U
    return np.array([rho * m, m * p, p])


def upwind(a, b):
    if a[0] > b[0]:
        return flux(a)
    return flux(b)


def called_on_two_paths(U):
    F = np.zeros((3, 3))
    for i in range(3):
        F[:, i] = upwind(U[:, i], U[:, i + 1])
    return np.sum(F**2)


def none_at_first(w):
    n = None
    for i in range(3):
        if n is None:
            n = w[0]
        else:
            n = np.sin(n) * w[i]
    return n * w[1]


def built_in_dtypes(x):
    k = np.zeros(3, dtype=int)
    k[1:] = np.ones(2, dtype=bool).astype(int) * 2
    w = 2 * np.ones(3, dtype=float)
    w = w + np.sum(np.where(np.tri(3, 3, -1, dtype=bool), x, 0.5) @ np.tri(3, dtype=int), axis=1)
    return np.sum(x[k] ** 3 * w) + math.fmod(x[0], 0.3) * x[1] + math.cbrt(x[2] + 2.0)


def turned_and_reshaped(A):
    turned = A.T.reshape(-1)
    cut = np.reshape(A[:, 1:], (-1,))
    return np.sum(turned[1:] * turned[:-1]) + np.sum(np.sin(cut) * cut[0])


def along_columns(A):
    S = np.empty((A.shape[0], A.shape[1] + 1))
    S[:, 0] = 1.0
    for t in range(A.shape[1]):
        S[:, t + 1] = S[:, t] * np.exp(0.3 * A[:, t] - 0.5)
    return np.sum(np.maximum(S[:, -1] - 0.5, 0.0) ** 2)
"""
V = np.sin(np.arange(1.0, 25.0))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("forward_of_a_markov_model", (V[:3], V[3:12].reshape(3, 3), V[12:24].reshape(3, 4), np.array([0, 1, 3, 2]))),
        ("pairs", (V[:6].reshape(3, 2), V[6:14].reshape(4, 2))),
    ],
)
def test_sums_in_fused_loops(name: str, args: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    hold(FOUND, name, (0,), args, annotated=False, target="numba")


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("one_for_all", (V[:1],)),
        ("places", (V[:6], np.array([0, 1, 1, 4, 2, 1]))),
        ("clipped", (V[:12:2], V[6:12])),
        ("turned", (V[:3],)),
        ("multiplied", (V[:6].reshape(2, 3), V[6:9])),
        ("called_on_two_paths", (V[:12].reshape(3, 4),)),
        ("none_at_first", (V[:3],)),
        ("built_in_dtypes", (V[:3],)),
        ("turned_and_reshaped", (V[:12].reshape(3, 4),)),
        ("along_columns", (V.reshape(12, 2),)),
    ],
)
def test_what_did_not_compile(name: str, args: tuple[Any, ...], tmp_path: Path, quick: None) -> None:
    path = tmp_path / "found.py"
    path.write_text(FOUND, encoding="utf-8")
    f = getattr(load(path), name)
    np.testing.assert_allclose(sct.grad(f, compile="numba")(*args), sct.grad(f)(*args), rtol=1e-10)
    hold(FOUND, name, (0,), args, annotated=False)


@pytest.mark.parametrize("name", FUSED)
def test_fused_kernels_are_right_in_python(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    source, args = CASES[name]
    modules = []
    for target in ("python", "numba"):
        path = tmp_path / f"{name}_{target}.py"
        path.write_text(plan(source, target=target).text(), encoding="utf-8")
        modules.append(load(path))
    plain, fused = (getattr(module, f"{name}_adjoint")(*copies(args)) for module in modules)
    for a, b in zip(flat(plain), flat(fused), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "case",
    [(corpus, *case) for corpus in CORPORA for case in corpus.CASES if "recursive" not in case],
    ids=lambda c: c[1],
)
def test_what_is_compiled_is_right_in_python(case: tuple[ModuleType, Any, Any, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    corpus, name, wrt, args = case
    hold(corpus.PROGRAMS, name, wrt, args, target="numba")


STACKS = """
from __future__ import annotations

from typing import TYPE_CHECKING
import numpy as np
from sct import value_and_grad

if TYPE_CHECKING:
    from jaxtyping import Float


@value_and_grad(wrt=("a", "b"))
def chain(a: Float[np.ndarray, "m k"], b: Float[np.ndarray, "k n"], c: Float[np.ndarray, "n n"]):
    found = np.zeros((len(a), c.shape[1]))
    for i in range(2):
        found += (a @ b) @ c
    return found


@value_and_grad
def stacks(a: Float[np.ndarray, "p m k"], b: Float[np.ndarray, "k n"], c: Float[np.ndarray, "l m"]):
    return c @ (a @ b)
"""


def test_products_of_stacks(tmp_path: Path) -> None:
    """A stack by a matrix, a matrix by a stack; and zeros whose dtype several directions have together."""
    (tmp_path / "products.py").write_text(STACKS, encoding="utf-8")
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(2, 2))
    along = rng.normal(size=(5, 3, 4)), rng.normal(size=(5, 4, 2))[:, ::-1]  # one of them is not contiguous
    stack, left = rng.normal(size=(5, 3, 4)), rng.normal(size=(6, 3))
    found = []
    seed = rng.normal(size=(5, 6, 2))
    for target in ("python", "numba"):
        for name, mode in (("chain", "tangents"), ("stacks", "adjoint")):
            build = plan(tmp_path / "products.py", [name], mode=mode, target=target)
            (tmp_path / f"{name}_{target}.py").write_text(build.text(), encoding="utf-8")
        chain, stacks = (load(tmp_path / f"{name}_{target}.py") for name in ("chain", "stacks"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", numba.core.errors.NumbaWarning)
            found.append((*chain.chain_tangents(a, b, c, *along), *stacks.stacks_adjoint(stack, b, left, seed)))
    np.testing.assert_allclose(found[0][1], [2 * (da @ b + a @ db) @ c for da, db in zip(*along, strict=True)])
    for expected, is_found in zip(*found, strict=True):
        np.testing.assert_allclose(is_found, expected, rtol=1e-12)


PLACES = """
from __future__ import annotations
import numpy as np
from sct import grad
@grad
def extremes(x: Float[np.ndarray, "n d"]) -> float:
    low, high = np.argmin(x, axis=1), np.argmax(x, axis=-1)
    total = 0.0
    for i in range(len(x)):
        total += x[i, low[i]] ** 2 + x[i, high[i]]
    return total
"""


def test_places_of_extremes_of_rows(tmp_path: Path) -> None:
    """As NumPy has them: the first of equal ones, the first nan, and no place in an empty row."""
    (tmp_path / "places.py").write_text(PLACES, encoding="utf-8")
    build = plan(tmp_path / "places.py", target="numba")
    (tmp_path / "places_numba.py").write_text(build.text(), encoding="utf-8")
    module = load(tmp_path / "places_numba.py")
    x = np.random.default_rng(1).normal(size=(6, 4))
    x[2, 3] = x[2, 0]
    wanted = np.zeros_like(x)
    wanted[range(6), x.argmin(1)], wanted[range(6), x.argmax(1)] = 2 * x.min(1), 1.0
    np.testing.assert_allclose(module.extremes_adjoint(x)[1], wanted)
    x[1, [0, 2]], x[4], x[5] = np.nan, np.inf, -np.inf
    for name in ("argmin", "argmax"):
        found = getattr(module, f"_{name}_of_rows")
        np.testing.assert_array_equal(found(x), getattr(np, name)(x, axis=1))
        with pytest.raises(ValueError, match=f"get {name} of an empty sequence"):
            found(x[:, :0])


def _dots(tangent: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """A one for each number of the arguments that are differentiated."""
    names = list(inspect.signature(tangent).parameters)
    given = dict(zip(names, args, strict=False))
    dots = [name for name in names if name.endswith("_dot")]
    ones = {name: np.ones_like(given[name.removesuffix("_dot")], dtype=float) for name in dots}
    return {name: value if value.ndim else 1.0 for name, value in ones.items()}


def test_what_is_compiled_is_cached(tmp_path: Path) -> None:
    build = plan(ROOT / "spring.py", target="numba")
    path = tmp_path / "cached.py"
    path.write_text(build.text(), encoding="utf-8")
    assert [line for line in path.read_text().splitlines() if "import" in line and not line.startswith("#")] == [
        "from __future__ import annotations",
        "import math",
        "import numba",
    ]
    load(path).springs_grad(*CASES["spring.springs"][1])
    assert {index.name.split("-")[0] for index in (tmp_path / "__pycache__").glob("*.nbi")} == {
        f"cached.{name}" for name in ("springs_grad", "springs_adjoint", "stretch_forward", "stretch_reverse")
    }


MODEL = """import numpy as np
import sct


@sct.value_and_grad(compile="numba")
def decay(x: float, k: int) -> float:
    for _ in range(k):
        x = x - 0.1 * x**3
    return x


def total(x, w=2.0):
    return np.sum(np.sin(x) * w)


def contracted(A, B):
    return np.sum(np.einsum("ij,jk->ik", A, B) ** 2)


def of_pairs(pairs, x):
    for a, b in pairs:
        x = a * b * x
    return x


def formatted(x):
    print(f"{x:.3f}")
    return 2.0 * x


def partial(x):
    if x[0] > 2.0:
        raise NotImplementedError("not for such an x")
    return x[0] * x[0]
"""


@pytest.fixture
def model(tmp_path: Path) -> ModuleType:
    path = tmp_path / "compiled_model.py"
    path.write_text(MODEL, encoding="utf-8")
    return load(path)


def test_the_decorator_compiles(model: ModuleType) -> None:
    slow = sct.value_and_grad(model.decay.primal)
    for turns in (5, 6):
        np.testing.assert_allclose(model.decay(0.7, turns), slow(0.7, turns))
    assert "@numba.njit(cache=True, nogil=True)" in model.decay.source and "numba" not in slow.source
    np.testing.assert_allclose(sct.grad(model.total, compile="numba")(np.arange(3.0)), 2 * np.cos(np.arange(3.0)))
    with pytest.raises(sct.SctError, match='compile is "numba" or None'):
        sct.grad(model.total, compile="jit")  # type: ignore[call-overload]


def test_the_command_reads_the_decorator(model: ModuleType) -> None:
    build = plan(Path(str(model.__file__)))
    assert [request.target for request in build.requests] == ["numba"] and "@numba.njit" in build.text()


def test_the_decorator_names_its_compiler_literally(tmp_path: Path) -> None:
    path = tmp_path / "unread.py"
    path.write_text('import sct\nKIND = "numba"\n\n\n@sct.grad(compile=KIND)\ndef f(x: float):\n    return x * x\n')
    with pytest.raises(sct.RefusedError, match=r"unread.py:5:19: `compile` must be a literal") as caught:
        plan(path)
    assert 'write `compile="numba"`, or leave it out' in str(caught.value)


def test_only_what_is_short_keeps_the_lock() -> None:
    """A call of numbers without a loop, here or in what it calls; no array, whose size is not known."""
    text = """
def one(x: float) -> float:
    return x

def looped(x: float) -> float:
    return sum([x for k in range(9)])

def calls(x: float) -> float:
    return looped(x)

def calls_one(x: float, n: int = 2) -> float:
    return one(x) * n

def of_array(x) -> float:
    return x @ x

def recursive(x: float) -> float:
    return recursive(x - 1.0)
"""
    lines = decorated(text, "njit", set()).split("\n")
    options = {b.split("(")[0].removeprefix("def "): a for a, b in pairwise(lines) if b.startswith("def ")}
    kept, given = "@njit(cache=True)", "@njit(cache=True, nogil=True)"
    assert options == {
        **{"one": kept, "calls_one": kept, "looped": given, "calls": given, "of_array": given},
        "recursive": "@njit(nogil=True)",
    }


def test_what_numba_lacks_is_refused(model: ModuleType) -> None:
    with pytest.raises(sct.RefusedError, match="Numba does not compile `einsum`") as caught:
        sct.grad(model.contracted, compile="numba")(np.eye(2), np.eye(2))
    assert 'np.einsum("ij,jk->ik", A, B)' in str(caught.value) and "^^^" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (
            "s = 0.0\n    for i in range(n):\n        s = s + u * i",
            "4:5",
            "a number before this loop is an array in it",
        ),
        ("s = 1.0\n    if n > 2:\n        s = u * u", "4:5", "this is a number or an array"),
        ("s = u[0] if n > 2 else u", "3:9", "this is a number or an array"),
        ("s = sum(u * i for i in range(n))", "3:13", "a number before this loop is an array in it"),
    ],
)
def test_a_name_that_is_a_number_or_an_array_is_refused_when_it_is_built(body: str, place: str, reason: str) -> None:
    text = f"import numpy as np\ndef f(u: float[:], n: int) -> float:\n    {body}\n    return np.sum(s * u)\n"
    with pytest.raises(sct.RefusedError, match=f"{place}: .*{reason}: Numba gives a name one type"):
        differentiate(text, "f.py", [Request("f", target="numba")])


def test_a_condition_that_is_an_array_is_refused() -> None:
    source = (
        'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"]) -> float:\n    if u > 1.0:\n        u = 2.0 * u\n'
        "    return np.sum(u)\n"
    )
    with pytest.raises(sct.RefusedError, match="5:5: this condition is an array") as caught:
        differentiate(source, "f.py", [Request("f", target="numba")])
    assert "if u > 1.0:\n      |     ^^^^^^^^^^^" in str(caught.value) and "`.any()`" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("    q = [0, 1]\n    q[1] = x[0]\n    return q[1] * x[1]", "6:5"),
        ("    q = [0] * 2\n    for i in range(2):\n        q[i] = x[i]\n    return q[1] * x[0]", "6:5"),
        ("    q = [0, 1]\n    if x[0] > 0.0:\n        q.append(x[1])\n    return q[-1] * x[0]", "7:9"),
    ],
)
def test_floats_in_a_list_of_ints_are_refused(text: str, place: str) -> None:
    source = f'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"]):\n{text}\n'
    with pytest.raises(sct.RefusedError, match=f"{place}: floats are put into a list that begins with ints alone"):
        differentiate(source, "f.py", [Request("f", target="numba")])
    floats = source.replace("[0, 1]", "[0.0, 1.0]").replace("[0] *", "[0.0] *")
    assert differentiate(floats, "f.py", [Request("f", target="numba")])


def test_recursion_is_refused_in_reverse_and_not_cached_in_forward_mode(tmp_path: Path) -> None:
    source = ROOT / "chebyshev.py"
    with pytest.raises(sct.RefusedError, match="13:22: Numba does not compile the adjoint of the recursive function"):
        plan(source, target="numba").text()
    path = tmp_path / "recursive.py"
    path.write_text(plan(source, mode="tangent", target="numba").text(), encoding="utf-8")
    assert path.read_text().count("@numba.njit(nogil=True)\n") == 4  # Numba cannot load what it cached of a recursion
    np.testing.assert_allclose(
        load(path).energy_tangent(0.3, 1.0)[1], _slope(lambda x: math.cos(4 * math.acos(x)) ** 2)
    )


def _slope(f: Callable[[float], float], x: float = 0.3, h: float = 1e-3) -> float:
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def test_what_numba_stops_at_is_named(model: ModuleType) -> None:
    with pytest.raises(CompileError, match="Numba does not compile `print") as caught:
        sct.grad(model.formatted, compile="numba")(1.0)
    said = r"\n  format spec in f-strings not supported yet\.\n  it is about \S*model\.py:\d+: `print\(.*\)`\n  help: "
    assert re.search(said, str(caught.value))


def test_an_empty_list_for_numba_is_named(model: ModuleType) -> None:
    gradient = sct.grad(model.of_pairs, wrt="x", compile="numba")
    assert gradient([(2.0, 3.0)], 1.5) == pytest.approx(6.0)
    with pytest.raises(CompileError, match=r"an empty list among the arguments holds\n  help: pass an array"):
        gradient([], 1.5)


def test_what_the_author_does_not_implement_is_not_taken_for_numbas(model: ModuleType) -> None:
    gradient = sct.grad(model.partial, compile="numba")
    np.testing.assert_allclose(gradient(np.array([1.5, 2.0])), [3.0, 0.0])
    with pytest.raises(NotImplementedError, match="not for such an x"):
        gradient(np.array([3.0, 2.0]))
