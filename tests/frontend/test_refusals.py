"""Every refusal: what it says, and where its caret stands (below what is between the two marks ‹ and ›)."""

from __future__ import annotations

import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.refused import refused

HEAD = "import math\nimport numpy as np\nfrom sct import grad\n\n"

CLASS = "from dataclasses import dataclass\n\n\n@dataclass\nclass P:\n    a: float\n\n"

CASES = [
    (
        "def hit(o, d):\n    ‹if o < d:›\n        return None\n    return o, o + d\n\n\n"
        "def f(x: float):\n    r = hit(x, 1.0)\n    return 0.0 if r is None else r[0] * r[1]",
        "what `hit` returns is None on one path and a tuple of 2 on another",
    ),
    (
        "def f(x: float, n: int):\n    ‹if n > 2:›\n        t = (x, x)\n    else:\n        t = (x,)\n    return t[0]",
        "`t` is a tuple of 2 on one path and a tuple of 1 on another",
    ),
    (
        "def f(x: float, n: int):\n    st = None\n    ‹for k in range(n):›\n"
        "        st = {'a': np.array([x])} if st is None else {'a': 2 * st['a']}\n    return st['a'][0]",
        "`st` is None on one path and a dict of 1 on another",
    ),
    (
        "def f(x: float):\n    q = [x]\n    for v in q:\n        if len(q) < 4:\n            ‹q.append(v * x)›\n"
        "    return sum(q)",
        "this changes the length of a list while a loop goes over it",
    ),
    (
        "def f(x: float):\n    q, r = [x, x], [x]\n    for i, (v, w) in enumerate(zip(q, r)):\n        ‹r.append(v)›\n"
        "    return sum(r)",
        "this changes the length of a list while a loop goes over it",
    ),
    (
        'def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "m"], k: int):\n    return np.sum(‹(u, v)[k]›)',
        "it is not known which item this is, and they differ in size",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    ‹for i in range(3):›\n        y = x[i:] ** 2\n    return np.sum(y)',
        "`y` is used behind the loop that binds it, and may have another size in each turn",
    ),
    (
        "def g(y, n):\n    q = [[0] * n for _ in range(n)]\n    ‹q[1][0]› = y[0]\n    return q[1][0]\n\n\n"
        'def f(x: Float[np.ndarray, "n"]):\n    return g(x, 2)',
        "this writes into what a container holds",
    ),
    (
        "def g(y):\n    q = [0, 1]\n    p = (q, 1)\n    ‹q[1]› = y[0]\n    return p[0][1]\n\n\n"
        'def f(x: Float[np.ndarray, "n"]):\n    return g(x)',
        "another name sees this write, through a view or an alias",
    ),
    (
        "def put(q, y):\n    ‹q[1]› = y[0]\n\n\ndef g(y):\n    q = [0, 1]\n    put(q, y)\n    return q[1]\n\n\n"
        'def f(x: Float[np.ndarray, "n"]):\n    return g(x)',
        "this writes a float into the argument `q` where it held none",
    ),
    (
        "TABLE = np.random.rand(2)\n\n\ndef f(x: float, table: float = ‹TABLE›):\n    return x * table",
        "the default of `table` is made where a generated module cannot",
    ),
    (
        'def f(A: Float[np.ndarray, "n m"], b: Float[np.ndarray, "n 1"]):\n'
        '    return np.sum(‹np.einsum("ij,ij->i", A, b)›)',
        "einsum that broadcasts an axis of length 1",
    ),
    (
        'def f(A: Float[np.ndarray, "n m"]):\n    return np.sum(‹np.einsum("ij->ji", A)›)',
        "einsum that moves the axes of one array, of which it gives a view",
    ),
    (
        'def f(A: Float[np.ndarray, "n m"]):\n    return np.sum(‹np.array(A, copy=False)›)',
        "`np.array` of an array that it may not copy",
    ),
    (
        "BAD = np.random.rand(3)\n\n\ndef f(x: float):\n    return x * ‹BAD›",
        "the module constant `BAD` is made by more than arithmetic, containers and constructors of arrays",
    ),
    (
        "BAD = [np.array(3.0)]\n\n\ndef f(x: float):\n    return x * ‹BAD›[0]",
        "the module constant `BAD` is not known: it is a 0-d array",
    ),
    (
        "BAD = {1.5: 2.0}\n\n\ndef f(x: float):\n    return x * ‹BAD›[1]",
        "the module constant `BAD` is not known: the keys of a dict must be constants: strings, integers, or tuples of",
    ),
    ("def f(x: float):\n    return ‹lambda: x›", "a function is used as a value"),
    ("def f(x: float):\n    y = ‹{x for i in range(3)}›\n    return x", "a set comprehension is not supported"),
    ("def f(x: float):\n    return (‹x for i in range(3)›)", "a generator expression is not supported"),
    (
        "def sum(xs):\n    return xs[0]\n\n\ndef f(x: float):\n    return sum(‹x * i for i in range(3)›)",
        "`sum` is a function of yours here, and is given a generator",
    ),
    (
        "from numpy import any\n\n\ndef f(x: float):\n    return x if any(‹x > i for i in range(3)›) else 0.0",
        "`any` is that of numpy here, and is given a generator",
    ),
    (
        "def f(x: float):\n    p = {'w': x, 'v': x}\n    w = ‹p.pop('w')›\n    return w * p['v']",
        "no item of a dict can be popped",
    ),
    (
        'def f(x: Float[np.ndarray, "n n"]):\n    y = x * x\n    ‹y[1, :]› = {"a": x[0, 0]}\n    return np.sum(y)',
        "an array of a structure with labels",
    ),
    (
        "def f(x: float):\n    try:\n        y = math.log(x)\n    ‹except ValueError: y = 0.0›\n    return y",
        "a handler from which the function may go on",
    ),
    (
        "def f(x: float, n: int):\n    y = ‹{i: x for i in range(n)}›\n    return x",
        "the keys of this dict are not known",
    ),
    ("def f(x: float):\n    return sum(‹map(x)›)", "this call of `map` is not supported"),
    ("def f(x: float):\n    a, b = ‹1.5 * (x, 2.0)›\n    return a", "arithmetic on a tuple or list of numbers"),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    y = x if x[0] > 0 else None\n    ‹y += x›\n    return np.sum(y)',
        "it is not known whether this writes into an array or binds a number",
    ),
    (
        "def f(x: float, n: int):\n    xs = ‹[x, 2.0] * n›\n    return xs[0]",
        "it is not known how often this is repeated",
    ),
    (
        "def f(x: float, n: int):\n    xs = ‹[(x, 2.0)] * n›\n    return xs[0][0]",
        "a list that repeats such an item",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    xs = [x, x]\n    return np.sum(‹sum(xs, 2.0)›)',
        "a sum with a start, of other than numbers",
    ),
    (
        "def f(x: float):\n    y = {‹1.5›: x}\n    return x",
        "the keys of a dict must be constants: strings, integers, or tuples of these",
    ),
    ("def f(x: float):\n    return x * ‹2j›", "complex numbers are not supported yet"),
    ("def f(x: float):\n    return ‹complex(x, 1.0)›", "complex numbers are not supported yet"),
    ("def f(‹z›: complex):\n    return z", "complex numbers are not supported yet"),
    (
        'def f(x: Float[np.ndarray, "n m k"]):\n    return np.sum(‹np.trace(x)›)',
        "a diagonal of an array of rank 3",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹x.astype(np.complex128)›)',
        "complex numbers are not supported yet",
    ),
    ("def f(x: float):\n    return ‹x ^ 2›", "bit operators take integers and booleans"),
    ("def f(x: float):\n    return x * ‹~x›", "bit operators take integers and booleans"),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    return max(x, key=abs, ‹default=0.0›)',
        "the keyword `default` is not supported here",
    ),
    ('def f(x: Float[np.ndarray, "m n"]):\n    return max(‹x›)', "it is not known how many items this has"),
    ("def f(x: float):\n    return x * ‹min(())›", "there is nothing to compare"),
    ("def f(x: float):\n    return ‹np.fft.fft(x)›", "the function `np.fft.fft` is not supported"),
    ("def f(x: float):\n    return ‹scale(x)›", "the function `scale` is not known"),
    ("def f(x: float):\n    return x * ‹factor›", "`factor` is not known"),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    return ‹sorted(x, key=lambda v: (v, v))›[0]',
        "items are chosen by keys that are no numbers",
    ),
    ('def f(x: Float[np.ndarray, "n"]):\n    return sorted(x, ‹backward=True›)[0]', "`sorted` has no such keyword"),
    (f"{CLASS}\ndef f(p: P):\n    q = ‹p.copy()›\n    return q.a", "no method `copy` of `P` is known"),
    (f"{CLASS}\ndef f(p: P):\n    return ‹p.predict(2.0)›", "no method `predict` of `P` is known"),
    (
        f"{CLASS}    ‹@classmethod›\n    def made(cls):\n        return cls(1.0)\n\n\n"
        "def f(p: P):\n    return p.made().a",
        "it is not known what the decorator `@classmethod` makes of `P.made`",
    ),
    (
        f"{CLASS}    @property\n    def b(self):\n        return 2.0\n\n\ndef f(p: P):\n    return ‹p.b()›",
        "a call of what the property `P.b` gives",
    ),
    (
        f"{CLASS}    def b(self):\n        return self.a\n\n\ndef f(p: P):\n    g = ‹p.b›\n    return g() * p.a",
        "the attribute `.b` is not supported",
    ),
    (
        f"{CLASS}    def b(self):\n        return self.a\n\n\ndef f(p: P):\n    g = p.a\n    return ‹g()› * p.a",
        "`g` is a value, not a known function",
    ),
    (
        f"{CLASS}    def __getitem__(self, k):\n        return 2.0 * self.a\n\n\n"
        "def f(x: float):\n    p = ‹P(x)›\n    return p[0]",
        "its `__getitem__` may change what its parts are",
    ),
    (
        f"{CLASS}    __iter__ = parts\n\n\ndef f(‹p›: P):\n    (a,) = p\n    return a",
        "its `__iter__` may change what its parts are",
    ),
    ("def f(x: float):\n    z = ‹y›\n    y = x\n    return z", "`y` has no value here"),
    ("def f(x: float):\n    return ‹x.tobytes()›", "the method `.tobytes()` is not supported"),
    (
        f"{CLASS}    k = 3.0\n\n    def b(self):\n        return ‹self.k› * self.a\n\n\ndef f(p: P):\n    return p.b()",
        "`.k` is an attribute of a class, and these are not read",
    ),
    ("def f(x: float):\n    return ‹x.flat›", "the attribute `.flat` is not supported"),
    ("def f(x: float):\n    return np.prod(x, ‹where=True›)", "the keyword `where` is not supported here"),
    ("def f(x: float, k: int):\n    return np.sum(x, ‹axis=k›)", "this argument must be a literal"),
    ("def f(x: float):\n    for i in ‹iter(x)›:\n        x = x * i\n    return x", "this cannot be looped over"),
    (
        "def f(x: float, k: int):\n    for i in ‹reversed(range(0, 9, 0))›:\n        x = x * i\n    return x",
        "the step of this range is no whole number, or 0",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    for a, b in ‹reversed(zip(x, x))›:\n        x[0] = a\n    return a',
        "this cannot be looped over",
    ),
    (
        "def f(x: float):\n    for i, j in ‹range(3)›:\n        x = x * i\n    return x",
        "this cannot be looped over",
    ),
    ("def f(x: float):\n    ‹with open('a') as h:\n        x = 1.0›\n    return x", "this `with` is not supported"),
    (
        "def f(x: float):\n    with np.errstate(‹all='raise'›):\n        x = 1.0\n    return x",
        "an error state that raises is not supported",
    ),
    ("def f(x: float):\n    ‹nonlocal x›\n    return x", "`nonlocal` is not supported here"),
    ("def f(x: float):\n    return ‹await x›", "`await` is not supported"),
    ("def f(x: float):\n    ‹async for i in range(3):\n        x = x * i›\n    return x", "an async loop"),
    ("def f(x: float):\n    ‹from os import path›\n    return x", "an import in a function is not supported"),
    ("def f(x: float):\n    y = ‹{x, 1.0}›\n    return x", "a set is not supported"),
    ("def f(x: float):\n    y = (‹yield from x›)\n    return x", "`yield` is not supported"),
    ("def f(x: float):\n    del ‹x.y›\n    return 1.0", "only a name, or an item of a list, can be deleted"),
    (
        "def f(x: float):\n    try:\n        x = 1.0\n    ‹finally:\n        pass›\n    return x",
        "`finally` is not supported",
    ),
    (
        "def f(x: float):\n    match x, x:\n        case (‹1, y›):\n            x = y\n    return x",
        "a pattern that takes its subject apart",
    ),
    ("def f(x: float):\n    ‹global G›\n    return x", "`global` is not supported"),
    ("def f(x: float):\n    del x\n    return ‹x›", "`x` has no value here"),
    ("def f(x: float):\n    y = x\n    del y, x\n    return ‹y›", "`y` has no value here"),
    ('def f(x: Float[np.ndarray, "n"]):\n    del ‹x[0]›\n    return np.sum(x)', "only a name, or an item of a list"),
    ("def f(x: float):\n    ‹import os›\n    return x", "an import in a function is not supported"),
    ("def f(x: float):\n    ‹class A:\n        pass›\n    return x", "a class is not supported"),
    ("def f(x: float):\n    y = (‹yield x›)\n    return y", "`yield` is not supported"),
    ("def f(x: float):\n    ‹x.y› = 1.0\n    return x", "an assignment to an attribute is not supported"),
    ("def f(x: float):\n    ‹a, *b, c› = (x,)\n    return a", "there are too few items for these targets"),
    ('def f(x: Float[np.ndarray, "n"]):\n    ‹a, *b› = x\n    return a', "it is not known how many items this has"),
    ("def f(x: float):\n    ‹x + 1›\n    return x", "this expression has no effect"),
    ("def f(x: float, ‹*rest›):\n    return x", "`*args` is not supported"),
    ("def f(x: float, ‹**rest›):\n    return x", "`**kwargs` is not supported"),
    ("async def ‹f›(x: float):\n    return x", "an async function is not supported"),
    ("def f(‹x›):\n    return x", "the kind of `x` is not known"),
    ("def f(x: float):\n    return ‹math.sin(*(x, x))›", "`sin` does not take this argument here"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return 1.0 if ‹1.0 in x› else x[0]', "`in` needs a tuple"),
    (
        "def f(x: float, y: float):\n    return 1.0 if ‹x is y› else x",
        "`is` is only supported with None, True and False",
    ),
    (
        "def g(x):\n    flat = x.ravel()\n    ‹flat[1]› = 2.0\n    return flat[0]\n\n\n"
        'def f(x: Float[np.ndarray, "n n"]):\n    return g(x * 2.0)',
        "writes through a view",
    ),
    (
        'def f(x: Float[np.ndarray, "n n"]):\n    row = x.ravel()\n    ‹x[0, 1]› = 2.0\n    return row[1]',
        "another name sees this write",
    ),
    (
        "def f(x: float):\n    y = np.array(x)\n    z = y\n    ‹z += 2.0›\n    return y * z",
        "another name sees this write into a 0-d array",
    ),
    (
        "def f(x: float):\n    y = np.array(x)\n    z = max(y, 1.0)\n    ‹z += 2.0›\n    return y * z",
        "another name sees this write into a 0-d array",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    y = np.tensordot(x, x, 1)\n    z = y\n    ‹z += 2.0›\n    return y * z',
        "another name sees this write into a 0-d array",
    ),
    (
        "def g(x):\n    for _ in range(2):\n        x = np.where(x > 0.0, x, 1.0)\n    return x\n\n\n"
        "def f(x: float):\n    y = g(x)\n    z = y\n    ‹z += 2.0›\n    return y * z",
        "another name sees this write into a 0-d array",
    ),
    (
        "def f(x: float):\n    y = np.where(x > 0.0, x, 1.0)\n    z = y\n    ‹z += 2.0›\n    return y * z",
        "another name sees this write into a 0-d array",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    v = x[0, ...]\n    ‹v += 2.0›\n    return np.sum(x)',
        "another name shows an element: `a[..., 0]` is a view",
    ),
    (
        'def f(x: Float[np.ndarray, "n n"]):\n    k = np.array(0)\n    row = ‹x[k]›\n    row[0] = 5.0\n'
        "    return x[0, 0]",
        "a 0-d array as an index makes a copy",
    ),
    (
        'def f(x: Float[np.ndarray, "a b"]):\n    return x.reshape(4, 1, ‹order="F"›)[0, 0]',
        "the keyword `order` is not supported here",
    ),
    (
        'def f(x: Float[np.ndarray, "n n"]):\n    s, U = np.linalg.eigh(x)\n    ‹s[0]› = 0.0\n    return np.sum(s)',
        "this writes into one of the arrays that `eigh` returns",
    ),
    (
        "def f(x: float, n: int):\n    now = x\n    ‹for i in range(n):\n        if i > 0:\n"
        "            now = now * last\n        if i > 1:\n            now = x / last\n        last = now * now›\n"
        "    return last * now",
        "`last` has no value yet in the first turn of this loop",
    ),
    ('def f(x: Float[np.ndarray, "a b"]):\n    return np.sum(‹2.0 @ x›)', "a matrix product with a number"),
    ('def f(x: Float[np.ndarray, "a b"]):\n    return np.sum(‹np.squeeze(x)›)', "which dimensions squeeze takes away"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.tril(x)›)', "a triangle of a vector"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.repeat(x, x > 0)›)', "a different number"),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.zeros(3, dtype=complex)› * x)',
        "complex numbers are not supported yet",
    ),
    ('def f(x: Float[np.ndarray, "n n"]):\n    return np.sum(‹np.linalg.norm(x, 1)›)', "the norm with `ord=1`"),
    ('def f(x: Float[np.ndarray, "n n"]):\n    return np.sum(‹np.einsum("ii->i", x)›)', "a label twice"),
    ('def f(x: Float[np.ndarray, "n n"]):\n    return np.sum(‹np.einsum("...i->i", x)›)', "einsum with `...`"),
    ('def f(x: Float[np.ndarray, "n n"]):\n    return np.sum(‹np.hstack(x)›)', "`hstack` of what is no list of arrays"),
    ('def f(x: Float[np.ndarray, "n n"]):\n    return np.sum(‹np.expand_dims(x)›)', "needs the argument `axis`"),
    ("def f(x: float):\n    return ‹np.var(x)›", "the variance of a number"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.diff(x, n=0)›)', "a difference of order 0"),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.select([x < 1.0, x > 2.0], [x])›)',
        "`select` needs conditions, and as many choices",
    ),
    (
        'def f(x: Float[np.ndarray, "n"]):\n    cs = [x < t for t in x]\n    return np.sum(np.select(‹cs›, [x]))',
        "it is not known how many items this has",
    ),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.pad(x, 1, mode="mean")›)', "pad with what is computed"),
    (
        'def f(x: Float[np.ndarray, "n"], w: tuple[float, float]):\n    return np.sum(‹np.pad(x, w)›)',
        "widths that are not written out",
    ),
    ('def f(x: Float[np.ndarray, "m n"]):\n    return np.sum(‹np.gradient(x)›)', "along all axes"),
    ('def f(x: Float[np.ndarray, "m n"]):\n    return np.sum(‹np.take(x, 0)›)', "take from all elements of a matrix"),
    ('def f(x: Float[np.ndarray, "n"], q: float):\n    return np.quantile(x, ‹q›)', "this argument must be a literal"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(np.sort(x, ‹kind="stable"›))', "the keyword `kind`"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹x[0, 1]›)', "too many indices"),
    *[
        (f"def f(x: float):\n    try:\n        y = x\n    {handler}\n    return y", reason)
        for handler, reason in (
            ("‹except ValueError:\n        y = 0.0›", "a handler from which the function may go on"),
            ("‹except ValueError:\n        return 0.0›", "a handler from which the function may go on"),
            ("‹except ValueError:\n        if 1:\n            raise›", "a handler from which the function may go on"),
            ("except ValueError:\n        raise KeyError(‹y›)", "the handler reads or binds the variable `y`"),
            ("except ValueError as ‹y›:\n        raise", "the handler reads or binds the variable `y`"),
        )
    ],
    ("def f(x: float):\n    ‹async with np.errstate():\n        y = x›\n    return y", "an async `with`"),
    ("def f(x: float):\n    ‹with np.printoptions():\n        y = x›\n    return y", "this `with` is not supported"),
    *[
        (f"def f(x: float):\n    y = ‹{call}›\n    return x", f"the built-in function `{call.split('(')[0]}`")
        for call in ("exec('x')", "eval('x')", "set((1, 2))", "str(x)", "getattr(x, 'T')", "globals()", "iter(x)")
    ],
    *[
        (f"def f(x: float, n: int):\n    rows = ‹{call}›\n    return x", "is not supported here")
        for call in ("range(n)", "zip((x, x), (x, x))", "enumerate((x, x))")
    ],
    ("def f(x: float):\n    return x * ‹float(f'{x}')›", "a string is no number"),
    ("def f(x: float):\n    return x * ‹float(('%r' % x)[:9])›", "a string is no number"),
    ("def f(x: float):\n    return x * ‹float('1' + f'{x}')›", "a string is no number"),
    ("def f(x: float, s: str):\n    t = ‹s.split()›\n    return x", "the method `.split()` is not supported"),
    ("def f(x: float):\n    t = ‹x.upper()›\n    return x", "the method `.upper()` is not supported"),
    ("def f(x: float):\n    return x * ‹np.random.rand()›", "the function `np.random.rand` is not supported"),
    ("def f(x: float):\n    r = ‹np.random.default_rng(0)›\n    return x", "the function `np.random.default_rng`"),
    ("def f(x: float):\n    return x * ‹np.linalg.eig(x)›", "the function `np.linalg.eig` is not supported"),
    ("def f(x: float):\n    return ‹np.hypot.reduce(x)›", "the function `np.hypot.reduce` is not supported"),
    ("def f(x: float):\n    return ‹np.vectorize(math.sin)›(x)", "the function `np.vectorize` is not supported"),
    ("def f(x: float):\n    return ‹x.imag›", "the attribute `.imag` is not supported"),
    ("G = np.zeros(3)\n\n\ndef f(x: float):\n    ‹G›[0] = x\n    return x", "what `G` holds is changed in its module"),
    ("G = 1.0\nG += 1.0\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound more than once in its module"),
    ("G = 1.0\nif 1:\n    G = 2.0\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound more than once"),
    (
        "def f(x: float, n: int):\n    D = [[x] * 3 for _ in range(n)]\n    ‹D[1][2]› = x\n    return D[1][2]",
        "this writes into what a container holds",
    ),
    ("G, H = pair()\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound together with other names"),
    ("G, *H = 1.0, 2.0\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound together with other names"),
    ("G, H = 1.0, 2.0\nH = 3.0\n\n\ndef f(x: float):\n    return x * ‹H›", "`H` is bound more than once"),
    (
        "G = ((1.0, 2.0), (3.0,))\n\n\ndef f(x: float):\n    return x * np.sum(‹np.array(G)›)",
        "an array of rows of different lengths",
    ),
    ("G = H = 1.0\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound together with other names"),
    ("if 1:\n    G = 2.0\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound in an `if`"),
    (
        "try:\n    from fast import g\nexcept ImportError:\n    pass\n\n\ndef f(x: float):\n    return ‹g›(x)",
        "`g` is bound in a `try`",
    ),
    ("if 1:\n    ‹def f(x: float):›\n        return x * 2", "`f` is bound in an `if`"),
    ("class math:\n    pi = 3.0\n\n\ndef f(x: float):\n    return x * ‹math›.pi", "`math` is bound more than once"),
    ("np = math\n\n\ndef f(x: float):\n    return ‹np.sin›(x)", "`np` is bound more than once in its module"),
    (
        "try:\n    import cmath as math\nexcept ImportError:\n    pass\n\n\ndef f(x: float):\n    return ‹math.sin›(x)",
        "`math` is bound more than once in its module",
    ),
    (
        "def g(x):\n    return x\n\n\nif 1:\n    def g(x):\n        return 2 * x\n\n\n"
        "def f(x: float):\n    return ‹g›(x)",
        "`g` is bound in an `if`",
    ),
    (
        "def ‹range›(n):\n    return [2.0, 3.0]\n\n\ndef f(x: float):\n    s = 0.0\n    for i in range(3):\n"
        "        s = s + i * x\n    return s",
        "`range` is also the name of a built-in function that generated code needs",
    ),
    ("class T:\n    pass\n\n\ndef f(x: float):\n    return x * ‹T›", "the class `T` is used as a value"),
    ("def f(x: float):\n    ‹if x < 0:›\n        return x", "`f` returns None on one path and a float on another"),
    (
        "def f(x: float):\n    ‹for i in range(3):›\n        if x < i:\n            return x * i",
        "`f` returns None on one path and a float on another",
    ),
    ("def ‹f›(x: float):\n    y = x * 2", "`f` returns no number"),
    ("G = 1.0\nfrom math import pi as G\n\n\ndef f(x: float):\n    return x * ‹G›", "`G` is bound more than once"),
    (
        "from math import log2 as lg\nfrom math import log as lg\n\n\ndef f(x: float):\n    return ‹lg›(x)",
        "`lg` is bound more than once in its module",
    ),
    ("import scipy as np\n\n\ndef f(x: float):\n    return ‹np.sin›(x)", "`np` is bound more than once"),
    (
        "try:\n    import cupy as np\nexcept ImportError:\n    pass\n\n\ndef f(x: float):\n    return ‹np.sin›(x)",
        "`np` is bound",
    ),
    ("np = wrapped(np)\n\n\ndef f(x: float):\n    return ‹np.sin›(x)", "`np` is bound more than once"),
    (
        "G = 1.0\nif G:\n    from math import pi as G\n\n\ndef f(x: float):\n    return x * ‹G›",
        "`G` is bound more than once",
    ),
    (
        "from math import e\n\nK = 2 * e\nfrom math import pi as e\n\n\ndef f(x: float):\n    return x * ‹K›",
        "the module constant `K` is made by more than arithmetic",
    ),
    (
        "G = 1.0\n\n\ndef set_it():\n    def inner():\n        global G\n        G = 2.0\n\n\n"
        "def f(x: float):\n    return x * ‹G›",
        "`G` is bound more than once in its module",
    ),
    ("def g(x, acc=[]):\n    return x\n\n\ndef f(x: float):\n    return ‹g(x)›", "the default of `acc`"),
    ("def f(x: float):\n    g = lambda **t: ‹t['a']›\n    return g(b=x)", "there is no key 'a' here"),
    ("def f(x: float):\n    g = lambda u, **t: u * t['a']\n    return g(x, ‹u=x›, a=x)", "`u` is given twice"),
    ("def f(x: float):\n    g = lambda **t: t['a']\n    return g(a=x, ‹**{'a': x}›)", "`a` is given twice"),
    (
        "def f(x: float, n: int):\n    d = ‹dict([(k, x) for k in range(n)])›\n    return d[0]",
        "the keys of this dict are not",
    ),
    (
        "def f(x: float):\n    g = np.abs\n    return g(x) if ‹g is np.absolute› else x",
        "`is` is only supported with None, True and False",
    ),
    ("def f(x: float):\n    return math.sin(‹**{'x': x}›)", "`**` in a call is not supported"),
    ("def f(x: float):\n    print(‹*(x, x)›)\n    return x", "`*` in a call is not supported"),
    (
        "def f(x: float):\n    ‹@np.vectorize›\n    def g(t):\n        return t\n    return g(x)",
        "a decorator in a function",
    ),
    (
        "def f(x: float):\n    def g(n):\n        return x if n == 0 else ‹g(n - 1)›\n    return g(3)",
        "`g` calls itself",
    ),
    (
        'def f(x: float, u: Float[np.ndarray, "n"]):\n    return np.sum(‹u[x > 0]› * u) * x',
        "a truth value as an index of an array, for which NumPy adds a dimension",
    ),
    (
        'def f(x: float, u: Float[np.ndarray, "n"]):\n    b = x > 0\n    ‹u[b]› = x\n    return u[0]',
        "a truth value as an index of an array, for which NumPy adds a dimension",
    ),
    (
        'def f(x: float, u: Float[np.ndarray, "n"]):\n    ‹u[()]› = x * u\n    return np.sum(u)',
        "an empty index is not supported",
    ),
    ("def f(x: float):\n    a = np.zeros(3)\n    i = (0,)\n    return x * a[‹*i›]", "`*` is not supported here"),
    ("def f(x: float):\n    a = np.zeros(3)\n    ‹a.shape› = (3, 1)\n    return x", "an assignment to an attribute"),
    ("def f(x: float):\n    a = np.zeros(3)\n    a = ‹a.sort()›\n    return x", "the method `.sort()`"),
    ("def f(x: float):\n    ‹raise ValueError(*(x, x))›", "this raise is not supported"),
    ("def f(x: float):\n    ‹raise ValueError('a') from None›", "this raise is not supported"),
    ("class E(Exception):\n    pass\n\n\ndef f(x: float):\n    raise ‹E›('a')", "`E` is defined in this module"),
    ("def f(x: float):\n    ‹yield x›\n    return x", "`yield` is not supported"),
    (
        "def f(x: float):\n    z = x\n    y = [‹z := 2 * i› for i in range(3)]\n    return z",
        "`:=` in a comprehension binds `z`",
    ),
    ("def f(x: float):\n    d = ‹{'a': x} & {'b': x}›\n    return d['b']", "bit operators take integers and booleans"),
    ("def f(x: float):\n    ‹await x›\n    return x", "`await` is not supported"),
    ('def f(x: Float[np.ndarray, "n"]):\n    return np.sum(‹np.sum(x, axis=1)›)', "axis 1 is out of range"),
]


