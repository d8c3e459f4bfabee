"""Expressions of user code to SSA.  What has no method here is refused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import libcst as cst
import libcst.matchers as m

from sct.errors import NO_COMPLEX, USE_REAL, Diagnostic, RefusedError, Span
from sct.frontend.absent import absent, class_attribute
from sct.frontend.constants import LIBRARY_CONSTANTS, are_alike, constant_of, is_starred
from sct.frontend.head import is_constant
from sct.frontend.known import Known
from sct.frontend.parse import Source
from sct.frontend.phis import VIEWED, Phis
from sct.frontend.scopes import (
    Chosen,
    FunctionValue,
    Instance,
    LibraryFunction,
    ModuleFunction,
    ObjectClass,
    RecordClass,
    RuledFunction,
    Scope,
)
from sct.frontend.strings import doubled, pieces
from sct.frontend.user_rules import named, rule_for
from sct.frontend.vocabulary import Vocabulary
from sct.ir.literals import literal
from sct.ir.nodes import GlobalRef, If, Op, Value
from sct.ir.paths import RESHAPED, STEP, TRANSPOSED, is_step

_BINARY = {
    cst.Add: "add",
    cst.Subtract: "sub",
    cst.Multiply: "mul",
    cst.Divide: "div",
    cst.FloorDivide: "floordiv",
    cst.Modulo: "mod",
    cst.Power: "pow",
    cst.MatrixMultiply: "matmul",
    cst.BitAnd: "bitwise_and",
    cst.BitOr: "bitwise_or",
    cst.BitXor: "bitwise_xor",
    cst.LeftShift: "left_shift",
    cst.RightShift: "right_shift",
}
_UNARY = {cst.Minus: "neg", cst.Plus: "pos", cst.Not: "not", cst.BitInvert: "invert"}
_COMPARE = {
    cst.LessThan: "lt",
    cst.GreaterThan: "gt",
    cst.LessThanEqual: "le",
    cst.GreaterThanEqual: "ge",
    cst.Equal: "eq",
    cst.NotEqual: "ne",
    cst.Is: "is",
    cst.IsNot: "is_not",
    cst.In: "in",
    cst.NotIn: "not_in",
}
_AUGMENTED = {
    cst.AddAssign: "add",
    cst.SubtractAssign: "sub",
    cst.MultiplyAssign: "mul",
    cst.DivideAssign: "div",
    cst.FloorDivideAssign: "floordiv",
    cst.ModuloAssign: "mod",
    cst.PowerAssign: "pow",
    cst.MatrixMultiplyAssign: "matmul",
    cst.BitAndAssign: "bitwise_and",
    cst.BitOrAssign: "bitwise_or",
    cst.BitXorAssign: "bitwise_xor",
    cst.LeftShiftAssign: "left_shift",
    cst.RightShiftAssign: "right_shift",
}
# Views that lay an array out in another way.
_LAID_OUT = frozenset({"transpose", "reshape", "ravel"})
_COMPREHENSION = m.ListComp() | m.SetComp() | m.DictComp() | m.GeneratorExp()


@dataclass(frozen=True)
class View:
    """How a view is reached.

    ``key`` is the environment's name for the array, ``array`` its version when the view was last read, ``path`` leads
    from it to the view, and ``name`` is the value that the author's name for the view was given first.
    """

    key: str
    array: Value
    path: tuple[Value, ...]
    name: Value | None = None


class Expressions(Phis):
    """Lowers the expressions of one function."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope)
        self.rows = rows
        self.known = known
        self.views: dict[Value, View] = {}
        self.written: set[str] = set()
        self.index_arrays: dict[Value, Value] = {}
        self.alike: set[Value] = set()  # tuples of numbers of one kind

    @property
    def source(self) -> Source:
        """The module of what is being lowered."""
        return self.scope.source

    def span(self, node: cst.CSTNode) -> Span:
        """The place of a node, and of the calls that are lowered in line around it."""
        span = self.source.span(node)
        return replace(span, via=self.scope.via) if self.scope.via else span

    def emit(self, name: str, operands: Sequence[Value], node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        span = self.span(node) if node is not None else None
        self.no_functions(operands)
        if node is not None:
            arrays = {k for place, of, k in self.known.arrays if (place, of) == (span, name)}
            operands = [self.as_array(value, node) if k in arrays else value for k, value in enumerate(operands)]
        op = Op(name, list(operands), [Value()], {"authored": True, **attrs}, span, self.stmt)
        self.block.ops.append(op)
        if span in self.known.views and (name == "getitem" or (name in _LAID_OUT and operands)):
            self.views[op.result] = self.view(op)
        return op.result

    def effect(self, name: str, operands: list[Value], node: cst.CSTNode, **attrs: object) -> None:
        self.no_functions(operands)
        self.block.ops.append(Op(name, operands, [], dict(attrs), self.span(node), self.stmt))

    # views

    def view(self, op: Op) -> View:
        """How the view that ``op`` makes is reached; its array gets a name of its own in the environment."""
        array, *indices = op.operands
        if op.name == "transpose":
            indices = [self.step(None, transposes=True)]
        elif op.name in _LAID_OUT:
            indices = [self.reshaped(indices[0] if indices else self.const(-1))]
        parent = self.views.get(array)
        if parent is None:
            assert op.span is not None
            key = viewed(op.span)
            self.env[key] = array
            return View(key, array, tuple(indices))
        between = [] if is_step(parent.path[-1]) or op.name in _LAID_OUT else [self.step(array)]
        return View(parent.key, self.env[parent.key], (*parent.path, *between, *indices))

    def step(self, of: Value | None, transposes: bool = False) -> Value:
        """The end of a subscript of a path; ``of`` is the view so far, if the author has a name for it."""
        named = of if of is not None and of.hint is not None else None
        value = self.emit("step", [], None, of=named, transposes=transposes)
        value.type = TRANSPOSED if transposes else STEP
        return value

    def reshaped(self, shape: Value) -> Value:
        """The end of a subscript of a path that goes on with the view so far in another shape."""
        value = self.emit("step", [shape], None, reshapes=True)
        value.type = RESHAPED
        return value

    def place(self, value: Value) -> tuple[Value, list[Value]]:
        """The array whose memory a value shows, and the path that leads to it."""
        view = self.views.get(value)
        return (value, []) if view is None else (self.env[view.key], [*view.path, self.step(view.name or value)])

    def renew(self, array: Value, after: Value) -> None:
        """Let every name of an array stand for its new version."""
        after.hint = array.hint
        for name, known in list(self.env.items()):
            if known is array:
                self.env[name] = after
                self.written.add(name)

    def reread(self, value: Value) -> Value:
        """A view as it is now: of the array's present version."""
        view = self.views.get(value)
        if view is None or self.env[view.key] is view.array:
            return value
        array, path = self.place(value)
        now = self.emit("getitem", [array, *path], None)
        self.views[now] = View(view.key, array, view.path, view.name or value)
        return now

    def watched(self, value: Value, node: cst.CSTNode, role: str = "") -> Callable[[], Value]:
        """What gives ``value`` as it is when asked, though it may be an array that is written into in between."""
        if value in self.views:
            return lambda: self.reread(value)
        key = viewed(self.span(node)) + role
        self.env[key] = value
        return lambda: self.env[key]

    def const(self, value: Any, node: cst.CSTNode | None = None, text: str | None = None) -> Value:
        return self.emit("const", [], node, value=value, text=literal(value) if text is None else text)

    def refuse(self, node: cst.CSTNode, reason: str, help_: str, note: tuple[Span, str] | None = None) -> RefusedError:
        return RefusedError([Diagnostic(self.span(node), reason, help_, note)], {self.source.file: self.source.text})

    def no_functions(self, values: Iterable[Value]) -> None:
        """Refuse a function where a number or an array is wanted."""
        for value in values:
            if isinstance(value, Instance):
                reason = f"an object of the class `{value.blueprint.name}` is used as a value"
                help_ = "read its attributes, call its methods, or pass it to a function; or make the class a dataclass"
                raise RefusedError([Diagnostic(value.span, reason, help_)])
            if isinstance(value, ObjectClass):
                help_ = f"call it, as in `{value.blueprint.name}(…)`"
                reason = f"the class `{value.blueprint.name}` is used as a value"
                raise RefusedError([Diagnostic(value.span, reason, help_)])
            if isinstance(value, RecordClass):
                help_ = f"call it, as in `{value.record.name}(…)`"
                raise RefusedError(
                    [Diagnostic(value.span, f"the class `{value.record.name}` is used as a value", help_)]
                )
            if isinstance(value, LibraryFunction) and "." in value.spelling:
                help_ = "if it is a function, call it; if it is a number, write the number, or pass it as an argument"
                raise RefusedError([Diagnostic(value.span, f"`{value.spelling}` is used as a value", help_)])
            if isinstance(value, FunctionValue):
                help_ = "call it, pass it to a function of yours, or bind it to a name"
                raise RefusedError([Diagnostic(value.span, "a function is used as a value", help_)])

    def value(self, node: cst.BaseExpression) -> Value:
        """The value of an expression."""
        method: Callable[[Any], Value] | None = getattr(self, f"lower_{type(node).__name__}", None)
        if isinstance(node, cst.Imaginary):
            raise self.refuse(node, NO_COMPLEX, USE_REAL)
        if method is None:
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
        key = self.scope.key(name)
        if key in self.env:
            return self.reread(self.env[key])
        if name in ("True", "False", "None"):
            return self.const({"True": True, "False": False, "None": None}[name], node, name)
        if self.scope.binds(name):
            help_ = f"assign `{name}` before this line, in a statement of its own"
            reason = f"`{name}` has no value here"
            bound = m.NamedExpr(m.Name(name))
            if any(m.findall(inner, bound) for inner in m.findall(self.source.module, _COMPREHENSION)):
                reason = f"`{name}` has no value here: what `:=` binds in a comprehension is not known outside"
            raise self.refuse(node, reason, help_)
        found = self.imported(node)
        if found is None:
            help_ = "define it in this module, or import it from one beside it"
            raise self.refuse(node, *(absent(self.source, name) or (f"`{name}` is not known", help_)))
        return found

    def imported(self, node: cst.Name | cst.Attribute) -> Value | None:
        """What a global name stands for: a constant or a function of this module, of another one or of a library."""
        text = self.source.code(node)
        ruled = self.ruled(node)
        if ruled is not None:
            return ruled
        origin = self.source.origin(text)
        if origin is None:
            return None
        if origin.library and origin.name == "newaxis":
            return self.const(None, node, text)
        ref = GlobalRef(origin.library or origin.file, origin.name, text, self.source.file)
        if origin.library and origin.name in LIBRARY_CONSTANTS.get(origin.library, ()):
            return self.emit("global", [], node, name=text, ref=ref, value=0.0)
        if origin.source is None:
            return LibraryFunction(self.span(node), origin.library, origin.name, text)
        if origin.name in origin.source.functions:
            return ModuleFunction(self.span(node), origin.source, ref)
        if origin.name in origin.source.constants:
            return self.constant(origin.source, ref, node)
        return None

    def ruled(self, node: cst.BaseExpression) -> RuledFunction | None:
        """A function that a rule of the user's differentiates."""
        text = self.source.code(node) if isinstance(node, cst.Name | cst.Attribute) else ""
        if not text or self.scope.binds(text.split(".")[0]):
            return None
        rule, ref = rule_for(self.source, text), GlobalRef(*named(self.source, text)[0], text, self.source.file)
        return None if rule is None else RuledFunction(self.span(node), rule, ref)

    def constant(self, source: Source, ref: GlobalRef, node: cst.CSTNode) -> Value:
        """A module constant: kept by name; its value is known if it is a literal."""
        name, value = ref.spelling, source.constants[ref.name]
        function = self.aliased(source, ref, node)
        if function is not None:
            return function
        if not is_constant(source, ref.name):
            reason = (
                f"the module constant `{name}` is made by more than arithmetic, containers and constructors of arrays"
            )
            help_ = "pass numbers, arrays and containers of these as arguments; define a function with `def`"
            raise self.refuse(node, reason, help_, (source.span(value), "it is made here"))
        found = constant_of(source, value)
        told = {} if found is None else {"value": found}
        made = self.emit("global", [], node, name=name, ref=ref, **told)
        if isinstance(found, tuple) and are_alike(found):
            self.alike.add(made)
        return made

    def aliased(self, source: Source, ref: GlobalRef, node: cst.CSTNode) -> FunctionValue | None:
        """The function that a name of a module is another name of: ``norm = np.linalg.norm``."""
        value = source.constants[ref.name]
        text = source.code(value) if isinstance(value, cst.Name | cst.Attribute) else ""
        origin = source.origin(text) if text else None
        if origin is None or origin.name in (*LIBRARY_CONSTANTS.get(origin.library, ()), "newaxis"):
            return None
        if origin.source is None:
            return LibraryFunction(self.span(node), origin.library, origin.name, ref.spelling)
        if origin.name not in origin.source.functions:
            return None
        if sum(bound.name == origin.name for bound in origin.source.bindings) > 1:
            reason = f"`{ref.spelling}` is another name of `{text}`, which is defined more than once"
            raise self.refuse(node, reason, "define it once", (source.span(value), "it is given here"))
        spelling = text if source is self.source else ref.spelling
        return ModuleFunction(
            self.span(node), origin.source, replace(ref, file=origin.file, name=origin.name, spelling=spelling)
        )

    def is_module(self, node: cst.BaseExpression) -> bool:
        """Whether ``np`` or ``pkg.helpers`` is a module's name."""
        text = self.source.code(node) if isinstance(node, cst.Name | cst.Attribute) else ""
        return not self.scope.binds(text.split(".")[0]) and self.source.is_module(text)

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
        name = _BINARY[type(node.operator)]
        return self.emit(name, [self.value(node.left), self.value(node.right)], node, style="operator")

    def lower_UnaryOperation(self, node: cst.UnaryOperation) -> Value:
        if isinstance(node.operator, cst.Minus) and isinstance(node.expression, cst.Integer | cst.Float):
            number = node.expression
            return self.const(-number.evaluated_value, node, f"-{number.value}")
        return self.emit(_UNARY[type(node.operator)], [self.value(node.expression)], node, style="operator")

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
        a, b = self.apart(then), self.apart(orelse)
        if isinstance(a.found, FunctionValue) and isinstance(b.found, FunctionValue):
            return Chosen(self.span(node), test, a.found, b.found)
        self.no_functions((a.found, b.found))
        a.block.yields, b.block.yields = [a.found], [b.found]
        span = self.span(node)
        op = If("if", [test], [Value()], {"form": form, **attrs}, span, self.stmt, then=a.block, orelse=b.block)
        self.block.ops.append(op)
        self.join(op, a.env, b.env)
        return op.results[0]

    def lower_Comparison(self, node: cst.Comparison) -> Value:
        return self.compare(node, self.value(node.left), list(node.comparisons))

    def compare(self, node: cst.CSTNode, left: Value, rest: list[cst.ComparisonTarget]) -> Value:
        first, *more = rest
        name = _COMPARE[type(first.operator)]
        right = self.value(first.comparator)
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
                found.append(self.value(part.value))
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
    def as_array(self, value: Value, node: cst.CSTNode) -> Value:
        """A list or a tuple that an array's place is given to: the array that NumPy makes of it."""

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
        """An f-string: its values, and the texts around them, with the braces and what formats a value."""
        texts, values = [""], list[Value]()
        for piece in pieces(node):
            if isinstance(piece, cst.FormattedStringExpression):
                self.format(piece, texts, values)
            else:
                texts[-1] += piece
        return self.emit("format", values, node, parts=texts)

    def format(self, part: cst.FormattedStringExpression, texts: list[str], values: list[Value]) -> None:
        """What stands in the braces of an f-string."""
        conversion, spec = part.conversion, part.format_spec
        if part.equal is not None:  # `{x=}` is `x={x!r}`
            texts[-1] += doubled(self.source.code(part.with_changes(conversion=None, format_spec=None))[1:-1])
            conversion = "r" if conversion is None and spec is None else conversion
        texts[-1] += "{"
        values.append(self.value(part.expression))
        texts.append(f"!{conversion}" if conversion else "")
        texts[-1] += ":" if spec is not None else ""
        for inner in spec or ():
            if isinstance(inner, cst.FormattedStringExpression):
                self.format(inner, texts, values)
            elif isinstance(inner, cst.FormattedStringText):
                texts[-1] += inner.value
        texts[-1] += "}"


def viewed(span: Span) -> str:
    """The environment's name for what the author has no name for."""
    return " ".join([VIEWED, *(f"{place.line}:{place.col}" for place in (span, *span.via))])


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
AUGMENTED = _AUGMENTED
