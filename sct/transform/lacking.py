"""What Numba has in no form: it is refused where the author can write it in another way.

Before: ``%y = einsum "ij,j", %A, %x``, for Numba.
After: a refusal at that place.
"""

from __future__ import annotations

from sct.errors import Diagnostic, Span
from sct.ir.nodes import Function, If, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import Type
from sct.rules.spelling import spelling
from sct.transform.spellings import OF_LISTS, of_list

_WITHOUT = frozenset({"einsum", "tensordot", "tile", "pad", "gradient", "meshgrid", "take_along_axis"})
_WITHOUT |= {"polyval", "polyadd", "polysub", "polymul", "polyder", "polyint"}
_WITHOUT |= {"row_pieces", "column_pieces", "compress"}
_WITHOUT |= {"rollaxis", "matrix_norm", "vector_norm", "svdvals", "multi_dot"}
_WITHOUT |= {"comb", "perm", "factorial", "isqrt", "lcm", "ix", "running_max", "running_min", "logaddexp_reduce"}


def lacking(fn: Function) -> list[Diagnostic]:
    """The operations of a function that Numba has in no form."""
    found: dict[Span, Diagnostic] = {}
    derived = {value for op in fn.body.walk() if op.origin is not None for value in op.results}
    for op in fn.body.walk():
        condition = op.operands[0] if isinstance(op, If) else op.test.yields[0] if isinstance(op, While) else None
        if op.span is not None and condition is not None and condition.type.rank:
            reason = "this condition is an array: Numba does not compile whether it holds"
            found.setdefault(op.span, Diagnostic(op.span, reason, "ask for one element, or for `.any()` or `.all()`"))
        if op.span is not None and op.name == "global" and not _is_frozen(op.result.type):
            reason = f"Numba reads no list and no dict of a module, as `{op.attrs['name']}` is"
            help_ = "make it a tuple, or an array where its items are numbers; or pass it as an argument"
            found.setdefault(op.span, Diagnostic(op.span, reason, help_))
        mixed = [pair for pair in _ways(op) if derived.isdisjoint(pair) and _mixes(*pair)]
        if op.span is not None and op.origin is None and mixed:
            what = (
                "what is a number before this loop is an array in it"
                if op.name != "if"
                else "this is a number or an array"
            )
            reason = f"{what}: Numba gives a name one type"
            help_ = "make it an array everywhere, as `np.zeros(n)`, or build for Python: leave the target out"
            found.setdefault(op.span, Diagnostic(op.span, reason, help_))
        if op.span is not None and any(_holds_ints(before.type, after.type) for before, after in _kept(op)):
            reason = "floats are put into a list that begins with ints alone: Numba would cut them off"
            found.setdefault(op.span, Diagnostic(op.span, reason, "begin it with floats, as `[0.0] * n`"))
        if op.span is None or not (op.name in _WITHOUT or _is_scipy(op) or _joins(op)):
            continue
        name = spelling(op.name, "scipy" if _is_scipy(op) else "numpy") or op.name
        whose = "" if op.attrs.get("authored") else ", which the derivative takes"
        help_ = "write it as loops or with other functions, or build for Python: leave the target out"
        found.setdefault(op.span, Diagnostic(op.span, f"Numba does not compile `{name}`{whose}", help_))
    return list(found.values())


def _joins(op: Op) -> bool:
    """Whether the arrays of a list are joined in another way than one after the other, or as layers."""
    return op.name in OF_LISTS and op.operands[-1].type.kind == "list" and of_list(op) is None


def _ways(op: Op) -> list[tuple[Value, Value]]:
    """The values that one name has on different ways to a place."""
    if isinstance(op, Loop):
        return list(zip(op.inits, op.nexts, strict=True))
    return list(zip(op.then.yields, op.orelse.yields, strict=True)) if isinstance(op, If) else []


def _mixes(a: Value, b: Value) -> bool:
    """Whether one of two values is a number, and the other one an array."""
    return (a.type.is_scalar and b.type.is_array) or (a.type.is_array and b.type.is_scalar)


def _kept(op: Op) -> list[tuple[Value, Value]]:
    """What goes on as one object: before the operation, and then."""
    if isinstance(op, Loop):
        return list(zip(op.inits, op.results, strict=True))
    return [(op.operands[0], op.result)] if op.name in WRITES else []


def _holds_ints(before: Type, after: Type) -> bool:
    """Whether a list holds no floats, and then some."""
    if before.kind != "list" or after.kind != "list":
        return False
    return before.items[0].kind in ("int", "bool") and after.items[0].kind == "float"


def _is_frozen(type_: Type) -> bool:
    """Whether Numba compiles a constant of the type into what reads it."""
    return type_.kind != "list" and type_.form is None and all(map(_is_frozen, type_.items))


def _is_scipy(op: Op) -> bool:
    """Whether SciPy alone has the operation."""
    return spelling(op.name, "scipy") is not None and elsewhere(op) is None


def elsewhere(op: Op) -> str | None:
    """The library that Numba knows and that has the operation."""
    scalar = all(value.type.is_scalar for value in [*op.operands, *op.results])
    libraries = ("math", "numpy", "builtins") if scalar else ("numpy",)
    return next((library for library in libraries if spelling(op.name, library) is not None), None)
