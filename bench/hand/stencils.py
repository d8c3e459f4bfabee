"""Hand-written adjoints of stencils that work in place: linear, so that nothing is saved."""

from __future__ import annotations

import numpy as np


def seidel_2d(tsteps, A):
    A = A.copy()
    n = len(A)
    for _ in range(tsteps):
        for i in range(1, n - 1):
            above, row, below = A[i - 1], A[i], A[i + 1]
            row[1:-1] += above[:-2] + above[1:-1] + above[2:] + row[2:] + below[:-2] + below[1:-1] + below[2:]
            for j in range(1, n - 1):
                row[j] = (row[j] + row[j - 1]) / 9.0
    A_bar = 2 * A
    for _ in range(tsteps):
        for i in range(n - 2, 0, -1):
            above, row, below = A_bar[i - 1], A_bar[i], A_bar[i + 1]
            carry = 0.0
            for j in range(n - 2, 0, -1):
                carry = (row[j] + carry) / 9.0
                row[j] = carry
            row[0] += carry
            g = row[1:-1].copy()
            row[2:] += g
            below[2:] += g
            below[1:-1] += g
            below[:-2] += g
            above[2:] += g
            above[1:-1] += g
            above[:-2] += g
    return np.sum(A * A), A_bar


def jacobi_2d(tsteps, A, B):
    A, B = A.copy(), B.copy()
    for _ in range(tsteps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A, B = B, A
    A_bar = 2 * A
    B_bar = np.zeros_like(B)
    for _ in range(tsteps):
        A_bar, B_bar = B_bar, A_bar
        g = 0.2 * B_bar[1:-1, 1:-1]
        B_bar[1:-1, 1:-1] = 0.0
        A_bar[:-2, 1:-1] += g
        A_bar[2:, 1:-1] += g
        A_bar[1:-1, 2:] += g
        A_bar[1:-1, :-2] += g
        A_bar[1:-1, 1:-1] += g
    return np.sum(A * A), A_bar


def heat_3d(tsteps, A, B):
    A, B = A.copy(), B.copy()
    for _ in range(1, tsteps):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + A[1:-1, 1:-1, 1:-1]
        )
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1]) + B[1:-1, 1:-1, 1:-1]
        )
    A_bar = 2 * A
    B_bar = np.zeros_like(B)
    for _ in range(1, tsteps):
        g = A_bar[1:-1, 1:-1, 1:-1]
        side = 0.125 * g
        B_bar[1:-1, 1:-1, 1:-1] += 0.75 * g
        B_bar[:-2, 1:-1, 1:-1] += side
        B_bar[2:, 1:-1, 1:-1] += side
        g = B_bar[1:-1, 1:-1, 1:-1]
        side = 0.125 * g
        A_bar[1:-1, 1:-1, 1:-1] = 0.5 * g
        B_bar[1:-1, 1:-1, 1:-1] = 0.0
        A_bar[:-2, 1:-1, 1:-1] += side
        A_bar[2:, 1:-1, 1:-1] += side
        A_bar[1:-1, :-2, 1:-1] += side
        A_bar[1:-1, 2:, 1:-1] += side
    return np.sum(A * A), (A_bar, B_bar)


def fdtd_2d(tmax, ex, ey, hz, fict):
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for t in range(tmax):
        ey[0, :] = fict[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    hz_bar = 2 * hz
    ex_bar = np.zeros_like(ex)
    ey_bar = np.zeros_like(ey)
    for _ in range(tmax):
        g = 0.7 * hz_bar[:-1, :-1]
        ex_bar[:-1, 1:] -= g
        ex_bar[:-1, :-1] += g
        ey_bar[1:, :-1] -= g
        ey_bar[:-1, :-1] += g
        g = 0.5 * ex_bar[:, 1:]
        hz_bar[:, 1:] -= g
        hz_bar[:, :-1] += g
        g = 0.5 * ey_bar[1:, :]
        hz_bar[1:, :] -= g
        hz_bar[:-1, :] += g
        ey_bar[0, :] = 0.0
    return np.sum(hz * hz), (ex_bar, ey_bar, hz_bar)
