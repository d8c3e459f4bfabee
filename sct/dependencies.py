"""Which entries of a function's value depend on which of its argument: the pattern of a sparse Jacobian.

The function runs once with numbers that know which entries they were computed from (Walther, Computing sparse Hessians
with automatic differentiation, 2008; Hill and Dalle, Sparser, better, faster, stronger, 2025).  They carry values too,
so that the run takes the branches that the derivative takes.  What only moves, adds or multiplies elements is followed
element by element; what any other function gives depends on all that it was given.  Where that says too little, or two
such numbers are compared that are equal (which of them goes on is chosen in some way), there is no pattern.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct.generated import call
from sct.witnesses.overload import Algebra, Elements, Inapplicable, Overloading, wrap
from sct.witnesses.trees import numbers, rebuilt

# These run on arrays of such numbers as they are: they move, add or multiply elements, or choose by a condition.
_FOLLOWED_TEXT = """
    where clip sum mean dot vdot inner outer matmul tensordot einsum kron trace cumsum prod cumprod diff ediff1d
    reshape ravel transpose swapaxes moveaxis rollaxis expand_dims squeeze broadcast_to broadcast_arrays atleast_1d
    atleast_2d atleast_3d concatenate stack vstack hstack dstack column_stack split array_split hsplit vsplit dsplit
    flip fliplr flipud roll rot90 tile repeat take compress diag diagonal diagflat tril triu pad meshgrid append
    copy array asarray ascontiguousarray zeros_like ones_like empty_like full_like full shape size ndim max min amax
    amin convolve correlate sinc copyto fill_diagonal
"""
_FOLLOWED = frozenset(_FOLLOWED_TEXT.split())
# What NumPy's loops over objects ask of the numbers themselves.
_ASKED_TEXT = """
    add subtract multiply divide true_divide floor_divide remainder mod power float_power negative positive matmul
    vecdot matvec vecmat greater greater_equal less less_equal equal not_equal logical_and logical_or logical_xor
    logical_not bitwise_and bitwise_or bitwise_xor invert conjugate
"""
_ASKED = frozenset(_ASKED_TEXT.split())
_OF_SCT = frozenset({"checkpoint", "stop_gradient"})


class Traced:
    """A number, and what it was computed from: a bit for each entry of the argument."""

    __slots__ = ("inputs", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, inputs: int) -> None:
        self.value = float(value)
        self.inputs = inputs

    def __float__(self) -> float:
        raise TypeError("a number would lose what it was computed from")

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.value, digits)

    def conjugate(self) -> Traced:
        return self

    def item(self) -> Traced:
        return self


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Traced) else x


def _inputs(x: Any) -> int:
    """All that a number, an array or a structure was computed from."""
    if isinstance(x, Traced):
        return x.inputs
    found = 0
    if isinstance(x, Elements | list | tuple):
        for item in x.ravel() if isinstance(x, Elements) else x:
            found |= _inputs(item)
    return found


def _from_all(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers whose value depends on all of them; a truth value is one."""

    def apply(*xs: Any) -> Any:
        with np.errstate(all="ignore"):
            found = f(*map(_value, xs))
        return bool(found) if isinstance(found, bool | np.bool_) else Traced(found, _inputs(xs))

    return apply


def _operator(f: Callable[..., Any], reflected: bool = False) -> Callable[..., Any]:
    of_numbers = _from_all(lambda *xs: f(*map(np.float64, reversed(xs) if reflected else xs)))
    return lambda *xs: NotImplemented if any(isinstance(x, np.ndarray) for x in xs) else of_numbers(*xs)


def _comparison(f: Callable[..., Any]) -> Callable[..., Any]:
    def apply(a: Any, b: Any) -> Any:
        if isinstance(b, np.ndarray) or not isinstance(b, Traced | int | float | np.number):
            return NotImplemented
        if isinstance(b, Traced) and a.value == b.value:
            raise Inapplicable("two numbers that depend on the argument are compared, and equal")
        return bool(f(a.value, _value(b)))

    return apply


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Traced, f"__{_name}__", _operator(getattr(operator, _name)))
    setattr(Traced, f"__r{_name}__", _operator(getattr(operator, _name), reflected=True))
