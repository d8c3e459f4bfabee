"""The types of what an operation makes, from those of what it takes.

Before: ``%y = matmul %A, %v``, with ``%A: f64[m, n]`` and ``%v: f64[n]``.
After: ``%y: f64[m]``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sct.analysis import containers
from sct.errors import Diagnostic, RefusedError
from sct.ir.nodes import Op
from sct.ir.paths import RESHAPED, STEP, TRANSPOSED
from sct.ir.types import FLOAT, NONE, STR, TAPE, UNDEF, UNKNOWN, Type
from sct.rules.shapes import infer_getitem
from sct.rules.sizes import fresh
from sct.rules.table import Unsupported, lookup

_OF_STRINGS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is", "is_not", "kind", "len"})
_OF_LISTS = frozenset({"filled", "copy"})  # besides those with an operand `xs`
_OF_PAIRS = frozenset({"cho_solve"})


def infer_op(op: Op) -> None:
    """Set the types of a straight-line operation's results."""
    if op.name == "exchange":
        for result, operand in zip(op.results, op.operands, strict=True):
            result.type = operand.type
    if len(op.results) != 1:
        return
    try:
        _infer_op(op)
    except Unsupported as problem:
        if op.span is None:
            raise
        raise RefusedError([Diagnostic(op.span, problem.reason, problem.help)]) from None


def _infer_op(op: Op) -> None:
    types = tuple(value.type for value in op.operands)
    is_method = op.name == "method" or op.attrs.get("style") == "method"
    if is_method and types[0].form is not None and types[0].form.kind == "class":
        name, method = types[0].form.name, op.attrs.get("method", op.name)
        help_ = f"define it in the class, in this module or one beside it; or write a function that takes the `{name}`"
        raise Unsupported(f"no method `{method}` of `{name}` is known", help_)
    match op.name:
        case "const":
            found = literal_type(op.attrs["value"])
        case "global":
            found = op.attrs["type"] if "type" in op.attrs else literal_type(op.attrs["value"])
        case "undef":
            found = UNDEF
        case "tuple":
            found = containers.display(op, types)
        case "items" | "method" if types[0].kind == "undef":
            found = UNDEF
        case "items" if types[0].is_array and op.attrs.get("sums"):
            op.name, op.attrs = (
                "sum",
                {
                    **op.attrs,
                    "style": "call",
                    "lib": "numpy",
                    "axis": None if types[0].rank == 1 else 0,
                    "keepdims": False,
                },
            )
            found = _rule(op, types)
        case "method":
            raise Unsupported(f"the method `.{op.attrs['method']}()` is not supported", op.attrs["help"])
        case "items":
            raise Unsupported("it is not known how many items this has", op.attrs["help"])
        case "literal":
            only = types[0].literal
            if types[0].kind != "undef" and (only is None or op.attrs["known"] not in ((), only)):
                raise Unsupported("this argument must be a literal", op.attrs["help"])
            found = types[0]
        case "item":
            found = containers.item(op, types)
        case "part":
            found = Type("tuple", items=types[0].items[slice(*op.attrs["slice"])])
        case "rebuild" if "labels" in op.attrs:
            found = containers.rebuilt(op, types)
        case "rebuild":
            found = Type("tuple", items=types[1:], form=types[0].form)
        case "slice":
            found = Type("slice", items=types)
        case "step":
            reshaped = replace(RESHAPED, items=types) if op.attrs.get("reshapes") else STEP
            found = TRANSPOSED if op.attrs.get("transposes") else reshaped
        case "getitem" if types[0].kind == "str":
            found = STR
        case "getitem" if types[0].kind in ("tuple", "list"):
            found = containers.subscript(op, types)
        case "getitem":
            found = infer_getitem(types)
        case "store" if types[0].kind in ("tuple", "list"):
            found = containers.stored(op, types)
        case "put":
            found = containers.put(op, types)
        case "append":
            found = containers.appended(types)
        case "shorten":
            found = containers.shortened(types)
        case "add" | "mul" if any(type_.kind in ("tuple", "list") for type_ in types):
            found = containers.joined(op, types)
        case "concat":
            found = containers.joined(op, types)
        case "store" if len(types) > 2:
            infer_getitem((types[0], *types[2:]))  # whether there is such a place
            found = types[0]
        case "store" | "written" | "index_add" | "bind" | "accumulate":
            found = types[0]
        case "unbroadcast" if types[1].kind in ("tuple", "list"):
            reason = "a list or tuple that a derivative flows through is written into an array"
            raise Unsupported(reason, "make an array of it: `np.array([…])`")
        case "format":
            found = STR
        case "tape":
            found = TAPE
        case "blank" | "rows" | "column" | "take_last" | "pop":
            return  # typed where it was made
        case "call_forward" | "call_reverse" | "call_tangent" | "call_rule":
            return  # typed where it was made
        case "array_of" | "asarray" if types[0].kind in ("tuple", "list"):
            op.name = f"array_of_{types[0].kind}"
            found = _rule(op, types)
        case _:
            found = _rule(op, types)
    if op.attrs.get("augmented") and types[0].is_array and found.is_array:
        found = Type("array", types[0].shape, found.dtype)  # it has to fit into the array
    op.result.type = identified(found)


def _rule(op: Op, types: tuple[Type, ...]) -> Type:
    row = lookup(op.name)
    assert row is not None, f"no rule for {op.name}"
    if any(type_.kind == "undef" for type_ in types):
        return UNDEF
    if op.attrs.get("style") == "attr" and types[0].form is not None and types[0].form.kind == "class":
        op.attrs = {**op.attrs, "label": op.attrs["attribute"]}
        op.name = "item"
        return containers.item(op, types)
    if any(type_.kind == "str" for type_ in types) and op.name not in _OF_STRINGS:
        if op.name == "float" and types[0].dim is not None:  # float("inf")
            return FLOAT
        if op.name in ("add", "mod") and types[0].kind == "str":  # "x = %g" % x
            return STR
        raise Unsupported("a string is no number, and takes no part in arithmetic", "compare it, or pass a number")
    takes_lists = row.is_zero or row.variadic or "xs" in row.operands or row.name in _OF_LISTS | _OF_PAIRS
    if not takes_lists and any(t.kind in ("tuple", "list") and t.is_differentiable for t in types):
        raise Unsupported("arithmetic on a tuple or list of numbers", "make an array of it: `np.array([…])`")
    found = row.infer(types, op.attrs)
    if row.elementwise and op.attrs.get("lib") == "math" and found.is_array and found.shape is None:
        return Type(found.dtype)  # these functions give numbers
    computes = row.elementwise and not row.is_zero
    return UNDEF if computes and any(type_.kind == "none" for type_ in types) else found  # it raises there


def literal_type(value: Any) -> Type:
    """The type of a constant."""
    if isinstance(value, bool):
        return Type("bool", dim=value)
    if isinstance(value, int):
        return Type("int", dim=value)
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, str):
        return Type("str", dim=value)
    if isinstance(value, tuple | list):
        return Type("tuple", items=tuple(map(literal_type, value)))
    if value is Ellipsis:
        return Type("ellipsis")
    return NONE if value is None else UNKNOWN


def identified(type_: Type) -> Type:
    """An int of unknown value is at least equal to itself."""
    return replace(type_, dim=fresh()) if type_.kind == "int" and type_.dim is None else type_
