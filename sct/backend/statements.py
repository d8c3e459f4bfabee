"""Operations as statements of a line or a few: what is saved, calls, and what can end a function.

Before: ``%y_saved1 = push %y_saved, %y``, and ``%y, %x_bar = call_forward %x``.
After: ``y_saved.append(y)``, and ``y, x_bar = f_forward(x)``.
"""

from __future__ import annotations

from sct.backend.wrapping import INDENT
from sct.backend.writes import Writes
from sct.ir.literals import literal
from sct.ir.nodes import Op
from sct.transform.leaves import has_adjoint

_CODES = {"float": '== "f"', "int": 'in "iu"', "bool": '== "b"'}


class Statements(Writes):
    """Writes operations without blocks as statements."""

    def op_undef(self, op: Op) -> list[str]:
        return []

    op_adjoint_of = op_undef

    def op_unpack(self, op: Op) -> list[str]:
        return [f"{', '.join(self.expr.names[result] for result in op.results)} = {self.expr(op.operands[0])}"]

    def op_tape(self, op: Op) -> list[str]:
        name = self.expr.names[op.results[0]]
        if not op.operands:
            return [f"{name} = []"]
        sizes = list(map(self.expr, op.operands))
        shape = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
        dtype = {"int": "int64", "bool": "bool_"}.get(op.attrs["dtype"])
        more = f", dtype={self.expr.library.spell('numpy', dtype)}" if dtype else ""
        counts = [f"{self.expr.names[cursor]} = 0" for cursor in op.results[1:]]
        return [f"{name} = {self.expr.library.spell('numpy', 'empty')}({shape}{more})", *counts]

    def op_push(self, op: Op) -> list[str]:
        tape, value, *places = op.operands
        name, text = self.expr(tape), self.expr(value)
        if not places:
            return [f"{name}.append({text})"]
        line = f"{name}[{', '.join(map(self.expr, places))}] = {text}"
        if not op.attrs.get("counts"):
            return [line]
        count = self.expr(places[0])
        concatenate, like = (self.expr.library.spell("numpy", f) for f in ("concatenate", "empty_like"))
        longer = f"{INDENT}{name} = {concatenate}(({name}, {like}({name})))"
        return [f"if {count} == len({name}):", longer, line, f"{count} += 1"]

    def op_pop(self, op: Op) -> list[str]:
        if len(op.operands) == 1:
            return self.assign(op)
        tape, count = map(self.expr, op.operands)
        return [f"{count} -= 1", f"{self.expr.names[op.result]} = {tape}[{count}]"]

    def op_print(self, op: Op) -> list[str]:
        keywords = [f"{name}={literal(value)}" for name, value in op.attrs.get("keywords", {}).items()]
        return [f"{op.attrs['function']}({', '.join([*map(self.expr, op.operands), *keywords])})"]

    def op_assert(self, op: Op) -> list[str]:
        return [f"assert {', '.join(map(self.expr, op.operands))}"]

    def op_check(self, op: Op) -> list[str]:
        name, type_ = self.expr(op.operands[0]), op.attrs["type"]
        if self.expr.library.compiles:
            return [f"assert {name}.ndim == {type_.rank}  # sct: {op.attrs['text']}"] if type_.is_array else []
        ndim = self.expr.library.spell("numpy", "ndim")
        parts = [f"{ndim}({name}) == {type_.rank}"] if type_.rank is not None else []
        if type_.is_array:
            parts.append(f"{name}.dtype.kind {_CODES[type_.dtype]}")
        elif type_.kind != "float":
            parts.append(f"{name} == int({name})" if type_.kind == "int" else f"{name} in (True, False)")
        return [f"assert {' and '.join(parts)}  # sct: {op.attrs['text']}"]

    def op_raise(self, op: Op) -> list[str]:
        exception = op.attrs.get("exception")
        if exception is None:
            return ["raise"]
        return [f"raise {exception}({', '.join(map(self.expr, op.operands))})"]

    def op_call(self, op: Op) -> list[str]:
        text, _ = self.expr.of(op)
        return [f"{self.expr.names[op.result]} = {text}" if op.result in self.used else text]

    def op_call_rule(self, op: Op) -> list[str]:
        text = ", ".join(self.expr.names[result] if result in self.used else "_" for result in op.results)
        return [f"{text} = {self.expr.of(op)[0]}"]

    def op_call_forward(self, op: Op) -> list[str]:
        """A call of a sweep of a callee's."""
        results = [result for result in op.results if has_adjoint(result)]
        text = ", ".join(self.expr.names[result] if result in self.used else "_" for result in results)
        return [f"{text} = {self.expr.generated_call(op)}" if results else self.expr.generated_call(op)]

    op_call_reverse = op_call_tangent = op_call_forward
