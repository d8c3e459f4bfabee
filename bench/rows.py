"""The rows: a function of the samples, its arguments, and who else differentiates it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.problems import ba_jacobian, ba_objective

SAMPLES = Path(__file__).parent.parent / "samples"
Args = tuple[Any, ...]
Function = Callable[..., Any]
Make = Callable[[Callable[[Function], Function], Any], Function]


@dataclass(frozen=True)
class Row:
    """One function at one size.

    Attributes
    ----------
    name : str
        What the table calls it.
    folder, stem, function : str
        Where the primal is: ``samples/FOLDER/STEM.py``.
    wrt : tuple of int
        The positions of the active parameters.
    args : callable
        Makes the arguments; ``args(small=True)`` those for a test.
    hand : str
        The hand-written derivative: ``MODULE.FUNCTION`` in ``bench/hand``; empty if there is none.
    kind : str
        ``loop`` (loops and in-place writes), ``array`` or ``gradbench``.
    peer : str
        The key of the row's functions in ``bench/peers_jax.py`` and ``bench/peers_torch.py``.
    mode : str
        ``reverse``, or ``forward``: along each number.
    makers : pair of callables, optional
        What make the function and its derivative of a module, if these are not functions of the module.
    variant : str
        The generated module is ``samples/FOLDER/STEM_VARIANT_grad.py``, or ``STEM_grad.py`` if this is empty.
    """

    name: str
    folder: str
    stem: str
    function: str
    wrt: tuple[int, ...]
    args: Callable[[bool], Args]
    hand: str
    kind: str
    peer: str
    mode: str = "reverse"
    makers: tuple[Make, Make] | None = None
    variant: str = ""

    @property
    def module(self) -> str:
        """The generated module."""
        return "_".join([self.stem, *filter(None, [self.variant]), "grad"])

    def primal(self, njit: Callable[[Function], Function], module: Any) -> Function:
        """The function, of a generated module; what is around it is compiled by ``njit``."""
        return self.makers[0](njit, module) if self.makers else getattr(module, self.function)

    def derivative(self, njit: Callable[[Function], Function], module: Any) -> Function:
        """What returns the value and the derivative."""
        if self.makers:
            return self.makers[1](njit, module)
        if self.mode == "reverse":
            return getattr(module, f"{self.function}_adjoint")
        tangents, count = getattr(module, f"{self.function}_tangents", None), len(self.wrt)
        if tangents is None:
            tangent = getattr(module, f"{self.function}_tangent")
            assert count == 1, "along one number; the tangents along several are another module's"
            return lambda *args: tangent(*args, 1.0)

        along = np.eye(count)

        def columns(*args: Any) -> tuple[Any, Any]:
            """One run along all numbers, along each of which one direction is one."""
            if count > 1 or not np.ndim(args[self.wrt[0]]):
                value, slopes = tangents(*args, *along)
                return value, tuple(slopes)
            value, slopes = tangents(*args, np.eye(len(args[self.wrt[0]])))
            return value, np.moveaxis(slopes, 0, -1)

        return columns


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def definite(n: int) -> np.ndarray:
    root = random(n, n)
    return root @ root.T + n * np.eye(n)


def _net(n: int) -> Callable[[bool], Args]:
    return lambda small: (random(n, n) / n, random(n), random(n) / n, random(n), 1.0)


def _gmm(n: int, d: int, k: int) -> Args:
    lower = random(k, d * (d - 1) // 2)
    return random(k), random(k, d), 0.3 * random(k, d), 0.3 * lower, random(n, d), 1, 0.9


def _lstm(turns: int, layers: int, b: int) -> Args:
    gold = (random(turns, b) > 0).astype(float)
    return 0.5 * random(layers, 2, 4, b), random(3, b), random(layers, 2, b), gold


def flow(n: int, turns: int, rounds: int) -> Args:
    d = 2.0 / (n - 1)
    return n, n, turns, rounds, np.zeros((n, n)), np.zeros((n, n)), 0.1 / n**2, d, d, np.zeros((n, n)), 1.0, 0.1


def bodies(n: int, turns: int) -> Args:
    return np.full((n, 1), 20.0 / n), random(n, 3), random(n, 3), turns, 0.02, 1.0, 0.1


def _bundle(n: int, m: int, p: int) -> Args:
    which = np.arange(p)
    cams, points = np.tile(random(11), (n, 1)), np.tile(random(3) + 2.0, (m, 1))
    return cams, points, np.full(p, 0.7), np.tile(random(2), (p, 1)), which % n, which % m


def _hand(bones: int, vertices: int, points: int) -> Args:
    """Bones in five chains, as GradBench's files have them, with random shapes."""
    parents = np.array([-1, 0, *(b - 1 if (b - 1) % 4 else 1 for b in range(2, bones))])
    frames = np.tile(np.eye(4), (bones, 1, 1))
    frames[:, :3] += 0.1 * random(bones, 3, 4)
    positions = np.concatenate([random(vertices, 3), np.ones((vertices, 1))], axis=1)
    weights = np.abs(random(vertices, bones))
    which = np.arange(points) % vertices
    return 0.3 * random(26), parents, frames, frames[::-1].copy(), positions, weights, which, random(points, 3)


