"""Structures of the function's own whose arrays are written into, taken apart: each part is a variable.

Before: ``%s = tuple %h, %k; %h0 = item %s 0; %h1 = store %h0, %v, %i; %s1 = put %s, %h1 0``.
After: ``%h1 = store %h, %v, %i``, and ``%h1`` stands for the first part of ``%s1``.

On paper an array in a structure and the array that was put there are two; taken apart, they are one, as at run time.
A structure stays whole where something else may hold it, or where the caller made it: then such a write is refused
(`sct.analysis.alias`).
"""

from __future__ import annotations

from collections.abc import Iterator

from sct.analysis.liveness import bits, walk_liveness
from sct.analysis.sharing import Sharing
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.phis import phis
from sct.ir.types import Type

Parts = list[Value]


def take_apart(fn: Function) -> None:
    """Take those structures apart, the outer ones first."""
    while group := next((found for found in _groups(fn) if _is_own(fn, found)), None):
        _Apart(fn, group).run()


def read_parts(fn: Function) -> None:
    """Read a part of what was made anew, for a call that is lowered in line by now, where it is."""
    makers = {op.result: op for op in fn.body.walk() if op.name == "tuple" and op.attrs.get("apart")}
    instead = Instead()
    for op in fn.body.walk() if makers else ():
        if op.name == "item" and op.operands[0] in makers:
            instead[op.result] = makers[op.operands[0]].operands[op.attrs["index"]]
    instead.drop(fn.body)


def _groups(fn: Function) -> list[set[Value]]:
    """The versions of each structure, and what branches and loops make of it, if an array in it is written into."""
    group: dict[Value, set[Value]] = {}
    for values in _versions(fn):
        together = set().union(*(group.get(value, {value}) for value in values))
        group.update(dict.fromkeys(together, together))
    written = [op.result for op in fn.body.walk() if op.name == "put" and op.attrs.get("back")]
    return [group[value] for value in written]


def _versions(fn: Function) -> Iterator[list[Value]]:
    for op in fn.body.walk():
        if op.name == "put":
            yield [op.operands[0], op.result]
    yield from ([value, *sources] for value, sources in phis(fn.body))


