"""The rows' functions for JAX: loops as ``fori_loop`` and ``scan``, writes as ``.at[…]``, with masks.

Each function is called after the row's ``peer`` and takes the row's arguments.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

jax.config.update("jax_enable_x64", True)


def notes(x1, x2):
    v1 = x1 - x2
    v2 = x1 * x2
    return (v1**2 - 8) ** 2 + (v1 - v2 - 3) ** 2


def wander(x, n):
    return lax.scan(lambda y, _: (jnp.where(y > 0, y * jnp.sin(x), y + x), None), x, None, length=n)[0]


def pendulum(angle, length, damping, steps, dt):
    def step(state, _):
        angle, speed = state
        acceleration = -9.81 / length * jnp.sin(angle) - damping * speed
        return (angle + dt * speed, speed + dt * acceleration), None

    return lax.scan(step, (angle, 0.0 * angle), None, length=steps)[0][0]


def call(spot, strike, vol, rate, time):
    spread = vol * jnp.sqrt(time)
    d1 = (jnp.log(spot / strike) + (rate + 0.5 * vol**2) * time) / spread

    def cdf(x):
        return 0.5 * jax.scipy.special.erfc(-x / jnp.sqrt(2.0))

    return spot * cdf(d1) - strike * jnp.exp(-rate * time) * cdf(d1 - spread)


def net(A, b, c, v, target):
    return (c @ jnp.maximum(A @ v + b, 0.0) - target) ** 2


def seidel_2d(tsteps, A):
    n = len(A)

    def row(i, A):
        above, now, below = A[i - 1], A[i], A[i + 1]
        sums = now[1:-1] + above[:-2] + above[1:-1] + above[2:] + now[2:] + below[:-2] + below[1:-1] + below[2:]

        def along(left, s):
            new = (s + left) / 9.0
            return new, new

        return A.at[i, 1:-1].set(lax.scan(along, now[0], sums)[1])

    def sweep(A, _):
        return lax.fori_loop(1, n - 1, row, A), None

    return jnp.sum(lax.scan(sweep, A, None, length=tsteps)[0] ** 2)


def jacobi_2d(tsteps, A, B):
    def step(state, _):
        A, B = state
        B = B.at[1:-1, 1:-1].set(0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]))
        return (B, A), None

    return jnp.sum(lax.scan(step, (A, B), None, length=tsteps)[0][0] ** 2)


def heat_3d(tsteps, A, B):
    inner = (slice(1, -1),) * 3

    def step(state, _):
        A, B = state
        B = B.at[inner].set(
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[inner] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[inner] + A[1:-1, :-2, 1:-1])
            + A[inner]
        )
        A = A.at[inner].set(0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[inner] + B[:-2, 1:-1, 1:-1]) + B[inner])
        return (A, B), None

    return jnp.sum(lax.scan(step, (A, B), None, length=tsteps - 1)[0][0] ** 2)


def fdtd_2d(tmax, ex, ey, hz, fict):
    def step(state, source):
        ex, ey, hz = state
        ey = ey.at[0, :].set(source)
        ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
        return (ex, ey, hz), None

    return jnp.sum(lax.scan(step, (ex, ey, hz), fict[:tmax])[0][2] ** 2)


def lu(A):
    n = len(A)
    at = jnp.arange(n)

    def element(i, j, A):
        to = jnp.minimum(i, j)
        value = A[i, j] - jnp.dot(jnp.where(at < to, A[i], 0.0), jnp.where(at < to, A[:, j], 0.0))
        return A.at[i, j].set(jnp.where(j < i, value / A[j, j], value))

    def row(i, A):
        return lax.fori_loop(0, n, lambda j, A: element(i, j, A), A)

    return jnp.sum(lax.fori_loop(0, n, row, A) ** 2)


def cholesky(A):
    n = len(A)
    at = jnp.arange(n)

    def element(i, j, A):
        value = A[i, j] - jnp.dot(jnp.where(at < j, A[i], 0.0), jnp.where(at < j, A[j], 0.0))
        safe = jnp.where(j == i, value, 1.0)
        new = jnp.where(j < i, value / A[j, j], jnp.sqrt(safe))
        return A.at[i, j].set(jnp.where(j <= i, new, A[i, j]))

    def row(i, A):
        return lax.fori_loop(0, n, lambda j, A: element(i, j, A), A)

    return jnp.sum(lax.fori_loop(0, n, row, A) ** 2)


def gramschmidt(A):
    n = A.shape[1]

    def column(k, state):
        A, Q, R = state
        r = jnp.sqrt(jnp.dot(A[:, k], A[:, k]))
        q = A[:, k] / r

        def project(j, state):
            A, R = state
            dot = jnp.where(j > k, jnp.dot(q, A[:, j]), 0.0)
            return A.at[:, j].add(-q * dot), R.at[k, j].set(jnp.where(j > k, dot, R[k, j]))

        A, R = lax.fori_loop(0, n, project, (A, R.at[k, k].set(r)))
        return A, Q.at[:, k].set(q), R

    _, Q, R = lax.fori_loop(0, n, column, (A, jnp.zeros_like(A), jnp.zeros((n, n))))
    return jnp.sum(Q * Q * Q) + jnp.sum(R)


def trmm(alpha, A, B):
    m, n = B.shape
    at = jnp.arange(m)

    def element(i, j, B):
        below = jnp.where(at > i, A[:, i], 0.0)
        return B.at[i, j].add(jnp.dot(below, B[:, j]))

    def row(i, B):
        return lax.fori_loop(0, n, lambda j, B: element(i, j, B), B)

    return jnp.sum((alpha * lax.fori_loop(0, m, row, B)) ** 2)


def syrk(alpha, beta, C, A):
    n, m = A.shape
    at = jnp.arange(n)

    def row(i, C):
        scaled = jnp.where(at <= i, beta * C[i], C[i])
        made = lax.fori_loop(0, m, lambda k, r: r + jnp.where(at <= i, alpha * A[i, k] * A[:, k], 0.0), scaled)
        return C.at[i].set(made)

    return jnp.sum(lax.fori_loop(0, n, row, C) ** 2)


def hello(x):
    return x * x


def lse(x):
    highest = jnp.max(x)
    return highest + jnp.log(jnp.sum(jnp.exp(x - highest)))


def llsq(x, n):
    t = jnp.linspace(-1.0, 1.0, n)

    def term(state, c):
        residual, power = state
        return (residual - c * power, power * t), None

    residual = lax.scan(term, (jnp.sign(t), jnp.ones(n)), x)[0][0]
    return 0.5 * jnp.sum(residual**2)


def kmeans(points, centroids):
    distances = jnp.sum(centroids**2, axis=1) - 2.0 * points @ centroids.T
    return jnp.sum((points - centroids[jnp.argmin(distances, axis=1)]) ** 2)


def ode(x, s):
    h = 2.0 / s

    def slope(y):
        return jnp.concatenate([x[:1], x[1:] * y[:-1]])

    def step(y, _):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

    return lax.scan(step, jnp.zeros_like(x), None, length=s)[0][-1]


def gmm(alpha, mu, q, lower, x, m, gamma):
    n, d = x.shape
    k = len(mu)
    cols, rows = jnp.triu_indices(d, 1)  # column by column
    Q = jnp.zeros((k, d, d)).at[:, rows, cols].set(lower)
    Q = Q + jax.vmap(jnp.diag)(jnp.exp(q))
    weighted = jnp.einsum("kij,knj->kni", Q, x[None] - mu[:, None])
    beta = alpha[:, None] + jnp.sum(q, axis=1)[:, None] - 0.5 * jnp.sum(weighted**2, axis=2)
    prior = m * jnp.sum(q) - 0.5 * gamma**2 * jnp.sum(Q**2)
    likelihood = jnp.sum(jax.scipy.special.logsumexp(beta, axis=0))
    likelihood -= n * (0.5 * d * jnp.log(2.0 * jnp.pi) + jax.scipy.special.logsumexp(alpha))
    dof = d + m + 1
    scale = dof * d * (jnp.log(gamma) - 0.5 * jnp.log(2.0)) - jax.scipy.special.multigammaln(0.5 * dof, d)
    return likelihood + prior + k * scale


def lstm(main, extra, state, sequence):
    sigmoid = jax.nn.sigmoid

    def turn(carry, pair):
        state, total = carry
        now, gold = pair
        x = now * extra[0]
        new = []
        for i in range(len(main)):
            (weight, bias), (hidden, cell) = main[i], state[i]
            forget = sigmoid(x * weight[0] + bias[0])
            ingate = sigmoid(hidden * weight[1] + bias[1])
            outgate = sigmoid(x * weight[2] + bias[2])
            change = jnp.tanh(hidden * weight[3] + bias[3])
            cell = cell * forget + ingate * change
            x = outgate * jnp.tanh(cell)
            new.append(jnp.stack([x, cell]))
        y = x * extra[1] + extra[2]
        return (jnp.stack(new), total + jnp.sum(gold * (y - jnp.log(2.0 + jnp.sum(jnp.exp(y)))))), None

    total = lax.scan(turn, (state, 0.0), (sequence[:-1], sequence[1:]))[0][1]
    return -total / ((len(sequence) - 1) * sequence.shape[1])


# The positions of arguments that are no arrays of the trace, by row.
STATIC = {
    "wander": (1,),
    "pendulum": (3,),
    "seidel_2d": (0,),
    "jacobi_2d": (0,),
    "heat_3d": (0,),
    "fdtd_2d": (0,),
    "llsq": (1,),
    "ode": (1,),
    "gmm": (5,),
}
