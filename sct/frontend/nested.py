"""Calls of derivatives in a function that is differentiated itself: ``sct.grad(g)(x)`` and its like.

Before: ``return x - rate * sct.grad(loss)(x, theta)``.
After: ``%g = nested %x, %theta``, of which the types are asked; ``sct.pipeline`` then generates ``loss_grad``, writes
its name in the place of ``sct.grad(loss)``, and lowers the function again: a call as any other.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import libcst as cst

from sct.frontend.hooks import Hooks
from sct.frontend.parse import Source
from sct.frontend.scopes import Closure, LibraryFunction, ModuleFunction
from sct.ir.names import tangent_names
from sct.ir.nodes import Value

FORMS = frozenset({"grad", "value_and_grad", "jacobian", "derivative", "checkpoint"})
"""What takes a function and returns one."""
NAME = "\N{WHITE SQUARE}"
"""Where the name of the generated function goes in what replaces a call."""
_OTHERS = frozenset({"vjp", "pullback", "hessian", "hvp"})
_OPTIONS = {"jacobian": ("wrt", "mode", "chunk"), "derivative": ("wrt", "order")}
_HERE = "call it where it is made, `sct.grad(g)(x)`, or bind it to a name once: `g_grad = sct.grad(g)`"


def maker(source: Source, node: cst.CSTNode) -> cst.Call | None:
    """``sct.grad(g)`` of the call ``sct.grad(g)(x)``, and ``sct.jvp(g, …)`` itself."""
    if not isinstance(node, cst.Call):
        return None
    if source.sct_name(node.func) == "jvp":
        return node
    inner = node.func
    return inner if isinstance(inner, cst.Call) and source.sct_name(inner.func) in FORMS else None


class Nested(Hooks):
    """Lowers calls of derivatives."""

    def lower_Call(self, node: cst.Call) -> Value:
        made = maker(self.source, node)
        if made is not None:
            return self.jvp(node) if made is node else self.derived(node, made)
        name = self.source.sct_name(node.func)
        if name in FORMS:
            raise self.refuse(node, f"`{self.source.code(node)}` is no number: it is a function", _HERE)
        if name in _OTHERS:
            help_ = "call `sct.grad`, `value_and_grad`, `jvp`, `jacobian` or `derivative`"
            raise self.refuse(node, f"`sct.{name}` is not supported here", help_)
        return super().lower_Call(node)

    def derived(self, node: cst.Call, made: cst.Call) -> Value:
        """A call of ``sct.grad(g)``."""
        form = self.source.sct_name(made.func)
        assert form is not None
        function = self.primal(node, made)
        if form == "checkpoint":
            return self.checkpointed(node, function)
        options: dict[str, Any] = {}
        for argument in made.args[1:]:
            if argument.keyword is None or argument.keyword.value not in _OPTIONS.get(form, ("wrt",)):
                raise self.refuse(argument, "this argument is not supported here", "pass the function, and `wrt=…`")
            options[argument.keyword.value] = self.static(argument)
        order = options.get("order", 1)
        if not isinstance(order, int) or order < 1:
            raise self.refuse(made, f"the order of a derivative is at least 1, not {order}", "write `order=2`")
        given = self.given_to(node, function)
        if given is None:
            return self.undef()
        wrt = self.positions(made, list(given), options.get("wrt", 0))
        attrs = {"form": form, "wrt": wrt, "place": self.source.span(made), "call": NAME}
        if order > 1:
            more = f", wrt={options['wrt']!r}" if "wrt" in options else ""
            attrs["call"] = f"{self.source.code(made.func)}({NAME}{more}, order={order - 1})"
        return self.emit("nested", list(given.values()), node, callee=function.ref, params=list(given), **attrs)

    def checkpointed(self, node: cst.Call, function: ModuleFunction) -> Value:
        """A call whose reverse sweep runs the function again, and keeps nothing but the arguments."""
        value = self.call_function(node, function)
        made = next((op for op in reversed(self.block.ops) if value in op.results), None)
        if made is None or made.name not in ("call", "undef"):
            raise self.not_again(node, function.name)
        made.attrs["checkpoint"] = True
        return value

    def positions(self, made: cst.Call, names: list[str], wrt: Any) -> tuple[int, ...]:
        """The parameters that a derivative is with respect to."""
        entries = wrt if isinstance(wrt, tuple) else (wrt,)
        found = []
        for entry in entries:
            if isinstance(entry, str) and entry in names:
                found.append(names.index(entry))
            elif isinstance(entry, int) and -len(names) <= entry < len(names):
                found.append(entry % len(names))
            else:
                raise self.refuse(made, f"there is no parameter {entry!r}", f"the parameters are {', '.join(names)}")
        if found != sorted(set(found)) or isinstance(wrt, tuple) != (len(found) > 1):
            reason = "the order of `wrt` is not that of the parameters, or a single one is in a tuple"
            raise self.refuse(made, reason, "name them in the order of the signature, and a single one without a tuple")
        return tuple(found)

    def jvp(self, node: cst.Call) -> Value:
        """A call of ``sct.jvp``."""
        plain = [a for a in node.args if a.keyword is None and not a.star]
        if len(plain) != 3 or not all(isinstance(a.value, cst.Tuple | cst.List) for a in plain[1:]):
            raise self.refuse(node, "this `sct.jvp` is not supported", "write `sct.jvp(g, (x, y), (x_dot, y_dot))`")
        function = self.primal(node, node)
        primals, tangents = ([element.value for element in a.value.elements] for a in plain[1:])  # type: ignore[attr-defined]
        rest = [a for a in node.args if a.keyword is not None]  # captured variables, see lift.py
        call = cst.Call(cst.Name(function.name), [*map(cst.Arg, primals), *rest])
        self.source.adopt(call, node, self.stmt)
        given = self.given_to(call, function)
        if len(primals) != len(tangents):
            raise self.refuse(node, "there are as many tangents as primals", "write None for what is held constant")
        wrt = [k for k, tangent in enumerate(tangents) if self.source.code(tangent) != "None"]
        if given is None:
            return self.undef()
        if not wrt:
            raise self.refuse(node, "all tangents are None", "name a direction")
        dots = [tangents[k] for k in wrt]
        code = self.source.code
        texts = [code(arg.value) for arg in call.args[: len(primals)]]
        texts += [f"{arg.keyword.value}={code(arg.value)}" for arg in rest if arg.keyword is not None]
        texts += [f"{name}={code(dot)}" for name, dot in zip(tangent_names(list(given), wrt), dots, strict=True)]
        operands = [*given.values(), *map(self.value, dots)]
        attrs = {
            "form": "jvp",
            "wrt": tuple(wrt),
            "place": self.source.span(node),
            "call": f"{NAME}({', '.join(texts)})",
        }
        return self.emit("nested", operands, node, callee=function.ref, params=list(given), **attrs)

    def primal(self, node: cst.Call, made: cst.Call) -> ModuleFunction:
        """The function whose derivative is called."""
        first = made.args[0] if made.args else None
        if first is None or first.keyword is not None or first.star:
            raise self.refuse(made, "a derivative is of a function", "write `sct.grad(g)(x)`")
        name = self.source.code(first.value)
        if isinstance(first.value, cst.Call) and self.source.sct_name(first.value.func) in FORMS:
            reason = f"`{name}` is no function of this module, and its derivative is called here"
            raise self.refuse(first, reason, f"define one that calls it, `def h(x): return {name}(x)`, and name that")
        if self.ruled(first.value) is not None:
            reason = f"`{name}` has a rule of its own, and is not differentiated"
            raise self.refuse(first, reason, "differentiate a function that calls it")
        found = self.value(first.value)
        main = next(iter(self.source.modules))
        if not isinstance(found, ModuleFunction) or self.source.file != main or found.source.file != main:
            reason = (
                f"the derivative of `{name}` is called here, and `{name}` is no function of this module by its name"
            )
            help_ = "define it with `def` (or as a lambda) once, in this module"
            if isinstance(found, Closure):
                help_ = "pass a function of the module by its name, and what it captures as an argument"
            if isinstance(found, LibraryFunction):
                help_ = f"write it in a function: `lambda x: {name}(x)`"
            raise self.refuse(first, reason, help_)
        self.check_decorators(found.source, found.ref.name, node)
        return found

    def given_to(self, node: cst.Call, function: ModuleFunction) -> dict[str, Value] | None:
        return self.given(
            node, function.name, function.node.params, partial(self.constant_default, node, function.source)
        )
