"""Arguments that have to be literals, and that a function is given by its calls."""

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

_X = np.random.default_rng(1).normal(size=(2, 3))
_SOFTMAX = """
import numpy as np
def softmax(x, axis=-1, keepdims=True):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=keepdims)
"""
PROGRAMS = {
    "a default, a literal by position, one by its name": """
def f(x):
    return np.sum(softmax(x) * x) + np.sum(softmax(x, 0) * x**2) + np.sum(softmax(x, axis=1) ** 3)
""",
    "two calls in a loop": """
def f(x):
    for k in range(3):
        x = softmax(x, axis=0) * x - softmax(x, axis=1)
    return np.sum(x**2)
""",
    "a function hands it on": """
def scaled(x, axis, by):
    return by * softmax(x, axis=axis) + softmax(x, axis - 1)
def f(x):
    return np.sum(scaled(x, 1, 2.0) ** 2) + np.sum(scaled(x, 2 // 2 - 1, 3.0) * x)
""",
    "None and what is not": """
def total(x, axis=None, keepdims=False):
    if axis is None:
        return np.sum(x**2, keepdims=keepdims)
    return np.sum(np.sum(x**2, axis=axis, keepdims=keepdims) ** 2)
def f(x):
    return total(x) + total(x, 0) * total(x, axis=1, keepdims=True)
""",
    "a tuple, a string, a constant of the module, a local variable": """
OF = "ij->j"
def turned(x, axes=(1, 0)):
    return np.transpose(x, axes)
def contracted(labels, x):
    return np.einsum(labels, x)
def f(x):
    axis = 0
    return np.sum(turned(x) ** 2) + np.sum(contracted("ij->i", x) ** 3) + np.sum(np.einsum(OF, x**2) * np.sum(x, axis))
""",
    "a nested function, and recursion": """
def folded(x, axis):
    if axis == 0:
        return np.sum(x**2)
    return np.sum(np.sum(x, axis=axis) ** 3) * folded(x, 0)
def f(x):
    def mean(y, axis=0):
        return np.mean(y, axis=axis)
    return np.sum(mean(x) ** 2) + np.sum(mean(x, axis=1) ** 3) + folded(x, 1)
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_an_argument_that_each_call_writes_is_a_literal_in_it(text: str) -> None:
    hold(_SOFTMAX + text, "f", (0,), (_X,), annotated=False)


def test_a_variant_has_no_defaults_that_are_not_its_own() -> None:
    text = _SOFTMAX + "def f(x):\n    return np.sum(softmax(x, 0) * x) + np.sum(softmax(x, 0) * x**2)\n"
    (piece,) = differentiate(text.replace("f(x)", 'f(x: Float[np.ndarray, "m n"])'), "literals.py", [Request("f")])
    assert "def softmax_forward(x, axis, keepdims):" in piece.text


REFUSED = {
    "what is differentiated": """def f(x: float[:, :], axis: int = 0):
    return np.sum(np.sum(x, axis=axis) ** 2)
""",
    "no literal in the call": """def g(x, axis):
    return np.sum(np.sum(x, axis=axis) ** 2)
def f(x: float[:, :], n: int):
    return g(x, n)
""",
    "a branch": """def f(x: float[:, :]):
    axis = 0
    if x[0, 0] > 0:
        axis = 1
    return np.sum(np.sum(x, axis=axis) ** 2)
""",
    "a loop": """def f(x: float[:, :]):
    axis, t = 0, 0.0
    for k in range(2):
        t += np.sum(np.sum(x, axis=axis) ** 2)
        axis = 1
    return t
""",
    "a flag": """def f(x: float[:, :]):
    axis, t = True, 0.0
    for k in range(2):
        t += np.sum(np.sum(x, 0, keepdims=axis) ** 2)
        axis = not axis
    return t
""",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_no_call_writes_or_what_has_several_values_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate("import numpy as np\n" + text, "literals.py", [Request("f")])
    (found,) = caught.value.diagnostics
    assert found.reason == "this argument must be a literal"
    assert "let its calls write" in found.help
    line = text.split("\n")[found.span.line - 2]
    assert line[found.span.col : found.span.end_col] in ("axis=axis", "keepdims=axis")


@pytest.mark.parametrize(("parameter", "first", "other"), [("axes", "(1, 0)", "(0, 1)"), ("keep", "True", "False")])
def test_a_derivative_that_is_called_is_of_no_literal(parameter: str, first: str, other: str) -> None:
    """Its function is generated once, whatever it is given."""
    row = "np.transpose(x, axes)[0]" if parameter == "axes" else "np.sum(x, axis=0, keepdims=keep)[0]"
    text = (
        f"import numpy as np\nimport sct\ndef g(x, {parameter}):\n    return np.sum({row} ** 2)\n"
        f"def f(x: float[:, :]):\n    return np.sum(sct.grad(g)(x, {first}) + sct.grad(g)(x, {other}))\n"
    )
    with pytest.raises(RefusedError, match="this argument must be a literal"):
        differentiate(text, "literals.py", [Request("f")])
