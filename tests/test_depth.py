"""Long and deep programs: sums of many terms, chains of ``elif``, nested calls; what is too deep is refused."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pytest

from sct import depth
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate

MODES: list[Literal["adjoint", "tangent"]] = ["adjoint", "tangent"]
ANNOTATED = "import math\n\n\ndef f(x: float) -> float:\n    return "


def derivatives(text: str, mode: Literal["adjoint", "tangent"]) -> Callable[..., tuple[float, float]]:
    """The adjoint of ``f``, or its tangent along 1."""
    (piece,) = differentiate(text, "model.py", [Request("f", (0,), mode)])
    module: dict[str, Any] = {}
    exec("\n".join(["import math", piece.text]), module)
    made: Callable[..., tuple[float, float]] = module[f"f_{mode}"]
    return made if mode == "adjoint" else partial(made, x_dot=1.0)


def test_a_sum_of_many_terms() -> None:
    text = f"{ANNOTATED}{' + '.join(f'math.sin({k} * x)' for k in range(300))}\n"
    expected = sum(math.sin(k * 0.3) for k in range(300)), sum(k * math.cos(k * 0.3) for k in range(300))
    limit, size = sys.getrecursionlimit(), threading.stack_size()
    assert derivatives(text, "adjoint")(0.3) == pytest.approx(expected, rel=1e-9)
    assert (limit, size) == (sys.getrecursionlimit(), threading.stack_size())


def test_nested_calls() -> None:
    expected, slope = 0.3, 1.0
    for _ in range(90):
        expected, slope = math.sin(expected), math.cos(expected) * slope
    text = f"{ANNOTATED}{'math.sin(' * 90}x{')' * 90}\n"
    for mode in MODES:
        assert derivatives(text, mode)(0.3) == pytest.approx((expected, slope))


def test_a_chain_of_many_branches() -> None:
    branches = "".join(f"    elif n == {k}:\n        y = {k} * x\n" for k in range(1, 80))
    text = f"def f(x: float, n: int) -> float:\n    if n == 0:\n        y = x * x\n{branches}    return y\n"
    for mode in MODES:
        derivative = derivatives(text, mode)
        for n in (0, 1, 50, 79):
            assert derivative(0.3, n) == pytest.approx((n * 0.3, n) if n else (0.09, 0.6))


def test_what_is_too_deep_is_refused_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "_LIMIT", 1000)
    terms = " + ".join(f"math.sin({k} * x)" for k in range(500))
    text = f"import math\n\n\ndef f(x: float) -> float:\n    y = x * x\n    z = {terms}\n    return y * z\n"
    with pytest.raises(RefusedError, match=r"model\.py:6:5: this nests too deeply"):
        differentiate(text, "model.py", [Request("f", (0,))])
