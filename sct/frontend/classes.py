"""The dataclasses and named tuples of a module, read without importing it."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from sct.errors import Span
from sct.frontend.class_doubts import DATACLASS
from sct.frontend.decorators import properties
from sct.frontend.parse import Source
from sct.frontend.replaced import replacement
from sct.frontend.scan import simple
from sct.ir.classes import changes_parts

FIELDLESS = "it has no fields"
USE_PLAIN = "use a class of plain fields: a dataclass, or a named tuple"
_TUPLES = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
_MADE = _TUPLES | {"collections.namedtuple"}
_DICTS = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
# Bases that give a class nothing.
EMPTY_BASES = frozenset({"object", "abc.ABC", "typing.Protocol", "typing_extensions.Protocol"})
_MAKERS = ("__init__", "__new__", "__post_init__", "__init_subclass__")


@dataclass(frozen=True)
class Field:
    """A field: its annotation and its default, where it has them.

    ``by_name`` is whether it is passed by its name alone, ``is_made`` whether each instance has a default of its own:
    the value of what stands behind ``default_factory=lambda:``.
    """

    name: str
    annotation: cst.BaseExpression | None = None
    default: cst.BaseExpression | None = None
    by_name: bool = False
    is_made: bool = False


@dataclass(frozen=True)
class Record:
    """A class whose instances are their fields.

    Attributes
    ----------
    source : Source
        The module that defines it.
    problem : str or None
        Why instances may be more than their fields.
    bases : tuple of Record
        The classes that it inherits from: their methods, and a dataclass's fields.
    """

    name: str
    source: Source
    fields: tuple[Field, ...]
    is_dict: bool = False
    plain: bool = False
    problem: str | None = None
    bases: tuple[Record, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def home(self, field: Field) -> Source:
        """The module whose names the default of a field is written with."""
        return next((base.home(field) for base in self.bases if field in base.fields), self.source)

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of its properties, those that it inherits included."""
        return (*properties(self.source, self.name), *(name for base in self.bases for name in base.properties))

    def owner(self, name: str) -> Record | None:
        """The class that defines its method or property ``name``: this one, or one that it inherits from."""
        if f"{self.name}.{name}" in self.source.functions:
            return self
        if name in self.source.bound_in(self.name):
            return None
        return next((found for base in self.bases if (found := base.owner(name)) is not None), None)

    def ancestors(self) -> list[tuple[str, str]]:
        """The file and the name of each class that it inherits from, once for each way that leads there."""
        return [key for base in self.bases for key in ((base.source.file, base.name), *base.ancestors())]


def record(source: Source, name: str) -> Record | None:
    """The dataclass, named tuple or typed dict that the local name stands for, here or in a module beside this one."""
    origin = source.origin(name)
    if origin is None or origin.source is None:
        return None
    home, name = origin.source, origin.name
    if name in home.rebound or replacement(source, home.file, name) is not None:
        return None
    if name in home.classes:
        return _of_class(home, home.classes[name])
    return _of_call(home, name, home.constants[name]) if name in home.constants else None


def records(source: Source) -> list[Record]:
    """All those of a module, what it imports included."""
    names = [*source.classes, *source.constants, *source.imported]
    return [found for name in names if (found := record(source, name)) is not None]


def unsuited(source: Source, name: str) -> tuple[str, str, tuple[Span, str] | None]:
    """Why a class is not read, what to write instead, and the place that tells."""
    origin = source.origin(name)
    assert origin is not None and origin.source is not None
    home, own = origin.source, origin.name
    doubt = home.doubt(own) or replacement(source, home.file, own)
    if doubt is not None:
        return doubt.reason, doubt.help, doubt.note
    bases, problem = _inherited(home, home.classes[own])
    of = next((base.name for base in bases if base.fields), None)
    problem = (
        problem or _changes(home, own) or (f"it inherits the fields of `{of}`, and is no dataclass" if of else None)
    )
    return f"`{name}` is not supported: {problem or FIELDLESS}", USE_PLAIN, None


