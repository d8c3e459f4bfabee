"""Items that are chosen, or sorted, by a key.

Before: ``best = min(points, key=cost)``, and ``points = sorted(points, key=cost)``.
After: ``best = points[np.argmin([cost(p) for p in points])]``, and a list of ``points[k]`` for each ``k`` of
``np.argsort([cost(p) for p in points], kind="stable")``, behind an assertion that no key is NaN: which item Python
picks then depends on their order.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.all_items import AllItems
from sct.frontend.scopes import OURS, LibraryFunction
from sct.ir.nodes import Value

_PLACES = {"min": "argmin", "max": "argmax", "sorted": "argsort"}
_ITEM, _PLACE = f"item{OURS}", f"place{OURS}"


class Keyed(AllItems):
    """Lowers ``min``, ``max`` and ``sorted`` with a key."""

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        options = {argument.keyword.value: argument for argument in node.args if argument.keyword is not None}
        if function.library != "builtins" or function.name not in _PLACES or "key" not in options:
            return super().call_library(node, function)
        self.no_stars(node)
        self.take(node, function)
        allowed = {"key", "reverse"} if function.name == "sorted" else {"key"}
        for name, argument in options.items():
            if name not in allowed:
                raise self.refuse(
                    argument, f"the keyword `{name}` is not supported here", "ask for what is empty first"
                )
        items = [argument.value for argument in node.args if argument.keyword is None]
        one = items[0] if len(items) == 1 else cst.List([cst.Element(item) for item in items])
        backward = "reverse" in options and bool(self.static(options["reverse"]))
        return self.by_key(node, function.name, one, options["key"].value, backward)

    def by_key(
        self, node: cst.Call, name: str, items: cst.BaseExpression, key: cst.BaseExpression, backward: bool
    ) -> Value:
        """The item of the least or greatest key, or the items in the order of their keys."""
        own = f"{self.subject()}_items{OURS}"
        if any(self.called(items, lazy) for lazy in ("range", "enumerate", "zip", "reversed")):
            items = cst.ListComp(cst.Name(_ITEM), cst.CompFor(cst.Name(_ITEM), items))
        of_one = cst.Call(key, [cst.Arg(cst.Name(_ITEM))])
        keys = cst.ListComp(of_one, cst.CompFor(cst.Name(_ITEM), cst.Name(own)))
        picked = cst.Subscript(cst.Name(own), [cst.SubscriptElement(cst.Index(cst.Name(_PLACE)))])
        in_order = cst.ListComp(picked, cst.CompFor(cst.Name(_PLACE), cst.Name(f"order{OURS}")))
        self.source.adopt(items, node, self.stmt)

        def choose() -> Value:
            self.name_value(own, self.listing(items))
            found = self.as_array(self.gathered(keys, f"{self.subject()}_keys"), node)
            nothing = self.emit("isnan", [found], node, style="call", lib="numpy")
            some = self.emit("any", [nothing], node, style="call", lib="numpy", axis=None)
            is_order = self.emit("not", [some], node, style="operator")
            self.effect("assert", [is_order, self.const("a key is not a number")], node)
            if backward:
                found = self.emit("mul", [self.const(-1), found], node, style="operator")  # a bool has no negative
            by_name = {"axis": -1, "kind": "stable"} if name == "sorted" else {"axis": None}
            place = self.emit(_PLACES[name], [found], node, style="call", lib="numpy", of_keys=True, **by_name)
            self.name_value(_PLACE if name != "sorted" else f"order{OURS}", place)
            return self.value(picked) if name != "sorted" else self.gathered(in_order, f"{self.subject()}_sorted")

        statements: list[cst.CSTNode] = [cst.SimpleStatementLine([cst.Expr(made)]) for made in (keys, picked, in_order)]
        return self.within_own(node, statements, choose, own, _PLACE, f"order{OURS}")
