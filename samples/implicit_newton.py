"""Implicit differentiation: a black box with the implicit function theorem as rule."""

import math

import sct


def kepler_solve(e: float, M: float, tol: float) -> float:
    """The eccentric anomaly ``E`` with ``E - e * sin(E) = M``."""
    E, steps = M, []
    while not steps or abs(steps[-1]) > tol:
        steps.append((E - e * math.sin(E) - M) / (1.0 - e * math.cos(E)))
        E -= steps[-1]
    return E


@sct.rule(kepler_solve)
def kepler_solve_adjoint(E, E_bar, e, M, tol):
    """The residual is zero for all ``e`` and ``M``; ``tol`` has no derivative."""
    residual_bar = E_bar / (1.0 - e * math.cos(E))
    return math.sin(E) * residual_bar, residual_bar, None


@sct.rule(kepler_solve)
def kepler_solve_tangent(E, e, M, tol, e_dot, M_dot):
    return (math.sin(E) * e_dot + M_dot) / (1.0 - e * math.cos(E))


@sct.grad(wrt=("e", "period"))
def distance(e: float, period: float, times: int) -> float:
    """The mean squared distance of a planet from its sun, over some days."""
    total = 0.0
    for day in range(times):
        # where the planet is that day
        E = kepler_solve(e, 2.0 * math.pi * day / period, 1e-13)
        total += (1.0 - e * math.cos(E)) ** 2
    return total / times
