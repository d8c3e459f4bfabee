"""Hand-written adjoints of scalar functions and of small nets."""

from __future__ import annotations

import math

import numpy as np


def notes(x1, x2):
    v1 = x1 - x2
    v2 = x1 * x2
    r1 = v1 * v1 - 8
    r2 = v1 - v2 - 3
    v2_bar = -2 * r2
    v1_bar = 4 * r1 * v1 - v2_bar
    return r1 * r1 + r2 * r2, (x2 * v2_bar + v1_bar, x1 * v2_bar - v1_bar)


def wander(x, n):
    sine = math.sin(x)
    saved = []
    y = x
    for _ in range(n):
        saved.append(y)
        if y > 0:
            y = y * sine
        else:
            y = y + x
    value = y
    x_bar = 0.0
    sine_bar = 0.0
    y_bar = 1.0
    for _ in range(n):
        y = saved.pop()
        if y > 0:
            sine_bar += y * y_bar
            y_bar *= sine
        else:
            x_bar += y_bar
    return value, x_bar + y_bar + sine_bar * math.cos(x)


def net(A, b, c, v, target):
    y = A @ v + b
    z = np.maximum(y, 0.0)
    e = c @ z - target
    w_bar = 2 * e
    y_bar = np.where(y > 0.0, w_bar * c, 0.0)
    return e * e, (np.outer(y_bar, v), y_bar, w_bar * z)


def pendulum(angle, length, damping, steps, dt):
    pull = -9.81 / length
    speed = 0.0
    saved = []
    for _ in range(steps):
        saved.append((angle, speed))
        acceleration = pull * math.sin(angle) - damping * speed
        angle += dt * speed
        speed += dt * acceleration
    value = angle
    angle_bar = 1.0
    speed_bar = 0.0
    pull_bar = 0.0
    damping_bar = 0.0
    for _ in range(steps):
        angle, speed = saved.pop()
        g = dt * speed_bar
        speed_bar += dt * angle_bar - damping * g
        damping_bar -= speed * g
        pull_bar += math.sin(angle) * g
        angle_bar += pull * math.cos(angle) * g
    return value, (angle_bar, -pull / length * pull_bar, damping_bar)


def normal_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def call(spot, strike, vol, rate, time):
    root = math.sqrt(time)
    spread = vol * root
    drift = rate + 0.5 * vol * vol
    d1 = (math.log(spot / strike) + drift * time) / spread
    d2 = d1 - spread
    in_money = normal_cdf(d1)
    exercised = normal_cdf(d2)
    discount = strike * math.exp(-rate * time)
    density1 = 0.3989422804014327 * math.exp(-0.5 * d1 * d1)
    density2 = 0.3989422804014327 * math.exp(-0.5 * d2 * d2)
    d2_bar = -discount * density2
    d1_bar = spot * density1 + d2_bar
    top_bar = d1_bar / spread
    spread_bar = -d2_bar - d1 * top_bar
    rate_bar = time * (discount * exercised + top_bar)
    vol_bar = root * spread_bar + vol * time * top_bar
    time_bar = rate * discount * exercised + drift * top_bar + 0.5 * vol / root * spread_bar
    return spot * in_money - discount * exercised, (in_money + top_bar / spot, vol_bar, rate_bar, time_bar)
