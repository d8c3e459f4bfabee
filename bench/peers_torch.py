"""The rows' functions for PyTorch, as its users write them: eager, with loops in Python."""

from __future__ import annotations

import math

import torch


def notes(x1, x2):
    v1 = x1 - x2
    v2 = x1 * x2
    return (v1**2 - 8) ** 2 + (v1 - v2 - 3) ** 2


def wander(x, n):
    y = x
    for _ in range(n):
        y = y * torch.sin(x) if y > 0 else y + x
    return y


def pendulum(angle, length, damping, steps, dt):
    speed = torch.zeros_like(angle)
    for _ in range(steps):
        acceleration = -9.81 / length * torch.sin(angle) - damping * speed
        angle = angle + dt * speed
        speed = speed + dt * acceleration
    return angle


def call(spot, strike, vol, rate, time):
    spread = vol * torch.sqrt(time)
    d1 = (torch.log(spot / strike) + (rate + 0.5 * vol**2) * time) / spread

    def cdf(x):
        return 0.5 * torch.erfc(-x / math.sqrt(2.0))

    return spot * cdf(d1) - strike * torch.exp(-rate * time) * cdf(d1 - spread)


def net(A, b, c, v, target):
    return (torch.dot(c, torch.relu(A @ v + b)) - target) ** 2


def seidel_2d(tsteps, A):
    rows = list(A)
    for _ in range(tsteps):
        for i in range(1, len(rows) - 1):
            above, row, below = rows[i - 1], rows[i], rows[i + 1]
            sums = row[1:-1] + above[:-2] + above[1:-1] + above[2:] + row[2:] + below[:-2] + below[1:-1] + below[2:]
            made = [row[0]]
            for s in sums:
                made.append((s + made[-1]) / 9.0)
            rows[i] = torch.stack([*made, row[-1]])
    return torch.sum(torch.stack(rows) ** 2)


def jacobi_2d(tsteps, A, B):
    for _ in range(tsteps):
        made = B.clone()
        made[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A, B = made, A
    return torch.sum(A**2)


def heat_3d(tsteps, A, B):
    inner = (slice(1, -1),) * 3
    for _ in range(1, tsteps):
        B = B.clone()
        B[inner] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[inner] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[inner] + A[1:-1, :-2, 1:-1])
            + A[inner]
        )
        A = A.clone()
        A[inner] = 0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[inner] + B[:-2, 1:-1, 1:-1]) + B[inner]
    return torch.sum(A**2)


def fdtd_2d(tmax, ex, ey, hz, fict):
    for t in range(tmax):
        below = ey[1:, :] - 0.5 * (hz[1:, :] - hz[:-1, :])
        ey = torch.cat([fict[t].expand(1, ey.shape[1]), below])
        ex = torch.cat([ex[:, :1], ex[:, 1:] - 0.5 * (hz[:, 1:] - hz[:, :-1])], dim=1)
        hz = hz.clone()
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return torch.sum(hz**2)


def hello(x):
    return x * x


def lse(x):
    highest = torch.max(x)
    return highest + torch.log(torch.sum(torch.exp(x - highest)))


def llsq(x, n):
    t = torch.linspace(-1.0, 1.0, n, dtype=x.dtype)
    residual = torch.sign(t)
    power = torch.ones(n, dtype=x.dtype)
    for c in x:
        residual = residual - c * power
        power = power * t
    return 0.5 * torch.sum(residual**2)


def kmeans(points, centroids):
    distances = torch.sum(centroids**2, dim=1) - 2.0 * points @ centroids.T
    return torch.sum((points - centroids[torch.argmin(distances, dim=1)]) ** 2)


def ode(x, s):
    h = 2.0 / s

    def slope(y):
        return torch.cat([x[:1], x[1:] * y[:-1]])

    y = torch.zeros_like(x)
    for _ in range(s):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y[-1]


def gmm(alpha, mu, q, lower, x, m, gamma):
    n, d = x.shape
    k = len(mu)
    cols, rows = torch.triu_indices(d, d, 1)  # column by column
    Q = torch.diag_embed(torch.exp(q))
    Q[:, rows, cols] = lower
    weighted = torch.einsum("kij,knj->kni", Q, x[None] - mu[:, None])
    beta = alpha[:, None] + torch.sum(q, dim=1)[:, None] - 0.5 * torch.sum(weighted**2, dim=2)
    prior = m * torch.sum(q) - 0.5 * gamma**2 * torch.sum(Q**2)
    likelihood = torch.sum(torch.logsumexp(beta, dim=0))
    likelihood = likelihood - n * (0.5 * d * math.log(2.0 * math.pi) + torch.logsumexp(alpha, dim=0))
    dof = d + m + 1
    constant = float(torch.special.multigammaln(torch.tensor(0.5 * dof, dtype=x.dtype), d))
    scale = dof * d * (math.log(gamma) - 0.5 * math.log(2.0)) - constant
    return likelihood + prior + k * scale


def lstm(main, extra, state, sequence):
    state = [list(layer) for layer in state]
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for i in range(len(main)):
            (weight, bias), (hidden, cell) = main[i], state[i]
            forget = torch.sigmoid(x * weight[0] + bias[0])
            ingate = torch.sigmoid(hidden * weight[1] + bias[1])
            outgate = torch.sigmoid(x * weight[2] + bias[2])
            change = torch.tanh(hidden * weight[3] + bias[3])
            cell = cell * forget + ingate * change
            x = outgate * torch.tanh(cell)
            state[i] = [x, cell]
        y = x * extra[1] + extra[2]
        total = total + torch.sum(sequence[t + 1] * (y - torch.log(2.0 + torch.sum(torch.exp(y)))))
    return -total / ((len(sequence) - 1) * sequence.shape[1])
