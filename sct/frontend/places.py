"""Where the nodes of a module's CST stand in its text.

Before: the CST of ``y = (a + b)  # twice``.
After: the sum stands in columns 5 to 10, and its text is ``(a + b)``.

libcst tells places as it writes a tree out.  Here the writing counts characters alone: lines and columns are worked out
for the few nodes of which they are asked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

import libcst as cst
from libcst._nodes.internal import CodegenState

from sct.errors import Span

_NEWLINE = re.compile(r"\r\n?|\n")


class Places:
    """The places of a module's nodes, and of what is made in their place."""

    def __init__(self, module: cst.Module) -> None:
        writing = _written(module)
        self._text = "".join(writing.tokens)
        self._lines = [0, *(newline.end() for newline in _NEWLINE.finditer(self._text))]
        self._whole = writing.whole
        self._own = {**writing.whole, **writing.own}

    def __contains__(self, node: cst.CSTNode) -> bool:
        return node in self._own

    def span(self, node: cst.CSTNode, file: str) -> Span:
        """The place of a node, without brackets and white space around it."""
        start, end = self._own[node]
        line, end_line = bisect_right(self._lines, start), bisect_right(self._lines, end)
        return Span(file, line, start - self._lines[line - 1], end_line, end - self._lines[end_line - 1])

    def text(self, node: cst.CSTNode) -> str | None:
        """The text of an expression of the module, which is in a line; None for any other node."""
        if node not in self._whole or not isinstance(node, cst.BaseExpression):
            return None
        start, end = self._whole[node]
        text = self._text[start:end].strip()
        return None if _NEWLINE.search(text) else text  # libcst indents lines anew

    def definition(self, node: cst.FunctionDef) -> str:
        """The text of a function from its ``def`` on."""
        return self._text[self._own[node][0] : self._whole[node][1]]

    def adopt(self, node: cst.CSTNode, like: cst.CSTNode) -> None:
        """Let a node that was made have the place of another one."""
        self._own[node] = self._own[like]


@lru_cache(maxsize=8)  # the functions of a module are read one by one, where each is called first
def _written(module: cst.Module) -> _Writing:
    writing = _Writing(module)
    module._codegen(writing)
    return writing


class _Writing(CodegenState):
    """Notes from where to where each node is written: all of it (``whole``), and what is its ``own``."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.whole: dict[cst.CSTNode, tuple[int, int]] = {}
        self.own: dict[cst.CSTNode, tuple[int, int]] = {}
        self.written = 0
        self._starts: list[int] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.written += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._starts.append(self.written)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.whole[node] = self._starts.pop(), self.written

    def place(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node was written, of its own if that is known."""
        return self.own.get(node) or self.whole[node]

    def record_syntactic_position(  # type: ignore[override]  # libcst has a generator there, which takes longer
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Own:
        return _Own(self, node, start_node, end_node)


class _Own:
    """What is written while this is entered is a node's own, from and up to what the nodes that are given have."""

    def __init__(
        self, state: _Writing, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.state = state
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.start = self.state.written

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            return
        state = self.state
        start = self.start if self.start_node is None else state.place(self.start_node)[0]
        end = state.written if self.end_node is None else state.place(self.end_node)[1]
        state.own[self.node] = start, end
