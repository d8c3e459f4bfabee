"""Rows of the normal distribution of ``scipy.stats`` (Abramowitz and Stegun, 26.2).

1 / sqrt(2 * pi) is 0.3989422804014327.
"""

from __future__ import annotations

from sct.rules.shapes import real
from sct.rules.table import rule

_Z = "((x - loc) / scale)"
_DENSITY = f"0.3989422804014327 * exp(-0.5 * {_Z}**2)"

rule(
    "norm_pdf(x, loc: value = 0, scale: value = 1)",
    f"-{_Z} / scale * y",
    f"{_Z} / scale * y",
    f"({_Z}**2 - 1) / scale * y",
    infer=real,
)
rule(
    "norm_logpdf(x, loc: value = 0, scale: value = 1)",
    f"-{_Z} / scale",
    f"{_Z} / scale",
    f"({_Z}**2 - 1) / scale",
    infer=real,
)
rule(
    "norm_cdf(x, loc: value = 0, scale: value = 1)",
    f"{_DENSITY} / scale",
    f"-{_DENSITY} / scale",
    f"-{_DENSITY} * {_Z} / scale",
    infer=real,
)
rule(
    "norm_sf(x, loc: value = 0, scale: value = 1)",
    f"-{_DENSITY} / scale",
    f"{_DENSITY} / scale",
    f"{_DENSITY} * {_Z} / scale",
    infer=real,
)
_RATIO = f"0.3989422804014327 * exp(-0.5 * {_Z}**2 - y)"
rule(
    "norm_logcdf(x, loc: value = 0, scale: value = 1)",
    f"{_RATIO} / scale",
    f"-{_RATIO} / scale",
    f"-{_RATIO} * {_Z} / scale",
    infer=real,
)
rule(
    "norm_ppf(q, loc: value = 0, scale: value = 1)",
    "2.5066282746310002 * scale * exp(0.5 * ((y - loc) / scale)**2)",
    "1",
    "(y - loc) / scale",
    infer=real,
    unproved="sympy has no such inverse",
)
