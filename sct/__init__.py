"""Automatic differentiation by source-code transformation, for people who want to read their derivatives."""

from sct.api import adjoint_of, checkpoint, grad, rule, stop_gradient, value_and_grad
from sct.errors import RefusedError, SctError
from sct.higher import derivative, hessian, hvp
from sct.jacobian import jacobian
from sct.modes import jvp, pullback, vjp
from sct.verification import verify
from sct.version import VERSION as __version__

__all__ = [
    "RefusedError",
    "SctError",
    "__version__",
    "adjoint_of",
    "checkpoint",
    "derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "pullback",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "verify",
    "vjp",
]
