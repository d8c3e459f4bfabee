"""The columns: for a row, what is run in each, or why there is nothing to run."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.compiled import compile_module, copies, importable, jit_module, load
from bench.rows import SAMPLES, Row
from sct.errors import RefusedError

HAND = Path(__file__).parent / "hand"
NAMES = (
    "primal",
    "hand",
    "sct",
    "primal Numba",
    "hand Numba",
    "sct Numba",
    "autograd",
    "JAX",
    "JAX jit",
    "PyTorch",
)
Gradient = Callable[[], Any]


class Absent(Exception):
    """Why a cell is empty."""


def columns(row: Row, small: bool) -> tuple[dict[str, Gradient], dict[str, str]]:
    """What to run by column, each run once and its gradient compared with that of sct; and why others are empty."""
    args = row.args(small)
    module = load(row.module, SAMPLES / row.folder)
    derivative = row.derivative(_as_is, module)
    runs: dict[str, Gradient] = {"primal": _bound(row.primal(_as_is, module), args), "sct": partial(derivative, *args)}
    expected = flat(derivative(*args)[1])
    empty: dict[str, str] = {}
    for name in NAMES:
        if name in runs:
            continue
        try:
            run = _MAKERS[name](row, args)
            found = run()
            if name != "primal Numba":
                compare(flat(found[1]), expected)
            runs[name] = run
        except Absent as reason:
            empty[name] = str(reason)
        except Exception as error:
            empty[name] = f"refuses ({type(error).__name__})"
    return {name: runs[name] for name in NAMES if name in runs}, empty


def _as_is(f: Callable[..., Any]) -> Callable[..., Any]:
    return f


def _bound(primal: Callable[..., Any], args: tuple[Any, ...]) -> Gradient:
    """A call of the primal, on copies if it writes into its arguments."""
    given = copies(args)
    primal(*given)
    if all(np.array_equal(a, b) for a, b in zip(args, given, strict=True)):
        return partial(primal, *args)
    return lambda: primal(*copies(args))


def flat(bars: Any) -> np.ndarray:
    bars = bars if isinstance(bars, tuple | list) else (bars,)
    return np.concatenate([flat(bar) if isinstance(bar, tuple) else np.ravel(np.asarray(bar, float)) for bar in bars])


def compare(found: np.ndarray, expected: np.ndarray) -> None:
    if found.shape != expected.shape or not np.allclose(
        found, expected, rtol=1e-6, atol=1e-8 * np.max(np.abs(expected))
    ):
        raise Absent("wrong")


def _need(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise Absent("not installed")


def _hand(row: Row, args: tuple[Any, ...]) -> Gradient:
    if not row.hand:
        raise Absent("not written")
    file, _, name = row.hand.partition(".")
    function = getattr(load(file, HAND), name)
    return partial(function, *args)


def under_numba(make: Callable[[Callable[..., Any]], Callable[..., Any]], args: tuple[Any, ...]) -> Gradient:
    _need("numba")
    import numba

    try:
        function = make(numba.njit)
        function(*copies(args))
    except RefusedError as error:
        raise Absent("refused: " + error.diagnostics[0].reason) from error
    except numba.core.errors.NumbaError as error:
        raise Absent("does not compile: " + _reason(str(error))) from error
    return _bound(function, args)


def _reason(text: str) -> str:
    lines = [line.strip() for line in re.sub(r" at 0x\w+", "", text).splitlines() if line.strip()]
    return next((line for line in lines[1:] if not line.startswith(("During", "File", "-", ">>>"))), lines[0])[:90]


def _primal_numba(row: Row, args: tuple[Any, ...]) -> Gradient:
    return under_numba(lambda njit: row.primal(njit, numba_module(row)), args)


def _sct_numba(row: Row, args: tuple[Any, ...]) -> Gradient:
    return under_numba(lambda njit: row.derivative(njit, numba_module(row)), args)


def numba_module(row: Row) -> types.ModuleType:
    return compile_module(row.module, SAMPLES / row.folder)


def _hand_numba(row: Row, args: tuple[Any, ...]) -> Gradient:
    """In loops, if the row has such a text: what an expert writes for Numba."""
    if not row.hand:
        raise Absent("not written")
    file, _, name = row.hand.partition(".")
    if hasattr(load("loops", HAND), name):
        file = "loops"
    return under_numba(lambda njit: getattr(jit_module(file, HAND), name), args)


def _autograd(row: Row, args: tuple[Any, ...]) -> Gradient:
    """The same text with autograd's NumPy in NumPy's place."""
    _need("autograd")
    import autograd

    text = (SAMPLES / row.folder / f"{row.stem}.py").read_text(encoding="utf-8")
    text = text.replace("import numpy as np", "import autograd.numpy as np").replace(
        "import math", "import autograd.numpy as math; from autograd.scipy.special import erfc; math.erfc = erfc"
    )
    undecorated = types.ModuleType("sct")
    undecorated.grad = undecorated.value_and_grad = lambda f=None, **_: f or (lambda g: g)  # type: ignore[attr-defined]
    known = sys.modules.get("sct")
    sys.modules["sct"] = undecorated
    namespace: dict[str, Any] = {"__name__": "autograd_row"}
    try:
        with importable(SAMPLES / row.folder):
            exec(compile(text, row.stem, "exec"), namespace)
    finally:
        if known is None:
            del sys.modules["sct"]
        else:
            sys.modules["sct"] = known
    function = autograd.value_and_grad(namespace[row.function], row.wrt if len(row.wrt) > 1 else row.wrt[0])
    return lambda: function(*copies(args))


def _jax(row: Row, args: tuple[Any, ...], jit: bool) -> Gradient:
    _need("jax")
    import jax

    from bench import peers_jax

    function = getattr(peers_jax, row.peer, None)
    if function is None:
        raise Absent("not written")
    static = peers_jax.STATIC.get(row.peer, ())
    wrt = row.wrt if len(row.wrt) > 1 else row.wrt[0]
    gradient = jax.value_and_grad(function, argnums=wrt)
    if row.mode == "forward":
        gradient = lambda *args: (function(*args), jax.jacfwd(function, argnums=wrt)(*args))  # noqa: E731
    if row.peer in peers_jax.DERIVATIVES:
        gradient = peers_jax.DERIVATIVES[row.peer]
    gradient = jax.jit(gradient, static_argnums=static) if jit else gradient
    given = [_hashable(arg) if k in static else jax.numpy.asarray(arg) for k, arg in enumerate(args)]
    given = [given[k] if k not in row.wrt else jax.numpy.asarray(args[k], dtype=float) for k in range(len(args))]
    return lambda: jax.block_until_ready(gradient(*given))


def _hashable(arg: Any) -> Any:
    return tuple(arg.tolist()) if isinstance(arg, np.ndarray) else arg


def _torch(row: Row, args: tuple[Any, ...]) -> Gradient:
    _need("torch")
    import torch

    from bench import peers_torch

    function = getattr(peers_torch, row.peer, None)
    if function is None:
        raise Absent("not written")
    active = {k: torch.tensor(args[k], dtype=torch.float64, requires_grad=True) for k in row.wrt}
    given = [
        active[k] if k in active else torch.tensor(arg) if isinstance(arg, np.ndarray) else arg
        for k, arg in enumerate(args)
    ]

    def run() -> Any:
        value = function(*given)
        return value, tuple(part.numpy() for part in torch.autograd.grad(value, list(active.values())))

    return run


_MAKERS: dict[str, Callable[[Row, tuple[Any, ...]], Gradient]] = {
    "hand": _hand,
    "primal Numba": _primal_numba,
    "hand Numba": _hand_numba,
    "sct Numba": _sct_numba,
    "autograd": _autograd,
    "JAX": lambda row, args: _jax(row, args, jit=False),
    "JAX jit": lambda row, args: _jax(row, args, jit=True),
    "PyTorch": _torch,
}
