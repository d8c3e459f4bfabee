"""Kinds of containers: what displays, items and updates of tuples, lists, dicts and dataclasses are.

Before: ``%W = getitem %params, 'W'`` with ``%params`` a dict of known keys.
After: ``%W = item %params index=0``: an access of a part that is known when the function is differentiated is an
``item``, however it was written.

A structure has parts that are known one by one (its kind is ``tuple``, whatever its form); a ``list`` has items of one
kind, and of any number.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sct.analysis.joins import is_uniform, join
from sct.ir.nodes import Op
from sct.ir.types import UNDEF, Key, Type, is_key
from sct.rules.lists import of_any
from sct.rules.shapes import infer_getitem
from sct.rules.table import SHAPES, Unsupported

_STAY = "make a list, or a dict, of those that stay: `{k: v for k, v in d.items() if k != 'a'}`"
_CHANGED = "let that one return the new value, or read the items one by one: `d['k']`, `xs[0]`"
_AS_DATACLASS = "make it a dataclass, or write a function that returns the new value"
Types = tuple[Type, ...]


def display(op: Op, types: Types) -> Type:
    """The type of a display: a list of items of one kind is a ``list``, unless its length is ``fixed``."""
    form = op.attrs.get("form")
    if form is not None and form.kind == "list" and not op.attrs.get("fixed"):
        found = functools.reduce(join, types, UNDEF)
        if is_uniform(found):
            return Type("list", items=(found,))
    return Type("tuple", items=types, form=form)


def rebuilt(op: Op, types: Types) -> Type:
    """The type of ``type(x)(label=…)``; the operation becomes the display of a structure of the class."""
    x, *parts = types
    if x.kind == "undef":
        return UNDEF
    form, labels = x.form, op.attrs["labels"]
    if form is None or form.kind != "class" or form.plain or not form.name:
        raise Unsupported("it is not known what `type` gives here", "call a class of this module: `P(x=…)`")
    if labels != form.labels:
        raise Unsupported(f"the fields of `{form.name}` are {', '.join(form.words)}", "pass all of them, in this order")
    op.name, op.operands, op.attrs["form"] = "tuple", op.operands[1:], form
    return Type("tuple", items=tuple(parts), form=form)


def item(op: Op, types: Types) -> Type:
    """The type of a part; a label is looked up."""
    (x,) = types
    if x.kind == "undef":
        op.attrs.setdefault("index", 0)  # of an item of an empty list: it is never reached
        return UNDEF
    label = op.attrs.get("label")
    if label is not None:
        if x.kind != "tuple" or x.form is None or x.form.kind not in ("class", "named") or label not in x.form.labels:
            raise Unsupported(
                *(op.attrs.get("lacking") or (f"the attribute `.{label}` is not supported", _instead(x, label)))
            )
        op.attrs["index"] = x.form.labels.index(label)
    if x.kind == "list":
        return of_any(x.items[0])
    if x.kind == "tuple":
        count = op.attrs.get("count", len(x.items))
        if count != len(x.items):
            raise Unsupported(f"{len(x.items)} values are unpacked into {count} names", "give each item a name")
        if x.form is not None and x.form.kind == "dict" and op.attrs.get("authored") and "key" not in op.attrs:
            raise Unsupported("a dict is taken apart into its keys", "name each value: `W = params['W']`")
        return _at(x, op)
    if x.is_array:
        return infer_getitem((x, Type("int", dim=op.attrs["index"])))
    help_ = f"use what is a tuple on all paths, or an array of known rank: {SHAPES}"
    raise Unsupported("it is not known what this is made of", help_)


def holds(op: Op, types: Types) -> Type:
    """Check that a structure has as many items, or the keys, as it was lowered with; or that it is a list."""
    (x,) = types
    if "is_list" in op.attrs and x.kind not in ("list", "undef"):
        raise Unsupported("only a name, or an item of a list of items of one kind, can be deleted", _STAY)
    labels = x.form.labels if x.form is not None and x.form.kind == "dict" else ()
    is_told = op.attrs.get("keys", labels) == labels and op.attrs.get("count", len(x.items)) == len(x.items)
    if x.kind == "tuple" and not is_told:
        raise Unsupported("what this holds is changed before by a method or a function of yours", _CHANGED)
    return UNDEF


def _instead(x: Type, label: str) -> str:
    """What to write in the place of an attribute that a value of this type does not have."""
    if label in ("real", "imag"):
        return "all numbers are real here: the real part is the number itself, and the other one 0.0"
    if x.form is not None and x.form.kind == "dict":
        return f"write the key in brackets: `[{label!r}]`"
    if x.form is not None and x.form.kind == "class":
        fields = f"its fields are {', '.join(x.form.words)}" if x.form.labels else "no field of its is known"
        return f"{fields}; a method is called where it is read, `p.{label}(…)`"
    return "use `.T`, `.shape`, `.size` or `.ndim`" if x.is_array else "only arrays and objects have attributes here"


def subscript(op: Op, types: Types) -> Type:
    """The type of ``x[i]`` of a container; where it names a part of a structure, the operation becomes an ``item``."""
    x, index, *more = types
    if x.form is not None and x.form.kind == "dict":
        return _key(op, x, Type("tuple", items=types[1:]) if more else index)
    if more:
        raise Unsupported("a container takes one index", "write `x[i][j]`")
    if x.kind == "list":
        if index.kind == "slice":
            return x
        if index.kind not in ("int", "bool"):
            raise Unsupported("a list takes an integer or a slice", "use an array (`np.array(…)`)")
        return of_any(x.items[0])
    if index.kind == "slice":
        bounds = [part.dim for part in index.items if isinstance(part.dim, int) or part.kind == "none"]
        if len(bounds) < 3:
            raise Unsupported("the bounds of a tuple's slice must be constants", "use an array or a list")
        op.name, op.operands, op.attrs["slice"] = "part", op.operands[:1], bounds
        return Type(
            "tuple", items=_sliced(x.items, bounds), form=x.form if x.form is None or x.form.kind == "list" else None
        )
    if isinstance(index.dim, int):
        if not -len(x.items) <= index.dim < len(x.items):
            raise Unsupported(f"there is no item {index.dim} among {len(x.items)}", "correct the index")
        op.name, op.operands, op.attrs["index"] = "item", op.operands[:1], index.dim % len(x.items)
        return _at(x, op)
    found = functools.reduce(join, x.items, UNDEF)
    if index.kind != "int" or not is_uniform(found):
        raise Unsupported("the index of a tuple of several kinds must be a constant", "unpack it: `a, b = …`")
    return found


def _sliced(items: Types, bounds: Sequence[Any]) -> Types:
    return items[slice(*bounds)]


def _at(x: Type, op: Op) -> Type:
    index: int = op.attrs["index"]
    return x.items[index]


def _key(op: Op, x: Type, index: Type) -> Type:
    assert x.form is not None
    key, labels = _constant(index), x.form.labels
    found = functools.reduce(join, x.items, UNDEF)
    if key is None and is_uniform(found):
        if index.kind in ("str", "int"):
            return found
        raise Unsupported("it is not known which key this is", "write the key as it is: `d[0, 1]`, `params['W']`")
    if key is None:
        help_ = "write the key as it is: `params['W']`; or let all items be numbers, or arrays of one shape"
        raise Unsupported("the key of a dict must be a constant, where its items differ in kind", help_)
    if key not in labels:
        raise Unsupported(f"there is no key {key!r} here", f"the keys are {', '.join(x.form.words)}")
    op.name, op.operands, op.attrs["key"] = "item", op.operands[:1], key
    op.attrs["index"] = labels.index(key)
    return _at(x, op)


def _constant(index: Type) -> Key | None:
    """The key that an index of this type is, where that is known."""
    found = index.literal
    return found[0] if found is not None and is_key(found[0]) else None


def stored(op: Op, types: Types) -> Type:
    """The type of a container that ``x[i] = v`` is stored into; of a structure, the operation becomes a ``put``."""
    x, value, index, *more = types
    is_dict = x.form is not None and x.form.kind == "dict"
    key = _constant(Type("tuple", items=types[2:]) if more else index)
    if more and not is_dict:
        raise Unsupported("a container takes one index", "write `x[i][j]`")
    if x.kind == "list":
        if index.kind != "int":
            raise Unsupported("a write into a slice of a list", "write the items one by one, or use an array")
        return Type("list", items=(_uniform(x.items[0], value),))
    if is_dict and key is not None:
        op.name, op.operands, op.attrs["key"] = "put", op.operands[:2], key
    elif is_dict:
        raise Unsupported("the key of this write is not known", "write the keys as they are, or use an array")
    elif isinstance(index.dim, int) and index.kind == "int" and -len(x.items) <= index.dim < len(x.items):
        op.name, op.operands, op.attrs["index"] = "put", op.operands[:2], index.dim % len(x.items)
    else:
        raise Unsupported("the place of this write is not known", "use a constant index or key, or an array")
    return put(op, types[:2])


def put(op: Op, types: Types) -> Type:
    """The type of a structure with another part: a new key is a part more."""
    x, value = types
    if x.kind == "undef":
        op.attrs.setdefault("index", 0)
        return UNDEF
    form, label = x.form, op.attrs.get("key", op.attrs.get("label"))
    if form is not None and form.plain:
        raise Unsupported(f"this changes an object of the class `{form.name}`, which has an `__init__`", _AS_DATACLASS)
    if "label" in op.attrs and (form is None or form.kind != "class"):
        raise Unsupported("an assignment to an attribute is not supported", "use a local name")
    if x.kind != "tuple" or form is None or (label is not None and form.kind == "list"):
        raise Unsupported("this is no container that can be written into", "make a new one")
    if label is not None and label not in form.labels:
        if form.kind != "dict":
            raise Unsupported(f"there is no field `{label}`", f"its fields are {', '.join(form.words)}")
        op.attrs["index"] = len(form.labels)
        return replace(x, items=(*x.items, value), form=replace(form, labels=(*form.labels, label)))
    if label is not None:
        op.attrs["index"] = form.labels.index(label)
    index: int = op.attrs["index"]
    return replace(x, items=(*x.items[:index], value, *x.items[index + 1 :]))


def appended(types: Types) -> Type:
    """The type of a list with an item more."""
    x, value = types
    if x.kind == "undef":
        return UNDEF
    if x.kind != "list":
        _refuse_unknown(x.items)
        raise Unsupported("only a list of items of one kind can be appended to", "begin with `xs = []`")
    return Type("list", items=(_uniform(x.items[0], value),))


def shortened(types: Types) -> Type:
    """The type of a list without its last item."""
    if types[0].kind not in ("list", "undef"):
        _refuse_unknown(types[0].items)
        raise Unsupported("only a list of items of one kind has a last item to pop", "begin with `xs = []`")
    return types[0]


def joined(op: Op, types: Types) -> Type:
    """The type of ``x + y`` of two containers; the operation becomes a ``concat``."""
    a, b = types
    if op.name == "mul" and {a.kind, b.kind} & {"int", "bool"}:
        help_ = "write the number, or a comprehension: `[… for _ in range(n)]`"
        raise Unsupported("it is not known how often this is repeated", help_)
    if (
        op.name == "mul"
        or {a.kind, b.kind} not in ({"tuple"}, {"list"})
        or a.form != b.form
        or (op.attrs.get("augmented") and a.kind == "list")  # which every name of it sees
    ):
        raise Unsupported("arithmetic on a tuple or list of numbers", "make an array of it: `np.array([…])`")
    op.name = "concat"
    if a.kind == "list":
        return Type("list", items=(_uniform(a.items[0], b.items[0]),))
    if a.form is not None and a.form.kind != "list":
        raise Unsupported("two structures cannot be added", "add their parts")
    return Type("tuple", items=(*a.items, *b.items), form=a.form)


def _uniform(*items: Type) -> Type:
    """The type of any of a list's items."""
    found = functools.reduce(join, items, UNDEF)
    if not is_uniform(found):
        _refuse_unknown(items)
        raise Unsupported("a list of items of several kinds", "use a tuple, or a list for each kind")
    return found


def _refuse_unknown(items: Iterable[Type]) -> None:
    """Refuse a list whose items are of several kinds for all that is known of them."""
    if not all(map(is_uniform, items)):
        raise Unsupported("a list of what may be numbers or arrays", f"say which: {SHAPES}")
