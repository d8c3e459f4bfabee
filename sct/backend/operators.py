"""Operators, with the parentheses that they need, in the form that a formatter leaves alone."""

from __future__ import annotations

import re

from sct.backend.calls import Calls
from sct.backend.operands import (
    AND,
    ATOM,
    BITAND,
    BITOR,
    BITXOR,
    COMPARE,
    NOT,
    OR,
    POWER,
    SHIFT,
    SUM,
    TERM,
    TERNARY,
    UNARY,
)
from sct.ir.nodes import If, Op, Value
from sct.transform.masks import same_condition

_SIMPLE = re.compile(r"\w+(\[\w+(, \w+)*\])?")
"""What can be written three times: a name, or an element."""

BINARY = {
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", TERM),
    "div": ("/", TERM),
    "floordiv": ("//", TERM),
    "mod": ("%", TERM),
    "matmul": ("@", TERM),
    "lt": ("<", COMPARE),
    "gt": (">", COMPARE),
    "le": ("<=", COMPARE),
    "ge": (">=", COMPARE),
    "eq": ("==", COMPARE),
    "ne": ("!=", COMPARE),
    "is": ("is", COMPARE),
    "is_not": ("is not", COMPARE),
    "in": ("in", COMPARE),
    "not_in": ("not in", COMPARE),
    "bitwise_or": ("|", BITOR),
    "bitwise_xor": ("^", BITXOR),
    "bitwise_and": ("&", BITAND),
    "left_shift": ("<<", SHIFT),
    "right_shift": (">>", SHIFT),
}


def _is_product(op: Op) -> bool:
    return op.name in ("mul", "div") and op.attrs.get("style") == "operator"


