"""The gradient without the value: what only the value needs is left out.

Before: ``%u = for … { … }; %v = sum %u; …; yield %v, %u_bar``, where the loop is linear.
After: ``…; yield None, %u_bar``, seeded with one.

What raises where the function has no value (``math.log`` of a negative number) stays, unless the reverse sweep computes
it as well: the gradient is not given where there is none.
"""

from __future__ import annotations

from sct.analysis.liveness import asked
from sct.frontend.prune import needed_for, prune
from sct.ir.nodes import Block, Loop, Op, Value
from sct.ir.types import NONE
from sct.transform.hoist import TOTAL
from sct.transform.transpose import Adjoint

# Of numbers, these never raise; arrays have nan and inf instead.
_TOTAL = TOTAL | {"add", "sub", "mul", "neg", "abs", "maximum", "minimum", "max", "min", "where", "float", "bool"}
_TOTAL |= {"lt", "le", "gt", "ge", "eq", "ne", "not", "and", "or", "is", "in", "matmul", "store", "push"}
_TOTAL |= {"const", "global", "item", "tuple", "bind", "accumulate", "len", "shape", "size", "slice"}


def has_idle_forward(adjoint: Adjoint) -> bool:
    """Whether a loop of the forward sweep is there for the value alone."""
    body = adjoint.fn.body
    loops = [op for op in body.ops[: adjoint.boundary] if isinstance(op, Loop)]
    if not loops:
        return False
    first = _ask_first(adjoint)
    needed = needed_for(adjoint.fn, body.yields[1:], _raising(adjoint))
    for (op, k), version in first.items():
        op.operands[k] = version
    return any(loop not in needed for loop in loops)


def drop_value(adjoint: Adjoint) -> None:
    """Yield nothing for the value, and take one for its adjoint."""
    fn, seed = adjoint.fn, adjoint.seeds.pop(0)
    one, nothing, first = Value(seed.type), Value(NONE), fn.body.ops[0]
    made = [
        Op("const", [], [nothing], {"value": None, "text": "None"}, first.span),
        Op("const", [], [one], {"value": 1.0, "text": "1.0"}, first.span),
    ]
    fn.body.ops[:0] = made
    adjoint.boundary += len(made)
    for block in fn.body.blocks():
        for op in block.ops:
            op.operands = [one if value is seed else value for value in op.operands]
        block.yields = [one if value is seed else value for value in block.yields]
    fn.body.yields[0] = nothing
    fn.body.args.remove(seed)


def drop_idle_forward(adjoint: Adjoint) -> bool:
    """Leave out what nothing needs any more; whether a loop is among that."""
    body, reverse, raising = adjoint.fn.body, set(adjoint.reverse), _raising(adjoint)
    first = _ask_first(adjoint)
    needed = needed_for(adjoint.fn, body.yields, raising)
    there = {*body.args, *(value for op in needed for value in op.results)}
    for (op, k), version in first.items():
        if version in there:
            op.operands[k] = version
    loops = sum(isinstance(op, Loop) for op in body.ops)
    prune(adjoint.fn, stores=True, kept=raising)
    adjoint.boundary = sum(op not in reverse for op in body.ops)
    return sum(isinstance(op, Loop) for op in body.ops) < loops


def _ask_first(adjoint: Adjoint) -> dict[tuple[Op, int], Value]:
    """Let what asks the shape of an array ask the first version of it; the versions that were asked."""
    forward = Block(ops=adjoint.fn.body.ops[: adjoint.boundary])
    makers = {value: (op, k) for op in forward.walk() for k, value in enumerate(op.results)}
    found: dict[tuple[Op, int], Value] = {}
    for op in Block(ops=adjoint.reverse).walk():
        k = asked(op)
        if k is not None and op.operands[k] in makers:
            found[op, k] = version = op.operands[k]
            while version in makers:
                made, at = makers[version]
                if made.name in ("store", "copy"):
                    version = made.operands[0]
                elif isinstance(made, Loop) and version.type == made.inits[at].type and version.type.shape is not None:
                    version = made.inits[at]
                else:
                    break
            op.operands[k] = version
    return found


def _raising(adjoint: Adjoint) -> set[Op]:
    """The operations of the forward sweep that may raise, and that the reverse sweep has not got."""
    again = {(op.name, op.span) for op in Block(ops=adjoint.reverse).walk()}
    forward = list(Block(ops=adjoint.fn.body.ops[: adjoint.boundary]).walk())
    guarded = {op for op in forward if op.stmt is not None and op.stmt.within}  # in a ``try``, or ``np.errstate``
    return guarded | {op for op in forward if may_raise(op) and (op.name, op.span) not in again}


def may_raise(op: Op) -> bool:
    """Whether an operation on numbers raises for some, where one on arrays gives nan or inf."""
    if op.blocks or op.attrs.get("lib") == "numpy" or not all(value.type.is_scalar for value in op.results):
        return False
    if op.name == "pow":
        times = op.operands[1].type.dim
        return not (isinstance(times, int) and times >= 0)
    if op.name == "getitem":
        return not op.operands[0].type.is_array
    return op.name not in _TOTAL
