"""The command ``sct``: build, check, diff, show.  Nothing of the user's code is imported or run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.syntax import Syntax

from sct.errors import SctError
from sct.version import VERSION

app = typer.Typer(
    name="sct",
    help="Differentiate Python functions by writing their adjoints as Python that you can read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Sources = Annotated[list[Path] | None, typer.Argument(help="Source files; none: what [tool.sct] in pyproject.toml lists.")]
Functions = Annotated[list[str] | None, typer.Option("-f", "--function", help="A function to differentiate (repeatable).")]
Wrt = Annotated[str, typer.Option("--wrt", help="Parameters, by name or position, with commas: --wrt A,b")]
ModeOption = Annotated[str, typer.Option("--mode", help="adjoint (reverse), tangent (forward) or both.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that sct did not write, or that was edited.")]


def main() -> NoReturn:
    """Run the command; exit with 0, 1 (refused or out of date) or 2 (usage)."""
    try:
        app()
    except SctError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except OSError as problem:
        print(f"sct: {problem.strerror}: {problem.filename}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"sct {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Differentiate Python functions by writing their adjoints as Python that you can read."""


def _usage(message: str) -> NoReturn:
    print(f"sct: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _builds(sources: list[Path] | None, functions: list[str] | None, wrt: str, mode: str, output: Path | None):  # type: ignore[no-untyped-def]
    from sct.review import configured, plan

    if mode not in ("adjoint", "tangent", "both"):
        _usage(f"--mode is adjoint, tangent or both, not {mode}")
    if not sources:
        found = configured(Path.cwd())
        if not found:
            _usage("name a source file, or list them under [[tool.sct.build]] in pyproject.toml")
        return found
    if output is not None and len(sources) > 1:
        _usage("-o takes one source file")
    for source in sources:
        if not source.is_file():
            _usage(f"there is no file {source}")
    names = [name for name in wrt.split(",") if name]
    return [plan(source, functions or [], names, mode, output) for source in sources]


@app.command()
def build(
    sources: Sources = None,
    function: Functions = None,
    wrt: Wrt = "",
    output: Annotated[str, typer.Option("-o", "--output", help="Write here instead; - prints.")] = "",
    mode: ModeOption = "adjoint",
    force: Force = False,
) -> None:
    """Write model_grad.py beside model.py.

    Example: sct build model.py -f loss --wrt A,b
    """
    from sct.backend.module import differs, write_atomically
    from sct.review import refuse_overwrite

    target = Path(output) if output and output != "-" else None
    for wanted in _builds(sources, function, wrt, mode, target):
        text = wanted.text()
        if output == "-":
            print(text, end="")
            continue
        if not force:
            refuse_overwrite(wanted.target)
        if wanted.target.exists() and not force and not differs(wanted.target.read_text(encoding="utf-8"), text):
            print(f"{wanted.target} is current", file=sys.stderr)
            continue
        write_atomically(wanted.target, text)
        print(f"wrote {wanted.target}", file=sys.stderr)


@app.command()
def check(paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders.")] = None) -> None:
    """Say whether generated modules are current; exit with 1, the difference and the repair if one is not."""
    from sct.review import Finding, configured, examine
    from sct.review import check as check_paths
    from sct.backend.module import parse

    findings: list[Finding] = []
    if paths:
        for path in paths:
            if not path.exists():
                _usage(f"there is no file {path}")
        findings = list(check_paths(paths))
    else:
        wanted = configured(Path.cwd())
        if not wanted:
            findings = list(check_paths([Path.cwd()]))
        for entry in wanted:
            text = entry.target.read_text(encoding="utf-8") if entry.target.exists() else None
            generated = None if text is None else parse(text)
            if text is None or generated is None:
                findings.append(Finding(entry.target, "missing", "", "sct build"))
            else:
                findings.append(examine(entry.target, text, generated))
    bad = [finding for finding in findings if finding.state != "current"]
    for finding in bad:
        _show_diff(finding.diff)
        print(f"{finding.target}: {finding.state}; repair: {finding.repair}")
    if bad:
        raise typer.Exit(1)
    print(f"{len(findings)} generated module{'s are' if len(findings) != 1 else ' is'} current")


def _show_diff(diff: str) -> None:
    if diff:
        console = Console()
        console.print(Syntax(diff, "diff", background_color="default")) if console.is_terminal else print(diff)


@app.command()
def diff(sources: Sources = None, function: Functions = None, wrt: Wrt = "", mode: ModeOption = "adjoint") -> None:
    """Show what a build would change."""
    from sct.review import unified

    for wanted in _builds(sources, function, wrt, mode, None):
        before = wanted.target.read_text(encoding="utf-8") if wanted.target.exists() else ""
        _show_diff(unified(before, wanted.text(), wanted.target))


@app.command()
def show(
    source: Annotated[Path, typer.Argument(help="A source file.")],
    function: Annotated[str, typer.Option("-f", "--function", help="The function.")],
    stage: Annotated[str, typer.Option("--stage", help="cst, ssa, types, tangent, adjoint or module.")] = "module",
    wrt: Wrt = "",
) -> None:
    """Show a function after a stage of the transformation."""
    from sct import pipeline

    if stage not in ("cst", "ssa", "types", "tangent", "adjoint", "module"):
        _usage(f"--stage is cst, ssa, types, tangent, adjoint or module, not {stage}")
    (wanted,) = _builds([source], [function], wrt, "tangent" if stage == "tangent" else "adjoint", None)
    text = source.read_text(encoding="utf-8")
    shown = pipeline.show(text, str(source), wanted.requests[0], stage)  # type: ignore[arg-type]
    console = Console()
    python = stage in ("cst", "module")
    console.print(Syntax(shown, "python", background_color="default")) if console.is_terminal and python else print(shown)
