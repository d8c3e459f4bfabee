"""Sizes, and how they are computed.

A size is an int or a symbol (see ``sct.ir.types.Dim``).  ``n-2`` is the symbol ``n`` less two, so that the slices
``u[2:]`` and ``u[1:-1]`` are known to be equally long; ``?(n + 2)`` is ``n`` and two, ``?(m + n)`` a sum,
``?(m - n)`` a difference, ``?(m * n)`` a product, ``?(n / k)`` a quotient without remainder, and ``?(n)[:k:]`` the
length of the slice ``[:k]`` of what is ``n`` long.  What is written alike is equal; of what is not, nothing is known.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from sct.ir.types import Dim, not_one

_fresh = itertools.count()
_LESS = re.compile(r"(.*)-(\d+)")
_MORE = re.compile(r"\?\((.+) \+ (\d+)\)")
_SUM = re.compile(r"\?\([\w.?=-]+(?: [+-] [\w.?=-]+)+\)")
_HEAD = re.compile(r"\?\((.*)\)\[:([^\[\]:]+):\]")
_TAIL = re.compile(r"\?\((.*)\)\[-(\d+)::\]")

_ATOM = re.compile(r"\??[\w.=]+")

_LONG = 50


def fresh() -> Dim:
    """A dimension of which nothing is known."""
    return f"?{next(_fresh)}"


def fresh_like(dim: Dim) -> Dim:
    """A dimension of which nothing is known, but that it is not 1 where ``dim`` is not."""
    return f"{fresh()}+" if not_one(dim) else fresh()


def is_fresh(name: str) -> bool:
    """Whether a size is one of which nothing is known."""
    return re.fullmatch(r"\?\d+\+?", name) is not None


def split_dim(dim: Dim | None) -> tuple[str, int]:
    """The name of a size, and what is taken away from it, or added to it if negative; a number is its own name."""
    base, number = _apart(str(dim))
    return base.removesuffix("+"), -number


def names_in(name: str) -> set[str]:
    """The names that the name of a size is made of, and itself."""
    return atoms_in(name) | {name}


def atoms_in(dim: Dim) -> set[str]:
    """The symbols that a size is computed from."""
    return {name for name in _ATOM.findall(str(dim)) if not name.isdecimal()}


def shift(dim: Dim, by: int) -> Dim:
    """A dimension plus ``by``; one from which more was taken away may have been too small for that."""
    if isinstance(dim, int):
        return max(0, dim + by)
    _, number = _apart(dim)
    return fresh() if number < 0 < number + by else moved(dim, by)


def moved(dim: Dim, by: int) -> Dim:
    """The value of an int, plus ``by``."""
    if isinstance(dim, int):
        return dim + by
    base, number = _apart(dim)
    total = number + by
    return base if total == 0 else f"{base}-{-total}" if total < 0 else f"?({base} + {total})"


def _apart(dim: str) -> tuple[str, int]:
    """A symbol, and the number that is added to it."""
    more, less = _MORE.fullmatch(dim), _LESS.fullmatch(dim)
    return (more[1], int(more[2])) if more else (less[1], -int(less[2])) if less else (dim, 0)


def cut(dim: Dim, bounds: Sequence[Dim | None]) -> Dim:
    """The length of a slice with these bounds, None where one is left out."""
    return f"?({dim})[{':'.join('' if bound is None else str(bound) for bound in bounds)}]"


def ending(dim: Dim, stop: Dim) -> Dim | None:
    """The length of the slice ``[:stop]`` of what is ``dim`` long, where both are some way from the same symbol."""
    if isinstance(dim, int) or isinstance(stop, int):
        return None
    (base, number), (other, end) = _apart(dim), _apart(stop)
    if base != other or end < 0 < number:
        return None
    return dim if end > number else stop


def added(dims: Iterable[Dim]) -> Dim:
    """The size of what has parts of these sizes: all of it, where ``[:k]`` and ``[k:]`` of it are among them."""
    left = list(dims)
    for part in list(left):
        for all_, rest in _completed(part, left):
            if part in left and rest in left:
                left.remove(part)
                left.remove(rest)
                left.append(all_)
    number = sum(dim for dim in left if isinstance(dim, int))
    symbols = sorted(dim for dim in left if isinstance(dim, str))
    if not symbols:
        return number
    found = symbols[0] if len(symbols) == 1 else f"?({' + '.join(symbols)})"
    is_less = number > 0 > _apart(found)[1]  # more may have been taken away than there was
    return f"?({found} + {number})" if is_less else moved(found, number)


def together(a: Dim, b: Dim) -> Dim | None:
    """The value of an int that is a sum of two; of long ones it is not known."""
    (terms, number), (more, other) = linear(a), linear(b)
    if min([*terms.values(), *more.values()], default=0) < 0:
        terms.update(more)
        return combined(terms, number + other)
    found = added((a, b))
    return found if len(str(found)) < _LONG else None


def difference(a: Dim, b: Dim) -> Dim | None:
    """The value of an int that is one less another; of long ones it is not known, nor less what may have been cut."""
    (terms, number), (less, other) = linear(a), linear(b)
    terms.subtract(less)
    return combined(terms, number - other) if other >= 0 or not less else None


def linear(dim: Dim) -> tuple[Counter[str], int]:
    """The symbols that a size is a sum of, or a difference, and the number that is added to these."""
    if isinstance(dim, int):
        return Counter(), dim
    base, number = _apart(dim)
    if not _SUM.fullmatch(base):
        return Counter([base.removesuffix("+")]), number
    first, *others = base[2:-1].split(" ")
    terms = Counter([first])
    for sign, symbol in zip(others[::2], others[1::2], strict=True):
        terms[symbol] += 1 if sign == "+" else -1
    return terms, number


def combined(terms: Mapping[str, int], number: int) -> Dim | None:
    """The size with these symbols, and a number; None of long ones, and of what is not one more than others."""
    above = sorted(symbol for symbol, times in terms.items() for _ in range(times))
    below = sorted(symbol for symbol, times in terms.items() for _ in range(-times))
    if not above:
        return None if below else number
    text = " + ".join(above) + "".join(f" - {symbol}" for symbol in below)
    found = moved(text if len(above) + len(below) == 1 else f"?({text})", number)
    return found if len(str(found)) < _LONG else None


def _completed(part: Dim, others: Iterable[Dim]) -> list[tuple[Dim, Dim]]:
    """What a size may be a part of, each with the size of the rest; 1 is what was taken away of what is one shorter."""
    if part == 1:
        return [(moved(dim, 1), dim) for dim in others if isinstance(dim, str) and _apart(dim)[1] == -1]
    head, tail = _HEAD.fullmatch(str(part)), _TAIL.fullmatch(str(part))
    if head and not head[2].isdecimal():
        whole = _read(head[1])
        return [(whole, cut(whole, (head[2], None, None)))]
    found = head or tail
    return [(_read(found[1]), shift(_read(found[1]), -int(found[2])))] if found else []


def _read(text: str) -> Dim:
    return int(text) if text.isdecimal() else text


def multiplied(dims: Iterable[Dim]) -> Dim:
    """The number of elements of what has these sizes."""
    left = [dim for dim in dims if dim != 1]
    number = prod(dim for dim in left if isinstance(dim, int))
    symbols = sorted(dim for dim in left if isinstance(dim, str))
    if number == 0 or not symbols or len(left) == 1:
        return left[0] if number and len(left) == 1 else number
    factors = " * ".join([*symbols, *([str(number)] if number > 1 else [])])
    return f"?({factors})" + ("+" if number > 1 or any(map(not_one, symbols)) else "")


def scaled(a: Dim | None, b: Dim | None) -> Dim | None:
    """The value of an int that is a product of two, which need not be sizes; of long ones it is not known."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if 1 in (a, b):
        return b if a == 1 else a
    found = f"?({' * '.join(sorted(str(factor).removesuffix('+') for factor in (a, b)))})"
    return found if len(found) < _LONG else None


def divided(dim: Dim, by: Dim) -> Dim:
    """The size of one of ``by`` equal parts."""
    if by == 1:
        return dim
    return dim // by if isinstance(dim, int) and isinstance(by, int) and by > 0 else f"?({dim} / {by})"
