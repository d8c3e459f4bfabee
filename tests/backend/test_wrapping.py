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
    "a message": f"assert {LONG} > 0.0, 'what is under pressure is no fluid, and has no bottom'",
    "a condition and a message": f"assert {LONG} > 0.0 and {LONG} < 1.0, 'not under pressure'",
    "a signature": f"def f({NAMES}):",
    "strings": f"raise ValueError('a + b, (c' + {LONG} + ']')",
    "quotation marks": r"""raise ValueError("it's (", '"q" [', "\"q' [", r"\'(", x, """ + f"{LONG})",
    "a loop": f"for i in range({LONG}, {LONG}):",
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
    lines = []
    for line in LINES.values():
        quoted = line if '"' in line else line.replace("'", '"')
        lines += [] if "def " in line else fitted(quoted, WIDTH - len(INDENT))
        lines += [f"{INDENT}pass"] if line.startswith("for ") else []
    text = "".join([f"def f({NAMES[:38]}):\n", *(f"{INDENT}{line}\n" for line in lines)])
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(WIDTH), "--diff", "-"]
    found = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert not found.stdout and not found.stderr, found.stdout + found.stderr


TOO_LONG = "a_name_" + "that_goes_on_" * 6


@pytest.mark.parametrize(
    "name", [TOO_LONG, f"'{TOO_LONG}'", f"'''tri'ple {{ {TOO_LONG}'''", f'"""a "b" ( {TOO_LONG}"""']
)
@pytest.mark.parametrize(
    "line", ["y = {}", "return {}", "assert x, {}", "print({})", "raise ValueError(x, {})", "y = x * {} + f({}, x)"]
)
def test_what_is_too_long_for_any_line(line: str, name: str) -> None:
    said = line.format(name, name)
    assert ast.dump(ast.parse("\n".join(fitted(said, WIDTH)))) == ast.dump(ast.parse(said))


def test_a_parameter_that_is_too_long_for_any_line() -> None:
    assert fitted(f"def f({TOO_LONG}, b=1.0):", WIDTH) == ["def f(", f"    {TOO_LONG},", "    b=1.0,", "):"]


@pytest.mark.parametrize("line", ["x = 1", "# " + "a" * 100, f"x = {LONG} * 2  # a note that stays where it is"])
def test_left_as_it_is(line: str) -> None:
    assert fitted(line, WIDTH) == [line]
