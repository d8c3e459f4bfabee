"""Measure how small a generated diff is: single-statement edits of every sample, and what each changes.

Every assignment of every marked function is deleted (where its name keeps a value), changed (its first number, or its
value times 1.5), followed by one more (its target times 1.5), and every local is renamed.  For each edit the generated
lines changed are divided by the source lines changed: lines of the derivative's code, that is all but the copy of the
author's function, the hashes (which change with any edit) and the author's statements that are quoted as comments;
the column "quotes" counts those comments as well.

Exits with 1 if the median of all edits is over 3, or if a temporary outside the edited statement's adjoint is renamed.
"""

from __future__ import annotations

import argparse
import difflib
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from rich.console import Console
from rich.table import Table

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate, marked

LIMIT = 3
NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Edit:
    """One edit: what kind, of which line, the new source and the names that the edit is about."""

    kind: str
    line: str
    source: str
    names: frozenset[str]


@dataclass(frozen=True)
class Churn:
    """What an edit did to the generated text."""

    edit: Edit
    source_lines: int
    generated_lines: int
    quoted_lines: int
    renamed: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.generated_lines / self.source_lines

    @property
    def quoted_ratio(self) -> float:
        return (self.generated_lines + self.quoted_lines) / self.source_lines


def edits(source: str, function: str) -> Iterator[Edit]:
    """Every single-statement edit of a function."""
    module = cst.parse_module(source)
    (node,) = (n for n in module.body if isinstance(n, cst.FunctionDef) and n.name.value == function)
    params = {p.name.value for p in node.params.params}
    bound = set(params)
    for line in _lines(node.body):
        small = line.body[0]
        text = module.code_for_node(small).strip()
        names = frozenset(NAME.findall(text))
        if isinstance(small, cst.Assign | cst.AugAssign):
            target = small.targets[0].target if isinstance(small, cst.Assign) else small.target
            if not isinstance(target, cst.Name) or target.value in bound:
                yield Edit("delete", text, module.deep_remove(line).code, names)
            bound |= names
            number = _first_number(small.value)
            if number is not None:
                other = cst.parse_expression(f"{number.value}5" if "." in number.value else f"{number.value}1")
                yield Edit("change", text, module.deep_replace(number, other).code, names)
            elif not isinstance(small.value, cst.Tuple):
                longer = cst.parse_expression(f"1.5 * ({module.code_for_node(small.value)})")
                yield Edit("change", text, module.deep_replace(small.value, longer).code, names)
            if isinstance(target, cst.Name | cst.Subscript):
                spelled = module.code_for_node(target)
                extra = cst.parse_statement(f"{spelled} = 1.5 * {spelled}")
                both = cst.FlattenSentinel([line, extra])
                yield Edit("insert", text, _replaced(module, line, both), names)
    for name in sorted(_assigned(node) - params):
        fresh = f"{name}_renamed"
        yield Edit("rename", name, module.visit(_Rename(function, name, fresh)).code, frozenset({name, fresh}))


def _lines(body: cst.BaseSuite) -> Iterator[cst.SimpleStatementLine]:
    for node in body.body:
        if isinstance(node, cst.SimpleStatementLine):
            yield node
        else:
            while node is not None:
                if isinstance(node, cst.If | cst.For | cst.While | cst.Else):
                    yield from _lines(node.body)
                node = getattr(node, "orelse", None)


def _first_number(node: cst.CSTNode) -> cst.Integer | cst.Float | None:
    if isinstance(node, cst.Integer | cst.Float):
        return node
    if isinstance(node, cst.SubscriptElement):
        return None
    return next((found for child in node.children if (found := _first_number(child)) is not None), None)


class _Replace(cst.CSTTransformer):
    def __init__(self, old: cst.CSTNode, new: cst.FlattenSentinel[cst.BaseStatement]) -> None:
        self.old, self.new = old, new

    def on_leave(self, original, updated):  # type: ignore[no-untyped-def]
        return self.new if original is self.old else super().on_leave(original, updated)


def _replaced(module: cst.Module, old: cst.CSTNode, new: cst.FlattenSentinel[cst.BaseStatement]) -> str:
    return module.visit(_Replace(old, new)).code


class _Rename(cst.CSTTransformer):
    def __init__(self, function: str, old: str, new: str) -> None:
        self.function, self.old, self.new, self.inside = function, old, new, False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return node.name.value == self.function

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(value=self.new) if updated_node.value == self.old else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


def _assigned(node: cst.FunctionDef) -> set[str]:
    found: set[str] = set()

    class Targets(cst.CSTVisitor):
        def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
            elements = node.target.elements if isinstance(node.target, cst.Tuple) else [node]
            for element in elements:
                inner = element.value if isinstance(element, cst.Element) else node.target
                if isinstance(inner, cst.Name):
                    found.add(inner.value)

    node.visit(Targets())
    return found


