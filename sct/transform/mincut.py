"""A minimum vertex cut, by blocking flows along shortest paths (Ford and Fulkerson, 1956; Dinic, 1970)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Residual = dict[object, dict[object, int]]
_SOURCE, _SINK = ("source",), ("sink",)


def minimum_cut(
    operands: Mapping[Node, Sequence[Node]],
    sources: Collection[Node],
    sinks: Iterable[Node],
    weights: Mapping[Node, int],
    efforts: Mapping[Node, int] = MappingProxyType({}),
) -> list[Node]:
    """The lightest set of nodes without which no sink is reached from a source.

    With ``efforts``, the set that is lightest together with what it takes to compute from it all that lies between it
    and the sinks: an effort is the capacity of an edge from the source into the node, since it is spent where the node
    is on the sinks' side and its operands are as well (Picard, 1976: a closure of least weight is a minimum cut).

    Parameters
    ----------
    operands : mapping of node to nodes
        What each node is computed from.
    sources, sinks : iterable of node
        The nodes that cannot be computed, and those that are needed; both may be in the cut.
    weights : mapping of node to int
        What it costs to have a node in the cut.
    efforts : mapping of node to int
        What it costs to compute a node; nothing, if it is not there.

    Returns
    -------
    list of node
        Of several lightest cuts, the one nearest to the sinks.
    """
    residual: Residual = {}

    def edge(a: object, b: object, capacity: int) -> None:
        residual.setdefault(a, {})[b] = capacity
        residual.setdefault(b, {}).setdefault(a, 0)

    unlimited = 1 + sum(weights.values())
    for node, before in operands.items():
        edge((node, "in"), (node, "out"), weights[node])
        for operand in before:
            edge((operand, "out"), (node, "in"), unlimited)
    for node in operands:
        if node in sources or efforts.get(node):
            edge(_SOURCE, (node, "in"), unlimited if node in sources else efforts[node])
    for node in sinks:
        edge((node, "out"), _SINK, unlimited)
    while _SINK in (levels := _levels(residual)):
        _block(residual, levels)
    leads = _leading(residual)
    return [node for node in operands if (node, "out") in leads and (node, "in") not in leads]


def _levels(residual: Residual) -> dict[object, int]:
    """How far from the source each node is that is reachable from it, up to the sink."""
    levels: dict[object, int] = {_SOURCE: 0}
    queue = deque([_SOURCE])
    while queue and _SINK not in levels:
        here = queue.popleft()
        for there, capacity in residual.get(here, {}).items():
            if capacity > 0 and there not in levels:
                levels[there] = levels[here] + 1
                queue.append(there)  # type: ignore[arg-type]
    return levels


def _block(residual: Residual, levels: Mapping[object, int]) -> None:
    """Send flow along shortest paths until there are none left of their length."""
    left = {
        here: [there for there in residual[here] if levels.get(there) == level + 1] for here, level in levels.items()
    }
    path: list[object] = [_SOURCE]
    while path:
        here = path[-1]
        if here == _SINK:
            flow = min(residual[a][b] for a, b in pairwise(path))
            for a, b in pairwise(path):
                residual[a][b] -= flow
                residual[b][a] += flow
            del path[next(k for k, (a, b) in enumerate(pairwise(path), 1) if not residual[a][b]) :]
            continue
        ahead = left[here]
        while ahead and not residual[here][ahead[-1]]:
            ahead.pop()
        if ahead:
            path.append(ahead[-1])
        else:
            path.pop()
            if path:
                left[path[-1]].pop()


def _leading(residual: Residual) -> set[object]:
    """What the sink is reached from."""
    found: set[object] = {_SINK}
    todo: list[object] = [_SINK]
    while todo:
        here = todo.pop()
        before = [there for there in residual.get(here, ()) if residual[there][here] > 0 and there not in found]
        found.update(before)
        todo += before
    return found
