"""Types from annotations: ``float``, ``Float[np.ndarray, "m n"]``, ``np.ndarray[tuple[int, int], …]``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.parse import Source
from sct.ir.nodes import BOOL, FLOAT, INT, NONE, STR, Dim, DType, Type

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
_HELP = 'annotate it with `float`, `int`, `bool`, or `Float[np.ndarray, "m n"]` (one name a dimension)'


def parameter_types(source: Source, name: str, wrt: Sequence[int] = ()) -> list[Type]:
    """The types of a function's parameters, from their annotations (or a number's default).

    Raises
    ------
    RefusedError
        Where a parameter's kind cannot be told.
    """
    node = source.functions[name]
    found, problems = [], []
    for param in [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]:
        type_ = _annotated(source, param)
        if type_ is None:
            reason = f"the kind of `{param.name.value}` is not known"
            problems.append(Diagnostic(source.span(param.name), reason, _HELP))
            type_ = FLOAT
        found.append(type_)
    if problems:
        raise RefusedError(problems, {source.file: source.text})
    return found


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
    node = param.annotation.annotation
    if isinstance(node, cst.SimpleString):
        node = cst.parse_expression(str(node.evaluated_value))
    text = source.code(node)
    if text == "int":
        return Type("int", dim=f"{param.name.value}=")
    if text in _SCALARS:
        return _SCALARS[text]
    if text in ("np.ndarray", "numpy.ndarray", "ndarray", "npt.NDArray"):
        return Type("array", None)
    return _subscripted(source, node, param.name.value) if isinstance(node, cst.Subscript) else None


def _subscripted(source: Source, node: cst.Subscript, name: str) -> Type | None:
    head = source.code(node.value).split(".")[-1]
    parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if head in _JAXTYPING and len(parts) == 2 and isinstance(parts[1], cst.SimpleString):
        dims = str(parts[1].evaluated_value).split()
        if any(dim.startswith("*") or dim == "..." for dim in dims):
            return Type("array", None, _JAXTYPING[head])
        shape = tuple(_dim(dim, name, k) for k, dim in enumerate(dims))
        return Type("array", shape, _JAXTYPING[head]) if shape else Type(_JAXTYPING[head])
    if head == "NDArray":
        return Type("array", None, _dtype(source.code(parts[0])))
    if head == "ndarray" and parts and isinstance(parts[0], cst.Subscript):
        rank = len(parts[0].slice)
        dtype = _dtype(source.code(parts[1])) if len(parts) > 1 else "float"
        return Type("array", tuple(f"{name}.{k}" for k in range(rank)), dtype)
    return None


def _dim(text: str, name: str, position: int) -> Dim:
    if text.lstrip("#").isdigit():
        return int(text.lstrip("#"))
    return text if text.isidentifier() and text != "_" else f"{name}.{position}"


def _dtype(text: str) -> DType:
    return "bool" if "bool" in text else "int" if "int" in text else "float"
