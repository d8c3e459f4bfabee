"""The decorators of a module's functions: which are sct's, what those ask for, and what others are by their full names.

Before: ``from functools import lru_cache as cached``, then ``@cached`` and ``@sct.grad(wrt="x", compile="numba")``.
After: ``functools.lru_cache``; the function is marked, with respect to ``x``, for Numba.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from sct.frontend.bindings import stars
from sct.frontend.parse import Source

PROPERTY, CACHED_PROPERTY = "property", "functools.cached_property"
_MARKS = frozenset({"grad", "value_and_grad"})


@dataclass(frozen=True)
class Marked:
    """A function that carries one of sct's decorators, with the decorator's ``wrt`` and what it is compiled by."""

    name: str
    wrt: tuple[int | str, ...]
    target: Literal["python", "numba"]


def marked(source: Source) -> Sequence[Marked]:
    """The functions with one of sct's decorators, in the order of the source."""
    found = []
    for name, node in source.functions.items():
        for decorator in node.decorators:
            wrt = _wrt(source, decorator)
            if wrt is not None:
                found.append(Marked(name, wrt, _target(source, decorator)))
                break
    return found


def gives_number(source: Source, name: str) -> bool:
    """Whether a function's value is said to be a number: by ``-> float``, or by a decorator that asks its gradient."""
    returns, found = source.functions[name].returns, source.functions[name].decorators
    is_number = returns is not None and source.code(returns.annotation) == "float"
    return is_number or any(_wrt(source, decorator) is not None for decorator in found)


def decorators(source: Source, name: str) -> Iterator[tuple[cst.Decorator, str]]:
    """The decorators of a function, each with its dotted name, the module's in full."""
    for decorator in source.functions[name].decorators:
        yield decorator, source.in_full(source.code(_called(decorator.decorator)))


def properties(source: Source, cls: str) -> list[str]:
    """The names of the properties of a class, and of those that are kept once they were computed."""
    methods = [name for name in source.functions if name.startswith(f"{cls}.")]
    kinds = {PROPERTY, CACHED_PROPERTY}
    return [n[len(cls) + 1 :] for n in methods if any(text in kinds for _, text in decorators(source, n))]


def is_of_sct(source: Source, decorator: cst.Decorator) -> bool:
    """Whether a decorator is one of sct's; one of which that is not known is refused."""
    node = _called(decorator.decorator)
    head = source.code(node).partition(".")[0]
    is_imported = source.imported_of_sct(node) is not None or any(star.module == "sct" for star in stars(source.tree))
    problem = source.doubt(head) if is_imported else None
    if problem is not None:
        raise source.refused(decorator, problem.reason, problem.help, problem.note)
    return source.sct_name(node) is not None


def _wrt(source: Source, decorator: cst.Decorator) -> tuple[int | str, ...] | None:
    """The decorator's ``wrt`` if it is one of sct's, else None."""
    if not is_of_sct(source, decorator) or source.sct_name(_called(decorator.decorator)) not in _MARKS:
        return None
    node = _option(decorator, "wrt")
    first = next(iter(decorator.decorator.args), None) if isinstance(decorator.decorator, cst.Call) else None
    if first is not None and first.keyword is None:
        reason = "a decorator of sct takes options alone, each by its name"
        raise source.refused(first, reason, f"write `wrt={source.code(first.value)}`")
    if node is None:
        return (0,)
    try:
        wrt = source.literal(node)
    except ValueError:
        reason = "`wrt` must be a literal, so that the command can read it"
        raise source.refused(node, reason, 'write `wrt=0`, `wrt="x"` or `wrt=("x", "y")`') from None
    return wrt if isinstance(wrt, tuple) else (wrt,)


def _target(source: Source, decorator: cst.Decorator) -> Literal["python", "numba"]:
    """What the decorator's ``compile`` asks for."""
    node = _option(decorator, "compile")
    if node is None or source.code(node) == "None":
        return "python"
    if source.code(node).strip("'\"") == "numba":
        return "numba"
    reason = "`compile` must be a literal, so that the command can read it"
    raise source.refused(node, reason, 'write `compile="numba"`, or leave it out')


def _option(decorator: cst.Decorator, name: str) -> cst.BaseExpression | None:
    """What a decorator gives a parameter by its name."""
    node = decorator.decorator
    given = node.args if isinstance(node, cst.Call) else ()
    return next((arg.value for arg in given if arg.keyword is not None and arg.keyword.value == name), None)


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    """The function of a call; of a decorator without arguments, itself."""
    return node.func if isinstance(node, cst.Call) else node
