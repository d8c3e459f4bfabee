"""Dual numbers: a value and its derivative along one direction (Griewank and Walther, 2008, section 6.1)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sct.witnesses import elimination
from sct.witnesses.overload import Algebra


class Dual:
    """A value and its derivative along one direction."""

    __slots__ = ("dot", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, dot: Any = 0.0) -> None:
        self.value = np.float64(value)
        self.dot = np.float64(dot)

    def __repr__(self) -> str:
        return repr(float(self.value))

    def __format__(self, spec: str) -> str:
        return format(float(self.value), spec)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        return Dual(self.value + other.value, self.dot + other.dot)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self + -lift(other)

    def __rsub__(self, other: Any) -> Any:
        return lift(other) + -self

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        return Dual(self.value * other.value, _times(self.dot, other.value) + _times(other.dot, self.value))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        quotient = self.value / other.value
        dot = _times(self.dot, 1 / other.value) - _times(other.dot, quotient / other.value)
        return Dual(quotient, dot)

    def __rtruediv__(self, other: Any) -> Any:
        return lift(other) / self

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        x, y = self, lift(other)
        value = x.value**y.value
        dot = _times(x.dot, y.value * x.value ** (y.value - 1)) if y.value else np.float64(0.0)
        return Dual(value, dot + (_times(y.dot, value * np.log(x.value)) if y.dot else 0.0))

    def __rpow__(self, other: Any) -> Any:
        return lift(other) ** self

    def __mod__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = lift(other)
        turns = self.value // other.value
        return Dual(self.value % other.value, self.dot - _times(other.dot, turns))

    def __rmod__(self, other: Any) -> Any:
        return lift(other) % self

    def __floordiv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Dual(self.value // lift(other).value)

    def __rfloordiv__(self, other: Any) -> Any:
        return lift(other) // self

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.dot)

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Dual:
        return Dual(abs(self.value), _times(self.dot, np.sign(self.value)))

    def __float__(self) -> float:
        raise TypeError("a dual number would lose its derivative")

    def __int__(self) -> int:
        return int(self.value)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return math.floor(self.value)

    def __ceil__(self) -> int:
        return math.ceil(self.value)

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self.value), digits)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __lt__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else bool(self.value < lift(other).value)

    def __le__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else bool(self.value <= lift(other).value)

    def __gt__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else bool(self.value > lift(other).value)

    def __ge__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else bool(self.value >= lift(other).value)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, np.ndarray) or not isinstance(other, Dual | int | float | np.number):
            return NotImplemented
        return bool(self.value == lift(other).value)

    def copy(self) -> Dual:
        return self

    def conjugate(self) -> Dual:
        return self

    def item(self) -> Dual:
        return self


def lift(value: Any) -> Dual:
    """A number as a dual one."""
    return value if isinstance(value, Dual) else Dual(value)


def _times(dot: Any, slope: Any) -> Any:
    """What does not move has no part in a derivative, were the slope infinite."""
    return dot * slope if dot else np.float64(0.0)


_PI = math.pi
_SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "sin": lambda x, y: np.cos(x),
    "cos": lambda x, y: -np.sin(x),
    "tan": lambda x, y: 1 / np.cos(x) ** 2,
    "arcsin": lambda x, y: 1 / np.sqrt(1 - x**2),
    "arccos": lambda x, y: -1 / np.sqrt(1 - x**2),
    "arctan": lambda x, y: 1 / (1 + x**2),
    "sinh": lambda x, y: np.cosh(x),
    "cosh": lambda x, y: np.sinh(x),
    "tanh": lambda x, y: 1 / np.cosh(x) ** 2,
    "arcsinh": lambda x, y: 1 / np.sqrt(x**2 + 1),
    "arccosh": lambda x, y: 1 / np.sqrt(x**2 - 1),
    "arctanh": lambda x, y: 1 / (1 - x**2),
    "exp": lambda x, y: y,
    "exp2": lambda x, y: y * np.log(2),
    "expm1": lambda x, y: np.exp(x),
    "log": lambda x, y: 1 / x,
    "log2": lambda x, y: 1 / (x * np.log(2)),
    "log10": lambda x, y: 1 / (x * np.log(10)),
    "log1p": lambda x, y: 1 / (1 + x),
    "sqrt": lambda x, y: 0.5 / y,
    "cbrt": lambda x, y: 1 / (3 * y**2),
    "square": lambda x, y: 2 * x,
    "reciprocal": lambda x, y: -1 / x**2,
    "fabs": lambda x, y: np.sign(x),
    "absolute": lambda x, y: np.sign(x),
    "deg2rad": lambda x, y: _PI / 180,
    "radians": lambda x, y: _PI / 180,
    "rad2deg": lambda x, y: 180 / _PI,
    "degrees": lambda x, y: 180 / _PI,
    "sinc": lambda x, y: (np.cos(_PI * x) - y) / x if x else 0.0,
    "sign": lambda x, y: 0.0,
    "floor": lambda x, y: 0.0,
    "ceil": lambda x, y: 0.0,
    "trunc": lambda x, y: 0.0,
    "rint": lambda x, y: 0.0,
    "erf": lambda x, y: 2 / np.sqrt(_PI) * np.exp(-(x**2)),
    "erfc": lambda x, y: -2 / np.sqrt(_PI) * np.exp(-(x**2)),
    "expit": lambda x, y: y * (1 - y),
    "ndtr": lambda x, y: np.exp(-(x**2) / 2) / np.sqrt(2 * _PI),
    "gammaln": lambda x, y: _special("digamma")(x),
    "gamma": lambda x, y: y * _special("digamma")(x),
}
_TESTS = ("isnan", "isinf", "isfinite", "signbit")


def _special(name: str) -> Callable[..., Any]:
    import scipy.special

    return getattr(scipy.special, name)  # type: ignore[no-any-return]


def _sloped(name: str, slope: Callable[[Any, Any], Any]) -> Callable[[Any], Dual]:
    def apply(x: Any) -> Dual:
        x = lift(x)
        value = (getattr(np, name, None) or _special(name))(x.value)
        return Dual(value, _times(x.dot, slope(x.value, value)) if x.dot else 0.0)

    return apply


def _test(name: str) -> Callable[[Any], bool]:
    return lambda x: bool(getattr(np, name)(lift(x).value))


def _arctan2(y: Any, x: Any) -> Dual:
    y, x = lift(y), lift(x)
    return Dual(np.arctan2(y.value, x.value), (y.dot * x.value - x.dot * y.value) / (x.value**2 + y.value**2))


def _hypot(*parts: Any) -> Any:
    length = Dual(math.hypot(*(lift(x).value for x in parts)))
    dot = sum(lift(x).dot * lift(x).value for x in parts)
    return Dual(length.value, dot / length.value if length.value else 0.0)


def _log_of_sum(log: str) -> Callable[[Any, Any], Dual]:
    base = np.log(2) if log.endswith("2") else 1.0

    def apply(a: Any, b: Any) -> Dual:
        a, b = lift(a), lift(b)
        value = getattr(np, log)(a.value, b.value)
        share = np.exp((a.value - value) * base)
        return Dual(value, share * a.dot + (1 - share) * b.dot)

    return apply


def _copysign(x: Any, sign: Any) -> Any:
    x, sign = lift(x), lift(sign)
    flips = np.signbit(x.value) != np.signbit(sign.value)
    return Dual(-x.value, -x.dot) if flips else x


def _extreme(better: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Two that meet share the slope, unless one is a constant: then it is 0, as sct's documentation has it."""

    def apply(a: Any, b: Any) -> Any:
        if not (isinstance(a, Dual) and isinstance(b, Dual)):
            a, b, shared = lift(a), lift(b), 0.0
        else:
            shared = 0.5 * (a.dot + b.dot)
        if a.value == b.value:
            return Dual(a.value, shared)
        return a if np.isnan(a.value) or better(a.value, b.value) else b

    return apply


def _power(x: Any, y: Any) -> Any:
    return lift(x) ** y


_log = _sloped("log", _SLOPES["log"])


def _slogdet(A: Any) -> tuple[float, Any]:
    det = elimination.eliminated(A, np.eye(len(A)))[1]
    return (1.0, _log(det)) if det > 0 else (-1.0, _log(-det))


DUALS = Algebra(
    kind=Dual,
    elementwise={
        **{name: _sloped(name, slope) for name, slope in _SLOPES.items()},
        **{name: _test(name) for name in _TESTS},
        "power": _power,
        "float_power": _power,
        "arctan2": _arctan2,
        "hypot": _hypot,
        "logaddexp": _log_of_sum("logaddexp"),
        "logaddexp2": _log_of_sum("logaddexp2"),
        "copysign": _copysign,
        "maximum": _extreme(lambda a, b: a > b),
        "minimum": _extreme(lambda a, b: a < b),
        "fmax": _extreme(lambda a, b: a > b),
        "fmin": _extreme(lambda a, b: a < b),
    },
    arrays={**elimination.FUNCTIONS, "linalg.slogdet": _slogdet},
    stopped=lambda value: float(value.value) if isinstance(value, Dual) else value,
)