def _is_own(fn: Function, group: set[Value]) -> bool:
    """Whether all versions are made here, of the same parts, and nothing else holds one where it changes."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    made = {v for v in group if (op := makers.get(v)) and op.name in ("tuple", "undef", "call")}
    sources = {value for value in group if value in makers and not makers[value].blocks and makers[value].name != "put"}
    shapes = {(value.type.form, len(value.type.items)) for value in group if value.type.kind != "undef"}
    if sources - made or len(shapes) != 1 or not group.isdisjoint([*fn.params, *fn.body.yields[1:]]):
        return False
    return all(_is_part_of(op, group) for op in fn.body.walk()) and not _is_seen(fn, group)


def _is_part_of(op: Op, group: set[Value]) -> bool:
    """Whether the operation uses a structure of the group for its parts only, or reads it as a whole."""
    if isinstance(op, If | Loop) or group.isdisjoint(op.operands):
        return True
    if op.name in ("item", "put"):
        return group.isdisjoint(op.operands[1:])
    reads = op.name == "call" and "summary" in op.attrs and (op.result.type.is_scalar or op.result.type.is_array)
    return reads and not any(op.operands[k] in group for k in op.attrs["summary"].writes)


def _is_seen(fn: Function, group: set[Value]) -> bool:
    """Whether another name may stand for a structure of the group where a part of it changes."""
    sharing, seen = Sharing(fn), list[Value]()

    def visit(place: Op | Block, _: object, live: int) -> None:
        if isinstance(place, Op) and place.name == "put" and place.operands[0] in group:
            written = place.operands[0]
            seen.extend(sharing.among(live & ~bits([place.result], sharing.order), written, written.type))

    walk_liveness(fn, sharing.order, visit)
    return bool(seen)


class _Apart:
    def __init__(self, fn: Function, group: set[Value]) -> None:
        self.fn = fn
        self.group = group
        self.parts: dict[Value, Parts] = {}
        self.instead = Instead()
        self.type = next(value.type for value in group if value.type.kind != "undef")
        self.taken = {v.hint for op in fn.body.walk() for v in op.results} | set(fn.param_names)

    def run(self) -> None:
        body = self.fn.body
        self.block(body)
        if body.yields[0] in self.group:
            body.yields[:1], made = self.whole(body.yields[:1], None)
            body.ops += made
        self.instead.substitute(self.fn.body)

    def block(self, block: Block) -> None:
        ops: list[Op] = []
        for op in block.ops:
            ops += self.op(op)
        block.ops = ops

    def op(self, op: Op) -> list[Op]:
        """What stands for an operation."""
        if isinstance(op, If):
            return [self.branch(op)]
        if isinstance(op, Loop):
            return [self.loop(op)]
        if self.group.isdisjoint([*op.operands, *op.results]):
            for owned in op.blocks:
                self.block(owned)
            return [op]
        if op.name == "undef":
            self.parts[op.result] = [op.result] * len(self.type.items)
            return [op]
        if op.name == "tuple":
            self.parts[op.result] = [self.named(v, op.result, k) for k, v in enumerate(op.operands)]
            return []
        if op.name == "call" and op.result in self.group:
            return self.call(op)
        if op.name == "item":
            self.instead[op.result] = self.parts[op.operands[0]][op.attrs["index"]]
            return []
        if op.name == "put":
            return self.put(op)
        op.operands, made = self.whole(op.operands, op)
        return [*made, op]

    def whole(self, values: list[Value], reader: Op | None) -> tuple[list[Value], list[Op]]:
        """The values, with structures that are made anew of their parts; and what makes these."""
        made, found = list[Op](), list[Value]()
        for value in values:
            if value in self.group:
                span, stmt = (None, None) if reader is None else (reader.span, reader.stmt)
                made.append(
                    Op(
                        "tuple",
                        self.parts[value],
                        [Value(value.type)],
                        {"form": value.type.form, "apart": True},
                        span,
                        stmt,
                    )
                )
            found.append(made[-1].result if value in self.group else value)
        return found, made

    def call(self, op: Op) -> list[Op]:
        """A call that makes the structure, and its parts."""
        parts = [self.named(Value(type_), op.result, k) for k, type_ in enumerate(op.result.type.items)]
        self.parts[op.result] = parts
        items = [Op("item", [op.result], [part], {"index": k}, op.span, op.stmt) for k, part in enumerate(parts)]
        return [op, *items]

    def put(self, op: Op) -> list[Op]:
        """Another part; the ``x.h += …`` of an array writes into it."""
        before, value = op.operands
        parts, index, made = list(self.parts[before]), op.attrs["index"], list[Op]()
        if op.attrs.get("update") and value.type.is_array:
            every = Op("const", [], [Value(Type("ellipsis"))], {"value": ..., "text": "..."}, op.span, op.stmt)
            store = Op(
                "store", [parts[index], value, every.result], [Value(value.type)], {"authored": True}, op.span, op.stmt
            )
            made, value = [every, store], store.result
            value.hint = parts[index].hint
        parts[index] = value if op.attrs.get("back") else self.named(value, op.result, index)
        self.parts[op.result] = parts
        return made

    def branch(self, op: If) -> If:
        for owned in op.blocks:
            self.block(owned)
        for k in reversed([k for k, result in enumerate(op.results) if result in self.group]):
            self.parts[op.results[k]] = fresh = self.fresh(op.results[k])
            op.results[k : k + 1] = fresh
            for owned in op.blocks:
                owned.yields[k : k + 1] = self.parts[owned.yields[k]]
        return op

    def loop(self, op: Loop) -> Loop:
        carried = [k for k, value in enumerate(op.carried) if value in self.group]
        columns = [op.body.args, *([op.test.args] if isinstance(op, While) else [])]
        first = len(op.body.args) - len(op.results)
        for args in columns:
            start = first if args is op.body.args else 0
            for k in reversed(carried):
                self.parts[args[start + k]] = fresh = self.fresh(args[start + k])
                args[start + k : start + k + 1] = fresh
        for owned in op.blocks:
            self.block(owned)
        for k in reversed(carried):
            init, following = len(op.operands) - len(op.results) + k, len(op.body.yields) - len(op.results) + k
            op.operands[init : init + 1] = self.parts[op.operands[init]]
            op.body.yields[following : following + 1] = self.parts[op.body.yields[following]]
            self.parts[op.results[k]] = fresh = self.fresh(op.results[k])
            op.results[k : k + 1] = fresh
        return op

    def fresh(self, of: Value) -> Parts:
        """Values for the parts of what a branch or a loop hands on."""
        return [self.named(Value(type_), of, k) for k, type_ in enumerate(of.type.items)]

    def named(self, part: Value, of: Value, index: int) -> Value:
        """A part without a name of its own, called after the structure: ``s_h``."""
        form = self.type.form
        label = form.words[index] if form is not None and form.labels else str(index)
        if part.hint is None and of.hint is not None and label.isidentifier():
            part.hint = f"{of.hint}_{label}"
            while part.hint in self.taken:
                part.hint += "_"
        return part
