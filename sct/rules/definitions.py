"""Functions of libraries that are short for others, written out: where sct has no row for them as they are called.

A call is lowered where it stands, as one of a nested function of the author's.  This module is read as text, and not
imported: ``numpy__linalg__cond`` is ``numpy.linalg.cond``.
"""
# mypy: ignore-errors

import math

import numpy as np

# bisect, functools, itertools, operator


def functools__partial(function, *args, **options):
    return lambda *more, **others: function(*args, *more, **options, **others)


def functools__reduce(function, iterable, *initial):
    if len(initial) == 1:
        value = initial[0]
        for item in iterable:
            value = function(value, item)
    else:
        value = iterable[0]
        for item in iterable[1:]:
            value = function(value, item)
    return value


def itertools__accumulate(iterable, func=None):
    value = iterable[0]
    values = [value]
    for item in iterable[1:]:
        value = value + item if func is None else func(value, item)
        values.append(value)
    return values


def bisect__bisect(a, x):
    return int(np.searchsorted(a, x, side="right"))


def bisect__bisect_left(a, x):
    return int(np.searchsorted(a, x))


def bisect__bisect_right(a, x):
    return int(np.searchsorted(a, x, side="right"))


def operator__add(a, b):
    return a + b


def operator__sub(a, b):
    return a - b


def operator__mul(a, b):
    return a * b


def operator__truediv(a, b):
    return a / b


def operator__matmul(a, b):
    return a @ b


def operator__pow(a, b):
    return a**b


def operator__neg(a):
    return -a


# math


def math__log(x, base):
    return math.log(x) / math.log(base)


def math__hypot(x, *others):
    length = abs(x)
    for other in others:
        length = math.hypot(length, other)
    return length


def math__dist(p, q):
    return np.linalg.norm(np.subtract(p, q))


def math__prod(iterable, *, start=1):
    value = start
    for x in iterable:
        value = value * x
    return value


def math__sumprod(p, q):
    return sum(a * b for a, b in zip(p, q, strict=True))


def math__isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    return a == b or abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


# numpy


def numpy__clip(a, a_min=None, a_max=None, *, min=None, max=None):
    if a_min is None and min is None:
        return np.minimum(a, max if a_max is None else a_max)
    if a_max is None and max is None:
        return np.maximum(a, min if a_min is None else a_min)
    return np.clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def numpy__add__reduce(array, axis=0, *, keepdims=False):
    return np.sum(array, axis=axis, keepdims=keepdims)


def numpy__multiply__reduce(array, axis=0, *, keepdims=False):
    return np.prod(array, axis=axis, keepdims=keepdims)


def numpy__maximum__reduce(array, axis=0, *, keepdims=False):
    return np.max(array, axis=axis, keepdims=keepdims)


def numpy__minimum__reduce(array, axis=0, *, keepdims=False):
    return np.min(array, axis=axis, keepdims=keepdims)


def numpy__add__accumulate(array, axis=0):
    return np.cumsum(array, axis=axis)


def numpy__multiply__accumulate(array, axis=0):
    return np.cumprod(array, axis=axis)


def numpy__add__outer(A, B):
    if np.ndim(B) == 1:
        return A[..., None] + B
    assert np.ndim(B) == 2
    return A[..., None, None] + B


def numpy__subtract__outer(A, B):
    if np.ndim(B) == 1:
        return A[..., None] - B
    assert np.ndim(B) == 2
    return A[..., None, None] - B


def numpy__multiply__outer(A, B):
    return np.tensordot(A, B, axes=0)


def numpy__sum(a, *, where):
    return np.sum(np.where(where, a, 0))


def numpy__mean(a, *, where):
    return np.sum(np.where(where, a, 0)) / np.count_nonzero(np.broadcast_to(where, np.shape(a)))


def numpy__divide(x1, x2, *, out, where):
    out[...] = np.where(where, x1 / np.where(where, x2, 1), out)
    return out


def numpy__true_divide(x1, x2, *, out, where):
    out[...] = np.where(where, x1 / np.where(where, x2, 1), out)
    return out


def numpy__log(x, *, out, where):
    out[...] = np.where(where, np.log(np.where(where, x, 1)), out)
    return out


def numpy__sqrt(x, *, out, where):
    out[...] = np.where(where, np.sqrt(np.where(where, x, 1)), out)
    return out


def numpy__diff(a, n=1, *, prepend=None, append=None):
    if prepend is None:
        return np.diff(np.hstack((a, append)), n=n)
    if append is None:
        return np.diff(np.hstack((prepend, a)), n=n)
    return np.diff(np.hstack((prepend, a, append)), n=n)


def numpy__interp(x, xp, fp, left=None, right=None):
    value = np.interp(x, xp, fp)
    if left is not None:
        value = np.where(x < xp[0], left, value)
    if right is not None:
        value = np.where(x > xp[-1], right, value)
    return value


def numpy__trapezoid(y, x=None, dx=1.0, axis=-1):
    if axis != -1:
        y = np.moveaxis(y, axis, -1)
        if x is not None:
            if np.ndim(x) > 1:
                x = np.moveaxis(x, axis, -1)
    if x is None:
        return 0.5 * dx * np.sum(y[..., 1:] + y[..., :-1], axis=-1)
    return 0.5 * np.sum(np.diff(x) * (y[..., 1:] + y[..., :-1]), axis=-1)


def numpy__cov(m, *, rowvar=True, bias=False, ddof=1):
    if not rowvar:
        m = m.T
    if bias:
        ddof = 0
    found = np.cov(m)
    if ddof != 1:
        n = m.shape[1]
        found = found * ((n - 1) / (n - ddof))
    return found


def numpy__corrcoef(x, *, rowvar=True):
    return np.corrcoef(x if rowvar else x.T)


def numpy__apply_along_axis(func1d, axis, arr):
    assert arr.ndim == 2, "np.apply_along_axis is differentiated for matrices alone"
    if axis == 0 or axis == -2:
        return np.array([func1d(column) for column in arr.T]).T
    return np.array([func1d(row) for row in arr])


def numpy__linalg__svd(a, full_matrices=True, compute_uv=True):
    if compute_uv:
        return np.linalg.svd(a, full_matrices=full_matrices)
    return np.linalg.svd(a, full_matrices=False)[1]


def numpy__linalg__cond(x):
    values = np.linalg.svd(x, full_matrices=False)[1]
    return values[0] / values[-1]


# scipy


def scipy__linalg__inv(a):
    return np.linalg.inv(a)


def scipy__linalg__det(a):
    return np.linalg.det(a)


def scipy__linalg__solve(a, b):
    return np.linalg.solve(a, b)


def scipy__linalg__pinv(a):
    return np.linalg.pinv(a)


def scipy__linalg__norm(a):
    return np.linalg.norm(a)


def scipy__linalg__cholesky(a, lower=False):
    if lower:
        return np.linalg.cholesky(a)
    return np.linalg.cholesky(a.T).T


def scipy__integrate__trapezoid(y, x=None, dx=1.0, axis=-1):
    return numpy__trapezoid(y, x, dx, axis)


def scipy__integrate__cumulative_trapezoid(y, x=None, dx=1.0):
    if x is None:
        return np.cumsum(0.5 * dx * (y[..., 1:] + y[..., :-1]), axis=-1)
    return np.cumsum(0.5 * np.diff(x) * (y[..., 1:] + y[..., :-1]), axis=-1)


def scipy__spatial__distance__cdist(XA, XB):
    return np.linalg.norm(XA[:, None, :] - XB[None, :, :], axis=-1)
