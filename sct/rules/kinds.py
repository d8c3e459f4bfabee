"""Rows of questions about the kind of a value: types answer them (see `sct.analysis.deciding`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.table import SHAPES, Unsupported, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
_OF_NUMPY = {"int": "integer", "float": "floating", "bool": "bool_"}
_ARTICLE = {"int": "an int", "float": "a float", "bool": "a bool"}
_OF_RANK_0 = "this may be an array of rank 0 or a number"
QUESTIONS = frozenset({"is_kind", "isscalar", "iscomplexobj", "isrealobj", "in", "not_in"})


def _answer(found: bool | None) -> Type:
    return Type("bool") if found is None else Type("bool", dim=found)


def _is_kind(types: Types, attrs: Attrs) -> Type:
    x, kinds = types[0], attrs["kinds"]
    if x.kind == "undef":
        return _answer(None)
    form = x.form.kind if x.form is not None else "tuple"
    own = form if x.kind in ("tuple", "list") else x.kind
    own = "list" if x.kind == "list" else own
    if own == "unknown" or x.optional:
        raise Unsupported("it is not known what kind this is of", SHAPES)
    asked, number = set(kinds), {own, _OF_NUMPY.get(own), "number"}
    if x.is_scalar and x.shape == () and ("array" in asked) != (not asked.isdisjoint(number)):
        raise Unsupported(_OF_RANK_0, "ask for `np.ndim(x) == 0`, or for `(float, np.floating, np.ndarray)`")
    is_open = {
        "int": ("int" in asked) != ("integer" in asked) and "number" not in asked,
        "float": "floating" in asked and not asked & {"float", "number"},
        "bool": bool(asked & {"bool", "int", "number"}) != ("bool_" in asked),  # NumPy's is no number
    }
    if is_open.get(own) and not isinstance(x.dim, int):
        help_ = f"ask for `({own}, np.{_OF_NUMPY[own]})` of numbers, or for `np.ndarray` of arrays"
        raise Unsupported(f"it is not known whether this is {_ARTICLE[own]} of Python's or of NumPy's", help_)
    numbers = {"number"} if own in ("float", "int", "bool") else set()
    return _answer(bool({own, *numbers, *(["int"] if own == "bool" else [])} & asked))


def _is_scalar(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.kind == "unknown" or x.optional:
        raise Unsupported("it is not known what kind this is of", SHAPES)
    if x.is_scalar and x.shape == ():
        raise Unsupported(_OF_RANK_0, "ask for `np.ndim(x) == 0`")
    return _answer(None if x.kind == "undef" else x.is_scalar or x.kind == "str")


zero("is_kind(x, kinds=...)", infer=_is_kind)
zero("isscalar(x)", infer=_is_scalar)
zero("iscomplexobj(x)", infer=lambda types, attrs: _answer(False))
zero("isrealobj(x)", infer=lambda types, attrs: _answer(True))
