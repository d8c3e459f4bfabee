"""NPBench's kernels for JAX: each loop a ``fori_loop`` or a ``scan``, triangles masked; and without loops, by `WHOLE`.

What is in ``bench/peers_jax.py`` is not written again.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from bench import peers_jax

STATIC = {**peers_jax.STATIC, "jacobi_1d": (0,)}


def deriche(alpha, imgIn):
    decay = jnp.exp(-alpha)
    k = (1.0 - decay) * (1.0 - decay) / (1.0 + alpha * decay - jnp.exp(2.0 * alpha))
    a2 = k * decay * (alpha - 1.0)
    b1, b2 = 2.0 ** (-alpha), -jnp.exp(-2.0 * alpha)
    columns = imgIn.T
    y0 = k * columns[0]
    y1 = k * columns[1] + a2 * columns[0] + b1 * y0

    def along(state, column):
        before, one, two = state
        y = k * column + a2 * before + b1 * one + b2 * two
        return (column, y, one), y

    ys = lax.scan(along, (columns[1], y1, y0), columns[2:])[1]
    return jnp.sum(y0**2) + jnp.sum(y1**2) + jnp.sum(ys**2) + k * a2


def durbin(r):
    n = len(r)
    at = jnp.arange(n)

    def step(state, k):
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        turned = (k - 1 - at) % n  # the first k elements, the last of them first
        alpha = -(r[k] + jnp.dot(jnp.where(at < k, r[turned], 0.0), y)) / beta
        return (jnp.where(at < k, y + alpha * y[turned], y).at[k].set(alpha), alpha, beta), None

    start = (jnp.zeros(n).at[0].set(-r[0]), -r[0], 1.0)
    return jnp.sum(lax.scan(step, start, jnp.arange(1, n))[0][0] ** 2)


def floyd_warshall(path):
    def step(k, path):
        return jnp.minimum(path, path[:, k][:, None] + path[k, :])

    return jnp.sum(lax.fori_loop(0, len(path), step, path) ** 2)


def jacobi_1d(tsteps, A, B):
    def step(state, _):
        A, B = state
        B = B.at[1:-1].set(0.33333 * (A[:-2] + A[1:-1] + A[2:]))
        return (A.at[1:-1].set(0.33333 * (B[:-2] + B[1:-1] + B[2:])), B), None

    return jnp.sum(lax.scan(step, (A, B), None, length=tsteps - 1)[0][0] ** 2)


def ludcmp(A, b):
    n = len(b)
    at = jnp.arange(n)

    def element(i, j, A):
        to = jnp.minimum(i, j)
        value = A[i, j] - jnp.dot(jnp.where(at < to, A[i], 0.0), jnp.where(at < to, A[:, j], 0.0))
        return A.at[i, j].set(jnp.where(j < i, value / A[j, j], value))

    A = lax.fori_loop(0, n, lambda i, A: lax.fori_loop(0, n, lambda j, A: element(i, j, A), A), A)

    def down(y, row):
        i, a = row
        return y.at[i].set(b[i] - jnp.dot(jnp.where(at < i, a, 0.0), y)), None

    def up(x, row):
        i, a = row
        return x.at[i].set((y[i] - jnp.dot(jnp.where(at > i, a, 0.0), x)) / a[i]), None

    y = lax.scan(down, jnp.zeros(n), (at, A))[0]
    return jnp.sum(lax.scan(up, jnp.zeros(n), (at, A), reverse=True)[0] ** 2)


def symm(alpha, beta, C, A, B):
    m, n = C.shape
    at = jnp.arange(m)

    def row(i, C):
        a = jnp.where(at < i, A[i], 0.0)

        def element(j, state):
            C, dots = state
            return C.at[:, j].add(alpha * B[i, j] * a), dots.at[j].set(jnp.dot(B[:, j], a))

        C, dots = lax.fori_loop(0, n, element, (C, jnp.zeros(n)))
        return C.at[i].add(alpha * B[i] * A[i, i] + alpha * dots)

    return jnp.sum(lax.fori_loop(0, m, row, beta * C) ** 2)


def syr2k(alpha, beta, C, A, B):
    n, m = A.shape
    at = jnp.arange(n)

    def row(i, C):
        def add(k, c):
            return c + jnp.where(at <= i, A[:, k] * alpha * B[i, k] + B[:, k] * alpha * A[i, k], 0.0)

        return C.at[i].set(lax.fori_loop(0, m, add, jnp.where(at <= i, beta * C[i], C[i])))

    return jnp.sum(lax.fori_loop(0, n, row, C) ** 2)


def trisolv(L, b):
    at = jnp.arange(len(b))

    def down(x, row):
        i, a = row
        return x.at[i].set((b[i] - jnp.dot(jnp.where(at < i, a, 0.0), x)) / a[i]), None

    return jnp.sum(lax.scan(down, jnp.zeros(len(b)), (at, L))[0] ** 2)


def _cholesky(A):
    L = jnp.linalg.cholesky(A)
    return jnp.sum(L**2) + jnp.sum(jnp.triu(A, 1) ** 2)


def _lower(C, new):
    rows = jnp.arange(len(C))
    return jnp.where(rows[:, None] >= rows, new, C)


def _symm(alpha, beta, C, A, B):
    below = jnp.tril(A, -1)
    return jnp.sum((beta * C + alpha * (below @ B + below.T @ B + jnp.diag(A)[:, None] * B)) ** 2)


# Without loops, as an expert in whole arrays writes them, by kernel.
WHOLE = {
    "cholesky": _cholesky,
    "symm": _symm,
    "syr2k": lambda alpha, beta, C, A, B: jnp.sum(_lower(C, beta * C + alpha * (A @ B.T + B @ A.T)) ** 2),
    "syrk": lambda alpha, beta, C, A: jnp.sum(_lower(C, beta * C + alpha * A @ A.T) ** 2),
    "trisolv": lambda L, b: jnp.sum(jax.scipy.linalg.solve_triangular(L, b, lower=True) ** 2),
    "trmm": lambda alpha, A, B: jnp.sum((alpha * (B + jnp.tril(A, -1).T @ B)) ** 2),
}
