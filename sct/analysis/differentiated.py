"""The types of adjoints and of derivatives, and of the arguments that these are with respect to."""

from __future__ import annotations

from collections.abc import Sequence

from sct.errors import Diagnostic
from sct.ir.nodes import Function, Hook
from sct.ir.types import FLOAT, Type


def as_float(type_: Type) -> Type:
    """The type of what is differentiated: an int is taken for a float."""
    if type_.kind == "list" and type_.items[0].is_scalar:
        return Type("list", items=(FLOAT,))
    return Type("float" if type_.is_scalar else "array", type_.shape) if type_.is_scalar or type_.is_array else type_


def of_adjoint(type_: Type) -> Type:
    """The type of the adjoint of a number or an array."""
    return FLOAT if type_.is_scalar else Type("array", type_.shape) if type_.is_array else type_


def of_derivative(form: str, value: Type, wrt: Sequence[Type]) -> Type:
    """The type of a derivative of a function with a value of a type, with respect to arguments."""
    gradient = wrt[0] if len(wrt) == 1 else Type("tuple", items=tuple(wrt))
    if form == "grad":
        return gradient
    if form == "value_and_grad":
        return Type("tuple", items=(value, gradient))
    if form == "jvp":
        return Type("tuple", items=(value, as_float(value)))
    if form == "jacobian" and gradient.is_array and value.rank is not None and gradient.shape is not None:
        return Type("array", (*(value.shape or ()), *gradient.shape))
    return as_float(value)


def hook_problems(fn: Function) -> list[Diagnostic]:
    """The hooks on what has no adjoint, and those that hand on what cannot be one."""
    found = []
    for op in fn.body.walk():
        if not isinstance(op, Hook) or op.span is None:
            continue
        given, handed = op.body.args[0].type, op.body.yields[0].type
        if op.operands[0].type.element != "float" or op.operands[0].type.kind in ("tuple", "list"):
            reason = "only a float, or an array of floats, has an adjoint here"
            found.append(Diagnostic(op.span, reason, "name one that is known to be such: annotate it, or take an item"))
        elif (given.kind, given.shape, given.dtype) != (handed.kind, handed.shape, handed.dtype):
            reason = "it is not known whether what the body binds has the shape of the adjoint"
            found.append(Diagnostic(op.span, reason, "write into the adjoint: `x_bar[:] = …`"))
    return found
