"""Kinds and shapes of every value.

Before: ``%y = matmul %A, %v`` with parameters of known types.
After: the same function; each value's ``type`` says what is known of it.

A forward walk; the phis join, and a loop is walked until its carried types are stable.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sct.analysis import containers
from sct.analysis.deciding import decided, take_decided
from sct.analysis.optional import Optionals
from sct.analysis.summary import Summary
from sct.errors import Diagnostic, RefusedError, Span
from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, For, Function, Hook, If, Loop, Op, Value, While
from sct.ir.paths import RESHAPED, STEP, TRANSPOSED
from sct.ir.types import FLOAT, INT, NONE, STR, TAPE, UNDEF, UNKNOWN, Dim, Type
from sct.rules.shapes import infer_getitem
from sct.rules.sizes import fresh, fresh_like, not_one
from sct.rules.table import Unsupported, lookup

Callee = Callable[[GlobalRef, Sequence[Type]], Summary]
_fresh = itertools.count()
_ORDER = ("bool", "int", "float")
_OF_STRINGS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is", "is_not", "kind", "len"})
_OF_LISTS = frozenset({"filled", "copy"})  # besides those with an operand `xs`
_OF_PAIRS = frozenset({"cho_solve"})


def infer_types(fn: Function, params: Sequence[Type], callee: Callee, exact: bool = True) -> None:
    """Set the type of every value of ``fn``, given those of its parameters, and the summary of every call.

    Of types that are not ``exact`` what is told to be another thing may be None.

    Raises
    ------
    RefusedError
        Where an operation does not take operands of these types.
    """
    for value, type_ in zip(fn.params, params, strict=True):
        value.type = _identified(type_)
    _Walk(fn, callee, exact).block(fn.body)
    take_decided(fn)


def join(a: Type, b: Type, keep: bool = False) -> Type:
    """The type of a value that is either an ``a`` or a ``b``.

    Sizes that differ are a new one of which nothing is known; to ``keep``, where ``a`` is what has been joined so far,
    that of ``a`` if nothing is known of it, so that joining again and again comes to an end.
    """
    if a == b or b.kind == "undef":
        return a
    if a.kind == "undef":
        return b
    if a.is_scalar and b.is_scalar:
        return Type(max(a.kind, b.kind, key=_ORDER.index), optional=a.optional or b.optional)  # type: ignore[arg-type]
    if {a.kind, b.kind} == {"none", "float"}:
        return replace(FLOAT, optional=True)
    if (a.is_scalar or a.is_array) and (b.is_scalar or b.is_array):
        dtype = max(a.element, b.element, key=_ORDER.index)
        if a.shape is None or b.shape is None or len(a.shape) != len(b.shape):
            return Type("array", None, dtype)  # type: ignore[arg-type]
        shape = tuple(_join_dims(x, y, keep) for x, y in zip(a.shape, b.shape, strict=True))
        return Type("array", shape, dtype)  # type: ignore[arg-type]
    if a.kind == b.kind == "str":
        return STR
    if a.kind == b.kind and a.kind in ("tuple", "list") and a.form == b.form and len(a.items) == len(b.items):
        return replace(a, items=tuple(join(x, y, keep) for x, y in zip(a.items, b.items, strict=True)))
    return UNKNOWN


def _join_dims(a: Dim, b: Dim, keep: bool) -> Dim:
    if a == b:
        return a
    mark = "+" if not_one(a) and not_one(b) else ""
    known = isinstance(a, str) and a.startswith("?") and a.endswith("+") == bool(mark)
    return a if keep and known else f"?j{next(_fresh)}{mark}"


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


def tuple_lengths(fn: Function) -> frozenset[tuple[Span, int]]:
    """The places where the length of a tuple is asked for, and the length."""
    asked = [op for op in fn.body.walk() if op.name in ("len", "items") and op.operands[0].type.kind == "tuple"]
    return frozenset((op.span, len(op.operands[0].type.items)) for op in asked if op.span is not None)


def lists(fn: Function) -> frozenset[Span]:
    """The places where the number of items of a list is asked for, which is not known; and ``xs += …``."""
    asked = [op for op in fn.body.walk() if op.name == "items" or (op.name == "add" and op.attrs.get("augmented"))]
    return frozenset(op.span for op in asked if op.span is not None and op.operands[0].type.kind == "list")


def dict_keys(fn: Function) -> frozenset[tuple[Span, tuple[str, ...]]]:
    """The places where the items of a dict are asked for, and its keys."""
    found = set()
    for op in fn.body.walk():
        form = op.operands[0].type.form if op.name in ("len", "items", "method") else None
        if form is not None and form.kind == "dict" and op.span is not None:
            found.add((op.span, form.labels))
    return frozenset(found)


def methods(fn: Function) -> frozenset[tuple[Span, str]]:
    """The places where more than a field of a class is asked for, and the class."""
    found = set()
    for op in fn.body.walk():
        form = op.operands[0].type.form if op.operands else None
        if form is not None and form.kind == "class" and op.span is not None:
            is_method = op.name == "method" or op.attrs.get("style") == "method"
            if is_method or op.attrs.get("label", form.labels[0] if form.labels else None) not in (*form.labels, None):
                found.add((op.span, form.name))
    return frozenset(found)


def writing_calls(fn: Function) -> frozenset[tuple[Span, int]]:
    """The calls that write into an argument, and the argument's position."""
    calls = [op for op in fn.body.walk() if op.name == "call" and op.span is not None]
    return frozenset((op.span, k) for op in calls if op.span is not None for k in op.attrs["summary"].writes)


