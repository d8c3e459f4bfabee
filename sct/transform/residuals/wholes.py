"""Saves an array that a callee overwrites part by part as a whole, where only the caller may see what was there.

Before: ``push %p_saved, %old`` for every write of a loop; the reverse sweep writes each part back.
After: ``%p_old = copy %p`` before the first write, and ``restore %p, %p_old, ...`` at the end of the reverse sweep.
"""

from __future__ import annotations

from sct.ir.nodes import Op, Value
from sct.ir.types import Type
from sct.transform.residuals.recomputing import Recomputing


class Wholes(Recomputing):
    """What a callee brings back for its caller alone."""

    def _may_be_whole(self) -> dict[Value, int]:
        """The storages that may be, by the parameters that they are of: those that a loop writes into."""
        fn, found = self.adjoint.fn, dict[Value, int]()
        for k in fn.hands_back:
            storage = self.storages.of(fn.params[k]) if fn.params[k].type.is_array else None
            writes = self.writes.get(storage, []) if storage is not None else []
            looped = any(self.region(self.place[op]) is not self.body for op in writes)
            if storage is not None and looped and all(op.name == "store" for op in writes):
                found[storage] = k
        return found

    def _save_wholes(self, wholes: dict[Value, int]) -> None:
        fn, body = self.adjoint.fn, self.body
        for storage, k in wholes.items():
            first = self.writes[storage][0]
            old = Value(fn.params[k].type, temp=f"{fn.param_names[k]}_old")
            attrs = {"lib": "numpy", "style": "method", "saved": fn.param_names[k]}
            copy = Op("copy", [fn.params[k]], [old], attrs, first.span, None)
            body.ops.insert(0, copy)
            self.adjoint.boundary += 1
            self.home[old], self.maker[old], self.place[copy] = body, copy, body
            everything = Op("const", [], [Value(Type("ellipsis"))], {"value": ..., "text": "..."}, first.span)
            last = self.adjoint.written[fn.hands_back.index(k)]
            restore = Op("restore", [last, old, everything.result], [], {}, first.span)
            everything.origin = restore.origin = first
            self.reverse += [everything, restore]
        body.ops = [*body.ops[: self.adjoint.boundary], *self.reverse]
