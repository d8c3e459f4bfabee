"""SSA to Python statements and comments.

Before: ``%v = mul %x1, %x2 …; %x1_bar = mul %x2, %v_bar``.
After: ``v = x1 * x2``, then under the comment ``# v = x1 * x2`` the line ``x1_bar = x2 * v_bar``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile

from sct.backend.authored import as_written, in_one
from sct.backend.iteration import by_elements
from sct.backend.operands import ATOM, NOT, SUM
from sct.backend.statements import Statements
from sct.backend.wrapping import INDENT, indent
from sct.ir.nodes import Block, Hook, If, Loop, Op, Statement, Value, While
from sct.transform.derived import reverse_start


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


class Emitter(Statements):
    """Writes blocks as lines of Python."""

    def ops(self, ops: list[Op], sweep: Sweep, ends: tuple[If, list[Value], Tail] | None = None) -> list[str]:
        """The lines of operations; ``ends`` is the last one, if it is a branch that hands values on itself."""
        lines: list[str] = []
        whole: list[str] = []
        last: tuple[Statement, bool] | None = None
        begins = 0
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
            begins = len(lines) if stmt is None or (stmt, quoted) != last else begins
            if stmt is not None:
                last = (stmt, quoted)
            lines += new
            if stmt is not None and not quoted and not op.blocks:
                lines[begins:] = in_one(lines[begins:], stmt)
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
                pairs = [] if tail.stops else list(zip(tail.names, yields, strict=True))
                others = self.same_in_both(branch, pairs)
                if others:
                    own = [pair for pair in pairs if pair not in others]
                    yields, tail = [value for _, value in own], Tail([name for name, _ in own])
                return self.ops(block.ops, sweep, (branch, yields, tail)) + self.copies(others)
        return self.ops(block.ops, sweep) + self.hand_on(yields, tail)

    def same_in_both(self, branch: If, pairs: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
        """What is handed on behind a last `if`: it is no result of it, and reads no variable that it sets."""
        results = {name for name, value in pairs if value in branch.results}
        others = [pair for pair in pairs if pair[0] not in results]
        return others if results.isdisjoint(name for _, value in others for name in self.read(value)) else []

    def hand_on(self, yields: list[Value], tail: Tail) -> list[str]:
        values = yields[1:] if tail.stops else yields
        lines = self.copies(list(zip(tail.names, values, strict=True)))
        if not tail.stops:
            return lines
        op = self.expr.makers.get(yields[0])
        if op is not None and op.name == "const":
            return [*lines, "break"] if op.attrs["value"] else lines
        return [*lines, f"if {self.expr(yields[0])}:", f"{INDENT}break"]

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

    # control flow

    def branch(self, op: If, sweep: Sweep, yields: list[Value], tail: Tail) -> list[str]:
        """An ``if`` whose branches hand ``yields`` on, the operation's own results replaced by theirs."""
        parts = []
        for owned in op.blocks:
            inner = dict(zip(op.results, owned.yields, strict=True))
            values = [inner.get(value, value) for value in yields]
            with self.expr.under(op.operands[0], holds=owned is op.then):
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
        turns = f"reversed(range({self.range(op)}))" if op.attrs.get("reversed") else f"range({self.range(op)})"
        over, reads = elements or (f"{self.expr.names[op.body.args[0]]} in {turns}", [])
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
