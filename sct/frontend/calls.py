"""Calls to SSA: of functions of libraries and of the user's, and of methods.

Before: ``g(x, k=2)`` with ``def g(a, b=0.5, k=1)``.
After: ``call g(%x, 0.5, 2)``: the arguments in the order of the parameters, defaults filled in.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from sct.frontend.expressions import Expressions
from sct.frontend.parse import Source
from sct.frontend.vocabulary import Row
from sct.ir.nodes import FunctionRef, Value

_BUILTINS = frozenset({"abs", "float", "int", "bool", "round", "len", "min", "max"})
_ASK = "write it with functions that are supported (see the README)"


class Calls(Expressions):
    """Lowers the calls of one function."""

    def lower_Call(self, node: cst.Call) -> Value:
        for argument in node.args:
            if argument.star:
                raise self.refuse(
                    argument, f"`{argument.star}` in a call is not supported", "pass the arguments one by one"
                )
        function = node.func
        if self.source.sct_name(function) == "stop_gradient" and len(node.args) == 1 and not node.args[0].keyword:
            return self.emit("stop_gradient", [self.value(node.args[0].value)], node)
        if isinstance(function, cst.Name):
            return self.call_name(node, function)
        if isinstance(function, cst.Attribute):
            return self.call_attribute(node, function)
        raise self.refuse(node, "a call of a computed function is not supported", "call a function by its name")

    def call_name(self, node: cst.Call, function: cst.Name) -> Value:
        name = function.value
        if name in self.env or name in self.locals:
            raise self.refuse(node, f"`{name}` is a value, not a known function", "call a function of this module")
        if name in self.source.functions:
            return self.call_function(node, self.source, name, name)
        found = self.source.library_function(name)
        if found is not None:
            return self.call_library(node, *found)
        module, original = self.source.imported.get(name, ("", ""))
        sibling = self.source.sibling(module) if module else None
        if sibling is not None and original in sibling.functions:
            return self.call_function(node, sibling, original, name)
        if name == "sum" and len(node.args) == 1 and not node.args[0].keyword:
            return self.total(node, node.args[0].value)
        if name in _BUILTINS:
            return self.call_library(node, "builtins", name)
        raise self.refuse(node, f"the function `{name}` is not known", "define it in this module or in one beside it")

    def call_attribute(self, node: cst.Call, function: cst.Attribute) -> Value:
        name, base = function.attr.value, function.value
        root = self.source.code(base).split(".")[0]
        found = self.source.library_function(self.source.code(function)) if root not in self.env else None
        if found is not None:
            return self.call_library(node, *found)
        if isinstance(base, cst.Name) and base.value not in self.env:
            module = self.source.aliases.get(base.value)
            sibling = self.source.sibling(module) if module else None
            if sibling is not None and name in sibling.functions:
                return self.call_function(node, sibling, name, self.source.code(function))
        dotted = self.source.code(base)
        if isinstance(base, cst.Name | cst.Attribute) and dotted.split(".")[0] in self.source.aliases:
            raise self.refuse(node, f"the function `{self.source.code(function)}` is not supported", _ASK)
        row = self.rows.resolve("method", name)
        if row is None:
            raise self.refuse(node, f"the method `.{name}()` is not supported", _ASK)
        return self.apply(node, row, [self.value(base)], list(node.args), "method", None)

    def call_library(self, node: cst.Call, library: str, name: str) -> Value:
        row = self.rows.resolve(library, name)
        if row is None:
            raise self.refuse(node, f"the function `{self.source.code(node.func)}` is not supported", _ASK)
        if library == "builtins" and name in ("min", "max") and not any(argument.keyword for argument in node.args):
            return self.extreme(node, row)
        out = next((a for a in node.args if a.keyword is not None and a.keyword.value == "out"), None)
        if out is not None and library == "numpy" and row.elementwise:
            rest = [argument for argument in node.args if argument is not out]
            value = self.apply(node, row, [], rest, "call", library)
            return self.overwrite(self.value(out.value), value, node, "out")
        return self.apply(node, row, [], list(node.args), "call", library)

    def extreme(self, node: cst.Call, row: Row) -> Value:
        """``min`` or ``max`` of several numbers, or of a tuple's."""
        values = [self.value(a.value) for a in node.args] if len(node.args) != 1 else self.unpacked(node.args[0].value)
        if values is None:
            return self.undef()
        if not values:
            raise self.refuse(node, "there is nothing to compare", "pass a number")
        found, *others = values
        for k, other in enumerate(others):
            found = self.emit(row.name, [found, other], node, style="call", lib="builtins", flat=k > 0)
        return found

    def total(self, node: cst.Call, argument: cst.BaseExpression) -> Value:
        """The builtin ``sum`` of a tuple's items."""
        values = self.unpacked(argument)
        if values is None:
            return self.undef()
        found, *others = values or [self.const(0)]
        for other in others:
            found = self.emit("add", [found, other], node, style="operator")
        return found

    def unpacked(self, node: cst.BaseExpression) -> list[Value] | None:
        """The items of a tuple; None as long as their number is not known."""
        if isinstance(node, cst.Tuple | cst.List):
            return self.items(node)
        value = self.value(node)
        count = self.count(node)
        if count is None:
            self.emit("items", [value], node, help="use NumPy's function on an array")
            return None
        return [self.item(value, k, node) for k in range(count)]

    def count(self, node: cst.CSTNode) -> int | None:
        """How many items the tuple at ``node`` has, as its type told when the function was lowered before."""
        span = self.source.span(node)
        found = {count for known, count in self.known.lengths if known == span}
        return found.pop() if len(found) == 1 else None

    def item(self, value: Value, k: int, node: cst.CSTNode) -> Value:
        return self.emit("item", [value], node, index=k)

    def overwrite(self, array: Value, value: Value, node: cst.CSTNode, form: str) -> Value:
        """Write all elements of an array; its new version."""
        base, path = self.place(array)
        after = self.emit("store", [base, value, *path, self.const(..., text="...")], node, form=form)
        self.renew(base, after)
        return self.reread(array) if path else after

    def apply(
        self, node: cst.Call, row: Row, operands: list[Value], args: list[cst.Arg], style: str, library: str | None
    ) -> Value:
        """A primitive's call: operands are lowered, static parameters read as literals."""
        attrs: dict[str, Any] = {**row.statics, "style": style, "lib": library}
        names = list(row.positional)[len(operands) :]
        if row.is_sequence and args and not isinstance(args[0].value, cst.List | cst.Tuple):
            single = self.rows.lookup(f"{row.name}_of")
            if single is not None:
                return self.apply(node, single, operands, args, style, library)
        if row.is_sequence:
            if not args or args[0].keyword is not None or not isinstance(args[0].value, cst.List | cst.Tuple):
                raise self.refuse(node, f"`{row.name}` needs its arrays written out", f"write `{row.name}([a, b, …])`")
            operands += self.rows_of(row, args[0].value)
            attrs["sequence"] = "list" if isinstance(args[0].value, cst.List) else "tuple"
            args = args[1:]
        elif row.variadic:
            if "subscripts" in row.statics and args:
                attrs["subscripts"], *args = self.static(args[0]), *args[1:]
            operands += [self.value(argument.value) for argument in args if argument.keyword is None]
            args = [argument for argument in args if argument.keyword is not None]
        if style == "method" and names == ["shape"] and len(args) > 1:
            shape = self.emit("tuple", [self.value(argument.value) for argument in args], node, list=False, bare=True)
            return self.emit(row.name, [*operands, shape], node, **attrs)
        if row.name == "transpose" and style == "method" and len(args) > 1:
            attrs["axes"] = tuple(self.static(argument) for argument in args)
            args = []
        given: dict[str, Value] = {}
        for position, argument in enumerate(args):
            if argument.keyword is None and position >= len(names):
                raise self.refuse(argument, f"`{row.name}` takes no argument here", _ASK)
            name = names[position] if argument.keyword is None else self.keyword(argument, row)
            if name in row.statics:
                attrs[name] = self.static(argument, dtype=name == "dtype")
            else:
                given[name] = self.value(argument.value)
        required = [name for name in row.operands[len(operands) :] if name not in row.defaults and not row.variadic]
        required += [name for name in row.statics if attrs[name] is ...]
        for name in required:
            if name not in given:
                raise self.refuse(node, f"`{row.name}` needs the argument `{name}`", "pass it")
        for name in row.operands[len(operands) :] if not row.variadic else ():
            operands.append(given[name] if name in given else self.const(row.defaults[name]))
        return self.emit(row.name, operands, node, **attrs)

    def rows_of(self, row: Row, node: cst.List | cst.Tuple) -> list[Value]:
        """The items of a sequence of operands; of ``np.array`` they may be sequences again."""
        if row.name != "array" or not any(isinstance(e.value, cst.List | cst.Tuple) for e in node.elements):
            return self.items(node)
        found = []
        for element in node.elements:
            item = element.value
            if isinstance(element, cst.StarredElement) or not isinstance(item, cst.List | cst.Tuple):
                raise self.refuse(element, "an array of rows of different kinds", "write every row as a list")
            kind = "list" if isinstance(item, cst.List) else "tuple"
            attrs = {**row.statics, "sequence": kind, "nested": True, "lib": "numpy"}
            found.append(self.emit(row.name, self.rows_of(row, item), item, **attrs))
        return found

    def keyword(self, argument: cst.Arg, row: Row) -> str:
        assert argument.keyword is not None
        name = argument.keyword.value
        if name not in (*row.operands, *row.statics) and row.operands[:1] == ("x",):
            name = {"a": "x", "arr": "x", "m": "x", "v": "x", "ary": "x"}.get(name, name)
        if name not in (*row.operands, *row.statics):
            raise self.refuse(argument, f"the keyword `{name}` is not supported here", _ASK)
        return name

    def static(self, argument: cst.Arg, dtype: bool = False) -> Any:
        if dtype:
            return self.source.code(argument.value)
        try:
            return self.source.literal(argument.value)
        except (ValueError, TypeError, SyntaxError):
            raise self.refuse(
                argument, "this argument must be a literal", "write the number (or True, False) here"
            ) from None

    def call_function(self, node: cst.Call, source: Source, name: str, spelling: str) -> Value:
        """A call of a function of the user's: its arguments in the order of its parameters, defaults filled in."""
        parameters = source.functions[name].params
        if parameters.star_kwarg or isinstance(parameters.star_arg, cst.Param):
            raise self.refuse(node, f"`{name}` takes `*args` or `**kwargs`", "give it named parameters")
        params = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
        names = [param.name.value for param in params]
        positional = len(parameters.posonly_params) + len(parameters.params)
        given: dict[str, Value] = {}
        for position, argument in enumerate(node.args):
            key = argument.keyword.value if argument.keyword is not None else None
            if (key is None and position >= positional) or (key is not None and key not in names):
                raise self.refuse(argument, f"`{name}` has no such parameter", f"its parameters are {', '.join(names)}")
            given[key or names[position]] = self.value(argument.value)
        operands = []
        for param in params:
            value = given.get(param.name.value)
            if value is None:
                if param.default is None:
                    raise self.refuse(node, f"`{name}` needs the argument `{param.name.value}`", "pass it")
                try:
                    default = source.literal(param.default)
                except (ValueError, TypeError, SyntaxError):
                    reason = f"the default of `{param.name.value}` is not a literal"
                    raise self.refuse(node, reason, "pass the argument") from None
                value = self.const(default, node, source.code(param.default))
            operands.append(value)
        span = self.source.span(node)
        places = {k: self.place(v) for k, v in enumerate(operands) if (span, k) in self.known.writes}
        value = self.emit("call", operands, node, callee=FunctionRef(source.file, name, spelling), params=names)
        call = self.block.ops[-1]
        for position, (array, path) in places.items():
            self.renew(array, self.emit("written", [array, *path], node, call=call, position=position))
        return value
