"""What to write instead of what is not supported, by its name.

Before: ``np.vectorize(f)(x)``.
After: the help "call the function for each element: `np.array([f(t) for t in x])`".
"""

from __future__ import annotations

from sct.ir.literals import OF_STRINGS

ASK = "write it with functions that are supported (see docs/functions.md)"
RULE = "write the method out, or state the derivative of a function that calls it with `@sct.rule`"
_OUTSIDE = "it has no derivative: compute it outside, and pass it as an argument"
_DRAWN = "draw the numbers outside of the function, and pass them as an argument: another run would draw others"
_COMPLEX = "its values are complex: put it into a function of real arrays whose derivative `@sct.rule` states"
_EACH = "call the function for each element: `np.array([f(t) for t in x])`"
_ASSIGN = "assign: `x[i] = v`, or `x[mask] = v`"
_CHOOSE = "write `np.where(c, a, b)`, or `np.select([c, d], [a, b])`"
_PLACES = "go over the places: `for i, j in np.ndindex(x.shape):`"
_GRID = 'write `np.meshgrid(np.arange(m), np.arange(n), indexing="ij")`'
_NEW_LIST = "make a new list, `[*xs[:k], x, *xs[k:]]`, or use an array"
_IN_THE_LOOP = "write it where the loop is, as in `for i in {name}(…)`; or make a list of it, `list({name}(…))`"
_CONSTANTS = "compare the string with those that it may be"
# By the names of functions, or of the modules that they are in.
_FUNCTIONS = {
    **dict.fromkeys(("numpy.vectorize", "numpy.frompyfunc"), _EACH),
    **dict.fromkeys(("numpy.piecewise", "numpy.choose"), _CHOOSE),
    **dict.fromkeys(("numpy.put", "numpy.place", "numpy.putmask", "numpy.copyto", "numpy.put_along_axis"), _ASSIGN),
    **dict.fromkeys(("numpy.nditer", "numpy.ndenumerate"), _PLACES),
    **dict.fromkeys(("numpy.indices", "numpy.mgrid", "numpy.ogrid", "numpy.fromfunction"), _GRID),
    **dict.fromkeys(("numpy.fft", "scipy.fft"), _COMPLEX),
    **dict.fromkeys(("numpy.histogram", "numpy.linalg.matrix_rank"), _OUTSIDE),
    **dict.fromkeys(("numpy.random", "random"), _DRAWN),
    **dict.fromkeys(("scipy.optimize", "scipy.interpolate", "scipy.ndimage", "scipy.sparse", "numpy.roots"), RULE),
    "numpy.linalg.eig": f"of a symmetric matrix, `np.linalg.eigh(A)`; else {RULE}",
    "numpy.linalg.eigvals": f"of a symmetric matrix, `np.linalg.eigvalsh(A)`; else {RULE}",
    "numpy.extract": "write `x[condition]`",
    "numpy.poly1d": "write `np.polyval(c, x)`",
    "numpy.polynomial": "write `np.polyval(c[::-1], x)`",
    "numpy.multiply.at": "write a loop: `for i, v in zip(places, values): x[i] *= v`",
    "numpy.unravel_index": "write `i, j = divmod(k, n)`",
    "numpy.lib.stride_tricks": "index: `x[np.arange(n)[:, None] + np.arange(width)]`",
    "numpy.seterr": "write `with np.errstate(…):`",
    "numpy.geomspace": "write `np.exp(np.linspace(np.log(a), np.log(b), n))`",
    "numpy.i0": "write `scipy.special.i0(x)`",
    "numpy.modf": "write `x - np.trunc(x)`",
    "math.modf": "write `x - math.trunc(x)`",
    "math.fsum": "write `sum(xs)`",
    "math.remainder": "write `x - y * round(x / y)`",
    "scipy.integrate": f"{RULE}; of samples, `np.trapezoid`",
    "scipy.signal": f"of vectors, `np.convolve`; else {RULE}",
    "scipy.stats": "write its formula, with functions of `scipy.special`",
    "time": "leave it out, and take the time around the call of this function",
    "logging": "leave it out, or `print`",
    "warnings": "leave it out, `print`, or raise an error",
    "copy": "write `x.copy()` for an array, `[*xs]` for a list",
    "collections": "use a list, a dict of constant keys, or a dataclass",
    **{f"builtins.{name}": _IN_THE_LOOP.format(name=name) for name in ("range", "zip", "enumerate", "reversed")},
    **dict.fromkeys(("builtins.iter", "builtins.next"), "take the items by their places: `xs[0]`"),
    **dict.fromkeys(("builtins.type", "builtins.hasattr"), "ask `isinstance(x, np.ndarray)`"),
}
_KEYWORDS = {
    "where": "write `np.where(condition, …, …)`",
    "out": "assign the result: `y[...] = …`",
    "dtype": "convert what it gives: `.astype(…)`",
    "order": "write `x.T` for the order `F`",
    "initial": "add it, multiply by it, or compare with it, afterwards",
}
_METHODS = {
    **dict.fromkeys(("remove", "clear"), _NEW_LIST),
    **dict.fromkeys((*OF_STRINGS, "split"), _CONSTANTS),
    "sort": "write `xs = sorted(xs)`, or `np.sort(x, axis=…)`",
    "tolist": "leave it out: an array is indexed, and gone through, as a list is",
    "partition": "write `np.partition(x, k)`",
    "put": _ASSIGN,
    "view": "write `x[...]`",
    "rotate": "write `q.append(q.popleft())`, as often as it turns",
    "extendleft": "write `for x in xs: q.appendleft(x)`",
    "setdefault": "assign to the key before",
}


def instead_of(library: str, name: str, usual: str = ASK) -> str:
    """What to write for a function of a library; the ``usual`` help where nothing is known of it."""
    parts = f"{library}.{name}".split(".")
    wholes = (".".join(parts[:k]) for k in range(len(parts), 0, -1))
    return next((_FUNCTIONS[whole] for whole in wholes if whole in _FUNCTIONS), usual)


def instead_of_keyword(name: str) -> str:
    return _KEYWORDS.get(name, ASK)


def instead_of_method(name: str) -> str:
    return _METHODS.get(name, ASK)
