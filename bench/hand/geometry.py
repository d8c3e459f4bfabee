"""Hand-written derivatives of GradBench's `ba`, `particle` and `saddle`."""

from __future__ import annotations

import math

import numpy as np


def ba(cams, points, w, features, camera, point):
    """The errors, and by observation what they say of its camera, its point and its weight: two rows of 15."""
    count = len(w)
    errors = np.empty((count, 2))
    weight_errors = np.empty(count)
    blocks = np.empty((count, 2, 15))
    weight_bars = np.empty(count)
    for i in range(count):
        cam, X = cams[camera[i]], points[point[i]]
        weight = w[i]
        d0, d1, d2 = X[0] - cam[3], X[1] - cam[4], X[2] - cam[5]
        theta = math.sqrt(cam[0] * cam[0] + cam[1] * cam[1] + cam[2] * cam[2])
        sine, cosine = math.sin(theta), math.cos(theta)
        versine = 1.0 - cosine
        a0, a1, a2 = cam[0] / theta, cam[1] / theta, cam[2] / theta
        dot = a0 * d0 + a1 * d1 + a2 * d2
        c0, c1, c2 = a1 * d2 - a2 * d1, a2 * d0 - a0 * d2, a0 * d1 - a1 * d0
        x = d0 * cosine + c0 * sine + a0 * dot * versine
        y = d1 * cosine + c1 * sine + a1 * dot * versine
        z = d2 * cosine + c2 * sine + a2 * dot * versine
        u, v = x / z, y / z
        square = u * u + v * v
        bend = 1.0 + cam[9] * square + cam[10] * square * square
        slope = 2.0 * (cam[9] + 2.0 * cam[10] * square)
        zoom = weight * cam[6]
        for row in range(2):
            along = u if row == 0 else v
            miss = along * bend * cam[6] + cam[7 + row] - features[i, row]
            errors[i, row] = weight * miss
            u_bar = zoom * along * slope * u
            v_bar = zoom * along * slope * v
            if row == 0:
                u_bar += zoom * bend
            else:
                v_bar += zoom * bend
            x_bar, y_bar = u_bar / z, v_bar / z
            z_bar = -(u * x_bar + v * y_bar)
            # The transposed rotation takes the adjoint back; axis and angle have their own shares.
            over = a0 * x_bar + a1 * y_bar + a2 * z_bar
            d0_bar = x_bar * cosine - (a1 * z_bar - a2 * y_bar) * sine + a0 * over * versine
            d1_bar = y_bar * cosine - (a2 * x_bar - a0 * z_bar) * sine + a1 * over * versine
            d2_bar = z_bar * cosine - (a0 * y_bar - a1 * x_bar) * sine + a2 * over * versine
            a0_bar = (d1 * z_bar - d2 * y_bar) * sine + (dot * x_bar + over * d0) * versine
            a1_bar = (d2 * x_bar - d0 * z_bar) * sine + (dot * y_bar + over * d1) * versine
            a2_bar = (d0 * y_bar - d1 * x_bar) * sine + (dot * z_bar + over * d2) * versine
            turn = (c0 * x_bar + c1 * y_bar + c2 * z_bar) * cosine
            turn += (dot * over - (d0 * x_bar + d1 * y_bar + d2 * z_bar)) * sine
            turn -= (a0 * a0_bar + a1 * a1_bar + a2 * a2_bar) / theta
            block = blocks[i, row]
            block[0] = a0 * turn + a0_bar / theta
            block[1] = a1 * turn + a1_bar / theta
            block[2] = a2 * turn + a2_bar / theta
            block[3], block[4], block[5] = -d0_bar, -d1_bar, -d2_bar
            block[6] = weight * along * bend
            block[7] = weight if row == 0 else 0.0
            block[8] = weight if row == 1 else 0.0
            block[9] = zoom * along * square
            block[10] = zoom * along * square * square
            block[11], block[12], block[13] = d0_bar, d1_bar, d2_bar
            block[14] = miss
        weight_errors[i] = 1.0 - weight * weight
        weight_bars[i] = -2.0 * weight
    return (errors, weight_errors), (blocks, weight_bars)


