"""Every generated module of the golden suite goes back in as input: its second derivatives, held to differences."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate, marked
from sct.rules.helpers import HELPERS
from tests import sample_inputs, test_kernels
from tests.trees import copied, product, random_like
from tests.witness import load_original

SAMPLES = Path(__file__).parent.parent / "samples"


def _cases() -> list[tuple[str, str, tuple[int, ...], tuple[Any, ...]]]:
    inputs = {stem: args[0] for (stem, _), args in sample_inputs.INPUTS.items()}
    inputs |= {f"kernels/{stem}": args for stem, args in test_kernels.INPUTS.items()}
    found = []
    for stem, args in inputs.items():
        path = SAMPLES / f"{stem}.py"
        for request in marked(path.read_text(encoding="utf-8"), str(path)):
            names = list(inspect.signature(load_original(path)[request.name]).parameters)
            wrt = tuple(sorted(names.index(w) if isinstance(w, str) else w for w in request.wrt))
            args = sample_inputs.INPUTS.get((stem, request.name), [args])[0]
            found.append((stem, request.name, wrt, args))
    return found


# What the language cannot take (yet) of its own output, by what the refusal says.
REFUSED = {
    "chebyshev": "it is not known what this is made of",  # the residuals of a function that calls itself
    "kernels/cavity_flow": "another name sees this write",  # arrays in the residuals of a callee, here and below
    "kernels/nbody": "another name sees this write",
    "kernels/channel_flow": "another name sees this write",
}


@pytest.mark.parametrize(
    ("stem", "name", "wrt", "args"), _cases(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_second_derivatives(stem: str, name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    path = SAMPLES / f"{stem}_grad.py"
    text = path.read_text(encoding="utf-8")
    request = Request(f"{name}_adjoint", wrt, "both")
    if stem in REFUSED:
        with pytest.raises(RefusedError, match=REFUSED[stem]):
            differentiate(text, str(path), [request])
        return
    (piece,) = differentiate(text, str(path), [request])
    module: dict[str, Any] = {"__file__": str(path)}
    exec(compile(text, str(path), "exec"), module)
    first = module[f"{name}_adjoint"]
    helpers = [HELPERS[helper] for helper in piece.helpers]
    exec("\n".join(["from __future__ import annotations", *piece.needs, piece.text, *helpers]), module)
    rng = np.random.default_rng(7)
    names = list(inspect.signature(first).parameters)
    along = {k: random_like(args[k], rng) for k in wrt}
    weights = {k: random_like(args[k], rng) for k in wrt}

    def weighted(step: float) -> float:
        moved = [arg + step * along[k] if k in along else arg for k, arg in enumerate(copied(list(args)))]
        _, bars = first(*moved)
        return float(
            sum(product(bar, weights[k]) for bar, k in zip(bars if len(wrt) > 1 else (bars,), wrt, strict=True))
        )

    coarse, fine = ((weighted(h) - weighted(-h)) / (2 * h) for h in (2e-4, 1e-4))
    expected, error = (4 * fine - coarse) / 3, abs(fine - coarse)
    dots = {f"{names[k]}_dot": direction for k, direction in along.items()}
    _, (_, bars_dot) = module[f"{name}_adjoint_tangent"](*copied(list(args)), **dots)
    bars_dot = bars_dot if len(wrt) > 1 else (bars_dot,)
    forward = sum(product(dot, weights[k]) for dot, k in zip(bars_dot, wrt, strict=True))
    seed = tuple(weights[k] for k in wrt)
    _, products = module[f"{name}_adjoint_adjoint"](
        *copied(list(args)), **{f"{name}_adjoint_bar": (0.0, seed if len(wrt) > 1 else seed[0])}
    )
    products = products if len(wrt) > 1 else (products,)
    reverse = sum(product(dot, along[k]) for dot, k in zip(products, wrt, strict=True))
    tolerance = 1e-6 * (1 + abs(expected)) + 10 * error
    assert abs(forward - expected) <= tolerance
    assert abs(reverse - expected) <= tolerance
    assert reverse == pytest.approx(forward, rel=1e-8, abs=1e-10)  # a Hessian is symmetric
