"""What a module that Numba compiles has besides: decorators, and helpers in a form that Numba compiles."""

from __future__ import annotations

import ast

HELPERS = {
    "_unbroadcast": '''def _unbroadcast(bar, like):
    """Sum ``bar`` over the dimensions along which ``like`` was broadcast."""
    found = np.zeros(like.shape, dtype=like.dtype)
    flat = found.reshape(-1)
    for index in np.ndindex(bar.shape):
        place = 0
        for axis in range(like.ndim):
            size = like.shape[axis]
            place = place * size + (index[axis + bar.ndim - like.ndim] if size != 1 else 0)
        flat[place] += bar[index]
    return found''',
    "_others_prod": '''def _others_prod(x, axis=-1):
    """For each element, the product of all the others (along ``axis``)."""
    others = np.ones_like(x)
    for index in np.ndindex(x.shape):
        for other in np.ndindex(x.shape):
            alike = axis < 0
            if axis >= 0:
                alike = True
                for k in range(x.ndim):
                    alike = alike and (k == axis or index[k] == other[k])
            if alike and index != other:
                others[index] *= x[other]
    return others''',
    "_recurrence": '''def _recurrence(a, b):
    """The running values ``y[k] = a[k] * y[k - 1] + b[k]``."""
    y = b.copy()
    for k in range(1, len(y)):
        y[k] += a[k] * y[k - 1]
    return y''',
    **{
        f"_{name}_along": f'''def _{name}_along(x, axis):
    """The {what} elements along ``axis``."""
    rows = np.moveaxis(x, axis, 0)
    if len(rows) == 0:
        raise ValueError("zero-size array to reduction operation {name}imum which has no identity")
    y = rows[0].copy()
    for k in range(1, len(rows)):
        y = np.{name}imum(y, rows[k])
    return y'''
        for name, what in (("max", "largest"), ("min", "smallest"))
    },
    "_prod_along": '''def _prod_along(x, axis):
    """The products of the elements along ``axis``."""
    rows = np.moveaxis(x, axis, 0)
    y = np.ones(rows.shape[1:], dtype=x.dtype)
    for k in range(len(rows)):
        y = y * rows[k]
    return y''',
    **{
        f"_{name}_of_rows": f'''def _{name}_of_rows(x):
    """``np.{name}(x, axis=1)`` of a matrix."""
    if x.shape[1] == 0:
        raise ValueError("attempt to get {name} of an empty sequence")
    found = np.zeros(x.shape[0], dtype=np.int64)
    for i in range(x.shape[0]):
        best = x[i, 0]
        for j in range(1, x.shape[1]):
            if best == best and (x[i, j] {sign} best or x[i, j] != x[i, j]):
                best = x[i, j]
                found[i] = j
    return found'''
        for name, sign in (("argmin", "<"), ("argmax", ">"))
    },
    "_matmul": '''def _matmul(a, b):
    """``a @ b`` for stacks of matrices."""
    if b.ndim == 2:
        rows = np.ascontiguousarray(a).reshape((-1, a.shape[-1]))
        return (rows @ np.ascontiguousarray(b)).reshape(a.shape[:-1] + (b.shape[-1],))
    if a.ndim == 2:
        stack = np.ascontiguousarray(b).reshape((-1, *b.shape[-2:]))
        side_by_side = np.empty((b.shape[-2], len(stack), b.shape[-1]), dtype=b.dtype)
        for k in range(len(stack)):
            for i in range(b.shape[-2]):
                for j in range(b.shape[-1]):
                    side_by_side[i, k, j] = stack[k, i, j]
        products = np.ascontiguousarray(a) @ side_by_side.reshape((b.shape[-2], -1))
        apart = np.empty((len(stack), len(a), b.shape[-1]), dtype=a.dtype)
        for i in range(len(a)):
            for k in range(len(stack)):
                for j in range(b.shape[-1]):
                    apart[k, i, j] = products[i, k * b.shape[-1] + j]
        return apart.reshape(b.shape[:-2] + (len(a), b.shape[-1]))
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a_rows = np.ascontiguousarray(np.broadcast_to(a, batch + a.shape[-2:])).reshape((-1, *a.shape[-2:]))
    b_rows = np.ascontiguousarray(np.broadcast_to(b, batch + b.shape[-2:])).reshape((-1, *b.shape[-2:]))
    found = np.empty((len(a_rows), a.shape[-2], b.shape[-1]), dtype=a.dtype)
    for k in range(len(a_rows)):
        found[k] = a_rows[k] @ b_rows[k]
    return found.reshape(batch + (a.shape[-2], b.shape[-1]))''',
    "_stacked": '''def _stacked(xs):
    """The arrays of a list, as layers of one."""
    found = np.empty((len(xs),) + xs[0].shape, dtype=xs[0].dtype)
    for k in range(len(xs)):
        if xs[k].shape != xs[0].shape:
            raise ValueError("all input arrays must have the same shape")
        found[k] = xs[k]
    return found''',
    "_of_rows": '''def _of_rows(rows):
    """The matrix of a list of rows."""
    found = np.empty((len(rows), len(rows[0])))
    for i in range(len(rows)):
        if len(rows[i]) != len(rows[0]):
            raise ValueError("the rows differ in length")
        for j in range(len(rows[i])):
            found[i, j] = rows[i][j]
    return found''',
    "_joined": '''def _joined(xs):
    """The arrays of a list, one after the other."""
    count = 0
    for x in xs:
        if x.shape[1:] != xs[0].shape[1:]:
            raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
        count += len(x)
    found = np.empty((count,) + xs[0].shape[1:], dtype=xs[0].dtype)
    start = 0
    for x in xs:
        found[start : start + len(x)] = x
        start += len(x)
    return found''',
    "_split_like": '''def _split_like(y, xs):
    """The parts of an array that are as long as the arrays of a list."""
    parts = []
    start = 0
    for x in xs:
        parts.append(y[start : start + len(x)])
        start += len(x)
    return parts''',
    "_masked": '''def _masked(array, mask):
    """``array[mask]`` for a mask of several dimensions."""
    found = np.empty(np.sum(mask), dtype=array.dtype)
    k = 0
    for index in np.ndindex(mask.shape):
        if mask[index]:
            found[k] = array[index]
            k += 1
    return found''',
    **{
        f"_{kind}_{of}_masked": f'''def _{kind}_{of}_masked(array, mask, {of}):
    """``array[mask] {sign} {of}`` for a mask of several dimensions."""
{before}    for index in np.ndindex(mask.shape):
        if mask[index]:
            array[index] {sign} {of}{item}'''
        for kind, sign in (("put", "="), ("add", "+="))
        for of, before, item in (("number", "", ""), ("values", "    k = 0\n", "[k]\n            k += 1"))
    },
}


