"""Calls of library functions to SSA, where they are more than a row of the vocabulary.

Before: ``max(a, b, c)`` and ``np.add(x, y, out=z)``.
After: ``%1 = maximum %a, %b; %2 = maximum %1, %c`` and ``%3 = add %x, %y; %z1 = store %z, %3, ...``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

import libcst as cst

from sct.frontend.arguments import Arguments
from sct.frontend.constants import is_written_out
from sct.frontend.definitions import definition, fits, takes
from sct.frontend.instead import instead_of
from sct.frontend.primitives import ALIASES
from sct.frontend.scopes import LibraryFunction, ModuleFunction, Slice
from sct.frontend.vocabulary import Row
from sct.ir.nodes import Value

# Python's functions of all elements of an array of rank 1.
_REDUCTIONS = frozenset({"min", "max", "any", "all"})
_SELECT = "write `np.select([c, d], [a, b], default)`"
_CONDITIONS = "write it with `and` or `or`, or with NumPy's function of an array"
# What takes its arguments in brackets.
_BRACKETS = (("numpy", "r_"), ("numpy", "c_"))
_ONE_BY_ONE = "pass the arguments one by one"
_ON_ARRAY = "use NumPy's function on an array"


class LibraryCalls(Arguments):
    """Lowers calls of libraries' functions, and of built-in ones."""

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        library, name = function.library, function.name
        of_all = self.of_all(node, library, name)
        if of_all is not None:
            return of_all
        written = self.written_one_by_one(node)
        if written is None:
            return self.undef()
        node = written
        if library == "builtins" and name in _REDUCTIONS and len(node.args) == 1 and not node.args[0].keyword:
            if self.span(node.args[0].value) in self.known.vectors:  # as NumPy's function of that name
                row = self.rows.lookup(name)
                assert row is not None
                return self.apply(node, row, [], list(node.args), "call", "numpy")
            if name in ("any", "all"):
                return self.truth(node, function)
        if library == "builtins" and name == "sum" and node.args and len(node.args) <= 2 and not node.args[0].keyword:
            start = node.args[1] if len(node.args) == 2 else None
            if start is None or start.keyword is None or start.keyword.value == "start":
                return self.total(node, node.args[0].value, None if start is None else self.value(start.value))
        if (library, name) == ("builtins", "slice"):
            return self.slice_of(node)
        if name == "divmod" and library in ("builtins", "numpy"):
            return self.divmod(node)
        if (library, name) == ("numpy", "select"):
            return self.select(node)
        if (library, name) == ("numpy", "block"):
            return self.blocks(node)
        alone = (library, name) == ("numpy", "where") and len(node.args) == 1
        row = self.rows.lookup("nonzero") if alone else self.rows.resolve(library, name)
        written_out = self.written_out_call(node, row, library, name, node.args)
        if written_out is not None:
            return written_out
        if row is None:
            raise self.refuse(node, f"the function `{function.spelling}` is not supported", instead_of(library, name))
        if library == "builtins" and name in ("min", "max") and not any(argument.keyword for argument in node.args):
            return self.extreme(node, row)
        out = next((a for a in node.args if a.keyword is not None and a.keyword.value == "out"), None)
        if out is not None and library == "numpy" and row.elementwise:
            rest = [argument for argument in node.args if argument is not out]
            value = self.apply(node, row, [], rest, "call", library, name)
            return self.overwrite(self.value(out.value), value, node, form="out")
        return self.apply(node, row, [], list(node.args), "call", library, name)

    def of_all(self, node: cst.Call, library: str, name: str) -> Value | None:
        """``max(*xs, x)``, which is ``max([*xs, x])``, and ``math.hypot(*xs)`` of a vector, which is its norm."""
        if not any(argument.star == "*" for argument in node.args):
            return None
        if library == "builtins" and name in ("min", "max") and not any(argument.keyword for argument in node.args):
            items = [cst.StarredElement(a.value) if a.star else cst.Element(a.value) for a in node.args]
            whole = node.with_changes(args=[cst.Arg(cst.List(items))])
            self.source.adopt(whole, node, self.stmt)
            return self.call_library(whole, LibraryFunction(self.span(node), library, name, name))
        xs = node.args[0].value
        if (library, name, len(node.args)) != ("math", "hypot", 1) or is_written_out(xs):
            return None
        place, value = self.span(xs), self.value(xs)
        if place in self.known.vectors | self.known.lists:
            norm = self.rows.lookup("norm")
            assert norm is not None
            return self.apply(
                node, norm, [self.as_array(value, node) if place in self.known.lists else value], [], "call", "numpy"
            )
        if value in self.packs or self.count(xs) is not None:
            return None
        self.emit("items", [value], xs, help=_ONE_BY_ONE)
        return self.undef()

    def written_one_by_one(self, node: cst.Call) -> cst.Call | None:
        """A call whose ``*args`` and ``**options`` are those of the function: each item of these is an argument.

        So is each of a tuple that has a name; None as long as it is not known how many these are.
        """
        args = list[cst.Arg]()
        for argument in node.args:
            key = self.scope.key(argument.value.value) if isinstance(argument.value, cst.Name) else ""
            pack: Iterable[int | str] | None = (
                self.packs.get(self.env[key]) if argument.star and key in self.env else None
            )
            if pack is None and argument.star == "*" and is_written_out(argument.value):
                args += [cst.Arg(element.value) for element in argument.value.elements]
                continue
            if pack is None and argument.star == "*" and isinstance(argument.value, cst.Name | cst.Attribute):
                count = self.count(argument.value)
                if count is None:
                    self.emit("items", [self.value(argument.value)], argument.value, help=_ONE_BY_ONE)
                    return None
                pack = range(count)
            if pack is None:
                args.append(argument)
                continue
            for item in pack:
                index = cst.Integer(str(item)) if isinstance(item, int) else cst.SimpleString(repr(item))
                place = cst.Subscript(argument.value, [cst.SubscriptElement(cst.Index(index))])
                args.append(cst.Arg(place, keyword=None if isinstance(item, int) else cst.Name(item)))
        if len(args) == len(node.args) and all(a is b for a, b in zip(args, node.args, strict=True)):
            self.no_stars(node)
            return node
        call = node.with_changes(args=args)
        self.source.adopt(call, node, self.stmt)
        self.no_stars(call)
        return call

    def written_out_call(
        self, node: cst.Call, row: Row | None, library: str, name: str, args: Sequence[cst.Arg], of: int = 0
    ) -> Value | None:
        """A call of what is short for other functions, where the row, if any, does not take it as it is written.

        Of a method the first argument is the array, of which the row has the first ``of`` operands.
        """
        if row is not None and takes(row, args[of:], row.positional[of:], ALIASES):
            return None
        found = definition(self.rows.definitions, library, name, self.source, node)
        if found is None or not fits(found, args):
            return None
        call = node
        if of:
            call = cst.Call(node.func, args)
            self.source.adopt(call, node, self.stmt)
        return self.call_function(call, found)

    @abstractmethod
    def call_function(self, node: cst.Call, function: ModuleFunction) -> Value:
        """A call of a function that is written in Python."""

    def slice_of(self, node: cst.Call) -> Value:
        """``slice(a, b)``: wherever it is an index, it is written as ``a:b``."""
        parts = [self.value(argument.value) for argument in node.args if argument.keyword is None]
        if len(parts) != len(node.args) or not 1 <= len(parts) <= 3:
            raise self.refuse(node, "`slice` takes one to three numbers", "write `x[a:b]`")
        if len(parts) == 1:
            parts.insert(0, self.const(None))
        return Slice(self.span(node), [*parts, self.const(None)][:3])

    def divmod(self, node: cst.Call) -> Value:
        """``divmod(a, b)``: the tuple of ``a // b`` and ``a % b``."""
        if len(node.args) != 2 or any(argument.keyword for argument in node.args):
            raise self.refuse(node, "`divmod` takes two numbers", "write `a // b` and `a % b`")
        a, b = (self.value(argument.value) for argument in node.args)
        return self.emit(
            "tuple", [self.emit(name, [a, b], node, style="operator") for name in ("floordiv", "mod")], node
        )

    def select(self, node: cst.Call) -> Value:
        """``np.select``: a ``np.where`` in another one's place for what is left."""
        names = ("condlist", "choicelist", "default")
        given = {a.keyword.value if a.keyword else names[min(k, 2)]: a.value for k, a in enumerate(node.args)}
        lists = [self.listed(given[name]) for name in names[:2] if name in given]
        if None in lists:
            return self.undef()
        conditions, *choices = [each for each in lists if each is not None] or [[]]
        if [len(conditions)] != list(map(len, choices)) or not given.keys() <= set(names):
            raise self.refuse(node, "`select` needs conditions, and as many choices", _SELECT)
        found = self.value(given["default"]) if "default" in given else self.const(0)
        for condition, choice in reversed(list(zip(conditions, *choices, strict=True))):
            found = self.emit("where", [condition, choice, found], node, style="call", lib="numpy")
        return found

    def listed(self, node: cst.BaseExpression) -> list[Value] | None:
        """The items of what is written out, or has a name since shortly before; None as long as they are not known."""
        made = self.made_of(self.value(node)) if isinstance(node, cst.Name) else None
        return self.unpacked(node, _SELECT) if made is None else made

    def blocks(self, node: cst.Call) -> Value:
        """``np.block`` of rows of blocks: what is beside each other is joined, then what is one below the other."""
        table = node.args[0].value if len(node.args) == 1 else None
        rows = [element.value for element in table.elements] if isinstance(table, cst.List) else []
        if not rows or not all(isinstance(row, cst.List) and row.elements for row in rows):
            reason = "`block` needs its rows of blocks written out"
            raise self.refuse(
                node, reason, "write `np.block([[A, B], [C, D]])`, or join the blocks with `np.concatenate`"
            )
        joined = list[Value]()
        for row in rows:
            assert isinstance(row, cst.List)
            blocks = [self.emit("atleast_2d", [item], row, style="call", lib="numpy") for item in self.items(row)]
            joined.append(self.joined(blocks, 1, row))
        return self.joined(joined, 0, node)

    def joined(self, arrays: list[Value], axis: int, node: cst.CSTNode) -> Value:
        """Arrays joined along an axis."""
        attrs = {"axis": axis, "sequence": "list", "style": "call", "lib": "numpy"}
        return self.emit("concatenate", arrays, node, **attrs) if len(arrays) > 1 else arrays[0]

    def truth(self, node: cst.Call, function: LibraryFunction) -> Value:
        """``any`` or ``all`` of what is no generator: what is no array of rank 1 is refused."""
        if self.unpacked(node.args[0].value) is None:
            return self.undef()
        raise self.refuse(node, f"the function `{function.spelling}` of this is not supported", _CONDITIONS)

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

    def total(self, node: cst.Call, argument: cst.BaseExpression, start: Value | None) -> Value:
        """The builtin ``sum`` of a tuple's items, of a list's, or of an array's rows."""
        if self.span(argument) in self.known.lists:
            value = self.value(argument)
            return self.emit("total", [value], node) if start is None else self.emit("total_from", [value, start], node)
        is_value = isinstance(argument, cst.Name | cst.Attribute | cst.Subscript | cst.BinaryOperation)
        if is_value and self.count(argument) is None:
            rows = self.emit("items", [self.value(argument)], argument, help=_ON_ARRAY, sums=True)
            return rows if start is None else self.emit("add", [start, rows], node, style="operator")
        values = self.unpacked(argument)
        if values is None:
            return self.undef()
        found, *others = [start, *values] if start is not None else values or [self.const(0)]
        for other in others:
            found = self.emit("add", [found, other], node, style="operator")
        return found

    def overwrite(self, array: Value, value: Value, node: cst.CSTNode, **form: str) -> Value:
        """Write all elements of an array, in the author's ``form`` of a call; its new version."""
        base, path = self.place(array)
        after = self.emit("store", [base, value, *path, self.const(..., text="...")], node, **form)
        self.renew(base, after)
        return self.reread(array) if path else after

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        return self.bracketed(node) or super().lower_Subscript(node)

    def in_brackets(self, node: cst.BaseExpression) -> Value:
        """What is joined in brackets; rows that are written out are an array."""
        is_table = isinstance(node, cst.List) and any(isinstance(each.value, cst.List) for each in node.elements)
        return self.array_of(node) if isinstance(node, cst.List) and is_table else self.value(node)

    def bracketed(self, node: cst.Subscript) -> Value | None:
        """``np.r_[a, b]`` or ``np.c_[a, b]``."""
        text = self.source.code(node.value)
        found = self.source.library_function(text)
        if found not in _BRACKETS or self.scope.binds(text.split(".")[0]):
            return None
        row, operands = self.rows.resolve(*found), list[Value]()
        assert row is not None
        for element in node.slice:
            if not isinstance(element.slice, cst.Index) or element.slice.star:
                raise self.refuse(element, f"a slice in `{text}`", "write `np.arange(…)`")
            operands.append(self.in_brackets(element.slice.value))
        return self.emit(row.name, operands, node, style="call", lib="numpy")
