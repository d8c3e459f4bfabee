"""Constants of products: which are short enough to be written, and how.

Before: ``%1 = mul 2, (mul 0.5, %x)``; ``%1 = mul 3.0, (div %x, 7.0)``.
After: ``%1 = %x``, since ``tidy(2 * 0.5)`` is 1; the second as it was, since ``exact(3.0, 7.0)`` is None.
"""

from __future__ import annotations

import math

_DIGITS = 8
"""How long a constant may be written, as in `transform.combining`."""
_ROUNDED = 2
"""How many digits more a rounded product may have."""


def is_short(number: float) -> bool:
    return 0 < abs(number) < math.inf and len(repr(number)) <= _DIGITS


def may_stand_for(number: float, *factors: float) -> bool:
    """Whether a product is written as one number: a short one, or one about as long as a factor that is long anyway."""
    longest = max((len(repr(factor)) for factor in factors if not is_short(factor)), default=0)
    return is_short(number) or (0 < abs(number) < math.inf and 0 < longest >= len(repr(number)) - _ROUNDED)


def tidy(number: float) -> int | float:
    """The number as it is written best: a whole one as an int."""
    return int(number) if abs(number) < 1e6 and number == int(number) else number


def times(number: float, factor: float) -> int | float:
    """A product, as it is written best."""
    try:
        return tidy(number * factor)
    except OverflowError:
        return math.inf


def exact(number: float, divisor: float) -> float | None:
    """A quotient that is short enough to be written."""
    ratio = tidy(number / divisor) if divisor else 0
    return ratio if is_short(ratio) else None
