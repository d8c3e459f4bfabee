"""Hand-written adjoints of GradBench's problems, in the forms of the samples."""

from __future__ import annotations

import math

import numpy as np


def square(x):
    return x * x, 2 * x


def det(A):
    """A minor is linear in its last row and in the minors above, whose adjoints come down."""
    n = len(A)
    subsets = 2**n
    counts = np.zeros(subsets, dtype=np.int64)
    minors = np.ones(subsets)
    for columns in range(1, subsets):
        counts[columns] = counts[columns >> 1] + columns % 2
        row = counts[columns] - 1
        minor = 0.0
        for j in range(n):
            if columns >> j & 1:
                sign = 1 - 2 * (counts[columns >> j + 1] % 2)
                minor += sign * A[row, j] * minors[columns ^ 1 << j]
        minors[columns] = minor
    A_bar = np.zeros_like(A)
    bars = np.zeros(subsets)
    bars[-1] = 1.0
    for columns in range(subsets - 1, 0, -1):
        row = counts[columns] - 1
        for j in range(n):
            if columns >> j & 1:
                share = (1 - 2 * (counts[columns >> j + 1] % 2)) * bars[columns]
                others = columns ^ 1 << j
                A_bar[row, j] += share * minors[others]
                bars[others] += share * A[row, j]
    return minors[-1], A_bar


def logsumexp(x):
    highest = np.max(x)
    share = np.exp(x - highest)
    total = np.sum(share)
    share /= total
    return highest + np.log(total), share


def llsq(x, n):
    t = np.linspace(-1.0, 1.0, n)
    residual = np.sign(t)
    power = np.ones(n)
    for j in range(len(x)):
        residual -= x[j] * power
        power *= t
    x_bar = np.empty_like(x)
    power = np.ones(n)
    for j in range(len(x)):
        x_bar[j] = -np.dot(power, residual)
        power *= t
    return 0.5 * np.dot(residual, residual), x_bar


def kmeans(points, centroids):
    distances = np.sum(centroids**2, axis=1) - 2.0 * points @ centroids.T
    nearest = np.argmin(distances, axis=1)
    away = points - centroids[nearest]
    centroids_bar = np.zeros_like(centroids)
    np.add.at(centroids_bar, nearest, -2 * away)
    return np.sum(away * away), centroids_bar


def _slope(x, y):
    z = np.empty_like(x)
    z[0] = x[0]
    z[1:] = x[1:] * y[:-1]
    return z