def _of_class(source: Source, node: cst.ClassDef) -> Record | None:
    name = node.name.value
    kinds = {source.in_full(source.code(base.value)) for base in node.bases}
    decorators = {source.in_full(source.code(each.decorator).split("(")[0]) for each in node.decorators}
    is_dataclass, is_typed = DATACLASS in decorators, not kinds.isdisjoint(_TUPLES | _DICTS)
    bases, inherited = ((), None) if is_typed else _inherited(source, node)
    made, changes = source.functions.get(f"{name}.__init__"), _changes(source, name)
    if not is_dataclass and not is_typed:
        if inherited or changes or any(base.fields for base in bases):
            return None
        return _of_init(source, node, made, bases) if made else Record(name, source, (), problem=FIELDLESS, bases=bases)
    makes = next((bound for bound in source.bound_in(name) if bound in _MAKERS), None)
    problem = (f"its `{makes}` may change its fields" if makes else None) or inherited or changes
    own = _fields(source, node)
    shared = {f.name for f in own} & {bound for base in bases for bound in _all_bound(base)}
    if shared:
        problem = problem or f"it inherits `{min(shared)}`, which is one of its fields"
    if any(is_no_parameter(source, field.default) for field in own):
        problem = problem or "`init=` says that a field of its is no parameter"
    fields = (*(field for base in bases for field in base.fields), *own)
    return Record(name, source, fields, not kinds.isdisjoint(_DICTS), problem=problem, bases=bases)


def _fields(source: Source, node: cst.ClassDef) -> tuple[Field, ...]:
    """What the body of a dataclass, a named tuple or a typed dict states."""
    found, by_name = [], False
    for small in simple(node.body):
        if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
            kind = source.in_full(source.code(small.annotation.annotation).split("[")[0])
            by_name = by_name or kind == "dataclasses.KW_ONLY"
            if kind not in ("dataclasses.KW_ONLY", "typing.ClassVar"):
                own = by_name or _goes_by_name(source, small.value)
                made = _made(source, small.value)
                default = made if made is not None else _default(source, small.value)
                found.append(Field(small.target.value, small.annotation.annotation, default, own, made is not None))
    return tuple(found)


