"""Types from annotations: ``float``, ``float[:]``, ``Float[np.ndarray, "m n"]``, ``np.ndarray[tuple[int, int], …]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from sct.errors import NO_COMPLEX, USE_REAL, Diagnostic, RefusedError, Span
from sct.frontend.classes import USE_PLAIN, Record, record, records, unsuited
from sct.frontend.decorators import decorators
from sct.frontend.enumerations import enumerated_by
from sct.frontend.parse import Source
from sct.ir.sizes import difference, together
from sct.ir.types import BOOL, FLOAT, INT, NONE, STR, UNTOLD, Dim, DType, Form, Type, map_arrays

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
_KINDS = '`float`, `int`, `bool`, `str`, `Float[np.ndarray, "m n"]` (one name a dimension), or a `tuple[…]` of these'
_HELP = f"annotate it with {_KINDS}; with `| None` where it may be None"
_NONE = re.compile(r"\bNone\b|\bOptional\b")
_DEFAULTS: dict[type, Type] = {bool: BOOL, float: FLOAT, str: STR}


def stated_types(source: Source, name: str, hinted: Mapping[str, Type]) -> tuple[list[Type], dict[int, Diagnostic]]:
    """The types of a function's parameters, from their annotations, hints, or a number's default.

    Where nothing is said of one its type is unknown, and it is told what is to be said.

    Raises
    ------
    RefusedError
        Where what is said of a parameter tells no kind.
    """
    decorator = next((found for found, text in decorators(source, name) if text == "classmethod"), None)
    if decorator is not None:
        reason = f"`{name}` is a classmethod, which is given the class and no object"
        raise source.refused(decorator, reason, "make it a function of the module, or a `@staticmethod`")
    found: list[Type] = []
    untold, problems = dict[int, Diagnostic](), []
    for k, param in enumerate(parameters(source.functions[name])):
        type_ = hinted.get(param.name.value) or _annotated(source, param)
        cls = _class_of(source, name) if not found else ""
        if type_ is None and cls and (of := record(source, cls)) is not None:
            type_ = _of_record(of, of.name, param.name.value)
        if type_ is None:
            untold[k] = Diagnostic(source.span(param.name), *_unknown(source, param, cls))
            if param.annotation is not None or param.default is not None or cls:
                problems.append(untold[k])
        found.append(type_ or UNTOLD)
    if problems:
        raise RefusedError(list(untold.values()), {source.file: source.text})
    return found, untold


def may_be_none(source: Source, name: str) -> bool:
    """Whether an argument of a function, or a field of a class, may be None though its type is another one."""
    fields = [(field.annotation, field.default) for each in records(source) for field in each.fields]
    params = parameters(source.functions[name])
    stated = [(None if p.annotation is None else p.annotation.annotation, p.default) for p in params]
    return any(part is not None and _NONE.search(source.code(part)) for pair in [*fields, *stated] for part in pair)


def _class_of(source: Source, name: str) -> str:
    """The class whose instance is the first parameter of a method; nothing for another function."""
    is_static = any(text == "staticmethod" for _, text in decorators(source, name))
    return "" if is_static else name.rpartition(".")[0]


def parameters(node: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    """The named parameters, in the order in which they are handed to generated functions."""
    return [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]


def _unknown(source: Source, param: cst.Param, cls: str) -> tuple[str, str, tuple[Span, str] | None]:
    """Why an annotation does not tell the kind of a parameter, and what to write; or ``cls``, whose method has it."""
    name = param.name.value
    text = source.code(param.annotation.annotation) if param.annotation is not None else cls
    if re.search(r"\b[Cc]omplex(\d+)?\b", text):
        return NO_COMPLEX, USE_REAL, None
    found, origin = record(source, text), source.origin(text)
    if found is not None and found.problem is not None and not found.plain:
        return f"`{text}` is not supported: {found.problem}", USE_PLAIN, None
    if found is not None:
        return f"the kinds of the fields of `{text}` are not known", f"annotate each one: {_KINDS}", None
    if origin is not None and origin.source is not None and origin.name in origin.source.classes:
        return unsuited(source, text)
    if text.split("[")[0].split(".")[-1].lower() in ("dict", "mapping"):
        help_ = f"make `{name}` a dataclass, a NamedTuple or a TypedDict, or use the decorator"
        return f"the keys of `{name}` are not known", help_, None
    if text:
        return f"the annotation `{text}` of `{name}` tells no kind", _HELP.replace("annotate it with", "write"), None
    return f"the kind of `{name}` is not known", _HELP, None


def _annotated(source: Source, param: cst.Param) -> Type | None:
    if param.annotation is None:
        if param.default is None:
            return None
        return _of_default(source, param.default, param.name.value)
    return annotated(source, param.annotation.annotation, param.name.value)


def _of_default(source: Source, node: cst.BaseExpression, name: str) -> Type | None:
    """The type of a parameter without an annotation, of which a default is an example."""
    if isinstance(node, cst.Tuple):
        found = [_of_default(source, each.value, f"{name}.{k}") for k, each in enumerate(node.elements)]
        return None if None in found else Type("tuple", items=tuple(item for item in found if item is not None))
    try:
        kind = type(source.literal(node))
    except (ValueError, TypeError, SyntaxError):
        return None
    return Type("int", dim=f"{name}=") if kind is int else _DEFAULTS.get(kind)


def annotated(
    source: Source, node: cst.BaseExpression, name: str, aliases: frozenset[str] = frozenset()
) -> Type | None:
    """The type that an annotation stands for; ``name`` is what unknown dimensions are called after.

    What may be None has the type of what it is otherwise: see `may_be_none`.  Those of the ``aliases`` are being read.
    """
    if isinstance(node, cst.SimpleString):
        node = cst.parse_expression(str(node.evaluated_value))
    node = _told(source, node)
    text = source.code(node)
    alias = None if text in aliases else _alias(source, text)
    if alias is not None:
        return annotated(*alias, name, aliases | {text})
    if text == "int":
        return Type("int", dim=f"{name}=")
    if text in _SCALARS:
        return _SCALARS[text]
    if text in ("np.ndarray", "numpy.ndarray", "ndarray", "npt.NDArray"):
        return Type("array", None)
    if isinstance(node, cst.Name | cst.Attribute):
        kind = enumerated_by(source, text)
        if kind:
            return STR if kind == "str" else Type("int", dim=f"{name}=")
        found = record(source, text)
        return None if found is None else _of_record(found, text, name)
    if not isinstance(node, cst.Subscript):
        return None
    return _container(source, node, name, aliases) or _subscripted(source, node, name)


def _alias(source: Source, text: str) -> tuple[Source, cst.BaseExpression] | None:
    """What a name of a module stands for in annotations, and that module: ``Vec = npt.NDArray[np.float64]``."""
    origin = source.origin(text)
    home = None if origin is None else origin.source
    if origin is None or home is None or home.doubt(origin.name) is not None:
        return None
    value = home.constants.get(origin.name)
    if isinstance(value, cst.Call) and home.in_full(home.code(value.func)) == "typing.NewType":
        value = value.args[-1].value
    return None if value is None else (home, value)


def _told(source: Source, node: cst.BaseExpression) -> cst.BaseExpression:
    """``X`` of ``X | None``, ``Optional[X]`` and ``Annotated[X, …]``; of ``int | float``, the latter (PEP 484)."""
    if isinstance(node, cst.Subscript) and source.code(node.value).split(".")[-1] == "Annotated":
        first = node.slice[0].slice
        return _told(source, first.value) if isinstance(first, cst.Index) else node
    sides = {source.code(side): side for side in _alternatives(source, node)}
    sides.pop("None", None)
    if sides.keys() == {"int", "float"}:
        return sides["float"]
    return next(iter(sides.values())) if len(sides) == 1 else node


def _alternatives(source: Source, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The sides of ``X | Y``, ``Union[X, Y]`` and ``Optional[X]``, and those of these."""
    head = source.code(node.value).split(".")[-1] if isinstance(node, cst.Subscript) else ""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        parts: list[cst.BaseExpression] = [node.left, node.right]
    elif isinstance(node, cst.Subscript) and head in ("Optional", "Union"):
        parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    else:
        yield node
        return
    for part in parts:
        yield from _alternatives(source, part)


