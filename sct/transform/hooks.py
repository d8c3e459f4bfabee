"""Where the bodies of ``with sct.adjoint_of(x) as x_bar:`` go.

Before: ``adjoint_of %x (%a) { %a1 = clip %a, -1, 1; yield %a1 }`` in the forward sweep.
After: ``%x_bar1 = clip %x_bar, -1, 1`` in the reverse sweep, and ``%x_bar1`` is the adjoint of ``%x`` from there on.
"""

from __future__ import annotations

from sct.ir.nodes import Block, Hook
from sct.transform.scope import Scope, bar_name


def run_hook(op: Hook, scope: Scope, mirrors: dict[Block, Block]) -> None:
    """Take the body of a hook into the reverse sweep; what it leaves behind is a place in the forward sweep."""
    build = scope.builder
    (value,), (arg,), (last,) = op.operands, op.body.args, op.body.yields
    name = bar_name(value) or arg.hint
    bar = scope.settle(value)
    if bar.hint != name:
        bar = build.op("bind", bar, hint=name)
        scope.set(value, bar)
    for inner in op.body.walk():
        inner.origin = op
        inner.operands = [bar if operand is arg else operand for operand in inner.operands]
        for made in [*inner.results, *(made for block in inner.blocks for made in block.args)]:
            made.hint = name if made.hint == arg.hint else made.hint
        for block in inner.blocks:
            block.yields = [bar if operand is arg else operand for operand in block.yields]
    build.block.ops += op.body.ops
    if last is not arg:
        scope.set(value, last)
    op.operands, op.body.args, op.body.ops, op.body.yields = [], [], [], []
    mirrors.update((block, op.body) for inner in build.block.walk() if inner.origin is op for block in inner.blocks)


def drop_hooks(block: Block) -> None:
    """Forward mode has no adjoints."""
    block.ops = [op for op in block.ops if not isinstance(op, Hook)]
    for owned in (owned for op in block.ops for owned in op.blocks):
        drop_hooks(owned)
