"""Members of enumerations, which are what they are equal to: numbers and strings.

Before: ``kind == Kind.CALL``, with ``class Kind(str, Enum): CALL = "call"``.
After: ``eq %kind, "call"``.
"""

from __future__ import annotations

from typing import Any, Literal

import libcst as cst

from sct.frontend.parse import Source

_KINDS: dict[frozenset[str], Literal["int", "str", ""]] = {
    frozenset({"enum.IntEnum"}): "int",
    frozenset({"int", "enum.Enum"}): "int",
    frozenset({"enum.StrEnum"}): "str",
    frozenset({"str", "enum.Enum"}): "str",
    frozenset({"enum.Enum"}): "",
}
# What may let members be equal to something else than their values.
_DOUBTFUL = ("__eq__", "__new__")


def enumerated(source: Source, node: cst.ClassDef) -> Literal["int", "str", ""] | None:
    """What the members of an enumeration are: numbers, strings, or equal to nothing else; None for another class."""
    return _KINDS.get(frozenset(source.in_full(source.code(base.value)) for base in node.bases))


def enumerated_by(source: Source, text: str) -> Literal["int", "str", ""] | None:
    """The same for what ``text`` names."""
    origin = source.origin(text)
    home = None if origin is None else origin.source
    known = home is not None and origin is not None and origin.name in home.classes
    return enumerated(home, home.classes[origin.name]) if known and home is not None and origin is not None else None


def member(source: Source, node: cst.ClassDef, name: str) -> tuple[Any] | tuple[str, str]:
    """The value that a member of an enumeration is equal to; or why it is not read, and what to write."""
    cls = node.name.value
    if not enumerated(source, node):
        help_ = f"let it be a string as well, `class {cls}(str, Enum)`, and compare with `==`"
        return f"the members of `{cls}` are equal to nothing but themselves", help_
    if any(bound in _DOUBTFUL for bound in source.bound_in(cls)):
        return f"`{cls}` says itself what its members are equal to", "leave out its `__eq__` and `__new__`"
    for line in node.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(small, cst.Assign) and [source.code(each.target) for each in small.targets] == [name]:
                try:
                    return (source.literal(small.value),)
                except (ValueError, TypeError, SyntaxError):
                    return f"the value of `{cls}.{name}` is no literal", "write the number or the string"
    return f"`{cls}` has no member `{name}`", "name one that it has"
