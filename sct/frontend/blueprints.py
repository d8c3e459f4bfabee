"""Classes whose objects a function makes itself: what a class says of its objects, read without importing it.

Before: ``class Car(Vehicle): g = 9.81`` with an ``__init__``, methods and properties.
After: a :class:`Blueprint`: which class of its lineage defines a name, and whether that is a method or a constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from sct.frontend.class_doubts import DATACLASS
from sct.frontend.classes import EMPTY_BASES, record
from sct.frontend.enumerations import enumerated_by
from sct.frontend.parse import Source
from sct.frontend.replaced import replacement
from sct.frontend.scan import simple

# What makes objects, or their attributes, something else than `__init__` and the assignments say.
_UNREAD = frozenset(
    {"__new__", "__init_subclass__", "__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__del__"}
)


@dataclass(frozen=True)
class Blueprint:
    """A class of the user's.

    Attributes
    ----------
    source : Source
        The module that defines it.
    lineage : tuple of Blueprint
        The classes that Python asks for a name after this one, in this order.
    """

    name: str
    source: Source
    lineage: tuple[Blueprint, ...]

    @property
    def line(self) -> tuple[Blueprint, ...]:
        """The classes that Python asks for a name."""
        return (self, *self.lineage)

    def after(self, of: Blueprint) -> tuple[Blueprint, ...]:
        """The classes that come after one of the line."""
        return self.line[self.line.index(of) + 1 :]

    @property
    def node(self) -> cst.ClassDef:
        return self.source.classes[self.name]

    def method(self, name: str) -> str | None:
        """The key of a method of its own among the module's functions."""
        key = f"{self.name}.{name}"
        return key if key in self.source.functions else None

    def constants(self) -> dict[str, cst.BaseExpression]:
        """The names that its body assigns to, each with its value."""
        found: dict[str, cst.BaseExpression] = {}
        for small in simple(self.node.body):
            if isinstance(small, cst.AnnAssign) and small.value is not None:
                found[self.source.code(small.target)] = small.value
            elif isinstance(small, cst.Assign) and len(small.targets) == 1:
                found[self.source.code(small.targets[0].target)] = small.value
        return found


def blueprint(source: Source, text: str) -> Blueprint | str | None:
    """The class that the text names here, or why its objects are not made; None if it names no class of the user's."""
    origin = source.origin(text)
    if origin is None or origin.source is None or origin.name not in origin.source.classes:
        return None
    home, name = origin.source, origin.name
    doubt = home.doubt(name) or replacement(source, home.file, name)
    if doubt is not None:
        return doubt.reason
    node = home.classes[name]
    unread = next((bound for bound in home.bound_in(name) if bound in _UNREAD), None)
    if unread is not None:
        return f"its `{unread}` may make something else of its objects"
    is_dataclass = any(home.in_full(home.code(each.decorator).split("(")[0]) == DATACLASS for each in node.decorators)
    if is_dataclass and ("__post_init__" not in home.bound_in(name) or "InitVar" in home.code(node)):
        return "it is a dataclass"
    lineage: list[Blueprint] = []
    for base in node.bases:
        given = home.code(base.value)
        if home.in_full(given) in EMPTY_BASES:
            continue
        of = blueprint(home, given)
        if not isinstance(of, Blueprint):
            return f"it is not known what it inherits from `{given}`"
        lineage += (of, *of.lineage)
    if len(set(lineage)) < len(lineage):
        return "it inherits from a class in two ways"
    return Blueprint(name, home, tuple(lineage))


def class_names(source: Source) -> list[str]:
    """The names of the classes that the module itself defines, and of which it is known what their objects are."""
    own = [name for name in source.defined if name not in source.imported]
    return [name for name in own if _is_read(source, name)]


def _is_read(source: Source, name: str) -> bool:
    is_enum = enumerated_by(source, name) is not None
    return is_enum or record(source, name) is not None or isinstance(blueprint(source, name), Blueprint)
