"""Operations as Python expressions, in the form that a formatter leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Protocol

from sct.backend.containers import blank, column, copied, listed, part, rows, structure
from sct.ir.literals import escaped, literal
from sct.ir.names import GlobalRef
from sct.ir.nodes import If, Op, Value
from sct.ir.paths import TRANSPOSED, is_step, split
from sct.rules.spelling import spelling
from sct.rules.table import lookup

# Binding strengths, weakest first (The Python Language Reference, section 6.17).
TERNARY, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, SUM, TERM, UNARY, POWER, ATOM = range(14)
_BINARY = {
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
_BUILTINS = {"minimum": "min", "maximum": "max"}


def _is_simple(bound: str) -> bool:
    """Whether a formatter leaves no space between the bound of a slice and its colon."""
    return not bound or bound.lstrip("-").replace("_", "").isalnum()


class Library(Protocol):
    """How a module spells a library's function."""

    def spell(self, library: str, name: str) -> str: ...

    def reach(self, ref: GlobalRef) -> str: ...

    def helper(self, name: str) -> str: ...

    def hides(self, name: str) -> bool: ...

    @property
    def compiles(self) -> bool: ...


class Expressions:
    """Writes values as expressions: a folded one as its operation, any other as its name."""

    def __init__(self, names: dict[Value, str], makers: dict[Value, Op], folded: set[Value], library: Library) -> None:
        self.names = names
        self.makers = makers
        self.folded = folded
        self.library = library

    def __call__(self, value: Value, least: int = TERNARY) -> str:
        """The text of ``value``, in parentheses if it binds more weakly than ``least``."""
        if value not in self.folded:
            return self.names[value]
        text, strength = self.of(self.makers[value])
        return text if strength >= least else f"({text})"

    def of(self, op: Op) -> tuple[str, int]:
        """The text of an operation, and how strongly it binds."""
        if isinstance(op, If):
            return self.branch(op)
        special: Callable[[Op], tuple[str, int]] | None = getattr(self, f"op_{op.name}", None)
        if special is not None:
            return special(op)
        if op.attrs.get("style") == "operator" and op.name in _BINARY:
            return self.binary(op)
        if op.attrs.get("style") == "attr":
            return self.attribute(op, op.attrs["attribute"])
        return self.call(op), ATOM

    def binary(self, op: Op) -> tuple[str, int]:
        symbol, strength = _BINARY[op.name]
        left, right = op.operands
        if strength == COMPARE:
            return f"{self(left, SUM)} {symbol} {self(right, SUM)}", strength
        # a - (b - c) and a / (b / c) need the parentheses; a + (b + c) keeps them, for its order of rounding.
        return f"{self(left, strength)} {symbol} {self(right, strength + 1)}", strength

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
        if op is None or op.name not in _BINARY:
            return None
        return [f"{_BINARY[op.name][0]} {self(op.operands[1], SUM)}"]

    # operations with a syntax of their own

    def op_const(self, op: Op) -> tuple[str, int]:
        text = str(op.attrs["text"])
        return text, UNARY if text.startswith("-") else ATOM

    def op_global(self, op: Op) -> tuple[str, int]:
        return (self.library.reach(op.attrs["ref"]) if "ref" in op.attrs else str(op.attrs["name"])), ATOM

    def op_neg(self, op: Op) -> tuple[str, int]:
        operand = op.operands[0]
        inner = self.makers.get(operand)
        product = operand in self.folded and inner is not None and inner.name in ("mul", "div")
        if product and inner is not None and inner.attrs.get("style") == "operator" and self.takes_sign(inner):
            # -(a * b) reads better as -a * b, and rounds the same.
            text, _ = self.of(inner)
            return (f"-{text}", TERM) if not text.startswith(("-", "(")) else (f"-({text})", UNARY)
        # A formatter puts -(x**2) for -x**2; the author's own is left as it is.
        return f"-{self(operand, ATOM if op.origin is not None else UNARY)}", UNARY

    def takes_sign(self, op: Op) -> bool:
        """Whether the sign of a product may stand in front of it: ``-a // b`` is not ``-(a // b)``, nor is a bool's."""
        first = self.makers.get(op.operands[0]) if op.operands[0] in self.folded else None
        if op.name in ("floordiv", "mod") or op.operands[0].type.element == "bool":
            return False
        if first is None or first.attrs.get("style") != "operator":
            return True
        return _BINARY.get(first.name, ("", ATOM))[1] != TERM or self.takes_sign(first)

    def op_pos(self, op: Op) -> tuple[str, int]:
        return f"+{self(op.operands[0], UNARY)}", UNARY

    def op_invert(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "operator":
            return self.call(op), ATOM
        return f"~{self(op.operands[0], UNARY)}", UNARY

    def op_not(self, op: Op) -> tuple[str, int]:
        return f"not {self(op.operands[0], NOT)}", NOT

    def op_pow(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "operator":
            return self.call(op), ATOM
        base, exponent = (self(op.operands[0], ATOM), self(op.operands[1], UNARY))
        simple = all(text.lstrip("-").replace(".", "").replace("_", "").isalnum() for text in (base, exponent))
        return (f"{base}**{exponent}" if simple else f"{base} ** {exponent}"), POWER

    def op_tuple(self, op: Op) -> tuple[str, int]:
        items = [self(item) for item in op.operands]
        return structure(op.attrs.get("form"), items, positional=op.attrs.get("positional", 0)), ATOM

    def op_rebuild(self, op: Op) -> tuple[str, int]:
        like, *parts = op.operands
        return structure(like.type.form, [self(item) for item in parts], f"type({self(like)})"), ATOM

    def op_item(self, op: Op) -> tuple[str, int]:
        (of,) = op.operands
        return part(self(of, ATOM), of.type, op.attrs["index"]), ATOM

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

    def op_total(self, op: Op) -> tuple[str, int]:
        return f"{self.library.spell('builtins', 'sum')}({self(op.operands[0])})", ATOM

    def op_total_from(self, op: Op) -> tuple[str, int]:
        return f"{self.library.spell('builtins', 'sum')}({self(op.operands[0])}, {self(op.operands[1])})", ATOM

    def op_filled(self, op: Op) -> tuple[str, int]:
        item, count = op.operands
        return f"[{self(item)}] * {self(count, UNARY)}", TERM

    def op_spread(self, op: Op) -> tuple[str, int]:
        item, like = op.operands
        return f"[{self(item)}] * len({self(like)})", TERM

    def op_listed(self, op: Op) -> tuple[str, int]:
        return listed(self(op.operands[0]), op.result.type), ATOM

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

    def op_concat(self, op: Op) -> tuple[str, int]:
        a, b = op.operands
        return f"{self(a, SUM)} + {self(b, TERM)}", SUM

    def op_part(self, op: Op) -> tuple[str, int]:
        start, stop, step = ("" if bound is None else str(bound) for bound in op.attrs["slice"])
        return f"{self(op.operands[0], ATOM)}[{start}:{stop}{f':{step}' if step else ''}]", ATOM

    def op_getitem(self, op: Op) -> tuple[str, int]:
        return self.subscript(op.operands[0], op.operands[1:]), ATOM

    def op_pop(self, op: Op) -> tuple[str, int]:
        return f"{self(op.operands[0])}.pop()", ATOM

    def op_bind(self, op: Op) -> tuple[str, int]:
        return self(op.operands[0]), TERNARY

    def op_stop_gradient(self, op: Op) -> tuple[str, int]:
        (value,) = op.operands
        return self.of(self.makers[value]) if value in self.folded else (self(value), ATOM)

    def op_where(self, op: Op) -> tuple[str, int]:
        condition, a, b = op.operands
        if (
            op.result.type.is_scalar
            and condition.type.is_scalar
            and op.attrs.get("derived", True)
            and not op.attrs.get("authored")
        ):
            return f"{self(a, OR)} if {self(condition, OR)} else {self(b)}", TERNARY
        return self.call(op), ATOM

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

    def op_reshape(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("style") != "method":
            return self.call(op), ATOM
        return f"{self(op.operands[0], ATOM)}.reshape({self.shape(op.operands[1])})", ATOM

    def shape(self, value: Value) -> str:
        """The argument, or arguments, of the method ``reshape``."""
        op = self.makers.get(value)
        bare = op is not None and value in self.folded and op.attrs.get("bare")
        return ", ".join(map(self, op.operands)) if op is not None and bare else self(value)

    def op_ndim(self, op: Op) -> tuple[str, int]:
        return self.attribute(op, "ndim")

    def op_expand_dims(self, op: Op) -> tuple[str, int]:
        axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
        if op.attrs.get("authored") or not isinstance(axis, int) or rank is None:
            return self.call(op), ATOM
        axis = axis + rank + 1 if axis < 0 else axis
        index = [":"] * axis + ["None"]
        return f"{self(op.operands[0], ATOM)}[{', '.join(index + ([':'] * (rank - axis)))}]", ATOM

    def op_copy(self, op: Op) -> tuple[str, int]:
        if op.attrs.get("deep") and not op.operands[0].type.is_array:
            return copied(self(op.operands[0], ATOM), op.operands[0].type), ATOM
        if op.attrs.get("style") == "method":
            return f"{self(op.operands[0], ATOM)}.copy()", ATOM
        return self.call(op), ATOM

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

    # calls

    def generated_call(self, op: Op) -> str:
        """A call of a callee's generated sweep; tangents go by keyword."""
        operands = list(map(self, op.operands))
        names = op.attrs.get("names", ())
        first = len(operands) - len(names)
        keywords = [f"{name}={text}" for name, text in zip(names, operands[first:], strict=True)]
        return f"{op.attrs['function']}({', '.join(operands[:first] + keywords)})"

    def attribute(self, op: Op, name: str) -> tuple[str, int]:
        if op.attrs.get("style") == "call" and op.attrs.get("authored"):
            return self.call(op), ATOM
        return f"{self(op.operands[0], ATOM)}.{name}", ATOM

    def call(self, op: Op) -> str:
        arguments = self.arguments(op)
        if op.attrs.get("style") == "method":
            name = spelling(op.name, "method") or op.name
            return f"{self(op.operands[0], ATOM)}.{name}({', '.join(arguments[1:])})"
        return f"{self.function(op)}({', '.join(arguments)})"

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
            text = str(value) if name == "dtype" else self.literal(value)
            if value != default:
                found.append(text if default is ... and name in row.positional else f"{name}={text}")
        return found

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

    def is_constant(self, value: Value, constant: Any) -> bool:
        op = self.makers.get(value)
        return op is not None and op.name == "const" and op.attrs["value"] == constant

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

    def is_none(self, value: Value) -> bool:
        return self.is_constant(value, None)
