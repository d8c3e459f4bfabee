"""Calls of every row of the table, made from the row's own signature: ranks, axes, keywords, spelled as a library does.

What a signature does not say (an index is an integer, ``deg`` a small number) stands in ``VALUES``; a call that NumPy
or a rule's stated limits do not take is left out, and a row must be left with some.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy

import sct.rules  # noqa: F401 - fills the table
from sct.errors import RefusedError
from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules.helpers import HELPERS
from sct.rules.spelling import libraries
from sct.rules.table import Rule, all_rules, lookup

SHAPES: tuple[tuple[int, ...], ...] = ((), (4,), (4, 4), (2, 4, 4))
# The shapes of two operands: alike, or such that one is broadcast along the other.
PAIRS = (*((shape, shape) for shape in SHAPES), ((4, 4), (4,)), ((4, 1), (1, 4)), ((), (4, 4)), ((2, 4, 4), (4, 4)))
# What stands for operands, and for static parameters, by name.
VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("shift", "repeats", "kth", "start_axis", "N", "offset"), ("1",)),
    **dict.fromkeys(("reps", "num", "n", "d", "deg", "m"), ("3",)),
    **{"shape": ("(4, 4)", "(2, 4, 4)"), "indices": ("np.array([0, 2, 2, 1])", "np.argsort(a)"), "k": ("1", "-1")},
    **{"axis1": ("0",), "axis2": ("-1",), "source": ("0",), "destination": ("-1",), "start": ("0",)},
    **{"condition": ("np.arange(4) > 1",), "l_and_u": ("(1, 2)", "(3, 0)"), "q": ("0.3",)},
    **{"lower": ("True",), "unit_diagonal": ("True",), "trans": ("1",), "increasing": ("True",), "ddof": ("1",)},
    **{"mode": ("'same'", "'valid'", "'full'"), "UPLO": ("'U'",), "ord": ("1", "2", "3"), "indexing": ("'ij'",)},
    **{"indices_or_sections": ("2", "[1, 3]"), "pad_width": ("1", "(0, 2)"), "subscripts": ("'ij,jk->ik'",)},
    **{"base": ("2.0",), "axes": ("1", "((0,), (1,))", "(1, 0)"), "period": ("0.3",)},
    **{"full_matrices": ("False",), "r": ("b",), "weights": ("b",), "other": ("b",)},
}
# Rows whose operands have a meaning of their own.
OWN: dict[str, tuple[str, ...]] = {
    "ldexp": ("np.ldexp(a, 2)",),
    "only": ("a[:1].item()",),
    "polygamma": ("scipy.special.polygamma(2, a)",),
    "zeta": ("scipy.special.zeta(2.5, a)",),
    "full": ("np.full((2, 3), a)",),
    "bincount": ("np.bincount(np.array([0, 2, 2, 1]), a)",),
    "linspace": ("np.linspace(a, b, 5)",),
    "arange": ("np.arange(a, a + 3.5 * b, b)", "np.arange(a, 3.7)"),
    "logspace": ("np.logspace(a, b, 5)", "np.logspace(a, b, 5, base=2.0)"),
    "rollaxis": ("np.rollaxis(a, 1)", "np.rollaxis(a, 0, 2)"),
    "array": ("np.array([a, b])",),
    "array_of": ("np.array(a)",),
    "asarray": ("np.asarray(a)",),
    "astype": ("a.astype(float)",),
    "astype_like": ("a.astype(b.dtype)",),
    "row_pieces": ("np.r_[a, b]",),
    "column_pieces": ("np.c_[a, b]",),
    "interp": ("np.interp(a, np.sort(b), b)", "np.interp(0.5, np.sort(a), b)"),
    "einsum": ("np.einsum('ij,jk->ik', a, b)", "np.einsum('i,ij->j', a, b)", "np.einsum('bij,jk->bik', a, b)"),
    "where": ("np.where(a > 0.5, a, b)", "np.select([a > 0.7, b > 0.5], [a, b], 0.5)"),
    "clip": ("np.clip(a, 0.4, b)", "np.clip(a, b, 1.5)"),
    "gradient": ("np.gradient(a)", "np.gradient(a, 0.5)", "np.gradient(a, axis=0)"),
    "trapezoid": ("np.trapezoid(a)", "np.trapezoid(a, b)", "np.trapezoid(a, dx=0.5)"),
    "cholesky": ("np.linalg.cholesky(a)",),
    "float": ("float(a)",),
    "flatten": ("a.flatten()",),
    "gammainc": ("scipy.special.gammainc(2.0, a)",),
    "gammaincc": ("scipy.special.gammaincc(2.0, a)",),
    **{name: (f"scipy.special.{name}(1.5, a)",) for name in ("jv", "yv", "iv", "ive", "kv")},
    "solve_sylvester": ("scipy.linalg.solve_sylvester(a, b + 4 * np.eye(4, dtype=b.dtype), a)",),
    "cho_factor": ("scipy.linalg.cho_factor(a)", "scipy.linalg.cho_factor(a, lower=True)"),
    "cho_solve": tuple(
        f"scipy.linalg.cho_solve({pair}, b)" for pair in ("(a, False)", "(a, True)", "scipy.linalg.cho_factor(a)")
    ),
    "hyp2f1": ("scipy.special.hyp2f1(1.5, 0.5, 2.0, a)",),
    "hyperu": ("scipy.special.hyperu(1.0, 0.5, a)",),
    "expm_frechet": ("scipy.linalg.expm_frechet(a, b, compute_expm=False)",),
    "norm_ppf": ("scipy.stats.norm.ppf(a)", "scipy.stats.norm.ppf(a, b, 0.5 + a)"),
    "betainc": ("scipy.special.betainc(2.0, 1.5, a)",),
    "tile": ("np.tile(a, 3)", "np.tile(a, (2, 3))"),
    "cross": ("np.cross(a[:3], b[:3])", "np.cross(a[:, :3], b[..., :3])"),
    "appended": ("np.append(a, b)", "np.append(a, b, axis=0)"),
    "delete": ("np.delete(a, 1)", "np.delete(a, [0, 2])", "np.delete(a, -1, axis=0)", "np.delete(a, [1, 1], axis=1)"),
    "insert": (
        "np.insert(a, 1, b)",
        "np.insert(a, 2, b[1])",
        "np.insert(a, -1, b)",
        "np.insert(a, 3, b, axis=0)",
        "np.insert(a, -2, b, axis=1)",
    ),
    "pad": (
        *("np.pad(a, 1)", "np.pad(a, (0, 2))", "np.pad(a, 2, constant_values=1.5)"),
        *(f"np.pad(a, (2, 1), mode='{mode}')" for mode in ("edge", "wrap", "reflect", "symmetric")),
    ),
    "take_along_axis": (
        *("np.take_along_axis(a, np.argsort(a, axis=-1), axis=-1)", "np.take_along_axis(a, np.array([0, 2, 2]))"),
        "np.take_along_axis(a, np.argsort(a, axis=0)[:2], axis=0)",
    ),
}
INTERNAL = {
    "others_prod",
    "recurrence",
    "total",
    "total_from",
    "filled",
    "spread",
    "listed",
    "concat",
    "array_of_list",
    "array_of_tuple",
    *(f"{name}_of" for name in ("stack", "concatenate", "vstack", "hstack", "column_stack")),
    "split_like",
    "trapz",
} | {"unbroadcast"}
ROWS = [row for row in all_rules() if (row.partials or row.transposed is not None) and row.name not in INTERNAL]


@dataclass(frozen=True)
class Call:
    """An expression in ``a`` and ``b``, and their shapes."""

    text: str
    shapes: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return f"{self.text}-{'-'.join(map(str, self.shapes))}".replace(" ", "")

    @property
    def source(self) -> str:
        names = ", ".join("ab"[: len(self.shapes)])
        return f"import math\n\nimport numpy as np\nimport scipy\n\n\ndef f({names}):\n    return {self.text}\n"

    def function(self) -> Any:
        module: dict[str, Any] = {}
        exec(self.source, module)
        return module["f"]

    def points(self, kind: int, dtype: Any = np.float64) -> list[Any]:
        """Arguments in one of several domains: in (0, 1), beyond 1, or matrices far from singular."""
        rng = np.random.default_rng(7)
        low, high = ((0.2, 0.9), (1.2, 2.0), (-0.3, 0.3))[kind]
        found = [rng.uniform(low, high, size=shape) for shape in self.shapes]
        if kind == 2:
            found = [x + x.swapaxes(-1, -2) + 4 * np.eye(4) if x.shape[-2:] == (4, 4) else 1 + x for x in found]
        return [x.astype(dtype) if x.ndim else dtype(x) for x in found]

    def derived(self, wrt: tuple[int, ...] | None = None, types: tuple[Type, ...] | None = None) -> dict[str, Any]:
        """The generated module, executed."""
        types = types or tuple(_type(k, shape) for k, shape in enumerate(self.shapes))
        wrt = tuple(range(len(self.shapes))) if wrt is None else wrt
        (piece,) = differentiate(self.source, "row.py", [Request("f", wrt, "both", types)])
        module: dict[str, Any] = {}
        head = self.source.partition("\n\n\n")[0]
        exec("\n".join([head, *piece.needs, piece.text, *(HELPERS[helper] for helper in piece.helpers)]), module)
        return module


def _type(k: int, shape: tuple[int, ...]) -> Type:
    if not shape:
        return Type("float")
    return Type("array", tuple(1 if n == 1 else f"{'mn'[n == 4] if n in (2, 4) else f'd{n}'}+" for n in shape))


def spelled(row: Rule) -> str | None:
    """The function as the first library that has it calls it."""
    for library, alias in (("numpy", "np."), ("scipy", "scipy."), ("math", "math.")):
        for name, neutral in libraries()[library].items():
            if neutral == row.name and _exists(library, name):
                return f"{alias}{name}"
    return None


def _exists(library: str, name: str) -> bool:
    found: Any = {"numpy": np, "scipy": scipy}.get(library)
    for part in name.split("."):
        found = getattr(found, part, None)
    return callable(found) or library == "math"


def _axes(default: Any, rank: int) -> list[str]:
    forms = [str(axis) for axis in range(rank)] + (["-1"] if rank else [])
    return [*forms, *(["(0, -1)"] if rank > 1 else [])]


def _statics(row: Rule, rank: int) -> Iterator[str]:
    """Keywords to call the row with: none, each form of the axis, and one more at a time."""
    required = [name for name, default in row.statics.items() if default is ...]
    needed = [
        ", ".join(f"{name}={text}" for name, text in zip(required, choice, strict=True))
        for choice in itertools.product(*(VALUES[name] if name != "axis" else _axes(None, rank) for name in required))
    ]
    for base in needed:
        yield base
        keepdims = ["", ", keepdims=True"] if "keepdims" in row.statics else [""]
        for axis in _axes(row.statics["axis"], rank) if "axis" in row.statics and "axis" not in required else []:
            yield from (", ".join(filter(None, [base, f"axis={axis}"])) + keep for keep in keepdims)
        for name, values in VALUES.items():
            if name in row.statics and name not in required:
                yield from (", ".join(filter(None, [base, f"{name}={value}"])) for value in values)


def _operands(row: Rule) -> Iterator[tuple[str, int]]:
    """The operands as text, and how many arrays these are."""
    if row.variadic:
        yield ("[a, b]" if row.is_sequence else "a, b"), 2
        return
    names = [name for name in row.operands if name not in row.defaults]
    choices, arrays = [], iter("abc")
    for name in names:
        choices.append(VALUES[name] if name in VALUES else (next(arrays, "a"),))
    count = sum(name not in VALUES for name in names)
    for choice in itertools.product(*choices):
        yield ", ".join(choice), min(count, 2)
        for name in row.defaults:
            for value in VALUES.get(name, ()):
                more = f"{', '.join(choice)}, {name}={value}"
                yield more, 2 if value == "b" else min(count, 2)


@cache
def calls(name: str) -> tuple[Call, ...]:
    """The calls of a row that NumPy takes."""
    row = lookup(name)
    assert row is not None
    function, found = spelled(row), dict[Call, None]()
    for shapes in (*((shape,) for shape in SHAPES), *PAIRS):
        texts = OWN.get(row.name) or [
            f"{function}({', '.join(filter(None, [operands, statics]))})"
            for operands, count in _operands(row)
            if count == len(shapes)
            for statics in _statics(row, len(shapes[0]))
        ]
        for text in texts:
            uses = "ab" if any(part in text for part in ("b)", "b,", "b]", "b.", " b")) else "a"
            if len(uses) == len(shapes):
                found.update(dict.fromkeys(_parts(Call(text, shapes))))
    return tuple(found)


def _parts(call: Call) -> list[Call]:
    """The call, or one for each part of its result; none where NumPy does not take the arguments."""
    kind = domain(call)
    if kind is None:
        return []
    value = call.function()(*call.points(kind))
    if not isinstance(value, tuple | list):
        return [call] if np.asarray(value).dtype.kind == "f" else []
    parts = [k for k, part in enumerate(value) if np.asarray(part).dtype.kind == "f" and np.size(part)]
    return [Call(f"{call.text}[{k}]", call.shapes) for k in parts]


@cache
def domain(call: Call) -> int | None:
    """The first domain in which NumPy gives numbers."""
    for kind in range(3):
        try:
            with np.errstate(all="ignore"):
                value = call.function()(*call.points(kind))
            parts = value if isinstance(value, tuple | list) else [value]
            if all(np.isfinite(part).all() and np.asarray(part).dtype.kind != "c" for part in parts):
                return kind
        except Exception:  # whatever NumPy says of arguments that it does not take
            continue
    return None


@cache
def accepted(name: str) -> tuple[tuple[Call, dict[str, Any]], ...]:
    """The calls that are differentiated, in reverse and forward mode, each with the generated module."""
    found = []
    for call in calls(name):
        try:
            found.append((call, call.derived()))
        except RefusedError:
            continue
    return tuple(found)
