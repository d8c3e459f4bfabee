"""Linear inequalities over the integers, and whether they can hold together.

Before: ``j - i - 1 >= 0``, ``i - j >= 0``.
After: they cannot: their sum is ``-1 >= 0``.

Variables are eliminated one by one (Fourier and Motzkin; see Pugh, The Omega Test, 1991, section 2, whose tightening
of constants is used).  "They can" may be wrong, as fractions may hold where no integers do; "they cannot" never is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from math import gcd

ONE = "1"
"""The key of the constant in a linear form."""
Form = Mapping[Hashable, int]
# With more inequalities than this, give up: they can hold.
_TOO_MANY = 200


def constant(number: int) -> Form:
    return {ONE: number} if number else {}


def plus(a: Form, b: Form, times: int = 1) -> Form:
    """``a + times * b``."""
    found = dict(a)
    for key, coefficient in b.items():
        if total := found.get(key, 0) + times * coefficient:
            found[key] = total
        else:
            found.pop(key, None)
    return found


def times(form: Form, number: int) -> Form:
    """``number * form``."""
    return {key: number * coefficient for key, coefficient in form.items() if number}


def can_hold(forms: Iterable[Form]) -> bool:
    """Whether there may be integers for which every form is at least zero."""
    numbers: dict[Hashable, Hashable] = {ONE: ONE}
    # By numbers, so that the same question about other variables, as the parts of a long function ask it, is known.
    return _can_hold(tuple([tuple([(numbers.setdefault(k, len(numbers)), c) for k, c in f.items()]) for f in forms]))


@lru_cache(maxsize=10_000)
def _can_hold(forms: tuple[tuple[tuple[Hashable, int], ...], ...]) -> bool:
    left = _tightened(map(dict, forms))
    while left is not None:
        variables = {key for form in left for key in form if key != ONE}
        if not variables or len(left) > _TOO_MANY:
            return True
        counts = {key: _pairs(left, key) for key in variables}
        key = min(variables, key=lambda key: counts[key])
        low = [form for form in left if form.get(key, 0) > 0]
        high = [form for form in left if form.get(key, 0) < 0]
        rest = [form for form in left if key not in form]
        rest += [plus(_scaled(a, -b[key]), b, a[key]) for a in low for b in high]
        left = _tightened(rest)
    return False


def _pairs(forms: Iterable[Form], key: Hashable) -> int:
    signs = [form[key] > 0 for form in forms if key in form]
    return sum(signs) * (len(signs) - sum(signs))


def _scaled(form: Form, by: int) -> Form:
    return {key: by * coefficient for key, coefficient in form.items()}


def _tightened(forms: Iterable[Form]) -> list[Form] | None:
    """The strongest of the inequalities, in lowest terms; None if one of them cannot hold."""
    found: dict[frozenset[tuple[Hashable, int]], int] = {}
    for form in forms:
        slope = {key: coefficient for key, coefficient in form.items() if coefficient and key != ONE}
        number = form.get(ONE, 0)
        if not slope:
            if number < 0:
                return None
            continue
        divisor = gcd(*slope.values())
        key = frozenset((name, coefficient // divisor) for name, coefficient in slope.items())
        found[key] = min(found.get(key, number // divisor), number // divisor)
    return [{**dict(key), ONE: number} for key, number in found.items()]
