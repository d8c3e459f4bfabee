"""Functions to structured SSA.

Before: ``a[i] = b = x * y``.
After: ``%b = mul %x, %y; %a1 = store %a, %b, %i``.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from sct.errors import RefusedError
from sct.frontend.annotations import parameters
from sct.frontend.constants import is_starred
from sct.frontend.containers import LIST
from sct.frontend.decorators import gives_number
from sct.frontend.flow import Exit, parameter
from sct.frontend.head import is_known
from sct.frontend.hints import hints
from sct.frontend.known import Known
from sct.frontend.nested import Nested
from sct.frontend.operators import AUGMENTED
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.frontend.scan import assigned, bound
from sct.frontend.scopes import Scope
from sct.frontend.vocabulary import Vocabulary
from sct.ir.names import label
from sct.ir.nodes import Block, Function, Op, Value


def lower_function(source: Source, name: str, rows: Vocabulary, known: Known | None = None) -> Function:
    """The SSA of a function, given what is known of it from lowering it before.

    A constant of the module is a function without parameters.

    Raises
    ------
    RefusedError
        With every problem of the function.
    """
    if name not in source.functions:
        return _Lower(Scope(source, label(name)), rows, known or Known()).constant_function(name)
    node = source.functions[name]
    params = {param.name.value for param in parameters(node)}
    scope = Scope(source, label(name), bound(node.body.body) | params)
    return _Lower(scope, rows, known or Known()).function(name)


_INDEX = ("numpy", "s_")
_DISPLAYS = (cst.List, cst.Tuple)


class _Lower(Nested):
    def function(self, name: str) -> Function:
        node = self.source.functions[name]
        self.check_decorators(self.source, name, None)
        stated = hints(self.source, name)
        params = parameters(node)
        for bad, reason in ((node.params.star_kwarg, "**kwargs"), (node.params.star_arg, "*args")):
            if isinstance(bad, cst.Param):
                raise self.refuse(bad, f"`{reason}` is not supported", "name the parameters")
        for given in params:
            if given.default is not None and not is_known(self.source, given.default):
                reason = f"the default of `{given.name.value}` is made where a generated module cannot"
                raise self.refuse(given.default, reason, "let it be None, and bind it in the function; or a number")
        if node.asynchronous is not None:
            raise self.refuse(node.name, "an async function is not supported", "make it a plain function")
        body = node.body.body
        doc = node.get_docstring()
        if doc is not None:
            body = body[1:]
        names = [param.name.value for param in params]
        top = Block([Value(hint=name) for name in names])
        self.env = dict(zip(names, top.args, strict=True))
        for k in self.known.hands_back:
            self.env[parameter(k)] = top.args[k]
        self.block = top
        for k, param in enumerate(names):
            if param in stated.kinds:
                hint = stated.kinds[param]
                attrs = {"type": hint.type, "text": f"{param}: {hint.text}"}
                top.ops.append(Op("check", [top.args[k]], [], attrs, hint.span))
        handed = tuple(parameter(k) for k in sorted(self.known.hands_back))
        top.yields = self.run(list(body), Exit(handed=handed))
        if self.problems:
            unique = {(replace(d.span, via=()), d.reason): d for d in reversed(self.problems)}
            ordered = sorted(unique.values(), key=lambda d: (d.span.line, d.span.col))
            raise RefusedError(ordered, {source.file: source.text for source in self.source.modules.values()})
        code = self.source.code
        fn = Function(self.scope.name, top, names, self.source.span(node.name), doc, copies=self.copies, spelling=name)
        fn.defaults = {p.name.value: code(p.default) for p in params if p.default is not None}
        fn.hands_back = tuple(sorted(self.known.hands_back))
        fn.annotations = {p.name.value: code(p.annotation.annotation) for p in params if p.annotation is not None}
        fn.callees = tuple(self.callees)
        fn.gives_number = gives_number(self.source, name)
        fn.constants = {names.index(param): span for param, span in stated.constants.items()}
        prune(fn)
        for block in (top, *(owned for op in top.walk() for owned in op.blocks)):
            self.no_functions([*block.yields, *(value for op in block.ops for value in op.operands)])
        return fn

    def constant_function(self, name: str) -> Function:
        node = self.source.constants[name]
        self.block = top = Block()
        top.yields = [self.value(node)]
        return Function(self.scope.name, top, [], self.source.span(node), spelling=name)

    # statements

    def statement(self, node: cst.CSTNode, line: cst.CSTNode) -> None:
        self.stmt = self.source.statement(node, line, _target(node) or self.scope.name)
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is None:
            kind = _KINDS.get(type(node), f"`{self.source.code(node).split()[0]}`")
            raise self.refuse(node, f"{kind} is not supported", _HELP.get(type(node), "leave it out of this function"))
        method(node)

    def do_Pass(self, node: cst.Pass) -> None:
        pass

    def do_Import(self, node: cst.Import | cst.ImportFrom) -> None:
        if not any(node is known for known in self.source.inner_imports):
            raise self.refuse(node, "an import in a function is not supported", "import at the top of the module")

    def do_ImportFrom(self, node: cst.ImportFrom) -> None:
        self.do_Import(node)

    def do_Expr(self, node: cst.Expr) -> None:
        call = node.value
        if isinstance(call, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis):
            return
        if isinstance(call, cst.Call):
            name = self.source.code(call.func)
            if name in _SHOWS and not self.is_authors(name):
                self.show(call, name)
            elif self.source.in_full(name) == "sys.exit" and not self.scope.binds(name.split(".")[0]):
                self.effect(
                    "raise", [self.value(argument.value) for argument in call.args], call, exception="SystemExit"
                )
            elif not self.wrote(call):
                self.value(call)
            return
        self.value(call)
        raise self.refuse(node, "this expression has no effect", "assign it, or leave it out")

    def show(self, call: cst.Call, name: str) -> None:
        """A call for the person who runs it."""
        self.no_stars(call)
        values = [self.value(argument.value) for argument in call.args if argument.keyword is None]
        keywords = {a.keyword.value: self.static(a) for a in call.args if a.keyword is not None}
        self.effect("print", values, call, function=name, keywords=keywords)

    def wrote(self, call: cst.Call) -> bool:
        """Lower a call that writes into its first argument, or that of a method; False if it is another call."""
        if not isinstance(call.func, cst.Attribute):
            return False
        if self.object_at(call.func.value) is not None:  # a method of its class
            return False
        if call.func.attr.value == "update" and any(span == self.span(call) for span, _ in self.known.keys):
            self.update(call, call.func.value)
            return True
        if any(argument.keyword or argument.star for argument in call.args):
            return False
        arguments = [argument.value for argument in call.args]
        library = self.source.library_of(self.source.code(call.func).split(".")[0])
        name = self.source.code(call.func).split(".", 1)[1] if library == "numpy" else f".{call.func.attr.value}"
        if name == "copyto" and len(arguments) == 2:
            array, value = map(self.value, arguments)
            self.overwrite(array, value, call, "copyto")
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
            self.overwrite(array, self.value(arguments[0]), call, "fill")
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

    def update(self, call: cst.Call, target: cst.BaseExpression) -> None:
        """``d.update(other, k=x)``: each key is assigned."""
        for key, value in [pair for argument in call.args for pair in (self.entries(argument) or {}).items()]:
            place = cst.Subscript(target, [cst.SubscriptElement(cst.Index(cst.SimpleString(repr(key))))])
            self.source.adopt(place, call, self.stmt)
            self.store(place, value)

    def element_at(self, array: Value, index: cst.BaseExpression) -> tuple[Value, list[Value]]:
        """The array that ``array`` shows, and the path to its elements with an index that is written as a value."""
        base, path = self.place(array)
        if isinstance(index, cst.Subscript) and self.source.library_function(self.source.code(index.value)) == _INDEX:
            return base, [*path, *self.indices(index)]
        parts = [element.value for element in index.elements] if isinstance(index, cst.Tuple) else [index]
        return base, [*path, *(self.array_of(p) if isinstance(p, _DISPLAYS) else self.value(p) for p in parts)]

    def do_Assert(self, node: cst.Assert) -> None:
        operands = [self.test(node.test)]
        if node.msg is not None:
            operands.append(self.value(node.msg))
        self.effect("assert", operands, node)

    def do_Raise(self, node: cst.Raise) -> None:
        call = node.exc if isinstance(node.exc, cst.Call) else None
        kind = node.exc if call is None else call.func
        arguments = [] if call is None else list(call.args)
        plain = not any(argument.keyword or argument.star for argument in arguments)
        if not isinstance(kind, cst.Name | None) or not plain or node.cause is not None:
            raise self.refuse(node, "this raise is not supported", 'write `raise ValueError("…")`')
        if kind is not None and (kind.value in self.source.classes or self.scope.binds(kind.value)):
            reason = f"the exception `{kind.value}` is defined in this module, which generated code does not import"
            raise self.refuse(kind, reason, "raise a built-in exception, or import it from another module")
        operands = [self.value(argument.value) for argument in arguments]
        self.effect("raise", operands, node, exception=None if kind is None else kind.value)

    def do_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1:
            self.assign(node.targets[0].target, node.value)
            return
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target.target, value)

    def do_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, node.value)

    def assign(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Tuple | cst.List) and isinstance(value, cst.Tuple | cst.List):
            fits = len(target.elements) == len(value.elements) or _star(target) is not None
            if fits and not is_starred(value):
                self.spread(target, self.items(value))
                return
        self.bind(target, self.assigned_value(target, value))

    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        if isinstance(target, cst.Name):
            self.name_value(target.value, value)
        elif isinstance(target, cst.Tuple | cst.List):
            items = self.made_of(value)
            if items is not None and (len(items) == len(target.elements) or _star(target) is not None):
                self.spread(target, items)
                return
            count = len(target.elements) if _star(target) is None else self.count(target)
            if count is None:
                self.emit("items", [value], target, help="name each item")
            whole = {} if _star(target) is not None else {"count": count}
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
            if not known:
                items = [self.undef() for _ in range(star + after)]
            if len(items) < star + after:
                raise self.refuse(target, "there are too few items for these targets", "leave out a target")
            rest = self.emit("tuple", items[star : len(items) - after], target, form=LIST, fixed=True)
            items = [*items[:star], rest, *items[len(items) - after :]]
        for element, item in zip(target.elements, items, strict=True):
            self.bind(element.value, item)

    def do_Del(self, node: cst.Del) -> None:
        target = node.target
        targets = [part.value for part in target.elements] if isinstance(target, cst.Tuple | cst.List) else [target]
        for part in targets:
            if not isinstance(part, cst.Name):
                raise self.refuse(part, "only a name can be deleted", "leave it out, or make a new array without it")
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


def _star(node: cst.Tuple | cst.List) -> int | None:
    """The position of the starred target."""
    return next((k for k, element in enumerate(node.elements) if isinstance(element, cst.StarredElement)), None)


def _is_keyed(node: cst.Subscript) -> bool:
    """Whether a subscript is a string that is written out: ``d["key"]``."""
    match node.slice:
        case [cst.SubscriptElement(cst.Index(cst.SimpleString()))]:
            return True
    return False


def _target(node: cst.CSTNode) -> str | None:
    names = sorted(assigned([node])) if isinstance(node, cst.BaseSmallStatement) else []
    return names[0] if names else None


_SHOWS = frozenset({"print", "breakpoint"})
_KINDS: dict[type, str] = {
    cst.ClassDef: "a class",
    cst.TryStar: "`except*`",
    cst.Global: "`global`",
    cst.Nonlocal: "`nonlocal`",
}
_HELP: dict[type, str] = {
    cst.TryStar: "check with `if` before what may fail, or let the caller handle the error",
    cst.Global: "pass the value as an argument and return it",
    cst.Nonlocal: "pass the value as an argument and return it",
}
