"""The author's comments stand in the forward sweep where they stand in the source."""

from __future__ import annotations

import textwrap

from sct.pipeline import Request, differentiate
from tests.programs import hold


def sweeps(body: str, head: str = "def f(x: float, xs: list[float], n: int) -> float:") -> tuple[str, str]:
    """The forward and the reverse sweep."""
    source = f"import math\n\n\n{head}\n{textwrap.indent(body, '    ')}"
    (piece,) = differentiate(source, "m.py", [Request("f", (0,))])
    text = piece.text.partition("# forward\n")[2].partition("\ndef f_grad")[0]
    forward, _, reverse = textwrap.dedent(f"    {text.lstrip()}").partition("# reverse\n")
    return forward, reverse


def test_comments_of_a_loop_stand_at_the_loop() -> None:
    loop = "y = x\n# every one\nfor a in {}:  # of them\n    # more\n    y = y * a\nreturn y\n"
    forward, _ = sweeps(loop.format("xs"))
    assert "y = x\n# every one\nfor a in xs:  # of them\n    # more\n    y = y * a\n" in forward
    forward, _ = sweeps(loop.format("reversed(xs)"))
    assert "# every one\nf_diff = len(xs) - 1\n" in forward
    assert "for a_index in range(len(xs)):  # of them\n" in forward


def test_comments_of_a_last_branch_stand_at_it() -> None:
    body = """\
for _ in range(n):
    # which
    if x > 3:  # three
        x *= 2  # twice
    # or
    elif x > 2:  # two
        # thrice
        x *= 3
    # or this
    elif x > 1:
        x = x * x
return x
"""
    forward, reverse = sweeps(body)
    loop = body.partition("return")[0]
    assert "\n".join(line for line in forward.splitlines() if "saved" not in line) == f"{loop}f_value = x\n"
    assert "elif" in reverse and "three" not in reverse


def test_comments_in_brackets_stand_in_what_is_returned() -> None:
    body = "return (\n    # one\n    x * x  # times\n    # two\n    + math.sin(x)\n)  # done\n"
    forward, _ = sweeps(body)
    assert forward.strip() == body.replace("return", "f_value =").strip()


def test_what_is_made_of_adjoints_is_under_no_statement() -> None:
    car = "from typing import NamedTuple\n\n\nclass Car(NamedTuple):\n    mass: float"
    head = f"{car}\n\n\ndef f(x: Car, n: int) -> float:"
    _, reverse = sweeps("v = 1.0\nfor _ in range(n):\n    v = v * x.mass\nreturn v\n", head)
    assert "# v = 1.0" not in reverse and "\nx_bar = type(x)(mass=mass_bar)\n" in reverse


COPIED = """
import math


def copied(x: float, w: float, n: int) -> float:
    y = x
    for i in range(n):
        best = w
        if y < x:
            best = y
        x, y = y, best * math.sin(x)
        if y > 3.0:
            return x
    return y
"""


def test_a_second_name_is_quoted_too() -> None:
    """There is no operation for ``best = y``: what it hands on stands beside it all the same."""
    (piece,) = differentiate(COPIED, "m.py", [Request("copied", (0, 1))])
    reverse = [line.strip() for line in piece.text.split("# reverse")[1].splitlines()]
    for comment in ("# y = x", "# best = y", "# best = w", "# return x", "# x, y = y, best * math.sin(x)"):
        assert comment in reverse, comment
    assert reverse[reverse.index("# best = y") + 1].endswith("+ best_bar")
    hold(COPIED, "copied", (0, 1), (0.4, 1.3, 3))
