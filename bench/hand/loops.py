"""Hand-written adjoints in loops, for Numba: where an expert would not compile the text that is best in plain NumPy."""

from __future__ import annotations

import math

import numpy as np


def jacobi_2d(tsteps, A, B):
    A, B = A.copy(), B.copy()
    n, m = A.shape
    for _ in range(tsteps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        A, B = B, A
    value = 0.0
    for i in range(n):
        for j in range(m):
            value += A[i, j] * A[i, j]
    # A step overwrites all inner elements, so that only the array it wrote has adjoints there: g, which h follows.
    # The rims are never written, and their adjoints add up.
    A_bar = 2 * A
    B_bar = np.zeros_like(B)
    g = np.zeros_like(A)
    g[1:-1, 1:-1] = A_bar[1:-1, 1:-1]
    h = np.zeros_like(A)
    for _ in range(tsteps):
        A_bar, B_bar = B_bar, A_bar
        for i in range(1, n - 1):
            A_bar[i, 0] += 0.2 * g[i, 1]
            A_bar[i, m - 1] += 0.2 * g[i, m - 2]
        for j in range(1, m - 1):
            A_bar[0, j] += 0.2 * g[1, j]
            A_bar[n - 1, j] += 0.2 * g[n - 2, j]
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                h[i, j] = 0.2 * (g[i, j] + g[i, j - 1] + g[i, j + 1] + g[i + 1, j] + g[i - 1, j])
        g, h = h, g
    A_bar[1:-1, 1:-1] = g[1:-1, 1:-1]
    return value, A_bar


def heat_3d(tsteps, A, B):
    A, B = A.copy(), B.copy()
    n, m, o = A.shape
    for _ in range(1, tsteps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, o - 1):
                    here = A[i, j, k]
                    B[i, j, k] = (
                        0.125 * (A[i + 1, j, k] - 2.0 * here + A[i - 1, j, k])
                        + 0.125 * (A[i, j + 1, k] - 2.0 * here + A[i, j - 1, k])
                        + here
                    )
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, o - 1):
                    A[i, j, k] = 0.125 * (B[i + 1, j, k] - 2.0 * B[i, j, k] + B[i - 1, j, k]) + B[i, j, k]
    value = 0.0
    for i in range(n):
        for j in range(m):
            for k in range(o):
                value += A[i, j, k] * A[i, j, k]
    A_bar = 2 * A
    B_bar = np.zeros_like(B)
    for _ in range(1, tsteps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, o - 1):
                    g = A_bar[i, j, k]
                    A_bar[i, j, k] = 0.0
                    B_bar[i, j, k] += 0.75 * g
                    B_bar[i - 1, j, k] += 0.125 * g
                    B_bar[i + 1, j, k] += 0.125 * g
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for k in range(1, o - 1):
                    g = B_bar[i, j, k]
                    B_bar[i, j, k] = 0.0
                    A_bar[i, j, k] += 0.5 * g
                    A_bar[i - 1, j, k] += 0.125 * g
                    A_bar[i + 1, j, k] += 0.125 * g
                    A_bar[i, j - 1, k] += 0.125 * g
                    A_bar[i, j + 1, k] += 0.125 * g
    return value, (A_bar, B_bar)


def fdtd_2d(tmax, ex, ey, hz, fict):
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    n, m = hz.shape
    for t in range(tmax):
        for j in range(m):
            ey[0, j] = fict[t]
        for i in range(1, n):
            for j in range(m):
                ey[i, j] -= 0.5 * (hz[i, j] - hz[i - 1, j])
        for i in range(n):
            for j in range(1, m):
                ex[i, j] -= 0.5 * (hz[i, j] - hz[i, j - 1])
        for i in range(n - 1):
            for j in range(m - 1):
                hz[i, j] -= 0.7 * (ex[i, j + 1] - ex[i, j] + ey[i + 1, j] - ey[i, j])
    hz_bar = 2 * hz
    ex_bar = np.zeros_like(ex)
    ey_bar = np.zeros_like(ey)
    for _ in range(tmax):
        for i in range(n - 1):
            for j in range(m - 1):
                g = 0.7 * hz_bar[i, j]
                ex_bar[i, j + 1] -= g
                ex_bar[i, j] += g
                ey_bar[i + 1, j] -= g
                ey_bar[i, j] += g
        for i in range(n):
            for j in range(1, m):
                g = 0.5 * ex_bar[i, j]
                hz_bar[i, j] -= g
                hz_bar[i, j - 1] += g
        for i in range(1, n):
            for j in range(m):
                g = 0.5 * ey_bar[i, j]
                hz_bar[i, j] -= g
                hz_bar[i - 1, j] += g
        ey_bar[0, :] = 0.0
    value = 0.0
    for i in range(n):
        for j in range(m):
            value += hz[i, j] * hz[i, j]
    return value, (ex_bar, ey_bar, hz_bar)


