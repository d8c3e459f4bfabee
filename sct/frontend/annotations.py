"""Types from annotations: ``float``, ``float[:]``, ``Float[np.ndarray, "m n"]``, ``np.ndarray[tuple[int, int], …]``."""

from __future__ import annotations

import re
from collections.abc import Mapping

import libcst as cst

from sct.errors import NO_COMPLEX, USE_REAL, Diagnostic, RefusedError
from sct.frontend.classes import Record, record
from sct.frontend.parse import Source
from sct.ir.nodes import BOOL, FLOAT, INT, NONE, STR, Dim, DType, Form, Type, map_arrays

_SCALARS = {
    "float": FLOAT,
    "int": INT,
    "bool": BOOL,
    "str": STR,
    "None": NONE,
    "np.float64": FLOAT,
    "np.float32": FLOAT,
}
_JAXTYPING: dict[str, DType] = {
    "Float": "float",
    "Float32": "float",
    "Float64": "float",
    "Real": "float",
    "Num": "float",
    "Shaped": "float",
    "Int": "int",
    "Integer": "int",
    "Bool": "bool",
}
_KINDS = '`float`, `int`, `bool`, or `Float[np.ndarray, "m n"]` (one name a dimension)'
_HELP = f"annotate it with {_KINDS}"


def parameter_types(source: Source, name: str, hinted: Mapping[str, Type]) -> list[Type]:
    """The types of a function's parameters, from their annotations, hints, or a number's default.

    Raises
    ------
    RefusedError
        Where a parameter's kind cannot be told.
    """
    decorator = next((found for found, text in source.decorators(name) if text == "classmethod"), None)
    if decorator is not None:
        reason = f"`{name}` is a classmethod, which is given the class and no object"
        raise source.refused(decorator, reason, "make it a function of the module, or a `@staticmethod`")
    found: list[Type] = []
    problems = []
    for param in parameters(source.functions[name]):
        type_ = hinted.get(param.name.value) or _annotated(source, param)
        if not found and type_ is None and (of := _class_of(source, name)) is not None:
            type_ = _of_record(of, of.name, param.name.value)
        if type_ is None:
            problems.append(Diagnostic(source.span(param.name), *_unknown(source, param)))
            type_ = FLOAT
        found.append(type_)
    if problems:
        raise RefusedError(problems, {source.file: source.text})
    return found


def _class_of(source: Source, name: str) -> Record | None:
    """The class whose instance is the first parameter of a method."""
    cls, dot, _ = name.rpartition(".")
    is_static = any(text == "staticmethod" for _, text in source.decorators(name))
    return record(source, cls) if dot and not is_static else None


