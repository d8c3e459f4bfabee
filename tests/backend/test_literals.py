"""Strings, keys, f-strings and notes say in generated code what they say in the author's, as a formatter has it."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

import pytest

from sct.ir.literals import quoted
from sct.pipeline import Request, differentiate
from tests.programs import hold

TEXTS = ["", "a", "it's", 'say "a"', 'it\'s "a"', '"\'"', "\\", "\\'", "\\\"'", "\t\n\\t", "{x}", "\N{SNOWMAN}", "\0"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_literal_is_the_string(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def test_a_formatter_leaves_a_literal_alone() -> None:
    text = "".join(f"x = {quoted(text)}\n" for text in TEXTS)
    assert formatted(text) == text


KEYS = r"""
def f(x: float):
    d = {"\\t": x, "\t": x * x, "it's": 3.0 * x, 'say "a"': x, "a\nb": x, "'\"": x}
    d["\t"] = d["\\t"] * d["\t"] ** 2
    total = 0.0
    for k in d:
        print(k)
        total += d[k] ** 2
    return total, {"\\": x * total}["\\"]


def g(x: float) -> float:
    a, b = f(x)
    return a * b
"""


def test_keys_of_any_text() -> None:
    hold(KEYS, "g", (0,), (0.7,))


NOTED = """
import numpy as np


def f(A: Float[np.ndarray, "n"], v: Float[np.ndarray, "m"], k: Int[np.ndarray, "m"]) -> float:
    A[k] = v
    d = {"a": A[0], "b": A[1]}
    for name in d:
        print(name, end="")
        A[1] *= d[name]
    return np.sum(A**2)
"""


def test_a_formatter_leaves_generated_functions_alone() -> None:
    (piece,) = differentiate(NOTED, "model.py", [Request("f", (0, 1), "both")])
    assert "\n    # of several writes to an element the last one counts\n    last = " in piece.text
    _, _, generated = piece.text.partition("\n\n\n")
    assert formatted(generated) == generated + "\n"


PRINTED = [
    'f"{x:{w}}"',
    'f"{x:.{3}}|{x:{w}.{w - 3}f}"',
    "f\"{ {'a': w}['a'] }\"",
    'f"{x!r:>{w}} {{}} {x=} {w = :>{w}}"',
    'rf"\\n{x}" f"\\n{{{x}}}"',
    "f'''a\n{x}'''",
    "f'{x}\\n\"' \"'{a}\" 'q' r'\\d'",
    "f\"{d['a']:.3f}\\t\\\"'\"",
    'f"""{d[\'a\']} {d["b"]} "\'"""',
    "f'{x * 2 if w > 1 else {3}}'" if sys.version_info >= (3, 12) else "f'{x * 2 if w > 1 else 3}'",
]


@pytest.mark.parametrize("text", PRINTED)
@pytest.mark.parametrize("line", ["print({})", "print( {} , k)"])
def test_f_strings(text: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = f'    d = {{"a": x, "b": 2 * x}}\n    for k in d:\n        {line.format(text)}\n    return x * d["b"]\n'
    source = f"def f(x: float, w: int) -> float:\n{body}"
    (piece,) = differentiate(source, "model.py", [Request("f")])
    module: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{piece.text}", module)
    module["f"](0.7, 5)
    expected = capsys.readouterr().out
    assert module["f_adjoint"](0.7, 5) == (pytest.approx(0.98), pytest.approx(2.8))
    assert capsys.readouterr().out == expected


HEADS = """
import math
import numpy as np


def f(x: float, n: int) -> float:
    "What follows is no code yet."
    ...
    if n > 9: ...
    with np.errstate(all="ignore"): z = np.log(x)
    with np.errstate(
        all="ignore",  # (whatever it is)
        invalid="ignore"
    ): z = np.log(x * z)
    for i in range(
        n
    ): z = z * x
    if (
        z >
        0
    ): z = z * 2
    else: z = z * 3
    try: z = math.exp(z)
    except OverflowError: raise ValueError("too large")
    try:
        z = math.log(z)
    except ValueError as error: print("no"); raise ValueError("too small")
    return z
"""


def test_statements_on_the_line_of_their_heads() -> None:
    hold(HEADS, "f", (0,), (3.7, 2))