def particle_reverse(w):
    """Reverse mode over the force, whose derivatives are written out."""
    x, y, vx, vy, dt = 0.0, 8.0, 0.75, 0.0, 0.1
    saved = []
    while True:
        a, b, c = x - 10.0, y - 10.0 + w, y
        near, far = a * a + b * b, a * a + c * c
        p, q = 1.0 / (near * math.sqrt(near)), 1.0 / (far * math.sqrt(far))
        x += dt * vx
        y += dt * vy
        if y <= 0.0:
            break
        saved.append((a, b, c, near, far, p, q))
        vx += dt * (a * p + a * q)
        vy += dt * (b * p + c * q)
    ratio = y / vy
    x -= ratio * vx
    x_bar = 2.0 * x
    vx_bar = -ratio * x_bar
    y_bar = -vx / vy * x_bar
    vy_bar = -ratio * y_bar + dt * y_bar
    vx_bar += dt * x_bar
    w_bar = 0.0
    while len(saved) > 0:
        a, b, c, near, far, p, q = saved.pop()
        gx, gy = dt * vx_bar, dt * vy_bar
        p_bar = -3.0 * p / near * (a * gx + b * gy)
        q_bar = -3.0 * q / far * (a * gx + c * gy)
        b_bar = p * gy + b * p_bar
        vx_bar += dt * x_bar
        vy_bar += dt * y_bar
        x_bar += (p + q) * gx + a * (p_bar + q_bar)
        y_bar += b_bar + q * gy + c * q_bar
        w_bar += b_bar
    return x * x, w_bar


def particle_forward(w):
    """Forward mode over the force, whose derivatives are written out."""
    x, y, vx, vy, dt = 0.0, 8.0, 0.75, 0.0, 0.1
    x_dot, y_dot, vx_dot, vy_dot = 0.0, 0.0, 0.0, 0.0
    while True:
        a, b = x - 10.0, y - 10.0 + w
        near, far = a * a + b * b, a * a + y * y
        p, q = 1.0 / (near * math.sqrt(near)), 1.0 / (far * math.sqrt(far))
        b_dot = y_dot + 1.0
        p_dot = -3.0 * p / near * (a * x_dot + b * b_dot)
        q_dot = -3.0 * q / far * (a * x_dot + y * y_dot)
        fx_dot = (p + q) * x_dot + a * (p_dot + q_dot)
        fy_dot = p * b_dot + b * p_dot + q * y_dot + y * q_dot
        fx, fy = a * (p + q), b * p + y * q
        x_dot += dt * vx_dot
        y_dot += dt * vy_dot
        x += dt * vx
        y += dt * vy
        if y <= 0.0:
            break
        vx_dot += dt * fx_dot
        vy_dot += dt * fy_dot
        vx += dt * fx
        vy += dt * fy
    ratio = y / vy
    x_dot -= ratio * vx_dot + (y_dot - ratio * vy_dot) / vy * vx
    x -= ratio * vx
    return x * x, 2.0 * x * x_dot


def saddle(x1, y1, x2, y2):
    """The ascent in `x2, y2` does not depend on `x1, y1`, apart from a constant that no step depends on."""
    x, y = x2, y2
    base = x1 * x1 + y1 * y1
    best = base - (x * x + y * y)
    gx, gy = -2.0 * x, -2.0 * y
    step = 1e-5
    successes = 0
    while math.sqrt(gx * gx + gy * gy) > 1e-5:
        if successes == 10:
            step *= 2.0
            successes = 0
        new_x = x + step * gx
        new_y = y + step * gy
        if math.sqrt((new_x - x) ** 2 + (new_y - y) ** 2) <= 1e-5:
            break
        value = base - (new_x * new_x + new_y * new_y)
        if value > best:
            x, y, best = new_x, new_y, value
            gx, gy = -2.0 * x, -2.0 * y
            successes += 1
        else:
            step /= 2.0
            successes = 0
    return base - (x * x + y * y), (2.0 * x1, 2.0 * y1)