def _of_record(of: Record, text: str, name: str) -> Type | None:
    if of.problem is not None and not of.plain:
        return None
    items = [
        None if field.annotation is None else annotated(of.source, field.annotation, f"{name}.{field.name}")
        for field in of.fields
    ]
    form = Form("dict", of.labels) if of.is_dict else Form("class", of.labels, text, of.plain)
    return None if None in items else Type("tuple", items=tuple(item for item in items if item), form=form)


def _container(source: Source, node: cst.Subscript, name: str, aliases: frozenset[str]) -> Type | None:
    """``tuple[float, float]`` and ``list[…]``."""
    head = source.code(node.value).split(".")[-1].lower()
    if head not in ("tuple", "list", "sequence"):
        return None
    parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if head == "tuple" and any(isinstance(part, cst.Ellipsis) for part in parts):
        return None
    items = [annotated(source, part, f"{name}.{k}", aliases) for k, part in enumerate(parts)]
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
        shape = tuple(_sum(dim, name, k) for k, dim in enumerate(dims))
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


def _sum(text: str, name: str, position: int) -> Dim:
    """A dimension: a name or a number, or a sum or difference of these, which jaxtyping calls symbolic."""
    first, *others = re.split(r"([+-])", text)
    found: Dim | None = _dim(first, name, position)
    for sign, part in zip(others[::2], others[1::2], strict=True):
        more = _dim(part, name, position)
        found = None if found is None else together(found, more) if sign == "+" else difference(found, more)
    return f"{name}.{position}" if found is None else found


def _dim(text: str, name: str, position: int) -> Dim:
    if text.lstrip("#").isdigit():
        return int(text.lstrip("#"))
    if (given := re.fullmatch(r"\{(\w+)\}", text)) is not None:  # jaxtyping's way to name a parameter's value
        return f"{given[1]}="
    return text if text.isidentifier() and text != "_" else f"{name}.{position}"


def _dtype(text: str) -> DType:
    return "bool" if "bool" in text else "int" if "int" in text else "float"
