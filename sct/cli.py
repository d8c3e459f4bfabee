"""The command ``sct``: build, check, diff, show, and verify, which alone imports and runs the user's code."""

from __future__ import annotations

import io
import sys
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.syntax import Syntax

from sct.errors import SctError
from sct.version import VERSION

if TYPE_CHECKING:
    from sct.builds import Build

# What parses and differentiates is imported in the commands: `sct --help` need not wait for it.

app = typer.Typer(
    name="sct",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Mode = Literal["adjoint", "tangent", "both", "pullback", "tangents"]
Target = Literal["python", "numba"]
Stage = Literal["cst", "ssa", "types", "tangent", "adjoint", "module"]
Sources = Annotated[list[Path] | None, typer.Argument(help="Source files; none: what pyproject.toml lists.")]
Functions = Annotated[list[str] | None, typer.Option("-f", "--function", help="A function (repeatable).")]
Wrt = Annotated[
    list[str] | None, typer.Option("--wrt", help="Parameters, by name or position: --wrt A,b (repeatable).")
]
ModeOption = Annotated[
    Mode, typer.Option("--mode", help="Reverse mode, forward mode, both; or the reverse mode's two sweeps apart.")
]
TargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="Plain Python, or a module that Numba compiles.", show_default=False),
]
Output = Annotated[str, typer.Option("-o", "--output", help="Write here instead; - prints.", show_default=False)]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Overwrite what sct did not write, what was edited by hand, read-only, or built from another source.",
    ),
]


