"""Long and deep programs: sums of many terms, chains of ``elif``, nested calls; what is too deep is refused."""

from __future__ import annotations

import math
import sys
import threading

import pytest

from sct import depth
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate

ANNOTATED = "import math\n\n\ndef f(x: float) -> float:\n    return "


def derivatives(text: str, *args: float) -> tuple[tuple[float, float], tuple[float, float]]:
    (piece,) = differentiate(text, "model.py", [Request("f", (0,), "both")])
    module: dict[str, object] = {}
    exec("\n".join(["import math", piece.text]), module)
    return module["f_adjoint"](*args), module["f_tangent"](*args, x_dot=1.0)  # type: ignore[operator]


def test_a_sum_of_many_terms() -> None:
    text = f"{ANNOTATED}{' + '.join(f'math.sin({k} * x)' for k in range(400))}\n"
    expected = sum(math.sin(k * 0.3) for k in range(400)), sum(k * math.cos(k * 0.3) for k in range(400))
    limit, size = sys.getrecursionlimit(), threading.stack_size()
    for found in derivatives(text, 0.3):
        assert found == pytest.approx(expected, rel=1e-9)
    assert (limit, size) == (sys.getrecursionlimit(), threading.stack_size())


def test_nested_calls() -> None:
    expected, slope = 0.3, 1.0
    for _ in range(90):
        expected, slope = math.sin(expected), math.cos(expected) * slope
    for found in derivatives(f"{ANNOTATED}{'math.sin(' * 90}x{')' * 90}\n", 0.3):
        assert found == pytest.approx((expected, slope))


def test_a_chain_of_many_branches() -> None:
    branches = "".join(f"    elif n == {k}:\n        y = {k} * x\n" for k in range(1, 200))
    text = f"def f(x: float, n: int) -> float:\n    if n == 0:\n        y = x * x\n{branches}    return y\n"
    for n in (0, 1, 150, 199):
        expected = (n * 0.3, n) if n else (0.09, 0.6)
        for found in derivatives(text, 0.3, n):
            assert found == pytest.approx(expected)


def test_what_is_too_deep_is_refused_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "_LIMIT", 1000)
    terms = " + ".join(f"math.sin({k} * x)" for k in range(500))
    text = f"import math\n\n\ndef f(x: float) -> float:\n    y = x * x\n    z = {terms}\n    return y * z\n"
    with pytest.raises(RefusedError, match=r"model\.py:6:5: this nests too deeply"):
        differentiate(text, "model.py", [Request("f", (0,))])
