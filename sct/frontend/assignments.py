"""Assignments: to names, to elements and attributes, and by methods and functions that write into what they are given.

Before: ``a[i] = b = x * y`` and ``u.fill(0.0)``.
After: ``%b = mul %x, %y; %a1 = store %a, %b, %i`` and ``%u1 = store %u, 0.0, ...``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from sct.frontend.constants import is_starred
from sct.frontend.containers import LIST
from sct.frontend.operators import AUGMENTED
from sct.frontend.starred import Starred
from sct.ir.nodes import Value

_INDEX = ("numpy", "s_")
_DISPLAYS = (cst.List, cst.Tuple)


class Assignments(Starred):
    """Lowers what gives a name, or a place in an array or a structure, another value."""

    def do_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1:
            self.assign(node.targets[0].target, node.value)
            return
        is_number = isinstance(node.value, cst.Integer | cst.Float)  # then each target has one of its own
        value = self.value(node.value)
        for k, target in enumerate(node.targets):
            self.bind(target.target, self.value(node.value) if k and is_number else value)

    def do_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, node.value)

    def assign(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Tuple | cst.List) and isinstance(value, cst.Tuple | cst.List):
            fits = len(target.elements) == len(value.elements) or _star(target) is not None
            if fits and not is_starred(value):
                self.spread(target, self.items(value))
                return
        columns = self.columns_of(target, value)
        if isinstance(target, cst.Tuple | cst.List) and columns is not None:
            pairs = zip(target.elements, columns, strict=True)
            self.spread(target, [self.assigned_value(element.value, column) for element, column in pairs])
            return
        self.bind(target, self.assigned_value(target, value))

    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        if isinstance(target, cst.Name):
            self.name_value(target.value, value)
        elif isinstance(target, cst.Tuple | cst.List):
            items = self.made_of(value)
            star = _star(target)
            if items is not None and (len(items) == len(target.elements) or star is not None):
                self.spread(target, items)
                return
            count = len(target.elements) if star is None else self.count(target)
            if star is not None and self.span(target) in self.known.lists:
                parts = self.parts_of_list(value, star, len(target.elements) - star - 1, target)
                for element, part in zip(target.elements, parts, strict=True):
                    self.bind(element.value, part)
                return
            if count is None:
                starred = "name each item, or take a slice: `a, rest = xs[0], xs[1:]`"
                self.emit("items", [value], target, help="name each item" if star is None else starred)
            whole = {} if star is not None else {"count": count}
            items = [self.item(value, k, target, **whole) for k in range(count or 0)]
            self.spread(target, items, known=count is not None)
        elif isinstance(target, cst.Subscript):
            self.store(target, value)
        elif isinstance(target, cst.Attribute):
            self.put(target, value)
        else:
            raise self.refuse(target, "this target is not supported", "use a local name")

    def spread(self, target: cst.Tuple | cst.List, items: list[Value], known: bool = True) -> None:
        """Assign each item to its target, and what is left over to the starred one."""
        star = _star(target)
        if star is not None:
            after = len(target.elements) - star - 1
            if known and len(items) < star + after:
                raise self.refuse(target, "there are too few items for these targets", "leave out a target")
            left = items[star : len(items) - after]
            rest = self.emit("tuple", left, target, form=LIST, fixed=True) if known else self.undef()
            items = items if known else [self.undef() for _ in range(star + after)]
            items = [*items[:star], rest, *items[len(items) - after :]]
        present = [self.present(item, element.value) for element, item in zip(target.elements, items, strict=True)]
        for element, item in zip(target.elements, present, strict=True):
            self.bind(element.value, item())

    def present(self, item: Value, target: cst.BaseExpression) -> Callable[[], Value]:
        """What gives an item as it is when its turn comes: an array that the targets before it have written into."""
        return self.watched(item, target, "=") if isinstance(target, cst.Subscript) else lambda: item

    def do_Del(self, node: cst.Del) -> None:
        target = node.target
        targets = [part.value for part in target.elements] if isinstance(target, cst.Tuple | cst.List) else [target]
        for part in targets:
            if isinstance(part, cst.Subscript):
                self.deleted(part)
                continue
            if not isinstance(part, cst.Name):
                raise self.refuse(part, "only a name, or an item of a list, can be deleted", "leave it out")
            self.value(part)
            del self.env[self.scope.key(part.value)]

    def store(self, target: cst.Subscript, value: Value) -> None:
        array = self.value(target.value)
        base, indices = self.element_of(array, target)
        after = self.stored(base, indices, value, target)
        self.put_back(target.value, array, after)

    def stored(self, array: Value, indices: list[Value], value: Value, node: cst.CSTNode, **attrs: object) -> Value:
        after = self.emit("store", [array, value, *indices], node, **attrs)
        self.renew(array, after)
        return after

    def put_back(self, node: cst.BaseExpression, array: Value, after: Value) -> None:
        """Let the structure that ``node`` reads an ``array`` of, as in ``s.h[0] = …``, hold its new version."""
        if array in self.views:
            return
        if isinstance(node, cst.Attribute) and self.object_at(node.value) is not None:
            return  # it is a variable, and holds it already
        if isinstance(node, cst.Attribute) and self.may_be_field(node):
            holder = self.value(node.value)
            changed = self.emit("put", [holder, after], node, label=node.attr.value, back=True)
        elif isinstance(node, cst.Subscript) and _is_keyed(node):
            holder = self.value(node.value)
            changed = self.emit("store", [holder, after, *self.indices(node)], node, back=True)
        else:
            return
        self.renew(holder, changed)
        self.put_back(node.value, holder, changed)

    def may_be_field(self, node: cst.Attribute) -> bool:
        """Whether an attribute is none of a module or an array, and no property as far as types have told."""
        known = self.is_module(node.value) or self.rows.resolve("attr", node.attr.value) is not None
        return not known and all(span != self.span(node) for span, _ in self.known.methods)

    def put(self, target: cst.Attribute, value: Value, **attrs: object) -> None:
        """Assign to a field, or to an attribute of an object that is made here."""
        of = self.object_at(target.value)
        if of is not None:
            self.set_attribute(of, target, value)
            return
        structure = self.value(target.value)
        after = self.emit("put", [structure, value], target, label=target.attr.value, **attrs)
        self.renew(structure, after)
        self.put_back(target.value, structure, after)

    def do_AugAssign(self, node: cst.AugAssign) -> None:
        name = AUGMENTED[type(node.operator)]
        target = node.target
        is_joined = name == "bitwise_or" and self.span(node) in self.known.lists
        if is_joined and self.updated(node, target, [cst.Arg(node.value)]):
            return
        of = self.object_at(target.value) if isinstance(target, cst.Attribute) else None
        if isinstance(target, cst.Name) or of is not None:
            if self.span(node) in self.known.lists and name == "add":
                self.extend(node.value, node.target, node.value)
                return
            before = self.value(node.target)
            after = self.emit(name, [before, self.value(node.value)], node, style="operator", augmented=True)
            if self.span(node) in self.known.in_place:
                array, path = self.place(before)
                self.stored(array, [*path, self.const(..., text="...")], after, node)
                return
            if isinstance(target, cst.Attribute) and of is not None:
                self.set_attribute(of, target, after)
            elif isinstance(target, cst.Name):
                self.env[self.scope.key(target.value)] = after
                after.hint = target.value
            return
        if isinstance(node.target, cst.Subscript):
            whole = self.value(node.target.value)
            array, indices = self.element_of(whole, node.target)
            before = self.emit("getitem", [array, *indices], node.target)
            value = self.emit(name, [before, self.value(node.value)], node, style="operator", augmented=True)
            after = self.stored(array, indices, value, node.target, update=True)
            self.put_back(node.target.value, whole, after)
            return
        if isinstance(node.target, cst.Attribute):
            before = self.value(node.target)
            value = self.emit(name, [before, self.value(node.value)], node, style="operator", augmented=True)
            self.put(node.target, value, update=True)
            return
        raise self.refuse(node, "this target is not supported", "use a name or a subscript of a named array")

    def wrote(self, call: cst.Call) -> bool:
        """Lower a call that writes into its first argument, or that of a method; False if it is another call."""
        if not isinstance(call.func, cst.Attribute):
            return False
        if self.object_at(call.func.value) is not None:  # a method of its class
            return False
        if call.func.attr.value == "update" and any(span == self.span(call) for span, _ in self.known.keys):
            return self.updated(call, call.func.value, call.args)
        if self.sorted_in_place(call, call.func.value):
            return True
        if any(argument.keyword or argument.star for argument in call.args):
            return False
        arguments = [argument.value for argument in call.args]
        if self.rewrote(call, call.func.value, arguments):
            return True
        library = self.source.library_of(self.source.code(call.func).split(".")[0])
        name = self.source.code(call.func).split(".", 1)[1] if library == "numpy" else f".{call.func.attr.value}"
        if name == "copyto" and len(arguments) == 2:
            array, value = map(self.value, arguments)
            self.overwrite(array, value, call, form="copyto")
        elif name in ("add.at", "subtract.at") and len(arguments) == 3:
            base, path = self.element_at(self.value(arguments[0]), arguments[1])
            value = self.value(arguments[2])
            if name == "subtract.at":
                value = self.emit("neg", [value], call, style="operator")
            self.renew(base, self.emit("store", [base, value, *path], call, adds=True))
        elif name == "fill_diagonal" and len(arguments) == 2:
            now = self.watched(self.value(arguments[0]), call)
            value = self.value(arguments[1])
            places = self.emit("diagonal_places", [now()], call)
            base, path = self.place(now())
            self.stored(base, [*path, places, places], value, call)
        elif name == ".fill" and len(arguments) == 1:
            array = self.value(call.func.value)
            self.overwrite(array, self.value(arguments[0]), call, form="fill")
        elif name == ".sort" and not arguments:
            array = self.value(call.func.value)
            ordered = self.emit("sort", [array], call, axis=-1, style="call", lib="numpy", in_place=True)
            self.overwrite(array, ordered, call)
        elif name == ".append" and len(arguments) == 1:
            now = self.watched(self.value(call.func.value), call, " grown")
            value = self.value(arguments[0])
            base, path = self.place(xs := now())
            self.renew(base, after := self.emit("append", [base, *path, value], call))
            self.put_back(call.func.value, xs, after)
        elif name == ".extend" and len(arguments) == 1:
            self.extend(call, call.func.value, arguments[0])
        else:
            return False
        return True

    def updated(self, node: cst.CSTNode, target: cst.BaseExpression, arguments: Sequence[cst.Arg]) -> bool:
        """Assign each key of ``d.update(other, k=x)``, or ``d |= other``; False as long as these are not known."""
        for argument in arguments:
            self.source.adopt(argument, argument.value, self.stmt)
        given = [self.entries(argument) for argument in arguments]
        if None in given:
            return False
        for key, value in [pair for entries in given for pair in (entries or {}).items()]:
            place = cst.Subscript(target, [cst.SubscriptElement(cst.Index(cst.parse_expression(repr(key))))])
            self.source.adopt(place, node, self.stmt)
            self.store(place, value)
        return True

    def element_at(self, array: Value, index: cst.BaseExpression) -> tuple[Value, list[Value]]:
        """The array that ``array`` shows, and the path to its elements with an index that is written as a value."""
        base, path = self.place(array)
        if isinstance(index, cst.Subscript) and self.source.library_function(self.source.code(index.value)) == _INDEX:
            return base, [*path, *self.indices(index)]
        parts = [element.value for element in index.elements] if isinstance(index, cst.Tuple) else [index]
        return base, [*path, *(self.array_of(p) if isinstance(p, _DISPLAYS) else self.value(p) for p in parts)]


def _star(node: cst.Tuple | cst.List) -> int | None:
    """The position of the starred target."""
    return next((k for k, element in enumerate(node.elements) if isinstance(element, cst.StarredElement)), None)


def _is_keyed(node: cst.Subscript) -> bool:
    """Whether a subscript is a string that is written out: ``d["key"]``."""
    match node.slice:
        case [cst.SubscriptElement(cst.Index(cst.SimpleString()))]:
            return True
    return False
