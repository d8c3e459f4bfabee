"""GradBench's twelve problems: how a message's input is made ready, what is evaluated, how the output is written.

A problem maps the names of its functions to ``(prepare, evaluate, write)``.  Where Numba compiles a function it is
compiled; the loops over observations and descents that call it are compiled with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench import descent
from bench.compiled import compile_module, compile_or_keep, load

Json = Any
Problem = dict[str, tuple[Callable[[Json], tuple[Any, ...]], Callable[..., Any], Callable[[Any], Json]]]


class Modules:
    """Where functions come from: plain modules, or the modules of the target Numba where it compiles them.

    Attributes
    ----------
    kept : list of str
        Why functions stay plain, as far as they have been called.
    """

    def __init__(self, compiled: bool) -> None:
        self.compiled = compiled
        self.kept: list[str] = []

    def get(self, stem: str, *names: str) -> list[Callable[..., Any]]:
        """Functions of the generated module ``stem``, each falling back to plain Python by itself."""
        plain = load(stem)
        if not self.compiled:
            return [getattr(plain, name) for name in names]

        def choice(name: str) -> Callable[..., Any]:
            return compile_or_keep(lambda: getattr(compile_module(stem), name), getattr(plain, name), self.kept.append)

        return [choice(name) for name in names]

    def driver(self, make: Callable[..., Any], module: str) -> Callable[..., Any]:
        """What ``make(njit, module)`` returns: a function that calls functions of a module, compiled with them."""
        plain = make(lambda f: f, load(module))
        if not self.compiled:
            return plain
        import numba

        return compile_or_keep(lambda: make(numba.njit, compile_module(module)), plain, self.kept.append)


def array(value: Json) -> np.ndarray:
    return np.array(value, dtype=float)


def listed(value: Any) -> Json:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def hello(modules: Modules) -> Problem:
    square, square_grad = modules.get("hello_grad", "square", "square_grad")

    def ready(x: Json) -> tuple[Any, ...]:
        return (float(x),)

    return {"square": (ready, square, listed), "double": (ready, square_grad, listed)}


def det(modules: Modules) -> Problem:
    primal, gradient = modules.get("det_grad", "det", "det_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        return (array(given["A"]).reshape(given["ell"], given["ell"]),)

    return {"primal": (ready, primal, listed), "gradient": (ready, gradient, lambda bar: bar.ravel().tolist())}


def gmm(modules: Modules) -> Problem:
    objective, gradient = modules.get("gmm_grad", "log_posterior", "log_posterior_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        d, k = given["d"], given["k"]
        lower = array(given["l"]).reshape(k, d * (d - 1) // 2)
        arrays = (array(given["alpha"]), array(given["mu"]), array(given["q"]), lower, array(given["x"]))
        return (*arrays, int(given["m"]), float(given["gamma"]))

    def write(bars: tuple[np.ndarray, ...]) -> Json:
        return {name: bar.tolist() for name, bar in zip(("alpha", "mu", "q", "l"), bars, strict=True)}

    return {"objective": (ready, objective, listed), "jacobian": (ready, gradient, write)}


def ba_objective(njit: Callable[..., Any], module: Any) -> Callable[..., Any]:
    """The errors of all observations and of all weights."""
    reprojection, weight_error = module.reprojection, module.weight_error

    @njit
    def objective(cams, points, w, features, camera, point):
        errors = np.empty((len(w), 2))
        weight_errors = np.empty(len(w))
        for i in range(len(w)):
            c, x, f = cams[camera[i]], points[point[i]], features[i]
            errors[i, 0], errors[i, 1] = reprojection(
                *(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10]),
                *(x[0], x[1], x[2], w[i], f[0], f[1]),
            )
            weight_errors[i] = weight_error(w[i])
        return errors, weight_errors

    return objective


def ba_blocks(njit: Callable[..., Any], module: Any) -> Callable[..., Any]:
    """The errors; their derivatives are written, by observation two rows for camera, point and weight.

    Both rows come of one forward sweep.
    """
    forward, reverse = module.reprojection_forward, module.reprojection_reverse
    weight_forward, weight_reverse = module.weight_error_forward, module.weight_error_reverse

    @njit
    def write(cams, points, w, features, camera, point, blocks, weight_bars):
        errors = np.empty((len(w), 2))
        weight_errors = np.empty(len(w))
        for i in range(len(w)):
            c, x, f = cams[camera[i]], points[point[i]], features[i]
            (errors[i, 0], errors[i, 1]), residuals = forward(
                *(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10]),
                *(x[0], x[1], x[2], w[i], f[0], f[1]),
            )
            for row in range(2):
                bars = reverse(residuals, (1.0 - row, 0.0 + row))
                for k in range(15):
                    blocks[i, row, k] = bars[k]
            weight_errors[i], rest = weight_forward(w[i])
            weight_bars[i] = weight_reverse(rest, 1.0)
        return errors, weight_errors

    return write


def ba_jacobian(njit: Callable[..., Any], module: Any) -> Callable[..., Any]:
    """The errors, and their derivatives by observation."""
    write = ba_blocks(njit, module)

    @njit
    def jacobian(cams, points, w, features, camera, point):
        blocks, weight_bars = np.empty((len(w), 2, 15)), np.empty(len(w))
        return write(cams, points, w, features, camera, point, blocks, weight_bars), (blocks, weight_bars)

    return jacobian


def ba(modules: Modules) -> Problem:
    objective = modules.driver(ba_objective, "ba_pullback_grad")
    write_blocks = modules.driver(ba_blocks, "ba_pullback_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        n, m, p = given["n"], given["m"], given["p"]
        which = np.arange(p)
        arrays = (np.tile(array(given["cam"]), (n, 1)), np.tile(array(given["x"]), (m, 1)), np.full(p, given["w"]))
        return (*arrays, np.tile(array(given["feat"]), (p, 1)), which % n, which % m)

    def jacobian(cams, points, w, features, camera, point):
        """A sparse matrix by rows: two for each observation, then one for each weight."""
        n, m, p = len(cams), len(points), len(w)
        rows = np.empty(3 * p + 1, dtype=np.int32)
        rows[: 2 * p + 1] = 15 * np.arange(2 * p + 1)
        rows[2 * p + 1 :] = np.arange(30 * p + 1, 31 * p + 1)
        cols, vals = np.empty(31 * p, dtype=np.int32), np.empty(31 * p)
        which = cols[: 30 * p].reshape(p, 2, 15)
        which[:, :, :11] = (11 * camera)[:, None, None] + np.arange(11)
        which[:, :, 11:14] = (11 * n + 3 * point)[:, None, None] + np.arange(3)
        cols[30 * p :] = np.arange(11 * n + 3 * m, 11 * n + 3 * m + p)
        which[:, :, 14] = cols[30 * p :, None]
        write_blocks(cams, points, w, features, camera, point, vals[: 30 * p].reshape(p, 2, 15), vals[30 * p :])
        return rows, cols, vals

    def write_errors(found: tuple[np.ndarray, np.ndarray]) -> Json:
        errors, weights = found
        return {
            "reproj_error": {"elements": errors[0].tolist(), "repeated": len(errors)},
            "w_err": {"element": float(weights[0]), "repeated": len(weights)},
        }

    def write_matrix(found: tuple[np.ndarray, ...]) -> Json:
        return {
            name: [*part[:30].tolist(), part[-1].item()]
            for name, part in zip(("rows", "cols", "vals"), found, strict=True)
        }

    return {"objective": (ready, objective, write_errors), "jacobian": (ready, jacobian, write_matrix)}


def ht(modules: Modules) -> Problem:
    names = ("residuals", "residuals_tangents", "residuals_simple", "residuals_simple_tangents")
    residuals, residuals_tangents, simple, simple_tangents = modules.get("ht_tangents_grad", *names)

    def ready(given: Json) -> tuple[Any, ...]:
        data, model = given["data"], given["data"]["model"]
        parents = np.array(model["parents"], dtype=np.int64)
        shapes = [array(model[name]) for name in ("base_relatives", "inverse_base_absolutes", "base_positions")]
        shapes.append(array(model["weights"]))
        which = np.array(data["correspondences"], dtype=np.int64)
        points, theta = array(data["points"]), array(given["theta"])
        if len(given["us"]) == 0:
            return theta, parents, *shapes, which, points
        triangles = np.array(model["triangles"], dtype=np.int64)
        return theta, array(given["us"]), parents, *shapes, triangles, which, points

    def objective(*args: Any) -> np.ndarray:
        return residuals(*args) if len(args) == 10 else simple(*args)

    def jacobian(*args: Any) -> np.ndarray:
        """Its columns, by one run along 26 parameters, and along both coordinates of all points on the skin."""
        theta = args[0]
        if len(args) == 8:
            return simple_tangents(*args, np.eye(len(theta)))[1]
        along = np.eye(2 + len(theta))[:, 2:]
        along_skin = np.zeros((2 + len(theta), *args[1].shape))
        along_skin[0, :, 0] = along_skin[1, :, 1] = 1.0
        return residuals_tangents(*args, along, along_skin)[1]

    def write(columns: np.ndarray) -> Json:
        return columns.reshape(len(columns), -1).T.tolist()

    return {"objective": (ready, objective, lambda r: r.ravel().tolist()), "jacobian": (ready, jacobian, write)}


def kmeans(modules: Modules) -> Problem:
    (cost,) = modules.get("kmeans_grad", "cost")
    (slope_tangent,) = modules.get("kmeans_newton_grad", "slope_tangent")

    def ready(given: Json) -> tuple[Any, ...]:
        return array(given["points"]), array(given["centroids"])

    def direction(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
        """The Hessian is diagonal: its product with ones is its diagonal."""
        gradient, diagonal = slope_tangent(points, centroids, np.ones_like(centroids))
        return gradient / diagonal

    return {"cost": (ready, cost, listed), "dir": (ready, direction, listed)}


def llsq(modules: Modules) -> Problem:
    primal, gradient = modules.get("llsq_grad", "objective", "objective_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        return array(given["x"]), int(given["n"])

    return {"primal": (ready, primal, listed), "gradient": (ready, gradient, listed)}


def lse(modules: Modules) -> Problem:
    primal, gradient = modules.get("lse_grad", "logsumexp", "logsumexp_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        return (array(given["x"]),)

    return {"primal": (ready, primal, listed), "gradient": (ready, gradient, listed)}


def lstm(modules: Modules) -> Problem:
    objective, gradient = modules.get("lstm_grad", "loss", "loss_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        main, extra, state = (array(given[name]) for name in ("main_params", "extra_params", "state"))
        layers, b = len(main) // 2, extra.shape[1]
        return main.reshape(layers, 2, 4, b), extra, state.reshape(layers, 2, b), array(given["sequence"])

    def primal(main, extra, state, sequence):
        return objective(main, extra, state.copy(), sequence)  # it writes into the state

    def write(bars: tuple[np.ndarray, np.ndarray]) -> Json:
        return np.concatenate([bar.ravel() for bar in bars]).tolist()

    return {"objective": (ready, primal, listed), "jacobian": (ready, gradient, write)}


def ode(modules: Modules) -> Problem:
    primal, gradient = modules.get("ode_grad", "solve", "last_grad")

    def ready(given: Json) -> tuple[Any, ...]:
        return array(given["x"]), int(given["s"])

    return {"primal": (ready, primal, listed), "gradient": (ready, gradient, listed)}


def particle(modules: Modules) -> Problem:
    def make(inner: str, outer: str) -> Callable[..., Any]:
        def maker(njit: Callable[..., Any], module: Any) -> Callable[..., Any]:
            missed = getattr(module, f"missed_{inner}")
            derivative = getattr(module, f"missed_{inner}_{'tangent' if outer == 'f' else 'grad'}")
            argmin = njit(descent.argmin)

            @njit
            def objective(_args, w, _unused):
                return missed(w)

            @njit
            def gradient(_args, w, _unused):
                return (derivative(w, 1.0)[1] if outer == "f" else derivative(w)), 0.0

            @njit
            def solve(w):
                return argmin(objective, gradient, (), w, 0.0)[0]

            return solve

        return maker

    def ready(given: Json) -> tuple[Any, ...]:
        return (float(given["w"]),)

    return {
        outer + inner: (ready, modules.driver(make(inner, outer), "particle_path_grad"), listed)
        for outer in "fr"
        for inner in "fr"
    }


def saddle(modules: Modules) -> Problem:
    def make(inner: str, outer: str) -> Callable[..., Any]:
        def maker(njit: Callable[..., Any], module: Any) -> Callable[..., Any]:
            highest = getattr(module, f"highest_{inner}")
            derivative = getattr(module, f"highest_{inner}_{'tangents' if outer == 'f' else 'grad'}")
            argmin, ascend, slope = njit(descent.argmin), module.ascend, getattr(module, f"slope_{inner}")

            @njit
            def objective(start, x, y):
                return highest(x, y, start[0], start[1])

            @njit
            def gradient(start, x, y):
                if outer == "r":
                    return derivative(x, y, start[0], start[1])
                _, along = derivative(x, y, start[0], start[1], np.array([1.0, 0.0]), np.array([0.0, 1.0]))
                return along[0], along[1]

            @njit
            def solve(x, y):
                x1, y1 = argmin(objective, gradient, (x, y), x, y)
                x2, y2 = ascend(slope, x1, y1, x, y)
                return x1, y1, x2, y2

            return solve

        return maker

    def ready(given: Json) -> tuple[Any, ...]:
        return tuple(map(float, given["start"]))

    return {
        outer + inner: (ready, modules.driver(make(inner, outer), stem), list)
        for outer, stem in (("f", "saddle_max_tangents_grad"), ("r", "saddle_max_grad"))
        for inner in "fr"
    }


PROBLEMS: dict[str, Callable[[Modules], Problem]] = {
    "hello": hello,
    "det": det,
    "gmm": gmm,
    "ba": ba,
    "ht": ht,
    "kmeans": kmeans,
    "llsq": llsq,
    "lse": lse,
    "lstm": lstm,
    "ode": ode,
    "particle": particle,
    "saddle": saddle,
}
