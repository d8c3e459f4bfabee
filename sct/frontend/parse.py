"""Source text to CST, and what the names in it stand for: nothing of the user's is imported.

Before: ``from helpers import step as go``.
After: ``go`` has its origin in the source of ``helpers.py`` beside the module, by the name ``step``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import libcst as cst

from sct.errors import Diagnostic, RefusedError, Span, lines_of
from sct.frontend.bindings import Binding, Place, bindings
from sct.frontend.changes import changes
from sct.frontend.class_doubts import Doubt
from sct.frontend.doubts import doubt
from sct.frontend.inner_imports import brought, inner_imports
from sct.frontend.modules import LIBRARIES, locate, read, submodule
from sct.frontend.places import Places
from sct.frontend.replaced import replaced
from sct.frontend.statements import comments, first_line
from sct.frontend.syntax import checked
from sct.ir.nodes import Statement

_ASSIGNS = cst.Assign | cst.AnnAssign


@dataclass(frozen=True)
class Origin:
    """Where a global name comes from: a library (``math`` or ``numpy``), or the source that defines it."""

    name: str
    library: str = ""
    source: Source | None = None

    @property
    def file(self) -> str:
        return "" if self.source is None else self.source.file


class Source:
    """A module's text, parsed.

    Attributes
    ----------
    text : str
        The text.
    file : str
        What errors call it.
    aliases : dict
        Local name to the module that it stands for (``np`` to ``numpy``).
    imported : dict
        Local name to (module, name) for what ``from … import`` brought.
    functions : dict
        The module's functions by name; the methods of its classes as ``Model.predict``.
    classes : dict
        The module's classes by name.
    constants : dict
        The module's assignments of a single name: its value's expression.
    bindings : list of Binding
        What it binds at its top.
    inner_imports : list
        The imports in its functions that are taken for such at its top.
    modules : dict
        The modules that were read so far, this one and what it imports, by file.
    """

    def __init__(self, text: str, file: str, modules: dict[str, Source] | None = None) -> None:
        self.text = text
        self.file = file
        self.modules = {} if modules is None else modules
        self.modules[file] = self
        self.tree, self.module = checked(text, file)
        self.aliases: dict[str, str] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        self.functions: dict[str, cst.FunctionDef] = {}
        self.constants: dict[str, cst.BaseExpression] = {}
        self.classes: dict[str, cst.ClassDef] = {}
        self.bindings = bindings(self.tree)
        self._doubts: dict[str, Doubt | None] = {}
        self._members: dict[str, list[str]] = {}
        self._found: Places | None = None  # the first place that is asked for takes a walk over the module
        self._rows = lines_of(text)
        self._texts: dict[cst.CSTNode, str] = {}
        self._statements: dict[cst.CSTNode, Statement] = {}
        self.within: dict[cst.CSTNode, tuple[Statement, ...]] = {}
        for statement in self.module.body:
            self._scan(statement)
        self.inner_imports = inner_imports(self)
        for node in self.inner_imports:
            self._scan(node)

    def _scan(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.FunctionDef):
            self.functions[node.name.value] = node
        elif isinstance(node, cst.ClassDef):
            self.classes[node.name.value] = node
            methods = (line for line in node.body.body if isinstance(line, cst.FunctionDef))
            self.functions.update((f"{node.name.value}.{method.name.value}", method) for method in methods)
        elif isinstance(node, cst.SimpleStatementLine):
            for small in node.body:
                self._scan(small)
        elif isinstance(node, cst.Import):
            self.aliases.update((name, module) for name, (module, _) in brought(node))
            self.aliases.update((n, n) for n in (self.code(name.name) for name in node.names if not name.asname))
        elif isinstance(node, cst.ImportFrom):
            self.imported.update(brought(node))
        elif isinstance(node, cst.Assign) and len(node.targets) == 1:
            self.constants.update(assigned_names(node.targets[0].target, node.value))
        elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name) and node.value is not None:
            self.constants[node.target.value] = node.value

    @property
    def _places(self) -> Places:
        if self._found is None:
            self._found = Places(self.module)
        return self._found

    def span(self, node: cst.CSTNode) -> Span:
        """The place of a node."""
        return self._places.span(node, self.file)

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node; that of a name without brackets around it."""
        if type(node) is cst.Name:
            return node.value
        if node not in self._texts:
            bare = node.with_changes(lpar=(), rpar=()) if isinstance(node, cst.Attribute) and node.lpar else node
            as_written = None if self._found is None else self._found.text(bare)
            self._texts[node] = as_written or self.module.code_for_node(bare).strip()
        return self._texts[node]

    def definition(self, node: cst.FunctionDef) -> str:
        """The text of a function of the module's from its ``def`` on."""
        return self._places.definition(node)

    def statement(self, node: cst.CSTNode, line: cst.CSTNode, target: str) -> Statement:
        """The statement ``node``, which stands in the line (or compound statement) ``line``."""
        found = self._statements.get(node)
        if found is None:
            within = self.within.get(node, ())
            handlers = node.handlers if isinstance(node, cst.Try) else ()
            closing = tuple(line for handler in handlers for line in lines_of(self.code(handler)))
            lines = self._lines(node) if isinstance(node, cst.BaseSmallStatement) else ()
            head = first_line(node, lines, self.code)
            found = Statement(head, self.span(node), target, *comments(line), lines, within, closing)
            self._statements[node] = found
        return found

    def adopt(self, node: cst.CSTNode, like: cst.CSTNode, stmt: Statement | None) -> None:
        """Let what was made in place of ``like``, a part of ``stmt``, have its place."""
        todo = [node]
        while todo:
            made = todo.pop()
            if made not in self._places:
                self._places.adopt(made, like)
                if stmt is not None:
                    self._statements[made] = stmt
                todo += made.children

    def _lines(self, node: cst.BaseSmallStatement) -> tuple[str, ...]:
        """A simple statement as written."""
        span = self.span(node)
        if span.line == span.end_line:
            return (self._rows[span.line - 1][span.col : span.end_col],)
        return tuple(lines_of(self.code(node)))

    # names

    def place(self, node: Place) -> Span:
        """The place of what Python's own parser found, which counts columns in bytes."""
        row, end_row = self._rows[node.lineno - 1], self._rows[(node.end_lineno or node.lineno) - 1]
        start = len(row.encode()[: node.col_offset].decode())
        end = len(end_row.encode()[: node.end_col_offset].decode())
        return Span(self.file, node.lineno, start, node.end_lineno or node.lineno, end)

    def doubt(self, name: str) -> Doubt | None:
        """Why it is not known what a name of the module stands for, if it is not."""
        if name not in self._doubts:
            self._doubts[name] = doubt(self, name)
        return self._doubts[name]

    def bound_in(self, cls: str) -> list[str]:
        """The names that the body of a class binds."""
        if cls not in self._members:
            nodes = [node for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name == cls]
            self._members[cls] = [bound.name for node in nodes for bound in bindings(node)]
        return self._members[cls]

    @cached_property
    def class_attributes(self) -> frozenset[str]:
        """The names of what its classes have beside fields and methods."""
        found = set()
        for bound in (bound for node in self.tree.body if isinstance(node, ast.ClassDef) for bound in bindings(node)):
            line = bound.statement
            is_shared = isinstance(line, ast.AnnAssign) and "ClassVar" in ast.unparse(line.annotation)
            if isinstance(line, ast.Assign) or is_shared:
                found.add(bound.name)
        return frozenset(found)

    @cached_property
    def changes(self) -> dict[str, Place]:
        """Where what the module's names stand for is written into."""
        return changes(self.tree)

    @cached_property
    def rebound(self) -> set[str]:
        """The names that the module binds, and of which it is not known what they stand for."""
        return {bound.name for bound in self.bindings if self.doubt(bound.name) is not None}

    @cached_property
    def replaced(self) -> dict[tuple[str, str], Binding]:
        """What the module puts something else in the place of."""
        return replaced(self)

    def library_of(self, name: str) -> str | None:
        """The library that the local name stands for."""
        module = self.aliases.get(name, "")
        return module if module in LIBRARIES and self.doubt(name) is None else None

    def library_function(self, dotted: str) -> tuple[str, str] | None:
        """(library, function) if the text names one of a library: ``np.linalg.norm`` is NumPy's ``linalg.norm``.

        A module of that name in the package, ``from .math import sin``, is no library.
        """
        head, _, rest = dotted.partition(".") if re.fullmatch(r"[\w.]+", dotted) else ("", "", "")
        module = self.aliases.get(head) or (submodule(*self.imported[head]) if head in self.imported else "")
        library, _, path = f"{module}.{rest}".rstrip(".").partition(".")
        return (library, path) if library in LIBRARIES and path and self.doubt(head) is None else None

    @property
    def names(self) -> set[str]:
        """The local names that imports bind."""
        return {*self.aliases, *self.imported}

    def imports(self, module: str) -> Source | None:
        """The source of a module that this one imports, if it lies beside it or in its package."""
        path = locate(self.file, module)
        if path is None:
            return None
        return self.modules.get(str(path)) or Source(read(path), str(path), self.modules)

    def imports_as(self, name: str, seen: frozenset[str] = frozenset()) -> Source | None:
        """The source of the module that a name stands for: what a package binds comes before what lies in it."""
        if name in self.aliases or name not in self.imported:
            return self.imports(self.aliases[name]) if name in self.aliases else None
        module, own = self.imported[name]
        package = self.imports(module)
        if package is None or package.file in seen | {self.file} or all(own != b.name for b in package.bindings):
            return self.imports(submodule(module, own))
        return package.imports_as(own, seen | {self.file})

    def is_module(self, dotted: str) -> bool:
        """Whether the text names a module."""
        if self.library_function(f"{dotted}.f") is not None or dotted in self.aliases:
            return True
        return self.imports_as(dotted) is not None

    def origin(self, dotted: str, seen: frozenset[str] = frozenset()) -> Origin | None:
        """Where ``g`` or ``helpers.g`` comes from; None if that is not known."""
        base, _, name = dotted.rpartition(".")
        head = dotted.partition(".")[0]
        if self.doubt(head) is not None:  # this module binds it: who uses it is refused
            return Origin(head, source=self)
        if not base and (name in self.functions or name in self.constants or name in self.classes):
            return Origin(name, source=self)
        found = self.library_function(dotted)
        if found is not None:
            return Origin(found[1], found[0])
        if base:
            source = self.imports_as(base)
        else:
            module, name = self.imported.get(name, ("", name))
            source = self.imports(module) if module else None
        if source is None or source.file in seen:
            return None
        return source.origin(name, seen | {self.file})

    def literal(self, node: cst.BaseExpression) -> Any:
        """The value of a literal; raises ValueError for anything else."""
        return ast.literal_eval(self.code(node))

    def in_full(self, dotted: str) -> str:
        """What a decorator or a base is, by the module that it is imported from; one of this module after a dot."""
        head, dot, rest = dotted.partition(".")
        if head in self.names and self.doubt(head) is None:
            home = self.aliases.get(head) or submodule(*self.imported[head])
            return f"{home}{dot}{rest}"
        is_own = any(bound.name == head for bound in self.bindings)
        return f".{dotted}" if is_own else dotted

    def sct_name(self, node: cst.BaseExpression) -> str | None:
        """What an expression names of sct, or None."""
        found = self.imported_of_sct(node)
        return found if found is None or self.doubt(self.code(node).partition(".")[0]) is None else None

    def imported_of_sct(self, node: cst.BaseExpression) -> str | None:
        """What an expression names of sct, if nothing else binds its first name."""
        head, dot, rest = self.code(node).partition(".")
        own = self.brought_of_sct.get(head)
        return None if own is None else own if not dot else rest if not own else None

    @cached_property
    def brought_of_sct(self) -> dict[str, str]:
        """What imports bring of sct, wherever they stand: each name with that in sct, or nothing for sct itself."""
        brought = ((bound.name, bound.imported) for bound in self.bindings)
        return {name: found[1] for name, found in brought if found is not None and found[0] == "sct"}

    @cached_property
    def defined(self) -> dict[str, cst.CSTNode]:
        """The statement that defines each class and each constant."""
        found: dict[str, cst.CSTNode] = {}
        for statement in self.module.body:
            if isinstance(statement, cst.ClassDef):
                found[statement.name.value] = statement
            elif isinstance(statement, cst.SimpleStatementLine) and isinstance(small := statement.body[0], _ASSIGNS):
                target = small.target if isinstance(small, cst.AnnAssign) else small.targets[0].target
                found[self.code(target)] = statement
        return found

    def refused(self, node: cst.CSTNode, reason: str, help_: str, note: tuple[Span, str] | None = None) -> RefusedError:
        """An error at a node."""
        return RefusedError([Diagnostic(self.span(node), reason, help_, note)], {self.file: self.text})


def assigned_names(target: cst.CSTNode, value: cst.BaseExpression) -> dict[str, cst.BaseExpression]:
    """The names that an assignment binds, each with its own value: ``A = 1.0``, and ``A, B = 1.0, 2.0``."""
    if isinstance(target, cst.Name):
        return {target.value: value}
    if not isinstance(target, cst.Tuple) or not isinstance(value, cst.Tuple):
        return {}
    names = [each.value.value for each in target.elements if isinstance(each.value, cst.Name)]
    values = [each.value for each in value.elements if isinstance(each, cst.Element)]
    fits = len(names) == len(values) == len(target.elements) == len(value.elements)
    return dict(zip(names, values, strict=True)) if fits else {}
