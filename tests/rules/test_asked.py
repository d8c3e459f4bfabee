"""The functions that were asked for: each is a row of the table, or is named as left out."""

from __future__ import annotations

import pytest

import sct.rules  # noqa: F401 - fills the table
from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules.spelling import resolve

# At least what autograd (HIPS) differentiates, and what its users ask for.
NUMPY = """
    abs absolute add amax amin append arccos arccosh arcsin arcsinh arctan arctan2 arctanh array asarray
    ascontiguousarray array_split astype atleast_1d atleast_2d atleast_3d average broadcast_arrays broadcast_to cbrt
    clip column_stack compress concatenate convolve copysign corrcoef correlate cos cosh cov cross cumprod cumsum
    deg2rad degrees diag diagflat diagonal diff divide dot dsplit dstack ediff1d einsum exp exp2 expand_dims expm1
    fabs flip fliplr flipud float_power fmax fmin full gradient heaviside hsplit hstack hypot inner interp kron
    ldexp linspace log log10 log1p log2 logaddexp logaddexp2 logspace matmul max maximum mean median meshgrid min
    minimum mod moveaxis multiply nan_to_num nancumsum nanmax nanmean nanmin nanprod nanstd nansum nanvar negative
    outer pad partition percentile polyadd polyder polyfit polyint polymul polyval positive power prod ptp
    put_along_axis quantile rad2deg radians ravel reciprocal remainder repeat reshape roll rollaxis rot90 select sin
    sinc sinh sort split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot
    tile trace transpose trapezoid tril triu true_divide unwrap vander var vdot vecdot vsplit vstack where
"""
CONSTANT = """
    floor ceil trunc rint sign argmax argmin argsort searchsorted shape isnan isfinite isinf
"""
LINALG = """
    cholesky det eigh eigvalsh inv lstsq matrix_norm matrix_power multi_dot norm pinv qr slogdet solve svd svdvals
    vector_norm
"""
SPECIAL = """
    beta betainc betaln digamma ellipe ellipk entr erf erfc erfcinv erfcx erfinv exp1 expi expit gamma gammainc
    gammaincc gammaln i0 i0e i1 i1e iv ive j0 j1 jn jv kl_div kv log_expit log_ndtr log_softmax logit loggamma
    logsumexp multigammaln ndtr ndtri polygamma psi rel_entr rgamma softmax softplus xlog1py xlogy y0 y1 yn zeta
"""
SCIPY_LINALG = """
    solve_triangular solve_banded solve_sylvester cho_factor cho_solve expm sqrtm block_diag toeplitz
"""
ASKED = [
    *(("numpy", name) for name in [*NUMPY.split(), *CONSTANT.split()]),
    *(("numpy", f"linalg.{name}") for name in LINALG.split()),
    *(("scipy", f"special.{name}") for name in SPECIAL.split()),
    *(("scipy", f"linalg.{name}") for name in SCIPY_LINALG.split()),
]
# Why a function has no row.
NO_ROW = "no rule is written yet"
LEFT_OUT = {
    ("numpy", "astype"): "the method `.astype` has a row; the function is new in NumPy 2",
    ("numpy", "put_along_axis"): "it writes in place: write `x[i] = v`",
}
LEFT_OUT |= {asked: NO_ROW for asked in ASKED if resolve(*asked) is None and asked not in LEFT_OUT}


@pytest.mark.parametrize("asked", ASKED, ids=".".join)
def test_it_has_a_row_or_is_refused(asked: tuple[str, str]) -> None:
    library, name = asked
    row = resolve(library, name)
    assert (row is None) == (asked in LEFT_OUT)
    if row is not None:
        assert row.is_zero == (name in CONSTANT.split() or name in ("heaviside",)), "zero is by declaration"
        return
    text = f"import {library}\n\n\ndef f(x):\n    return {library}.{name}(x)\n"
    with pytest.raises(RefusedError, match="not supported"):
        differentiate(text, "f.py", [Request("f", (0,), "both", (Type("array", ("n", "n")),))])