def consuming_calls(fn: Function) -> frozenset[Span]:
    """The calls that write into a part of a tuple, as into the lists of residuals; and those that made it.

    They are lowered in line, where it is seen what shares memory with what.
    """
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found = set()
    for op in fn.body.walk():
        written = op.attrs["summary"].writes if op.name == "call" and "summary" in op.attrs else ()
        for value in (op.operands[k] for k in written):
            if value.type.kind != "tuple":
                continue
            made = makers.get(value)
            while made is not None and made.name == "item":
                made = makers.get(made.operands[0])
            found |= {call.span for call in (op, made) if call is not None and call.name == "call"}
    return frozenset(span for span in found if span is not None)


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
            found = containers.display(op, types, join)
        case "items" | "method" if types[0].kind == "undef":
            found = UNDEF
        case "items" if types[0].is_array and op.attrs.get("sums"):
            op.name, op.attrs = "sum", {**op.attrs, "style": "call", "lib": "numpy", "axis": 0, "keepdims": False}
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
            found = containers.subscript(op, types, join)
        case "getitem":
            found = infer_getitem(types)
        case "store" if types[0].kind in ("tuple", "list"):
            found = containers.stored(op, types, join)
        case "put":
            found = containers.put(op, types, join)
        case "append":
            found = containers.appended(types, join)
        case "shorten":
            found = containers.shortened(types)
        case "add" | "mul" if any(type_.kind in ("tuple", "list") for type_ in types):
            found = containers.joined(op, types, join)
        case "concat":
            found = containers.joined(op, types, join)
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
    op.result.type = _identified(found)


def _identified(type_: Type) -> Type:
    """An int of unknown value is at least equal to itself."""
    return replace(type_, dim=fresh()) if type_.kind == "int" and type_.dim is None else type_


def _of_adjoint(type_: Type) -> Type:
    """The type of the adjoint of a number or an array."""
    return FLOAT if type_.is_scalar else Type("array", type_.shape) if type_.is_array else type_


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
    computes = row.elementwise and not row.is_zero
    return UNDEF if computes and any(type_.kind == "none" for type_ in types) else found  # it raises there


def as_float(type_: Type) -> Type:
    """The type of what is differentiated: an int is taken for a float."""
    if type_.kind == "list" and type_.items[0].is_scalar:
        return Type("list", items=(FLOAT,))
    return Type("float" if type_.is_scalar else "array", type_.shape) if type_.is_scalar or type_.is_array else type_


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


