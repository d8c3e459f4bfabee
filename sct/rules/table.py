"""The table of derivative rules: ``rule``, ``zero`` and look-up.

A row states a primitive's derivative once.  An elementwise row gives one partial an operand; a linear row gives its
transpose, one that is linear in each operand these transposes; any other row gives its tangent and its adjoint.  An
elementwise row may give a tangent besides, for when all its operands are active.  The text is Python in the names of
the row's operands, ``y`` (the result), ``y_bar`` (its adjoint) and ``x_dot`` (the tangent of operand ``x``).  Where the
result is a tuple, ``y0_bar`` is the adjoint of its first part, and so on; ``attrs["seeded"]`` has the numbers of the
parts whose adjoint is not known to be zero.  An adjoint may be an update of elements: ``x_bar[i] += y_bar``, or
``add.at(x_bar, i, y_bar)`` where an index may occur twice.

A signature is written as Python's: ``tril(x, k: value = 0)``.  A parameter without a default, or marked ``value``, is
an operand; any other is static, a literal (one that must be given has the default ``...``).  ``*xs`` is one list or
tuple of operands; ``*xs: value`` are arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sct.ir.types import Type

Texts = tuple[str | None, ...]
Infer = Callable[[tuple[Type, ...], Mapping[str, Any]], Type]
Dot = str | Callable[[tuple[Type, ...], Mapping[str, Any]], str]
Steps = Mapping[str, str] | Callable[[tuple[Type, ...], Mapping[str, Any]], Mapping[str, str]]
Bars = Texts | Callable[[tuple[Type, ...], Mapping[str, Any]], Texts]


SHAPES = (
    'annotate the shapes: `Float[np.ndarray, "m n"]`; or add them to `np.ndarray` by a hint, `# sct: x: float[:, :]`'
)
"""What to do where a rank is not known."""


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
    is_sequence : bool
        Whether these come as one list or tuple.
    positional : tuple of str
        The parameters in the order of the signature, without those that go by keyword alone.
    defaults : dict
        The default of each operand that may be left out.
    statics : dict
        The parameters that must be literals, with their defaults, in the order of the signature.
    partials, alone, together : tuple of str or None
        Elementwise: the derivative with respect to each operand; ``alone`` when no other operand is active.
        ``together`` are the adjoints when all are: they may share parts, where a product with each partial would not.
    broadcasting : callable
        Of the operands' types: whether the adjoints, as the texts give them, are still to be summed to their shapes.
    required : pair of str, or None
        What the types do not tell, and an adjoint needs: a condition, and what the assertion says where it fails.
    named_steps : mapping of str to str
        Names for parts of the texts, each with its own text.  So is ``b_bar``, the adjoint of the operand ``b``.
    """

    name: str
    operands: tuple[str, ...]
    variadic: bool
    is_sequence: bool
    positional: tuple[str, ...]
    defaults: dict[str, Any]
    statics: dict[str, Any]
    partials: Texts
    alone: Texts | None
    together: Texts | None
    tangential: Dot | None
    transposed: Bars | None
    is_zero: bool
    is_linear: bool
    is_multilinear: bool
    broadcasting: Callable[[tuple[Type, ...]], bool]
    required: tuple[str, str] | None
    named_steps: Steps
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

    def steps(self, types: tuple[Type, ...], attrs: Mapping[str, Any]) -> Mapping[str, str]:
        """Names for parts of the texts, each with its text."""
        return self.named_steps(types, attrs) if callable(self.named_steps) else self.named_steps

    def tangent(self, types: tuple[Type, ...], attrs: Mapping[str, Any]) -> str | None:
        """The text of the result's tangent, or None where the row has only partials or is linear."""
        return self.tangential(types, attrs) if callable(self.tangential) else self.tangential


_ROWS: dict[str, Rule] = {}


def rule(
    signature: str,
    *partials: str | None,
    alone: Texts | None = None,
    together: Texts | None = None,
    tangent: Dot | None = None,
    transpose: Bars | None = None,
    multilinear: Bars | None = None,
    adjoint: Bars | None = None,
    steps: Steps | None = None,
    broadcasts: Callable[[tuple[Type, ...]], bool] | bool = False,
    requires: tuple[str, str] | None = None,
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
        together=together,
        tangential=tangent,
        transposed=transpose or multilinear or adjoint,
        is_zero=False,
        is_linear=transpose is not None,
        is_multilinear=multilinear is not None,
        broadcasting=broadcasts if callable(broadcasts) else lambda types: broadcasts,
        required=requires,
        named_steps=steps or {},
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
            together=None,
            tangential=None,
            transposed=None,
            is_zero=True,
            is_linear=False,
            is_multilinear=False,
            broadcasting=lambda types: False,
            required=None,
            named_steps={},
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
    defaults = {
        arg.arg: ast.literal_eval(default)
        for arg, default in [
            *zip(reversed(args.args), reversed(args.defaults), strict=False),
            *zip(args.kwonlyargs, args.kw_defaults, strict=True),
        ]
        if default is not None
    }
    parameters = [*args.args, *args.kwonlyargs]
    operands = tuple(arg.arg for arg in parameters if arg.arg not in defaults or arg.annotation is not None)
    name = definition.name.rstrip("_")
    assert name not in _ROWS, f"two rows for {name}"
    _ROWS[name] = Rule(
        name,
        operands,
        args.vararg is not None,
        args.vararg is not None and args.vararg.annotation is None,
        tuple(arg.arg for arg in args.args),
        {operand: defaults[operand] for operand in operands if operand in defaults},
        {arg.arg: defaults[arg.arg] for arg in parameters if arg.arg not in operands},
        **fields,
    )


def lookup(name: str) -> Rule | None:
    """The row of a neutral name."""
    return _ROWS.get(name)


def all_rules() -> Sequence[Rule]:
    """Every row, in the order of the files."""
    return list(_ROWS.values())
