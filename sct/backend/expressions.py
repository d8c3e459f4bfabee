"""Operations as Python expressions: each has a syntax of its own, or is an operator, an attribute or a call."""

from __future__ import annotations

from collections.abc import Callable

from sct.backend.operands import ATOM, TERNARY, UNARY
from sct.backend.operators import BINARY
from sct.backend.structures import Structures
from sct.ir.literals import escaped, literal
from sct.ir.nodes import If, Op


class Expressions(Structures):
    """Writes values as expressions: a folded one as its operation, any other as its name."""

    def of(self, op: Op) -> tuple[str, int]:
        """The text of an operation, and how strongly it binds."""
        if isinstance(op, If):
            return self.branch(op)
        special: Callable[[Op], tuple[str, int]] | None = getattr(self, f"op_{op.name}", None)
        if special is not None:
            return special(op)
        if op.attrs.get("style") == "operator" and op.name in BINARY:
            return self.binary(op)
        if op.attrs.get("style") == "attr":
            return self.attribute(op, op.attrs["attribute"])
        return self.call(op), ATOM

    # operations with a syntax of their own

    def op_const(self, op: Op) -> tuple[str, int]:
        text = str(op.attrs["text"])
        return text, UNARY if text.startswith("-") else ATOM

    def op_global(self, op: Op) -> tuple[str, int]:
        return (self.library.reach(op.attrs["ref"]) if "ref" in op.attrs else str(op.attrs["name"])), ATOM

    def op_diagonal_places(self, op: Op) -> tuple[str, int]:
        matrix = self(op.operands[0], ATOM)
        is_square = len(set(op.operands[0].type.shape or ())) == 1
        count = f"len({matrix})" if is_square else f"min({matrix}.shape)"
        return f"{self.library.spell('numpy', 'arange')}({count})", ATOM

    def op_split_like(self, op: Op) -> tuple[str, int]:
        (x, xs), axis = map(self, op.operands), op.attrs["axis"]
        size = "len(item)" if not axis else f"item.shape[{axis}]"
        split, cumsum = (self.library.spell("numpy", name) for name in ("split", "cumsum"))
        along = f", axis={axis}" if axis else ""
        return f"{split}({x}, {cumsum}([{size} for item in {xs}])[:-1]{along})", ATOM

    def op_bind(self, op: Op) -> tuple[str, int]:
        return self(op.operands[0]), TERNARY

    def op_stop_gradient(self, op: Op) -> tuple[str, int]:
        (value,) = op.operands
        return self.of(self.makers[value]) if value in self.folded else (self(value), ATOM)

    def op_transpose(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") == "attr" or (op.attrs.get("axes") is None and not op.attrs.get("authored")):
            return f"{self(op.operands[0], ATOM)}.T", ATOM
        if op.attrs.get("style") == "method" and op.attrs.get("axes") is not None:
            return f"{self(op.operands[0], ATOM)}.transpose({', '.join(map(str, op.attrs['axes']))})", ATOM
        return self.call(op), ATOM

    def op_shape(self, op: Op) -> tuple[str, int]:
        return self.attribute(op, "shape")

    def op_size(self, op: Op) -> tuple[str, int]:
        return self.attribute(op, "size")

    def op_ndim(self, op: Op) -> tuple[str, int]:
        return self.attribute(op, "ndim")

    def op_astype_like(self, op: Op) -> tuple[str, int]:
        value, like = op.operands
        return f"{self(value, ATOM)}.astype({self(like, ATOM)}.dtype)", ATOM

    def op_unbroadcast(self, op: Op) -> tuple[str, int]:
        value, like = op.operands
        return f"{self.library.helper('_unbroadcast')}({self(value)}, {self(like)})", ATOM

    def op_helper(self, op: Op) -> tuple[str, int]:
        arguments = [*map(self, op.operands), *op.attrs["literals"]]
        return f"{self.library.helper(op.attrs['helper'])}({', '.join(arguments)})", ATOM

    def op_array(self, op: Op) -> tuple[str, int]:
        return (self.arguments(op)[0] if op.attrs.get("nested") else self.call(op)), ATOM

    def op_einsum(self, op: Op) -> tuple[str, int]:
        arguments = [f'"{op.attrs["subscripts"]}"', *map(self, op.operands)]
        arguments += [f"optimize={literal(op.attrs['optimize'])}"] if op.attrs.get("optimize") else []
        return f"{self.function(op)}({', '.join(arguments)})", ATOM

    def op_row_pieces(self, op: Op) -> tuple[str, int]:
        return f"{self.function(op)}[{', '.join(map(self, op.operands))}]", ATOM

    op_column_pieces = op_row_pieces

    def op_others_prod(self, op: Op) -> tuple[str, int]:
        return f"{self.library.helper('_others_prod')}({', '.join(self.arguments(op))})", ATOM

    def op_recurrence(self, op: Op) -> tuple[str, int]:
        return f"{self.library.helper('_recurrence')}({', '.join(self.arguments(op))})", ATOM

    def op_format(self, op: Op) -> tuple[str, int]:
        values, texts = list(map(self, op.operands)), list(map(str, op.attrs["parts"]))
        mixed = "".join(texts)
        order = ("'", '"') if '"' in mixed and "'" not in mixed else ('"', "'")
        quote = next(q for q in (*order, '"""') if q not in "".join(values) or len(q) > 1)  # up to Python 3.11
        first, *others = [escaped(text, quote) for text in texts]
        inside = [f"{' ' * value.startswith('{')}{value}{text}" for value, text in zip(values, others, strict=True)]
        return f"f{quote}{first}{''.join(inside)}{quote}", ATOM
