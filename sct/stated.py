"""Whether arguments have the forms that annotations state, for which a committed module was generated."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from sct.arguments import type_of
from sct.contents import narrow_integers, parts
from sct.errors import RefusedError
from sct.ir.types import Type
from sct.origin import READING, source_of

_ORDER = ("bool", "int", "float")
_DTYPES = {"bool": "b", "int": "iu", "float": "f"}
_NUMBERS = {"bool": (bool, np.bool_), "int": (int, np.integer), "float": (float, np.floating)}


class Stated:
    """The forms that the annotations of a function state.

    What they say of the shapes of arrays is read here.  What they say of containers is read by libcst, which a call
    with numbers and arrays does without.
    """

    def __init__(self, f: Callable[..., Any], key: str) -> None:
        self._function = f
        self._key = key
        self._shapes: dict[str, list[str]] = {}
        self._kinds: dict[str, str] = {}
        self._exact = False  # whether the kinds of numbers decide what is computed
        self._types: list[Type] | None = None

    def read(self, text: str, name: str) -> None:
        """Read the annotations of a function of a generated text, and the ranks that it asserts."""
        nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
        for arg in (arg for n in nodes for arg in (*n.args.posonlyargs, *n.args.args, *n.args.kwonlyargs)):
            stated = arg.annotation
            written = stated.value if isinstance(stated, ast.Constant) else stated and ast.unparse(stated)
            if not isinstance(written, str):
                continue
            self._kinds[arg.arg] = _kind(written)
            shape = _shape(written)
            if shape is not None:
                self._shapes[arg.arg] = shape
        self._exact = "isinstance(" in text
        for name, rank in (found for node in nodes for found in _asserted(node)):
            self._shapes.setdefault(name, [""] * rank)

    def fits(self, values: Sequence[Any], names: Sequence[str]) -> bool:
        """Whether arguments are such as the annotations state: other ones take other code."""
        held, sizes = list[int](), dict[str, int]()
        if any(True for value in values for _ in narrow_integers(value)):
            return False  # what is computed with them may wrap around
        for k, (value, name) in enumerate(zip(values, names, strict=True)):
            if parts(value) is not None:
                held.append(k)
            elif not (self._is_kind(value, name) and _agrees(np.shape(value), self._shapes.get(name), sizes)):
                return False
        if not held:
            return True
        types = self._read()
        return bool(types) and all(
            _fits(type_of(values[k], ""), types[k]) and self._is_of(values[k], types[k]) for k in held
        )

    def _is_kind(self, value: Any, name: str) -> bool:
        """Whether an argument is a number, or an array of numbers, of the kind that is stated.

        An int is a float, where nothing asks which it is; an array of ints is not one of floats, as it cuts off what is
        written into it.
        """
        stated = self._kinds.get(name)
        if isinstance(value, np.ndarray):
            is_wide = value.dtype.kind != "f" or value.dtype.type is np.float64
            return value.dtype.kind in _DTYPES[stated or "float"] and (is_wide or not self._exact)
        if stated is None or self._shapes.get(name) != []:
            return True
        kind = next((kind for kind, types in _NUMBERS.items() if isinstance(value, types)), None)
        if kind == "float" and self._exact:
            return isinstance(value, float)
        return kind == stated or (kind in _ORDER[: _ORDER.index(stated)] and not self._exact)

    def _is_of(self, value: Any, stated: Type) -> bool:
        """Whether what a value holds is of the classes that are stated: another one may have other methods."""
        if stated.form is not None and stated.form.kind == "class" and stated.form.name:
            head, *path = stated.form.name.split(".")
            known = getattr(self._function, "__globals__", {}).get(head)
            cls = reduce(lambda found, name: getattr(found, name, None), path, known)
            if cls is not None and type(value) is not cls:
                return False
        held = [part for _, part in parts(value) or ()]
        items = stated.items * len(held) if stated.kind == "list" else stated.items
        return all(map(self._is_of, held, items))

    def _read(self) -> list[Type]:
        from sct.pipeline import parameter_types

        with READING:
            if self._types is None:
                try:
                    self._types = parameter_types(*source_of(self._function), self._key)
                except RefusedError:
                    self._types = []
            return self._types


def _asserted(node: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """The ranks of parameters that the body begins with: ``assert x.ndim == 1``."""
    for line in node.body:
        match line:
            case ast.Assert(ast.Compare(ast.Attribute(ast.Name(name), "ndim"), [ast.Eq()], [ast.Constant(int(rank))])):
                yield name, rank


def _shape(text: str) -> list[str] | None:
    """The dimensions that an annotation names, none for a number; None where it says nothing of them."""
    if text in ("float", "int", "bool"):
        return []
    found = re.fullmatch(r"(?:\w+\.)*(\w+)\[(.*)\]", text)
    if found is None:
        return None
    if found[1] in ("float", "int", "bool"):
        return [""] * len(found[2].split(","))
    named = re.search(r"""["']([^"']*)["']$""", found[2])
    dims = None if named is None else named[1].split()
    return None if dims is None or any(d.startswith("*") or "..." in d for d in dims) else dims


def _kind(text: str) -> str:
    """The kind of the numbers of an annotation; of what says nothing, it is taken for floats."""
    head, _, inner = text.partition("[")
    head = head.rpartition(".")[2]
    said = inner if head == "NDArray" else inner.partition("dtype[")[2] if head == "ndarray" else head.lower()
    return "bool" if "bool" in said else "int" if "int" in said else "float"


def _agrees(shape: tuple[int, ...], dims: list[str] | None, sizes: dict[str, int]) -> bool:
    """Whether a shape has these dimensions: one that has a name has one size throughout, which ``sizes`` notes."""
    if dims is None:
        return True
    if len(shape) != len(dims):
        return False
    for n, dim in zip(shape, dims, strict=True):
        if n != (int(dim) if dim.isdecimal() else sizes.setdefault(dim, n) if dim.isidentifier() else n):
            return False
    return True


def _fits(given: Type, stated: Type) -> bool:
    if stated.kind == "unknown":
        return True
    if given.is_scalar and stated.is_scalar:
        return _ORDER.index(given.kind) <= _ORDER.index(stated.kind)
    if given.is_array and stated.is_array:
        return stated.rank in (None, given.rank) and _ORDER.index(given.dtype) <= _ORDER.index(stated.dtype)
    labels = [type_.form and (type_.form.kind, type_.form.labels) for type_ in (given, stated)]
    alike = given.kind == stated.kind and labels[0] == labels[1] and len(given.items) == len(stated.items)
    return alike and all(map(_fits, given.items, stated.items))
