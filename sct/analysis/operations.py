"""The types of what an operation makes, from those of what it takes.

Before: ``%y = matmul %A, %v``, with ``%A: f64[m, n]`` and ``%v: f64[n]``.
After: ``%y: f64[m]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sct.analysis import containers
from sct.errors import Diagnostic, RefusedError
from sct.ir.literals import OF_STRINGS
from sct.ir.nodes import Op
from sct.ir.paths import RESHAPED, STEP, TRANSPOSED
from sct.ir.sizes import fresh
from sct.ir.types import FLOAT, NONE, STR, TAPE, UNDEF, UNKNOWN, Type
from sct.rules.shapes import infer_getitem
from sct.rules.table import Unsupported, lookup

Types = tuple[Type, ...]

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
    found = _OWN.get(op.name, _rule)(op, types)
    if found is None:
        return
    if op.attrs.get("augmented") and types[0].is_array and found.is_array:
        found = Type("array", types[0].shape, found.dtype)  # it has to fit into the array
    op.result.type = identified(found)


def _told(op: Op, types: Types) -> Type:
    """A constant of the module's: its type is told, or its value."""
    return op.attrs["type"] if "type" in op.attrs else literal_type(op.attrs["value"])


def _method(op: Op, types: Types) -> Type:
    if types[0].kind == "undef":
        return UNDEF
    name = op.attrs["method"]
    if name in OF_STRINGS and types[0].kind == "str" and all(map(_is_text, types)):
        known = [value[0] for type_ in types if (value := type_.literal) is not None]
        value = getattr(known[0], name)(*known[1:]) if len(known) == len(types) else None
        return Type("str" if OF_STRINGS[name] == "str" else "bool", dim=value)
    usual = f"the method `.{op.attrs['method']}()` is not supported"
    raise Unsupported(op.attrs.get("reason", usual), op.attrs["help"])


def _is_text(type_: Type) -> bool:
    """Whether a value is a string, or a tuple of strings."""
    return type_.kind == "str" or (type_.kind == "tuple" and type_.form is None and all(map(_is_text, type_.items)))


def _items(op: Op, types: Types) -> Type:
    if types[0].kind == "undef":
        return UNDEF
    if not types[0].is_array or not op.attrs.get("sums"):
        raise Unsupported("it is not known how many items this has", op.attrs["help"])
    axis = None if types[0].rank == 1 else 0
    op.name, op.attrs = "sum", {**op.attrs, "style": "call", "lib": "numpy", "axis": axis, "keepdims": False}
    return _rule(op, types)


def _literal(op: Op, types: Types) -> Type:
    only = types[0].literal
    if types[0].kind != "undef" and (only is None or op.attrs["known"] not in ((), only)):
        raise Unsupported("this argument must be a literal", op.attrs["help"])
    return types[0]


def _rebuilt(op: Op, types: Types) -> Type:
    if "labels" in op.attrs:
        return containers.rebuilt(op, types)
    return Type("tuple", items=types[1:], form=types[0].form)


def _step(op: Op, types: Types) -> Type:
    reshaped = replace(RESHAPED, items=types) if op.attrs.get("reshapes") else STEP
    return TRANSPOSED if op.attrs.get("transposes") else reshaped


def _subscripted(op: Op, types: Types) -> Type:
    if types[0].kind == "str":
        return STR
    if UNDEF in types:
        return UNDEF
    return containers.subscript(op, types) if types[0].kind in ("tuple", "list") else infer_getitem(types)


def _stored(op: Op, types: Types) -> Type:
    if types[0].kind in ("tuple", "list"):
        return containers.stored(op, types)
    if len(types) > 2:
        infer_getitem((types[0], *types[2:]))  # whether there is such a place
    return types[0]


def _computed(op: Op, types: Types) -> Type:
    """A sum, or a product: of containers, what joins them."""
    is_joined = any(type_.kind in ("tuple", "list") for type_ in types)
    return containers.joined(op, types) if is_joined else _rule(op, types)


def _summed_to(op: Op, types: Types) -> Type:
    if types[1].kind in ("tuple", "list"):
        reason = "a list or tuple that a derivative flows through is written into an array"
        raise Unsupported(reason, "make an array of it: `np.array([…])`")
    return _rule(op, types)


def _array(op: Op, types: Types) -> Type:
    if types[0].kind in ("tuple", "list"):
        op.name = f"array_of_{types[0].kind}"
    return _rule(op, types)


def _rule(op: Op, types: Types) -> Type:
    row = lookup(op.name)
    assert row is not None, f"no rule for {op.name}"
    kinds = {type_.kind for type_ in types}
    if "undef" in kinds:
        return UNDEF
    if op.attrs.get("style") == "attr" and types[0].form is not None and types[0].form.kind == "class":
        op.attrs = {**op.attrs, "label": op.attrs["attribute"]}
        op.name = "item"
        return containers.item(op, types)
    if "str" in kinds and op.name not in _OF_STRINGS:
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
    return UNDEF if computes and "none" in kinds else found  # it raises there


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


_OWN: dict[str, Callable[[Op, Types], Type | None]] = {
    "const": lambda op, types: literal_type(op.attrs["value"]),
    "global": _told,
    "undef": lambda op, types: UNDEF,
    "tuple": containers.display,
    "method": _method,
    "items": _items,
    "literal": _literal,
    "holds": containers.holds,
    "item": containers.item,
    "part": lambda op, types: Type("tuple", items=types[0].items[slice(*op.attrs["slice"])]),
    "rebuild": _rebuilt,
    "slice": lambda op, types: Type("slice", items=types, dim=op.attrs.get("length")),
    "step": _step,
    "getitem": _subscripted,
    "store": _stored,
    "put": containers.put,
    "append": lambda op, types: containers.appended(types),
    "shorten": lambda op, types: containers.shortened(types),
    **dict.fromkeys(("add", "mul"), _computed),
    "concat": containers.joined,
    **dict.fromkeys(("written", "index_add", "bind", "accumulate"), lambda op, types: types[0]),
    "unbroadcast": _summed_to,
    "format": lambda op, types: STR,
    "tape": lambda op, types: TAPE,
    **dict.fromkeys(("array_of", "asarray"), _array),
    **dict.fromkeys(("blank", "rows", "column", "take_last", "pop"), lambda op, types: None),  # typed where made
    **dict.fromkeys(("call_forward", "call_reverse", "call_tangent", "call_rule"), lambda op, types: None),
}
"""How the operations that are no primitives, and those that are more than these, are typed."""