def derivative(source: str, path: str, request: Request) -> list[str]:
    """The generated lines, without the copy of the author's function."""
    (piece,) = differentiate(source, path, [request])
    return piece.text[piece.text.index(f"def {request.name}_adjoint(") :].splitlines()


@dataclass(frozen=True)
class Hunk:
    """Lines removed and added, and the statement that the removed ones belong to (the comment above them)."""

    removed: list[str]
    added: list[str]
    statement: str

    def size(self, counts: Callable[[str], bool]) -> int:
        """How many lines change, of those that count."""
        return max(sum(map(counts, self.removed)), sum(map(counts, self.added)))


def changed(before: list[str], after: list[str]) -> list[Hunk]:
    """The hunks of a line diff."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        Hunk(before[i:j], after[k:m], next((s for s in before[i::-1] if _is_comment(s)), ""))
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    ]


def measure(source: str, path: str, request: Request) -> Iterator[Churn]:
    """What each edit of a function changes."""
    before = derivative(source, path, request)
    for edit in edits(source, request.name):
        try:
            compile(edit.source, path, "exec")
            after = derivative(edit.source, path, request)
        except (RefusedError, SyntaxError, cst.ParserSyntaxError):
            continue
        hunks = changed(before, after)
        lines = changed(source.splitlines(), edit.source.splitlines())
        source_lines = sum(hunk.size(lambda line: True) for hunk in lines)
        quoted = sum(hunk.size(_is_comment) for hunk in hunks)
        code = sum(hunk.size(lambda line: not _is_comment(line)) for hunk in hunks)
        if source_lines:
            yield Churn(edit, source_lines, code, quoted, tuple(_renamed(hunks, edit, NAME.findall(source))))


def _is_comment(line: str) -> bool:
    return line.strip().startswith("# ")


def _renamed(hunks: list[Hunk], edit: Edit, authored: list[str]) -> Iterator[str]:
    """Lines of other statements in which only a temporary's name has changed."""
    known = set(authored) | {f"{name}{suffix}" for name in authored for suffix in ("_bar", "_saved", "_value")}
    for hunk in hunks:
        for old, new in zip(hunk.removed, hunk.added, strict=False):
            if edit.kind == "rename" or edit.line in (hunk.statement.strip()[2:], old.strip()):
                continue
            names = zip(NAME.findall(old), NAME.findall(new), strict=False)
            differing = {name for pair in names if pair[0] != pair[1] for name in pair}
            if differing and NAME.sub("", old) == NAME.sub("", new) and differing.isdisjoint(known):
                yield f"{old.strip()}  ->  {new.strip()}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    samples = Path(__file__).parent.parent / "samples"
    parser.add_argument("paths", nargs="*", type=Path, help="source files (default: every sample)")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also print the N largest diffs")
    options = parser.parse_args()
    paths = options.paths or sorted(p for p in samples.glob("*.py") if p.with_name(f"{p.stem}_grad.py").exists())
    found: list[tuple[str, Churn]] = []
    for path in paths:
        source = path.read_text(encoding="utf-8")
        for request in marked(source, str(path)):
            found += [(f"{path.stem}.{request.name}", churn) for churn in measure(source, str(path), request)]
    console = Console()
    table = Table("edit", "edits", "median", "90 %", "largest", "median with quotes")
    for kind in ("insert", "delete", "change", "rename", None):
        ratios = sorted(churn.ratio for _, churn in found if kind in (None, churn.edit.kind))
        if ratios:
            high = ratios[int(0.9 * (len(ratios) - 1))]
            quoted = statistics.median(churn.quoted_ratio for _, churn in found if kind in (None, churn.edit.kind))
            numbers = (statistics.median(ratios), high, ratios[-1], quoted)
            table.add_row(kind or "all", str(len(ratios)), *(f"{number:.1f}" for number in numbers))
    console.print("Generated lines changed for each source line changed:")
    console.print(table)
    for where, churn in sorted(found, key=lambda entry: -entry[1].ratio)[: options.worst]:
        console.print(
            f"{churn.ratio:5.1f}  {where}: {churn.edit.kind} `{churn.edit.line}`", highlight=False, markup=False
        )
    renamed = [(where, churn.edit, line) for where, churn in found for line in churn.renamed]
    for where, edit, line in renamed:
        console.print(f"renamed: {where}: {edit.kind} `{edit.line}`: {line}", highlight=False, markup=False)
    median = statistics.median(churn.ratio for _, churn in found)
    sys.exit(median > LIMIT or bool(renamed))


if __name__ == "__main__":
    main()
