"""What a module's names stand for: its own functions before Python's, the package's modules before libraries, in order.

A name whose meaning is not known is refused where it is used, with a note of where it is bound.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sct.backend.sources import source_hash
from sct.builds import plan
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate, marked

F = "\n\n\ndef f(x: float) -> float:\n    return "


def derivative(folder: Path, files: dict[str, str], at: str = "model.py", x: float = 0.5) -> tuple[float, float]:
    """The value and the derivative of what is built, by the generated functions alone, without their imports."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    text = plan(folder / at, ["f"]).text()
    lines = [line for line in text.splitlines() if not line.startswith(("from ", "import "))]
    known: dict[str, object] = {}
    exec("import math\nimport numpy as np\n" + "\n".join(lines), known)
    value, bar = known["f_adjoint"](x)  # type: ignore[operator]
    return float(value), float(bar)


PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/math.py": "def sin(x):\n    return x * 3\n",
    "pkg/numpy.py": "def sin(x):\n    return x * 5\n",
    "pkg/scipy/__init__.py": "",
    "pkg/scipy/special.py": "def erf(x):\n    return x * 7\n",
    "pkg/sct.py": "def stop_gradient(x):\n    return x * 11\n",
}


@pytest.mark.parametrize(
    ("line", "call", "slope"),
    [
        ("from .math import sin", "sin(x)", 3.0),
        ("from . import math as m", "m.sin(x)", 3.0),
        ("from .numpy import sin", "sin(x)", 5.0),
        ("from .scipy.special import erf", "erf(x)", 7.0),
        ("from .sct import stop_gradient", "stop_gradient(x)", 11.0),
    ],
)
def test_a_module_of_the_package_is_no_library(tmp_path: Path, line: str, call: str, slope: float) -> None:
    files = {**PACKAGE, "pkg/model.py": f"{line}{F}{call}\n"}
    assert derivative(tmp_path, files, "pkg/model.py") == (0.5 * slope, slope)
    assert line in plan(tmp_path / "pkg" / "model.py", ["f"]).text()


def test_a_library_is_one_in_a_package_that_has_its_name(tmp_path: Path) -> None:
    files = {**PACKAGE, "pkg/model.py": f"import math{F}math.exp(x)\n"}
    assert derivative(tmp_path, files, "pkg/model.py", 0.0) == (1.0, 1.0)


@pytest.mark.parametrize("file", ["math.py", "math/__init__.py"])
def test_a_file_that_may_be_imported_for_a_library_is_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(RefusedError, match=r"model.py:5:12: `math` is a file of yours, too") as caught:
        derivative(tmp_path, {file: "", "model.py": f"import math{F}math.exp(x)\n"})
    assert f"give {tmp_path / file} another name" in str(caught.value)
    assert "model.py:1:1: note: it is imported here" in str(caught.value)


def test_a_package_comes_before_a_file_of_its_name(tmp_path: Path) -> None:
    files = {"a.py": "def g(x):\n    return 2 * x\n", "a/__init__.py": "def g(x):\n    return 3 * x\n"}
    assert derivative(tmp_path, {**files, "model.py": f"from a import g{F}g(x)\n"}) == (1.5, 3.0)


@pytest.mark.parametrize(("bound", "slope"), [("from . import c as b\n", 5.0), ("", 2.0), ("from .b import g\n", 2.0)])
def test_what_a_package_binds_comes_before_what_lies_in_it(tmp_path: Path, bound: str, slope: float) -> None:
    files = {
        "a/__init__.py": bound,
        "a/b.py": "def g(x):\n    return 2 * x\n",
        "a/c.py": "def g(x):\n    return 5 * x\n",
    }
    assert derivative(tmp_path, {**files, "model.py": f"from a import b{F}b.g(x)\n"}) == (0.5 * slope, slope)


STARRED = {"a.py": "import math\n\n\ndef h(x):\n    return x * 7\n"}


def test_a_star_of_the_standard_library_brings_what_it_says(tmp_path: Path) -> None:
    star = "import sct\nfrom typing import *\nfrom collections import *\n\n\n@sct.grad\n"
    assert [found.name for found in marked(f"{star}def f(x: float) -> float:\n    return x\n", "model.py")] == ["f"]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("import sct\nfrom elsewhere import *", "`sct` may be what `from elsewhere import *` brings"),
        ("try:\n    import sct\nexcept ImportError:\n    sct = None", "`sct` is bound more than once in its module"),
        ("if True:\n    import sct", "`sct` is bound in an `if`"),
    ],
)
def test_a_decorator_that_may_be_no_decorator_of_sct_is_refused(head: str, reason: str) -> None:
    text = f"{head}\n\n\n@sct.grad\ndef f(x: float) -> float:\n    return x\n"
    for read in (lambda: marked(text, "model.py"), lambda: differentiate(text, "model.py", [Request("f", (0,))])):
        with pytest.raises(RefusedError, match=re.escape(reason)) as caught:
            read()
        assert "@sct.grad" in str(caught.value)


