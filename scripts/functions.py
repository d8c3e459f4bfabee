"""Write docs/functions.md: every function that sct differentiates, its rule as text, and what proves it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import sct.rules
from sct.frontend.rule_text import is_update, names_in
from sct.ir.types import INT, NONE, Type
from sct.rules import VOCABULARY
from sct.rules.spelling import libraries
from sct.rules.table import Rule, Unsupported, all_rules
from tests.rules.test_agreement import witness as agrees
from tests.rules.test_asked import LEFT_OUT
from tests.rules.test_kinks import KINKS
from tests.rules.test_numba import LACKS
from tests.rules.test_proofs import PIECES

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "functions.md"
# What stands for the arguments that a rule's text depends on.
EXAMPLES: dict[str, Any] = {
    "indices_or_sections": 2,
    "q": 0.5,
    "subscripts": "ij,jk->ik",
    "dtype": "float",
    "axis": 0,
    "deg": 2,
}
TYPES = [Type("array", ("m", "n")), Type("array", ("n",)), Type("float"), Type("array", ("m", "n", "k"))]
OPERANDS = {
    "ab": TYPES[0],
    "l_and_u": Type("tuple", items=(Type("int", dim=1), Type("int", dim=1))),
    "pair": Type("tuple", items=(TYPES[0], Type("bool", dim=0))),
    "shape": Type("tuple", items=(INT, INT)),
    "pad_width": Type("int", dim=1),
    "weights": NONE,
    "axes": INT,
    "other": NONE,
    "N": NONE,
    "stop": TYPES[2],
    "step": TYPES[2],
    "axis": Type("int", dim=1),
}
INTEGERS = frozenset({"shift", "repeats", "reps", "num", "indices", "axis1", "axis2", "kth", "n", "place", "places"})
TITLES = {
    "elementwise": "Elementwise",
    "reductions": "Many elements together",
    "running": "Running sums and products",
    "missing": "Without what is no number",
    "statistics": "Statistics",
    "layout": "Shapes, axes, orders, copies",
    "joining": "Joining",
    "splitting": "Splitting",
    "grids": "Grids and borders",
    "construction": "Construction",
    "selection": "Selection",
    "differences": "Neighbours",
    "polynomials": "Convolutions and polynomials",
    "products": "Products",
    "linalg": "Linear algebra",
    "decompositions": "Decompositions",
    "special": "scipy.special",
    "normal": "scipy.stats",
    "solvers": "scipy.linalg",
}


def written_in(module: str) -> list[Rule]:
    """The rows of a module of ``sct.rules``."""
    tree = ast.parse((ROOT / "sct" / "rules" / f"{module}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    rules = [call.args[0] for call in calls if call.func.id == "rule"]
    zeros = [arg for call in calls if call.func.id == "zero" for arg in call.args]
    rules += [call.args[0] for call in calls if call.func.id == "_split"]  # which adds a row
    signatures = [arg.value for arg in [*rules, *zeros] if isinstance(arg, ast.Constant)]
    names = {signature.partition("(")[0].rstrip("_") for signature in signatures}
    names |= {"trapezoid", "trapz"} if module == "differences" else set()  # made in a loop
    return [row for row in all_rules() if row.name in names]


def spellings(row: Rule) -> str:
    """How the libraries call the row."""
    found = []
    for library, names in libraries().items():
        prefix = {"numpy": "np.", "builtins": "", "method": ".", "attr": "."}.get(library, f"{library}.")
        found += [f"{prefix}{name}" for name, neutral in names.items() if neutral == row.name]
    return ", ".join(f"`{name}`" for name in sorted(found))


def examples(row: Rule) -> Iterator[tuple[tuple[Type, ...], dict[str, Any]]]:
    """Types and literals for which the row's text may be asked."""
    attrs = {name: EXAMPLES[name] if default is ... else default for name, default in row.statics.items()}
    attrs |= {"svd": {"full_matrices": False}, "expm_frechet": {"compute_expm": False}}.get(row.name, {})
    count = 2 if row.variadic else len(row.operands)
    for first in TYPES:
        for second in TYPES:
            types = [first, *[second] * (count - 1)]
            for k, name in enumerate(row.operands):
                default = row.defaults.get(name, ...)
                if name in OPERANDS or (k and default is None):
                    types[k] = OPERANDS.get(name, NONE)
                elif default is not ... or name in INTEGERS:
                    types[k] = Type("int", dim=default) if isinstance(default, int) else INT
            yield tuple(types), attrs


