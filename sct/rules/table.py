"""The table of derivative rules: ``rule``, ``zero`` and look-up.

A row states a primitive's derivative once.  An elementwise row gives one partial an operand; a linear row gives its
transpose; any other row gives its tangent, its adjoint, or both.  The text is Python in the names of the row's
operands, ``y`` (the result), ``y_bar`` (its adjoint) and ``x_dot`` (the tangent of operand ``x``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sct.ir.nodes import Type

Texts = tuple[str | None, ...]
Infer = Callable[[tuple[Type, ...], Mapping[str, Any]], Type]
Dot = str | Callable[[tuple[Type, ...], Mapping[str, Any]], str]
Bars = Texts | Callable[[tuple[Type, ...], Mapping[str, Any]], Texts]


class Unsupported(Exception):
    """A use of a primitive that its rule does not cover."""

    def __init__(self, reason: str, help: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = help


@dataclass(frozen=True)
class Rule:
    """One row.

    Attributes
    ----------
    name : str
        The neutral name of the operation.
    operands : tuple of str
        The parameters that are values.
    variadic : bool
        Whether it takes any number of operands, called ``x0``, ``x1``, …
    statics : dict
        The parameters that must be literals, with their defaults, in the order of the signature.
    partials, alone : tuple of str or None
        Elementwise: the derivative with respect to each operand; ``alone`` when no other operand is active.
    """

    name: str
    operands: tuple[str, ...]
    variadic: bool
    statics: dict[str, Any]
    partials: Texts
    alone: Texts | None
    tangential: Dot | None
    transposed: Bars | None
    is_zero: bool
    is_linear: bool
    elementwise: bool
    view: bool
    cheap: bool
    source: str | None
    unproved: str | None
    inference: Infer

    def infer(self, types: tuple[Type, ...], attrs: Mapping[str, Any]) -> Type:
        """The result's type."""
        return self.inference(types, attrs)

    def bars(self, types: tuple[Type, ...], attrs: Mapping[str, Any]) -> Texts | None:
        """The text of each operand's adjoint (None: no derivative flows through it); None for a row without."""
        return self.transposed(types, attrs) if callable(self.transposed) else self.transposed

    def tangent(self, types: tuple[Type, ...], attrs: Mapping[str, Any]) -> str | None:
        """The text of the result's tangent, or None where the row has only partials or is linear."""
        return self.tangential(types, attrs) if callable(self.tangential) else self.tangential


_ROWS: dict[str, Rule] = {}


def rule(
    signature: str,
    *partials: str | None,
    alone: Texts | None = None,
    tangent: Dot | None = None,
    transpose: Bars | None = None,
    adjoint: Bars | None = None,
    infer: Infer,
    view: bool = False,
    cheap: bool | None = None,
    source: str | None = None,
    unproved: str | None = None,
) -> None:
    """Add a row; see the module's documentation."""
    _add(
        signature,
        partials=partials,
        alone=alone,
        tangential=tangent,
        transposed=transpose if transpose is not None else adjoint,
        is_zero=False,
        is_linear=transpose is not None,
        elementwise=bool(partials),
        view=view,
        cheap=bool(partials) or view if cheap is None else cheap,
        source=source,
        unproved=unproved,
        inference=infer,
    )


def zero(*signatures: str, infer: Infer, cheap: bool = True, elementwise: bool = False, view: bool = False) -> None:
    """Add rows whose derivative is zero wherever it exists."""
    for signature in signatures:
        _add(
            signature,
            partials=(),
            alone=None,
            tangential=None,
            transposed=None,
            is_zero=True,
            is_linear=False,
            elementwise=elementwise,
            view=view,
            cheap=cheap,
            source=None,
            unproved=None,
            inference=infer,
        )


def _add(signature: str, **fields: Any) -> None:
    definition = ast.parse(f"def {signature}: ...").body[0]
    assert isinstance(definition, ast.FunctionDef)
    args = definition.args
    names = [arg.arg for arg in args.args]
    defaults = [ast.literal_eval(default) for default in args.defaults]
    first = len(names) - len(defaults)
    statics = dict(zip(names[first:], defaults, strict=True))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        assert default is not None
        statics[arg.arg] = ast.literal_eval(default)
    name = definition.name.rstrip("_")
    assert name not in _ROWS, f"two rows for {name}"
    _ROWS[name] = Rule(name, tuple(names[:first]), args.vararg is not None, statics, **fields)


def lookup(name: str) -> Rule | None:
    """The row of a neutral name."""
    return _ROWS.get(name)


def all_rules() -> Sequence[Rule]:
    """Every row, in the order of the files."""
    return list(_ROWS.values())
