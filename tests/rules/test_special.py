"""Every elementwise row of scipy.special, run as generated: SciPy's own numbers, by differences, in both modes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import pytest
import scipy

from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules.spelling import libraries, spelling
from sct.rules.table import Rule, all_rules, lookup

ROWS = [row for row in all_rules() if row.partials and row.name in libraries()["scipy"].values()]
TYPES = {0: Type("float"), 1: Type("array", ("n+",))}


def generated(row: Rule, wrt: tuple[int, ...], rank: int) -> dict[str, Any]:
    text = f"def f({', '.join(row.operands)}):\n    return {spelling(row.name, 'scipy')}({', '.join(row.operands)})\n"
    types = tuple(TYPES[rank] for _ in row.operands)
    (piece,) = differentiate(
        f"from scipy import special, stats\n\n\n{text}", "s.py", [Request("f", wrt, "both", types)]
    )
    module: dict[str, Any] = {}
    exec("\n".join(["from scipy import special, stats", *piece.needs, piece.text]), module)
    return module


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Rule, rank: int) -> None:
    wrt = tuple(k for k, partial in enumerate(row.partials) if partial not in (None, "..."))
    module = generated(row, wrt, rank)
    points = [0.37, 0.55, 0.61, 0.45][: len(row.operands)]
    if row.name == "polygamma":
        points[0] = 1
    if row.name == "zeta":
        points[0] = 2.5
    args = [np.full(3, point) if rank else point for point in points]
    value, bars = module["f_adjoint"](*args, f_bar=np.ones(3) if rank else 1.0)
    function = attrgetter(spelling(row.name, "scipy") or "")(scipy)
    np.testing.assert_allclose(value, function(*args))
    for k, bar in zip(wrt, bars if len(wrt) > 1 else (bars,), strict=True):
        up, down = ([*points[:k], points[k] + step, *points[k + 1 :]] for step in (1e-5, -1e-5))
        slope = (function(*up) - function(*down)) / 2e-5
        np.testing.assert_allclose(bar, slope, rtol=1e-7)
    dots = {f"{row.operands[k]}_dot": args[k] for k in wrt}
    _, value_dot = module["f_tangent"](*args, **dots)
    total = sum(bar * args[k] for k, bar in zip(wrt, bars if len(wrt) > 1 else (bars,), strict=True))
    np.testing.assert_allclose(value_dot, total)


@pytest.mark.parametrize("mode", ["adjoint", "tangent"])
def test_a_derivative_without_a_closed_form_is_refused(mode: Any) -> None:
    assert lookup("jv") is not None
    text = "from scipy.special import jv\n\n\ndef f(v, x):\n    return jv(v, x)\n"
    with pytest.raises(RefusedError, match="no closed form"):
        differentiate(text, "s.py", [Request("f", (0,), mode, (Type("float"), Type("float")))])
    (piece,) = differentiate(text, "s.py", [Request("f", (1,), mode, (Type("float"), Type("float")))])
    assert "0.5 * (jv(v - 1.0, x) - jv(v + 1.0, x))" in piece.text


@pytest.mark.parametrize(
    ("imports", "spelled"),
    [
        ("import scipy.special", "scipy.special.gammaln"),
        ("import scipy.special as sc", "sc.gammaln"),
        ("from scipy import special as sc", "sc.gammaln"),
        ("from scipy.special import gammaln as lg", "lg"),
    ],
)
def test_it_is_spelled_as_the_module_imports_it(imports: str, spelled: str) -> None:
    text = f"{imports}\n\n\ndef f(x: float):\n    return {spelled}(x)\n"
    (piece,) = differentiate(text, "s.py", [Request("f")])
    module: dict[str, Any] = {}
    exec("\n".join([imports, *piece.needs, piece.text]), module)
    assert module["f_grad"](2.5) == pytest.approx(scipy.special.psi(2.5))
