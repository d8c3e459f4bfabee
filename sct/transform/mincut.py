"""A minimum vertex cut, by augmenting paths (Ford and Fulkerson, 1956; Edmonds and Karp, 1972)."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
_SOURCE, _SINK = ("source",), ("sink",)


def minimum_cut(
    operands: Mapping[Node, Sequence[Node]],
    sources: Iterable[Node],
    sinks: Iterable[Node],
    weights: Mapping[Node, int],
    again: Mapping[Node, int] = MappingProxyType({}),
) -> list[Node]:
    """The lightest set of nodes without which no sink is reached from a source.

    Parameters
    ----------
    operands : mapping of node to nodes
        What each node is computed from.
    sources, sinks : iterable of node
        The nodes that cannot be computed, and those that are needed; both may be in the cut.
    weights : mapping of node to int
        What it costs to have a node in the cut.
    again : mapping of node to int
        What it costs to compute a node behind the cut, if it costs something.

    Returns
    -------
    list of node
        Of several lightest cuts, the one nearest to the sinks.
    """
    residual: dict[object, dict[object, int]] = {}

    def edge(a: object, b: object, capacity: int) -> None:
        residual.setdefault(a, {})[b] = capacity
        residual.setdefault(b, {}).setdefault(a, 0)

    unlimited = 1 + sum(weights.values()) + sum(again.values())
    for node, before in operands.items():
        edge((node, "in"), (node, "out"), weights[node])
        for operand in before:
            edge((operand, "out"), (node, "in"), unlimited)
    for node, cost in again.items():
        edge(_SOURCE, (node, "in"), cost)
    for node in sources:
        edge(_SOURCE, (node, "in"), unlimited)
    for node in sinks:
        edge((node, "out"), _SINK, unlimited)
    while _SINK in (came := _search(residual)):
        path: list[tuple[object, object]] = []
        here: object = _SINK
        while here is not _SOURCE:
            path.append((came[here], here))
            here = came[here]
        flow = min(residual[a][b] for a, b in path)
        for a, b in path:
            residual[a][b] -= flow
            residual[b][a] += flow
    leads = _leading(residual)
    return [node for node in operands if (node, "out") in leads and (node, "in") not in leads]


def _search(residual: Mapping[object, Mapping[object, int]]) -> dict[object, object]:
    """How each node that is reachable from the source is reached."""
    came: dict[object, object] = {_SOURCE: _SOURCE}
    queue = deque([_SOURCE])
    while queue:
        here = queue.popleft()
        for there, capacity in residual.get(here, {}).items():
            if capacity > 0 and there not in came:
                came[there] = here
                queue.append(there)  # type: ignore[arg-type]
    return came


def _leading(residual: Mapping[object, Mapping[object, int]]) -> set[object]:
    """What the sink is reached from."""
    found: set[object] = {_SINK}
    todo: list[object] = [_SINK]
    while todo:
        here = todo.pop()
        before = [there for there in residual.get(here, ()) if residual[there][here] > 0 and there not in found]
        found.update(before)
        todo += before
    return found
