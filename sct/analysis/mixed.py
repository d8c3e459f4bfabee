"""Refuses what is a container or an array on one path, and something else on another.

Before: ``%r = if %c { yield None } else { yield (%a, %b) }``, and a derivative that flows through ``%r``.
After: a refusal: its adjoint has no form of its own.
"""

from __future__ import annotations

from collections.abc import Collection

from sct.errors import Diagnostic, RefusedError
from sct.ir.nodes import Function, If, Loop, Value
from sct.ir.types import Type

_HELP = "let it have one form on all paths: begin with zeros, or with a flag that says whether it is there"


def refuse_mixed(fn: Function, active: Collection[Value]) -> None:
    """Refuse the values of several kinds among the ``active`` ones.

    Raises
    ------
    RefusedError
        Where a branch or a loop makes one.
    """
    found = dict[Diagnostic, None]()
    for op in fn.body.walk():
        if not isinstance(op, If | Loop) or op.span is None:
            continue
        for k, result in enumerate(op.results):
            sources = _sources(op, k)
            kinds = list(dict.fromkeys(_described(value.type) for value in sources))
            structured = any(value.type.kind in ("array", "tuple", "list") for value in sources)
            if result in active and result.type.kind == "unknown" and structured and len(kinds) > 1:
                name = f"`{result.hint}`" if result.hint else f"what `{fn.name}` returns"
                reason = f"{name} is {kinds[0]} on one path and {kinds[1]} on another"
                found[Diagnostic(op.span, reason, _HELP)] = None
    if found:
        raise RefusedError(list(found))


def refuse_none(fn: Function) -> None:
    """Refuse a function that was asked for and may return None: its value has no derivative then.

    Raises
    ------
    RefusedError
        At the branch that makes it None.
    """
    if fn.result.type.kind == "none":
        raise RefusedError([Diagnostic(fn.span, f"`{fn.name}` returns no number", "return what it computes")])
    made = {result: (op, k) for op in fn.body.walk() for k, result in enumerate(op.results)}
    todo, seen = [fn.result], set[Value]()
    while todo:
        value = todo.pop()
        op, k = made.get(value, (None, 0))
        if not isinstance(op, If | Loop) or value in seen:
            continue
        seen.add(value)
        sources = _sources(op, k)
        other = next((source for source in sources if source.type.kind not in ("none", "undef")), None)
        # A variable that is None at first may have been asked whether it is: that is told when the value comes.
        is_none = any(source.type.kind == "none" and source.hint is None for source in sources)
        if other is not None and op.span is not None and is_none:
            reason = f"`{fn.name}` returns None on one path and {_described(other.type)} on another"
            help_ = "return a number on every path, or raise where there is none"
            raise RefusedError([Diagnostic(op.span, reason, help_)])
        todo += sources


def _sources(op: If | Loop, k: int) -> list[Value]:
    """What the k-th result of a branch or a loop may be."""
    return [block.yields[k] for block in op.blocks] if isinstance(op, If) else [op.inits[k], op.nexts[k]]


def _described(type_: Type) -> str:
    if type_.kind == "tuple":
        form = "a tuple" if type_.form is None else f"a {type_.form.name or type_.form.kind}"
        return f"{form} of {len(type_.items)}"
    named = {"none": "None", "unknown": "of unknown kind", "array": "an array", "int": "an int", "undef": "not bound"}
    return named.get(type_.kind, f"a {type_.kind}")
