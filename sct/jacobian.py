"""Jacobians: many directions of forward mode, or a pullback of each output; fewer of either for a known pattern."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from sct.arguments import ArgumentError
from sct.colouring import PatternError, agree, checked, colours, seeds, spread
from sct.compiling import plain
from sct.contents import copy
from sct.derivatives import Derivative, Wrt, derivative_of
from sct.errors import RefusedError
from sct.generated import call
from sct.modes import dots_of, split
from sct.pickling import Made

Mode = Literal["forward", "reverse"]
CHUNK = 64


def jacobian(
    f: Callable[..., Any] | None = None,
    *,
    wrt: Wrt = 0,
    mode: Mode | None = None,
    chunk: int = CHUNK,
    sparsity: Any = None,
) -> Any:
    """The Jacobian of a function of numbers and arrays.

    Forward mode takes a pass for each ``chunk`` of the n inputs, all directions of a chunk at once; reverse mode takes
    one forward sweep, and a reverse sweep for each of the m outputs.  Which of them is taken is what counts fewer:
    forward mode for n < m, reverse mode otherwise (Griewank and Walther, Evaluating Derivatives, 2008, section 3).

    Parameters
    ----------
    f : callable
        A function whose value is a number, an array, or a tuple of these.
    wrt : int, str, or sequence of either
        The parameters to differentiate with respect to: numbers or arrays.
    mode : {"forward", "reverse"}, optional
        What to take; left out, it is decided at each call, for which the function itself runs once more.
    chunk : int
        How many directions forward mode carries at once.
    sparsity : array of booleans, or "auto", optional
        Where the Jacobian may have entries that are not zero: a row for each entry of the value, a column for each of
        the argument.  Columns (in reverse mode rows) that have no entry side by side get one colour and are computed
        together, so that a Jacobian takes as many directions as it has colours: three for a band of three (Curtis,
        Powell and Reid, On the estimation of sparse Jacobian matrices, 1974).  A pattern that leaves out an entry is
        found by one direction more, and refused.  ``"auto"``: the pattern is recognised at each call, by a run of the
        function with numbers that know what they were computed from; where that cannot be told, or the pattern does
        not pay, all of the Jacobian is computed.

    Returns
    -------
    Jacobian
        A function with the signature of ``f``.  For a value of shape s and an argument of shape t it returns an array
        of shape s + t; a tuple of these for several parameters; a tuple of either for a value that is a tuple.

    Examples
    --------
    >>> J = sct.jacobian(f)  # doctest: +SKIP
    >>> J(x).shape, J.mode  # doctest: +SKIP
    """
    if f is None:
        return functools.partial(jacobian, wrt=wrt, mode=mode, chunk=chunk, sparsity=sparsity)
    return Jacobian(f, wrt, mode, chunk, sparsity)


class Jacobian(Made):
    """A function that returns the Jacobian of ``primal``.

    Attributes
    ----------
    primal : callable
        The function as it was.
    mode : str or None
        What the last call took, ``forward`` or ``reverse``.
    colours : int or None
        How many colours the last call took; None where it took no pattern.
    pattern : array of bool or None
        The pattern that the last call took: it may be passed as ``sparsity``, if it does not depend on the arguments.
    """

    maker = "jacobian"

    def __init__(self, f: Callable[..., Any], wrt: Wrt, mode: Mode | None, chunk: int, sparsity: Any = None) -> None:
        if isinstance(sparsity, str) and sparsity != "auto":
            raise ArgumentError(f'sparsity is a matrix, "auto" or None, not {sparsity!r}')
        if mode not in (None, "forward", "reverse") or not isinstance(chunk, int) or chunk < 1:
            raise ArgumentError(f"mode is 'forward' or 'reverse', chunk an int from 1 on, not {mode!r} and {chunk!r}")
        self.primal = f
        self.mode = mode
        self.colours: int | None = None
        self.pattern: Any = None
        self._of = f  # ``primal`` of a gradient is what the gradient is of
        self._forced = mode
        self._sparsity = sparsity
        self._chunk = chunk
        self._derivative = derivative_of(f, wrt, with_value=True, needs_scalar=False)
        self._one_by_one = False
        functools.update_wrapper(self, f)
        self._given = (f, wrt, mode, chunk, sparsity)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs = self._derivative.chosen(args, kwargs)
        for value, name in inputs:
            if not isinstance(value, float | np.ndarray | np.floating):
                raise ArgumentError(f"a Jacobian is with respect to numbers and arrays, and {name} is neither")
        self.colours = self.pattern = None
        if isinstance(self._sparsity, str):
            found = self._recognised([value for value, _ in inputs], args, kwargs)
            if found is not None:
                return found
        elif self._sparsity is not None:
            return self._sparse([value for value, _ in inputs], args, kwargs)
        self.mode = self._forced or self._fewer(sum(np.size(value) for value, _ in inputs), args, kwargs)
        take = self._forward if self.mode == "forward" else self._reverse
        return take([value for value, _ in inputs], args, kwargs)

    def _value(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return self._of(*map(copy, args), **{name: copy(value) for name, value in kwargs.items()})

    def _fewer(self, n: int, args: Sequence[Any], kwargs: dict[str, Any]) -> Mode:
        value = self._value(args, kwargs)
        return "forward" if n < sum(np.size(leaf) for leaf in _leaves(value)) else "reverse"

    def _recognised(self, inputs: list[Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The Jacobian by a pattern that a run of the function tells; None where it tells none that pays."""
        value = self._value(args, kwargs)
        if len(inputs) != 1 or isinstance(value, tuple):
            return None
        found = self._traced(inputs[0], args, kwargs)
        if found is None or found.shape != (np.size(value), np.size(inputs[0])):
            return None
        mode, colour = self._coloured(found)
        if colour.max(initial=-1) + 2 >= found.shape[mode == "forward"]:
            return None
        try:
            return self._by_colours(found, mode, colour, value, inputs[0], args, kwargs)
        except PatternError:
            self.colours = self.pattern = None
            return None

    def _traced(self, x: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The pattern of the function itself; of a gradient's, that of the function that was generated."""
        from sct.dependencies import pattern

        if isinstance(self._of, Derivative):
            adjoint, values = self._of.prepare("adjoint", args, kwargs)
            place = self._derivative.positions[0]
            return pattern(plain(adjoint), values, place, lambda found: found[1])
        function, values = self._derivative.bound(args, kwargs)
        values[self._derivative.positions[0]] = x
        return pattern(function, values, self._derivative.positions[0])

    def _sparse(self, inputs: list[Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The Jacobian of a known pattern, a product for each colour."""
        value = self._value(args, kwargs)
        if len(inputs) != 1 or isinstance(value, tuple):
            raise ArgumentError("sparsity is of a function whose value is one array, with respect to one parameter")
        found = checked(self._sparsity, np.size(value), np.size(inputs[0]))
        return self._by_colours(found, *self._coloured(found), value, inputs[0], args, kwargs)

    def _coloured(self, pattern: Any) -> tuple[Mode, Any]:
        """The mode that takes fewer colours, and these."""
        by_mode = {mode: colours(pattern if mode == "forward" else pattern.T) for mode in self._modes()}
        return min(by_mode.items(), key=lambda entry: entry[1].max(initial=-1))

    def _by_colours(
        self, pattern: Any, mode: Mode, colour: Any, value: Any, x: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        self.mode, self.pattern = mode, pattern
        self.colours = int(colour.max(initial=-1)) + 1
        forward = self.mode == "forward"
        dtype = np.result_type(x if forward else value, np.float32)
        probe = np.random.default_rng(0).normal(size=len(colour)).astype(dtype)
        given = np.vstack([seeds(colour, dtype), probe])
        *found, probed = self._products(given, x, args, kwargs) if forward else self._pulled(given, value, args, kwargs)
        products = np.reshape(found, (len(found), -1))
        matrix = spread(products, colour, pattern if forward else pattern.T)
        agree(matrix, probe, np.ravel(probed))
        return np.reshape(matrix if forward else matrix.T, np.shape(value) + np.shape(x))[()]

    def _modes(self) -> tuple[Mode, ...]:
        return (self._forced,) if self._forced else ("forward", "reverse")

    def _products(self, given: Any, x: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """The Jacobian times each of the directions."""
        run, (name,), values = self._tangents(args, kwargs)
        found: list[Any] = []
        for start in range(0, len(given), self._chunk):
            stack = given[start : start + self._chunk]
            found += list(run(values, {name: stack.reshape((len(stack), *np.shape(x)))}, len(stack))[1])
        return found

    def _pulled(self, given: Any, value: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """Each of the adjoints times the Jacobian."""
        _, pullback = split(self._derivative, args, kwargs)
        return [np.ravel(pullback(bar.reshape(np.shape(value))[()])) for bar in given]

    # forward mode

    def _forward(self, inputs: list[Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        run, names, values = self._tangents(args, kwargs)
        sizes = [np.size(value) for value in inputs]
        columns: list[list[Any]] = []
        value: Any = None
        for start in range(0, max(1, sum(sizes)), self._chunk):
            count = min(self._chunk, sum(sizes) - start)
            dots = units(inputs, start, count)
            value, stack = run(values, dict(zip(names, dots, strict=True)), count)
            columns.append(_leaves(stack))
        found = []
        for leaf, parts in zip(_leaves(value), zip(*columns, strict=True), strict=True):
            # An axis of directions in front, which belongs behind those of the value.
            whole = np.moveaxis(np.concatenate(parts), 0, -1)
            found.append(self._split(whole, leaf, inputs))
        return tuple(found) if isinstance(value, tuple) else found[0]

    def _tangents(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[str], list[Any]]:
        """What computes a chunk of directions, the names of its tangents, and the arguments."""
        if not self._one_by_one:
            try:
                together, values = self._derivative.prepare("tangents", args, kwargs)
            except RefusedError:
                self._one_by_one = True  # then forward mode as such is refused, or it has no form for stacks
            else:
                names = dots_of(together, len(self._derivative.positions))
                return lambda values, dots, count: self._derivative.run(together, values, **dots), names, values
        single, values = self._derivative.prepare("tangent", args, kwargs)
        return functools.partial(_one_by_one, single), dots_of(single, len(self._derivative.positions)), values

    # reverse mode

    def _reverse(self, inputs: list[Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        value, pullback = split(self._derivative, args, kwargs)
        leaves = _leaves(value)
        found = []
        for k, leaf in enumerate(leaves):
            rows: list[list[Any]] = []
            for unit in units([leaf], 0, np.size(leaf)):
                for seed in unit:
                    bars = [seed if j == k else np.zeros_like(other)[()] for j, other in enumerate(leaves)]
                    bar = pullback(tuple(bars) if isinstance(value, tuple) else bars[0])
                    rows.append(list(bar) if len(inputs) > 1 else [bar])
            parts = [
                np.reshape([row[k] for row in rows], np.shape(leaf) + np.shape(x))[()] for k, x in enumerate(inputs)
            ]
            found.append(self._derivative.ordered(parts[0] if len(parts) == 1 else parts))
        return tuple(found) if isinstance(value, tuple) else found[0]

    def _split(self, whole: Any, leaf: Any, inputs: list[Any]) -> Any:
        """The Jacobian of an output, with respect to each parameter."""
        ends = np.cumsum([np.size(value) for value in inputs])
        parts = [
            np.reshape(part, np.shape(leaf) + np.shape(value))[()]
            for part, value in zip(np.split(whole, ends[:-1], axis=-1), inputs, strict=True)
        ]
        return self._derivative.ordered(parts[0] if len(parts) == 1 else parts)


def _leaves(value: Any) -> list[Any]:
    """The numbers and arrays of a function's value."""
    found = list(value) if isinstance(value, tuple) else [value]
    if not all(isinstance(leaf, int | float | np.number | np.ndarray) for leaf in found):
        raise ArgumentError("a Jacobian is of a function whose value is a number, an array, or a tuple of these")
    return found


def units(inputs: Sequence[Any], start: int, count: int) -> list[Any]:
    """The unit directions from ``start`` on, of all inputs together: for each input a stack of its parts of them."""
    ends = np.cumsum([np.size(value) for value in inputs])
    whole = np.zeros((count, ends[-1]), np.result_type(*map(np.asarray, inputs)))
    whole[np.arange(count), np.arange(start, start + count)] = 1.0
    parts = zip(np.split(whole, ends[:-1], axis=1), inputs, strict=True)
    return [part.reshape((count, *np.shape(value))) for part, value in parts]


def _one_by_one(single: Callable[..., Any], values: list[Any], dots: dict[str, Any], count: int) -> tuple[Any, Any]:
    """The value and a stack of tangents, one pass a direction."""
    value: Any = None
    found: list[Any] = []
    for k in range(count):
        value, dot = call(single, values, **{name: stack[k] for name, stack in dots.items()})
        found.append(dot)
    if isinstance(value, tuple):
        return value, tuple(np.array(column) for column in zip(*found, strict=True))
    return value, np.array(found)
