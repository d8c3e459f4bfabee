"""Source text to CST: functions, statements, comments, imports and constants.  User code is never imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, PositionProvider

from sct.errors import Diagnostic, RefusedError, Span
from sct.frontend.bindings import Binding, Place, bindings
from sct.frontend.changes import changes
from sct.frontend.class_doubts import Doubt
from sct.frontend.doubts import doubt
from sct.frontend.modules import locate, read, submodule
from sct.frontend.plain import without_sct
from sct.frontend.syntax import checked
from sct.ir.nodes import Statement

LIBRARIES = frozenset({"math", "numpy", "scipy"})
_KIND_HINT = re.compile(r"#\s*sct:\s*\w+\s*:")  # generated code has an assertion instead
PROPERTY, CACHED_PROPERTY = "property", "functools.cached_property"
DECORATORS = frozenset({"grad", "value_and_grad"})


@dataclass(frozen=True)
class Marked:
    """A function that carries one of sct's decorators, with the decorator's ``wrt`` and what it is compiled by."""

    name: str
    wrt: tuple[int | str, ...]
    target: Literal["python", "numba"]


@dataclass(frozen=True)
class Origin:
    """Where a global name comes from: a library (``math`` or ``numpy``), or the source that defines it."""

    name: str
    library: str = ""
    source: Source | None = None

    @property
    def file(self) -> str:
        return "" if self.source is None else self.source.file


class _Positions(PositionProvider):
    """The places of a module's nodes, without the walk for other metadata that a wrapper takes."""

    @staticmethod
    @lru_cache(maxsize=8)
    def of(module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        provider = _Positions()
        try:
            provider._gen_impl(module)
        except KeyError as problem:  # libcst looks for what it has not come to, where the stack has run out
            cause: BaseException | None = problem
            while cause is not None and not isinstance(cause, RecursionError):
                cause = cause.__context__
            raise cause or problem from None
        return dict(provider._computed)  # type: ignore[arg-type]


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
        self._rows = re.split("\r\n|\r|\n", text)
        self._texts: dict[cst.CSTNode, str] = {}
        self._statements: dict[cst.CSTNode, Statement] = {}
        self.within: dict[cst.CSTNode, tuple[Statement, ...]] = {}
        for statement in self.module.body:
            self._scan(statement)

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
            self.aliases.update((name, module) for name, (module, _) in _imported(node))
            self.aliases.update((n, n) for n in (self.code(name.name) for name in node.names if not name.asname))
        elif isinstance(node, cst.ImportFrom):
            self.imported.update(_imported(node))
        elif isinstance(node, cst.Assign) and len(node.targets) == 1:
            self.constants.update(assigned_names(node.targets[0].target, node.value))
        elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name) and node.value is not None:
            self.constants[node.target.value] = node.value

    @cached_property
    def _positions(self) -> dict[cst.CSTNode, CodeRange]:
        return dict(_Positions.of(self.module))

    def span(self, node: cst.CSTNode) -> Span:
        """The place of a node."""
        place = self._positions[node]
        return Span(self.file, place.start.line, place.start.column, place.end.line, place.end.column)

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node; that of a name without brackets around it."""
        if node not in self._texts:
            bare = node.with_changes(lpar=(), rpar=()) if isinstance(node, cst.Name | cst.Attribute) else node
            self._texts[node] = self.module.code_for_node(bare).strip()
        return self._texts[node]

    def statement(self, node: cst.CSTNode, line: cst.CSTNode, target: str) -> Statement:
        """The statement ``node``, which stands in the line (or compound statement) ``line``."""
        found = self._statements.get(node)
        if found is None:
            within = self.within.get(node, ())
            comments = self._comments(line)
            handlers = node.handlers if isinstance(node, cst.Try) else ()
            closing = tuple(line for handler in handlers for line in self.code(handler).splitlines())
            lines = self._lines(node) if isinstance(node, cst.BaseSmallStatement) else ()
            head = self._head(node, lines)
            found = Statement(head, self.span(node), target, *comments, lines, within, closing)
            self._statements[node] = found
        return found

    def adopt(self, node: cst.CSTNode, like: cst.CSTNode, stmt: Statement | None) -> None:
        """Let what was made in place of ``like``, a part of ``stmt``, have its place."""
        todo = [node]
        while todo:
            made = todo.pop()
            if made not in self._positions:
                self._positions[made] = self._positions[like]
                if stmt is not None:
                    self._statements[made] = stmt
                todo += made.children

    def _lines(self, node: cst.BaseSmallStatement) -> tuple[str, ...]:
        """A simple statement as written."""
        span = self.span(node)
        if span.line == span.end_line:
            return (self._rows[span.line - 1][span.col : span.end_col],)
        return tuple(self.code(node).splitlines())

    def _head(self, node: cst.CSTNode, lines: Sequence[str]) -> str:
        """A compound statement up to its colon, or all of a simple one, in a line."""
        if isinstance(node, cst.Try):
            return "try:"
        if isinstance(node, cst.Match):
            return f"match {self.code(node.subject)}:".splitlines()[0]
        if isinstance(node, cst.If | cst.While | cst.For | cst.With | cst.MatchCase):
            brief = node.with_changes(leading_lines=(), body=cst.SimpleStatementSuite([cst.Pass()]))
            if isinstance(node, cst.If | cst.While | cst.For):
                brief = brief.with_changes(orelse=None)
            return _in_a_line(self.code(brief)).removesuffix(" pass")
        return " ".join(part.split("#")[0].strip() for part in lines or self.code(node).splitlines())

    def _comments(self, line: cst.CSTNode) -> tuple[tuple[str, ...], str | None]:
        comments = (empty.comment.value for empty in getattr(line, "leading_lines", ()) if empty.comment is not None)
        leading = tuple(comment for comment in comments if not _KIND_HINT.match(comment))
        if isinstance(line, cst.SimpleStatementLine):
            trailing = line.trailing_whitespace.comment
        else:
            body = getattr(line, "body", None)
            trailing = body.header.comment if isinstance(body, cst.IndentedBlock) else None
        shown = trailing is not None and not _KIND_HINT.match(trailing.value)
        return leading, trailing.value if trailing is not None and shown else None

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
        """What the module puts something else in the place of: functions and classes, or parts of these.

        Each by its library or file, and its name there; ``*`` is any name.
        """
        found = {}
        for bound in self.bindings:
            head, dot, _ = bound.name.partition(".")
            key = self._changed(bound.name) if dot and self.doubt(head) is None else None
            found.update({} if key is None else {key: bound})
        return found

    def _changed(self, dotted: str) -> tuple[str, str] | None:
        """What an assignment to ``dotted`` changes: a name of a module, or what has such a part there."""
        origin = self.origin(dotted)
        if origin is not None:
            return origin.library or origin.file, origin.name
        owner, _, part = dotted.rpartition(".")
        if part == "*" and self.is_module(owner):
            library, source = self.library_function(f"{owner}.f"), self.imports_as(owner)
            return library[0] if library else source.file if source else "", "*"
        origin = self.origin(owner)
        while origin is None and "." in owner:
            owner, _, part = owner.rpartition(".")
            origin = self.origin(owner)
        home = origin.source if origin is not None else None
        if origin is None or home is None:
            return None
        is_code = part == "*" or part.startswith("__")  # what else a function has is no part of what it does
        is_changed = origin.name in home.classes or (origin.name in home.functions and is_code)
        return (home.file, origin.name) if is_changed else None

    def replacement(self, file: str, name: str) -> tuple[Source, Binding] | None:
        """Where a module that was read changes a function, a class or a part of it, or anything of a library."""
        for source in list(self.modules.values()):
            for (home, changed), bound in source.replaced.items():
                # The derivative of a library's function may call any other one of it.
                if home == file and (home in LIBRARIES or changed in (name.partition(".")[0], "*")):
                    return source, bound
        return None

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

    # functions

    def marked(self) -> Sequence[Marked]:
        """The functions with one of sct's decorators, in the order of the source."""
        found = []
        for name, node in self.functions.items():
            for decorator in node.decorators:
                wrt = self._wrt(decorator)
                if wrt is not None:
                    found.append(Marked(name, wrt, self._target(decorator)))
                    break
        return found

    def decorators(self, name: str) -> Iterator[tuple[cst.Decorator, str]]:
        """The decorators of a function, each with its dotted name, the module's in full."""
        for decorator in self.functions[name].decorators:
            yield decorator, self.in_full(self.code(_called(decorator.decorator)))

    def in_full(self, dotted: str) -> str:
        """What a decorator or a base is, by the module that it is imported from; one of this module after a dot."""
        head, dot, rest = dotted.partition(".")
        if head in self.names and self.doubt(head) is None:
            home = self.aliases.get(head) or submodule(*self.imported[head])
            return f"{home}{dot}{rest}"
        is_own = any(bound.name == head for bound in self.bindings)
        return f".{dotted}" if is_own else dotted

    def properties(self, cls: str) -> list[str]:
        """The names of the properties of a class, and of those that are kept once they were computed."""
        methods = [name for name in self.functions if name.startswith(f"{cls}.")]
        kinds = {PROPERTY, CACHED_PROPERTY}
        return [n[len(cls) + 1 :] for n in methods if any(text in kinds for _, text in self.decorators(n))]

    def _wrt(self, decorator: cst.Decorator) -> tuple[int | str, ...] | None:
        """The decorator's ``wrt`` if it is one of sct's, else None."""
        node = decorator.decorator
        arguments = node.args if isinstance(node, cst.Call) else ()
        if not self.is_of_sct(decorator) or self.sct_name(_called(node)) not in DECORATORS:
            return None
        for argument in arguments:
            if argument.keyword is not None and argument.keyword.value == "wrt":
                try:
                    wrt = self.literal(argument.value)
                except ValueError:
                    reason = "`wrt` must be a literal, so that the command can read it"
                    raise self.refused(argument.value, reason, 'write `wrt=0`, `wrt="x"` or `wrt=("x", "y")`') from None
                return wrt if isinstance(wrt, tuple) else (wrt,)
        return (0,)

    def is_of_sct(self, decorator: cst.Decorator) -> bool:
        """Whether a decorator is one of sct's; one of which that is not known is refused."""
        node = _called(decorator.decorator)
        head = self.code(node).partition(".")[0]
        problem = self.doubt(head) if self._imported_of_sct(node) is not None else None
        if problem is not None:
            raise self.refused(decorator, problem.reason, problem.help, problem.note)
        return self.sct_name(node) is not None

    def _target(self, decorator: cst.Decorator) -> Literal["python", "numba"]:
        """What the decorator's ``compile`` asks for."""
        node = decorator.decorator
        for argument in node.args if isinstance(node, cst.Call) else ():
            if argument.keyword is not None and argument.keyword.value == "compile":
                if self.code(argument.value).strip("'\"") == "numba":
                    return "numba"
                if self.code(argument.value) != "None":
                    reason = "`compile` must be a literal, so that the command can read it"
                    raise self.refused(argument.value, reason, 'write `compile="numba"`, or leave it out')
        return "python"

    def sct_name(self, node: cst.BaseExpression) -> str | None:
        """What an expression names of sct, or None."""
        found = self._imported_of_sct(node)
        return found if found is None or self.doubt(self.code(node).partition(".")[0]) is None else None

    def _imported_of_sct(self, node: cst.BaseExpression) -> str | None:
        """What an expression names of sct, if nothing else binds its first name."""
        head, dot, rest = self.code(node).partition(".")
        own = self._brought_of_sct.get(head)
        return None if own is None else own if not dot else rest if not own else None

    @cached_property
    def _brought_of_sct(self) -> dict[str, str]:
        """What imports bring of sct, wherever they stand: each name with that in sct, or nothing for sct itself."""
        brought = ((bound.name, bound.imported) for bound in self.bindings)
        return {name: found[1] for name, found in brought if found is not None and found[0] == "sct"}

    def primal(self, name: str) -> str:
        """The function's text as written, without what is sct's."""
        return self.module.code_for_node(self._alone(self.functions[name])).strip("\n")

    def _alone(self, node: cst.FunctionDef) -> cst.FunctionDef:
        """A function without what is sct's."""
        kept = [decorator for decorator in node.decorators if not self.is_of_sct(decorator)]
        own = node.with_changes(decorators=kept, leading_lines=_comment_lines(node.leading_lines))
        if any(name in self.text for name in ("stop_gradient", "adjoint_of", "checkpoint")):
            own = without_sct(own, self.sct_name)
        return own

    def used(self, name: str) -> list[str]:
        """The names of this module that a function mentions."""
        node = self.functions[name].with_changes(decorators=[])
        declared = {bound.name for bound in self.bindings if isinstance(bound.node, ast.Global)}
        known = {*self.functions, *self.classes, *self.constants, *declared} - {name}
        mentioned = (cst.ensure_type(found, cst.Name).value for found in m.findall(node, m.Name()))
        return [found for found in dict.fromkeys(mentioned) if found in known]

    def other_names(self, text: str) -> list[str]:
        """The names of the module's constants that a text mentions, and that are other names of its functions."""
        return [
            name
            for name, value in self.constants.items()
            if isinstance(value, cst.Name) and value.value in self.functions and re.search(rf"\b{name}\b", text)
        ]

    def docstring(self, name: str) -> str | None:
        """The function's docstring, as written with its quotes."""
        node = self.functions[name]
        if node.get_docstring() is None or not isinstance(node.body, cst.IndentedBlock):
            return None
        statement = node.body.body[0]
        assert isinstance(statement, cst.SimpleStatementLine)
        return self.code(statement.body[0])

    @cached_property
    def defined(self) -> dict[str, cst.CSTNode]:
        """The statement that defines each class and each constant."""
        found: dict[str, cst.CSTNode] = {}
        for statement in self.module.body:
            if isinstance(statement, cst.ClassDef):
                found[statement.name.value] = statement
            elif isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Assign):
                found[self.code(statement.body[0].targets[0].target)] = statement
        return found

    def defining_text(self, name: str) -> str:
        """The statement that defines a name, as written."""
        node = self.defined[name]
        assert isinstance(node, cst.ClassDef | cst.SimpleStatementLine)
        own = node.with_changes(leading_lines=_comment_lines(node.leading_lines))
        if isinstance(own, cst.ClassDef):
            lines = [self._method(line) if isinstance(line, cst.FunctionDef) else line for line in own.body.body]
            own = own.with_changes(body=own.body.with_changes(body=lines))
        return self.module.code_for_node(own).strip("\n")

    def _method(self, node: cst.FunctionDef) -> cst.FunctionDef:
        return self._alone(node).with_changes(leading_lines=node.leading_lines)

    def refused(self, node: cst.CSTNode, reason: str, help_: str, note: tuple[Span, str] | None = None) -> RefusedError:
        """An error at a node."""
        return RefusedError([Diagnostic(self.span(node), reason, help_, note)], {self.file: self.text})


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    """The function of a call; of a decorator without arguments, itself."""
    return node.func if isinstance(node, cst.Call) else node


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


def _in_a_line(text: str) -> str:
    """What stands in brackets on lines of its own, without these breaks."""
    first, *rest = (line.split("#")[0].strip() for line in text.splitlines())
    for line in rest:
        closes, opened = line.startswith((")", "]", "}")), first.endswith(("(", "[", "{"))
        first = f"{first.removesuffix(',') if closes else first}{'' if closes or opened or not line else ' '}{line}"
    return first


def _comment_lines(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment is not None]


def _imported(node: cst.CSTNode) -> Iterator[tuple[str, tuple[str, str]]]:
    """The names that an import binds, each with the module, and the name there, that it stands for."""
    code = cst.Module([]).code_for_node
    if isinstance(node, cst.Import):
        for name in node.names:
            dotted = code(name.name)
            bound = code(name.asname.name) if name.asname is not None else dotted.split(".")[0]
            yield bound, (dotted if name.asname is not None else bound, "")
    elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
        module = "." * len(node.relative) + (code(node.module) if node.module is not None else "")
        for name in node.names:
            yield code(name.asname.name if name.asname is not None else name.name), (module, code(name.name))
