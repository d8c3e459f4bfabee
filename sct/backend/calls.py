"""Calls and attributes; of a library's functions the one that the author used, or the one that fits.

Before: ``%y = tanh %x`` and ``%n = size %x``.
After: ``np.tanh(x)``, or ``math.tanh(x)`` for a number, and ``x.size``.
"""

from __future__ import annotations

from math import inf
from typing import Any

from sct.backend.operands import ATOM, Operands
from sct.ir.literals import literal
from sct.ir.nodes import Op, Value
from sct.rules.spelling import spelling
from sct.rules.table import lookup


class Calls(Operands):
    """Writes operations as calls."""

    def call(self, op: Op) -> str:
        arguments = self.arguments(op)
        if op.attrs.get("style") == "method":
            name = spelling(op.name, "method") or op.name
            return f"{self(op.operands[0], ATOM)}.{name}({', '.join(arguments[1:])})"
        return f"{self.function(op)}({', '.join(arguments)})"

    def attribute(self, op: Op, name: str) -> tuple[str, int]:
        is_call = op.attrs.get("style") == "call" if op.attrs.get("authored") else self.may_be_number(op.operands[0])
        if is_call:
            return self.call(op), ATOM
        return f"{self(op.operands[0], ATOM)}.{name}", ATOM

    def may_be_number(self, value: Value) -> bool:
        """Whether a value may be a plain number, which has no methods and no attributes; an element of an array has."""
        maker = self.makers.get(value)
        is_unknown = value.type.rank is None and value.type.kind in ("array", "unknown")
        return is_unknown and (maker is None or maker.name != "getitem")

    def function(self, op: Op) -> str:
        library = self.library_of(op)
        # Numba knows the usual names alone.
        name = spelling(op.name, library, None if self.library.compiles else op.attrs.get("spelled"))
        assert name is not None, f"{library} has no {op.name}"
        return self.library.spell(library, name)

    def library_of(self, op: Op) -> str:
        """The library that the author used for this operation, or the one that fits its operands."""
        known: Any = op.attrs.get("lib")
        scalar = all(value.type.is_scalar for value in [*op.operands, *op.results])
        if op.attrs.get("authored") and known is not None and spelling(op.name, known) is not None:
            return str(known)
        if not scalar or known in ("numpy", "scipy"):
            order = ("numpy", "scipy", "builtins", "math")
        else:
            order = ("builtins", "math", "scipy", "numpy")
        found = {library: name for library in order if (name := spelling(op.name, library)) is not None}
        return next((k for k, name in found.items() if k != "builtins" or not self.library.hides(name)), "builtins")

    def arguments(self, op: Op) -> list[str]:
        """The arguments of a call; what has its default is left out, and what follows goes by keyword."""
        first = self.makers.get(op.operands[0]) if op.operands else None
        if op.attrs.get("flat") and op.operands[0] in self.folded and first is not None:  # max(max(a, b), c)
            return [*self.arguments(first), self(op.operands[1])]
        row = lookup(op.name)
        if row is None:
            return list(map(self, op.operands))
        found = []
        if op.attrs.get("sequence"):
            items = ", ".join(map(self, op.operands))
            comma = "," if len(op.operands) == 1 else ""
            found = [f"[{items}]" if op.attrs["sequence"] == "list" else f"({items}{comma})"]
        elif row.variadic:
            found = list(map(self, op.operands))
        left_out = False
        for name, operand in zip(row.operands, op.operands, strict=False) if not row.variadic else ():
            if name in row.defaults and self.is_constant(operand, row.defaults[name]):
                left_out = True
            else:
                after_static = any(other in row.statics for other in row.positional[: row.positional.index(name)])
                found.append(f"{name}={self(operand)}" if left_out or after_static else self(operand))
        if isinstance(op.attrs.get("dtype"), tuple):
            op.attrs["dtype"] = self.common_dtype(op.attrs["dtype"])
        for name, default in row.statics.items():
            value = op.attrs.get(name, default)
            text = self.dtype(value) if name == "dtype" else self.literal(value)
            if value != default:
                found.append(text if default is ... and name in row.positional else f"{name}={text}")
        return found

    def dtype(self, value: Any) -> str:
        """A dtype's text; Numba does not know the built-in types for one."""
        found = {"int": "int64", "float": "float64", "bool": "bool_"}.get(value) if self.library.compiles else None
        return str(value) if found is None else self.library.spell("numpy", found)

    def literal(self, value: Any) -> str:
        """A static argument's text."""
        if value in (inf, -inf):
            return f"{'-' if value < 0 else ''}{self.library.spell('numpy', 'inf')}"
        return literal(value)

    def common_dtype(self, names: tuple[str, ...]) -> str:
        """The text of the dtype that parameters have together."""
        if len(names) == 1:
            return f"{names[0]}.dtype"
        if self.library.compiles:  # Numba has no `result_type`
            empty = self.library.spell("numpy", "empty")
            return f"({' + '.join(f'{empty}(0, {name}.dtype)' for name in names)}).dtype"
        return f"{self.library.spell('numpy', 'result_type')}({', '.join(names)})"

    # functions of the author's, and their sweeps

    def op_call(self, op: Op) -> tuple[str, int]:
        operands = list(map(self, op.operands))
        keywords = op.attrs.get("keywords", ())  # of parameters that cannot be given by position
        first = len(operands) - len(keywords)
        named = [f"{name}={text}" for name, text in zip(keywords, operands[first:], strict=True)]
        if op.attrs.get("bound"):
            member = f"{self(op.operands[0], ATOM)}.{op.attrs['callee'].label}"
            given = f"({', '.join(operands[1:first] + named)})" if op.attrs["bound"] == "method" else ""
            return member + given, ATOM
        return f"{self.library.reach(op.attrs['callee'])}({', '.join(operands[:first] + named)})", ATOM

    def op_call_reverse(self, op: Op) -> tuple[str, int]:
        return self.generated_call(op), ATOM

    def op_call_rule(self, op: Op) -> tuple[str, int]:
        return f"{self.library.reach(op.attrs['callee'])}({', '.join(map(self, op.operands))})", ATOM

    def generated_call(self, op: Op) -> str:
        """A call of a callee's generated sweep; tangents go by keyword."""
        operands = list(map(self, op.operands))
        names = op.attrs.get("names", ())
        first = len(operands) - len(names)
        keywords = [f"{name}={text}" for name, text in zip(names, operands[first:], strict=True)]
        return f"{op.attrs['function']}({', '.join(operands[:first] + keywords)})"
