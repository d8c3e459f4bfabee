"""Methods and properties of the user's classes: the class is what the types say, and the object is an argument.

Before: ``layer.apply(x)``, where ``layer`` is a ``Layer``.
After: ``call Layer.apply(%layer, %x)``.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.classes import record, unsuited
from sct.frontend.decorators import CACHED_PROPERTY, PROPERTY, decorators
from sct.frontend.function_calls import FunctionCalls
from sct.frontend.instead import instead_of_method
from sct.frontend.scopes import ModuleFunction, RecordClass
from sct.frontend.strings import placed
from sct.ir.literals import OF_STRINGS
from sct.ir.names import GlobalRef
from sct.ir.nodes import Value


class Methods(FunctionCalls):
    """Lowers calls of methods, of the user's and of arrays, and of what belongs to a class."""

    def call_method(self, node: cst.Call, function: cst.Attribute) -> Value:
        name = function.attr.value
        method = self.method(node, name)
        if method is not None:
            return self.call_bound(node, function.value, method)
        if name == "format" and isinstance(function.value, cst.SimpleString | cst.ConcatenatedString):
            text = function.value.evaluated_value
            found = placed(text, node) if isinstance(text, str) else None
            if found is not None:
                return self.emit("format", [self.value(value) for value in found[1]], node, parts=found[0])
        self.no_stars(node)
        row = self.rows.resolve("method", name)
        if row is not None:
            written_out = self.written_out_call(node, row, "numpy", name, [cst.Arg(function.value), *node.args], of=1)
            if written_out is not None:
                return written_out
        if row is None:
            of_strings = name in OF_STRINGS and not any(argument.keyword for argument in node.args)
            args = [self.value(argument.value) for argument in node.args] if of_strings else []
            return self.emit(
                "method", [self.value(function.value), *args], node, method=name, help=instead_of_method(name)
            )
        return self.apply(node, row, [self.value(function.value)], list(node.args), "method", None)

    def call_value(self, node: cst.Call, value: Value) -> Value:
        """A call of what is no function: of a structure whose class has a ``__call__``."""
        method = self.method(node, "__call__")
        if method is not None:
            return self.call_bound(node, node.func, method)
        help_ = "call a function of this module, or bind the name to one function"
        reason = f"`{self.source.code(node.func)}` is a value, not a known function"
        if value in self.were_functions:
            raise self.refuse(node, reason, help_)
        return self.emit("method", [value], node, method="__call__", reason=reason, help=help_)

    def method(self, node: cst.CSTNode, name: str) -> ModuleFunction | None:
        """The method ``name`` of the class that types say is asked for it at ``node``."""
        classes = {cls for span, cls in self.known.methods if span == self.span(node)}
        cls = classes.pop() if len(classes) == 1 else ""
        found, origin = record(self.source, cls), self.source.origin(cls)
        if found is None and origin is not None and origin.source is not None and origin.name in origin.source.classes:
            raise self.refuse(node, *unsuited(self.source, cls))
        owner = None if found is None else found.owner(name)
        if owner is None:
            return None
        key = f"{owner.name}.{name}"
        return ModuleFunction(self.span(node), owner.source, GlobalRef(owner.source.file, key, key, self.source.file))

    def member(self, node: cst.Attribute) -> ModuleFunction | None:
        """The function that ``P.v`` names, which belongs to a class; None where ``P`` is no class."""
        text, of = self.source.code(node), node.value
        if not isinstance(of, cst.Name | cst.Attribute) or self.scope.binds(text.split(".")[0]):
            return None
        origin = self.source.origin(self.source.code(of))
        is_class = origin is not None and origin.source is not None and origin.name in origin.source.classes
        found = self.imported(of) if is_class else None
        if not isinstance(found, RecordClass):
            return None
        owner = found.record.owner(node.attr.value)
        if owner is None:
            reason = f"`{text}` is an attribute of a class, and these are not read"
            raise self.refuse(node, reason, "make it a constant of the module, or a field")
        key = f"{owner.name}.{node.attr.value}"
        if any(kind in ("classmethod", PROPERTY, CACHED_PROPERTY) for _, kind in decorators(owner.source, key)):
            help_ = "make it a static method, or a function of the module"
            raise self.refuse(node, f"`{text}` is no function: it is a class method or a property", help_)
        return ModuleFunction(self.span(node), owner.source, GlobalRef(owner.source.file, key, text, self.source.file))

    def call_bound(self, node: cst.BaseExpression, of: cst.BaseExpression, method: ModuleFunction) -> Value:
        """A call of a method (or an access of a property) of what ``of`` stands for."""
        given = node.args if isinstance(node, cst.Call) else ()
        kinds = [text for _, text in decorators(method.source, method.ref.name)]
        if isinstance(node, cst.Call) and not {PROPERTY, CACHED_PROPERTY}.isdisjoint(kinds):
            reason = f"a call of what the property `{method.ref.name}` gives"
            raise self.refuse(node, reason, "call a function that is known, or leave the parentheses off")
        is_static = "staticmethod" in kinds
        call = cst.Call(cst.Name(method.ref.identifier), given if is_static else [cst.Arg(of), *given])
        self.source.adopt(call, node, self.stmt)
        bound = "" if is_static else "method" if isinstance(node, cst.Call) else "property"
        return self.call_function(call, method, bound)