def texts(row: Rule) -> list[str]:
    """The row's rule, as text: the adjoint of each operand."""
    if row.partials:
        steps = [f"`{name} = {text}`" for name, text in row.steps((), {}).items()]
        return steps + [f"{name}: `{text}`" for name, text in zip(row.operands, row.partials, strict=True) if text]
    for types, attrs in examples(row):
        try:
            row.infer(types, attrs)
            bars = row.bars(types, attrs) or ()
        except Unsupported:
            continue
        names = [f"x{k}" for k in range(len(bars))] if row.variadic else row.operands
        steps = row.steps(types, attrs)
        asked = list(filter(None, bars))
        for text in asked:
            asked += [steps[name] for name in names_in(text) if name in steps and steps[name] not in asked]
        used = [f"`{name} = {text}`" for name, text in steps.items() if text in asked]
        return used + [
            f"`{text}`" if is_update(text) else f"`{name}_bar = {text}`"
            for name, text in zip(names, bars, strict=True)
            if text
        ]
    return []


def witness(row: Rule) -> str:
    """What proves the row."""
    if row.partials and row.name not in PIECES and not row.unproved:
        found = ["sympy"]
    elif row.partials:
        why = row.unproved or "piece by piece"
        found = [f"differences in 40 digits ({why})"]
    else:
        found = ["dot-product law, linearity, differences"]
        found += [] if row.name in LACKS else ["Numba compiles it"]
    other = agrees(row.name)
    return "; ".join([*found, *([f"{other} agrees"] if other else [])])


def kinks() -> str:
    """The table of what is decided at kinks and edges."""
    lines = ["| decided | for example | adjoint, for a seed of ones |", "|---|---|---|"]
    before = ""
    for decided, text, points, slopes in KINKS:
        if decided != before:
            at = ", ".join(f"`{name} = {point}`" for name, point in zip("ab", points, strict=False))
            found = ", ".join(f"`{slope}`" for slope in slopes)
            lines.append(f"| {decided} | `{text}` at {at} | {found} |")
        before = decided
    return "\n".join(lines)


def written_out() -> str:
    """The calls that are lowered from a definition."""
    lines = []
    for node in ast.parse(Path(VOCABULARY.definitions).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            name = node.name.replace("__", ".").replace("numpy.", "np.")
            lines.append(f"- `{name}({ast.unparse(node.args)})`")
    return "\n".join(lines)


def page() -> str:
    """The page's text."""
    parts = [
        "<!-- Written by scripts/functions. Do not edit. -->",
        "# The functions that sct differentiates",
        "A rule is the text of a row of `sct/rules/`, in neutral names: `y` is the result, `y_bar` its adjoint,\n"
        "`x_bar` that of `x`. An elementwise row gives the derivative in each operand. Where the text depends on\n"
        "ranks or keywords, it is that for matrices or vectors and the keywords' defaults. A keyword that is not\n"
        "honoured is refused. Beside what the tables say, every row is held to these laws in calls made from its\n"
        "signature: ranks 0 to 3, operands that broadcast, each axis, float64 and float32, empty arrays, both modes.",
        "## Kinks and edges",
        "Forward mode gives the same slopes. At a point without any derivative (`arctan2(0, 0)`) the result is nan,\n"
        "or Python's own error for a division of plain floats by zero. The tests hold every row.",
        kinks(),
    ]
    for module, title in TITLES.items():
        rows = [row for row in written_in(module) if spellings(row)]
        active = [row for row in rows if row.partials or row.transposed is not None]
        without = [spellings(row) for row in rows if not row.is_zero and row not in active]
        constant = [spellings(row) for row in rows if row.is_zero]
        doc = (getattr(sct.rules, module).__doc__ or "").partition("\n\n")[2].replace("``", "`").strip()
        parts += [f"## {title}", *([doc] if doc else [])]
        if active:
            lines = ["| function | rule | proved by |", "|---|---|---|"]
            for row in active:
                rule = "<br>".join(text.replace("|", "\\|") for text in texts(row))
                lines.append(f"| {spellings(row)} | {rule} | {witness(row)} |")
            parts.append("\n".join(lines))
        if constant:
            parts.append(f"Locally constant, with derivative zero by declaration: {', '.join(constant)}.")
        if without:
            parts.append(f"Used by other rules, and without a derivative of its own: {', '.join(without)}.")
    parts += [
        "## Written out",
        "What is short for other functions is lowered from its definition in `sct/rules/definitions.py`, where the\n"
        "call is not one that a row above takes. Values are those of the library, but for rounding; derivatives are\n"
        "held to differences of the library's function.",
        written_out(),
    ]
    missing: dict[str, list[str]] = {}
    for (library, name), reason in LEFT_OUT.items():
        missing.setdefault(reason, []).append(f"`{'np' if library == 'numpy' else library}.{name}`")
    lines = [f"- {reason}: {', '.join(names)}." for reason, names in missing.items()]
    parts += ["## Left out", "Refused where they are called, and why:", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
