"""A statement that is broken says what it said, and stands as a formatter puts it."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from sct.backend.wrapping import INDENT, WIDTH, fitted

LONG = "first_corner * skin_of_the_hand + second_corner * skin_of_the_hand + third_corner"
NAMES = ", ".join(f"a_rather_long_name_{k}" for k in range(6))
LINES = {
    "a product in brackets, which a comma would make a tuple": f"return points - ({LONG} * skin)",
    "an index": f"x = table[{LONG} * skin]",
    "a call": f"x = norm_2({LONG}, {LONG})",
    "a tuple": f"return total, ({LONG}, more)",
    "names": f"return {NAMES}",
    "unpacked": f"{NAMES} = residuals",
    "unpacked from a call": f"{NAMES} = cell_step_reverse(cell_step_residuals, (x_bar, g))",
    "a list": f"return total, [{LONG}, [more, {LONG}]]",
    "a comprehension": f"x = [{LONG} for more in range(10) for skin in range(more)]",
    "a comprehension over pairs": f"x = [f(more, skin) for more, skin in zip({NAMES})]",
    "a sum": f"x_bar[1:-1, 1:-1] += {LONG} + np.sum({LONG}, axis=0)",
    "a sum of long terms": f"x = {LONG} * ({LONG} + ({LONG}) / (skin + {LONG})) - more",
    "a factor in front": f"B[i, j] = 0.2 * (A[i, j] + {LONG})",
    "a choice": f"y = {LONG} if more > 0.0 else {LONG} * skin",
    "a condition": f"assert {LONG} > 0.0 and {LONG} < 1.0",
    "a signature": f"def f({NAMES}):",
    "strings": f"raise ValueError('a + b, (c' + {LONG} + ']')",
    "a subscript last": f"x = {LONG} * pressure[1:-1, 1:-1]",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("width", [WIDTH, WIDTH - len(INDENT)])
def test_broken(line: str, width: int) -> None:
    parts = fitted(line, width)
    assert len(line) > width and len(parts) > 1 and max(map(len, parts)) <= width
    end = "\n  pass" if line.endswith(":") else ""

    def tree(text: str) -> str:
        return ast.dump(ast.parse(text + end))

    assert tree("\n".join(parts)) == tree(line)


def test_a_formatter_leaves_it_alone() -> None:
    lines = [part for line in LINES.values() if "def " not in line for part in fitted(line, WIDTH - len(INDENT))]
    text = "".join([f"def f({NAMES[:38]}):\n", *(f"{INDENT}{line}\n" for line in lines)]).replace("'", '"')
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(WIDTH), "--diff", "-"]
    found = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert not found.stdout, found.stdout


@pytest.mark.parametrize("line", ["x = 1", "# " + "a" * 100, f"x = {LONG} * 2  # a note that stays where it is"])
def test_left_as_it_is(line: str) -> None:
    assert fitted(line, WIDTH) == [line]
