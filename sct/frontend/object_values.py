"""Objects among other values: operators that their classes define, and functions that make them.

Before: ``z = a * b`` with ``__mul__`` in the class of ``a``.
After: the statements of ``__mul__``.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from sct.frontend.blueprints import Blueprint, blueprint
from sct.frontend.classes import record
from sct.frontend.scan import walk
from sct.frontend.scopes import Instance, Method, ModuleFunction
from sct.frontend.several import SeveralValues
from sct.ir.nodes import Value

_OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "matmul": "matmul",
    "pow": "pow",
    "mod": "mod",
    "neg": "neg",
    "getitem": "getitem",
    "len": "len",
    "eq": "eq",
    "ne": "ne",
    "lt": "lt",
    "gt": "gt",
    "le": "le",
    "ge": "ge",
}


class ObjectValues(SeveralValues):
    """Lowers what is made of objects."""

    def is_one(self, value: Value, kind: cst.BaseExpression) -> bool | None:
        of = self.class_at(kind) if isinstance(kind, cst.Name | cst.Attribute) else None
        if of is None:
            return super().is_one(value, kind)
        return isinstance(value, Instance) and of.blueprint in value.blueprint.line

    def is_inline(self, function: ModuleFunction) -> bool:
        """Whether a function can only be lowered where it is called: as it makes an object, and returns it."""
        if super().is_inline(function):
            return True
        statements = list(walk(function.node.body.body))
        made = {
            cst.ensure_type(s.targets[0].target, cst.Name).value
            for s in statements
            if isinstance(s, cst.Assign) and isinstance(s.targets[0].target, cst.Name) and self.makes(function, s.value)
        }
        returned = [s.value for s in statements if isinstance(s, cst.Return)]
        return any((isinstance(v, cst.Name) and v.value in made) or self.makes(function, v) for v in returned)

    def makes(self, function: ModuleFunction, node: cst.BaseExpression | None) -> bool:
        """Whether an expression of a function makes an object."""
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name | cst.Attribute):
            return False
        text = function.source.code(node.func)
        known = record(function.source, text)
        is_made = known is None or known.problem is not None
        return is_made and isinstance(blueprint(function.source, text), Blueprint)

    # operators

    def emit(self, name: str, operands: Any, node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        """An operation; on an object, a call of the method that its class has for it."""
        if node is not None and name in _OPERATORS and any(isinstance(value, Instance) for value in operands):
            found = self.operated(_OPERATORS[name], list(operands), node, bool(attrs.get("augmented")))
            if found is not None:
                return found
        return super().emit(name, operands, node, **attrs)

    def operated(self, name: str, operands: list[Value], node: cst.CSTNode, augmented: bool) -> Value | None:
        """What the class of an operand makes of an operator; None if no method says it."""
        first, *others = operands
        candidates = [*([(f"__i{name}__", first, others)] if augmented else []), (f"__{name}__", first, others)]
        if len(others) == 1 and name not in ("getitem", "eq", "ne"):
            candidates.append((f"__r{name}__", others[0], [first]))
        for special, of, rest in candidates:
            method = self.method_of(of.line, special, node) if isinstance(of, Instance) else None
            if method is not None:
                return self.call_with(node, method, [of, *rest])
        if name == "ne" and (equal := self.operated("eq", operands, node, augmented=False)) is not None:
            return self.emit("not", [equal], node, style="operator")
        if name in ("eq", "ne") and isinstance(first, Instance) and isinstance(others[0], Instance):
            if "__post_init__" in first.blueprint.source.bound_in(first.blueprint.name):  # a dataclass, if made here
                raise self.refuse(node, "two instances of a dataclass are compared", "compare their fields")
            return self.const((first.whole is others[0].whole) == (name == "eq"))
        return None

    def call_with(self, node: cst.CSTNode, method: Method, operands: list[Value]) -> Value:
        """A call of a method with values."""
        params = [param.name.value for param in method.node.params.params]
        if len(params) != len(operands):
            raise self.refuse(node, f"`{method.ref.name}` does not take {len(operands)} arguments", "correct it")
        self.check_decorators(method.source, method.ref.name, node)
        self.callees[method.ref] = None
        return self.inline(node, method, dict(zip(params, operands, strict=True)))
