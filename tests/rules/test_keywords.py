"""Every keyword of every NumPy function that has a row is honoured, or refused: never ignored."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct.rules  # noqa: F401 - fills the table
from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules import VOCABULARY
from sct.rules.helpers import HELPERS
from sct.rules.spelling import libraries
from sct.rules.table import lookup

# What is given for each keyword: never its default.  ``c`` is a matrix of positive numbers.
VALUES = {
    **dict.fromkeys(("keepdims", "overwrite_input", "bias", "returned", "subok", "sparse", "retstep"), "True"),
    **dict.fromkeys(("out", "prepend", "append", "weights", "mean", "like", "sorter"), "c"),
    **dict.fromkeys(("fweights", "aweights"), "c[0]"),
    **dict.fromkeys(("axis", "ddof", "correction", "k", "offset", "ord"), "1"),
    **dict.fromkeys(("n", "edge_order", "ndim"), "2"),
    **dict.fromkeys(("endpoint", "rowvar"), "False"),
    **dict.fromkeys(("w", "to_end", "to_begin"), "c[0]"),
    **{"UPLO": "'U'", "full_matrices": "False", "compute_uv": "False", "hermitian": "True", "rtol": "0.1"},
    **{"rcond": "0.1", "full": "True", "cov": "True", "m": "2", "base": "3.0", "increasing": "True", "discont": "0.1"},
    **dict.fromkeys(("left", "right", "nan", "posinf", "neginf", "constant_values", "initial", "period"), "0.5"),
    **dict.fromkeys(("method", "interpolation"), "'lower'"),
    **{"where": "c > 0.5", "order": "'F'", "mode": "'reflect'", "casting": "'unsafe'", "indexing": "'ij'"},
    **{"kind": "'stable'", "optimize": "True", "ndmin": "3", "min": "0.3", "max": "0.4", "dtype": "np.float32"},
}
ARGUMENTS = {
    **dict.fromkeys(("reshape", "broadcast_to"), "x, (4, 4)"),
    **dict.fromkeys(("percentile", "quantile"), "x, 0.5"),
    **dict.fromkeys(("roll", "repeat", "tile", "pad"), "x, 1"),
    **dict.fromkeys(("split",), "x, 2"),
    **{"full": "(4, 4), x[0, 0]", "linspace": "x[0, 0], x[0, 1]", "interp": "x[0], np.cumsum(c[0]), x[1]"},
    "linalg.lstsq": "x, c",
    **{"linalg.multi_dot": "[x, c]", "linalg.matrix_power": "x, 2"},
    **dict.fromkeys(("array_split", "hsplit", "vsplit", "partition"), "x, 2"),
    **dict.fromkeys(("convolve", "correlate", "polyadd", "polysub", "polymul", "polyval"), "x[0], c[0]"),
    **dict.fromkeys(("polyder", "polyint", "vander", "ediff1d"), "x[0]"),
    **{"polyfit": "x[0], x[1], 2", "logspace": "x[0, 0], x[0, 1]", "compress": "c[0] > 0.5, x", "rollaxis": "x, 1"},
    **{"clip": "x, 0.3, 0.4", "matmul": "x, c", "ldexp": "x, 2"},
    **{"einsum": "'ij,jk->ik', x, c", "meshgrid": "x[0], c[0]", "broadcast_arrays": "x, c"},
}
UFUNC = ("out", "where", "dtype", "casting", "order", "subok", "axis", "keepdims")


def _cases() -> Iterator[tuple[str, str]]:
    """(function, keyword) for all that the libraries' signatures list."""
    for name, neutral in sorted(libraries()["numpy"].items()):
        row, function = lookup(neutral), np
        for part in name.split("."):
            function = getattr(function, part, None)  # type: ignore[assignment]
        if row is None or row.is_zero or not callable(function):
            continue
        try:
            names = UFUNC if isinstance(function, np.ufunc) else tuple(inspect.signature(function).parameters)  # type: ignore[arg-type]
        except ValueError:
            names = tuple(VALUES)
        yield from ((name, keyword) for keyword in names if keyword in VALUES)