def _nested(name: str, wrt: tuple[int, ...], stem: str, function: str, args: Args, hand: dict[str, str]) -> list[Row]:
    """The four variants: the outer mode, then the inner."""
    return [
        Row(
            f"GradBench {name} {outer[0]}{inner}",
            *("gradbench", stem, f"{function}_{inner}", wrt, lambda small: args, f"geometry.{hand[outer]}"),
            *("gradbench", f"{name}_{inner}", outer),
            variant="tangents" if outer == "forward" and len(wrt) > 1 else "",
        )
        for outer in ("forward", "reverse")
        for inner in "fr"
    ]


def _kernel(name: str, wrt: tuple[int, ...], args: Callable[[bool], Args], hand: str, size: str) -> Row:
    return Row(f"{name} {size}", "kernels", name, name, wrt, args, f"{hand}.{name}", "loop", name)


def _gradbench(
    name: str, function: str, wrt: tuple[int, ...], args: Callable[[bool], Args], size: str, stem: str = ""
) -> Row:
    hand = {"hello": "square", "lse": "logsumexp"}.get(name, name)
    title = f"GradBench {name} {size}".strip()
    return Row(title, "gradbench", stem or name, function, wrt, args, f"gradbench.{hand}", "gradbench", name)


ROWS = [
    Row("F of the notes", ".", "seed_notes", "F", (0, 1), lambda small: (2.0, -1.0), "scalars.notes", "loop", "notes"),
    Row(
        "scalar loop with a branch, 1000 turns",
        *(".", "loop_branch", "wander", (0,)),
        lambda small: (0.7, 10 if small else 1000),
        *("scalars.wander", "loop", "wander"),
    ),
    Row(
        "Euler pendulum, 1000 steps",
        *(".", "pendulum", "final_angle", (0, 1, 2)),
        lambda small: (0.9, 1.2, 0.3, 20 if small else 1000, 0.01),
        *("scalars.pendulum", "loop", "pendulum"),
    ),
    Row(
        "Black-Scholes with four Greeks",
        *(".", "black_scholes", "call", (0, 2, 3, 4)),
        lambda small: (100.0, 95.0, 0.2, 0.03, 0.5),
        *("scalars.call", "array", "call"),
    ),
    *(
        Row(f"ReLU net, width {n}", ".", "seed_notes", "loss", (0, 1, 2), _net(n), "scalars.net", "array", "net")
        for n in (2, 64, 1024)
    ),
    _kernel("seidel_2d", (1,), lambda s: (2, random(6, 6)) if s else (2, random(50, 50)), "stencils", "N=50"),
    _kernel(
        "jacobi_2d",
        (1,),
        lambda s: (3, random(6, 6), random(6, 6)) if s else (50, random(150, 150), random(150, 150)),
        *("stencils", "N=150"),
    ),
    _kernel(
        "heat_3d",
        (1, 2),
        lambda s: (3, random(5, 5, 5), random(5, 5, 5)) if s else (25, random(25, 25, 25), random(25, 25, 25)),
        *("stencils", "N=25"),
    ),
    _kernel(
        "fdtd_2d",
        (1, 2, 3),
        lambda s: (
            (3, random(4, 5), random(4, 5), random(4, 5), random(3))
            if s
            else (20, random(60, 80), random(60, 80), random(60, 80), random(20))
        ),
        *("stencils", "60x80"),
    ),
    _kernel("lu", (0,), lambda s: (definite(5 if s else 60),), "factorisations", "N=60"),
    _kernel("cholesky", (0,), lambda s: (definite(5 if s else 100),), "factorisations", "N=100"),
    _kernel("gramschmidt", (0,), lambda s: (random(*((5, 4) if s else (70, 60))),), "factorisations", "70x60"),
    _kernel(
        "trmm",
        (0, 1, 2),
        lambda s: (0.7, random(4, 4), random(4, 3)) if s else (0.7, random(65, 65) / 8, random(65, 80)),
        *("factorisations", "65x80"),
    ),
    _kernel(
        "syrk",
        (0, 1, 2, 3),
        lambda s: (0.7, 1.2, random(4, 4), random(4, 3)) if s else (0.7, 1.2, random(70, 70), random(70, 50)),
        *("factorisations", "70x50"),
    ),
    _kernel(
        "cavity_flow",
        (4, 5, 11),
        lambda s: flow(*((6, 3, 2) if s else (61, 25, 10))),
        *("fluids", "61x61, 25 steps"),
    ),
    _kernel("nbody", (0, 1, 2), lambda s: bodies(*((4, 3) if s else (50, 50))), "fluids", "N=50, 50 steps"),
    _gradbench("hello", "square", (0,), lambda s: (3.0,), ""),
    _gradbench("det", "det", (0,), lambda s: (random(3 if s else 6, 3 if s else 6),), "6x6"),
    _gradbench("lse", "logsumexp", (0,), lambda s: (random(9 if s else 10000),), "n=10000"),
    _gradbench("llsq", "objective", (0,), lambda s: (random(4), 9) if s else (random(128), 2048), "n=2048 m=128"),
    _gradbench(
        "kmeans",
        "cost",
        (1,),
        lambda s: (random(9, 2), random(3, 2)) if s else (random(1000, 8), random(10, 8)),
        "n=1000 k=10 d=8",
    ),
    _gradbench("ode", "last", (0,), lambda s: (random(4), 3) if s else (random(1000), 10), "n=1000 s=10"),
    _gradbench(
        "gmm",
        "log_posterior",
        (0, 1, 2, 3),
        lambda s: _gmm(5, 3, 2) if s else _gmm(1000, 10, 25),
        "n=1000 d=10 k=25",
    ),
    _gradbench("lstm", "loss", (0, 1), lambda s: _lstm(4, 2, 3) if s else _lstm(200, 2, 14), "200 steps, 2 layers"),
    Row(
        "GradBench ba, 1000 observations",
        *("gradbench", "ba", "reprojection", (0, 1, 2)),
        lambda small: _bundle(2, 3, 6) if small else _bundle(21, 500, 1000),
        *("geometry.ba", "gradbench", "ba"),
        makers=(ba_objective, ba_jacobian),
        variant="pullback",
    ),
    Row(
        "GradBench ht, 500 points",
        *("gradbench", "ht", "residuals_simple", (0,)),
        lambda small: _hand(22, 8, 5) if small else _hand(22, 544, 500),
        *("", "gradbench", "ht", "forward"),
        variant="tangents",
    ),
    *_nested(
        "particle",
        *((0,), "particle_path", "missed", (0.0,)),
        {"forward": "particle_forward", "reverse": "particle_reverse"},
    ),
    *_nested(
        "saddle",
        *((0, 1), "saddle_max", "highest", (0.5, -0.4, 1.0, 1.0)),
        {"forward": "saddle", "reverse": "saddle"},
    ),
]
