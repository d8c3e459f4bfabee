"""``with sct.adjoint_of(x) as x_bar:`` to SSA.

Before: ``with sct.adjoint_of(x) as x_bar: x_bar = np.clip(x_bar, -1, 1)``.
After: ``adjoint_of %x (%x_bar) { %x_bar1 = clip %x_bar, -1, 1; yield %x_bar1 }``.

The body is a scope of its own: it reads the function's names, as they are at this point, and binds none of them.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from sct.frontend.object_values import ObjectValues
from sct.frontend.phis import VIEWED, Environment
from sct.frontend.scan import bound, walk
from sct.frontend.scopes import FunctionValue, spelled
from sct.ir.nodes import Block, Hook, Value

_FORM = "write `with sct.adjoint_of(x) as x_bar:` with a variable's name for `x`"


class Hooks(ObjectValues):
    """Lowers the hooks of one function; its other statements are for a subclass."""

    hook: cst.With | None = None

    def do_With(self, node: cst.With) -> None:
        place, name = self.hooked(node)
        value = self.value(place)
        self.check_names(node, place, value)
        names = bound(node.body.body) | {name.value}
        for inner in sorted(names):
            if self.scope.binds(inner):
                reason = f"`{inner}` is a variable of the function, which the body of `adjoint_of` may not bind"
                raise self.refuse(name, reason, "the body runs in the reverse sweep: use another name there")
        scope, stmt, before = self.scope, self.stmt, dict(self.env)
        self.scope = replace(scope, locals=names, outer=scope, mark=f"{scope.mark} hook {self.span(node).line}")
        self.source.within.update(dict.fromkeys(walk(node.body.body), self.source.within.get(node, ())))
        arg, self.hook = Value(hint=name.value), node
        try:
            inside = self.apart(lambda: self.body(node, name.value, arg))
        finally:
            self.scope, self.stmt, self.hook = scope, stmt, None
        self.check_writes(node, inside.block, before, inside.env)
        inside.block.args, inside.block.yields = [arg], [inside.found]
        self.block.ops.append(Hook("adjoint_of", [value], [], {}, self.span(place), stmt, body=inside.block))

    def hooked(self, node: cst.With) -> tuple[cst.Name, cst.Name]:
        """The variable of a hook, and the name of its adjoint."""
        item, *others = node.items
        call = item.item
        if not isinstance(call, cst.Call) or self.source.sct_name(call.func) != "adjoint_of":
            help_ = "only `with np.errstate(…):` and `with sct.adjoint_of(x) as x_bar:` are"
            raise self.refuse(node, "this `with` is not supported", help_)
        name = None if item.asname is None else item.asname.name
        if others or self.hook is not None:
            raise self.refuse(node, "a hook in a hook is not supported", "write one behind the other")
        if len(call.args) != 1 or call.args[0].keyword or call.args[0].star or not isinstance(name, cst.Name):
            raise self.refuse(node, "this hook is not supported", _FORM)
        place = call.args[0].value
        if not isinstance(place, cst.Name):
            raise self.refuse(place, "this is not a variable's name", _FORM)
        return place, name

    def check_names(self, node: cst.With, place: cst.Name, value: Value) -> None:
        """Refuse a value whose adjoint is more than that of the name."""
        if isinstance(value, FunctionValue):
            raise self.refuse(place, "a function has no adjoint", "name a number or an array")
        if value in self.views:
            reason = f"`{place.value}` is a view of an array that is written into: its adjoint is a part of the array's"
            raise self.refuse(place, reason, "take the adjoint of the array")
        own = self.scope.key(place.value)
        others = [name for name, known in self.env.items() if known is value and name != own]
        others = [spelled(name) for name in others if not name.startswith(VIEWED)]
        if others:
            reason = (
                f"`{place.value}` and `{others[0]}` are one value here, so that their adjoints cannot be told apart"
            )
            raise self.refuse(place, reason, "make one of them a new value first: `y = x * 1.0`, or `y = x.copy()`")

    def body(self, node: cst.With, name: str, arg: Value) -> Value:
        self.env[self.scope.own(name)] = arg
        self.sequence_of(list(node.body.body))
        return self.env.get(self.scope.own(name), arg)

    def check_writes(self, node: cst.With, block: Block, before: Environment, after: Environment) -> None:
        """Refuse a body that writes into the function's arrays."""
        changed = [spelled(name) for name, value in before.items() if after.get(name) is not value]
        changed += [op.operands[0].hint or "an array" for op in block.walk() if op.name == "written"]
        if changed:
            reason = f"the body of `adjoint_of` writes into `{changed[0]}`"
            raise self.refuse(node, reason, "it may write into the adjoint alone: the forward sweep does not run it")
