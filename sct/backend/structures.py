"""Displays of tuples, lists, dicts and records, and of lists of these: all of one, a part, zeros like it."""

from __future__ import annotations

from sct.backend.containers import blank, column, copied, listed, part, rows, structure
from sct.backend.operands import ATOM, TERM, UNARY
from sct.backend.subscripts import Subscripts
from sct.ir.nodes import Op


class Structures(Subscripts):
    """Writes what makes structures and lists, and what takes them apart."""

    def op_tuple(self, op: Op) -> tuple[str, int]:
        items = [self(item) for item in op.operands]
        return structure(op.attrs.get("form"), items, positional=op.attrs.get("positional", 0)), ATOM

    def op_rebuild(self, op: Op) -> tuple[str, int]:
        like, *parts = op.operands
        return structure(like.type.form, [self(item) for item in parts], f"type({self(like)})"), ATOM

    def op_item(self, op: Op) -> tuple[str, int]:
        (of,) = op.operands
        if of.type.kind == "undef" and "label" in op.attrs:
            return f"{self(of, ATOM)}.{op.attrs['label']}", ATOM
        return part(self(of, ATOM), of.type, op.attrs["index"]), ATOM

    def op_method(self, op: Op) -> tuple[str, int]:
        """A method of a string; or of what is never there, as an item of an empty list: what is before that raises."""
        of, *args = op.operands
        call = f".{op.attrs['method']}({', '.join(map(self, args))})" if op.attrs["method"] else ""
        return f"{self(of, ATOM)}{call}", ATOM

    def op_blank(self, op: Op) -> tuple[str, int]:
        (of,) = op.operands
        zeros = self.library.spell("numpy", "zeros_like")
        text = blank(self(of, ATOM), of.type, op.attrs["path"], lambda text: f"{zeros}({text})")
        return text, TERM if text.startswith("[0.0] *") else ATOM

    def op_column(self, op: Op) -> tuple[str, int]:
        (of,) = op.operands
        return column(self(of), of.type, op.attrs["path"]), ATOM

    def op_rows(self, op: Op) -> tuple[str, int]:
        texts = [self(value) for value in op.operands]
        like = texts.pop() if op.attrs["like"] else None
        return rows(texts, op.attrs["of"], like), ATOM

    def op_listed(self, op: Op) -> tuple[str, int]:
        return listed(self(op.operands[0]), op.result.type), ATOM

    def op_copy(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("deep") and not op.operands[0].type.is_array:
            return copied(self(op.operands[0], ATOM), op.operands[0].type), ATOM
        if op.attrs.get("style") != "method":
            return self.call(op), ATOM
        x = op.operands[0]
        is_array = op.attrs.get("authored") or op.attrs.get("own") or not self.may_be_number(x)
        return f"{self(x, ATOM)}.copy()" if is_array else f"{self.function(op)}({self(x)})", ATOM

    def op_filled(self, op: Op) -> tuple[str, int]:
        item, count = op.operands
        return f"[{self(item)}] * {self(count, UNARY)}", TERM

    def op_spread(self, op: Op) -> tuple[str, int]:
        item, like = op.operands
        return f"[{self(item)}] * len({self(like)})", TERM

    def op_total(self, op: Op) -> tuple[str, int]:
        return f"{self.library.spell('builtins', 'sum')}({self(op.operands[0])})", ATOM

    def op_total_from(self, op: Op) -> tuple[str, int]:
        return f"{self.library.spell('builtins', 'sum')}({self(op.operands[0])}, {self(op.operands[1])})", ATOM

    def op_pop(self, op: Op) -> tuple[str, int]:
        return f"{self(op.operands[0])}.pop()", ATOM
