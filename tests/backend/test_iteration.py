"""A loop over elements is one in the forward sweep, too, where this needs no index."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = 'import math\nimport numpy as np\n\n\ndef f(x: "float[:]", y: "float[:]", c: float) -> float:\n    t = c\n'


def forward(body: str) -> str:
    """The forward sweep, once both modes agree with differences."""
    source = HEAD + "".join(f"    {line}\n" for line in [*body.splitlines(), "return t"])
    hold(source, "f", (0, 1, 2), (np.array([0.4, 1.3, -0.7]), np.array([1.1, 0.2, 0.9]), 0.8))
    (piece,) = differentiate(source, "m.py", [Request("f", (0, 1, 2))])
    return piece.text.partition("# forward")[2].partition("# reverse")[0]


@pytest.mark.parametrize(
    ("head", "turn"),
    [
        ("for a in x:", "t = t * c + a"),
        ("for a in x[1:]:", "t = math.sin(a) * t + c"),
        ("for a, b in zip(x, y):", "t = t * a + b * c"),
        ("for k, a in enumerate(x):", "t += k * a**2"),
        ("for k, (a, b) in enumerate(zip(x, y)):", "t = t * a + b * k"),
    ],
)
def test_a_loop_over_elements_stays_one(head: str, turn: str) -> None:
    assert f"\n    {head}\n" in forward(f"{head}\n    {turn}").replace(" in x_part:", " in x[1:]:")


def test_rows_and_sums_are_gone_over_by_elements() -> None:
    assert "for row in x_outer:" in forward("for row in np.outer(x, y):\n    t = t * np.sum(row**2)")
    assert "for v in y:" in forward("t += math.exp(sum(math.sin(v) for v in y))")


def test_adjoints_that_a_turn_computes_have_the_index() -> None:
    assert "for a_index, (a, b) in enumerate(zip(x, y)):" in forward("for a, b in zip(x, y):\n    t += a * a * b")


@pytest.mark.parametrize(
    "loop",
    [
        "for k, a in enumerate(x):\n    x[k] = a * c\n    t += a",  # what is gone over is written
        "for k in range(len(x)):\n    a = x[k]\n    t += a * c",  # the author's index
        "for a in reversed(x):\n    t = t * a",
        "for k, a in enumerate(x, 2):\n    t = t * a + k",
        "for a in x:\n    t += c",
        "for a, b in zip(x, y):\n    t = t * a",
    ],
)
def test_others_count(loop: str) -> None:
    text = forward(loop)
    assert " in range(" in text and " in x:" not in text and "zip(" not in text and "enumerate(" not in text


def test_a_range_beside_elements_may_be_the_shortest() -> None:
    source = (
        "import numpy as np\n\n\ndef f(x: float, u: float[:]) -> float:\n    s = 0.0\n"
        "    for e, k in zip(u, range(3)):\n        s += e * x**2 * k + s * x\n    return s\n"
    )
    for n in (2, 5):
        hold(source, "f", (0, 1), (0.7, np.arange(1.0, n + 1.0)))
