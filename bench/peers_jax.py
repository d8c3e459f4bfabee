"""The rows' functions for JAX: loops as ``fori_loop`` and ``scan``, writes as ``.at[…]``, with masks.

Each function is called after the row's ``peer`` and takes the row's arguments.
"""

from __future__ import annotations

from functools import partial

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


def cavity_flow(nx, ny, nt, nit, u, v, dt, dx, dy, p, rho, nu):
    mid, east, west = (slice(1, -1), slice(1, -1)), (slice(1, -1), slice(2, None)), (slice(1, -1), slice(0, -2))
    north, south = (slice(2, None), slice(1, -1)), (slice(0, -2), slice(1, -1))
    whole = 2 * (dx**2 + dy**2)

    def step(state, _):
        u, v, p = state
        ux, uy = (u[east] - u[west]) / (2 * dx), (u[north] - u[south]) / (2 * dy)
        vx, vy = (v[east] - v[west]) / (2 * dx), (v[north] - v[south]) / (2 * dy)
        source = rho * ((ux + vy) / dt - ux**2 - 2 * uy * vx - vy**2) * (dx**2 * dy**2 / whole)

        def relax(_, p):
            sides = (p[east] + p[west]) * dy**2 + (p[north] + p[south]) * dx**2
            p = p.at[mid].set(sides / whole - source)
            p = p.at[:, -1].set(p[:, -2])
            p = p.at[0, :].set(p[1, :])
            p = p.at[:, 0].set(p[:, 1])
            return p.at[-1, :].set(0.0)

        p = lax.fori_loop(0, nit, relax, p)
        new = u[mid] - u[mid] * dt / dx * (u[mid] - u[west]) - v[mid] * dt / dy * (u[mid] - u[south])
        new = new - dt / (2 * rho * dx) * (p[east] - p[west]) + nu * dt / dx**2 * (u[east] - 2 * u[mid] + u[west])
        v = jnp.zeros_like(v).at[mid].set(v[mid] - u[mid] * dt / dx * (v[mid] - v[west]))
        return (jnp.zeros_like(u).at[mid].set(new).at[-1, :].set(1.0), v, p), None

    u, v, p = lax.scan(step, (u, v, p), None, length=nt)[0]
    return jnp.sum(u**2) + jnp.sum(v * p)


def nbody(mass, pos, vel, Nt, dt, G, softening):
    def attraction(pos):
        away = pos[None] - pos[:, None]
        pull = (jnp.sum(away**2, axis=2) + softening**2) ** -1.5
        return G * jnp.einsum("ijc,ij,j->ic", away, pull, mass[:, 0])

    def step(state, _):
        pos, vel, acc = state
        vel = vel + acc * dt / 2.0
        pos = pos + vel * dt
        acc = attraction(pos)
        return (pos, vel + acc * dt / 2.0, acc), None

    vel = vel - jnp.mean(mass * vel, axis=0) / jnp.mean(mass)
    pos, vel, _ = lax.scan(step, (pos, vel, attraction(pos)), None, length=Nt)[0]
    return jnp.sum(pos**2) + jnp.sum(vel**2)


def _reprojection(cam, X, w, feature):
    theta = jnp.sqrt(jnp.sum(cam[:3] ** 2))
    axis, d = cam[:3] / theta, X - cam[3:6]
    cosine = jnp.cos(theta)
    turned = d * cosine + jnp.cross(axis, d) * jnp.sin(theta) + axis * (axis @ d) * (1.0 - cosine)
    flat = turned[:2] / turned[2]
    square = flat @ flat
    bend = 1.0 + cam[9] * square + cam[10] * square * square
    return w * (flat * bend * cam[6] + cam[7:9] - feature)


def ba(cams, points, w, features, camera, point):
    return jax.vmap(_reprojection)(cams[camera], points[point], w, features), 1.0 - w * w


def _ba_jacobian(cams, points, w, features, camera, point):
    given = (cams[camera], points[point], w, features)
    blocks = jax.vmap(jax.jacrev(_reprojection, argnums=(0, 1, 2)))(*given)
    blocks = jnp.concatenate([*blocks[:2], blocks[2][..., None]], axis=2)
    return ba(cams, points, w, features, camera, point), (blocks, jax.vmap(jax.grad(lambda w: 1.0 - w * w))(w))


