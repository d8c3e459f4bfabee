"""Expressions of user code to SSA: names, operators, conditions, subscripts.  What has no method here is refused.

Before: ``a if x > 0 else A[i]``.
After: ``%t = gt %x, 0; %y = if %t { yield %a } else { %1 = getitem %A, %i; yield %1 }``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import libcst as cst

from sct.errors import NO_COMPLEX, USE_REAL
from sct.frontend.absent import absent, class_attribute
from sct.frontend.constants import are_alike, is_starred
from sct.frontend.global_names import GlobalNames
from sct.frontend.known import Known
from sct.frontend.operators import BINARY, COMPARE, UNARY
from sct.frontend.scan import every
from sct.frontend.scopes import FunctionValue, LibraryFunction, Scope, Slice, same_object
from sct.frontend.strings import template
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import If, Value

_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


class Expressions(GlobalNames):
    """Lowers the expressions of one function."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.index_arrays: dict[Value, Value] = {}
        self.constants: dict[Value, Any] = {}  # what is known to be a number, a string or None when it is lowered

    def value(self, node: cst.BaseExpression) -> Value:
        """The value of an expression."""
        method: Callable[[Any], Value] | None = getattr(self, f"lower_{type(node).__name__}", None)
        if method is None:
            if isinstance(node, cst.Imaginary):
                raise self.refuse(node, NO_COMPLEX, USE_REAL)
            kind = _KINDS.get(type(node), f"a {type(node).__name__}")
            help_ = _HELP.get(type(node), "write it with assignments, `if` and `for … in range(…)`")
            raise self.refuse(node, f"{kind} is not supported", help_)
        return method(node)

    # atoms

    def lower_Integer(self, node: cst.Integer) -> Value:
        return self.const(node.evaluated_value, node, node.value)

    def lower_Float(self, node: cst.Float) -> Value:
        return self.const(node.evaluated_value, node, node.value)

    def lower_SimpleString(self, node: cst.SimpleString) -> Value:
        return self.const(node.evaluated_value, node, node.value)

    def lower_Ellipsis(self, node: cst.Ellipsis) -> Value:
        return self.const(..., node, "...")

    def lower_Name(self, node: cst.Name) -> Value:
        name = node.value
        if self.is_builtin(name):
            return LibraryFunction(self.span(node), "builtins", name, name)
        key = self.scope.key(name)
        if key in self.env:
            return self.reread(self.env[key])
        if name in ("True", "False", "None"):
            return self.const({"True": True, "False": False, "None": None}[name], node, name)
        if self.scope.binds(name):
            help_ = f"assign `{name}` before this line, in a statement of its own"
            reason = f"`{name}` has no value here"
            inside = (every(inner, cst.NamedExpr) for inner in every(self.source.module, *_COMPREHENSIONS))
            targets = [named.target for walrus in inside for named in walrus]
            if any(isinstance(target, cst.Name) and target.value == name for target in targets):
                reason = f"`{name}` has no value here: what `:=` binds in a comprehension is not known outside"
            raise self.refuse(node, reason, help_)
        found = self.imported(node)
        if found is None:
            help_ = "define it in this module, or import it from one beside it"
            raise self.refuse(node, *(absent(self.source, name) or (f"`{name}` is not known", help_)))
        return found

    def lower_Attribute(self, node: cst.Attribute) -> Value:
        name = node.attr.value
        if self.is_module(node.value):
            found = self.imported(node)
            if found is not None:
                return found
            text, help_ = self.source.code(node), "define it in a module beside this one, or pass it as an argument"
            raise self.refuse(node, *(absent(self.source, text) or (f"`{text}` is not known", help_)))
        row = self.rows.resolve("attr", name)
        if row is not None:
            attrs = {**row.statics, "style": "attr", "attribute": name}
            return self.emit(row.name, [self.value(node.value)], node, **attrs)
        lacking = class_attribute(self.source, name)
        return self.emit(
            "item", [self.value(node.value)], node, label=name, **({"lacking": lacking} if lacking else {})
        )

    def lower_NamedExpr(self, node: cst.NamedExpr) -> Value:
        value = self.value(node.value)
        assert isinstance(node.target, cst.Name)
        self.name_value(node.target.value, value)
        return value

    # operators

    def lower_BinaryOperation(self, node: cst.BinaryOperation) -> Value:
        name = BINARY[type(node.operator)]
        return self.emit(name, [self.value(node.left), self.value(node.right)], node, style="operator")

    def lower_UnaryOperation(self, node: cst.UnaryOperation) -> Value:
        if isinstance(node.operator, cst.Minus) and isinstance(node.expression, cst.Integer | cst.Float):
            number = node.expression
            return self.const(-number.evaluated_value, node, f"-{number.value}")
        return self.emit(UNARY[type(node.operator)], [self.value(node.expression)], node, style="operator")

    def lower_BooleanOperation(self, node: cst.BooleanOperation) -> Value:
        left = self.value(node.left)
        if isinstance(node.operator, cst.And):
            return self.choice(node, "and", left, lambda: self.value(node.right), lambda: left)
        return self.choice(node, "or", left, lambda: left, lambda: self.value(node.right))

    def lower_IfExp(self, node: cst.IfExp) -> Value:
        test = self.value(node.test)
        return self.choice(node, "ternary", test, lambda: self.value(node.body), lambda: self.value(node.orelse))

    def choice(
        self,
        node: cst.CSTNode,
        form: str,
        test: Value,
        then: Callable[[], Value],
        orelse: Callable[[], Value],
        **attrs: Any,
    ) -> Value:
        """An ``If`` that is an expression."""
        found: Value
        a, b = self.apart(then), self.apart(orelse)
        op = If("if", [test], [], attrs, self.span(node), self.stmt, then=a.block, orelse=b.block)
        if isinstance(a.found, FunctionValue) and isinstance(b.found, FunctionValue):
            op.attrs["form"], found = "stmt", self.one_of(op, a.found, b.found)
        else:
            self.no_functions((a.found, b.found))
            a.block.yields, b.block.yields = [a.found], [b.found]
            op.attrs["form"], found = form, Value()
            op.results = [found]
        if op.results or a.block.ops or b.block.ops:
            self.block.ops.append(op)
            self.join(op, a.env, b.env)
        return found

    def lower_Comparison(self, node: cst.Comparison) -> Value:
        return self.compare(node, self.value(node.left), list(node.comparisons))

    def is_same(self, a: Value, b: Value) -> bool | None:
        """Whether two functions or objects are one; None where that is not known."""
        same = same_object(a, b)
        if same is False and isinstance(a, LibraryFunction) and isinstance(b, LibraryFunction):
            rows = [self.rows.resolve(function.library, function.name) for function in (a, b)]
            return None if rows[0] is rows[1] else False  # they may be two names: `np.abs`, `np.absolute`
        return same

    def compare(self, node: cst.CSTNode, left: Value, rest: list[cst.ComparisonTarget]) -> Value:
        first, *more = rest
        name = COMPARE[type(first.operator)]
        right = self.value(first.comparator)
        same = self.is_same(left, right) if name in ("is", "is_not") else None
        if same is not None and not more:
            return self.const(same is (name == "is"))
        if name in ("is", "is_not") and self.source.code(first.comparator) not in ("None", "True", "False"):
            raise self.refuse(node, "`is` is only supported with None, True and False", "use `==`")
        test = self.emit(name, [left, right], node, style="operator")
        if not more:
            return test
        return self.choice(node, "and", test, lambda: self.compare(node, right, more), lambda: test, chained=True)

    # subscripts

    def lower_Subscript(self, node: cst.Subscript) -> Value:
        array, path = self.element_of(self.value(node.value), node)
        return self.emit("getitem", [array, *path], node)

    def element_of(self, array: Value, node: cst.Subscript) -> tuple[Value, list[Value]]:
        """The array that a subscript of ``array`` is in, and the path to it."""
        base, path = self.place(array)
        return base, [*path, *self.indices(node)]

    def indices(self, node: cst.Subscript) -> list[Value]:
        found = []
        for element in node.slice:
            part = element.slice
            if isinstance(part, cst.Slice):
                parts = (part.lower, part.upper, part.step)
                found.append(
                    self.emit("slice", [self.const(None) if p is None else self.value(p) for p in parts], part)
                )
            elif isinstance(part, cst.Index) and part.star:
                raise self.refuse(part, "`*` is not supported here", "write the indices one by one")
            elif isinstance(part, cst.Index) and isinstance(part.value, cst.Tuple) and len(node.slice) == 1:
                found += self.items(part.value)
            elif isinstance(part, cst.Index) and isinstance(part.value, cst.Tuple | cst.List):
                found.append(self.array_of(part.value))
            elif isinstance(part, cst.Index):
                value = self.value(part.value)
                found.append(self.emit("slice", value.parts, part) if isinstance(value, Slice) else value)
        span, count = self.span(node), len(found)
        found = [
            self.index_array(v, node) if (span, "index", k - count) in self.known.arrays else v
            for k, v in enumerate(found)
        ]
        for place, items in self.known.indices:
            if place == span:
                return [self.item(found[0], k, node, indexes=True) for k in range(items)]
        if not found:
            raise self.refuse(node, "an empty index is not supported", "write `x[...]` for all of an array, or none")
        return found

    @abstractmethod
    def array_of(self, node: cst.Tuple | cst.List) -> Value:
        """A display among indices: the array that NumPy makes of it."""

    @abstractmethod
    def item(self, value: Value, k: int, node: cst.CSTNode, **attrs: Any) -> Value:
        """An item of a tuple."""

    def index_array(self, value: Value, node: cst.CSTNode) -> Value:
        """The array that a list of indices is: the one that is there already, if there is one."""
        known = self.index_arrays.get(value)
        if known is None or all(known not in op.results for op in self.block.ops):
            known = self.index_arrays[value] = self.as_array(value, node)
            known.temp = value.hint and f"{value.hint}_array"
        return known

    def lower_Tuple(self, node: cst.Tuple) -> Value:
        value = self.emit("tuple", self.items(node), node)
        if self.numbers(node):
            self.alike.add(value)
        return value

    def numbers(self, node: cst.BaseExpression) -> list[Any] | None:
        """The items of a display, if they are alike in kind: ints or floats throughout, or rows of such."""
        try:
            found = list(self.source.literal(node))
        except (ValueError, TypeError, SyntaxError):
            return None
        return found if are_alike(found) else None

    def items(self, node: cst.Tuple | cst.List) -> list[Value]:
        if is_starred(node):
            starred = next(element for element in node.elements if isinstance(element, cst.StarredElement))
            raise self.refuse(starred, "`*` is not supported here", "write the items one by one")
        return [self.value(element.value) for element in node.elements]

    def lower_ConcatenatedString(self, node: cst.ConcatenatedString) -> Value:
        value = node.evaluated_value
        return self.const(value, node) if isinstance(value, str) else self.formatted(node)

    def lower_FormattedString(self, node: cst.FormattedString) -> Value:
        return self.formatted(node)

    def formatted(self, node: cst.FormattedString | cst.ConcatenatedString) -> Value:
        """An f-string."""
        texts, values = template(node, self.source.code)
        return self.emit("format", [self.value(value) for value in values], node, parts=texts)


_KINDS: dict[type, str] = {
    cst.ListComp: "a list comprehension",
    cst.GeneratorExp: "a generator expression",
    cst.DictComp: "a dict comprehension",
    cst.SetComp: "a set comprehension",
    cst.Set: "a set",
    cst.Await: "`await`",
    cst.Yield: "`yield`",
}
_HELP: dict[type, str] = {
    cst.Set: "use a tuple, or a list",
    cst.SetComp: "use a list comprehension",
    cst.GeneratorExp: "write a list: `[… for … in …]`",
    cst.Await: "make it a plain function",
    cst.Yield: "put the values into a list or an array, and return it",
    cst.Imaginary: "keep the real and the imaginary part in variables of their own",
}
