"""What global names stand for: constants, functions and classes of this module, of others and of libraries.

Before: ``from helpers import step, RATE``, and ``step``, ``RATE``, ``np.sin`` and ``np.pi`` in a function.
After: functions that are known when the function is lowered, and the operation ``global`` for a constant.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from sct.frontend.classes import record, unsuited
from sct.frontend.constants import LIBRARY_CONSTANTS, are_alike, constant_of
from sct.frontend.definitions import definition
from sct.frontend.enumerations import enumerated, member
from sct.frontend.head import is_constant
from sct.frontend.known import Known
from sct.frontend.modules import WRITTEN_OUT
from sct.frontend.parse import Source
from sct.frontend.replaced import replacement
from sct.frontend.scan import every
from sct.frontend.scopes import FunctionValue, LibraryFunction, ModuleFunction, RecordClass, RuledFunction, Scope
from sct.frontend.user_rules import named, rule_for
from sct.frontend.views import Views
from sct.frontend.vocabulary import Vocabulary
from sct.ir.literals import literal
from sct.ir.names import GlobalRef
from sct.ir.nodes import Value

_BUILTINS = frozenset(
    {"abs", "float", "int", "bool", "round", "len", "min", "max", "sum", "dict", "tuple"}
    | {"map", "filter", "list", "any", "all", "sorted", "isinstance", "callable", "pow", "divmod", "slice"}
)


_LIMITS = ("numpy", "finfo")


class GlobalNames(Views):
    """Looks global names up; what is not known of one is refused."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, known)
        self.rows = rows
        self.alike: set[Value] = set()  # tuples of numbers of one kind

    def imported(self, node: cst.Name | cst.Attribute) -> Value | None:
        """What a global name stands for: a constant or a function of this module, of another one or of a library."""
        text = self.source.code(node)
        ruled = self.ruled(node)
        if ruled is not None:
            return ruled
        doubt = self.source.doubt(text.split(".")[0])
        if doubt is not None:
            raise self.source.refused(node, doubt.reason, doubt.help, doubt.note)
        origin = self.source.origin(text)
        if origin is None:
            return self.of_python(node)
        self.refuse_replaced(node, origin.library or origin.file, origin.name)
        found = record(self.source, text)
        if found is not None:
            return RecordClass(self.span(node), found)
        if origin.source is not None and origin.name in origin.source.classes:
            raise self.refuse(node, *unsuited(self.source, text))
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

    def member_of(self, node: cst.Attribute) -> Value | None:
        """``Kind.CALL``: a member of an enumeration."""
        text = self.source.code(node.value) if isinstance(node.value, cst.Name | cst.Attribute) else ""
        origin = self.source.origin(text) if text and not self.scope.binds(text.split(".")[0]) else None
        home = None if origin is None else origin.source
        cls = None if home is None or origin is None else home.classes.get(origin.name)
        if home is None or cls is None or enumerated(home, cls) is None:
            return None
        self.refuse_replaced(node, home.file, cls.name.value)
        found = member(home, cls, node.attr.value)
        if len(found) > 1:
            raise self.refuse(node, *found)
        return self.const(found[0], node, literal(found[0]))

    def limit(self, node: cst.Attribute) -> Value | None:
        """``np.finfo(float).eps`` and its like: a number of the library's."""
        call = node.value
        if not isinstance(call, cst.Call) or self.source.library_function(self.source.code(call.func)) != _LIMITS:
            return None
        names = {name.value for name in every(call, cst.Name)}
        if any(map(self.scope.binds, names)):
            raise self.refuse(call, "the limits of an array's kind are not known here", "write `np.finfo(np.float64)`")
        text = self.source.code(node)
        ref = GlobalRef(_LIMITS[0], text.partition(".")[2], text, self.source.file)
        return self.emit("global", [], node, name=text, ref=ref, value=0.0)

    def of_python(self, node: cst.Name | cst.Attribute) -> ModuleFunction | None:
        """A function of a module of Python's own, where the rules write it out."""
        library, _, name = self.source.in_full(self.source.code(node)).rpartition(".")
        if library not in WRITTEN_OUT or self.source.imports(library) is not None:
            return None
        return definition(self.rows.definitions, library, name, self.source, node)

    def refuse_replaced(self, node: cst.CSTNode, file: str, name: str) -> None:
        """Refuse what a module that was read puts something else in the place of."""
        found = replacement(self.source, file, name)
        if found is not None:
            raise self.source.refused(node, found.reason, found.help, found.note)

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
        self.refuse_replaced(node, origin.library or origin.file, origin.name)
        if origin.source is None:
            return LibraryFunction(self.span(node), origin.library, origin.name, ref.spelling)
        if origin.name not in origin.source.functions:
            return None
        if sum(bound.name == origin.name for bound in origin.source.bindings) > 1:
            reason = f"`{ref.spelling}` is another name of `{text}`, which is defined more than once"
            raise self.refuse(node, reason, "define it once", (source.span(value), "it is given here"))
        spelling = text if source is self.source else ref.spelling
        found = replace(ref, file=origin.file, name=origin.name, spelling=spelling)
        return ModuleFunction(self.span(node), origin.source, found)

    def is_module(self, node: cst.BaseExpression) -> bool:
        """Whether ``np`` or ``pkg.helpers`` is a module's name."""
        text = self.source.code(node) if isinstance(node, cst.Name | cst.Attribute) else ""
        return not self.scope.binds(text.split(".")[0]) and self.source.is_module(text)

    def is_authors(self, name: str) -> bool:
        """Whether the author gave a name a meaning."""
        return self.scope.binds(name) or name in self.source.names or self.source.origin(name) is not None

    def is_builtin(self, name: str) -> bool:
        """Whether a name is a built-in function of Python's that is supported."""
        return name in _BUILTINS and not self.is_authors(name)

    def is_known(self, name: str) -> bool:
        known = name in _BUILTINS or self.scope.binds(name) or self.source.origin(name) is not None
        return known or self.source.in_full(name).rpartition(".")[0] in WRITTEN_OUT
