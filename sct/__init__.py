"""Automatic differentiation by source-code transformation, for people who want to read their derivatives."""

from sct.api import adjoint_of, grad, rule, stop_gradient, value_and_grad
from sct.errors import RefusedError, SctError
from sct.modes import jvp, pullback, vjp
from sct.verification import verify
from sct.version import VERSION as __version__

__all__ = [
    "RefusedError",
    "SctError",
    "__version__",
    "adjoint_of",
    "grad",
    "jvp",
    "pullback",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "verify",
    "vjp",
]
