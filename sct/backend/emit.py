"""SSA to Python statements and comments.

Before: ``%v = mul %x1, %x2 …; %x1_bar = mul %x2, %v_bar``.
After: ``v = x1 * x2``, then under the comment ``# v = x1 * x2`` the line ``x1_bar = x2 * v_bar``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile

from sct.backend.containers import part, replaced, total
from sct.backend.expressions import ATOM, NOT, SUM, TERM, Expressions
from sct.backend.iteration import by_elements
from sct.backend.wrapping import INDENT, WIDTH, Written
from sct.ir.indices import repeats
from sct.ir.literals import literal
from sct.ir.nodes import Block, Hook, If, Loop, Op, Statement, Value, While
from sct.ir.paths import is_step
from sct.transform.derived import reverse_start
from sct.transform.leaves import has_adjoint

_NAME = re.compile(r"\b[^\W\d]\w*")
_CODES = {"float": '== "f"', "int": 'in "iu"', "bool": '== "b"'}


@dataclass
class Sweep:
    """What is shown beside the statements of one sweep: the author's comments, or the statement itself.

    ``both``: loops of it may have both sweeps in a turn.
    """

    quotes: bool
    both: bool = False
    shown: set[Statement] = field(default_factory=set)
    current: Statement | None = None
    hook: Op | None = None
    within: tuple[Statement, ...] = ()
    fused: bool = False


@dataclass(frozen=True)
class Tail:
    """Where a block hands its values: variables, and whether its first value says that the loop stops."""

    names: list[str]
    stops: bool = False


class Emitter:
    """Writes blocks as lines of Python."""

    def __init__(self, expr: Expressions, used: set[Value]) -> None:
        self.expr = expr
        self.used = used

    def ops(self, ops: list[Op], sweep: Sweep, ends: tuple[If, list[Value], Tail] | None = None) -> list[str]:
        """The lines of operations; ``ends`` is the last one, if it is a branch that hands values on itself."""
        lines: list[str] = []
        whole: list[str] = []
        last: tuple[Statement, bool] | None = None
        around, within = sweep.within, sweep.within
        fused = {op.stmt for op in ops if "fused" in op.attrs}
        quotes, begun = sweep.quotes, reverse_start(ops) if sweep.both and not sweep.quotes else 0
        for k, op in enumerate(ops):
            sweep.quotes = quotes or (sweep.both and op.origin is not None)
            if k == begun > 0:
                whole += [*self.inside(within, around, lines, sweep), "", "# reverse"]
                lines, within, last = [], around, None
            outer = sweep.current
            sweep.current = op.stmt if op.blocks else outer
            sweep.within = within if op.stmt is None else op.stmt.within
            fresh = op.stmt is not None and op.stmt not in sweep.shown
            if op.blocks and op.stmt is not None and not sweep.quotes:
                sweep.shown.add(op.stmt)  # its comments stand above it, not in it
            new = self.op(op, sweep) if ends is None or op is not ends[0] else self.branch(op, sweep, *ends[1:])
            sweep.current = outer
            if not new:
                continue
            if sweep.within != within:
                whole += self.inside(within, around, lines, sweep)
                lines, within = [], sweep.within
            if isinstance(op, Loop):
                lines += self.entry(op)
            stmt = op.stmt
            hook = op.origin if isinstance(op.origin, Hook) else None
            if hook is not None and hook is not sweep.hook and hook.stmt is not None:
                sweep.shown.add(hook.stmt)
                lines += [*hook.stmt.comments, f"# {hook.stmt.text}"]
            sweep.hook = hook
            quoted = (sweep.quotes or sweep.fused or stmt in fused) and hook is None
            if stmt is not None and (op.origin is None or hook is not None):
                new = as_written(new, stmt)
            if stmt is not None and (stmt, quoted) != last:
                if not sweep.quotes and fresh and (quoted or sweep.fused):
                    sweep.shown.add(stmt)
                    lines += stmt.comments
                if quoted and stmt is not sweep.current and not stmt.text.endswith(":"):
                    lines += [f"# {line}".rstrip() for line in stmt.lines or (stmt.text,)]
                elif not quoted and fresh:
                    sweep.shown.add(stmt)
                    lines += stmt.comments
            # What stands beside a compound statement stands beside its head.
            if stmt is not None and stmt.trailing and not quoted and (fresh if stmt.lines else op.blocks):
                new[-1 if not op.blocks else 0] += f"  {stmt.trailing}"
            if stmt is not None:
                last = (stmt, quoted)
            lines += new
        sweep.within, sweep.quotes = around, quotes
        return whole + self.inside(within, around, lines, sweep)

    def inside(
        self, contexts: tuple[Statement, ...], around: tuple[Statement, ...], lines: list[str], sweep: Sweep
    ) -> list[str]:
        """The lines in those of their ``with`` statements that are not around them anyway."""
        for context in reversed(contexts):
            closed = self.expr.library.compiles or (sweep.quotes and context.closing)
            if lines and context not in around and not closed:
                comments = () if sweep.quotes or context in sweep.shown else context.comments
                sweep.shown.add(context)
                lines = [*comments, context.text, *indent(lines), *context.closing]
        return lines

    def block(self, block: Block, sweep: Sweep, tail: Tail) -> list[str]:
        """The lines of a block, and of handing its values on."""
        yields = list(block.yields)
        # A last `if` hands its values on itself, so that no variable stands between.
        branch = block.ops[-1] if block.ops else None
        if (
            isinstance(branch, If)
            and branch.results
            and branch.results[0] not in self.expr.folded
            and not self.is_expression(branch)
            and (branch.stmt is None or branch.stmt.within == sweep.within)
        ):
            used = [value for op in block.ops[:-1] for value in op.operands]
            if not set(branch.results) & set(used):
                return self.ops(block.ops, sweep, (branch, yields, tail))
        return self.ops(block.ops, sweep) + self.hand_on(yields, tail)

    def hand_on(self, yields: list[Value], tail: Tail) -> list[str]:
        values = yields[1:] if tail.stops else yields
        lines = self.copies(list(zip(tail.names, values, strict=True)))
        if not tail.stops:
            return lines
        op = self.expr.makers.get(yields[0])
        if op is not None and op.name == "const":
            return [*lines, "break"] if op.attrs["value"] else lines
        return [*lines, f"if {self.expr(yields[0])}:", f"{INDENT}break"]

    def copies(self, pairs: list[tuple[str, Value]]) -> list[str]:
        """``name = value`` for each pair, as if all at once."""
        all_texts = ((name, self.text(value)) for name, value in pairs)
        texts = [(name, text) for name, text in all_texts if text is not None and text != name]
        if not texts:
            return []
        names = {name for name, _ in texts}
        if len(texts) > 1 and any(value in names for _, pair in pairs for value in self.read(pair)):
            return [f"{', '.join(name for name, _ in texts)} = {', '.join(text for _, text in texts)}"]
        return [f"{name} = {text}" for name, text in texts]

    def read(self, value: Value) -> set[str]:
        """The variables that a value's expression reads."""
        if value not in self.expr.folded:
            return {self.expr.names[value]}
        op = self.expr.makers[value]
        inner = [v for owned in op.blocks for made in owned.ops for v in made.operands]
        return set().union(*(self.read(operand) for operand in [*op.operands, *inner]))

    def text(self, value: Value) -> str | None:
        op = self.expr.makers.get(value)
        if op is not None and op.name == "undef":
            return None
        return self.expr(value)

    # one operation

    def op(self, op: Op, sweep: Sweep) -> list[str]:
        if len(op.results) == 1 and op.result in self.expr.folded:
            return []
        if isinstance(op, If) and self.is_expression(op):
            return self.assign(op)
        if isinstance(op, If):
            names = [self.expr.names[result] for result in op.results]
            return self.branch(op, sweep, op.results, Tail(names))
        if isinstance(op, Loop):
            return self.loop(op, sweep)
        special = getattr(self, f"op_{op.name}", None)
        if special is not None:
            lines: list[str] = special(op)
            return lines
        return self.assign(op)

    def is_expression(self, op: If) -> bool:
        """Whether an ``if`` that the author wrote as an expression can still be written so."""
        made = [result for owned in op.blocks for inner in owned.ops for result in inner.results]
        return op.attrs.get("form") != "stmt" and len(op.results) == 1 and all(v in self.expr.folded for v in made)

    def assign(self, op: Op) -> list[str]:
        text, _ = self.expr.of(op)
        name = self.expr.names[op.result]
        if "note" in op.attrs:
            line, note = f"{name} = {text}", f"# {op.attrs['note']}"
            beside = f"{line}  {note}"
            return [beside] if len(beside) <= WIDTH - 3 * len(INDENT) else [note, line]  # it may stand in loops
        if op.attrs.get("augmented") and op.result.type.is_scalar and self.expr(op.operands[0]) == name:
            symbol = text.split(" ")[1] if op.name != "pow" else "**"
            return [f"{name} {symbol}= {self.expr(op.operands[1])}"]
        return [f"{name} = {text}"] if text != name else []

    def op_undef(self, op: Op) -> list[str]:
        return []

    def op_adjoint_of(self, op: Op) -> list[str]:
        return []

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
        _, text = self.signed(added, TERM)
        return [f"{name} = {self.expr(before, SUM)} {'-' if minus else '+'} {text}"]

    def signed(self, value: Value, least: int = 0) -> tuple[bool, str]:
        """Whether a value is a negation, and the text without it."""
        op = self.expr.makers.get(value)
        if value in self.expr.folded and op is not None and op.name == "neg":
            return True, self.expr(op.operands[0], least or SUM)
        return False, self.expr(value, least)

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
        if maker.attrs.get("augmented"):
            name = place.removesuffix("[...]")
            if name != place and name.isidentifier() and self.expr(maker.operands[0]) == name:
                symbol = self.expr.of(maker)[0].removeprefix(f"{name} ").split(" ")[0]
                symbol = "**" if maker.name == "pow" else symbol
                return [f"{name} {symbol}= {self.expr(maker.operands[1])}", *self.rename(op)]
        if maker.attrs.get("augmented"):
            text, _ = self.expr.of(maker)
            before = f"{place} "
            if text.startswith(before):
                symbol, rest = text[len(before) :].split(" ", 1)
                if self.expr.makers[maker.operands[0]].name == "getitem":
                    rest = self.expr(maker.operands[1])
                    return [f"{place} {symbol}= {rest}", *self.rename(op)]
        return [f"{place} = {self.expr(value)}", *self.rename(op)]

    def rename(self, op: Op) -> list[str]:
        before, after = self.expr(op.operands[0]), self.expr.names[op.result]
        return [] if before == after else [f"{after} = {before}"]

    def op_written(self, op: Op) -> list[str]:
        return self.rename(op)

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

    def op_put(self, op: Op) -> list[str]:
        before, value = op.operands
        name, text = self.expr.names[op.result], self.expr(before)
        index: int = op.attrs["index"]
        if name == text and op.attrs.get("in_place"):
            return [f"{part(name, op.result.type, index)} = {self.expr(value)}"]
        return [f"{name} = {replaced(text, before.type, op.result.type, index, self.expr(value))}"]

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
                return [
                    f"{self.expr.names[op.result]} = {' + '.join(changed if part is None else part for part in rest)}"
                ]
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

    def op_restore(self, op: Op) -> list[str]:
        if "helper" in op.attrs:
            return [self.helped(op)]
        array, value, *indices = op.operands
        if op.origin is not None and op.origin.name == "shorten":
            return [f"{self.expr(array)}.append({self.expr(value)})"]
        return [f"{self.expr.target(array, indices)} = {self.expr(value)}"]

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

    def op_call_forward(self, op: Op) -> list[str]:
        return self.pair_call(op)

    def op_call_reverse(self, op: Op) -> list[str]:
        return self.pair_call(op)

    def op_call_tangent(self, op: Op) -> list[str]:
        return self.pair_call(op)

    def op_call_rule(self, op: Op) -> list[str]:
        text = ", ".join(self.expr.names[result] if result in self.used else "_" for result in op.results)
        return [f"{text} = {self.expr.of(op)[0]}"]

    def pair_call(self, op: Op) -> list[str]:
        results = [result for result in op.results if has_adjoint(result)]
        text = ", ".join(self.expr.names[result] if result in self.used else "_" for result in results)
        return [f"{text} = {self.expr.generated_call(op)}" if results else self.expr.generated_call(op)]

    # control flow

    def branch(self, op: If, sweep: Sweep, yields: list[Value], tail: Tail) -> list[str]:
        """An ``if`` whose branches hand ``yields`` on, the operation's own results replaced by theirs."""
        parts = []
        for owned in op.blocks:
            inner = dict(zip(op.results, owned.yields, strict=True))
            values = [inner.get(value, value) for value in yields]
            parts.append(self.block(Block([], owned.ops, values), sweep, tail))
        then, orelse = parts
        condition = self.expr(op.operands[0])
        if not then and not orelse:
            return []
        if not then:
            return [f"if {self.negated(op.operands[0])}:", *indent(orelse)]
        lines = [f"if {condition}:", *indent(then)]
        if not orelse:
            return lines
        if then[-1] in ("break",):
            return lines + orelse
        # The author's comments stand above an `elif`, too; what quotes a statement stands in a branch.
        above = [] if sweep.quotes else list(takewhile(lambda line: line.startswith("#"), orelse))
        rest = orelse[len(above) :]
        if self.is_chain(rest):
            return [*lines, *above, f"el{rest[0]}", *rest[1:]]
        return [*lines, "else:", *indent(orelse)]

    def is_chain(self, lines: list[str]) -> bool:
        """Whether the lines are one ``if`` statement."""
        heads = [line for line in lines if line and not line.startswith((" ", "else:", "elif ", "#"))]
        return len(heads) == 1 and lines[0].startswith("if ")

    def negated(self, condition: Value) -> str:
        opposite = {"lt": ">=", "gt": "<=", "le": ">", "ge": "<", "eq": "!=", "ne": "=="}
        op = self.expr.makers.get(condition)
        if condition in self.expr.folded and op is not None and op.name in ("eq", "ne", "lt", "gt", "le", "ge"):
            exact = op.name in ("eq", "ne") or all(value.type.kind in ("int", "bool") for value in op.operands)
            if exact:  # the others are not opposites where a value is nan
                return f"{self.expr(op.operands[0], SUM)} {opposite[op.name]} {self.expr(op.operands[1], SUM)}"
        if condition in self.expr.folded and op is not None and op.name == "not":
            return self.expr(op.operands[0])
        return f"not {self.expr(condition, ATOM if condition in self.expr.folded else NOT)}"

    def loop(self, op: Loop, sweep: Sweep) -> list[str]:
        names = [self.expr.names[value] for value in op.carried]
        ends = [(self.expr.names[result], value) for result, value in zip(op.results, op.carried, strict=True)]
        after = self.copies(ends)
        tail = Tail(names, op.stops)
        head, body = self.while_(op, sweep, tail) if isinstance(op, While) else self.for_(op, sweep, tail)
        return [head, *indent(body), *after]

    def entry(self, op: Loop) -> list[str]:
        """What a loop carries, before its first turn."""
        return self.copies([(self.expr.names[arg], init) for arg, init in zip(op.carried, op.inits, strict=True)])

    def for_(self, op: Loop, sweep: Sweep, tail: Tail) -> tuple[str, list[str]]:
        elements = by_elements(op, self.expr) if op.origin is None else None
        over, reads = elements or (f"{self.expr.names[op.body.args[0]]} in range({self.range(op)})", [])
        fused, sweep.fused = sweep.fused, sweep.fused or "fused" in op.attrs
        body = self.block(Block([], [each for each in op.body.ops if each not in reads], op.body.yields), sweep, tail)
        sweep.fused = fused
        return f"for {over}:", body or ["pass"]

    def while_(self, op: While, sweep: Sweep, tail: Tail) -> tuple[str, list[str]]:
        test = self.ops(op.test.ops, sweep)
        condition = self.expr(op.test.yields[0])
        body = self.block(op.body, sweep, tail)
        if test:
            return "while True:", [*test, f"if not ({condition}):", f"{INDENT}break", *body]
        return f"while {condition}:", body or ["pass"]

    def range(self, op: Loop) -> str:
        start, stop, step = (self.expr(value) for value in op.operands[:3])
        if step == "1":
            return stop if start == "0" else f"{start}, {stop}"
        return f"{start}, {stop}, {step}"


def as_written(lines: list[str], stmt: Statement) -> list[str]:
    """The author's own lines, if ``lines`` say the same; what he returns has a name."""
    if len(lines) != 1 or not stmt.lines or lines[0] == stmt.lines[0]:
        return lines
    made, written, name = lines[0], "\n".join(stmt.lines), ""
    named = re.match(r"\w+ = ", made)
    if named is not None and written.startswith("return "):
        name = named[0]
        made, written = made.removeprefix(name), written.removeprefix("return ")
    if not set(_NAME.findall(made)) <= set(_NAME.findall(written)) or _parsed(made) != _parsed(written):
        return lines
    return list(map(Written, f"{name}{written}".splitlines()))


@lru_cache(maxsize=64)
def _parsed(text: str) -> str:
    """The syntax tree; a statement's is compared with that of each of its parts."""
    return ast.dump(ast.parse(text))


def indent(lines: list[str]) -> list[str]:
    return [type(line)(f"{INDENT}{line}") if line else line for line in lines]
