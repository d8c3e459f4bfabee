"""The dataclasses and named tuples of a module, read without importing it."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from sct.frontend.parse import Source
from sct.ir.classes import changes_parts


@dataclass(frozen=True)
class Field:
    """A field: its annotation and its default, where it has them."""

    name: str
    annotation: cst.BaseExpression | None = None
    default: cst.BaseExpression | None = None


@dataclass(frozen=True)
class Record:
    """A class whose instances are their fields.

    Attributes
    ----------
    source : Source
        The module that defines it.
    problem : str or None
        Why instances may be more than their fields.
    base : Record or None
        The class that it inherits from, if it is one of these.
    """

    name: str
    source: Source
    fields: tuple[Field, ...]
    is_dict: bool = False
    plain: bool = False
    problem: str | None = None
    base: Record | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


def record(source: Source, name: str) -> Record | None:
    """The dataclass, named tuple or typed dict that the local name stands for, here or in a module beside this one."""
    origin = source.origin(name)
    if origin is None or origin.source is None:
        return None
    home, name = origin.source, origin.name
    if name in home.rebound:
        return None
    if name in home.classes:
        return _of_class(home, home.classes[name])
    return _of_call(home, name, home.constants[name]) if name in home.constants else None


def defining(found: Record | None, method: str) -> Record | None:
    """The class that the method of a class is defined in: its own, or one that it inherits from."""
    while found is not None and f"{found.name}.{method}" not in found.source.functions:
        found = found.base
    return found


def record_names(source: Source) -> list[str]:
    """The names of those that the module itself defines, in its order."""
    return [name for name in source.defined if name not in source.imported and record(source, name) is not None]


def records(source: Source) -> list[Record]:
    """All those of a module, what it imports included."""
    names = [*source.classes, *source.constants, *source.imported]
    return [found for name in names if (found := record(source, name)) is not None]


def _of_class(source: Source, node: cst.ClassDef) -> Record | None:
    bases = [source.code(base.value).split(".")[-1] for base in node.bases]
    decorators = [source.code(decorator.decorator).split("(")[0].split(".")[-1] for decorator in node.decorators]
    base = record(source, source.code(node.bases[0].value)) if len(bases) == 1 else None
    if "dataclass" not in decorators and not {"NamedTuple", "TypedDict"} & set(bases):
        made = source.functions.get(f"{node.name.value}.__init__")
        inherits = bool(set(bases) - {"object"}) and (base is None or not base.plain)
        return None if made is None or inherits else _of_init(source, node, made, base)
    fields, problem = [], None if base is None else base.problem
    for line in node.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else [line]:
            if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
                if source.code(small.annotation.annotation).split("[")[0].split(".")[-1] != "ClassVar":
                    fields.append(Field(small.target.value, small.annotation.annotation, small.value))
            elif isinstance(small, cst.FunctionDef) and small.name.value in ("__init__", "__new__", "__post_init__"):
                problem = f"its `{small.name.value}` may change its fields"
            elif isinstance(small, cst.FunctionDef) and changes_parts(small.name.value):
                problem = problem or f"its `{small.name.value}` may change what its parts are"
            elif isinstance(small, cst.Assign) and any(changes_parts(source.code(t.target)) for t in small.targets):
                problem = problem or f"its `{source.code(small.targets[0].target)}` may change what its parts are"
    if "dataclass" in decorators and bases and base is None:
        problem = "it inherits fields"
    if any(isinstance(field.default, cst.Call) for field in fields):
        problem = problem or "a default of its fields is computed"
    inherited = {} if base is None else {field.name: field for field in base.fields}
    fields = list({**inherited, **{field.name: field for field in fields}}.values())
    return Record(node.name.value, source, tuple(fields), "TypedDict" in bases, problem=problem, base=base)


def _of_init(source: Source, node: cst.ClassDef, made: cst.FunctionDef, base: Record | None) -> Record:
    """A class with an ``__init__`` of its own: its fields are what that binds, as far as one can tell."""
    given = {param.name.value: param for param in (*made.params.params, *made.params.kwonly_params)}
    own = made.params.params[0].name.value if made.params.params else ""
    found: dict[str, Field] = {} if base is None else {field.name: field for field in base.fields}
    for line in made.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
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
    return Record(node.name.value, source, tuple(found.values()), plain=True, problem=problem, base=base)


_LITERALS: dict[type, cst.BaseExpression] = {
    cst.Float: cst.Name("float"),
    cst.Integer: cst.Name("int"),
    cst.SimpleString: cst.Name("str"),
}


def _of_call(source: Source, name: str, node: cst.BaseExpression) -> Record | None:
    """``Point = namedtuple("Point", "x y")``."""
    if not isinstance(node, cst.Call) or source.code(node.func).split(".")[-1] not in ("namedtuple", "NamedTuple"):
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