@pytest.mark.parametrize(("marked", "reason"), CASES, ids=[reason for _, reason in CASES])
def test_refusal(marked: str, reason: str) -> None:
    assert reason in refused(HEAD + marked).reason


def test_all_problems_of_all_functions_are_reported_together() -> None:
    source = HEAD + "def f(x: float):\n    a = np.fft.fft(x)\n    return {x}\n\n\ndef g(x: float):\n    return foo(x)\n"
    with pytest.raises(RefusedError) as caught:
        differentiate(source, "model.py", [Request("f"), Request("g")])
    assert [d.span.line for d in caught.value.diagnostics] == [6, 7, 11]


def test_a_second_place_explains_the_first() -> None:
    source = HEAD + 'def f(x: Float[np.ndarray, "n n"]):\n    row = x.ravel()\n    x[0, 1] = 2.0\n    return row[1]\n'
    with pytest.raises(RefusedError, match=r"model.py:6:11: note: it was made here"):
        differentiate(source, "model.py", [Request("f")])


def test_a_syntax_error_is_a_refusal() -> None:
    with pytest.raises(RefusedError, match=r"model.py:2:\d+: this is not valid Python"):
        differentiate("def f(x):\n    return (\n", "model.py", [Request("f")])


WRITING = {
    "a call returned its argument, which is read after the call": (
        'def halved(u: Float[np.ndarray, "n"]):\n    u *= 0.5\n    return u\n\n\n'
        'def f(x: Float[np.ndarray, "n"]):\n'
        "    y = halved(x)\n    ‹y[0]› = np.sum(x * x)\n    return np.sum(y)\n"
    ),
    "given twice": (
        'def add(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]):\n    u[0] = v[1]\n\n\n'
        'def f(x: Float[np.ndarray, "n"]):\n    ‹add(x, x)›\n    return x[0]\n'
    ),
    "may be mixed with another array": (
        'def ‹mix›(u: Float[np.ndarray, "n"]):\n'
        "    w = u if u[0] > 0 else np.sin(u)\n    total = w.sum()\n    u[0] = 1.0\n    return total\n\n\n"
        'def f(x: Float[np.ndarray, "n"]):\n    return mix(x)\n'
    ),
}


@pytest.mark.parametrize("reason", WRITING)
def test_a_callee_whose_writes_cannot_be_followed(reason: str) -> None:
    assert reason in refused(HEAD + WRITING[reason]).reason


def test_a_write_into_a_row_of_a_list_is_said_once() -> None:
    text = HEAD + "def f(x: float, n: int):\n    D = [[x] * 3 for _ in range(n)]\n    D[1][2] = x\n    return D[1][2]\n"
    with pytest.raises(RefusedError) as caught:
        differentiate(text, "model.py", [Request("f")])
    (found,) = caught.value.diagnostics
    assert "make the rows an array" in found.help