def main() -> NoReturn:
    """Run the command; exit with 0, 1 (refused or out of date) or 2 (usage)."""
    _let_all_be_printed()
    try:
        app()
    except SctError as problem:
        _report(problem)
        sys.exit(_exit_code(problem))
    except OSError as problem:
        where = "" if problem.filename is None else f": {problem.filename}"
        print(f"sct: {problem.strerror}{where}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)


def _let_all_be_printed() -> None:
    """What is no terminal gets UTF-8, in which modules are written; a terminal, escapes for what it cannot show."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _report(problem: SctError) -> None:
    print(problem, file=sys.stderr)


def _exit_code(problem: SctError) -> int:
    from sct.builds import UsageError
    from sct.errors import UnreadableError

    return 2 if isinstance(problem, UsageError | UnreadableError) else 1


def _usage(message: str) -> NoReturn:
    print(f"sct: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"sct {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Differentiate Python functions by writing their adjoints as Python that you can read.

    \b
      sct build model.py        write model_grad.py for the functions marked with @sct.grad
      sct check                 are the generated modules current?
      sct diff model.py         what would a build change?
      sct show model.py -f F    one function, after a stage of the transformation
      sct verify model.py -f F  hold its derivative to three witnesses; this alone runs your code

    All others only parse the source files, and never import or run them.  Exit codes: 0, 1 (refused, out of date, or
    not confirmed), 2 (usage).
    """


@app.command()
def build(
    sources: Sources = None,
    function: Functions = None,
    wrt: Wrt = None,
    output: Output = "",
    mode: ModeOption = "adjoint",
    target: TargetOption = None,
    force: Force = False,
) -> None:
    """Write model_grad.py beside model.py.

    It holds the functions marked with sct's decorators, or those named with -f: each as written, with its adjoint.

    \b
      sct build model.py
      sct build model.py -f loss --wrt A,b
      sct build model.py -f loss -o - --mode both
      sct build model.py --target numba    every function decorated with @numba.njit, the primal too
      sct build                 everything that [[tool.sct.build]] in pyproject.toml lists
    """
    path = Path(output) if output and output != "-" else None
    builds, codes = _builds(sources, function, wrt, mode, path, target)
    for wanted in builds:
        try:
            _build(wanted, prints=output == "-", force=force)
        except SctError as problem:
            _report(problem)  # and go on: the problems of all sources are reported together
            codes.append(_exit_code(problem))
    raise typer.Exit(max(codes, default=0))


_SIZES = """\
note: `_unbroadcast` sums over what was broadcast, as sizes may differ; for plainer text, name equal sizes alike:
      x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], z: Float[np.ndarray, "n-1"]"""


def _build(wanted: Build, prints: bool, force: bool) -> None:
    from sct.backend.module import differs, write_atomically
    from sct.files import text_of
    from sct.review import lost, refuse_overwrite, refuse_read_only

    if not prints:
        refuse_overwrite(wanted, force)
    text = wanted.text()
    before = text_of(wanted.target)
    if prints:
        print(text, end="")
    elif not force and before is not None and not differs(before, text):
        print(f"{wanted.target} is current", file=sys.stderr)
    else:
        if not force:
            refuse_read_only(wanted)
        write_atomically(wanted.target, text)
        print(f"wrote {wanted.target}{lost(wanted, before or '', text)}", file=sys.stderr)
        if "\ndef _unbroadcast(" in text:
            print(_SIZES, file=sys.stderr)


def _builds(
    sources: list[Path] | None,
    functions: list[str] | None,
    wrt: list[str] | None,
    mode: Mode,
    output: Path | None,
    target: Target | None = None,
) -> tuple[list[Build], list[int]]:
    """The builds that are asked for, and the exit codes of the sources that were reported, as there is none of them."""
    from sct.builds import configured, plan, refuse_clashes

    names = [name.strip() for given in wrt or [] for name in given.split(",") if name.strip()]
    if any(not given.strip(" ,") for given in wrt or []):
        _usage("--wrt takes parameters, by name or position: --wrt A,b")
    if not sources:
        if functions or names or output is not None or mode != "adjoint" or target is not None:
            _usage("name the source file that these options are for")
        found = configured(Path.cwd())
        if not found:
            _usage("name a source file, or list it under [[tool.sct.build]] in pyproject.toml")
        return found, []
    if output is not None and len(sources) > 1:
        _usage("-o takes one source file")
    builds, codes = [], []
    for source in sources:
        try:
            builds.append(plan(source, functions or [], names, mode, output, target))
        except SctError as problem:
            _report(problem)
            codes.append(_exit_code(problem))
    refuse_clashes(builds)
    return builds, codes


def _build_of(
    source: Path, functions: list[str] | None, wrt: list[str] | None, mode: Mode, target: Target | None = None
) -> Build:
    """The build of one source."""
    builds, codes = _builds([source], functions, wrt, mode, None, target)
    if not builds:
        raise typer.Exit(max(codes))
    return builds[0]


@app.command()
def check(paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; none: all.")] = None) -> None:
    """Are the generated modules current?  If one is not, show the difference and the repair, and exit with 1.

    Found are modules that sct wrote, also those of a source that is named, and sources with sct's decorators that lack
    one.

    \b
      sct check                 what pyproject.toml lists; without a list, the current folder
      sct check src samples/model_grad.py
    """
    from sct.builds import configured
    from sct.review import against
    from sct.review import check as check_all

    for path in paths or []:
        if not (path.is_file() or path.is_dir()):
            _usage(f"there is no file or folder {path}")
    listed = configured(Path.cwd())
    bare = listed and not paths
    findings = [against(wanted) for wanted in listed] if bare else list(check_all(paths or [Path()], listed))
    wrong = [finding for finding in findings if finding.state != "current"]
    for finding in wrong:
        _show_diff(finding.diff)
        if finding.problem:
            print(finding.problem, file=sys.stderr)
        print(f"{finding.target}: {finding.state}; repair: {finding.repair}")
    if wrong:
        raise typer.Exit(1)
    print(f"{len(findings)} generated module{' is' if len(findings) == 1 else 's are'} current")


@app.command()
def diff(
    sources: Sources = None,
    function: Functions = None,
    wrt: Wrt = None,
    output: Output = "",
    mode: ModeOption = "adjoint",
    target: TargetOption = None,
) -> None:
    """Show what a build would change.

    \b
      sct diff model.py
      sct diff                  everything that [[tool.sct.build]] in pyproject.toml lists
    """
    from sct.files import text_of
    from sct.review import refuse_overwrite, unified

    builds, codes = _builds(sources, function, wrt, mode, Path(output) if output else None, target)
    for wanted in builds:
        before = text_of(wanted.target)
        if before is None:
            refuse_overwrite(wanted)
        _show_diff(unified(before or "", wanted.text(), wanted.target))
    raise typer.Exit(max(codes, default=0))


@app.command()
def show(
    source: Annotated[Path, typer.Argument(help="A source file.")],
    function: Annotated[str, typer.Option("-f", "--function", help="The function.")],
    stage: Annotated[Stage, typer.Option("--stage", help="The stage.")] = "module",
    wrt: Wrt = None,
    mode: ModeOption = "adjoint",
    target: TargetOption = None,
) -> None:
    """Show a function after a stage of the transformation.

    \b
      sct show model.py -f loss
      sct show model.py -f loss --stage ssa
    """
    from sct import pipeline
    from sct.frontend.modules import read

    wanted = _build_of(source, [function], wrt, mode, target)
    _show(pipeline.show(read(source), str(source), wanted.requests[0], stage), stage in ("cst", "module") and "python")


@app.command()
def verify(
    source: Annotated[Path, typer.Argument(help="A source file.  IT IS IMPORTED, and its functions are run.")],
    function: Functions = None,
    wrt: Wrt = None,
    mode: Annotated[Literal["adjoint", "tangent", "both"], typer.Option("--mode", help="What is checked.")] = "both",
    at: Annotated[list[str] | None, typer.Option("--at", help="The arguments of a call (repeatable).")] = None,
    points: Annotated[int, typer.Option("--points", min=1, help="How many random points, without --at.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="The seed of the random numbers.")] = 0,
) -> None:
    """Run the code: hold generated derivatives to witnesses that share nothing with how they were made.

    Differences of the function's values, with their error; dual numbers that are pushed through the function itself by
    operator overloading; and sympy, which proves the adjoint where the function is a closed form.  The derivative is
    that of model_grad.py if it is current, else one that is generated now.  Exits with 1 if a witness disagrees.

    Unlike the other commands, this one IMPORTS AND RUNS your module.

    \b
      sct verify model.py                                 what is marked with sct's decorators
      sct verify model.py -f loss --wrt A,b --points 10   at random arguments, as the annotations tell
      sct verify model.py -f loss --at "np.ones(3), n=2"  at these
    """
    from sct.imported import load
    from sct.verification import PointError, called, examined

    build = _build_of(source, function, wrt, mode)
    print(f"sct verify imports and runs {source}", file=sys.stderr)
    module = load(source)
    console, codes = Console(), [0]
    if not console.is_terminal:
        console = Console(width=120)
    for request in build.requests:
        try:
            f = attrgetter(request.name)(module)
        except AttributeError:
            _usage(f"there is no function {request.name} in {source}")
        try:
            given = [called(f, text) for text in at] if at else None
            report = examined(f, given, request.wrt, mode, points, seed)
        except SctError as problem:
            _report(problem)  # and go on with the other functions
            if isinstance(problem, PointError) and not at:
                print(f'  help: sct verify {source} -f {request.name} --at "…"', file=sys.stderr)
            codes.append(_exit_code(problem))
        else:
            report.show(console)
            codes.append(0 if report.agrees else 1)
    raise typer.Exit(max(codes))


def _show_diff(text: str) -> None:
    if text:
        _show(text, "diff")


def _show(text: str, language: str | Literal[False]) -> None:
    """Print a text, coloured if this is a terminal; elsewhere byte for byte."""
    console = Console()
    if console.is_terminal and language:
        console.print(Syntax(text, language, background_color="default"))
    else:
        print(text)
