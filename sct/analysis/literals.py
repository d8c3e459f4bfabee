"""Arguments that have to be literals, and are written as expressions: ``axis=axis`` in a helper.

Before: ``literal %axis`` and ``undef`` for ``np.sum(x, axis=axis)``, where each call passes ``axis=0`` or the default.
After: the types tell that it is 0; the function is lowered again, to ``sum %x, axis=0``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sct.errors import Span
from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, Function


def literals(fn: Function) -> frozenset[tuple[Span, Any]]:
    """What the types tell of such arguments, by place."""
    asked = [(op.span, op.operands[0].type.literal) for op in fn.body.walk() if op.name == "literal"]
    return frozenset((span, found[0]) for span, found in asked if span is not None and found is not None)


def literal_parameters(fn: Function, of: Callable[[GlobalRef], frozenset[int]]) -> frozenset[int]:
    """The parameters whose values the types have to tell, given those ``of`` the functions that it calls."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    todo = [value for op in fn.body.walk() if op.name == "literal" for value in op.operands]
    for op in fn.body.walk():
        if op.name == "call" and "rule" not in op.attrs:
            todo += [op.operands[k] for k in of(op.attrs["callee"])]
    seen = set(todo)
    while todo:
        maker = makers.get(todo.pop())
        more = [value for value in (maker.operands if maker is not None else ()) if value not in seen]
        seen.update(more)
        todo += more
    return frozenset(k for k, param in enumerate(fn.params) if param in seen)


def drop_literals(block: Block) -> None:
    """Leave out what asked for literals, and what structures were held to, once they are known."""
    block.ops = [op for op in block.ops if op.name not in ("literal", "holds")]
    for owned in (owned for op in block.ops for owned in op.blocks):
        drop_literals(owned)
