"""Texts of containers: of their parts, of one of zeros, of a sum of two, of a list of structures and of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sct.ir.literals import literal
from sct.ir.types import Form, Type
from sct.transform.leaves import has_class, leaf_type, paths

Zeros = Callable[[str], str]


def part(text: str, type_: Type, index: int) -> str:
    """The text of a part of a structure."""
    form = type_.form
    if form is not None and form.kind == "class":
        return f"{text}.{form.labels[index]}"
    return f"{text}[{literal(form.labels[index]) if form is not None and form.kind == 'dict' else index}]"


def structure(form: Form | None, items: Sequence[str], make: str = "", positional: int = 0) -> str:
    """The display of a structure; ``make`` is what makes an instance of its class, which may have no name here."""
    if form is None or form.kind == "named":
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if form.kind == "list":
        return f"[{', '.join(items)}]"
    if form.kind == "dict":
        return f"{{{', '.join(f'{literal(label)}: {item}' for label, item in zip(form.labels, items, strict=True))}}}"
    named = zip(form.words[positional:], items[positional:], strict=True)
    arguments = [*items[:positional], *(f"{label}={item}" for label, item in named)]
    made = "" if form.plain else make or form.name
    return f"{made or 'SimpleNamespace'}({', '.join(arguments)})"


def _each(depth: int) -> str:
    """What the item of a comprehension is called."""
    return "item" if not depth else f"item_{depth + 1}"


def blank(text: str, type_: Type, path: tuple[int, ...], zeros: Zeros, depth: int = 0) -> str:
    """Zeros like what ``text`` has at a path; of a list, for each item."""
    if type_.kind == "list":
        (item,) = type_.items
        if item.kind == "undef":
            return "[]"
        if item.kind != "list" and leaf_type(item, path).is_scalar:
            return f"[0.0] * len({text})"
        each = _each(depth)
        return f"[{blank(each, item, path, zeros, depth + 1)} for {each} in {text}]"
    if not type_.is_differentiable:
        return "None"
    if path:
        return blank(part(text, type_, path[0]), type_.items[path[0]], path[1:], zeros, depth)
    if type_.kind == "tuple":
        items = [blank(part(text, type_, k), item, (), zeros, depth) for k, item in enumerate(type_.items)]
        return structure(type_.form, items, f"type({text})")
    return "0.0" if type_.is_scalar else zeros(text)


def column(text: str, type_: Type, path: tuple[int, ...], depth: int = 0) -> str:
    """What each item of a list has at a path."""
    if not path:
        return text
    if type_.kind == "list":
        each = _each(depth)
        return f"[{column(each, type_.items[0], path, depth + 1)} for {each} in {text}]"
    return column(part(text, type_, path[0]), type_.items[path[0]], path[1:], depth)


def rows(columns: Sequence[str], of: Type, like: str | None = None) -> str:
    """A list of structures from one list for each leaf; the classes are those of ``like``'s items."""
    if of.kind == "tuple" and of.form is None and len(columns) > 1:
        if all(item.kind != "tuple" and item.is_differentiable for item in of.items):
            return f"list(zip({', '.join(columns)}))"
    each = [_named(of, path) for path in paths(of)]
    each = [f"{name}_{k}" if each.count(name) > 1 else name for k, name in enumerate(each)]
    built = _built(of, iter(each), None if like is None else "item")
    names, lists = ([*each, "item"], [*columns, like]) if like is not None else (each, list(columns))
    over = lists[0] if len(lists) == 1 else f"zip({', '.join(text for text in lists if text)})"
    return f"[{built} for {', '.join(names)} in {over}]"


def _named(of: Type, path: tuple[int, ...]) -> str:
    """What an adjoint is called after the labels on its path."""
    words = []
    for index in path:
        while of.kind == "list":
            of = of.items[0]
        label = of.form.words[index] if of.form is not None and of.form.labels else ""
        words += [label] if label.isidentifier() else []
        of = of.items[index]
    return "_".join([*words, "bar"])


def _built(of: Type, leaves: Iterator[str], like: str | None) -> str:
    if not of.is_differentiable:
        return "None"
    if of.kind == "list" and leaf_is_inside(of):
        return rows([next(leaves) for _ in paths(of)], of.items[0], like if has_class(of) else None)
    if of.kind != "tuple":
        return next(leaves)
    items = [_built(item, leaves, like and part(like, of, k)) for k, item in enumerate(of.items)]
    return structure(of.form, items, f"type({like})" if like else "")


def leaf_is_inside(type_: Type) -> bool:
    """Whether a list has structures in it."""
    while type_.kind == "list":
        type_ = type_.items[0]
    return type_.kind == "tuple"


def replaced(text: str, before: Type, after: Type, index: int, value: str) -> str:
    """A structure with another part; the one that it was stays as it is."""
    form = after.form
    if form is not None and form.kind == "dict":
        return f"{{**{text}, {literal(form.labels[index])}: {value}}}"
    items = [value if k == index else part(text, before, k) for k in range(len(after.items))]
    return structure(form, items, f"type({text})")


def listed(text: str, like: Type, depth: int = 0) -> str:
    """The rows of an array as a list; these are lists or tuples where the items of ``like`` are."""
    if like.kind == "tuple":
        return structure(like.form, [listed(f"{text}[{k}]", item, depth) for k, item in enumerate(like.items)], "")
    if like.kind != "list":
        return text
    if like.items[0].kind not in ("tuple", "list"):
        return f"list({text})"
    each = "row" if not depth else f"row_{depth + 1}"
    return f"[{listed(each, like.items[0], depth + 1)} for {each} in {text}]"


def copied(text: str, type_: Type, depth: int = 0) -> str:
    """A copy of a container and of what it holds."""
    if type_.kind == "tuple" and not all(item.is_scalar for item in type_.items):
        items = [copied(part(text, type_, k), item, depth) for k, item in enumerate(type_.items)]
        return structure(type_.form, items, f"type({text})")
    if type_.kind == "list" and not type_.items[0].is_scalar:
        each = _each(depth)
        return f"[{copied(each, type_.items[0], depth + 1)} for {each} in {text}]"
    return f"{text}.copy()" if type_.is_buffer else text


def total(a: str, b: str, type_: Type, depth: int = 0, minus: bool = False) -> str:
    """The sum of two adjoints."""
    if type_.kind != "list":
        return f"{a} {'-' if minus else '+'} {b}"
    x, y = ("a", "b") if not depth else (f"a_{depth + 1}", f"b_{depth + 1}")
    return f"[{total(x, y, type_.items[0], depth + 1)} for {x}, {y} in zip({a}, {b})]"
