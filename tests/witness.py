"""Independent witnesses of a derivative: dual numbers through the original function, and Richardson's differences.

Nothing here uses sct.  A dual number carries a value and a derivative and is pushed through the function by operator
overloading (Griewank and Walther, Evaluating Derivatives, 2008, section 6.1): the other way of doing automatic
differentiation.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.trees import along, copied


class Dual:
    """A value and its derivative along one direction."""

    __slots__ = ("dot", "value")

    def __init__(self, value: float, dot: float = 0.0) -> None:
        self.value = float(value)
        self.dot = float(dot)

    def __add__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        return Dual(self.value + other.value, self.dot + other.dot)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        return Dual(self.value - other.value, self.dot - other.dot)

    def __rsub__(self, other):
        return lift(other) - self

    def __mul__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        return Dual(self.value * other.value, self.dot * other.value + self.value * other.dot)

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        quotient = self.value / other.value
        return Dual(quotient, (self.dot - quotient * other.dot) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self

    def __pow__(self, other):
        other = lift(other)
        value = self.value**other.value
        dot = other.value * self.value ** (other.value - 1) * self.dot if other.value else 0.0
        if other.dot:
            dot += value * math.log(self.value) * other.dot
        return Dual(value, dot)

    def __rpow__(self, other):
        return lift(other) ** self

    def __neg__(self):
        return Dual(-self.value, -self.dot)

    def __abs__(self):
        return self if self.value > 0 else -self if self.value < 0 else Dual(0.0)

    def __float__(self):
        raise TypeError("a dual number would lose its derivative")

    def __lt__(self, other):
        return self.value < lift(other).value

    def __le__(self, other):
        return self.value <= lift(other).value

    def __gt__(self, other):
        return self.value > lift(other).value

    def __ge__(self, other):
        return self.value >= lift(other).value

    def __eq__(self, other):
        return self.value == lift(other).value

    __hash__ = None

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.dot)

    def cos(self):
        return Dual(math.cos(self.value), -math.sin(self.value) * self.dot)

    def tanh(self):
        value = math.tanh(self.value)
        return Dual(value, (1 - value * value) * self.dot)

    def exp(self):
        value = math.exp(self.value)
        return Dual(value, value * self.dot)

    def log(self):
        return Dual(math.log(self.value), self.dot / self.value)

    def sqrt(self):
        value = math.sqrt(self.value)
        return Dual(value, self.dot / (2 * value))

    def erfc(self):
        return Dual(math.erfc(self.value), -2 / math.sqrt(math.pi) * math.exp(-(self.value**2)) * self.dot)

    def copy(self):
        return self


def lift(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(value)


class _Math:
    """``math`` for dual numbers."""

    def __getattr__(self, name: str) -> Any:
        original = getattr(math, name)
        if not callable(original):
            return original

        def call(*args):
            if not any(isinstance(arg, Dual) for arg in args):
                return original(*args)
            if name == "hypot":
                return (args[0] * args[0] + args[1] * args[1]).sqrt()
            return getattr(lift(args[0]), name)()

        return call


class _NumPy:
    """``numpy`` for arrays of dual numbers, some of whose elements may be plain floats."""

    def __getattr__(self, name: str) -> Any:
        original = getattr(np, name)
        if name not in ("sin", "cos", "tanh", "exp", "log", "sqrt"):
            return original

        def call(x):
            if not isinstance(x, Dual) and np.asarray(x).dtype != object:
                return original(x)
            return np.frompyfunc(lambda element: getattr(lift(element), name)(), 1, 1)(x)

        return call

    def zeros(self, shape):
        found = np.empty(shape, dtype=object)
        found[...] = 0.0
        return found

    def logaddexp(self, a, b):
        def one(x, y):
            x, y = lift(x), lift(y)
            top = x if x >= y else y
            return top + ((x - top).exp() + (y - top).exp()).log()

        return np.frompyfunc(one, 2, 1)(a, b)

    def abs(self, x):
        return np.frompyfunc(abs, 1, 1)(x)


def along_dual(f: Callable[..., Any], args: Sequence[Any], directions: dict[int, Any]) -> float:
    """The derivative of ``f`` at ``args`` along ``directions`` (by position), by dual numbers."""
    shims = {**f.__globals__, "math": _Math(), "np": _NumPy()}
    for name, value in f.__globals__.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is f.__globals__:
            shims[name] = types.FunctionType(value.__code__, shims, name, value.__defaults__)
    shimmed = types.FunctionType(f.__code__, shims, f.__name__, f.__defaults__)
    values = []
    for position, value in enumerate(args):
        if position not in directions:
            values.append(value)
        else:
            made = np.frompyfunc(Dual, 2, 1)(value, directions[position])
            values.append(made)
    return lift(shimmed(*values)).dot


def along_differences(f: Callable[..., Any], args: Sequence[Any], directions: dict[int, Any]) -> tuple[float, float]:
    """The derivative by central differences with Richardson's extrapolation, and an estimate of its error."""

    def at(step: float) -> float:
        moved = copied(list(args))
        for position, direction in directions.items():
            moved[position] = along(moved[position], direction, step)
        return float(f(*moved))

    table: list[list[float]] = []
    step = 0.02
    best, error = math.nan, math.inf
    for row in range(7):
        table.append([(at(step) - at(-step)) / (2 * step)])
        for column in range(row):
            factor = 4.0 ** (column + 1)
            table[row].append((factor * table[row][column] - table[row - 1][column]) / (factor - 1))
        if row:
            off = abs(table[row][row] - table[row - 1][row - 1])
            if off < error:
                best, error = table[row][row], off
        step /= 2
    return best, error


def load_original(path: Path) -> dict[str, Any]:
    """The module at ``path`` with decorators that do nothing, so that its functions are the author's."""
    import sys

    def decorator(f=None, **_):
        return f if f is not None else (lambda g: g)

    fake = types.ModuleType("sct")
    fake.grad = fake.value_and_grad = decorator  # type: ignore[attr-defined]
    known = sys.modules.get("sct")
    sys.modules["sct"] = fake
    namespace: dict[str, Any] = {"__name__": f"original_{path.stem}"}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    finally:
        if known is None:
            del sys.modules["sct"]
        else:
            sys.modules["sct"] = known
    return namespace
