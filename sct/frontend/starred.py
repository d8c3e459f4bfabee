"""Lists that are taken apart by targets of which one is starred.

Before: ``a, *rest, z = xs``.
After: what ``a, rest, z = xs[0], xs[1:-1], xs[-1]`` gives, behind an ``if`` that raises where the list is too short.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.deques import Deques
from sct.ir.nodes import Value


class Starred(Deques):
    """Lowers the parts of a list for targets of which one is starred."""

    def parts_of_list(self, xs: Value, star: int, behind: int, target: cst.Tuple | cst.List) -> list[Value]:
        """The first ``star`` items of a list, a list of those that are left over, and the last ``behind``."""
        length = self.emit("len", [xs], target, style="call", lib="builtins")
        short = self.emit("lt", [length, self.const(star + behind)], target, style="operator")
        message = f"not enough values to unpack (expected at least {star + behind})"
        refuse = lambda: self.effect("raise", [self.const(message)], target, exception="ValueError")  # noqa: E731
        self.either(target, self.stmt, short, refuse, lambda: None)
        places = [*range(star), *range(-behind, 0)]
        items = [self.emit("getitem", [xs, self.const(k)], target) for k in places]
        left = self.part(self.const(star) if star else None, self.const(-behind) if behind else None)
        rest = self.emit("getitem", [xs, left], target)
        return [*items[:star], rest, *items[star:]]