def decorated(text: str, njit: str, uncached: set[str]) -> str:
    """The text with Numba's decorator over each of its functions.

    Numba cannot load a recursive function from its cache (the process ends): neither it nor what calls it is cached.
    ``uncached`` has the names of such functions, and gets those of this text.  A function of numbers without loops
    keeps the interpreter's lock: to give it up and to take it again is a fifth of a call.
    """
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    calls = {node.name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} for node in functions}
    reaches = {}
    for name in calls:
        reached, todo = set[str](), [name]
        while todo:
            new = calls.get(todo.pop(), set()) - reached
            reached |= new
            todo += new
        reaches[name] = reached
    recursive = {name for name, reached in reaches.items() if name in reached}
    uncached |= recursive
    uncached |= {name for name, reached in reaches.items() if reached & uncached}
    long = recursive | {node.name for node in functions if any(isinstance(n, _LOOPS) for n in ast.walk(node))}
    lines = text.split("\n")
    for node in reversed(functions):
        is_short = _of_numbers(node) and long.isdisjoint({node.name, *reaches[node.name]})
        options = [] if node.name in uncached else ["cache=True"]
        options += [] if is_short else ["nogil=True"]
        lines.insert(node.lineno - 1, f"@{njit}({', '.join(options)})")
    return "\n".join(lines)


_LOOPS = (ast.For, ast.While, ast.comprehension)


def _of_numbers(node: ast.FunctionDef) -> bool:
    """Whether all the arguments are said to be numbers."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return all(isinstance(a.annotation, ast.Name) and a.annotation.id in ("float", "int", "bool") for a in arguments)