for _name in ("neg", "pos", "abs"):
    setattr(Traced, f"__{_name}__", _operator(getattr(operator, _name)))
for _name in ("lt", "le", "gt", "ge", "eq"):
    setattr(Traced, f"__{_name}__", _comparison(getattr(operator, _name)))


def _elementwise() -> dict[str, Callable[..., Any]]:
    import scipy.special

    found = {}
    for library in (scipy.special, np):
        for name in dir(library):
            f = getattr(library, name)
            if isinstance(f, np.ufunc) and f.nout == 1 and f.signature is None and f.__name__ not in _ASKED:
                found[f.__name__] = _from_all(f)
    return found


def _opaque(name: str, f: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function gives that is not followed: each number depends on all that it was given."""
    if name.split(".")[-1] in _FOLLOWED or isinstance(f, np.ufunc):
        return NotImplemented
    given = (args, tuple(kwargs.values()))
    if "out" in kwargs:
        raise Inapplicable(f"`{name}` writes into what it is given")
    value = f(*map(_plain, args), **{key: _plain(item) for key, item in kwargs.items()})
    if value is None:
        raise Inapplicable(f"`{name}` writes into what it is given")
    return _tagged(value, _inputs(given))


def _plain(x: Any) -> Any:
    if isinstance(x, Elements):
        return np.array([_value(item) for item in x.ravel()], float).reshape(x.shape)
    return type(x)(map(_plain, x)) if type(x) in (list, tuple) else _value(x)


def _tagged(value: Any, inputs: int) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_tagged(item, inputs) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return _array([Traced(item, inputs) for item in value.ravel()], value.shape)
    if isinstance(value, float | np.floating):
        return Traced(value, inputs)
    if np.asarray(value).dtype.kind not in "biu":  # what is no number with a derivative does not change
        raise Inapplicable("neither floats nor integers")
    return value


def _array(items: list[Any], shape: tuple[int, ...]) -> Any:
    found = np.empty(len(items), object)
    found[:] = items
    return found.reshape(shape)


class _World(Overloading):
    """Functions that take such numbers; what sct makes of functions is not looked into."""

    def converted(self, value: Any, path: str = "") -> Any:
        of_sct = str(getattr(value, "__module__", None) or type(value).__module__).split(".")[0] == "sct"
        if of_sct and callable(value) and getattr(value, "__name__", "") not in _OF_SCT:
            return _refuse
        return super().converted(value, path)


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise Inapplicable("a derivative is called")


def pattern(f: Any, args: Sequence[Any], k: int, result: Callable[[Any], Any] = lambda value: value) -> Any:
    """Where the Jacobian of ``f`` at ``args``, with respect to the ``k``-th, may have entries.

    Returns
    -------
    array of bool or None
        A row for each entry of what ``result`` makes of the value, a column for each of the argument; None where it is
        not known.
    """
    algebra = Algebra(Traced, _elementwise(), {}, lambda number: Traced(_value(number), 0), _opaque)
    given = [rebuilt(value, list(map(float, numbers(value))), array=lambda a: wrap(a, algebra)) for value in args]
    marked = [Traced(value, 1 << j) for j, value in enumerate(np.ravel(args[k]))]
    given[k] = wrap(_array(marked, np.shape(args[k])), algebra)
    world = _World(algebra)
    try:
        with np.errstate(all="ignore"):
            value = result(call(world.function(f), given))
        leaves = np.ravel(np.asarray(value, object))
    except Exception:  # whatever the function says of numbers that are no floats
        return None
    width = (len(marked) + 7) // 8
    packed = b"".join(_inputs(leaf).to_bytes(width, "little") for leaf in leaves)
    bits = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(len(leaves), width), axis=1, bitorder="little")
    return None if world.is_hooked else bits[:, : len(marked)].astype(bool)
