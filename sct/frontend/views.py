"""Views, and writes through them: every name of an array's memory stands for its newest version.

Before: ``row = A[i]; row[j] = v; y = A[k]``.
After: ``%row = getitem %A, %i; %s = step; %A1 = store %A, %v, %i, %s, %j; %y = getitem %A1, %k``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from sct.errors import Span
from sct.frontend.known import Known
from sct.frontend.operations import Operations
from sct.frontend.phis import VIEWED
from sct.frontend.scopes import Scope
from sct.ir.nodes import Op, Value
from sct.ir.paths import RESHAPED, STEP, TRANSPOSED, is_step

# Views that lay an array out in another way.
_LAID_OUT = frozenset({"transpose", "reshape", "ravel"})


@dataclass(frozen=True)
class View:
    """How a view is reached.

    ``key`` is the environment's name for the array, ``array`` its version when the view was last read, ``path`` leads
    from it to the view, and ``name`` is the value that the author's name for the view was given first.
    """

    key: str
    array: Value
    path: tuple[Value, ...]
    name: Value | None = None


class Views(Operations):
    """Knows which values are views, and of what."""

    def __init__(self, scope: Scope, known: Known) -> None:
        super().__init__(scope, known)
        self.views: dict[Value, View] = {}
        self.written: set[str] = set()

    def emit(self, name: str, operands: Sequence[Value], node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        value = super().emit(name, operands, node, **attrs)
        op = self.block.ops[-1]
        if op.span in self.known.views and (name == "getitem" or (name in _LAID_OUT and operands)):
            self.views[value] = self.view(op)
        return value

    def view(self, op: Op) -> View:
        """How the view that ``op`` makes is reached; its array gets a name of its own in the environment."""
        array, *indices = op.operands
        if op.name == "transpose":
            indices = [self.step(None, transposes=True)]
        elif op.name in _LAID_OUT:
            indices = [self.reshaped(indices[0] if indices else self.const(-1))]
        parent = self.views.get(array)
        if parent is None:
            assert op.span is not None
            key = viewed(op.span)
            self.env[key] = array
            return View(key, array, tuple(indices))
        between = [] if is_step(parent.path[-1]) or op.name in _LAID_OUT else [self.step(array)]
        return View(parent.key, self.env[parent.key], (*parent.path, *between, *indices))

    def step(self, of: Value | None, transposes: bool = False) -> Value:
        """The end of a subscript of a path; ``of`` is the view so far, if the author has a name for it."""
        named = of if of is not None and of.hint is not None else None
        value = self.emit("step", [], None, of=named, transposes=transposes)
        value.type = TRANSPOSED if transposes else STEP
        return value

    def reshaped(self, shape: Value) -> Value:
        """The end of a subscript of a path that goes on with the view so far in another shape."""
        value = self.emit("step", [shape], None, reshapes=True)
        value.type = RESHAPED
        return value

    def place(self, value: Value) -> tuple[Value, list[Value]]:
        """The array whose memory a value shows, and the path that leads to it."""
        view = self.views.get(value)
        return (value, []) if view is None else (self.env[view.key], [*view.path, self.step(view.name or value)])

    def renew(self, array: Value, after: Value) -> None:
        """Let every name of an array stand for its new version."""
        after.hint = array.hint
        for name, known in list(self.env.items()):
            if known is array:
                self.env[name] = after
                self.written.add(name)

    def reread(self, value: Value) -> Value:
        """A view as it is now: of the array's present version."""
        view = self.views.get(value)
        if view is None or self.env[view.key] is view.array:
            return value
        array, path = self.place(value)
        now = self.emit("getitem", [array, *path], None)
        self.views[now] = View(view.key, array, view.path, view.name or value)
        return now

    def watched(self, value: Value, node: cst.CSTNode, role: str = "") -> Callable[[], Value]:
        """What gives ``value`` as it is when asked, though it may be an array that is written into in between."""
        if value in self.views:
            return lambda: self.reread(value)
        key = viewed(self.span(node)) + role
        self.env[key] = value
        return lambda: self.env[key]


def viewed(span: Span) -> str:
    """The environment's name for what the author has no name for."""
    return " ".join([VIEWED, *(f"{place.line}:{place.col}" for place in (span, *span.via))])
