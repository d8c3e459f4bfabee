"""A line that is broken says what it said."""

from __future__ import annotations

import ast

import pytest

from sct.backend.wrapping import WIDTH, broken

LONG = "first_corner * skin_of_the_hand + second_corner * skin_of_the_hand + third_corner"
LINES = {
    "a product in brackets, which a comma would make a tuple": f"return points - ({LONG} * skin)",
    "an index": f"x = table[{LONG} * skin]",
    "a call": f"x = norm_2({LONG}, {LONG})",
    "a tuple": f"return total, ({LONG}, more)",
    "a tuple of one": f"return total, ({LONG} + more,)",
    "a list": f"return total, [{LONG}, [more, {LONG}]]",
    "a comprehension": f"return total, [{LONG} for more in range(10) for skin in range(more)]",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("margin", ["", "    "])
def test_broken(line: str, margin: str) -> None:
    parts = broken(margin + line)
    assert len(margin + line) > WIDTH and len(parts) > 1
    assert all(part.startswith(margin) for part in parts)

    def tree(text: str) -> str:
        return ast.dump(ast.parse(f"def f():\n  {text}"))

    assert tree("\n".join(parts).strip()) == tree(line)
