"""Hand-written adjoints of matrix factorisations and products in place, in the loops of the primal."""

from __future__ import annotations

import numpy as np


def lu(A):
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] = (A[i, j] - A[i, :j] @ A[:j, j]) / A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    A_bar = 2 * A
    for i in range(n - 1, -1, -1):
        row, row_bar = A[i, :i], A_bar[i, :i]
        for j in range(n - 1, i - 1, -1):
            g = A_bar[i, j]
            A_bar[:i, j] -= g * row
            row_bar -= g * A[:i, j]
        for j in range(i - 1, -1, -1):
            g = A_bar[i, j] / A[j, j]
            A_bar[i, j] = g
            A_bar[j, j] -= A[i, j] * g
            A_bar[:j, j] -= g * A[i, :j]
            A_bar[i, :j] -= g * A[:j, j]
    return np.sum(A * A), A_bar


def cholesky(A):
    A = A.copy()
    n = len(A)
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, n):
        for j in range(i):
            A[i, j] = (A[i, j] - np.dot(A[i, :j], A[j, :j])) / A[j, j]
        A[i, i] = np.sqrt(A[i, i] - np.dot(A[i, :i], A[i, :i]))
    A_bar = 2 * A
    for i in range(n - 1, 0, -1):
        g = 0.5 * A_bar[i, i] / A[i, i]
        A_bar[i, i] = g
        A_bar[i, :i] -= (2 * g) * A[i, :i]
        for j in range(i - 1, -1, -1):
            g = A_bar[i, j] / A[j, j]
            A_bar[i, j] = g
            A_bar[j, j] -= A[i, j] * g
            A_bar[j, :j] -= g * A[i, :j]
            A_bar[i, :j] -= g * A[j, :j]
    A_bar[0, 0] *= 0.5 / A[0, 0]
    return np.sum(A * A), A_bar


def gramschmidt(A):
    A = A.copy()
    n = A.shape[1]
    Q = np.zeros_like(A)
    R = np.zeros((n, n))
    saved = []
    for k in range(n):
        R[k, k] = np.sqrt(np.dot(A[:, k], A[:, k]))
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            saved.append(A[:, j].copy())
            A[:, j] -= Q[:, k] * R[k, j]
    Q_bar = 3 * (Q * Q)
    A_bar = np.zeros_like(A)
    for k in range(n - 1, -1, -1):
        q, q_bar = Q[:, k], Q_bar[:, k]
        for j in range(n - 1, k, -1):
            a_bar = A_bar[:, j]
            r_bar = 1.0 - np.dot(q, a_bar)
            q_bar += r_bar * saved.pop() - R[k, j] * a_bar
            a_bar += r_bar * q
        r = R[k, k]
        r_bar = 1.0 - np.dot(q, q_bar) / r
        A_bar[:, k] += q_bar / r + r_bar * q
    return np.sum(Q * Q * Q) + np.sum(R), A_bar


def trmm(alpha, A, B):
    m, n = B.shape
    made = B.copy()
    for i in range(m):
        for j in range(n):
            made[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    value = alpha * alpha * np.sum(made * made)
    B_bar = (2 * alpha * alpha) * made
    A_bar = np.zeros_like(A)
    for i in range(m - 1, -1, -1):
        a, a_bar = A[i + 1 :, i], A_bar[i + 1 :, i]
        for j in range(n):
            g = B_bar[i, j]
            B_bar[i + 1 :, j] += g * a
            a_bar += g * B[i + 1 :, j]
    return value, (2 * value / alpha, A_bar, B_bar)


def syrk(alpha, beta, C, A):
    n, m = A.shape
    made = C.copy()
    for i in range(n):
        made[i, : i + 1] *= beta
        for k in range(m):
            made[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    C_bar = 2 * made
    A_bar = np.zeros_like(A)
    alpha_bar = 0.0
    beta_bar = 0.0
    for i in range(n - 1, -1, -1):
        g = C_bar[i, : i + 1]
        for k in range(m - 1, -1, -1):
            dot = np.dot(A[: i + 1, k], g)
            A_bar[: i + 1, k] += (alpha * A[i, k]) * g
            alpha_bar += A[i, k] * dot
            A_bar[i, k] += alpha * dot
        beta_bar += np.dot(C[i, : i + 1], g)
        g *= beta
    return np.sum(made * made), (alpha_bar, beta_bar, C_bar, A_bar)