CASES = list(_cases())
DEFINITIONS = Path(VOCABULARY.definitions).read_text()


@pytest.mark.parametrize(("name", "keyword"), CASES, ids=[f"{name}-{keyword}" for name, keyword in CASES])
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:'where' used without 'out'")
def test_a_keyword_is_honoured_or_refused(name: str, keyword: str) -> None:
    row = lookup(libraries()["numpy"][name])
    assert row is not None
    count = len(row.operands) - len(row.defaults)
    given = ARGUMENTS.get(name) or ("[x, c]" if row.is_sequence else ", ".join(["x", "c", "c"][:count]))
    text = f"import numpy as np\n\n\ndef f(x, c):\n    return np.{name}({given}, {keyword}={VALUES[keyword]})\n"
    author: dict[str, Any] = {}
    exec(text, author)
    rng = np.random.default_rng(0)
    x, c, x_dot = (rng.uniform(0.2, 0.9, size=(4, 4)) for _ in range(3))
    matrix = Type("array", ("n+", "n+"))
    try:
        value = author["f"](x, c.copy())
        (piece,) = differentiate(text, "f.py", [Request("f", (0,), "both", (matrix, matrix))])
    except (RefusedError, TypeError, ValueError, IndexError):
        return  # refused by us, or by NumPy
    if isinstance(value, list | tuple):
        return
    module: dict[str, Any] = {}
    needs = ["import numpy as np", *piece.needs, piece.text, *(HELPERS[helper] for helper in piece.helpers)]
    exec("\n".join(needs), module)
    same, dot = module["f_tangent"](x, c.copy(), x_dot)
    is_written_out = f"def numpy__{name.replace('.', '__')}(" in DEFINITIONS  # in other terms, which round otherwise
    np.testing.assert_allclose(same, value, rtol=1e-13 if is_written_out else 0, atol=0)
    bar = rng.normal(size=np.shape(value))
    again, x_bar = module["f_adjoint"](x, c.copy(), f_bar=bar)
    np.testing.assert_array_equal(again, same)
    step, tolerance = (1e-2, 1e-2) if keyword == "dtype" else (1e-6, 1e-5)
    up, down = (np.array(author["f"](x + h * x_dot, c.copy())) for h in (step, -step))
    slope = (up - down) / (2 * step)
    valid = np.isfinite(slope)
    np.testing.assert_allclose(np.asarray(dot)[valid], slope[valid], rtol=tolerance, atol=tolerance)
    if valid.all():
        np.testing.assert_allclose(np.sum(x_bar * x_dot), np.sum(bar * dot), rtol=tolerance, atol=tolerance)


HELPS = {
    "np.einsum(x, [0, 1], x, [0, 1], [])": "write the labels first, as a string",
    "np.linalg.norm(x, ord=-np.inf, axis=1)": "write `np.min(np.abs(x), axis=…)`",
    'x.ravel("F")': "write `x.T.ravel()` for the order `F`",
    'x.flatten("F")': "write `x.T.ravel()` for the order `F`",
    "np.trace(np.stack((x, x)))": "take one matrix at a time: `x[:, :, k]`",
    "np.diagonal(np.stack((x, x)), 1)": "take one matrix at a time: `x[:, :, k]`",
}


@pytest.mark.parametrize("text", HELPS)
def test_the_help_can_be_followed(text: str) -> None:
    source = f'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n m"]):\n    return np.sum({text})\n'
    with pytest.raises(RefusedError) as refused:
        differentiate(source, "model.py", [Request("f")])
    assert HELPS[text] in (refused.value.diagnostics[0].help or "")


def test_the_axis_of_a_sequence_goes_by_position() -> None:
    text = 'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n m"]):\n    return np.sum({} ** 2)\n'
    for call in ("np.concatenate((x, 2 * x), -1)", "np.stack([x, 2 * x], 1)"):
        (piece,) = differentiate(text.format(call), "model.py", [Request("f")])
        module: dict[str, Any] = {}
        exec("\n".join(["import numpy as np", piece.text]), module)
        np.testing.assert_allclose(module["f_grad"](np.ones((2, 3))), np.full((2, 3), 10.0))
