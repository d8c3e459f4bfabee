"""Hand-written adjoints of longer simulations: a lid-driven cavity, and bodies that attract each other."""

from __future__ import annotations

import numpy as np


def cavity_flow(nx, ny, nt, nit, u, v, dt, dx, dy, p, rho, nu):
    u, v, p = u.copy(), v.copy(), p.copy()
    along, across, push = dt / dx, dt / dy, dt / (2 * rho * dx)
    spread = dt / dx**2
    whole = 2 * (dx**2 + dy**2)
    cx, cy, cb = dx**2 / whole, dy**2 / whole, dx**2 * dy**2 / whole
    saved = []
    for _ in range(nt):
        un, vn = u.copy(), v.copy()
        ux = (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)
        uy = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dy)
        vx = (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx)
        vy = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)
        saved.append((un, vn, ux, uy, vx, vy))
        source = (cb * rho) * ((ux + vy) / dt - ux * ux - 2 * uy * vx - vy * vy)
        for _ in range(nit):
            p[1:-1, 1:-1] = cy * (p[1:-1, 2:] + p[1:-1, :-2]) + cx * (p[2:, 1:-1] + p[:-2, 1:-1]) - source
            p[:, -1] = p[:, -2]
            p[0, :] = p[1, :]
            p[:, 0] = p[:, 1]
            p[-1, :] = 0.0
        here, west = un[1:-1, 1:-1], un[1:-1, :-2]
        up = vn[1:-1, 1:-1]
        u[1:-1, 1:-1] = (
            here
            - along * here * (here - west)
            - across * up * (here - un[:-2, 1:-1])
            - push * (p[1:-1, 2:] - p[1:-1, :-2])
            + (nu * spread) * (un[1:-1, 2:] - 2 * here + west)
        )
        v[1:-1, 1:-1] = up - along * here * (up - vn[1:-1, :-2])
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    value = np.sum(u * u) + np.sum(v * p)
    u_bar, v_bar, p_bar = 2 * u, p.copy(), v.copy()
    nu_bar = 0.0
    for _ in range(nt):
        un, vn, ux, uy, vx, vy = saved.pop()
        here, west = un[1:-1, 1:-1], un[1:-1, :-2]
        up = vn[1:-1, 1:-1]
        g, h = u_bar[1:-1, 1:-1], v_bar[1:-1, 1:-1]
        u_bar, v_bar = np.zeros_like(u), np.zeros_like(v)
        nu_bar += spread * np.sum(g * (un[1:-1, 2:] - 2 * here + west))
        thin = (nu * spread) * g
        carried = along * here
        down = across * up * g
        u_bar[1:-1, 1:-1] = g - along * (2 * here - west) * g - down - 2 * thin - along * (up - vn[1:-1, :-2]) * h
        u_bar[1:-1, :-2] += carried * g + thin
        u_bar[1:-1, 2:] += thin
        u_bar[:-2, 1:-1] += down
        v_bar[1:-1, 1:-1] = h - carried * h - across * (here - un[:-2, 1:-1]) * g
        v_bar[1:-1, :-2] += carried * h
        p_bar[1:-1, 2:] -= push * g
        p_bar[1:-1, :-2] += push * g
        source_bar = np.zeros_like(ux)
        for _ in range(nit):
            p_bar[-1, :] = 0.0
            p_bar[:, 1] += p_bar[:, 0]
            p_bar[:, 0] = 0.0
            p_bar[1, :] += p_bar[0, :]
            p_bar[0, :] = 0.0
            p_bar[:, -2] += p_bar[:, -1]
            p_bar[:, -1] = 0.0
            g = p_bar[1:-1, 1:-1].copy()
            p_bar[1:-1, 1:-1] = 0.0
            source_bar -= g
            side = cy * g
            p_bar[1:-1, 2:] += side
            p_bar[1:-1, :-2] += side
            side = cx * g
            p_bar[2:, 1:-1] += side
            p_bar[:-2, 1:-1] += side
        source_bar *= cb * rho
        g = source_bar * ((1 / dt - 2 * ux) / (2 * dx))
        u_bar[1:-1, 2:] += g
        u_bar[1:-1, :-2] -= g
        g = source_bar * vx / dy
        u_bar[2:, 1:-1] -= g
        u_bar[:-2, 1:-1] += g
        g = source_bar * uy / dx
        v_bar[1:-1, 2:] -= g
        v_bar[1:-1, :-2] += g
        g = source_bar * ((1 / dt - 2 * vy) / (2 * dy))
        v_bar[2:, 1:-1] += g
        v_bar[:-2, 1:-1] -= g
    return value, (u_bar, v_bar, nu_bar)


def _attraction(pos, mass, G, softening):
    x, y, z = pos[:, 0], pos[:, 1], pos[:, 2]
    dx, dy, dz = x - x[:, None], y - y[:, None], z - z[:, None]
    square = dx * dx + dy * dy + dz * dz + softening**2
    pull = 1.0 / (square * np.sqrt(square))
    acc = np.empty_like(pos)
    weighted = G * pull * mass[:, 0]
    acc[:, 0] = np.sum(dx * weighted, axis=1)
    acc[:, 1] = np.sum(dy * weighted, axis=1)
    acc[:, 2] = np.sum(dz * weighted, axis=1)
    return acc, (dx, dy, dz, square, pull)


def _attraction_adjoint(kept, mass, G, acc_bar, pos_bar, mass_bar):
    """Add to the adjoints of positions and masses."""
    dx, dy, dz, square, pull = kept
    gx, gy, gz = acc_bar[:, 0:1], acc_bar[:, 1:2], acc_bar[:, 2:3]
    weighted = G * pull * mass[:, 0]
    along = gx * dx + gy * dy + gz * dz
    mass_bar[:, 0] += G * np.sum(along * pull, axis=0)
    stretch = -3.0 * along * weighted / square
    for axis, (g, d) in enumerate(((gx, dx), (gy, dy), (gz, dz))):
        d_bar = g * weighted + d * stretch
        pos_bar[:, axis] += np.sum(d_bar, axis=0) - np.sum(d_bar, axis=1)


def nbody(mass, pos, vel, Nt, dt, G, softening):
    first = vel
    heap = np.sum(mass)
    drift = np.sum(mass * vel, axis=0) / heap
    vel = vel - drift
    pos = pos.copy()
    acc, kept = _attraction(pos, mass, G, softening)
    saved = [kept]
    for _ in range(Nt):
        vel += 0.5 * dt * acc
        pos += dt * vel
        acc, kept = _attraction(pos, mass, G, softening)
        saved.append(kept)
        vel += 0.5 * dt * acc
    vel_bar, pos_bar = 2 * vel, 2 * pos
    mass_bar = np.zeros_like(mass)
    acc_bar = np.zeros_like(pos)
    for _ in range(Nt):
        acc_bar += 0.5 * dt * vel_bar
        _attraction_adjoint(saved.pop(), mass, G, acc_bar, pos_bar, mass_bar)
        vel_bar += dt * pos_bar
        acc_bar = 0.5 * dt * vel_bar
    _attraction_adjoint(saved.pop(), mass, G, acc_bar, pos_bar, mass_bar)
    drift_bar = -np.sum(vel_bar, axis=0) / heap
    mass_bar[:, 0] += np.sum((first - drift) * drift_bar, axis=1)
    vel_bar += mass * drift_bar
    return np.sum(pos * pos) + np.sum(vel * vel), (mass_bar, pos_bar, vel_bar)
