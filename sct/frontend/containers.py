"""Displays, parts and classes of containers to SSA.

Before: ``layer = {"W": W, "b": b}`` and ``Point(x, y=1.0)``.
After: ``%layer = tuple %W, %b`` with the form of a dict of the keys W and b, ``tuple %x, 1.0`` with that of the class.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce

import libcst as cst

from sct.frontend.calls import Calls
from sct.frontend.classes import USE_PLAIN, Field, Record, record
from sct.frontend.constants import is_starred
from sct.frontend.decorators import properties
from sct.frontend.scopes import OURS, FunctionValue, LibraryFunction, RecordClass
from sct.ir.nodes import Value
from sct.ir.types import Form, Key, is_key

LIST = Form("list")
_NO_KEY = "the keys of a dict must be constants: strings, integers, or tuples of these"
_ITEM = f"item{OURS}"
_NAMESPACE = ("types", "SimpleNamespace")


class Containers(Calls):
    """Lowers the expressions that make containers, and those that reach into them."""

    def lower_List(self, node: cst.List) -> Value:
        if is_starred(node):
            return self.unpacking(node)
        return self.emit("tuple", self.items(node), node, form=LIST)

    def lower_Tuple(self, node: cst.Tuple) -> Value:
        return self.unpacking(node) if is_starred(node) else super().lower_Tuple(node)

    def unpacking(self, node: cst.List | cst.Tuple) -> Value:
        """``[a, *xs, b]``, which is ``[a] + xs + [b]``; the items of a tuple are written one by one in a list."""
        form = {"form": LIST} if isinstance(node, cst.List) else {}
        parts, items = list[Value](), list[Value]()
        for element in node.elements:
            if not isinstance(element, cst.StarredElement):
                items.append(self.value(element.value))
                continue
            found = self.spread_out(element.value, in_list=bool(form))
            if found is None:
                return self.undef()
            if isinstance(found, list):
                items += found
                continue
            parts += [self.emit("tuple", items, node, **form), found] if items else [found]
            items = []
        if items or len(parts) < 2:
            parts.insert(len(parts) if items else 0, self.emit("tuple", items, node, **form))
        return reduce(lambda a, b: self.emit("add", [a, b], node, style="operator"), parts)

    def spread_out(self, node: cst.BaseExpression, in_list: bool) -> Value | list[Value] | None:
        """What ``*xs`` stands for: items, or what holds them; None as long as its kind is not known."""
        span = self.span(node)
        if isinstance(node, cst.List | cst.Tuple) and not is_starred(node):
            return self.items(node)
        if span in self.known.vectors:  # which NumPy would add to what stands beside it
            if not in_list:
                raise self.refuse(node, "it is not known how many items this has", "make it a list: `[*xs, x]`")
            items = cst.ListComp(cst.Name(_ITEM), cst.CompFor(cst.Name(_ITEM), node))
            self.source.adopt(items, node, self.stmt)
            return self.value(items)
        if isinstance(node, cst.ListComp) or span in self.known.lists:
            return self.value(node)
        value = self.value(node)
        if value in self.packs:
            return [self.argument(value, key, node) for key in self.packs[value]]
        count = self.counted(value, node)
        if count is None:
            self.emit("items", [value], node, help="make a list of it: `[row for row in xs]`")
            return None
        return [self.item(value, k, node) for k in range(count)]

    def lower_BinaryOperation(self, node: cst.BinaryOperation) -> Value:
        """A list that is repeated: ``[0.0] * n``; any other operation on containers is known when types are."""
        if type(node.operator) is not cst.Multiply:
            return super().lower_BinaryOperation(node)
        display, count = node.left, node.right
        if isinstance(count, cst.List | cst.Tuple):
            display, count = count, display
        is_array = any(span == self.span(node) for span, _, _ in self.known.arrays)
        if not isinstance(display, cst.List | cst.Tuple) or is_array:
            return super().lower_BinaryOperation(node)
        if isinstance(display, cst.List) and len(display.elements) == 1 and not is_starred(display):
            return self.emit("filled", [*self.items(display), self.value(count)], node)
        if isinstance(count, cst.Integer) and not is_starred(display):
            form = {"form": LIST} if isinstance(display, cst.List) else {}
            return self.emit("tuple", self.items(display) * count.evaluated_value, node, **form)
        return super().lower_BinaryOperation(node)

    def lower_Dict(self, node: cst.Dict) -> Value:
        labels = [self.key(element.key) for element in node.elements if isinstance(element, cst.DictElement)]
        if len(labels) == len(node.elements) and len(set(labels)) < len(labels):
            raise self.refuse(node, "a key occurs twice", "leave one of them out")
        return self.merged(node, node.elements)

    def merged(self, node: cst.CSTNode, parts: Sequence[cst.Arg | cst.BaseDictElement]) -> Value:
        """``{**d, "W": x}``, or ``dict(d, W=x)``: the last of equal keys counts."""
        found: dict[Key, Value] = {}
        for part in parts:
            given = self.entries(part)
            if given is None:
                return self.undef()
            found |= given
        return self.dict(node, list(found), list(found.values()))

    def entries(self, part: cst.Arg | cst.BaseDictElement) -> dict[Key, Value] | None:
        """What a part of a dict holds, by its keys; None as long as these are not known."""
        if isinstance(part, cst.DictElement):
            return {self.key(part.key): self.value(part.value)}
        if isinstance(part, cst.Arg) and part.keyword is not None:
            return {part.keyword.value: self.value(part.value)}
        return self.unpacked_dict(part)

    def keys(self, node: cst.CSTNode, value: Value) -> tuple[Key, ...] | None:
        """The keys of a dict that ``node`` asks for; None as long as its type is not known."""
        found = [keys for span, keys in self.known.keys if span == self.span(node)]
        if len(found) != 1:
            self.emit("items", [value], node, help="write the keys one by one: those of a dict must be known")
            return None
        self.emit("holds", [value], node, keys=found[0])
        return found[0]

    def key(self, node: cst.BaseExpression) -> Key:
        """The constant that a key is written as, or that a name stands for."""
        found = self.literal_of(self.value(node))
        if not is_key(found):
            raise self.refuse(node, _NO_KEY, "use a list, or an array")
        return found

    def literal_of(self, value: Value) -> object:
        """The constant that a value is, or the tuple of constants; None if it is none."""
        maker = next((op for op in reversed(self.block.ops) if value in op.results), None)
        if maker is None or maker.name != "tuple" or maker.attrs.get("form") is not None:
            return self.constants.get(value)
        return tuple(map(self.literal_of, maker.operands))

    def dict(self, node: cst.CSTNode, labels: Sequence[Key], operands: list[Value]) -> Value:
        return self.emit("tuple", operands, node, form=Form("dict", tuple(labels)))

    def lower_Attribute(self, node: cst.Attribute) -> Value:
        of_enumeration = self.member_of(node)
        if of_enumeration is not None:
            return of_enumeration
        name = node.attr.value
        method = self.method(node, name)
        if method is not None:
            if name in properties(method.source, method.ref.name.rpartition(".")[0]):
                return self.call_bound(node, node.value, method)
            self.check_decorators(method.source, method.ref.name, node)
        return self.member(node) or super().lower_Attribute(node)

    def lower_Call(self, node: cst.Call) -> Value:
        """What generated code makes adjoints with: ``type(p)(x=…)``, and ``SimpleNamespace(x=…)``."""
        like = _type_of(node.func)
        if like is not None and not self.is_authors("type"):
            labels, values = self.labelled(node)
            return self.emit("rebuild", [self.value(like), *values], node, labels=labels)
        name = node.func.value if isinstance(node.func, cst.Name) and not self.scope.binds(node.func.value) else ""
        if self.source.imported.get(name) == _NAMESPACE and self.source.doubt(name) is None:
            labels, values = self.labelled(node)
            return self.emit("tuple", values, node, form=Form("class", labels, "SimpleNamespace", plain=True))
        if self.is_replace(node):
            of = next((cls for span, cls in self.known.methods if span == self.span(node)), None)
            if of is not None:
                return self.replaced(node, node.args[0].value, of, node.args[1:])
            reason, help_ = "what is given to `replace` is no dataclass", "give it an instance of one"
            return self.emit("method", [self.value(node.args[0].value)], node, method="", reason=reason, help=help_)
        return super().lower_Call(node)

    def is_replace(self, node: cst.Call) -> bool:
        """Whether a call is of ``dataclasses.replace``."""
        first = node.args[0] if node.args else None
        takes = first is not None and first.keyword is None and not first.star
        return takes and self.is_of_module(node.func, "dataclasses.replace")

    def is_of_module(self, node: cst.BaseExpression, name: str) -> bool:
        """Whether an expression is what the module imports under the full ``name``."""
        text = self.source.code(node) if isinstance(node, cst.Name | cst.Attribute) else ""
        head = text.split(".")[0]
        is_global = bool(text) and not self.scope.binds(head) and self.source.doubt(head) is None
        return is_global and self.source.in_full(text) == name

    def labelled(self, node: cst.Call) -> tuple[tuple[str, ...], list[Value]]:
        """The keywords of a call that makes a structure, and what is passed by them."""
        if any(argument.keyword is None for argument in node.args):
            raise self.refuse(node, "fields are passed by position, or with `*`, here", "pass them by their names")
        labels = tuple(argument.keyword.value for argument in node.args if argument.keyword is not None)
        return labels, [self.value(argument.value) for argument in node.args]

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        if isinstance(function, RecordClass):
            return self.construct(node, function.record)
        if isinstance(function, LibraryFunction) and (function.library, function.name) == ("builtins", "dict"):
            if any(argument.star == "*" for argument in node.args):
                raise self.refuse(node, "`dict` takes a dict, and keywords, here", "write `dict(W=…)` or `{'W': …}`")
            return self.merged(node, node.args)
        return super().call(node, function)

    def call_method(self, node: cst.Call, function: cst.Attribute) -> Value:
        name = function.attr.value
        keys = [keys for span, keys in self.known.keys if span == self.span(node)]
        if name == "get" and node.args and len(keys) == 1:
            return self.get(node, function.value, keys[0])
        of = next((cls for span, cls in self.known.methods if span == self.span(node)), None)
        if name == "_replace" and of is not None and self.method(node, name) is None:
            return self.replaced(node, function.value, of, node.args)
        return self.popped(node, function.value) if name == "pop" else super().call_method(node, function)

    def popped(self, node: cst.Call, of: cst.BaseExpression) -> Value:
        """``xs.pop()``."""
        if [self.source.code(argument) for argument in node.args] not in ([], ["-1"]):
            text = self.source.code(of)
            stay = f"{{k: v for k, v in {text}.items() if k != 'a'}}"
            help_ = f"read the item (`{text}['a']`), and make a dict of those that stay: `{stay}`"
            raise self.refuse(node, "no item of a dict can be popped", help_)
        xs = self.value(of)
        base, path = self.place(xs)
        last = self.const(-1)
        item = self.emit("getitem", [base, *path, last], node)
        self.renew(base, self.emit("shorten", [base, *path, last], node))
        return item

    def get(self, node: cst.Call, of: cst.BaseExpression, keys: tuple[Key, ...]) -> Value:
        """``d.get("k", default)`` of a dict with these keys."""
        self.no_stars(node)
        value, key = self.value(of), self.key(node.args[0].value)
        default = self.const(None) if len(node.args) == 1 else self.value(node.args[1].value)
        self.emit("holds", [value], node, keys=keys)
        return self.emit("getitem", [value, self.const(key)], node) if key in keys else default

    def replaced(self, node: cst.Call, of: cst.BaseExpression, name: str, changes: Sequence[cst.Arg]) -> Value:
        """``s._replace(x=…)`` and ``replace(s, x=…)``: another instance, with the other fields of ``s``."""
        found = record(self.source, name)
        labels = () if found is None else found.labels
        given = {a.keyword.value: a for a in changes if a.keyword is not None}
        wrong = next((a for a in changes if a.keyword is None or a.keyword.value not in labels), None)
        if wrong is not None:
            raise self.refuse(wrong, f"`{name}` has no such field", f"its fields are {', '.join(labels)}")
        value = self.value(of)
        values = {label: self.value(argument.value) for label, argument in given.items()}
        operands = [values[k] if k in values else self.emit("item", [value], node, label=k) for k in labels]
        return self.emit("tuple", operands, node, form=Form("class", labels, name), positional=0)

    def passed(self, argument: cst.Arg) -> list[tuple[str | None, Value]] | None:
        """The values that an argument of a call stands for, each with its keyword; None as long as that is unknown."""
        if argument.star == "**":
            labelled = self.unpacked_dict(argument)
            return None if labelled is None else [(str(label), value) for label, value in labelled.items()]
        keyword = None if argument.keyword is None else argument.keyword.value
        values = self.unpacked(argument.value) if argument.star else [self.value(argument.value)]
        return None if values is None else [(keyword, value) for value in values]

    def construct(self, node: cst.Call, of: Record) -> Value:
        """An instance of a class: its fields in their order."""
        if of.problem is not None:
            raise self.refuse(node, f"`{of.name}` is not supported: {of.problem}", USE_PLAIN)
        given: dict[Key, Value] = {}
        by_position = [field.name for field in of.fields if not field.by_name]
        places = iter(by_position)
        for argument in node.args:
            found = self.passed(argument)
            if found is None:
                return self.undef()
            for keyword, value in found:
                label = next(places, None) if keyword is None else keyword
                if label not in of.labels or label in given:
                    reason = f"`{of.name}` has no such field" if label not in given else f"`{label}` is given twice"
                    raise self.refuse(argument, reason, f"its fields are {', '.join(of.labels)}")
                given[label] = value
        first = [field.name for field in of.fields[: len(by_position)]]  # else, those that go by name stand between
        positional = len(by_position) - len(list(places)) if first == by_position else 0
        for field in of.fields:
            if field.name in given:
                continue
            if field.default is None:
                raise self.refuse(node, f"`{of.name}` needs the field `{field.name}`", "pass it")
            given[field.name] = self.default_of(node, of, field)
        operands = [given[label] for label in of.labels]
        if of.is_dict:
            return self.emit("tuple", operands, node, form=Form("dict", of.labels))
        form = Form("class", of.labels, self.source.code(node.func))
        return self.emit("tuple", operands, node, form=form, positional=positional)

    def default_of(self, node: cst.Call, of: Record, field: Field) -> Value:
        """What a field is that is not passed."""
        source, default = of.home(field), field.default
        assert default is not None
        if isinstance(default, cst.List) and not default.elements:
            return self.emit("tuple", [], node, form=LIST)
        if isinstance(default, cst.Dict) and not default.elements:
            return self.dict(node, [], [])
        if field.is_made:
            return self.of_module(source, partial(self.value, default))
        try:
            return self.const(source.literal(default), node, source.code(default))
        except (ValueError, TypeError, SyntaxError):
            return self.constant_default(node, source, cst.Param(cst.Name(field.name), default=default))


def _type_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """What ``type(p)`` is the type of."""
    match node:
        case cst.Call(func=cst.Name("type"), args=[cst.Arg(value, keyword=None, star="")]):
            return value
    return None
