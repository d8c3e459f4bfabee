"""Objects that a function makes: their attributes are variables of the function, and their methods are lowered in line.

Before: ``s = State(x0, v0); s.step(a); return s.x``, with ``self.x += self.v * dt`` in ``step``.
After: ``s_x = x0; s_v = v0; s_x += s_v * dt; return s_x``.

Such an object is known when the code is lowered, as a function is: whatever names it stands for one object, as in
Python, and no part of it is left in what is generated.  Objects that the caller passes are structures (see
`sct.frontend.classes`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from sct.frontend.blueprints import Blueprint, blueprint
from sct.frontend.classes import record
from sct.frontend.constants import ELEMENTWISE
from sct.frontend.deciding import Deciding
from sct.frontend.decorators import CACHED_PROPERTY, PROPERTY, decorators
from sct.frontend.scan import every
from sct.frontend.scopes import (
    BoundMethod,
    FunctionValue,
    Instance,
    Method,
    ObjectClass,
    Scope,
    spelled,
)
from sct.ir.names import GlobalRef
from sct.ir.nodes import Value

_AS_FIELD = "bind it in `__init__`, or before this line"
_COMPREHENSIONS = (cst.ListComp, cst.DictComp, cst.SetComp, cst.GeneratorExp)
_MUTABLE = (cst.List, cst.Dict, cst.Set, *_COMPREHENSIONS, cst.Lambda, cst.NamedExpr)
_COMPUTED = (cst.Call, cst.BinaryOperation, cst.UnaryOperation, cst.Subscript)
_NUMBERS = frozenset({"float", "int", "abs"})


class Objects(Deciding):
    """Makes objects, reads and binds their attributes, and calls their methods."""

    made_objects = 0
    naming: tuple[cst.CSTNode, str] | None = None
    lowered: tuple[cst.CSTNode, Value] | None = None

    # classes and objects

    def imported(self, node: cst.Name | cst.Attribute) -> Value | None:
        return self.class_at(node) or super().imported(node)

    def class_at(self, node: cst.Name | cst.Attribute) -> ObjectClass | None:
        """The class that a global name stands for, if its objects are made here."""
        text = self.source.code(node)
        if self.scope.binds(text.split(".")[0]) or self.ruled(node) is not None:
            return None
        known, of = record(self.source, text), blueprint(self.source, text)
        is_made = isinstance(of, Blueprint) and (known is None or known.problem is not None)
        return ObjectClass(self.span(node), of) if is_made and isinstance(of, Blueprint) else None

    def object_at(self, node: cst.BaseExpression) -> Instance | ObjectClass | None:
        """The object or the class that an expression stands for, without lowering it; None if it is another value."""
        found: Value | None = None
        if isinstance(node, cst.Name) and self.scope.key(node.value) in self.env:
            found = self.env[self.scope.key(node.value)]
        elif isinstance(node, cst.Name):
            return self.class_at(node)
        elif isinstance(node, cst.Attribute):
            of = self.object_at(node.value)
            found = self.env.get(self.variable_of(of, node)) if isinstance(of, Instance) else None
            if of is None:
                return self.class_at(node)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Name | cst.Attribute):
            if self.source.code(node.func) == "super" and not self.is_authors("super"):
                return self.parent(node)
        return found if isinstance(found, Instance | ObjectClass) else None

    def parent(self, node: cst.Call) -> Instance:
        """``super()``: the object of the method, seen as one of the classes that come after the method's own."""
        scope: Scope | None = self.scope
        while scope is not None and scope.member_of is None:
            scope = scope.outer
        of = None if scope is None or scope.member_of is None else self.env.get(scope.own(scope.member_of[1]))
        if scope is None or scope.member_of is None or not isinstance(of, Instance) or len(node.args) not in (0, 2):
            raise self.refuse(node, "this `super` is not supported", "call the method of the class by its name")
        return Instance(self.span(node), of.blueprint, of.name, of.number, of, of.blueprint.after(scope.member_of[0]))

    def object_name(self, node: cst.Call, of: Blueprint) -> str:
        """What the variables of an object are called after: what it is assigned to."""
        if self.naming is not None and self.naming[0] is node:
            return self.naming[1]
        return of.name.strip("_").lower()

    def assigned_value(self, target: cst.BaseExpression, node: cst.BaseExpression) -> Value:
        name = target.value if isinstance(target, cst.Name) else None
        if isinstance(target, cst.Attribute):
            of = self.object_at(target.value)
            name = f"{of.name}_{target.attr.value.strip('_')}" if isinstance(of, Instance) else None
        self.naming = (node, name) if name is not None else None
        return super().assigned_value(target, node)

    def make(self, node: cst.Call, of: Blueprint) -> Instance:
        """An object: the class's constants are its attributes, and then what ``__init__`` binds."""
        self.made_objects += 1
        made = Instance(self.span(node), of, self.object_name(node, of), self.made_objects)
        for cls in reversed(of.line):
            for name, value in self.class_constants(cls).items():
                self.env[made.key(name)] = value
        self.initialize(node, made)
        return made

    def initialize(self, node: cst.Call, made: Instance) -> None:
        """Bind what ``__init__`` binds."""
        method = self.method_of(made.line, "__init__", node)
        if method is None and node.args:
            name = made.blueprint.name
            raise self.refuse(node.args[0], f"`{name}` has no `__init__` that takes this", "leave it out")
        if method is not None:
            self.call_function(node, method, "method", made)

    def class_constants(self, of: Blueprint) -> dict[str, Value]:
        """The numbers, strings and tuples that the body of a class binds; what may be changed is none."""
        constants = of.constants()
        scope, self.scope = self.scope, Scope(of.source, of.name, frozenset(constants), None, f" {of.name} body.")
        found: dict[str, Value] = {}
        try:
            for name, node in constants.items():
                if self.is_unchanging(node):
                    value = self.value(node)
                    if not isinstance(value, FunctionValue):
                        found[name] = self.env[self.scope.key(name)] = value
        finally:
            for name in found:
                del self.env[self.scope.key(name)]
            self.scope = scope
        return found

    def is_unchanging(self, node: cst.BaseExpression) -> bool:
        """Whether an expression makes numbers, strings and tuples of these alone."""
        calls = [self.source.code(call.func) for call in every(node, cst.Call)]
        libraries = [self.source.library_function(text) or ("", text) for text in calls]
        plain = (library == "math" or name in ELEMENTWISE | _NUMBERS for library, name in libraries)
        return not every(node, *_MUTABLE) and all(plain)

    # attributes

    def variable_of(self, of: Instance, node: cst.Attribute) -> str:
        """The environment's name for an attribute; in a class, Python puts its name before ``__x``."""
        return of.key(self.mangled(node.attr.value)[0], node.attr.value)

    def mangled(self, name: str) -> tuple[str, Blueprint | None]:
        """What an attribute's name is to Python, and the class that alone may define it."""
        scope: Scope | None = self.scope
        while scope is not None and scope.member_of is None:
            scope = scope.outer
        if not name.startswith("__") or name.endswith("__") or scope is None or scope.member_of is None:
            return name, None
        of = scope.member_of[0]
        return f"_{of.name.lstrip('_')}{name}", of

    def lower_Attribute(self, node: cst.Attribute) -> Value:
        return self.limit(node) or self.of_object(
            node.value, lambda of: self.attribute(of, node), lambda: super(Objects, self).lower_Attribute(node)
        )

    def of_object(
        self, node: cst.BaseExpression, then: Callable[[Instance | ObjectClass], Value], orelse: Callable[[], Value]
    ) -> Value:
        """What is asked of an object, or of another value, which is lowered once."""
        of = self.object_at(node)
        if of is None and isinstance(node, _COMPUTED):
            value = self.value(node)
            if not isinstance(value, Instance | ObjectClass):
                self.lowered = node, value
                try:
                    return orelse()
                finally:
                    self.lowered = None
            of = value
        return orelse() if of is None else then(of)

    def value(self, node: cst.BaseExpression) -> Value:
        known = self.lowered
        return known[1] if known is not None and known[0] is node else super().value(node)

    def attribute(self, of: Instance | ObjectClass, node: cst.Attribute) -> Value:
        """What an attribute of an object or of a class stands for."""
        name, text = node.attr.value, self.source.code(node)
        key = self.variable_of(of, node) if isinstance(of, Instance) else ""
        if key in self.env:
            return self.reread(self.env[key])
        private = self.mangled(name)[1]
        line = [cls for cls in of.line if private is None or cls == private]
        method = self.method_of(line, name, node)
        if method is not None:
            return self.member_value(of, method, node)
        for cls in line if isinstance(of, ObjectClass) else ():
            found = self.class_constants(cls)
            if name in found:
                return found[name]
        if any(name in cls.source.bound_in(cls.name) for cls in line):
            reason = f"`{text}` is made in the body of the class by more than numbers, and may be changed by any object"
            raise self.refuse(node, reason, "bind it in `__init__`, or make it a constant of the module")
        if self.problems:  # that of the line that binds it
            return self.undef()
        raise self.refuse(node, f"`{text}` has no value here", _AS_FIELD)

    def method_of(self, line: Any, name: str, node: cst.CSTNode) -> Method | None:
        """The method that the first class of a line that binds a name defines."""
        of = next((cls for cls in line if name in cls.source.bound_in(cls.name)), None)
        key = None if of is None else of.method(name)
        if of is None or key is None:
            return None
        return Method(self.span(node), of.source, GlobalRef(of.source.file, key, key, self.source.file), of)

    def member_value(self, of: Instance | ObjectClass, method: Method, node: cst.CSTNode) -> Value:
        """A method as a value, bound to the object; the value of a property."""
        kinds = {text for _, text in decorators(method.source, method.ref.name)}
        if CACHED_PROPERTY in kinds:
            self.check_decorators(method.source, method.ref.name, node)
        if "staticmethod" in kinds:
            return method
        if "classmethod" in kinds:
            return BoundMethod(self.span(node), method, ObjectClass(self.span(node), of.blueprint))
        if isinstance(of, ObjectClass):
            return method
        if PROPERTY not in kinds:
            return BoundMethod(self.span(node), method, of.whole)
        call = cst.Call(cst.Name(method.ref.identifier))
        self.source.adopt(call, node, self.stmt)
        return self.call_function(call, method, "property", of.whole)

    def set_attribute(self, of: Instance | ObjectClass, node: cst.Attribute, value: Value) -> None:
        """Bind an attribute of an object."""
        name = node.attr.value
        if isinstance(of, ObjectClass):
            reason = f"this changes the class `{of.blueprint.name}`"
            raise self.refuse(node, reason, "let it be an attribute of the object")
        if self.method_of(of.blueprint.line, name, node) is not None:
            reason = f"`{name}` is a method or a property of `{of.blueprint.name}`, and may not be bound"
            raise self.refuse(node, reason, "give the attribute another name")
        key = self.variable_of(of, node)
        if value.hint is None and not any(value is other for other in self.env.values()):
            value.hint = spelled(key)
        self.env[key] = value

    # calls

    def call_method(self, node: cst.Call, function: cst.Attribute) -> Value:
        return self.of_object(
            function.value,
            lambda of: self.call_member(node, function, of),
            lambda: super(Objects, self).call_method(node, function),
        )

    def call_member(self, node: cst.Call, function: cst.Attribute, of: Instance | ObjectClass) -> Value:
        """A call of a method, or of a function that an attribute stands for."""
        if isinstance(of, Instance) and of.whole is not of and function.attr.value == "__init__":
            if self.method_of(of.line, "__init__", node) is None:  # that of `object`
                return self.const(None)
        found = self.attribute(of, function)
        if not isinstance(found, FunctionValue):
            help_ = "call a function of this module, or bind the attribute to one function"
            raise self.refuse(node, f"`{self.source.code(function)}` is a value, not a known function", help_)
        return self.call(node, found)

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        if isinstance(function, ObjectClass):
            return self.make(node, function.blueprint)
        if isinstance(function, Instance):
            method = self.method_of(function.line, "__call__", node)
            if method is None:
                raise self.refuse(node, f"`{function.blueprint.name}` has no `__call__`", "call a method of it")
            return self.call_function(node, method, "method", function)
        if isinstance(function, BoundMethod):
            return self.call_function(node, function.method, "method", function.receiver)
        return super().call(node, function)
