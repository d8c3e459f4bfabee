"""Members of enumerations, which are what they are equal to: numbers and strings.

Before: ``kind == Kind.CALL``, with ``class Kind(str, Enum): CALL = "call"``.
After: ``eq %kind, "call"``.
"""

from __future__ import annotations

from typing import Any, Literal

import libcst as cst

from sct.frontend.parse import Source
from sct.frontend.scan import simple

_KINDS: dict[frozenset[str], Literal["int", "str", ""]] = {
    frozenset({"enum.IntEnum"}): "int",
    frozenset({"int", "enum.Enum"}): "int",
    frozenset({"enum.StrEnum"}): "str",
    frozenset({"str", "enum.Enum"}): "str",
    frozenset({"enum.Enum"}): "",
}
# What may let members be equal to something else than their values.
_DOUBTFUL = ("__eq__", "__new__", "_generate_next_value_")
_SAID = "`__eq__`, `__new__` and `_generate_next_value_`"
_AUTO, _OTHER = object(), object()  # what `auto()` makes, and what is not known


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
    cls, kind = node.name.value, enumerated(source, node)
    found = _values(source, node)
    if not kind:
        base = "int" if all(value is _AUTO or type(value) is int for value in found.values()) else "str"
        wanted = f"let them be of type {base} as well, `class {cls}({base}, Enum)`, and compare with `==`"
        return f"the members of `{cls}` are equal to nothing but themselves", wanted
    if any(bound in _DOUBTFUL for bound in source.bound_in(cls)):
        return f"`{cls}` says itself what its members are equal to", f"leave out its {_SAID}"
    if name not in found:
        return f"`{cls}` has no member `{name}`", "name one that it has"
    value = _counted(found, name) if found[name] is _AUTO and kind == "int" else found[name]
    if value is _AUTO or value is _OTHER:
        return f"the value of `{cls}.{name}` is no literal", f"write a literal of type {kind}"
    if type(value).__name__ != kind:  # the class makes one of it: `str(1)` is "1"
        return f"the value of `{cls}.{name}` is not of type {kind}, as its class is", f"write a literal of type {kind}"
    return (value,)


def _values(source: Source, node: cst.ClassDef) -> dict[str, Any]:
    """What is assigned to names in the body of an enumeration: literals, `_AUTO` and `_OTHER`."""
    found: dict[str, Any] = {}
    for small in simple(node.body):
        if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
            found[small.targets[0].target.value] = _value(source, small.value)
    return found


def _value(source: Source, node: cst.BaseExpression) -> Any:
    if isinstance(node, cst.Call) and not node.args and source.in_full(source.code(node.func)) == "enum.auto":
        return _AUTO
    try:
        return source.literal(node)
    except (ValueError, TypeError, SyntaxError):
        return _OTHER


def _counted(found: dict[str, Any], name: str) -> Any:
    """What ``auto()`` makes of a member: one more than the last one, which is the largest so far."""
    values: list[int] = []
    for each, value in found.items():
        values.append((values[-1] if values else 0) + 1 if value is _AUTO else value)
        if type(values[-1]) is not int or values[-1] < max(values):
            return _OTHER  # Python 3.13 takes one more than the largest, and versions before it than the last
        if each == name:
            break
    return values[-1]
