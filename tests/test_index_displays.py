"""Lists and tuples that are written among indices are arrays of integers, as NumPy takes them."""

from __future__ import annotations

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import numpy as np\n\n\n"
READS = {
    "rows": "np.sum(x[[0, 2], :] * v)",
    "rows alone": "np.sum(x[[0, 2]] * v)",
    "columns": "np.sum(x[:, [0, 2]] * v[:, None])",
    "elements": "np.sum(x[[0, 2], [1, 2]] * v[:2])",
    "a part of rows": "np.sum(x[[0, 2]][1] * v) + np.sum(x[[0, 2], :][:, [1]] * v[:2, None])",
    "a tuple beside another index": "np.sum(x[(0, 1), :] * v) + x[(1, 2)]",
    "lists of lists": "np.sum(x[[[0, 1], [1, 2]]] * v)",
    "truth values": "np.sum(x[[True, False, True]] * v)",
    "indices that stand apart": "np.sum(np.stack([x, 2 * x, x])[0, :, [1, 2]] * v)",
    "np.split in one piece": "np.sum(np.split(x, 1)[0] * v)",
    "transpose with axes": "np.sum(x.transpose(1, 0) * v)",
    "a matrix's norm": "np.linalg.matrix_norm(x) * v[0]",
}
WRITES = {
    "rows": "u[[0, 2]] = v * x[1]",
    "rows in place": "u[[0, 2], :] += v",
    "np.add.at": "np.add.at(u, [0, 0, 2], v)",
    "np.add.at of elements": "np.add.at(u, ([0, 0, 2], [1, 1, 0]), v)",
    "a list with a name": "k = [0, 2]\n    u[k] = v\n    u[:, k] *= 2.0",
    "a tuple with a name": "k = (0, 2)\n    u[k] += v[1]",
    "several": "u[(0, 2), 1:] = v[1:] * 2\n    u[[0, 1], [1, 1]] *= v[:2]",
}
PROGRAMS = {
    **{name: f"    return {text}\n" for name, text in READS.items()},
    **{f"write {k}": f"    u = x.copy()\n    {text}\n    return np.sum(u**3)\n" for k, text in WRITES.items()},
}
ARGS = (np.array([1.0, 2.0, 3.0]), np.arange(1.0, 10.0).reshape(3, 3))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    hold(f"{HEAD}def f(v, x):\n{PROGRAMS[name]}", "f", (0, 1), ARGS, annotated=False)


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        ("k = (0, 2)\n    return np.sum(x[k, 1] * v)", "6:19", "a list or tuple, by its name, as an index"),
    ],
)
def test_refused(body: str, place: str, reason: str) -> None:
    text = f'{HEAD}def f(v: Float[np.ndarray, "n"], x: Float[np.ndarray, "n n"]):\n    {body}\n'
    with pytest.raises(RefusedError, match=f"f.py:{place}: {reason}"):
        differentiate(text, "f.py", [Request("f", (0, 1), "both")])