def test_a_definition_behind_a_star_counts(tmp_path: Path) -> None:
    text = f"import math\nfrom a import *\n\n\ndef h(x):\n    return x * 3{F}h(x) * math.cos(0.0)\n"
    assert derivative(tmp_path, {**STARRED, "model.py": text}) == (1.5, 3.0)


@pytest.mark.parametrize(
    ("module", "call", "help_"),
    [
        ("a", "h(x)", "move `from a import *` above what binds `h`, or import by name what is used of it"),
        ("elsewhere", "h(x)", "move `from elsewhere import *` above what binds `h`, or"),
        ("elsewhere", "math.sin(x)", "move `from elsewhere import *` above what binds `math`, or"),
        ("numpy", "sum(x)", "import by name: `from numpy import sum`"),
        ("math", "sin(x)", "import by name: `from math import sin`"),
    ],
)
def test_what_a_star_may_bring_is_refused(tmp_path: Path, module: str, call: str, help_: str) -> None:
    text = f"import math\n\n\ndef h(x):\n    return x * 3\n\n\nfrom {module} import *{F}{call}\n"
    with pytest.raises(RefusedError, match=r"model.py:12:12: `\w+` may be what `from \w+ import \*` brings") as caught:
        derivative(tmp_path, {**STARRED, "model.py": text})
    assert help_ in str(caught.value) and "model.py:8:1: note: it is bound here" in str(caught.value)


HELPER = {"helper.py": "class P:\n    def g(self):\n        return 1.0\n\n\ndef h(x):\n    return x * 3\n"}


@pytest.mark.parametrize(
    ("line", "call"),
    [("helper.h = abs", "helper.h(x)"), ("math.sin = abs", "math.sin(x)"), ("math.sin = abs", "math.cos(x)")],
)
def test_what_is_put_in_another_place_is_refused(tmp_path: Path, line: str, call: str) -> None:
    text = f"import math\nimport helper\n\n{line}{F}{call}\n"
    with pytest.raises(RefusedError, match=r"model.py:8:12: `[\w.]+` is assigned to") as caught:
        derivative(tmp_path, {**HELPER, "model.py": text})
    assert "model.py:4:1: note: it is assigned to here" in str(caught.value)
    other = text.replace("helper.h = abs", "helper.other = abs").replace("math.sin = abs", "helper.other = abs")
    derivative(tmp_path, {**HELPER, "model.py": other})


def test_what_gives_a_name_another_meaning_counts_for_the_hash() -> None:
    text = f"import math\nimport helper{F}helper.h(math.sin(x))\n"
    plain = source_hash(text, "f")
    for line in ("helper.h = abs", "math.sin = abs", "try:\n    import cmath as math\nfinally:\n    pass"):
        assert source_hash(f"{text}\n\n{line}\n", "f") != plain
    assert source_hash(f"{text}\n\nother.h = abs\n", "f") == plain


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("def f(x: float):\n    y = (x +\n    return y\n", (2, 9)),
        ("def f(x: float):\n    return x +* 2\n", (2, 15)),
        ("def f(x: float):\nreturn x\n", (2, 1)),
        ('é = "ü"; x = = 2\n', (1, 14)),
    ],
)
def test_syntax_errors_are_placed_and_worded_as_python_does(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(SyntaxError) as theirs:
        compile(text, "model.py", "exec")
    with pytest.raises(RefusedError) as caught:
        differentiate(text, "model.py", [Request("f")])
    message = str(caught.value)
    line, col = place
    assert (theirs.value.lineno, theirs.value.offset) == place
    assert message.startswith(f"model.py:{line}:{col}: this is not valid Python: {theirs.value.msg}\n")
    assert message.splitlines()[2].index("^") - len("    1 | ") == col - 1


@pytest.mark.parametrize("name", ["enumerate", "zip", "reversed"])
def test_functions_of_the_module_before_pythons_own(tmp_path: Path, name: str) -> None:
    text = f"def {name}(a):\n    return (2.0, 3.0)\n\n\ndef f(x: float) -> float:\n    s = 0.0\n"
    text += f"    for v in {name}((5.0, 7.0)):\n        s += v * x\n    return s\n"
    assert derivative(tmp_path, {"model.py": text}) == (2.5, 5.0)


def test_names_that_generated_code_needs_itself() -> None:
    text = "def range(n):\n    return n{F}g(x)\n\n\n".replace("{F}", F)
    text += "def g(x):\n    while x < 9.0:\n        x = x * x * range(x)\n    return x\n"
    with pytest.raises(RefusedError, match="`range` is also the name of a built-in function that generated code needs"):
        differentiate(text, "model.py", [Request("f")])


def test_a_variable_of_a_function_is_nothing_to_another() -> None:
    text = f"def g(x, range):\n    return x * range{F}h(g(x, 2.0))\n\n\n"
    text += "def h(x):\n    while x < 9.0:\n        x = x * x\n    return x\n"
    differentiate(text, "model.py", [Request("f")])
    text = "def f(x: float, range: float):\n    while x < 9.0:\n        x = x * x\n    return x * range\n"
    with pytest.raises(RefusedError, match=r"model.py:1:17: the parameter `range` hides a `range`"):
        differentiate(text, "model.py", [Request("f")])
