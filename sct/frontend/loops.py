"""Loops to SSA.

Before: ``for i, w in enumerate(u): total += w``.
After: ``%total = for %i in 0, len(%u), 1 (%total0) { %w = getitem %u, %i; …; yield %total2 }``: every loop counts, and
carries what its body binds.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from sct.frontend.flow import Exit, Nodes, otherwise
from sct.frontend.iterables import Iterables, Rows
from sct.frontend.phis import RESULT, RETURNED, Environment, Group
from sct.frontend.scan import assigned, breaks, jumps, named, returns, written
from sct.frontend.scopes import FunctionValue, spelled
from sct.ir.nodes import Block, For, Value, While

Iteration = tuple[list[Value], Value, Callable[[Value], None]]


class Loops(Iterables):
    """Lowers the loops of one function; its statements are for a subclass."""

    def do_For(self, node: cst.For) -> None:
        if node.asynchronous is not None:
            raise self.refuse(node, "an async loop is not supported", "make it a plain loop")
        self.go_over(node, self.iteration(node))

    def go_over(self, node: cst.For, found: Iteration | Rows) -> None:
        """The loop over what was found."""
        stmt = self.stmt
        if isinstance(found, Rows):
            self.unrolled(node, found)
            return
        bounds, index, bind = found

        def body(env: Environment, leave: Exit) -> tuple[Block, list[Value]]:
            block = Block([Value(hint=index.hint, temp=index.temp)])
            args = self.carry(env, leave)
            block.args += args
            self.block, self.stmt = block, stmt
            bind(block.args[0])
            block.yields = self.run(list(node.body.body), leave)
            return block, args

        self.loop(
            node,
            assigned([cst.Assign([cst.AssignTarget(node.target)], node.iter)]),
            body,
            lambda inits, results, block, _, stops: For(
                "for", [*bounds, *inits], results, {}, self.span(node), stmt, body=block, stops=stops
            ),
        )

    def unrolled(self, node: cst.For, found: Rows) -> None:
        """The body once for each row."""
        stmt = self.stmt
        for k, row in enumerate(found.rows):
            self.stmt = stmt
            with self.in_turn(k):
                self.bind_row(node.target, row, node.target)
                self.sequence_of(list(node.body.body))
        if node.orelse is not None and not jumps(node):
            self.sequence_of(otherwise(node))

    def iteration(self, node: cst.For) -> Iteration | Rows:
        """A loop's bounds, what its index is called, and what binds the loop's names to an index; or its rows."""
        forward, backward = self.called(node.iter, "range"), self.called(node.iter, "reversed")
        arguments = forward or (self.called(backward[0], "range") if backward else None)
        if arguments and isinstance(node.target, cst.Name):
            index_name = node.target.value
            bounds = self.bounds(arguments) if forward else self.bounds_backwards(arguments, node)
            return (
                bounds,
                Value(hint=spelled(index_name)),
                lambda index: self.env.update({self.scope.key(index_name): index}),
            )
        found = self.iterable(node.iter, node.target)
        if isinstance(found, Rows) and (not found.rows or not jumps(node.body)):
            return found
        indexed = self.by_index(found, node.iter)
        stop = indexed.lengths[0]
        for other in indexed.lengths[1:]:
            stop = self.emit("minimum", [stop, other], node.iter, style="call", lib="builtins")
            stop.temp = "count"
        counted = self.called(node.iter, "enumerate")
        first_name: str | None = None
        if counted is not None and len(counted) == 1 and isinstance(node.target, cst.Tuple):
            first = node.target.elements[0].value
            first_name = first.value if isinstance(first, cst.Name) else None
        named = min(assigned([cst.Assign([cst.AssignTarget(node.target)], node.iter)]), default="loop")
        bounds = [self.const(0), stop, self.const(1)]
        index = Value(hint=first_name, temp=f"{spelled(named)}_index")
        return bounds, index, lambda index: self.bind_row(node.target, indexed.at(index), node.target)

    def bounds(self, arguments: list[cst.BaseExpression]) -> list[Value]:
        """Start, stop and step of a range."""
        values = [self.value(argument) for argument in arguments]
        if len(values) == 1:
            values = [self.const(0), *values]
        return values if len(values) == 3 else [*values, self.const(1)]

    def bounds_backwards(self, arguments: list[cst.BaseExpression], node: cst.For) -> list[Value]:
        """Start, stop and step of a range run backwards (see ``transform.ranges``)."""
        start, stop, step = self.bounds(arguments)

        def less(a: Value, b: Value) -> Value:
            return self.emit("sub", [a, b], node.iter, style="operator")

        try:
            size = self.source.literal(arguments[2]) if len(arguments) == 3 else 1
        except (ValueError, TypeError, SyntaxError):  # it is known when the loop runs
            is_up = self.emit("gt", [step, self.const(0)], node.iter, style="operator")
            unit = self.choice(node.iter, "ternary", is_up, lambda: self.const(1), lambda: self.const(-1))
            unit.temp = "sign"
            reach = self.emit("floordiv", [less(less(stop, start), unit), step], node.iter, style="operator")
            last = self.emit("mul", [reach, step], node.iter, style="operator")
            last = self.emit("add", [start, last], node.iter, style="operator")
            return [last, less(start, unit), self.emit("neg", [step], node.iter, style="operator")]
        if type(size) is not int or size == 0:
            raise self.refuse(node.iter, "the step of this range is no whole number, or 0", "step by 1 or more")
        sign = 1 if size > 0 else -1
        if abs(size) == 1:
            last = less(stop, self.const(size))
        else:
            reach = self.emit(
                "floordiv", [less(less(stop, start), self.const(sign)), step], node.iter, style="operator"
            )
            last = self.emit("mul", [reach, step], node.iter, style="operator")
            last = last if len(arguments) == 1 else self.emit("add", [start, last], node.iter, style="operator")
        end = self.const(-sign) if len(arguments) == 1 else less(start, self.const(sign))
        return [last, end, self.const(-size)]

    def do_While(self, node: cst.While) -> None:
        stmt = self.stmt
        binds = named(node) | self.changed_by(node.test)
        tests: list[Block] = []

        def body(env: Environment, leave: Exit) -> tuple[Block, list[Value]]:
            test = Block()
            test.args = self.carry(env, leave)
            self.block, self.stmt = test, stmt
            test.yields = [self.const(True) if binds else self.test(node.test)]
            tests.append(test)
            block = Block()
            block.args = self.carry(env, leave)
            self.block = block
            block.yields = self.tested(node, leave) if binds else self.run(list(node.body.body), leave)
            return block, block.args

        self.loop(
            node,
            binds,
            body,
            lambda inits, results, block, _, stops: While(
                "while", inits, results, {}, self.span(node), stmt, test=tests[-1], body=block, stops=stops
            ),
        )

    def changed_by(self, test: cst.BaseExpression) -> set[str]:
        """The names of what a condition writes into, through what it calls: it is lowered for that alone."""
        block, env, before, problems = self.block, self.env, self.written, list(self.problems)
        self.block, self.env, self.written = Block(), dict(env), set()
        self.test(test)
        found = self.written | {name for name, value in env.items() if self.env.get(name) is not value}
        self.block, self.env, self.written, self.problems = block, env, before, problems
        return found

    def tested(self, node: cst.While, leave: Exit) -> list[Value]:
        """A turn that begins with the loop's test, which binds names or writes."""
        ends = self.emit("not", [self.test(node.test)], node.test, style="operator")
        body = list(node.body.body)
        return self.fork(ends, node, self.stmt, lambda: self.hand_on(leave, stop=True), lambda: self.run(body, leave))

    def carry(self, env: Environment, leave: Exit) -> list[Value]:
        """Arguments for the carried names."""
        self.env = dict(env)
        args = []
        for group in leave.groups or ():
            args.append(self.variable(group, env))
            self.env.update(dict.fromkeys(group, args[-1]))
        return args

    def loop(self, node: cst.For | cst.While, more: set[str], body, make) -> None:  # type: ignore[no-untyped-def]
        """Lower a loop; again with more carried names as long as its body turns out to change them."""
        outer, env = self.block, self.env
        may_return = returns(node.body)
        stops = may_return or breaks(node) or (isinstance(node, cst.While) and bool(more))
        broke = self.break_flag(node) if node.orelse is not None and breaks(node) else None
        flag = self.const(False) if may_return else None
        statements = list(node.body.body)
        names = {self.cell_of(name) for name in assigned(statements) | more}
        if broke is not None:
            env[broke] = self.const(False)
            names.add(broke)
        for name in written(statements, lambda update: self.span(update) in self.known.in_place):
            value = env.get(self.cell_of(name))
            names |= {other for other, known in env.items() if known is value}
        problems = list(self.problems)
        parted: set[str] = set()
        before, self.written = self.written, set()
        while True:
            groups = self.groups(names, parted, env)
            if may_return:
                groups = (*groups, (self.scope.own(RETURNED),), (self.scope.own(RESULT),))
            leave = Exit(groups, stops, may_return, broke)
            self.problems = list(problems)
            block, args = body(env, leave)
            known = {name for group in groups for name in group}
            changed = {name for name, value in env.items() if name in self.written or self.env.get(name) is not value}
            changed -= known
            own = {name for name in known - env.keys() if isinstance(self.env.get(name), FunctionValue)}
            if not changed and not own and not leave.parted:
                break
            names = (names | changed) - own  # a function or an object that each turn makes for itself
            parted.update(name for group in leave.parted for name in group)
        self.block, self.env, self.written = outer, env, self.written | before
        inits = []
        for name, *_ in groups:
            if name.startswith(RETURNED) and flag is not None:
                inits.append(flag)
            else:
                inits.append(env[name] if name in env else self.undef())
        results = [self.variable(group, env) for group in groups]
        self.block.ops.append(make(inits, results, block, args, stops))
        for group, result in zip(groups, results, strict=True):
            self.env.update(dict.fromkeys(group, result))
        if node.orelse is not None and not jumps(node):
            self.after(node, otherwise(node))

    def after(self, node: cst.For | cst.While, orelse: Nodes) -> None:
        """The ``else`` of a loop."""
        broke = self.env.pop(self.break_flag(node), None)
        if broke is None:
            self.sequence_of(orelse)
        else:
            stmt = self.source.statement(node, node, self.scope.name)
            self.either(node, stmt, broke, lambda: None, lambda: self.sequence_of(orelse))

    def cell_of(self, name: str) -> str:
        """What a write into ``name`` gives a new value: the name, or the array that it is a view of."""
        key = self.scope.key(name)
        view = self.views.get(self.env[key]) if key in self.env else None
        return key if view is None else view.key

    def groups(self, names: set[str], parted: set[str], env: Environment) -> tuple[Group, ...]:
        """The carried names; those of one value before the loop together, unless they are known to part."""
        found: dict[object, list[str]] = {}
        for name in sorted(names, key=self.order):
            key = name if name in parted or name not in env else env[name]
            found.setdefault(key, []).append(name)
        return tuple(map(tuple, found.values()))

    def order(self, name: str) -> tuple[int, str]:
        known = list(self.env)
        return (known.index(name) if name in known else len(known), name)
