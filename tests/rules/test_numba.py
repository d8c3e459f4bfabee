"""What is generated for each structural row compiles under Numba, where Numba compiles the row's function at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.rules.laws import numbers
from tests.rules.test_structural import CASES, generated

# Under Numba 0.68, and why not: it does not compile these functions, or what undoes them.
LACKS = {
    **dict.fromkeys(
        ("matmul", "vdot", "vecdot", "inner", "tensordot", "einsum", "squeeze", "tile", "diagonal"), "the function"
    ),
    **dict.fromkeys(("polyval", "polyadd", "polysub", "polymul", "polyder", "polyint", "polyfit"), "the function"),
    **dict.fromkeys(("row_pieces", "column_pieces", "compress", "rollaxis"), "the function"),
    **dict.fromkeys(("matrix_norm", "vector_norm", "svdvals", "multi_dot", "multigammaln"), "the function"),
    **dict.fromkeys(
        ("solve_triangular", "solve_banded", "solve_sylvester", "expm", "expm_frechet", "sqrtm"), "scipy.linalg"
    ),
    **dict.fromkeys(("block_diag", "toeplitz", "cho_factor", "cho_solve"), "scipy.linalg"),
    **dict.fromkeys(("running_max", "running_min", "logaddexp_reduce"), "the method of a function"),
    **dict.fromkeys(("gradient", "meshgrid", "pad", "logsumexp", "softmax", "log_softmax"), "the function"),
    **dict.fromkeys(("stack", "vstack"), "a list of what are not arrays of one kind"),
    **dict.fromkeys(("array_of_list", "concat", "total"), "np.array or sum of a list of arrays"),
    **dict.fromkeys(("stack_of", "vstack_of", "hstack_of", "column_stack_of", "concatenate_of"), "joins of a list"),
    "split_like": "what undoes these",
    **dict.fromkeys(("array_of", "atleast_1d"), "of an array, of a number"),
    **dict.fromkeys(("prod", "nanprod", "cumprod"), "the helper, which must be compiled too"),
    "astype": "the builtin float, a dtype; for its target it is spelled otherwise",
    "diagflat": "np.diagonal",
    "partition": "in another order",
    "take_along_axis": "np.add.at",
}
# The first case of each row that does not name what Numba lacks: an axis, a shape of another rank, a list.
OTHERS = {
    "concatenate": "np.concatenate((a, b), axis=1)",
    "hstack": "np.hstack((a, b, a))",
    "column_stack": "np.column_stack((a, b, a))",
    "interp": "np.interp(np.mean(b) + 0.01 * a, np.sort(b), b)",
    "take": "a.take(1, axis=0)",
    "triu": "np.triu(a, k=1)",
    "maximum": "np.maximum(a, b)",
    "nancumsum": "np.nancumsum(a)",
}
CHOSEN = {name: (text, shapes) for name, text, shapes in reversed(CASES)} | {
    name: (text, shapes) for name, text, shapes in CASES if OTHERS.get(name) == text
}


def test_what_numba_lacks_are_rows() -> None:
    assert set(LACKS) | set(OTHERS) <= set(CHOSEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(CHOSEN) - set(LACKS)))
def test_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "OPT", type(numba.config.OPT)(0))  # it is the compiling that is tested
    text, shapes = CHOSEN[name]
    module, rng = generated(text, shapes), np.random.default_rng(0)
    args: list[Any] = [np.ascontiguousarray(arg) if np.ndim(arg) else float(arg) for arg in numbers(rng, shapes)]
    value = module["f"](*args)
    bar = rng.normal(size=np.shape(value)) if np.shape(value) else 1.0
    _, expected = module["f_adjoint"](*args, bar)
    _, found = numba.njit(module["f_adjoint"])(*args, bar)
    for a, b in zip(*(bars if len(args) > 1 else (bars,) for bars in (expected, found)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
