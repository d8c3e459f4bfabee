"""A short run of ``scripts/fuzz``, and every program that it ever found to be differentiated wrongly."""

from __future__ import annotations

import pytest

from tests.fuzzing import judge
from tests.generator import HEAD, program

FOUND = {
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
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    outcome = judge(HEAD + FOUND[name].lstrip(), 7)
    assert outcome.kind == "correct", outcome


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_random_programs(start: int) -> None:
    outcomes = {seed: judge(program(seed), seed) for seed in range(start, start + 20)}
    assert not {seed: found for seed, found in outcomes.items() if found.kind in ("wrong", "crash")}
    assert sum(found.kind == "correct" for found in outcomes.values()) >= 5
