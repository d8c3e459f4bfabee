"""Subscripts: elements, slices and views of views.

Before: ``%s = slice 1, None, None; %y = getitem %A, %i, %s``.
After: ``A[i, 1:]``.
"""

from __future__ import annotations

from sct.backend.operands import ATOM, SUM, UNARY
from sct.backend.operators import Operators
from sct.ir.nodes import Op, Value
from sct.ir.paths import TRANSPOSED, is_step, split


class Subscripts(Operators):
    """Writes what is at indices, to be read or to be written into."""

    def op_getitem(self, op: Op) -> tuple[str, int]:
        return self.subscript(op.operands[0], op.operands[1:]), ATOM

    def op_part(self, op: Op) -> tuple[str, int]:
        start, stop, step = ("" if bound is None else str(bound) for bound in op.attrs["slice"])
        return f"{self(op.operands[0], ATOM)}[{start}:{stop}{f':{step}' if step else ''}]", ATOM

    def op_expand_dims(self, op: Op) -> tuple[str, int]:
        axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
        if op.attrs.get("authored") or not isinstance(axis, int) or not rank:  # a number has no subscripts
            return self.call(op), ATOM
        axis = axis + rank + 1 if axis < 0 else axis
        index = ", ".join([*([":"] * axis), "None", *([":"] * (rank - axis))])
        inner = self.makers.get(op.operands[0])
        own = inner is not None and inner.name == "neg" and inner.origin is not None
        if inner is not None and own and op.operands[0] in self.folded:  # -x[:, None] is (-x)[:, None]
            return f"-{self(inner.operands[0], ATOM)}[{index}]", UNARY
        return f"{self(op.operands[0], ATOM)}[{index}]", ATOM

    def subscript(self, array: Value, indices: list[Value]) -> str:
        """The text of what a path leads to: all of a view is that view."""
        is_all = len(indices) > 1 and is_step(indices[-2]) and indices[-1].type.kind == "ellipsis"
        return self.path(array, indices[:-1] if is_all else indices)

    def path(self, array: Value, indices: list[Value]) -> str:
        """The text of a path: from the last view that the author has a name for."""
        groups, steps = split(indices)
        text = self.subscripted(self(array, ATOM), groups[0])
        for step, group in zip(steps, groups[1:], strict=True):
            operands = self.makers[step].operands
            if step.type.dim == "R":
                text += f".reshape({self.shape(operands[0])})"
            elif operands:
                text = self(operands[0], ATOM)
            elif step.type == TRANSPOSED:
                text += ".T"
            text = self.subscripted(text, group)
        return text

    def target(self, array: Value, indices: list[Value]) -> str:
        """The same as what is assigned to."""
        text = self.path(array, indices)
        if text.endswith(".T"):  # Numba does not write into `a.T[...]`
            return f"{text}[:]"
        return f"{text}[...]" if text.endswith(")") else text

    def subscripted(self, text: str, indices: list[Value]) -> str:
        whole = self.taken_whole(indices)
        return f"{text}[{', '.join(map(self.index, indices)) if whole is None else self(whole)}]" if indices else text

    def taken_whole(self, indices: list[Value]) -> Value | None:
        """The tuple whose items, in order, all the indices are: ``A[np.triu_indices(n)]``."""
        made = [self.makers[value] for value in indices if value in self.folded]
        items = [(op.operands[0], op.attrs["index"]) for op in made if op.name == "item"]
        whole = items[0][0] if items and len(items) == len(indices) else None
        return whole if whole and items == [(whole, k) for k in range(len(whole.type.items))] else None

    def index(self, value: Value) -> str:
        op = self.makers.get(value)
        if value not in self.folded or op is None or op.name != "slice":
            return self(value)
        start, stop, step = ("" if self.is_none(part) else self(part, SUM) for part in op.operands)
        colon = ":" if all(map(_is_simple, (start, stop, step))) else " : "
        text = f"{start}{colon}{stop}".strip()
        return f"{text}{colon}{step}" if step else text

    def spelled_index(self, indices: list[Value]) -> str:
        """Indices outside of brackets."""
        text = ", ".join(map(self.index, indices))
        if any(op is not None and op.name == "slice" for op in map(self.makers.get, indices)):
            return f"{self.library.spell('numpy', 's_')}[{text}]"
        return f"({text})" if len(indices) > 1 else text

    def op_reshape(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "method":
            return self.call(op), ATOM
        return f"{self(op.operands[0], ATOM)}.reshape({self.shape(op.operands[1])})", ATOM

    def shape(self, value: Value) -> str:
        """The argument, or arguments, of the method ``reshape``."""
        op = self.makers.get(value)
        bare = op is not None and value in self.folded and op.attrs.get("bare")
        return ", ".join(map(self, op.operands)) if op is not None and bare else self(value)


def _is_simple(bound: str) -> bool:
    """Whether a formatter leaves no space between the bound of a slice and its colon."""
    return not bound or bound.lstrip("-").replace("_", "").isalnum()
