"""Lists, tuples and dicts that hold functions or objects: their items are known one by one when the code is lowered.

Before: ``ACT = {"tanh": np.tanh, "relu": relu}`` in the module, and ``ACT["relu"](x)``; ``for layer in (f, g): …``.
After: the call ``relu(x)``; the statements of the loop for ``f``, and for ``g``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import libcst as cst

from sct.errors import RefusedError
from sct.frontend.iterables import Indexed, Row, Rows
from sct.frontend.parse import Source
from sct.frontend.post_init import PostInit
from sct.frontend.scopes import Chosen, FunctionValue, Instance, Several
from sct.frontend.tables import holds_functions, is_function, is_slice, parts_of
from sct.ir.names import GlobalRef
from sct.ir.nodes import Value
from sct.ir.types import Form

_WHICH = "go over all with `for`, or choose one with `if`; a string may choose among the functions of a dict"


class SeveralValues(PostInit):
    """Lowers what holds functions and objects."""

    def several(self, items: dict[Any, Value], node: cst.CSTNode) -> Several:
        """What holds these items, by their positions or keys: they are known as those of ``*args`` are."""
        return self.packed(Several(self.span(node)), items, node)

    def several_at(self, node: cst.BaseExpression) -> Several | None:
        """The list or dict that an expression stands for."""
        found: Value | None = None
        if isinstance(node, cst.Name) and self.scope.binds(node.value):
            found = self.env.get(self.scope.key(node.value))
        elif isinstance(node, cst.Attribute) and isinstance(of := self.object_at(node.value), Instance):
            found = self.env.get(self.variable_of(of, node))
        elif isinstance(node, cst.Name | cst.Attribute) and self.is_table_of_functions(node):
            found = self.imported(node)
        elif isinstance(node, cst.Subscript) and self.several_at(node.value) is not None:
            found = self.value(node)
        return found if isinstance(found, Several) else None

    # constants of modules

    def is_table_of_functions(self, node: cst.Name | cst.Attribute) -> bool:
        """Whether a name is that of a module's constant that holds functions."""
        text = self.source.code(node)
        origin = None if self.scope.binds(text.split(".")[0]) else self.source.origin(text)
        source = None if origin is None else origin.source
        return source is not None and origin is not None and holds_functions(source, source.constants.get(origin.name))

    def constant(self, source: Source, ref: GlobalRef, node: cst.CSTNode) -> Value:
        made = source.constants[ref.name]
        if not holds_functions(source, made) and not is_slice(source, made):
            return super().constant(source, ref, node)
        return self.of_module(source, lambda: self.entry(made))

    def entry(self, node: cst.BaseExpression) -> Value:
        """A constant that holds functions, or an item of one."""
        parts = parts_of(node)
        if parts is not None and holds_functions(self.source, node):
            return self.several({key: self.entry(part) for key, part in parts.items()}, node)
        is_literal = is_function(self.source, node) or isinstance(node, cst.Name) or self.is_literal(node)
        if not is_literal:
            reason = "this stands beside functions in a constant, and is no literal"
            raise self.refuse(node, reason, "bind it to a constant of its own, and name that here")
        return self.value(node)

    # uses

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        found = self.several_at(node)
        if found is None:
            return super().elements(node, target)
        return Rows([partial(self.argument, found, key, node) for key in self.packs[found]])

    def dict_view(self, node: cst.BaseExpression) -> Rows | None:
        called = node.func if isinstance(node, cst.Call) and not node.args else None
        kind = called.attr.value if isinstance(called, cst.Attribute) else "keys"
        found = self.several_at(called.value if isinstance(called, cst.Attribute) else node)
        keys = () if found is None else self.packs[found]
        if found is None or not keys or isinstance(next(iter(keys)), int):
            return super().dict_view(node)
        rows: dict[str, list[Row]] = {
            "keys": [partial(self.const, key) for key in keys],
            "values": [partial(self.argument, found, key, node) for key in keys],
            "items": [[partial(self.const, key), partial(self.argument, found, key, node)] for key in keys],
        }
        return Rows(rows[kind]) if kind in rows else super().dict_view(node)

    def made_of(self, value: Value) -> list[Value] | None:
        if not isinstance(value, Several):
            return super().made_of(value)
        return [self.reread(self.env[key]) for key in self.packs[value].values()]

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        found = self.several_at(node.value)
        if found is None:
            return super().lower_Subscript(node)
        index = node.slice[0].slice
        if len(node.slice) == 1 and isinstance(index, cst.Slice):
            return self.cut(found, index, node)
        if len(node.slice) > 1 or not isinstance(index, cst.Index):
            raise self.which(node)
        value, keys = self.value(index.value), list(self.packs[found])
        if value not in self.constants:
            return self.told_by(value, found, node)
        key = self.constants[value]
        key = key + len(keys) if isinstance(key, int) and key < 0 else key
        if key not in keys:
            raise self.refuse(node, f"there is no item {key!r} here", f"the items are {', '.join(map(repr, keys))}")
        return self.argument(found, key, node)

    def cut(self, of: Several, part: cst.Slice, node: cst.Subscript) -> Several:
        """A slice of a list, whose bounds are known."""
        ends = [None if end is None else self.value(end) for end in (part.lower, part.upper, part.step)]
        cuts = [None if end is None else self.constants.get(end, "") for end in ends]
        keys = list(self.packs[of])
        if any(cut is not None and type(cut) is not int for cut in cuts) or cuts[2] == 0 or (keys and 0 not in keys):
            raise self.which(node)
        return self.several(dict(enumerate(self.argument(of, key, node) for key in keys[slice(*cuts)])), node)

    def which(self, node: cst.Subscript) -> RefusedError:
        return self.refuse(node, f"it is not known which item of `{self.source.code(node.value)}` this is", _WHICH)

    def told_by(self, key: Value, found: Several, node: cst.Subscript) -> Value:
        """The function of a dict that a key tells when the code runs."""
        *others, last = self.packs[found]
        functions = {each: self.argument(found, each, node) for each in (*others, last)}
        chosen = functions[last]
        if isinstance(last, int) or not isinstance(chosen, FunctionValue):
            raise self.which(node)
        is_other = self.emit("not_in", [key, found], node, style="operator")
        self.either(
            node, self.stmt, is_other, lambda: self.effect("raise", [key], node, exception="KeyError"), lambda: None
        )
        for each in reversed(others):
            then, test = functions[each], self.emit("eq", [key, self.const(each)], node, style="operator")
            if not isinstance(then, FunctionValue):
                raise self.which(node)
            chosen = Chosen(self.span(node), test, then, chosen)
        return chosen

    def emit(self, name: str, operands: Any, node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        if name == "tuple" and node is not None and any(isinstance(value, FunctionValue) for value in operands):
            form: Form | None = attrs.get("form")
            if form is None or form.kind in ("list", "dict"):
                is_dict = form is not None and form.kind == "dict"
                keys = form.labels if form is not None and is_dict else range(len(operands))
                if is_dict and not all(isinstance(key, str) for key in keys):
                    raise self.refuse(
                        node, "the keys of a dict of functions must be strings", "use a list of functions"
                    )
                return self.several(dict(zip(keys, operands, strict=True)), node)
        if name == "len" and operands[0] in self.packs:
            return self.const(len(self.packs[operands[0]]))
        if name in ("in", "not_in") and isinstance(operands[1], Several):
            known = [self.const(key) for key in self.packs[operands[1]]]
            operands = [operands[0], super().emit("tuple", known, node)]
        return super().emit(name, operands, node, **attrs)
