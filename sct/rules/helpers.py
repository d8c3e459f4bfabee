"""The helper functions that a generated module may end with."""

from __future__ import annotations

HELPERS = {
    "_unbroadcast": '''def _unbroadcast(bar, like):
    """Sum ``bar`` over the dimensions along which ``like`` was broadcast."""
    shape = np.shape(like)
    if np.shape(bar) == shape:
        return bar
    if np.ndim(bar) < len(shape):
        bar = np.reshape(bar, (1,) * (len(shape) - np.ndim(bar)) + np.shape(bar))
    while np.ndim(bar) > len(shape):
        bar = bar.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and np.shape(bar)[axis] != 1:
            bar = bar.sum(axis=axis, keepdims=True)
    return bar if np.shape(bar) == shape else np.broadcast_to(bar, shape).copy()''',
    "_others_prod": '''def _others_prod(x, axis=None):
    """For each element, the product of all the others (along ``axis``)."""
    flat = np.ravel(x) if axis is None else np.moveaxis(x, axis, 0)
    one = np.ones_like(flat[:1])
    before = np.concatenate((one, np.cumprod(flat[:-1], axis=0)))
    after = np.concatenate((np.cumprod(flat[:0:-1], axis=0)[::-1], one))
    others = before * after
    return others.reshape(np.shape(x)) if axis is None else np.moveaxis(others, 0, axis)''',
    "_recurrence": '''def _recurrence(a, b):
    """The running values ``y[k] = a[k] * y[k - 1] + b[k]``, over spans twice as long in each turn."""
    a, y, span = a.copy(), b.copy(), 1
    while span < len(y):
        y[span:] += a[span:] * y[:-span]
        a[span:] *= a[:-span]
        span *= 2
    return y''',
}
