"""Calls of primitives to SSA: a row of the vocabulary, its operands and its static parameters.

Before: ``np.sum(x * y, 0)``.
After: ``sum(%0, axis=0, keepdims=False)``.
"""

from __future__ import annotations

import math
from typing import Any

import libcst as cst

from sct.frontend.constants import is_written_out
from sct.frontend.expressions import Expressions
from sct.frontend.instead import instead_of_keyword
from sct.frontend.scan import every
from sct.frontend.vocabulary import Row
from sct.ir.nodes import Op, Value
from sct.ir.operations import WRITES

# What to write for an argument that is no literal, by parameter.
_WRITTEN = {
    "subscripts": """write the labels first, as a string: `np.einsum("ij,jk->ik", a, b)`""",
    "ord": "write the number, or `np.inf`",
}
_LITERAL = "write the number (or True, False) here"
_OR_PASS = "; what a parameter of a function that is called stands for, let its calls write"
ALIASES = dict.fromkeys(("a", "arr", "m", "v", "ary"), "x")
"""What libraries call the first parameter, and rows ``x``."""
_TO_COME = object()
"""Stands for a literal that the types are asked for."""
_LEAVE_OUT = "leave it out, or write this in another way"


class Primitives(Expressions):
    """Lowers the calls of primitives."""

    def apply(
        self,
        node: cst.Call,
        row: Row,
        operands: list[Value],
        args: list[cst.Arg],
        style: str,
        library: str | None,
        spelled: str | None = None,
    ) -> Value:
        """A primitive's call: operands are lowered, static parameters read as literals."""
        attrs: dict[str, Any] = {**row.statics, "style": style, "lib": library, "spelled": spelled}
        like = self.like(args) if row.name == "astype" else None
        if like is not None:
            return self.emit("astype_like", [*operands, self.value(like)], node)
        names = list(row.positional)[len(operands) :]
        if row.name in ("array", "asarray") and args and self.is_table(args[0].value):
            table = self.rows.lookup("array_of_table")
            assert table is not None
            return self.apply(node, table, operands, args, style, library)
        if row.name == "asarray" and args and is_written_out(args[0].value):
            array = self.rows.lookup("array")
            assert array is not None
            return self.apply(node, array, operands, args, style, library)
        if row.is_sequence and args and not is_written_out(args[0].value):
            single, first = self.rows.lookup(f"{row.name}_of"), args[0].value
            if single is not None and isinstance(first, cst.Tuple):  # NumPy takes a list as well
                as_list = cst.List(first.elements)
                self.source.adopt(as_list, first, self.stmt)
                args = [args[0].with_changes(value=as_list), *args[1:]]
            if single is not None:
                return self.apply(node, single, operands, args, style, library, spelled)
        if row.is_sequence:
            if not args or args[0].keyword is not None or not isinstance(args[0].value, cst.List | cst.Tuple):
                raise self.refuse(node, f"`{row.name}` needs its arrays written out", f"write `{row.name}([a, b, …])`")
            operands += self.rows_of(row, args[0].value)
            attrs["sequence"] = "list" if isinstance(args[0].value, cst.List) else "tuple"
            args, names = args[1:], list(row.statics)
        elif row.variadic:
            if "subscripts" in row.statics and args:
                attrs["subscripts"], *args = self.told(args[0], "subscripts"), *args[1:]
            operands += [self.value(argument.value) for argument in args if argument.keyword is None]
            args = [argument for argument in args if argument.keyword is not None]
        given: dict[str, Value] = {}
        several = [argument for argument in args if argument.keyword is None] if style == "method" else []
        if len(several) > 1 and names == ["shape"]:
            given["shape"] = self.emit("tuple", [self.value(argument.value) for argument in several], node, bare=True)
            args = args[len(several) :]
        if len(several) > 1 and row.name == "transpose":
            attrs["axes"] = tuple(self.static(argument, "axes") for argument in several)
            args = args[len(several) :]
        for position, argument in enumerate(args):
            if argument.keyword is None and position >= len(names):
                raise self.refuse(argument, f"`{row.name}` does not take this argument here", _LEAVE_OUT)
            name = names[position] if argument.keyword is None else self.keyword(argument, row)
            if name in row.statics:
                attrs[name] = self.told(argument, name)
            else:
                given[name] = self.operand(argument.value, name, library)
        required = [name for name in row.operands[len(operands) :] if name not in row.defaults and not row.variadic]
        required += [name for name in row.statics if attrs[name] is ...]
        for name in required:
            if name not in given:
                raise self.refuse(node, f"`{row.name}` needs the argument `{name}`", "pass it")
        if any(value is _TO_COME for value in attrs.values()):
            return self.undef()
        for name in row.operands[len(operands) :] if not row.variadic else ():
            operands.append(given[name] if name in given else self.const(row.defaults[name]))
        return self.emit(row.name, operands, node, **attrs)

    def operand(self, node: cst.BaseExpression, name: str, library: str | None) -> Value:
        """An operand; a display in the place of an array is one, as NumPy makes it."""
        is_array = library == "numpy" and name == "x" and is_written_out(node)
        return self.array_of(node) if is_array and isinstance(node, cst.List | cst.Tuple) else self.value(node)

    def array_of(self, node: cst.Tuple | cst.List) -> Value:
        row = self.rows.lookup("array")
        assert row is not None
        attrs = {**row.statics, "sequence": "list", "style": "call", "lib": "numpy"}
        return self.emit("array", self.rows_of(row, node), node, **attrs)

    def as_array(self, value: Value, node: cst.CSTNode) -> Value:
        made = next((op for op in reversed(self.block.ops) if value in op.results), None)
        if made is not None and made.name == "array":
            return value
        items = self.made_of(value)
        name, operands = ("array_of", [value]) if items is None else ("array", items)
        row = self.rows.lookup(name)
        assert row is not None
        attrs = {"authored": True, "style": "call", "lib": "numpy", **row.statics}
        attrs |= {"sequence": "list"} if items is not None else {}
        self.block.ops.append(Op(name, operands, [Value()], attrs, self.span(node), self.stmt))
        return self.block.ops[-1].result

    def made_of(self, value: Value) -> list[Value] | None:
        """The items of a tuple or a list that was made just before, or of constants."""
        changed = False
        constants = {op.result for op in self.block.ops if op.name == "const"}
        for op in reversed(self.block.ops):
            if value in op.results:
                form = op.attrs.get("form")
                is_plain = op.name == "tuple" and (form is None or form.kind == "list")
                return op.operands if is_plain and (not changed or constants.issuperset(op.operands)) else None
            changed |= bool(op.blocks) or op.name == "call" or op.name in WRITES
        return None

    def rows_of(self, row: Row, node: cst.List | cst.Tuple) -> list[Value]:
        """The items of a sequence of operands; those that are sequences again are arrays."""
        if not any(isinstance(e.value, cst.List | cst.Tuple) for e in node.elements):
            return self.items(node)
        array, found = self.rows.lookup("array"), []
        assert array is not None
        for element in node.elements:
            item = element.value
            is_row = isinstance(item, cst.List | cst.Tuple)
            if isinstance(element, cst.StarredElement) or (row is array and not is_row):
                raise self.refuse(element, "an array of rows of different kinds", "write every row as a list")
            if isinstance(item, cst.List | cst.Tuple):
                kind = "list" if isinstance(item, cst.List) else "tuple"
                attrs = {**array.statics, "sequence": kind, "nested": True, "lib": "numpy"}
                found.append(self.emit("array", self.rows_of(array, item), item, **attrs))
            else:
                found.append(self.value(item))
        return found

    def keyword(self, argument: cst.Arg, row: Row) -> str:
        assert argument.keyword is not None
        name = argument.keyword.value
        if name not in (*row.operands, *row.statics) and row.operands[:1] == ("x",):
            name = ALIASES.get(name, name)
        if name not in (*row.operands, *row.statics):
            raise self.refuse(argument, f"the keyword `{name}` is not supported here", instead_of_keyword(name))
        return name

    def like(self, args: list[cst.Arg]) -> cst.BaseExpression | None:
        """The array of the function's whose ``dtype`` is the only argument."""
        given = args[0].value if len(args) == 1 else None
        if not isinstance(given, cst.Attribute) or given.attr.value != "dtype":
            return None
        names = (name.value for name in every(given.value, cst.Name))
        return given.value if any(map(self.scope.binds, names)) else None

    def told(self, argument: cst.Arg, name: str) -> Any:
        """The literal that a call gives the parameter ``name``; where it writes an expression, the types tell it."""
        if name == "dtype" or self.is_literal(argument.value):
            return self.static(argument, name)
        span, help_ = self.span(argument), _WRITTEN.get(name, _LITERAL)
        value = self.value(argument.value)
        if value in self.constants:
            return self.constants[value]
        known = tuple(value for place, value in self.known.literals if place == span)
        self.emit("literal", [value], argument, known=known, help=f"{help_}{_OR_PASS}")
        if known and name == "subscripts" and not isinstance(known[0], str):
            raise self.refuse(argument, "labels that are no string", help_)
        return known[0] if known else _TO_COME

    def is_table(self, node: cst.BaseExpression) -> bool:
        """Whether it is a constant of a module that is a tuple."""
        text = self.source.code(node) if isinstance(node, cst.Name | cst.Attribute) else ""
        origin = None if not text or self.scope.binds(text.split(".")[0]) else self.source.origin(text)
        source = None if origin is None else origin.source
        return source is not None and origin is not None and isinstance(source.constants.get(origin.name), cst.Tuple)

    def literal(self, node: cst.BaseExpression) -> Any:
        """The value of a literal, or of ``np.inf``; raises ValueError for anything else."""
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
            return -self.literal(node.expression)
        text = self.source.code(node)
        is_free = isinstance(node, cst.Attribute) and not self.scope.binds(text.split(".")[0])
        infinite = is_free and self.source.library_function(text) in (("numpy", "inf"), ("math", "inf"))
        return math.inf if infinite else self.source.literal(node)

    def is_literal(self, node: cst.BaseExpression) -> bool:
        try:
            self.literal(node)
        except (ValueError, TypeError, SyntaxError):
            return False
        return True

    def static(self, argument: cst.Arg, name: str = "") -> Any:
        """The literal that is written for the parameter ``name``."""
        if name == "dtype":
            return self.source.code(argument.value)
        help_ = _WRITTEN.get(name, _LITERAL)
        try:
            found = self.literal(argument.value)
        except (ValueError, TypeError, SyntaxError):
            raise self.refuse(argument, "this argument must be a literal", help_) from None
        if name == "subscripts" and not isinstance(found, str):
            raise self.refuse(argument, "labels that are no string", help_)
        return found
