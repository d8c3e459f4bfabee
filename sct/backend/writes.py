"""What is written in place: into arrays, lists and structures.

Before: ``%A1 = store %A, %v, %i``, and ``%A_bar1 = index_add %A_bar, %v, %i``.
After: ``A[i] = v``, and ``A_bar[i] += v``.
"""

from __future__ import annotations

from sct.backend.assignments import Assignments
from sct.backend.containers import part, replaced, total
from sct.backend.operands import TERM
from sct.ir.indices import repeats
from sct.ir.nodes import Op, Value
from sct.ir.paths import is_step


class Writes(Assignments):
    """Writes operations that change what they are passed."""

    def op_store(self, op: Op) -> list[str]:
        array, value, *indices = op.operands
        if "helper" in op.attrs:
            return [self.helped(op), *self.rename(op)]
        if op.attrs.get("adds"):
            return [self.add_at(array, value, indices), *self.rename(op)]
        place = self.expr.target(array, indices)
        maker = self.expr.makers.get(value)
        if "form" in op.attrs and place.endswith("[...]"):
            return [self.formed(op.attrs["form"], place.removesuffix("[...]"), value), *self.rename(op)]
        is_item = array.type.kind == "list" and value.type.is_array  # what was there is kept: a new one takes its place
        if is_item or value not in self.expr.folded or maker is None:
            return [f"{place} = {self.expr(value)}", *self.rename(op)]
        augmented = self.augmented(place, maker) if maker.attrs.get("augmented") else None
        return [augmented or f"{place} = {self.expr(value)}", *self.rename(op)]

    def augmented(self, place: str, maker: Op) -> str | None:
        """``a[i] += b``, or ``a += b`` for all of an array, if the author wrote it so and it is still of that form."""
        before = maker.operands[0]
        text, _ = self.expr.of(maker)
        name = place.removesuffix("[...]")
        if name != place and name.isidentifier() and self.expr(before) == name:
            symbol = "**" if maker.name == "pow" else text.removeprefix(f"{name} ").split(" ")[0]
            return f"{name} {symbol}= {self.expr(maker.operands[1])}"
        if text.startswith(f"{place} ") and self.expr.makers[before].name == "getitem":
            return f"{place} {text.removeprefix(f'{place} ').split(' ')[0]}= {self.expr(maker.operands[1])}"
        return None

    def formed(self, form: str, array: str, value: Value) -> str:
        """A write of all elements, as the author wrote it."""
        text = self.expr(value)
        if form == "fill":
            return f"{array}.fill({text})"
        if form == "out" and value in self.expr.folded and text.endswith(")"):
            return f"{text.removesuffix(')')}, out={array})"
        copyto = self.expr.library.spell("numpy", "copyto")
        return f"{copyto}({array}, {text})"

    def helped(self, op: Op) -> str:
        """A write that a helper does."""
        array, value, *indices = op.operands
        arguments = ", ".join(map(self.expr, [array, *indices, value]))
        return f"{self.expr.library.helper(op.attrs['helper'])}({arguments})"

    def op_written(self, op: Op) -> list[str]:
        return self.rename(op)

    def op_restore(self, op: Op) -> list[str]:
        if "helper" in op.attrs:
            return [self.helped(op)]
        array, value, *indices = op.operands
        if op.origin is not None and op.origin.name == "shorten":
            return [f"{self.expr(array)}.append({self.expr(value)})"]
        return [f"{self.expr.target(array, indices)} = {self.expr(value)}"]

    def op_index_add(self, op: Op) -> list[str]:
        array, value, *indices = op.operands
        if "helper" in op.attrs:
            return [self.helped(op), *self.rename(op)]
        minus, text = self.signed(value)
        if "through" in op.attrs:
            return [f"{self.expr(indices[0])} {'-' if minus else '+'}= {text}", *self.rename(op)]
        in_place = value.type.is_scalar or (value.type.is_array and op.attrs.get("owned"))
        if array.type.kind == "list" and not in_place:
            place = self.expr.target(array, indices)
            _, text = self.signed(value, TERM)
            changed = total(place, text, value.type, minus=minus)
            rest = self.rest_of_list(array, indices)
            if rest is not None:
                joined = " + ".join(changed if piece is None else piece for piece in rest)
                return [f"{self.expr.names[op.result]} = {joined}"]
            return [f"{place} = {changed}", *self.rename(op)]
        if repeats(indices) and not op.attrs.get("distinct"):
            return [self.add_at(array, value, indices), *self.rename(op)]
        return [f"{self.expr.target(array, indices)} {'-' if minus else '+'}= {text}", *self.rename(op)]

    def rest_of_list(self, xs: Value, indices: list[Value]) -> list[str | None] | None:
        """What is around ``xs[k:]`` or ``xs[:k]``, with None in its place: a new list, which has a derivative again."""
        maker = self.expr.makers.get(indices[0])
        if len(indices) != 1 or maker is None or maker.name != "slice" or not self.expr.is_none(maker.operands[2]):
            return None
        start, stop, _ = maker.operands
        if self.expr.is_none(start) == self.expr.is_none(stop):
            return None
        if self.expr.is_none(start):
            return [None, f"{self.expr(xs)}[{self.expr(stop)}:]"]
        return [f"{self.expr(xs)}[:{self.expr(start)}]", None]

    def add_at(self, array: Value, value: Value, indices: list[Value]) -> str:
        last = next((k for k in range(len(indices), 0, -1) if is_step(indices[k - 1])), 0)
        base = self.expr.subscript(array, indices[:last])
        add = self.expr.library.spell("numpy", "add")
        return f"{add}.at({base}, {self.expr.spelled_index(indices[last:])}, {self.expr(value)})"

    def op_put(self, op: Op) -> list[str]:
        before, value = op.operands
        name, text = self.expr.names[op.result], self.expr(before)
        index: int = op.attrs["index"]
        if name == text and op.attrs.get("in_place"):
            return [f"{part(name, op.result.type, index)} = {self.expr(value)}"]
        return self.noted(f"{name} = {replaced(text, before.type, op.result.type, index, self.expr(value))}", op)

    def op_append(self, op: Op) -> list[str]:
        xs, value = op.operands
        return [f"{self.expr(xs)}.append({self.expr(value)})", *self.rename(op)]

    def op_shorten(self, op: Op) -> list[str]:
        return [f"{self.expr(op.operands[0])}.pop()", *self.rename(op)]

    def op_shrink(self, op: Op) -> list[str]:
        return [f"{self.expr(op.operands[0])}.pop()"]

    def op_take_last(self, op: Op) -> list[str]:
        last, rest = op.results
        before, after = self.expr(op.operands[0]), self.expr.names[rest]
        popped = f"{before}.pop()"
        renamed = [] if before == after else [f"{after} = {before}"]
        return [f"{self.expr.names[last]} = {popped}" if last in self.used else popped, *renamed]
