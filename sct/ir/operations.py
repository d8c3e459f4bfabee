"""The vocabulary of operations.

Operations are matched by name.  The names are neutral: ``tanh`` is both ``math.tanh`` and ``np.tanh``; the attribute
``lib`` remembers which.  Besides the primitives of ``sct.rules`` there are:

==================  ============================================  ================================================
name                operands                                      attributes
==================  ============================================  ================================================
``const``           none                                          ``value``, ``text`` (as the author spelled it)
``global``          none                                          ``name`` (dotted, as spelled; a constant), ``ref``
``undef``           none                                          (a name that this path leaves unbound)
``tuple``           items                                         ``form`` (a Form; a list's may turn out a ``list``)
``item``            tuple                                         ``index`` (an int), or the author's ``label``
``part``            tuple                                         ``slice`` (start, stop, step): some of its items
``rebuild``         structure, parts                              the parts in a structure of the same class
``put``             structure, value                              the structure with another part ``index``
``append``          list, value                                   writes in place; the result is the new version
``shrink``          list                                          undoes an ``append``; no result
``shorten``         list, index (optional)                        ``del xs[-1]``; the result is the new version
``take_last``       list                                          ``xs.pop()``: the last item, and the new version
``blank``           list                                          a list of zeros: of all that it has at ``path``
``rows``            lists                                         a list of structures ``of`` a type, from its columns
``column``          list                                          of each item what it has at ``path``
``total``           list                                          the sum of the items
``spread``          value, list                                   a list as long, of the value
``listed``          array                                         the list of its items
``slice``           start, stop, step (``const None`` if absent)
``step``            none, or a shape                              ``transposes``, ``reshapes``, ``of`` (see
                                                                  ``sct.ir.paths``)
``getitem``         array, index, index, …
``store``           array, value, index, index, …                 writes in place; the result is the new version;
                                                                  ``adds``: it is ``np.add.at``; ``form``: it was
                                                                  written as ``fill``, ``copyto`` or ``out``
``index_add``       array, value, index, index, …                 ``array[index] += value`` in place
``call``            arguments                                     ``callee`` (a GlobalRef), ``params``, ``summary``
``written``         array, index, index, …                        what the ``call`` wrote into: argument ``position``
``unpack``          tuple                                         all its items: ``a, b = pair`` (before it is written)
``helper``          values                                        a call of a ``helper`` function, with ``literals``
``method``          string, arguments                             a ``method`` of a string
``format``          values                                        ``parts`` (an f-string's literal pieces)
``print``           values                                        ``keywords``; ``function``: ``print``, ``breakpoint``
``assert``          condition, message (optional)
``check``           parameter                                     ``type``, ``text``: what a hint says of it
``adjoint_of``      value                                         a :class:`Hook`; no result
``raise``           values                                        ``exception`` (the class's text) or None
``bind``            value                                         a second name for it (``b_bar = y_bar``)
``exchange``        values                                        as many results: the names change places
``accumulate``      adjoint, contribution                         their sum; ``in_place`` when the buffer is owned
``restore``         array, value, index, index, …                 undoes a ``store``; no result (see below)
``tape``            none                                          an empty list
``push``            tape, value                                   appends; no result
``pop``             tape                                          takes the last record off
``call_forward``    arguments                                     a callee's forward sweep: value, residuals
``call_reverse``    residuals, written arrays, adjoints           its reverse sweep: an adjoint an active argument
``call_tangent``    arguments, tangents                           value, tangent, tangents of written arrays
==================  ============================================  ================================================

All versions of an array that is stored into share one storage, hence one name.  The reverse sweep walks the versions
backwards: it may name any version of a storage, and ``restore`` brings the contents back first.  Tapes are such
storages too.

Index operands are integers, ``slice`` results, ``const None``, ``const ...``, arrays, and the steps of a path.
A call's attributes say how the author spelled it: ``style`` is ``call``, ``method``, ``attr`` or ``operator``; ``lib``
is ``math``, ``numpy``, ``builtins`` or None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sct.ir.nodes import Op

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "gt": operator.gt,
    "le": operator.le,
    "ge": operator.ge,
}
"""What the comparisons of two constants give."""

WRITES = frozenset({"store", "append", "shorten", "written"})
"""The operations whose result is a new version of an array or a list."""

UNDOES = frozenset({"restore", "shrink", "call_reverse"})
"""The operations of a reverse sweep that give arrays and lists of the primal the contents that they had."""


def is_zero(op: Op | None) -> bool:
    """Whether what makes a value is the constant 0."""
    return op is not None and op.name == "const" and bool(op.attrs["value"] == 0)