def ht(theta, parents, base, inverse, positions, weights, which, points):
    def turned(angles):
        (cx, cz, cy), (sx, sz, sy) = jnp.cos(angles), jnp.sin(angles)
        zero = jnp.zeros_like(cx)
        rows = [
            [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz, zero],
            [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz, zero],
            [-sy, sx * cy, cx * cy, zero],
            [zero, zero, zero, zero + 1.0],
        ]
        return jnp.stack([jnp.stack(row) for row in rows])

    bones = len(parents)
    bends = [4 * finger + joint + 2 for finger in range(5) for joint in (0, 0, 1, 2)]
    angles = jnp.zeros((bones, 3)).at[jnp.array(bends), jnp.array([0, 1, 0, 0] * 5)].set(theta[6:])
    relative = base @ jax.vmap(turned)(angles)
    absolute = []
    for b in range(bones):
        absolute.append(relative[b] if parents[b] == -1 else absolute[parents[b]] @ relative[b])
    transforms = (jnp.stack(absolute) @ inverse)[:, :3]
    skin = jnp.einsum("vb,bij,vj->vi", weights, transforms, positions)
    angle = jnp.sqrt(jnp.sum(theta[:3] ** 2))
    x, y, z = theta[:3] / angle
    cross = jnp.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]) * z
    cross += jnp.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]) * y
    cross += jnp.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]) * x
    rotation = jnp.eye(3) + jnp.sin(angle) * cross + (1.0 - jnp.cos(angle)) * (cross @ cross)
    return points - (skin @ rotation.T + theta[3:6])[which]


def _potential(x, y, w):
    return 1.0 / jnp.sqrt((x - 10.0) ** 2 + (y - 10.0 + w) ** 2) + 1.0 / jnp.sqrt((x - 10.0) ** 2 + y**2)


def _particle(w, slope):
    """Only forward mode goes through a loop whose number of turns is not known."""
    dt = 0.1

    def turn(state):
        x, y, vx, vy = state
        dx, dy = slope(_potential, argnums=(0, 1))(x, y, w)
        x, y = x + dt * vx, y + dt * vy
        on = y > 0.0
        return x, y, jnp.where(on, vx - dt * dx, vx), jnp.where(on, vy - dt * dy, vy)

    start = (0.0 * w, 8.0 + 0.0 * w, 0.75 + 0.0 * w, 0.0 * w)
    x, y, vx, vy = lax.while_loop(lambda state: state[1] > 0.0, turn, start)
    return (x - y / vy * vx) ** 2


def _height(x1, y1, x2, y2):
    return (x1 * x1 + y1 * y1) - (x2 * x2 + y2 * y2)


def _saddle(x1, y1, x2, y2, slope):
    """Only forward mode goes through a loop whose number of turns is not known."""
    uphill = slope(_height, argnums=(2, 3))

    def turn(state):
        x, y, best, step, successes, _ = state
        gx, gy = uphill(x1, y1, x, y)
        grown = successes == 10
        step, successes = jnp.where(grown, 2.0 * step, step), jnp.where(grown, 0, successes)
        new_x, new_y = x + step * gx, y + step * gy
        done = (new_x - x) ** 2 + (new_y - y) ** 2 <= 1e-10
        value = _height(x1, y1, new_x, new_y)
        better = (value > best) & ~done
        step = jnp.where(better | done, step, step / 2.0)
        successes = jnp.where(better, successes + 1, 0)
        x, y, best = (jnp.where(better, new, old) for new, old in ((new_x, x), (new_y, y), (value, best)))
        return x, y, best, step, successes, done

    def goes_on(state):
        gx, gy = uphill(x1, y1, state[0], state[1])
        return ~state[5] & (gx * gx + gy * gy > 1e-10)

    start = (x2, y2, _height(x1, y1, x2, y2), jnp.asarray(1e-5), 0, False)
    x, y, *_ = lax.while_loop(goes_on, turn, start)
    return _height(x1, y1, x, y)


particle_f, particle_r = partial(_particle, slope=jax.jacfwd), partial(_particle, slope=jax.grad)
saddle_f, saddle_r = partial(_saddle, slope=jax.jacfwd), partial(_saddle, slope=jax.grad)

# What computes value and derivative itself, by row.
DERIVATIVES = {"ba": _ba_jacobian}

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
    "cavity_flow": (0, 1, 2, 3),
    "nbody": (3,),
    "ht": (1,),
}
