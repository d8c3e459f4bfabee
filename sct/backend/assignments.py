"""Values as assignments to variables: one, several at once, a sum into one.

Before: ``%x = mul %a, %b``, and ``%x, %y`` handed on as ``%y, %x``.
After: ``x = a * b``, and ``x, y = y, x``.
"""

from __future__ import annotations

from sct.backend.containers import total
from sct.backend.expressions import Expressions
from sct.backend.operands import SUM, TERM
from sct.backend.wrapping import INDENT, WIDTH
from sct.ir.nodes import Op, Value


class Assignments:
    """Writes operations as assignments.

    Attributes
    ----------
    expr : Expressions
        What writes values as expressions.
    used : set of Value
        What is read somewhere.
    """

    def __init__(self, expr: Expressions, used: set[Value]) -> None:
        self.expr = expr
        self.used = used

    def assign(self, op: Op) -> list[str]:
        text, _ = self.expr.of(op)
        name = self.expr.names[op.result]
        if "note" in op.attrs:
            return self.noted(f"{name} = {text}", op)
        if op.attrs.get("augmented") and op.result.type.is_scalar and self.expr(op.operands[0]) == name:
            symbol = text.split(" ")[1] if op.name != "pow" else "**"
            return [f"{name} {symbol}= {self.expr(op.operands[1])}"]
        return [f"{name} = {text}"] if text != name else []

    def noted(self, line: str, op: Op) -> list[str]:
        """A line with the note that an operation has."""
        if "note" not in op.attrs:
            return [line]
        note = f"# {op.attrs['note']}"
        beside = f"{line}  {note}"
        return [beside] if len(beside) <= WIDTH - 3 * len(INDENT) else [note, line]  # it may stand in loops

    def copies(self, pairs: list[tuple[str, Value]]) -> list[str]:
        """``name = value`` for each pair, as if all at once; tangents first, as no value is made of them."""
        dots = [pair for pair in pairs if pair[0].endswith("_dot")]
        rest = [pair for pair in pairs if not pair[0].endswith("_dot")]
        if not {name for name, _ in dots} & {name for _, value in rest for name in self.read(value)}:
            return [*self.at_once(dots), *self.at_once(rest)]
        return self.at_once(pairs)

    def at_once(self, pairs: list[tuple[str, Value]]) -> list[str]:
        all_texts = ((name, self.text(value), value) for name, value in pairs)
        texts = [(name, text, value) for name, text, value in all_texts if text is not None and text != name]
        if not texts:
            return []
        names = {name for name, _, _ in texts}
        if len(texts) > 1 and any(value in names for _, pair in pairs for value in self.read(pair)):
            return [f"{', '.join(name for name, _, _ in texts)} = {', '.join(text for _, text, _ in texts)}"]
        return self.chained(texts)

    def chained(self, texts: list[tuple[str, str, Value]]) -> list[str]:
        """``name = text`` for each, in one line where they stand for what is not there: ``a = b = 0.0``."""
        lines: list[str] = []
        last = None
        for name, text, value in texts:
            op = self.expr.makers.get(value)
            blank = text if op is not None and op.attrs.get("blank") else None
            line = f"{name} = {lines[-1]}" if lines else name
            if blank is not None and blank == last and len(line) <= WIDTH - 3 * len(INDENT):
                lines[-1] = f"{lines[-1].removesuffix(text)}{name} = {text}"
            else:
                lines.append(f"{name} = {text}")
            last = blank
        return lines

    def read(self, value: Value) -> set[str]:
        """The variables that a value's expression reads."""
        if value not in self.expr.folded:
            return {self.expr.names[value]}
        op = self.expr.makers[value]
        inner = [v for owned in op.blocks for made in owned.ops for v in made.operands]
        return set().union(*(self.read(operand) for operand in [*op.operands, *inner]))

    def text(self, value: Value) -> str | None:
        """The text of a value; None if it has none yet."""
        op = self.expr.makers.get(value)
        if op is not None and op.name == "undef":
            return None
        return self.expr(value)

    def rename(self, op: Op) -> list[str]:
        """What was changed in place has the result's name from here on."""
        before, after = self.expr(op.operands[0]), self.expr.names[op.result]
        return [] if before == after else [f"{after} = {before}"]

    def signed(self, value: Value, least: int = 0) -> tuple[bool, str]:
        """Whether a value is a negation, or a product with one, and the text without it."""
        op = self.expr.makers.get(value)
        if value in self.expr.folded and op is not None and op.name == "neg":
            return True, self.expr(op.operands[0], least or SUM)
        text = self.expr(value, least)
        is_product = (
            value in self.expr.folded and op is not None and op.name in ("mul", "div") and op.origin is not None
        )
        return (True, text[1:]) if is_product and text.startswith("-") else (False, text)

    def op_exchange(self, op: Op) -> list[str]:
        return self.copies([(self.expr.names[result], v) for result, v in zip(op.results, op.operands, strict=True)])

    def op_accumulate(self, op: Op) -> list[str]:
        before, added = op.operands
        name = self.expr.names[op.result]
        if before.type.kind == "list":
            return [f"{name} = {total(self.expr(before), self.expr(added), before.type)}"]
        minus, text = self.signed(added)
        if self.expr(before) == name and (op.result.type.is_scalar or op.attrs.get("in_place")):
            return [f"{name} {'-' if minus else '+'}= {text}"]
        if op.attrs.get("in_place") and self.expr.library.compiles and before not in self.expr.folded:
            # A fused loop may name the buffer by what it was called before.
            return [f"{self.expr(before)} {'-' if minus else '+'}= {text}", f"{name} = {self.expr(before)}"]
        if text == name and not minus and op.result.type.is_scalar:
            return [f"{name} += {self.expr(before)}"]
        _, text = self.signed(added, TERM)
        return [f"{name} = {self.expr(before, SUM)} {'-' if minus else '+'} {text}"]
