"""Objects among other values: operators that their classes define, lists of objects and of functions, and their makers.

Before: ``z = a * b`` with ``__mul__`` in the class of ``a``; ``for body in [sun, earth]: body.step(dt)``.
After: the statements of ``__mul__``; those of ``step`` for each of the two.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import libcst as cst

from sct.frontend.blueprints import Blueprint, blueprint
from sct.frontend.classes import record
from sct.frontend.iterables import Indexed, Row, Rows
from sct.frontend.objects import Objects
from sct.frontend.scan import walk
from sct.frontend.scopes import FunctionValue, Instance, Method, ModuleFunction, Several
from sct.ir.nodes import Value
from sct.ir.types import Form

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


class ObjectValues(Objects):
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

    # lists of objects

    def several_at(self, node: cst.BaseExpression) -> Several | None:
        """The list, or the dict, with objects or functions in it, that a name or an attribute stands for."""
        found: Value | None = None
        if isinstance(node, cst.Name):
            found = self.env.get(self.scope.key(node.value))
        elif isinstance(node, cst.Attribute):
            of = self.object_at(node.value)
            found = self.env.get(self.variable_of(of, node)) if isinstance(of, Instance) else None
        elif isinstance(node, cst.Subscript) and (of_these := self.several_at(node.value)) is not None:
            found = self.picked(of_these, node)
        return found if isinstance(found, Several) else None

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        found = self.several_at(node)
        if found is None:
            return super().elements(node, target)
        return Rows([self.key_or_item(found, key, node) for key in self.packs[found]])

    def key_or_item(self, of: Several, key: int | str, node: cst.BaseExpression) -> Row:
        """What a loop over a list binds, or over a dict."""
        return partial(self.const, key) if isinstance(key, str) else partial(self.argument, of, key, node)

    def dict_view(self, node: cst.BaseExpression) -> Rows | None:
        match node:
            case cst.Call(cst.Attribute(owner, cst.Name("items" | "values" as kind)), []):
                found = self.several_at(owner)
            case _:
                found = None
        if found is None:
            return super().dict_view(node)
        items = [(key, partial(self.argument, found, key, node)) for key in self.packs[found]]
        return Rows([[partial(self.const, key), item] if kind == "items" else item for key, item in items])

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        found = self.several_at(node.value)
        return super().lower_Subscript(node) if found is None else self.picked(found, node)

    def picked(self, of: Several, node: cst.Subscript) -> Value:
        """An item of a list or of a dict, or a slice of a list."""
        known, within = self.packs[of], node.slice[0].slice if len(node.slice) == 1 else None
        if isinstance(within, cst.Slice) and (not known or 0 in known):
            ends = [None if end is None else self.value(end) for end in (within.lower, within.upper, within.step)]
            cuts = [None if end is None else self.constants.get(end, "") for end in ends]
            if all(cut is None or type(cut) is int for cut in cuts) and cuts[2] != 0:
                keys = list(known)[slice(*cuts)]
                items = [self.argument(of, key, node) for key in keys]
                return self.packed(Several(self.span(node)), dict(enumerate(items)), node)
        indices = [] if isinstance(within, cst.Slice) else self.indices(node)
        index = self.constants.get(indices[0]) if len(indices) == 1 else None
        key = index % len(known) if type(index) is int and -len(known) <= index < len(known) else index
        if key not in known:
            reason = "it is not known which object or function of a list this is"
            raise self.refuse(node, reason, "go over the list with `for`, or name its item")
        return self.argument(of, key, node)

    # operators

    def emit(self, name: str, operands: Any, node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        """An operation; on an object, a call of the method that its class has for it."""
        if name == "tuple" and node is not None and any(isinstance(value, FunctionValue) for value in operands):
            form: Form | None = attrs.get("form")
            if form is None or form.kind in ("list", "dict"):
                keys = form.labels if form is not None and form.kind == "dict" else range(len(operands))
                return self.packed(Several(self.span(node)), dict(zip(keys, operands, strict=True)), node)
        if name == "len" and isinstance(operands[0], Several):
            return self.const(len(self.packs[operands[0]]))
        if name in ("in", "not_in") and isinstance(operands[1], Several):
            key = self.constants.get(operands[0])
            if isinstance(key, str) and 0 not in self.packs[operands[1]]:  # a dict
                return self.const((key in self.packs[operands[1]]) is (name == "in"))
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
