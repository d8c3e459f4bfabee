"""What each library calls an operation: ``math.atan`` and ``np.arctan`` are both ``arctan``."""

from __future__ import annotations

from sct.rules.table import Rule, lookup

_LINALG = (
    "solve inv pinv det slogdet norm cholesky eigh eigvalsh svd svdvals qr lstsq matrix_norm vector_norm matrix_power "
    "multi_dot"
)
_SOLVERS = (
    "solve_triangular solve_banded solve_sylvester cho_factor cho_solve expm_frechet expm sqrtm block_diag toeplitz"
)
# Names that differ from the neutral one; a name that is spelled alike stands in _ALIKE.
_DIFFERENT = {
    "math": {
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "atan2": "arctan2",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
        "pow": "pow",
        "fabs": "abs",
        "radians": "deg2rad",
        "degrees": "rad2deg",
        "lgamma": "gammaln",
    },
    "numpy": {
        "power": "pow",
        "abs": "abs",
        "absolute": "abs",
        "fabs": "abs",
        "subtract": "sub",
        "multiply": "mul",
        "divide": "div",
        "true_divide": "div",
        "floor_divide": "floordiv",
        "negative": "neg",
        "positive": "pos",
        "remainder": "mod",
        "mod": "mod",
        "amax": "max",
        "amin": "min",
        "radians": "deg2rad",
        "degrees": "rad2deg",
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "atan2": "arctan2",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
        "greater": "gt",
        "less": "lt",
        "greater_equal": "ge",
        "less_equal": "le",
        "equal": "eq",
        "not_equal": "ne",
        "bitwise_not": "invert",
        "concat": "concatenate",
        "conjugate": "conj",
        "permute_dims": "transpose",
        "round": "around",
        "append": "appended",
        "maximum.accumulate": "running_max",
        "minimum.accumulate": "running_min",
        "logaddexp.reduce": "logaddexp_reduce",
        "select": "where",
        "r_": "row_pieces",
        "c_": "column_pieces",
        "ix_": "ix",
        "fix": "trunc",
        "float64": "float",
        "linalg.outer": "outer",
        "linalg.cross": "cross",
        "linalg.matmul": "matmul",
        "linalg.tensordot": "tensordot",
        **{f"linalg.{name}": name for name in _LINALG.split()},
    },
    "builtins": {"min": "minimum", "max": "maximum", "pow": "pow"},
    "scipy": {
        "special.cbrt": "cbrt",
        "special.exp2": "exp2",
        "special.expm1": "expm1",
        "special.log1p": "log1p",
        "special.sinc": "sinc",
        "special.digamma": "psi",
        "special.loggamma": "gammaln",
        "special.jn": "jv",
        "special.yn": "yv",
        "special.kn": "kv",
        "special.comb": "binomial",
        "special.perm": "permutations",
        "special.factorial": "factorial_float",
        "special.factorial2": "factorial2",
        **{f"linalg.{name}": name for name in _SOLVERS.split()},
        **{f"stats.norm.{name}": f"norm_{name}" for name in ("pdf", "logpdf", "cdf", "logcdf", "sf", "ppf")},
    },
    "method": {"conjugate": "conj", "item": "only", "round": "around"},
    "attr": {"T": "transpose"},
}
_ALIKE = {
    "math": "sin cos tan sinh cosh tanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt hypot copysign fmod erf "
    "erfc gamma floor ceil trunc isnan isfinite isinf comb perm factorial isqrt gcd lcm",
    "numpy": "sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 "
    "log10 log1p sqrt cbrt square reciprocal hypot copysign fmod logaddexp deg2rad rad2deg sign floor ceil trunc rint "
    "isnan isfinite isinf add maximum minimum fmax fmin clip where heaviside matmul dot vdot inner outer sum mean max "
    "min prod reshape ravel transpose concatenate stack zeros ones full empty zeros_like ones_like full_like "
    "empty_like arange linspace copy expand_dims squeeze broadcast_to shape size ndim argmax argmin any all "
    "bitwise_and bitwise_or bitwise_xor invert left_shift right_shift logical_and logical_or logical_xor logical_not "
    "trace diag diagonal cumsum asarray array flip fliplr flipud tril triu tri "
    "eye identity var std hstack vstack column_stack swapaxes moveaxis roll repeat tile "
    "tensordot einsum kron cross logaddexp2 ldexp nan_to_num sinc isclose allclose array_equal signbit around "
    "atleast_1d atleast_2d atleast_3d rot90 ascontiguousarray split meshgrid pad sort argsort searchsorted "
    "count_nonzero median quantile percentile take take_along_axis ptp average cov diff gradient trapezoid trapz "
    "interp float_power vecdot nansum nanmax nanmin nanmean nanprod nanvar nanstd nancumsum cumprod corrcoef convolve "
    "correlate polyval polyadd polysub polymul polyder polyint polyfit vander dstack array_split hsplit "
    "vsplit dsplit broadcast_arrays rollaxis logspace diagflat partition compress ediff1d unwrap "
    "isscalar iscomplexobj isrealobj "
    "nonzero flatnonzero argwhere triu_indices tril_indices triu_indices_from tril_indices_from diag_indices "
    "diag_indices_from unique setdiff1d intersect1d union1d "
    "bincount real conj digitize argpartition isin delete insert",
    "scipy": "erf erfc expit logit log_expit ndtr ndtri log_ndtr erfinv erfcinv erfcx expi exp1 gamma gammaln rgamma "
    "psi polygamma beta betaln gammainc gammaincc betainc xlogy xlog1py entr rel_entr kl_div j0 j1 jv y0 y1 yv i0 i1 "
    "iv i0e i1e ive k0 k1 kv logsumexp softmax log_softmax softplus zeta "
    "ellipk ellipe hyp2f1 hyperu multigammaln",
    "builtins": "abs float int bool round len any all",
    "method": "sum mean max min prod dot reshape ravel flatten transpose copy argmax argmin any all clip trace "
    "cumsum cumprod squeeze var std diagonal swapaxes repeat astype argsort take ptp conj searchsorted nonzero",
    "attr": "shape size ndim dtype kind real",
}
_PREFIX = {"scipy": "special."}
_NAMES = {
    library: {**{_PREFIX.get(library, "") + name: name for name in _ALIKE[library].split()}, **different}
    for library, different in _DIFFERENT.items()
}
_SPELLED = {library: {neutral: name for name, neutral in reversed(names.items())} for library, names in _NAMES.items()}
for _library, _names in _ALIKE.items():
    _SPELLED[_library].update({name: _PREFIX.get(_library, "") + name for name in _names.split()})


_SPELLED["numpy"].update(dict.fromkeys(("array_of", "array_of_list", "array_of_tuple", "array_of_table"), "array"))
_SPELLED["numpy"].update(
    {f"{_name}_of": _name for _name in ("stack", "concatenate", "vstack", "hstack", "column_stack")}
)


def resolve(library: str, name: str) -> Rule | None:
    """The row of the function ``name`` of ``math``, ``numpy`` or ``builtins``, or of a ``method`` or ``attr``."""
    neutral = _NAMES[library].get(name)
    return None if neutral is None else lookup(neutral)


def spelling(name: str, library: str, spelled: str | None = None) -> str | None:
    """What ``library`` calls the neutral ``name``: as the author ``spelled`` it, or as usual; None if it lacks it."""
    return spelled if spelled and _NAMES[library].get(spelled) == name else _SPELLED[library].get(name)


def libraries() -> dict[str, dict[str, str]]:
    """For each library, its names and the neutral ones."""
    return _NAMES
