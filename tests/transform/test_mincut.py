"""A minimum cut is as light as the lightest of all sets that cut, and of these the nearest to the sinks."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import chain, combinations

import pytest

from sct.transform.mincut import minimum_cut

Graph = Mapping[int, Sequence[int]]


def reached(operands: Graph, sources: set[int], cut: set[int]) -> set[int]:
    """What is computed from the sources without passing the cut."""
    found = set[int]()
    for node in sorted(operands):  # operands come before what is made of them
        if node not in cut and (node in sources or not found.isdisjoint(operands[node])):
            found.add(node)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_lightest_of_all_sets_that_cut(seed: int) -> None:
    rng = random.Random(seed)
    size = rng.randint(3, 9)
    operands = {node: sorted(rng.sample(range(node), min(node, rng.randint(0, 3)))) for node in range(size)}
    sources = {node for node in operands if not operands[node] or rng.random() < 0.15}
    sinks = set(rng.sample(range(size), rng.randint(1, 3)))
    weights = {node: rng.randint(1, 6) for node in operands}
    subsets = chain.from_iterable(combinations(operands, count) for count in range(size + 1))
    cuts = [set(subset) for subset in subsets if sinks.isdisjoint(reached(operands, sources, set(subset)))]
    lightest = min(sum(weights[node] for node in cut) for cut in cuts)
    found = set(minimum_cut(operands, sources, sinks, weights))
    assert found in cuts
    assert sum(weights[node] for node in found) == lightest
    before = reached(operands, sources, found)
    for cut in cuts:
        if sum(weights[node] for node in cut) == lightest:
            assert reached(operands, sources, cut) <= before


@pytest.mark.parametrize("seed", range(20))
def test_efforts_count_for_what_is_computed_again(seed: int) -> None:
    """An effort is spent on each node from which a sink is reached without passing the cut."""
    rng = random.Random(seed)
    size = rng.randint(3, 8)
    operands = {node: sorted(rng.sample(range(node), min(node, rng.randint(0, 3)))) for node in range(size)}
    sources = {node for node in operands if not operands[node]}
    sinks = {size - 1}
    weights = {node: rng.randint(1, 9) for node in operands}
    efforts = {node: rng.randint(1, 4) for node in operands if node not in sources}

    def cost(cut: set[int]) -> int:
        todo, again = [*sinks], set[int]()
        while todo:
            node = todo.pop()
            if node not in cut and node not in again:
                again.add(node)
                todo += operands[node]
        return sum(weights[node] for node in cut) + sum(efforts.get(node, 0) for node in again)

    subsets = chain.from_iterable(combinations(operands, count) for count in range(size + 1))
    cuts = [set(subset) for subset in subsets if sinks.isdisjoint(reached(operands, sources, set(subset)))]
    assert cost(set(minimum_cut(operands, sources, sinks, weights, efforts))) == min(map(cost, cuts))