class _Walk:
    def __init__(self, fn: Function, callee: Callee, exact: bool) -> None:
        self.fn = fn
        self.exact = exact
        self.callee = callee
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.optionals = Optionals(fn)
        self.zeros = {value for value, op in self.makers.items() if op.attrs.get("of_arrays")}

    def block(self, block: Block) -> None:
        for op in block.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        if isinstance(op, If) and (taken := decided(op, self.fn, self.makers, self.exact)) is not None:
            op.attrs["taken"] = taken
            self.block(op.blocks[taken])
            for result, value in zip(op.results, op.blocks[taken].yields, strict=True):
                result.type = value.type
        elif isinstance(op, If):
            self.branch(op)
        elif op.name == "refused":  # in a branch that is not left out
            raise RefusedError(op.attrs["problems"])
        elif isinstance(op, Loop):
            self.loop(op)
        elif isinstance(op, Hook):
            op.body.args[0].type = _of_adjoint(op.operands[0].type)
            self.block(op.body)
        elif op.name == "call":
            given = [value.type for value in op.operands]
            rule = op.attrs.get("rule")
            summary = self.summary(op, given) if rule is None else Summary(rule.result(given))
            op.result.type, op.attrs["summary"] = summary.type, summary
        elif op.name == "nested":
            self.nested(op)
        elif op.name == "global":
            op.result.type = op.attrs["type"] = self.constant(op)
        else:
            infer_op(op)

    def summary(self, op: Op, given: Sequence[Type]) -> Summary:
        """What a call of a function means."""
        try:
            return self.callee(op.attrs["callee"], given)
        except Unsupported as problem:
            if op.span is None:
                raise
            raise RefusedError([Diagnostic(op.span, problem.reason, problem.help)]) from None

    def constant(self, op: Op) -> Type:
        """The type of a constant of a module."""
        if "value" in op.attrs:
            return literal_type(op.attrs["value"])
        try:
            return self.callee(op.attrs["ref"], ()).type
        except RefusedError as problem:
            assert op.span is not None
            first = problem.diagnostics[0]
            reason = f"the module constant `{op.attrs['name']}` is not known: {first.reason}"
            found = Diagnostic(op.span, reason, "pass it as an argument", (first.span, "it is made here"))
            raise RefusedError([found], problem.sources) from None

    def nested(self, op: Op) -> None:
        """The type of a derivative: no more is needed to generate the function that a call of it calls then."""
        wrt = op.attrs["wrt"]
        given = [as_float(v.type) if k in wrt else v.type for k, v in enumerate(op.operands[: len(op.attrs["params"])])]
        summary = self.summary(op, given)
        op.attrs["types"], op.attrs["summary"] = given, summary
        op.result.type = of_derivative(op.attrs["form"], summary.type, [given[k] for k in wrt])

    def branch(self, op: If) -> None:
        left_out = self.optionals.left_out(op)  # in a first turn; maybe in no other
        op.attrs["taken"] = None if left_out is None else 1 - left_out
        for k, block in enumerate(op.blocks):
            if k != left_out:
                self.block(block)
        for result, *yields in zip(op.results, op.then.yields, op.orelse.yields, strict=True):
            a, b = (UNDEF if k == left_out else value.type for k, value in enumerate(yields))
            result.type = self.join(result, a, b, begins=not self.zeros.isdisjoint(yields))

    def join(self, value: Value, a: Type, b: Type, keep: bool = False, begins: bool = False) -> Type:
        """The type of a ``value`` that is an ``a`` or a ``b``.

        One that ``begins`` a sum of arrays is soon one of them.  An optional one is not None where it is read; of a
        float, the type itself says that it may be.
        """
        if begins and {a.kind, b.kind} == {"int", "array"}:
            return a if a.is_array else b
        other = b if a.kind == "none" else a if b.kind == "none" else UNDEF
        if value in self.optionals.values and other.kind in ("array", "int", "bool"):
            return other
        return join(a, b, keep)

    def loop(self, op: Loop) -> None:
        self.zeros.update(arg for arg, init in zip(op.carried, op.inits, strict=True) if init in self.zeros)
        if isinstance(op, For):
            op.body.args[0].type = _identified(INT)
        entry = [_loose(value.type) for value in op.inits]
        while True:
            for arg, type_ in zip(op.carried, entry, strict=True):
                arg.type = type_
            if isinstance(op, While):
                for arg, type_ in zip(op.test.args, entry, strict=True):
                    arg.type = type_
                self.block(op.test)
            self.block(op.body)
            handed = [_of_a_turn(value.type, type_) for type_, value in zip(entry, op.nexts, strict=True)]
            joined = [
                self.join(arg, a, b, keep=True, begins=arg in self.zeros)
                for arg, a, b in zip(op.carried, entry, handed, strict=True)
            ]
            joined = [_parted(*types) for types in zip(joined, handed, (v.type for v in op.inits), strict=True)]
            if joined == entry:
                break
            entry = joined
        for result, type_ in zip(op.results, entry, strict=True):
            result.type = type_


def _of_a_turn(type_: Type, before: Type) -> Type:
    """The type of what a turn hands on: what is unknown of it need not be the same in the next turn."""
    if type_.kind in ("tuple", "list") and len(type_.items) == len(before.items):
        return replace(type_, items=tuple(map(_of_a_turn, type_.items, before.items)))
    if not type_.is_array or type_.shape is None:
        return _loose(type_)
    known = before.shape or ()
    loose = [isinstance(dim, str) and dim.startswith("?") and dim not in known for dim in type_.shape]
    shape = tuple(fresh_like(dim) if new else dim for dim, new in zip(type_.shape, loose, strict=True))
    return Type("array", shape, type_.dtype)


def _parted(joined: Type, handed: Type, first: Type) -> Type:
    """The joined type of what a loop carries: a size that changes is not called what it is ``first``."""
    if joined.kind in ("tuple", "list") and len(joined.items) == len(handed.items) == len(first.items):
        return replace(joined, items=tuple(map(_parted, joined.items, handed.items, first.items)))
    if joined.shape is None or handed.shape is None or first.shape is None:
        return joined
    sizes = zip(joined.shape, handed.shape, first.shape, strict=True)
    return replace(joined, shape=tuple(fresh_like(a) if a == c != b else a for a, b, c in sizes))


def _loose(type_: Type) -> Type:
    """A carried number's value is not known: it changes from turn to turn."""
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_
