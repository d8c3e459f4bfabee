"""A read that is said to be settled sees what is there at the end: held to runs in which every access is recorded."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sct.analysis.settled import Settled
from sct.frontend.parse import Source
from sct.ir.types import FLOAT, INT, Type
from sct.typed import TypedFunctions
from tests.programs import hold


class Recorded:
    """A matrix that notes, for each access, the line and the elements."""

    def __init__(self, rows: int, columns: int) -> None:
        self.numbers = np.arange(rows * columns).reshape(rows, columns)
        self.shape = (rows, columns)
        self.events: list[tuple[str, int, set[int]]] = []

    def _note(self, kind: str, index: Any) -> None:
        line = sys._getframe(2).f_lineno
        self.events.append((kind, line, set(np.ravel(self.numbers[index]).tolist())))

    def __getitem__(self, index: Any) -> float:
        self._note("read", index)
        return 0.0

    def __setitem__(self, index: Any, value: Any) -> None:
        self._note("write", index)


def settled_lines(source: str) -> dict[int, bool]:
    """For each line that reads: whether every read in it is settled."""
    functions = TypedFunctions(Source(source, "program.py"))
    types = [Type("array", ("m", "n")), FLOAT]
    fn = functions.typed(functions.source, "f", types)
    settled = Settled(fn.body)
    writes = [op for op in fn.body.walk() if op.name == "store"]
    found: dict[int, bool] = {}
    for op in fn.body.walk():
        if op.name == "getitem" and op.operands[0].type.is_array and op.span is not None:
            found[op.span.line] = found.get(op.span.line, True) and settled(op, writes)
    return found


def spoiled_lines(source: str, rows: int, columns: int) -> set[int]:
    """The lines whose reads see, in a run, an element that is written later."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "program.py", "exec"), namespace)
    array = Recorded(rows, columns)
    try:
        namespace["f"](array, 1.0)
    except IndexError:
        return set()  # the program is invalid for this size
    later: set[int] = set()
    spoiled = set()
    for kind, line, elements in reversed(array.events):
        if kind == "write":
            later |= elements
        elif later & elements:
            spoiled.add(line)
    return spoiled


LOOPS = [
    "for i in range(n):",
    "for i in range(1, n):",
    "for i in range(n - 1, -1, -1):",
    "for i in range(n - 2, 0, -1):",
    "for i in range(0, n, 2):",
    "for i in range(2):",
]
INNER = [
    "for j in range(i):",
    "for j in range(i, n):",
    "for j in range(i + 1, n):",
    "for j in range(n - 1, i, -1):",
    "for j in range(m):",
    "for j in range(i - 1, -1, -1):",
    "for k in range(2):",
]
PLACES = ["i", "j", "i - 1", "i + 1", "j - 1", "j + 1", "i - 2", "2 * i", "0", "1", "-1", "m - 1"]
SLICES = [":", ":i", "i:", ":j", "j + 1:", "1:-1"]


@st.composite
def programs(draw: st.DrawFn) -> str:
    lines = ["def f(A, x):", "    m, n = A.shape", "    j = 1", f"    {draw(st.sampled_from(LOOPS))}"]
    index = st.sampled_from([*PLACES, *SLICES])

    def statement(indent: str) -> list[str]:
        target, source = (f"{draw(index)}, {draw(index)}" for _ in range(2))
        return [f"{indent}x = np.sum(A[{source}])", f"{indent}A[{target}] = x"][:: draw(st.sampled_from([1, -1]))]

    if draw(st.booleans()):
        lines += statement("        ")
    lines.append(f"        {draw(st.sampled_from(INNER))}")
    for _ in range(draw(st.integers(1, 2))):
        lines += statement("            ")
    if draw(st.booleans()):
        lines += statement("        ")
    return "\n".join(["import numpy as np", "", "", *lines, "    return x", ""])


LU = """import numpy as np


def f(A, x):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            x = np.sum(A[i, :j])
            x = np.sum(A[:j, j])
            A[i, j] = x
            x = A[j, j]
            A[i, j] = x
        for j in range(i, n):
            x = np.sum(A[i, :i])
            x = np.sum(A[:i, j])
            A[i, j] = x
    return x
"""


@given(programs())
@example(LU)
def test_settled_reads_see_what_is_there_at_the_end(source: str) -> None:
    claimed = settled_lines(source)
    for size in ((1, 1), (2, 3), (3, 2), (4, 4)):
        for line in spoiled_lines(source, *size):
            assert not claimed.get(line, False), f"line {line} of\n{source}"


def test_all_reads_of_an_lu_factorisation_are_settled() -> None:
    assert set(settled_lines(LU).values()) == {True}


@pytest.mark.parametrize(
    ("loop", "read", "write", "expected"),
    [
        ("for i in range(1, n):", "i - 1, 0", "i, 0", True),
        ("for i in range(n - 1):", "i + 1, 0", "i, 0", False),
        ("for i in range(n - 2, -1, -1):", "i + 1, 0", "i, 0", True),
        ("for i in range(n):", "i - 1, 0", "i, 0", False),  # in the first turn it is the last row
        ("for i in range(n):", "0, 0", "i, 1", True),
        ("for i in range(n):", "i, :i", "i, i:", True),
        ("for i in range(n):", "i, 1:", "i, :1", True),
        ("for i in range(n):", "-1, 0", "0, i", False),
    ],
)
def test_settled_in_one_loop(loop: str, read: str, write: str, expected: bool) -> None:
    lines = ["import numpy as np", "", "", "def f(A, x):", "    m, n = A.shape", f"    {loop}"]
    lines += [f"        x = np.sum(A[{read}])", f"        A[{write}] = x", "    return x", ""]
    assert settled_lines("\n".join(lines)) == {7: expected}


def test_an_argument_may_be_negative() -> None:
    """With ``k = -2``, what a turn reads is overwritten in the next one; sizes alone are known to be positive."""
    source = """
import numpy as np
def f(y: Float[np.ndarray, "n"], k: int) -> float:
    s = 0.0
    for i in range(len(y) - 3, 0, -1):
        s += y[i + k + 1] ** 2
        y[i] = 3.0 * y[0]
    return s + np.sum(y)
"""
    functions = TypedFunctions(Source(source, "program.py"))
    fn = functions.typed(functions.source, "f", [Type("array", ("n",)), INT])
    (write,) = [op for op in fn.body.walk() if op.name == "store"]
    reads = [op for op in fn.body.walk() if op.name == "getitem"]
    assert [Settled(fn.body)(read, [write]) for read in reads] == [False, True]
    for k in (-2, -1, 0, 1):
        hold(source, "f", (0,), (np.arange(1.0, 8.0), k))
