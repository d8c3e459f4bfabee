"""A short run of ``scripts/fuzz``, and every program that it ever found to be differentiated wrongly."""

from __future__ import annotations

import pytest

from tests.fuzzing import judge, trial
from tests.generator import HEAD

FOUND = {
    "a length that is asked of another array": """
def f(x, y, u, v, n):
    for i1 in range(n, 1, -2):
        w2 = (u - 0.71) * u
        for e3, e4 in zip(w2, u[1:]):
            u[1] = w2[1]
    return u.sum()
""",
    "both branches bind a name to one value": """
def f(x, y, u, v, n):
    for i1 in range(2):
        if i1 == 0:
            y, x = (x, 0.5)
        else:
            v = y
            y, x = (x, u[i1])
    return np.sum(v)
""",
    "a tuple's array is overwritten in the last turn": """
def f(x, y, u, v, n):
    for i3 in range(3):
        x, v = pair(x, v)
        u -= np.sin(v)
    v -= v[1]
    return np.sum(v[-1] * u)
""",
    "a callee's residuals hold one of several arrays": """
def f(x, y, u, v, n):
    if x <= (y <= 0.69):
        u[-1] = math.tanh(last_large(u, y - v[-1]))
        v[1] = u[-1]
    else:
        x, u = pair(u[1], u)
    y = u[0]
    return np.sum(shifted(v, y))
""",
    "an element of a view, before its array is written": """
def f(x, y, u, v, n):
    y, w1 = pair(x, u)
    for e3, e4 in zip(w1, u[1:]):
        u[1] = x
        s7 = mix(b=e4, a=0.69)
        for e8 in v:
            for i13, (e11, e12) in enumerate(zip(v, w1)):
                u[i13] += e8
            v[0] = s7
    return np.sum(v)
""",
    "rows of an array without a name are written": """
def f(x, y, u, v, n):
    for e6 in np.outer(v, u):
        for e9 in v:
            for i12 in range(2):
                return v.sum()
            if 1.6 > x:
                s13 = 0.5
            elif e6[0] < 0.0:
                e6[n] += mix(b=v[2], a=1.17)
    return u.sum()
""",
    "an update is seen through an alias": """
def f(x, y, u, v, n):
    w1 = u
    w3 = u
    w1 -= v
    return w3.sum()
""",
    "an update of an alias is seen in the array": """
def f(x, y, u, v, n):
    w2 = v
    w2 += u
    return np.sum(v)
""",
    "what a callee read is overwritten after the call": """
def f(x, y, u, v, n):
    u[1] = energy(u)
    return np.sum(u)
""",
    "a slice behind a return": """
def f(x, y, u, v, n):
    for i2 in range(1, 1):
        return 0.56
    v[::2] -= 0.5
    return np.sum(np.abs(v))
""",
    "a write in a branch that hands nothing on": """
def f(x, y, u, v, n):
    if u[-1] < y + 9.0:
        u[::1] += 0.5
    else:
        return u.sum()
    v[0] += v @ v
    return v.sum()
""",
    "a condition that reads what is written later": """
def f(x, y, u, v, n):
    if y > 9.0:
        u[n] = x
    elif u[0] >= math.exp(-v[n - 1]) - 9.0:
        for i1 in range(2):
            v[::2] *= 0.5 * v[::2]
    return v[n - 1]
""",
    "a name that is an array or a number": """
def f(x, y, u, v, n):
    if x <= v[1] - 9.0:
        u = n
    else:
        u[1:] = (u * u)[1:]
    w3 = u[::1]
    return np.sum(w3.copy())
""",
    "an item of a result that is not used": """
def f(x, y, u, v, n):
    v[1] = pair(v[1], v)[0]
    return np.sum(v)
""",
    "an element of what was summed": """
def f(x, y, u, v, n):
    m1 = np.outer(u, v)
    m1[1, 3] = v[0]
    return np.sum(m1.sum(axis=0))
""",
    "two adjoints that share a buffer": """
def f(x, y, u, v, n):
    w1 = v + v * x
    return x + np.sum(w1)
""",
    "an update of all elements": """
def f(x, y, u, v, n):
    w1 = u
    w1[:] *= v[:]
    return np.sum(v + w1)
""",
    "a record that only one branch reads": """
def f(x, y, u, v, n):
    for i2 in range(n):
        v[2] += math.sin(y if v[i2] >= u[(i2 + 1) % n] else 1.43)
    return v.sum()
""",
    "what an inner loop needs is written in it": """
def f(x, y, u, v, n):
    for i1 in range(1, 0, -1):
        u = np.sin(v)
        for i4 in range(2):
            v[:1] = np.sin(u[:1])
    return np.mean(v)
""",
    "a tangent that is a view": """
def f(x, y, u, v, n):
    u = v[::1] * 1.0
    v[1] = 0.5
    return np.sum(u + v)
""",
    "what a branch needs is computed before the branch": """
def f(x, y, u, v, n):
    k7 = 0
    while k7 < 3:
        k7 += 1
        m8 = v
        u = m8
        w9 = v
        w9 = w9 * w9
        if v[3] < x:
            continue
        v -= np.tanh(w9.copy())
    return u.sum()
""",
    "a name before a loop and after it": """
def f(x, y, u, v, n):
    k2 = 0
    while k2 < 3:
        k2 += 1
        w3 = u
        for i4 in range(1, n):
            s1, u = pair(u[i4], w3)
    return u[1]
""",
    "what is read of an array that an inner loop writes": """
def f(x, y, u, v, n):
    for i3 in range(n - 1, 1, -2):
        for e8 in u * u[i3]:
            u[n - 1] = mix(b=e8, a=y)
    return u.sum()
""",
    "a mask of an array that is written later": """
def f(x, y, u, v, n):
    v[1] = energy(v)
    for e5 in u:
        if v.sum() >= 0.43:
            v[0] -= math.sin(x)
        u[v > v[-1]] *= 0.5 * u[v > v[-1]]
    return u.sum()
""",
    "a condition that reads what its own branch overwrites, of an array that a loop makes anew": """
def f(x, y, u, v, n):
    for i in range(n):
        u = np.tanh(np.outer(u, v) @ v)
    if u[1] <= -2.0:
        u = u + x
    elif u[-1] > -2.0:
        u[n - 1] = v[1] * x - 20.0
    else:
        for i in range(3):
            y += put(v, i, u[2])
    return np.sum(u) * y
""",
    "loops over arrays": """
def f(x, y, u, v, n):
    a = b = x * y
    total = 0.0
    for i, w in enumerate(u):
        total += w * v[i] * a
    for p, q in zip(u, v):
        if p < 0:
            continue
        total = total * 0.5 + p * math.sin(q * b)
    m = np.outer(u, v)
    for row in m:
        total += row @ row * 0.1
    for k, (p, q) in enumerate(zip(u[1:], v), 1):
        total += k * p * q
    return total
""",
    "an adjoint taken apart where its array has other contents": """
def f(x, y, u, v, n):
    st8 = State(u[n - 1], p=v[n - 1], w=np.sin(u))
    u[-1] = math.tanh(energy(u))
    return st8.w @ u
""",
    "a callee's tangent is the one that it was given": """
def f(x, y, u, v, n):
    y, v = pair(1.16, u)
    u[1] = 0.5 * u[2]
    return np.sum((x * v)[1:-1]) * y
""",
    "the adjoints of a callee's structure": """
def f(x, y, u, v, n):
    st16 = State(v @ u, v.copy())
    v[1] = 0.5 * u[-1]
    if y <= u[-1] + x:
        x = math.sin(kinetic(st16))
    return u.sum() + gathered(math.tanh, u, v[n - 1], u[3]) + np.sum(shifted(v, x))
""",
    "a tangent that is copied, first used in a branch": """
def f(x, y, u, v, n):
    if x > -10.0:
        y = u.sum() * x
    y = math.sin(y)
    w = u * 1.0
    for k in range(1, n):
        w[k] = w[k - 1] * y
    return w.sum() + y * u[0]
""",
    "a condition in a branch reads what a loop overwrites": """
def f(x, y, u, v, n):
    s = y
    if y >= 5.0 or (u[-1] < 0.0 and (s := math.cos(u[n - 1])) < 7.0):
        y += s * y
    for k in range(2):
        u[n - 1] = math.sin(u.sum()) + 5.0
        s += 0.1 * u.sum()
    return math.cos(s) + v.sum()
""",
    "a number that might be an array has neither methods nor attributes": """
def f(x: float, y: float, u: np.ndarray, v: np.ndarray, n: int):
    if n < 3:
        x = u
    return np.mean(x)
""",
    "the adjoint of a number that might be an array is updated": """
def f(x: float, y: float, u: np.ndarray, v: np.ndarray, n: int) -> float:
    v -= y
    if n < 3:
        y = u
    return np.mean(y) + np.sum(v[0]) + np.sum(u - y)
""",
    "what is read of an array of unknown rank may be no view": """
def f(x: float, y: float, u: np.ndarray, v: np.ndarray, n: int):
    for e in u:
        v[0] += x
    v[0] = x
    return np.sum(v)
""",
    "a sum of what may be numbers": """
def f(x: float, y: float, u: np.ndarray, v: np.ndarray, n: int) -> float:
    m = np.outer(v, v)
    w = m[2]
    x += sum(e for e in v for b in (u[2], e))
    for i in range(0, n, 2):
        w[i:] *= u[i:]
    return np.sum(v[::1])
""",
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    outcome = judge(HEAD + FOUND[name].lstrip(), 7)
    assert outcome.kind == "correct", outcome


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_random_programs(start: int) -> None:
    outcomes = {seed: trial(seed, "python") for seed in range(start, start + 20)}
    assert not {seed: found for seed, found in outcomes.items() if found.kind in ("wrong", "crash")}
    assert sum(found.kind == "correct" for found in outcomes.values()) >= 5
