"""Programs that nest deeper than Python's stack: they are read, and written, on a stack of their own.

Before: a sum of 2,000 terms, for which a RecursionError ends what walks over its syntax tree.
After: the same walk, in a thread whose stack has room for it; what does not fit there either is refused, at its place.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from sct.errors import Diagnostic, RefusedError, Span, lines_of

P = ParamSpec("P")
R = TypeVar("R")
_LIMIT = 100_000
_STACK = 512 << 20  # bytes; what is not touched is no memory.  A call that C takes part in needs some 2,000 of them.


def deeply(f: Callable[Concatenate[str, str, P], R]) -> Callable[Concatenate[str, str, P], R]:
    """Let a function of a module's text and file nest as deeply as the text does.

    Most programs need no more than Python's own stack; for the others the function is called again.
    """

    @wraps(f)
    def call(text: str, file: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return f(text, file, *args, **kwargs)
        except RecursionError:
            pass
        try:
            with _room() as pool:
                return pool.submit(partial(f, text, file, *args, **kwargs)).result()
        except (RecursionError, MemoryError):
            raise _too_deep(text, file) from None

    return call


@contextmanager
def _room() -> Iterator[ThreadPoolExecutor]:
    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(max(limit, _LIMIT))
    try:
        with ThreadPoolExecutor(1) as pool:
            yield pool
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)


def _too_deep(text: str, file: str) -> RefusedError:
    span = Span(file, 1, 0, 1, 1)
    try:
        tree = ast.parse(text)
    except (RecursionError, MemoryError):  # too deep for Python itself, which tells no place
        pass
    else:
        row = lines_of(text)[_deepest(tree) - 1]
        span = Span(file, _deepest(tree), len(row) - len(row.lstrip()), _deepest(tree), len(row))
    help_ = "write it as several statements, as a loop, or as functions of its own"
    return RefusedError([Diagnostic(span, "this nests too deeply", help_)], {file: text})


def _deepest(tree: ast.Module) -> int:
    """The line of the statement that holds what nests deepest."""
    deepest, line = 0, 1
    todo: list[tuple[ast.AST, int, int]] = [(tree, 0, 1)]
    while todo:
        node, depth, at = todo.pop()
        at = node.lineno if isinstance(node, ast.stmt) else at
        deepest, line = (depth, at) if depth > deepest else (deepest, line)
        todo += [(child, depth + 1, at) for child in ast.iter_child_nodes(node)]
    return line
