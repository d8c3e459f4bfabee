"""What is not supported is refused with what to write instead."""

from __future__ import annotations

import importlib

import pytest

from sct.frontend.instead import _FUNCTIONS, instead_of
from sct.rules.spelling import resolve
from tests.refused import refused

HEAD = "import math\nimport time\nimport warnings\n\nimport numpy as np\nimport scipy.optimize\n\n\n"


@pytest.mark.parametrize("name", _FUNCTIONS)
def test_it_exists_and_is_not_supported(name: str) -> None:
    library, *parts = name.split(".")
    found = importlib.import_module(library)
    for k, part in enumerate(parts):
        if not hasattr(found, part):
            found = importlib.import_module(".".join([library, *parts[: k + 1]]))
        else:
            found = getattr(found, part)
    assert library not in ("math", "numpy", "scipy", "builtins") or resolve(library, ".".join(parts)) is None


@pytest.mark.parametrize(
    ("marked", "help_"),
    [
        ("‹np.fft.rfft(x)›", "whose derivative `@sct.rule` states"),
        ("‹np.vectorize(math.sin)›(x)", "np.array([f(t) for t in x])"),
        ("‹scipy.optimize.brentq(math.sin, 0, x)›", "`@sct.rule`"),
        ("‹math.fsum([x, x])›", "write `sum(xs)`"),
        ("‹time.time()› * x", "around the call of this function"),
        ("np.prod([x, x], ‹where=True›)", "np.where(condition"),
        ("‹x.tolist()›", "leave it out"),
        ("‹next(x)›", "`xs[0]`"),
    ],
)
def test_the_help(marked: str, help_: str) -> None:
    assert help_ in refused(f"{HEAD}def f(x: float):\n    return {marked}\n").help


def test_the_longest_name_counts() -> None:
    assert "eigh" in instead_of("numpy", "linalg.eig")
    assert instead_of("numpy", "linalg.other", "usual") == "usual"


@pytest.mark.parametrize("used", ["‹sct.stop_gradient(x=x)›", "‹sct.verify(f, x)›", "x * ‹own›(x)"])
def test_functions_of_sct_in_another_form(used: str) -> None:
    """It was said that there is no module `sct` beside the one that is differentiated."""
    problem = refused(f"import sct\nown = sct.stop_gradient\n\n\ndef f(x: float):\n    return {used}\n")
    assert "`sct." in problem.reason and "is not known in this place, or in this form" in problem.reason