def ode(x, s):
    h = 2.0 / s
    y = np.zeros_like(x)
    saved = []
    for _ in range(s):
        saved.append(y)
        k1 = _slope(x, y)
        k2 = _slope(x, y + 0.5 * h * k1)
        k3 = _slope(x, y + 0.5 * h * k2)
        k4 = _slope(x, y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    x_bar = np.zeros_like(x)
    y_bar = np.zeros_like(x)
    y_bar[-1] = 1.0
    for _ in range(s):
        y0 = saved.pop()
        y1 = y0 + 0.5 * h * _slope(x, y0)
        y2 = y0 + 0.5 * h * _slope(x, y1)
        y3 = y0 + h * _slope(x, y2)
        k4_bar = h / 6.0 * y_bar
        k3_bar = 2.0 * k4_bar
        x_bar[0] += k4_bar[0]
        x_bar[1:] += k4_bar[1:] * y3[:-1]
        g = x[1:] * k4_bar[1:]
        y_bar = y_bar.copy()
        y_bar[:-1] += g
        k3_bar[:-1] += h * g
        k2_bar = 2.0 * k4_bar
        x_bar[0] += k3_bar[0]
        x_bar[1:] += k3_bar[1:] * y2[:-1]
        g = x[1:] * k3_bar[1:]
        y_bar[:-1] += g
        k2_bar[:-1] += 0.5 * h * g
        k1_bar = k4_bar
        x_bar[0] += k2_bar[0]
        x_bar[1:] += k2_bar[1:] * y1[:-1]
        g = x[1:] * k2_bar[1:]
        y_bar[:-1] += g
        k1_bar[:-1] += 0.5 * h * g
        x_bar[0] += k1_bar[0]
        x_bar[1:] += k1_bar[1:] * y0[:-1]
        y_bar[:-1] += x[1:] * k1_bar[1:]
    return y[-1], x_bar


def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(main, extra, state, sequence):
    state = state.copy()
    layers, turns = len(main), len(sequence) - 1
    b = sequence.shape[1]
    saved = []
    outputs = []
    total = 0.0
    for t in range(turns):
        x = sequence[t] * extra[0]
        for i in range(layers):
            weight, bias, hidden, cell = main[i, 0], main[i, 1], state[i, 0].copy(), state[i, 1].copy()
            forget = _sigmoid(x * weight[0] + bias[0])
            ingate = _sigmoid(hidden * weight[1] + bias[1])
            outgate = _sigmoid(x * weight[2] + bias[2])
            change = np.tanh(hidden * weight[3] + bias[3])
            new = cell * forget + ingate * change
            squashed = np.tanh(new)
            saved.append((x, hidden, cell, forget, ingate, outgate, change, squashed))
            x = outgate * squashed
            state[i, 0] = x
            state[i, 1] = new
        y = x * extra[1] + extra[2]
        share = np.exp(y)
        room = 2.0 + np.sum(share)
        outputs.append((x, share / room))
        total += np.sum(sequence[t + 1] * (y - np.log(room)))
    count = turns * b
    main_bar = np.zeros_like(main)
    extra_bar = np.zeros_like(extra)
    state_bar = np.zeros_like(state)
    for t in range(turns - 1, -1, -1):
        x, share = outputs.pop()
        gold = sequence[t + 1]
        y_bar = (share * np.sum(gold) - gold) / count
        extra_bar[2] += y_bar
        extra_bar[1] += x * y_bar
        x_bar = extra[1] * y_bar
        for i in range(layers - 1, -1, -1):
            x, hidden, cell, forget, ingate, outgate, change, squashed = saved.pop()
            weight, weight_bar, bias_bar = main[i, 0], main_bar[i, 0], main_bar[i, 1]
            x_bar = x_bar + state_bar[i, 0]
            new_bar = state_bar[i, 1] + x_bar * outgate * (1.0 - squashed * squashed)
            forget_bar = new_bar * cell * (forget * (1.0 - forget))
            ingate_bar = new_bar * change * (ingate * (1.0 - ingate))
            outgate_bar = x_bar * squashed * (outgate * (1.0 - outgate))
            change_bar = new_bar * ingate * (1.0 - change * change)
            weight_bar[0] += x * forget_bar
            weight_bar[1] += hidden * ingate_bar
            weight_bar[2] += x * outgate_bar
            weight_bar[3] += hidden * change_bar
            bias_bar[0] += forget_bar
            bias_bar[1] += ingate_bar
            bias_bar[2] += outgate_bar
            bias_bar[3] += change_bar
            state_bar[i, 0] = weight[1] * ingate_bar + weight[3] * change_bar
            state_bar[i, 1] = new_bar * forget
            x_bar = weight[0] * forget_bar + weight[2] * outgate_bar
        extra_bar[0] += sequence[t] * x_bar
    return -total / count, (main_bar, extra_bar)


def gmm(alpha, mu, q, lower, x, m, gamma):
    n, d = x.shape
    k = len(mu)
    beta = np.empty((k, n))
    diagonals = np.exp(q)
    sums = np.sum(q, axis=1)
    factors = np.zeros((k, d, d))
    kept = []
    for c in range(k):
        Q = factors[c]
        start = 0
        for j in range(d):
            Q[j, j] = diagonals[c, j]
            stop = start + d - 1 - j
            Q[j + 1 :, j] = lower[c, start:stop]
            start = stop
        away = x - mu[c]
        weighted = away @ Q.T
        kept.append((away, weighted))
        beta[c] = alpha[c] + sums[c] - 0.5 * np.sum(weighted * weighted, axis=1)
    highest = np.max(beta, axis=0)
    share = np.exp(beta - highest)
    total = np.sum(share, axis=0)
    share /= total
    top = np.max(alpha)
    weights = np.exp(alpha - top)
    room = np.sum(weights)
    prior = m * np.sum(sums) - 0.5 * gamma * gamma * np.sum(factors * factors)
    dof = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        log_gamma += math.lgamma(0.5 * (dof - j))
    constant = k * (dof * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma)
    likelihood = np.sum(highest + np.log(total)) - n * (0.5 * d * math.log(2.0 * math.pi) + top + np.log(room))
    counts = np.sum(share, axis=1)
    alpha_bar = counts - n / room * weights
    mu_bar = np.empty_like(mu)
    q_bar = np.empty_like(q)
    lower_bar = np.empty_like(lower)
    for c in range(k):
        away, weighted = kept[c]
        Q = factors[c]
        weighted *= share[c][:, None]
        Q_bar = -(weighted.T @ away) - gamma * gamma * Q
        mu_bar[c] = np.sum(weighted, axis=0) @ Q
        start = 0
        for j in range(d):
            q_bar[c, j] = counts[c] + m + Q_bar[j, j] * diagonals[c, j]
            stop = start + d - 1 - j
            lower_bar[c, start:stop] = Q_bar[j + 1 :, j]
            start = stop
    return likelihood + prior + constant, (alpha_bar, mu_bar, q_bar, lower_bar)
