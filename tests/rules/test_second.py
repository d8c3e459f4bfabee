"""The second derivative of every row, by both modes over reverse mode: differences of the first one, or a refusal.

What a rule writes is Python like any other, and is differentiated again: a text that is right may have a derivative
that is not (a quotient at 0), or none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Mode, Request, differentiate
from sct.rules.helpers import HELPERS
from tests.rules.calls import ROWS, Call, accepted, domain

STEP = 1e-5


def _types(call: Call) -> tuple[Type, ...]:
    return tuple(
        Type("array", tuple(1 if n == 1 else f"d{n}+" for n in shape)) if shape else Type("float")
        for shape in call.shapes
    )


def _module(source: str, name: str, mode: Mode, types: tuple[Type, ...], wrt: tuple[int, ...]) -> str:
    """The source, with the derivative of one of its functions behind it."""
    (piece,) = differentiate(source, "row.py", [Request(name, wrt, mode, types)])
    head, helpers = source.partition("\n\n\n")[0], [HELPERS[helper] for helper in piece.helpers]
    return "\n\n\n".join(["\n".join([head, *piece.needs]), piece.text, *helpers])


def _along(call: Call) -> str:
    """A module whose ``slope`` is the derivative of the sum of the call's squares along what its last arguments say."""
    names = ["a", "b"][: len(call.shapes)]
    text = f"import math\n\nimport numpy as np\nimport scipy\n\n\ndef f({', '.join(names)}):\n    y = {call.text}\n"
    text = _module(f"{text}    return np.sum(y * y)\n", "f", "adjoint", _types(call), tuple(range(len(names))))
    bars = ["f_grad_value"] if len(names) == 1 else [f"f_grad_value[{k}]" for k in range(2)]
    terms = " + ".join(f"np.sum({bar} * {name}_way)" for bar, name in zip(bars, names, strict=True))
    ways = [f"{name}_way" for name in names]
    return (
        f"{text}\n\n\ndef slope({', '.join([*names, *ways])}):\n"
        f"    f_grad_value = f_adjoint({', '.join(names)})[1]\n    return {terms}\n"
    )


def _run(text: str) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(text, module)
    return module


def check(call: Call) -> None:
    source, count = _along(call), len(call.shapes)
    types, kind = _types(call) * 2, domain(call)
    assert kind is not None
    rng, args = np.random.default_rng(1), call.points(kind)
    ways, moves = ([rng.normal(size=np.shape(arg))[()] for arg in args] for _ in range(2))
    first = _run(source)["slope"]
    up, down = (
        first(*(arg + sign * move for arg, move in zip(args, moves, strict=True)), *ways) for sign in (STEP, -STEP)
    )
    expected = (up - down) / (2 * STEP)
    size = 1 + abs(expected) + abs(first(*args, *ways))
    for mode in ("adjoint", "tangent"):
        try:
            module = _run(_module(source, "slope", mode, types, tuple(range(count))))
        except RefusedError as refused:
            assert refused.diagnostics[0].span.line and refused.diagnostics[0].help
            continue
        if mode == "adjoint":
            bars = module["slope_adjoint"](*args, *ways)[1]
            found = sum(np.sum(bar * move) for bar, move in zip(bars if count > 1 else (bars,), moves, strict=True))
        else:
            dots = {f"{name}_dot": move for name, move in zip("ab", moves, strict=False)}
            found = module["slope_tangent"](*args, *ways, **dots)[1]
        assert abs(found - expected) < 1e-6 * size, f"{mode}: {found}, not {expected}"


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in ROWS])
@pytest.mark.filterwarnings("ignore")
def test_row(name: str) -> None:
    of_rank: dict[Any, Call] = {}
    for call, _ in accepted(name):
        of_rank.setdefault((len(call.shapes), len(call.shapes[0]) > 0), call)
    for call in of_rank.values():
        try:
            check(call)
        except Exception as problem:
            problem.add_note(str(call))
            raise


@pytest.mark.parametrize(
    ("text", "point", "mixed"),
    [
        ("a**b", (2.0, 0.0), 0.5),  # d/db of b * a**(b - 1)
        ("math.pow(a, b)", (2.0, 0.0), 0.5),
        ("np.sum(np.array([a, 1.0]) ** b)", (2.0, 0.0), 0.5),
        ("np.float_power(a, b)", (2.0, 0.0), 0.5),
        ("scipy.special.xlogy(a, b)", (0.0, 2.0), 0.5),
        ("np.sum(scipy.special.xlogy(np.array([a, 1.0]), b))", (0.0, 2.0), 0.5),
    ],
)
def test_a_slope_that_is_zero_at_a_point_is_no_constant_there(
    text: str, point: tuple[float, float], mixed: float
) -> None:
    """What keeps a rule's text from 0**-1 is for where it would be met."""
    types = (Type("float"), Type("float"))
    head = "import math\n\nimport numpy as np\nimport scipy\n\n\n"
    for first, second in ((0, 1), (1, 0)):
        source = _module(f"{head}def f(a, b):\n    return {text}\n", "f", "adjoint", types, (first,))
        module = _run(_module(source, "f_grad", "adjoint", types, (second,)))
        assert module["f_grad_adjoint"](*point)[1] == pytest.approx(mixed)


@pytest.mark.parametrize("text", ["a**b", "math.pow(a, b)", "np.float_power(a, b)", "scipy.special.xlogy(a, b)"])
def test_what_is_zero_where_both_operands_are(text: str) -> None:
    source = f"import math\n\nimport numpy as np\nimport scipy\n\n\ndef f(a, b):\n    return {text}\n"
    module = _run(_module(source, "f", "adjoint", (Type("float"), Type("float")), (0 if "log" not in text else 1,)))
    assert module["f_adjoint"](0.0, 0.0)[1] == 0.0