def logsumexp(x):
    highest = x[0]
    for i in range(1, len(x)):
        highest = max(highest, x[i])
    share = np.empty_like(x)
    total = 0.0
    for i in range(len(x)):
        share[i] = math.exp(x[i] - highest)
        total += share[i]
    for i in range(len(x)):
        share[i] /= total
    return highest + math.log(total), share


def kmeans(points, centroids):
    n, d = points.shape
    k = len(centroids)
    centroids_bar = np.zeros_like(centroids)
    total = 0.0
    for i in range(n):
        nearest, least = 0, np.inf
        for c in range(k):
            distance = 0.0
            for j in range(d):
                away = points[i, j] - centroids[c, j]
                distance += away * away
            if distance < least:
                nearest, least = c, distance
        total += least
        for j in range(d):
            centroids_bar[nearest, j] -= 2 * (points[i, j] - centroids[nearest, j])
    return total, centroids_bar


def gmm(alpha, mu, q, lower, x, m, gamma):
    n, d = x.shape
    k = len(mu)
    beta = np.empty((k, n))
    away = np.empty((k, n, d))
    weighted = np.empty((k, n, d))
    factors = np.zeros((k, d, d))
    sums = np.empty(k)
    square = 0.0
    for c in range(k):
        Q = factors[c]
        sums[c] = np.sum(q[c])
        start = 0
        for j in range(d):
            Q[j, j] = math.exp(q[c, j])
            for i in range(j + 1, d):
                Q[i, j] = lower[c, start]
                start += 1
        for i in range(d):
            for j in range(i + 1):
                square += Q[i, j] * Q[i, j]
        for i in range(n):
            norm = 0.0
            for j in range(d):
                away[c, i, j] = x[i, j] - mu[c, j]
                dot = 0.0
                for p in range(j + 1):
                    dot += Q[j, p] * away[c, i, p]
                weighted[c, i, j] = dot
                norm += dot * dot
            beta[c, i] = alpha[c] + sums[c] - 0.5 * norm
    likelihood = 0.0
    counts = np.zeros(k)
    for i in range(n):
        highest = beta[0, i]
        for c in range(1, k):
            highest = max(highest, beta[c, i])
        total = 0.0
        for c in range(k):
            beta[c, i] = math.exp(beta[c, i] - highest)
            total += beta[c, i]
        likelihood += highest + math.log(total)
        for c in range(k):
            beta[c, i] /= total
            counts[c] += beta[c, i]
    top = np.max(alpha)
    weights = np.exp(alpha - top)
    room = np.sum(weights)
    likelihood -= n * (0.5 * d * math.log(2.0 * math.pi) + top + math.log(room))
    prior = m * np.sum(sums) - 0.5 * gamma * gamma * square
    dof = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        log_gamma += math.lgamma(0.5 * (dof - j))
    constant = k * (dof * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma)
    mu_bar = np.zeros_like(mu)
    q_bar = np.empty_like(q)
    lower_bar = np.empty_like(lower)
    Q_bar = np.empty((d, d))
    for c in range(k):
        Q = factors[c]
        Q_bar[:] = 0.0
        for i in range(n):
            share = beta[c, i]
            for j in range(d):
                g = share * weighted[c, i, j]
                for p in range(j + 1):
                    Q_bar[j, p] -= g * away[c, i, p]
                    mu_bar[c, p] += g * Q[j, p]
        start = 0
        for j in range(d):
            q_bar[c, j] = counts[c] + m + (Q_bar[j, j] - gamma * gamma * Q[j, j]) * Q[j, j]
            for i in range(j + 1, d):
                lower_bar[c, start] = Q_bar[i, j] - gamma * gamma * Q[i, j]
                start += 1
    return likelihood + prior + constant, (counts - n / room * weights, mu_bar, q_bar, lower_bar)
