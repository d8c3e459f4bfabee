"""The two sweeps of a function, and what is known of its values in both."""

from __future__ import annotations

from collections.abc import Hashable

from sct.analysis.liveness import asked
from sct.analysis.settled import Settled
from sct.analysis.sharing import Sharing
from sct.analysis.storage import Storages
from sct.analysis.varying import steady_dims
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.phis import goes_on
from sct.rules.table import lookup
from sct.transform.contributions import refused
from sct.transform.readback import add_reads
from sct.transform.residuals.costs import LONG
from sct.transform.residuals.first_uses import FirstUses
from sct.transform.transpose import Adjoint
from sct.transform.unbound import unbound

_AGAIN = frozenset({"const", "global", "tuple", "item", "part", "put", "rebuild", "slice", "step", "getitem", "bind"})


class Sweeps:
    """The blocks of both sweeps, which block runs which backwards, and the storages."""

    def __init__(self, adjoint: Adjoint, apart: bool, typed: bool) -> None:
        self.adjoint = adjoint
        self.apart = apart
        self.typed = typed
        self.handed: set[Value] = set()
        self.undone: set[Op] = set()
        self.shown: set[Value] = set()
        self.seen: set[tuple[Op | None, Value]] = set()
        self.kept: set[tuple[Op | None, Value]] = set()  # by callees, in their residuals
        self.saved_copies: set[Op] = set()
        self.remade: dict[Value, Op] = {}
        self.twins: dict[Hashable, Op] = {}
        self.first_uses: dict[Block, FirstUses] = {}
        self._numbers: dict[Value, Hashable] = {}
        self._keys: dict[Hashable, int] = {}
        self.body = adjoint.fn.body
        self.forward = self.body.ops[: adjoint.boundary]
        self.reads = add_reads(self.forward)
        self.held: dict[Value, Value] = {}
        self.reverse = self.body.ops[adjoint.boundary :]
        self.home: dict[Value, Block] = {}
        self.order: dict[Value, int] = {}
        self.maker: dict[Value, Op] = {}
        self.owner: dict[Block, Op] = {}
        self.parent: dict[Block, Block] = {}
        self.place: dict[Op, Block] = {}
        self.loose = unbound(Block(ops=self.forward))
        self._index(self.body, self.forward)
        self.sharing = Sharing(Function(adjoint.fn.name, Block(adjoint.fn.params, self.forward), [], adjoint.fn.span))
        self.storages = Storages(adjoint.fn, self.forward, self.sharing)
        params = adjoint.fn.params[: len(adjoint.fn.param_names)]  # a seed has the value's size, which may vary
        self._steady = steady_dims(Block(params, self.forward))
        self._settled = Settled(Block(adjoint.fn.params, self.forward))
        self._last_reads: dict[Op, bool] = {}
        self.steady: dict[Value, bool] = {}
        self.writes: dict[Value, list[Op]] = {}  # by the storage that is written into
        self.stores: dict[Value, list[Op]] = {}  # by the version that is overwritten
        for op in Block(ops=self.forward).walk():
            if op.name in WRITES and self.storages.is_loose(op.result) and self.sharing.was_listed(op.operands[0]):
                reason = "this writes into what was taken out of a list, or into another array: which one is not known"
                raise refused(op, reason, "copy it (`.copy()`) when it is taken out of the list")
            if op.name in WRITES and (storage := self.storages.of(op.result)) is not None:
                self.writes.setdefault(storage, []).append(op)
                self.stores.setdefault(op.operands[0], []).append(op)
        self.popped = {s for s, stores in self.writes.items() if self.sharing.was_listed(stores[0].operands[0])}
        self.instead: dict[Block, dict[Value, Value]] = {self.body: {}}
        self.up: dict[Block, Block] = {}
        self.overwritten: dict[Value, Value] = {}
        self.provided: set[Value] = set()  # what the reverse sweep has without computing it again
        self.carries: dict[Value, tuple[Value, Value]] = {}  # what a turn starts with, and the reverse loop carries
        self.retraced: dict[Value, Value] = {}  # what turns make of the integers that they begin with
        self.lasts: dict[Value, Value] = {}
        self.tapes: dict[tuple[Value, int | None], Op] = {}

    def _index(self, block: Block, ops: list[Op]) -> None:
        for arg in block.args:
            self.home[arg] = block
        for op in ops:
            self.place[op] = block
            for result in op.results:
                self.home[result] = block
                self.maker[result] = op
            for owned in op.blocks:
                self.owner[owned] = op
                self.parent[owned] = block
                self._index(owned, owned.ops)

    def mirror(self, block: Block) -> Block:
        return self.body if block is self.body else self.adjoint.mirrors[block]

    def region(self, block: Block) -> Block:
        """The loop body, or the function's, that a forward block runs in."""
        while block is not self.body and isinstance(self.owner[block], If):
            block = self.parent[block]
        return block

    def _climb(self, block: Block, ops: list[Op]) -> None:
        for op in ops:
            for owned in op.blocks:
                self.up[owned] = block
                self._climb(owned, owned.ops)

    def at_home(self, value: Value, block: Block) -> Block | None:
        """The reverse block, ``block`` or one around it, that runs ``value``'s home backwards."""
        home = self.home.get(value)
        while home is not None:
            if self.mirror(block) is home:
                return block
            if block is self.body:
                return None
            block = self.up[block]
        return None

    def _reverse_blocks(self) -> list[tuple[Block, list[Op]]]:
        return [(self.body, self.reverse), *((block, block.ops) for block in self.up)]

    def _outward(self, block: Block) -> list[Block]:
        found = [block]
        while block is not self.body:
            block = self.up[block]
            found.append(block)
        return found

    def _origin_of_block(self, block: Block) -> Op:
        return self.owner[self.adjoint.mirrors[block]]

    def _shaped_as(self, value: Value, is_left: bool = False) -> Value:
        """A value of the same shape and kind that is at hand anyway; of one that ``is_left``, one with a name."""
        bound = self.home.get(value, self.body) is self.body and not self.may_be_unbound(value)
        if value.type.shape is None or bound:
            return value
        top = [v for v in self.home if self.home[v] is self.body and v.type.is_array]
        top = [v for v in top if not self.may_be_unbound(v)]
        alike = [v for v in top if v.type.shape == value.type.shape and v.type.dtype == value.type.dtype]
        named = [v for v in alike if v.hint == value.hint]
        by_the_author = [v for v in alike if v.hint is not None]
        temporary = alike if value.hint is None or not is_left else []
        return (named or by_the_author or temporary or [self._left_by_loop(value) or value])[-1]

    def _left_by_loop(self, carried: Value) -> Value | None:
        """What a loop of the function's own block leaves of a value that it carries: bound, once there was a turn."""
        loop = self.owner.get(self.home.get(carried, self.body))
        if not isinstance(loop, Loop) or carried not in loop.carried:
            return None
        left = loop.results[loop.carried.index(carried)]
        return left if self.home[left] is self.body and left.type.shape == carried.type.shape else None

    def left(self, op: Op) -> Value | None:
        """What an operation asks for a shape that the value has in every turn of a loop: the last one's will do.

        It is bound where the reverse of a turn runs, but not where a function hands over what its other sweep needs.
        """
        k = None if self.apart else self.asked(op)
        value = None if k is None else op.operands[k]
        if value is None or value not in self.home or value.type.shape is None or self.storages.of(value) is not None:
            return None
        return value if self._in_turn(value) else None

    def _in_turn(self, value: Value) -> bool:
        """Whether a value is made in the turn of a loop, and not where that asks for another one."""
        home, inside = self.home[value], False
        while home is not self.body:
            owner = self.owner[home]
            if isinstance(owner, While) and home is owner.test:
                return False
            inside |= isinstance(owner, Loop)
            home = self.parent[home]
        return inside

    def may_be_unbound(self, value: Value) -> bool:
        """Whether the author's name for the value is bound on some paths only."""
        op = self.maker.get(value)
        if value.type.kind == "undef" or op is None:
            return value.type.kind == "undef"
        k = op.results.index(value)
        if isinstance(op, If):
            return any(self.may_be_unbound(block.yields[k]) for block in goes_on(op))
        if not isinstance(op, Loop):
            return False
        return self.may_be_unbound(op.nexts[k] if op.attrs.get("entered") else op.inits[k])

    def asked(self, op: Op) -> int | None:
        """Which operand an operation asks for its shape only, if it is an array that has it in every turn."""
        k = asked(op)
        return None if k is None or self._is_resized(op.operands[k]) else k

    def contents(self, op: Op) -> list[Value]:
        """The operands of which an operation reads more than the shape, and what that shape depends on."""
        k = asked(op)
        if k is None:
            return op.operands
        others = [*op.operands[:k], *op.operands[k + 1 :]]
        return others if self.asked(op) is not None else [*others, *self._sizing(op.operands[k])]

    def _sizing(self, value: Value) -> list[Value]:
        """What has to be read for the shape of a value: that of an array is there whatever was written."""
        op = self.maker.get(value)
        if self.storages.of(value) is not None or op is None or not self._again(value):
            return []
        row = lookup(op.name)
        if op.name == "getitem" and not any(index.type.is_array for index in op.operands[1:]):
            return [*self._sizing(op.operands[0]), *op.operands[1:]]
        if row is not None and row.elementwise:
            return [found for operand in op.operands for found in self._sizing(operand)]
        return [value]

    def _is_resized(self, value: Value) -> bool:
        """Whether a value of a loop may have another shape in another turn."""
        storage = self.storages.of(value)
        made = value if storage is None else storage
        if made not in self.home or self.region(self.home[made]) is self.body or not made.type.is_array:
            return False
        shape = value.type.shape
        if shape is None:
            return True
        return any(isinstance(dim, str) and dim.startswith("?") and dim not in self._steady for dim in shape)

    def _read(self, op: Op) -> list[Value]:
        """What the operation reads when it is computed again."""
        found, k = [self.held.get(value, value) for value in op.operands], self.asked(op)
        if k is not None:  # an array that is stored into keeps its name, and its shape
            shown = op.operands[k]
            found[k] = shown if self.storages.of(shown) is not None else self._shaped_as(shown)
        return found

    def _again(self, value: Value) -> bool:
        """Whether the operation that makes ``value`` is worth computing again."""
        op = self.maker[value]
        if op.attrs.get("saved") or op in self.saved_copies or op.blocks or self.storages.of(value) is not None:
            return False
        if self.apart and op.name in LONG and value.type.is_array and self.region(self.home[value]) is self.body:
            return False  # what a callee hands its reverse is not copied
        row = lookup(op.name)
        return op.name in _AGAIN or (row is not None and row.cheap)

    def _in_frame(self, value: Value) -> bool:
        """Whether the value is simply still there: made outside every loop, and no view of a storage."""
        return self.region(self.home[value]) is self.body and not self.storages.is_view(value)

    def _storage(self, value: Value) -> Value | None:
        return self.storages.of(self.storages.viewed(value) or value)

    def is_settled(self, op: Op) -> bool:
        """Whether the operation reads elements of an array that nothing writes afterwards."""
        array = op.operands[0] if op.name == "getitem" and op.operands[0].type.is_array else None
        storage = None if array is None else self.storages.of(array)
        if storage is None:
            return False
        if op not in self._last_reads:
            self._last_reads[op] = self._settled(op, self.writes[storage])
        return self._last_reads[op]

    def _number(self, value: Value) -> Hashable:
        """What is equal for values that are surely equal: constants, and sums, differences and slices of these."""
        if value not in self._numbers:
            op, key = self.maker.get(value) or self.remade.get(value), tuple[Hashable, ...]()
            if op is not None and op.name == "const":
                key = op.name, op.attrs["value"]
            elif op is not None and op.name in ("slice", "add", "sub"):
                key = op.name, *map(self._number, op.operands)
            self._numbers[value] = self._keys.setdefault(key, len(self._keys)) if key else value
        return self._numbers[value]

    def _alike_places(self, a: list[Value], b: list[Value]) -> bool:
        return list(map(self._number, a)) == list(map(self._number, b))
