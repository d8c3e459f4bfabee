"""Random programs of slices in loops, whose bounds are computed of sizes and of the turn, against differences.

What is known of their lengths decides what is summed over in reverse: nothing where two are equal, and all of what was
broadcast where one may be 1.  Each program is held for several sizes, some of which NumPy refuses.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target

SIZES = [(5, 2, 2), (6, 3, 1), (4, 1, 3), (3, 3, 2), (1, 1, 1), (2, 1, 1), (7, 2, 4), (2, 3, 2), (6, 2, 6)]
LOOPS = (
    "n, 1: n, n - k + 1, n - k, k, 1: k, n // k, 1: n // k, n // 2, m, k: n, n // k + 1, 2: n - 1, (n - k) // k,"
    "(n - m) // k + 1, len(y), n - m + 1"
)
PARAMETERS = 'x: Float[np.ndarray, "n"], w: Float[np.ndarray, "k"], y: Float[np.ndarray, "{}"]'
PROGRAMS = 60


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.stated = self.pick("n, m, n-k, n-k+1, n-1, k, {m}, {m}+1")

    def function(self) -> str:
        first, *others = self.pick(LOOPS).split(": ")
        statements = [f"        {self.statement()}" for _ in range(self.random.randint(1, 2))]
        lines = [
            "import numpy as np",
            "",
            "",
            f"def f({PARAMETERS.format(self.stated)}, m: int):",
            "    n, k = len(x), len(w)",
            f"    z = {self.pick('np.zeros(n - k + 1), np.ones(k), np.zeros(n), np.sin(x[k:]), np.zeros(n + 1 - k)')}",
            "    s = 0.0",
            f"    for i in range({', '.join([first, *others])}):",
            *statements,
            f"    return s + np.sum(z * {self.pick('z, 1.0, y, x')})",
        ]
        return "\n".join(lines)

    def statement(self) -> str:
        a, b, c = self.part(), self.part(), self.part()
        return self.pick(
            f"s += np.sum({a} * np.sin({b})), z += {self.pick('w[0], 2.0')} * {a}, s += np.sum(({a} - {b} * {c}) ** 2),"
            f"z[{self.bounds()}] {self.pick('=, +=')} {a} * {b}"
        )

    def part(self) -> str:
        return f"{self.pick('x, w, y, z')}[{self.bounds()}]"

    def bounds(self) -> str:
        start = self.pick("i, i - 1, i + 1, i * k, 2 * i, i * 2 - 1, n - i, i - k, 1, k")
        stop = self.pick("(i + 1) * k, n - i, i + k, n - 1, -1, 2 * i + 2, i, m")
        length = self.pick("k, 1, 2, n - k, n - k + 1, k + 1, m, m - k, n - m")
        whole = f"{start} : {start} + {length}"
        return self.pick(f"{whole}, {whole}, {start} :, {start} : {stop}, : {stop}, : -{self.pick('i, k, (i + 1)')}")

    def pick(self, choices: str) -> str:
        return self.random.choice(choices.split(",")).strip()


@pytest.mark.parametrize("first", [0, 300])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_slices(first: int, target: Target) -> None:
    held = sum(_held(seed, target) for seed in range(first, first + PROGRAMS))
    assert held > PROGRAMS


def _held(seed: int, target: Target) -> int:
    """For how many sizes a program was held to differences."""
    writer, names = Writer(seed), dict[str, Any]()
    source = "from __future__ import annotations\n" + writer.function()
    exec(source, names)
    (piece,) = differentiate(source, "slices.py", [Request("f", (0, 1, 2), "both", None, target)])
    made = dict(names)
    exec("\n".join(["from __future__ import annotations", *piece.needs, piece.text, *piece.helpers.values()]), made)
    found = 0
    for n, k, m in SIZES:
        sizes = {"n": n, "m": m, "n-k": n - k, "n-k+1": n - k + 1, "n-1": n - 1, "k": k, "{m}": m, "{m}+1": m + 1}
        if (size := writer.random.choice([sizes[writer.stated]] * 6 + [1, n])) < 0:
            continue
        rng = np.random.default_rng(seed)
        args, dots = ([rng.normal(size=size) for size in (n, k, size)] for _ in range(2))
        try:
            value = names["f"](*args, m)
        except (ValueError, IndexError):
            continue
        try:
            found_value, bars = made["f_adjoint"](*args, m)
        except AssertionError:
            assert size != sizes[writer.stated]  # what is annotated is not asserted where it holds
            continue
        ahead, behind = (
            names["f"](*(arg + step * dot for arg, dot in zip(args, dots, strict=True)), m) for step in (1e-6, -1e-6)
        )
        slope = (ahead - behind) / 2e-6
        assert [np.shape(bar) for bar in bars] == [arg.shape for arg in args]
        reverse = sum(np.sum(bar * dot) for bar, dot in zip(bars, dots, strict=True))
        _, forward = made["f_tangent"](*args, m, *dots)
        assert found_value == pytest.approx(value, rel=1e-12, abs=1e-12), (seed, n)
        assert reverse == pytest.approx(forward, rel=1e-9, abs=1e-10), (seed, n)
        assert forward == pytest.approx(slope, rel=1e-6, abs=1e-7), (seed, n)
        found += 1
    return found