class Operators(Calls):
    """Writes operations as operators, and an ``if`` as a conditional expression."""

    def binary(self, op: Op) -> tuple[str, int]:
        symbol, strength = BINARY[op.name]
        left, right = op.operands
        if strength == COMPARE:
            return f"{self(left, SUM)} {symbol} {self(right, SUM)}", strength
        row = self.in_a_row(op) if op.name == "mul" else None
        if row is not None:
            return row, strength
        # a - (b - c) and a / (b / c) need the parentheses; a + (b + c) keeps them, for its order of rounding.
        return f"{self(left, strength)} {symbol} {self(right, strength + 1)}", strength

    def in_a_row(self, op: Op) -> str | None:
        """``a * b / c`` for a derivative's ``a * (b / c)``, with a number in front, where that takes no longer."""
        left, right = op.operands
        inner = self.makers.get(right)
        if op.origin is None or op.attrs.get("authored") or op.result.type.element != "float":
            return None
        if right not in self.folded or inner is None or not _is_product(inner):
            return None
        if not op.result.type.is_scalar and (right.type.shape is None or right.type.shape != op.result.type.shape):
            return None  # a number times a number is less than an array times each
        first = inner.operands[0]
        while first in self.folded and _is_product(self.makers[first]):
            first = self.makers[first].operands[0]
        if first in self.folded and BINARY.get(self.makers[first].name, ("", ATOM))[1] == TERM:
            return None  # of a @ b
        before, number, text = self(left, TERM), self(first), self.of(inner)[0]
        if text.startswith("-"):
            return None
        if first in self.folded and self.makers[first].name == "const":
            return f"{number} * {before}{text.removeprefix(number)}" if before[0].isalpha() else None
        return f"{before} * {text}"

    def op_neg(self, op: Op) -> tuple[str, int]:
        operand = op.operands[0]
        inner = self.makers.get(operand)
        product = operand in self.folded and inner is not None and inner.name in ("mul", "div")
        if product and inner is not None and inner.attrs.get("style") == "operator" and self.takes_sign(inner):
            # -(a * b) reads better as -a * b, and rounds the same.
            text, _ = self.of(inner)
            if text.startswith("-") or (text.startswith("(") and op.origin is None):
                return f"-({text})", UNARY
            return self.turned(inner, text) or f"-{text}", TERM
        # A formatter puts -(x**2) for -x**2; the author's own is left as it is.
        return f"-{self(operand, ATOM if op.origin is not None else UNARY)}", UNARY

    def turned(self, product: Op, text: str) -> str | None:
        """``(b - a) * c`` for ``(a - b) * c``, if that is how the text of a product begins."""
        first: Op | None = product
        while first is not None and first.name in ("mul", "div"):
            first = self.makers.get(first.operands[0]) if first.operands[0] in self.folded else None
        if first is None or first.name != "sub" or any(self.is_sum_or_product(value) for value in first.operands):
            return None
        a, b = map(self, first.operands)
        difference, negative = f"({a} - {b})", f"({b} - {a})"
        return negative + text.removeprefix(difference) if text.startswith(difference) else None

    def is_sum_or_product(self, value: Value) -> bool:
        op = self.makers.get(value)
        return value in self.folded and op is not None and (op.name == "neg" or op.name in BINARY)

    def takes_sign(self, op: Op) -> bool:
        """Whether the sign of a product may stand in front of it: ``-a // b`` is not ``-(a // b)``, nor is a bool's."""
        first = self.makers.get(op.operands[0]) if op.operands[0] in self.folded else None
        if op.name in ("floordiv", "mod") or op.operands[0].type.element == "bool":
            return False
        if first is None or first.attrs.get("style") != "operator":
            return True
        return BINARY.get(first.name, ("", ATOM))[1] != TERM or self.takes_sign(first)

    def op_pos(self, op: Op) -> tuple[str, int]:
        return f"+{self(op.operands[0], UNARY)}", UNARY

    def op_invert(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "operator":
            return self.call(op), ATOM
        return f"~{self(op.operands[0], UNARY)}", UNARY

    def op_logical_and(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "operator":
            return self.call(op), ATOM
        left, right = op.operands
        if op.result.type.is_scalar:
            return f"{self(left, AND)} and {self(right, NOT)}", AND
        return f"{self(left, BITAND)} & {self(right, BITAND + 1)}", BITAND

    def op_not(self, op: Op) -> tuple[str, int]:
        return f"not {self(op.operands[0], NOT)}", NOT

    def op_pow(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "operator":
            return self.call(op), ATOM
        base, exponent = (self(op.operands[0], ATOM), self(op.operands[1], UNARY))
        if op.attrs.get("as_product") and _SIMPLE.fullmatch(base):
            return f"{base} * {base} * {base}", TERM
        simple = all(text.lstrip("-").replace(".", "").replace("_", "").isalnum() for text in (base, exponent))
        return (f"{base}**{exponent}" if simple else f"{base} ** {exponent}"), POWER

    def op_concat(self, op: Op) -> tuple[str, int]:
        a, b = op.operands
        return f"{self(a, SUM)} + {self(b, TERM)}", SUM

    def op_where(self, op: Op) -> tuple[str, int]:
        condition, a, b = op.operands
        if not op.result.type.is_scalar or not condition.type.is_scalar or op.attrs.get("authored"):
            return self.call(op), ATOM
        told = next((holds for known, holds in self.told if same_condition(condition, known, self.makers)), None)
        taken, other = (a, b) if told else (b, a)
        if told is not None and self.is_number(other):
            return self.of(self.makers[taken]) if taken in self.folded else (self(taken), ATOM)
        with self.under(condition, holds=True):
            then = self(a, OR)
        with self.under(condition, holds=False):
            return f"{then} if {self(condition, OR)} else {self(b)}", TERNARY

    def branch(self, op: If) -> tuple[str, int]:
        form, (condition,) = op.attrs["form"], op.operands
        then, orelse = op.then.yields[0], op.orelse.yields[0]
        if form == "and":
            return self.chained(op) or f"{self(condition, AND)} and {self(then, NOT)}", AND
        if form == "or":
            return f"{self(condition, OR)} or {self(orelse, AND)}", OR
        return f"{self(then, OR)} if {self(condition, OR)} else {self(orelse)}", TERNARY

    def chained(self, op: If) -> str | None:
        """``a < b < c`` written as such."""
        links = self._links(op.result)
        first = self.makers.get(op.operands[0])
        return None if links is None or first is None else " ".join([self(first.operands[0], SUM), *links])

    def _links(self, value: Value) -> list[str] | None:
        """What follows the first operand of a comparison, or of a chain of them; None if it cannot be written so."""
        op = self.makers.get(value)
        if isinstance(op, If) and op.attrs.get("chained"):
            parts = [self._links(op.operands[0]), self._links(op.then.yields[0])]
            folded = op.operands[0] in self.folded and op.then.yields[0] in self.folded
            return [*(parts[0] or ()), *(parts[1] or ())] if folded and all(parts) else None
        if op is None or op.name not in BINARY:
            return None
        return [f"{BINARY[op.name][0]} {self(op.operands[1], SUM)}"]