def _default(source: Source, value: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """The default that ``field(default=…)`` and ``field(default_factory=list)`` or ``dict`` state; or what is there."""
    options = _options(source, value)
    if is_no_parameter(source, value):
        return value
    factory = options.get("default_factory")
    if isinstance(factory, cst.Name) and factory.value in ("list", "dict"):
        return cst.List([]) if factory.value == "list" else cst.Dict([])
    return options.get("default", value)


def _made(source: Source, value: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """What ``field(default_factory=lambda: …)`` makes for each instance."""
    options = _options(source, value)
    factory = options.get("default_factory")
    is_plain = isinstance(factory, cst.Lambda) and factory.params.deep_equals(cst.Parameters())
    return factory.body if isinstance(factory, cst.Lambda) and is_plain and "init" not in options else None


def is_no_parameter(source: Source, value: cst.BaseExpression | None) -> bool:
    """Whether ``field(…)`` may say that a field is none of the parameters that the class takes."""
    return not {"init", ""}.isdisjoint(_options(source, value))


def _goes_by_name(source: Source, value: cst.BaseExpression | None) -> bool:
    """Whether ``field(kw_only=…)`` says that a field goes by keyword alone."""
    kw_only = _options(source, value).get("kw_only")
    return kw_only is not None and source.code(kw_only) != "False"


def _options(source: Source, value: cst.BaseExpression | None) -> dict[str, cst.BaseExpression]:
    if not isinstance(value, cst.Call) or source.in_full(source.code(value.func)) != "dataclasses.field":
        return {}
    return {"" if each.keyword is None else each.keyword.value: each.value for each in value.args}


def _inherited(source: Source, node: cst.ClassDef) -> tuple[tuple[Record, ...], str | None]:
    """The classes that a class inherits from, and why it may inherit more than methods, and one dataclass's fields."""
    found = []
    for base in node.bases:
        text = source.code(base.value)
        if source.in_full(text) not in EMPTY_BASES:
            of = record(source, text)
            if of is None:
                return (), f"it is not known what it inherits from `{text}`"
            if of.problem != FIELDLESS and (of.problem is not None or not _is_dataclass(of)):
                return (), f"it inherits the fields of `{text}`"
            found.append(of)
    if sum(bool(of.fields) for of in found) > 1:
        return (), "it inherits the fields of several classes"
    ancestors = [key for of in found for key in ((of.source.file, of.name), *of.ancestors())]
    if len(set(ancestors)) < len(ancestors):
        return (), "it inherits from a class in two ways"
    return tuple(found), None


def _is_dataclass(of: Record) -> bool:
    node = of.source.classes.get(of.name)
    decorators = () if node is None else node.decorators
    return any(of.source.in_full(of.source.code(each.decorator).split("(")[0]) == DATACLASS for each in decorators)


def _changes(source: Source, name: str) -> str | None:
    """Why instances of a class may show other parts than they hold, or be made in another way."""
    found = next((b for b in source.bound_in(name) if changes_parts(b) or b in ("__new__", "__init_subclass__")), None)
    return f"its `{found}` may change what its parts are" if found else None


def _all_bound(of: Record) -> list[str]:
    return [*of.source.bound_in(of.name), *(name for base in of.bases for name in _all_bound(base))]


def _of_init(source: Source, node: cst.ClassDef, made: cst.FunctionDef, bases: tuple[Record, ...]) -> Record:
    """A class with an ``__init__`` of its own: its fields are what that binds, as far as one can tell."""
    given = {param.name.value: param for param in (*made.params.params, *made.params.kwonly_params)}
    own = made.params.params[0].name.value if made.params.params else ""
    found: dict[str, Field] = {}
    for small in simple(made.body):
        if isinstance(small, cst.AnnAssign):
            target, value, kind = small.target, small.value, small.annotation.annotation
        elif isinstance(small, cst.Assign) and len(small.targets) == 1:
            target, value, kind = small.targets[0].target, small.value, None
        else:
            continue
        if isinstance(target, cst.Attribute) and source.code(target.value) == own:
            param = given.get(value.value) if isinstance(value, cst.Name) else None
            if kind is None and param is not None:
                kind = None if param.annotation is None else param.annotation.annotation
                value = param.default
            found[target.attr.value] = Field(target.attr.value, kind or _LITERALS.get(type(value)))
    problem = "it has an `__init__` of its own"
    return Record(node.name.value, source, tuple(found.values()), plain=True, problem=problem, bases=bases)


_LITERALS: dict[type, cst.BaseExpression] = {
    cst.Float: cst.Name("float"),
    cst.Integer: cst.Name("int"),
    cst.SimpleString: cst.Name("str"),
}


def _of_call(source: Source, name: str, node: cst.BaseExpression) -> Record | None:
    """``Point = namedtuple("Point", "x y")``."""
    if not isinstance(node, cst.Call) or source.in_full(source.code(node.func)) not in _MADE:
        return None
    if len(node.args) != 2 or any(argument.keyword or argument.star for argument in node.args):
        return None
    named = node.args[1].value
    try:
        listed = source.literal(named)
    except (ValueError, TypeError, SyntaxError):
        pairs = [element.value for element in named.elements] if isinstance(named, cst.List | cst.Tuple) else []
        fields = []
        for pair in pairs:
            if not isinstance(pair, cst.Tuple) or not isinstance(pair.elements[0].value, cst.SimpleString):
                return None
            fields.append(Field(str(pair.elements[0].value.evaluated_value), pair.elements[1].value))
        return Record(name, source, tuple(fields)) if fields else None
    words = listed.replace(",", " ").split() if isinstance(listed, str) else listed
    return Record(name, source, tuple(map(Field, words)))