def parameters(node: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """The named parameters, in the order in which they are handed to generated functions."""
    return [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]


def _unknown(source: Source, param: cst.Param) -> tuple[str, str]:
    """Why an annotation does not tell the kind of a parameter, and what to write."""
    name = param.name.value
    text = source.code(param.annotation.annotation) if param.annotation is not None else ""
    if re.search(r"\b[Cc]omplex(\d+)?\b", text):
        return NO_COMPLEX, USE_REAL
    found = record(source, text)
    if found is not None and found.problem is not None and not found.plain:
        return f"`{text}` is not supported: {found.problem}", "use a class of plain fields"
    if found is not None:
        return f"the kinds of the fields of `{text}` are not known", f"annotate each one: {_KINDS}"
    if text.split("[")[0].split(".")[-1].lower() in ("dict", "mapping"):
        help_ = f"make `{name}` a dataclass, a NamedTuple or a TypedDict, or use the decorator"
        return f"the keys of `{name}` are not known", help_
    return f"the kind of `{name}` is not known", _HELP


def _annotated(source: Source, param: cst.Param) -> Type | None:
    if param.annotation is None:
        if param.default is None:
            return None
        text = source.code(param.default)
        if text in ("True", "False"):
            return BOOL
        if isinstance(param.default, cst.Integer):
            return Type("int", dim=f"{param.name.value}=")
        return FLOAT if isinstance(param.default, cst.Float) else None
    return annotated(source, param.annotation.annotation, param.name.value)


def annotated(source: Source, node: cst.BaseExpression, name: str) -> Type | None:
    """The type that an annotation stands for; ``name`` is what unknown dimensions are called after."""
    if isinstance(node, cst.SimpleString):
        node = cst.parse_expression(str(node.evaluated_value))
    text = source.code(node)
    if text == "int":
        return Type("int", dim=f"{name}=")
    if text in _SCALARS:
        return _SCALARS[text]
    if text in ("np.ndarray", "numpy.ndarray", "ndarray", "npt.NDArray"):
        return Type("array", None)
    if isinstance(node, cst.Name | cst.Attribute):
        found = record(source, text)
        return None if found is None else _of_record(found, text, name)
    if not isinstance(node, cst.Subscript):
        return None
    return _container(source, node, name) or _subscripted(source, node, name)


def _of_record(of: Record, text: str, name: str) -> Type | None:
    if of.problem is not None and not of.plain:
        return None
    items = [
        None if field.annotation is None else annotated(of.source, field.annotation, f"{name}.{field.name}")
        for field in of.fields
    ]
    form = Form("dict", of.labels) if of.is_dict else Form("class", of.labels, text, of.plain)
    return None if None in items else Type("tuple", items=tuple(item for item in items if item), form=form)


def _container(source: Source, node: cst.Subscript, name: str) -> Type | None:
    """``tuple[float, float]`` and ``list[…]``."""
    head = source.code(node.value).split(".")[-1].lower()
    if head not in ("tuple", "list", "sequence"):
        return None
    parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if head == "tuple" and any(isinstance(part, cst.Ellipsis) for part in parts):
        return None
    items = [annotated(source, part, f"{name}.{k}") for k, part in enumerate(parts)]
    if None in items or (head != "tuple" and len(items) != 1):
        return None
    types = tuple(item for item in items if item is not None)
    if head == "tuple":
        return Type("tuple", items=types)
    # Two items need not have a dimension in common.
    return Type("list", items=(map_arrays(types[0], lambda dim, _: dim if dim == 1 else f"?{name}.{dim}"),))


def _subscripted(source: Source, node: cst.Subscript, name: str) -> Type | None:
    head = source.code(node.value).split(".")[-1]
    parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if head in _JAXTYPING and len(parts) == 2 and isinstance(parts[1], cst.SimpleString):
        dims = str(parts[1].evaluated_value).split()
        if any(dim.startswith("*") or dim == "..." for dim in dims):
            return Type("array", None, _JAXTYPING[head])
        shape = tuple(_dim(dim, name, k) for k, dim in enumerate(dims))
        return Type("array", shape, _JAXTYPING[head]) if shape else Type(_JAXTYPING[head])
    if head in ("float", "int", "bool") and all(_is_open(element.slice) for element in node.slice):
        return Type("array", tuple(f"{name}.{k}" for k in range(len(node.slice))), _dtype(head))
    if head == "NDArray":
        return Type("array", None, _dtype(source.code(parts[0])))
    if head == "ndarray" and parts and isinstance(parts[0], cst.Subscript):
        rank = len(parts[0].slice)
        dtype = _dtype(source.code(parts[1])) if len(parts) > 1 else "float"
        return Type("array", tuple(f"{name}.{k}" for k in range(rank)), dtype)
    return None


def _is_open(index: cst.BaseSlice) -> bool:
    """Whether it is a bare ``:``."""
    return isinstance(index, cst.Slice) and index.lower is None and index.upper is None and index.step is None


def _dim(text: str, name: str, position: int) -> Dim:
    if text.lstrip("#").isdigit():
        return int(text.lstrip("#"))
    if (given := re.fullmatch(r"\{(\w+)\}", text)) is not None:  # jaxtyping's way to name a parameter's value
        return f"{given[1]}="
    return text if text.isidentifier() and text != "_" else f"{name}.{position}"


def _dtype(text: str) -> DType:
    return "bool" if "bool" in text else "int" if "int" in text else "float"
