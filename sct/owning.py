"""What a function writes into is its own: the caller's arrays are left alone.

Before: ``def f(u): u[0] = 0.0`` and ``def f(s): s.h[0] = 0.0``.
After: ``%u0 = copy %u; %u1 = store %u0, 0.0, 0``; and ``%s0`` is a structure of copies of the arrays in ``%s``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.alias import written_arrays
from sct.analysis.sharing import Sharing
from sct.backend.essence import NOTES
from sct.ir.instead import Instead
from sct.ir.nodes import Function, Op, Value
from sct.ir.types import Type
from sct.transform.apart import take_apart


def own_arrays(fn: Function, position: int) -> None:
    """Copy a parameter; of a structure, the arrays and lists in it."""
    value = fn.params[position]
    ops = list[Op]()
    own = _copied(fn, value, ops)
    own.hint = value.hint
    Instead({value: own}).substitute(fn.body)
    fn.body.ops[:0] = ops


def own_structures(fn: Function) -> None:
    """Copy the arrays in the structures of the caller's that the function writes into, and take these apart."""
    structures = [k for k, param in enumerate(fn.params) if param.type.kind == "tuple"]
    if structures:
        written, sharing = written_arrays(fn), Sharing(fn)
        for k in structures:
            param = fn.params[k]
            if _is_made_again(param.type) and any(sharing(param, value, value.type) for value in written):
                own_arrays(fn, k)
    take_apart(fn)
    _drop_copies(fn)


def _drop_copies(fn: Function) -> None:
    """Take out the copies of arrays that are read alone."""
    copies = [op for op in fn.body.ops if op.attrs.get("own")]
    if copies:
        written, sharing, instead = written_arrays(fn), Sharing(fn), Instead()
        for op in copies:
            if not any(sharing(op.result, value, value.type) for value in written):
                instead[op.result] = op.operands[0]
        instead.drop(fn.body)


def note_changes(fn: Function, positions: Sequence[int]) -> None:
    """Say, at the first change of each structure of the caller's, that it is another one from there on."""
    if not positions:
        return
    sharing, changes = Sharing(fn), [op for op in fn.body.walk() if op.name == "put"]
    for param in (fn.params[k] for k in positions):
        first = next((op for op in changes if sharing(op.operands[0], param, param.type)), None)
        if first is not None:
            first.attrs["note"] = NOTES["objects"]


def owns(fn: Function) -> bool:
    """Whether a function copies an argument, as it writes into it."""
    return any(op.attrs.get("own") for op in fn.body.ops)


def _is_made_again(type_: Type) -> bool:
    """Whether a structure is made of its parts by no more than its class."""
    plain = type_.form is not None and (type_.form.plain or (type_.form.kind == "class" and not type_.form.name))
    return not plain and all(map(_is_made_again, type_.items))


def _copied(fn: Function, value: Value, ops: list[Op]) -> Value:
    type_ = value.type
    if type_.is_buffer:
        attrs = {"style": "method", "lib": "numpy", "note": NOTES["arrays"], "own": True}
        ops.append(Op("copy", [value], [Value(type_)], attrs, None, None))
    elif type_.kind == "tuple":
        labels = type_.form.labels if type_.form is not None else ()
        named = "key" if type_.form is not None and type_.form.kind == "dict" else "label"
        parts = []
        for k, item in enumerate(type_.items):
            attrs = {"index": k, named: labels[k]} if labels else {"index": k}
            ops.append(Op("item", [value], [Value(item)], attrs, None, None))
            parts.append(_copied(fn, ops[-1].result, ops))
        ops.append(Op("tuple", parts, [Value(type_)], {"form": type_.form, "positional": 0}, None, None))
    else:
        return value
    return ops[-1].result
