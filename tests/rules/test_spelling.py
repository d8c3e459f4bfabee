"""Functions are called in generated code what the author calls them, and what is usual where he does not."""

from __future__ import annotations

import pytest

from sct.pipeline import Request, differentiate
from sct.rules.spelling import libraries, spelling

LOOP = """import numpy as np

def f(x: "float[:]", n: int) -> float:
    y = x
    for k in range(n):
        y = y * {}
    return np.sum(y)
"""


def generated(source: str, target: str = "python") -> str:
    (piece,) = differentiate(source, "m.py", [Request("f", (0,), target=target)])  # type: ignore[arg-type]
    return piece.text.partition("def f_adjoint")[2].partition("def f_grad")[0]


@pytest.mark.parametrize("name", ["abs", "absolute", "fabs", "radians", "degrees", "sqrt", "cbrt"])
def test_what_is_computed_again_is_spelled_as_the_author_did(name: str) -> None:
    source = LOOP.format(f"np.{name}(y) * np.sin(y)")
    assert generated(source).partition("# reverse")[2].count(f" = np.{name}(y)\n") == 1


@pytest.mark.parametrize("name", ["asin", "arctan", "atan", "asinh"])
def test_what_is_computed_again_of_a_number_as_well(name: str) -> None:
    """Of an array, what these make is saved."""
    source = LOOP.replace('"float[:]"', "float").replace("np.sum(y)", "y").format(f"np.{name}(y) * np.sin(y)")
    assert generated(source).partition("# reverse")[2].count(f" = np.{name}(y)\n") == 1


@pytest.mark.parametrize("call", ["np.amax(x)", "np.max(x)", "np.amin(x)", "np.sum(np.concat([x, 2 * x]))"])
def test_a_part_of_a_statement_is_spelled_as_the_author_did(call: str) -> None:
    source = f'import numpy as np\n\ndef f(x: "float[:]") -> float:\n    return np.sum(x**2) * {call}\n'
    name = call.rpartition("np.")[2].partition("(")[0]
    assert f"np.{name}(" in generated(source).replace(f"# return np.sum(x**2) * {call}", "").partition("# forward")[2]


def test_constants_stay_where_arithmetic_is_computed_again() -> None:
    source = "def f(x: float, n: int) -> float:\n    for _ in range(n):\n        x = 3 * x * (1 - x)\n    return x\n"
    reverse = generated(source).partition("# reverse")[2]
    assert "(1 - x)" in reverse and "(1.0 - x)" not in reverse


def test_a_rule_calls_functions_what_is_usual() -> None:
    assert spelling("abs", "numpy") == "abs"
    source = 'import numpy as np\n\ndef f(x: "float[:]") -> float:\n    return np.linalg.norm(x, ord=1)\n'
    assert "np.absolute" not in generated(source)


def test_numba_gets_the_usual_names() -> None:
    text = generated(LOOP.format("np.asin(y) * np.sin(y)"), "numba")
    assert "np.arcsin(" in text.partition("# reverse")[2].replace("# y = y * np.asin(y)", "")
    assert "np.asin(" not in "\n".join(line for line in text.splitlines() if "#" not in line)


def test_a_name_that_belongs_to_another_operation_is_not_used() -> None:
    assert spelling("mul", "numpy", "power") == "multiply"
    for library, names in libraries().items():
        assert all(spelling(neutral, library, name) == name for name, neutral in names.items())
