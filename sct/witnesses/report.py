"""What the witnesses say of a generated derivative, as a table."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console

Verdict = Literal["agrees", "proved", "MISMATCH", "not applicable"]
DOT_PRODUCT = "dot-product law"
_RANK: dict[Verdict, int] = {"not applicable": 0, "proved": 1, "agrees": 1, "MISMATCH": 2}


@dataclass(frozen=True)
class Finding:
    """What one witness says.

    Attributes
    ----------
    subject : str
        The generated function, ``loss_adjoint``.
    witness : str
        Who says it.
    verdict : str
        ``agrees``, ``proved``, ``MISMATCH`` or ``not applicable``.
    error : float, optional
        The largest difference, over all directions and points.
    where : str
        The derivative that is off most, and the input; or why the witness cannot say anything.
    badness : float
        The error, as a multiple of what is allowed.
    """

    subject: str
    witness: str
    verdict: Verdict
    error: float | None = None
    where: str = ""
    badness: float = 0.0

    @property
    def order(self) -> tuple[int, float]:
        """What tells the finding to show: the worst one."""
        return _RANK[self.verdict], self.badness


@dataclass
class Report:
    """The worst finding of each witness.

    Attributes
    ----------
    name : str
        The function.
    points : int
        At how many points.
    paths : dict
        The files of the generated code that was checked.
    """

    name: str
    points: int
    paths: dict[str, None] = field(default_factory=dict)
    found: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        key = (finding.subject, finding.witness)
        if key not in self.found or finding.order > self.found[key].order:
            self.found[key] = finding

    @property
    def findings(self) -> list[Finding]:
        return sorted(self.found.values(), key=lambda finding: finding.subject)

    @property
    def agrees(self) -> bool:
        """Whether no witness disagrees, and each generated function has one that agrees."""
        if any(finding.verdict == "MISMATCH" for finding in self.findings):
            return False
        subjects = {finding.subject for finding in self.findings}
        # An adjoint and a tangent that agree with each other may both be wrong.
        found = [f.subject for f in self.findings if _RANK[f.verdict] == 1 and f.witness != DOT_PRODUCT]
        return bool(subjects) and subjects == set(found)

    def show(self, console: Console) -> None:
        """Print the table."""
        from rich.table import Table
        from rich.text import Text

        points = "1 point" if self.points == 1 else f"{self.points} points"
        console.print(
            Text(f"{self.name}: {points}, code of {' and '.join(self.paths)}; the function was run"), soft_wrap=True
        )
        table = Table("derivative", "witness", "verdict", "worst error", "where")
        colours = {"MISMATCH": "bold red", "not applicable": "dim"}
        for finding in self.findings:
            verdict = Text(finding.verdict, colours.get(finding.verdict, "green"))
            error = "" if finding.error is None else f"{finding.error:.1e}"
            table.add_row(Text(finding.subject), finding.witness, verdict, error, Text(finding.where))
        console.print(table)
        if not self.agrees and not any(f.verdict == "MISMATCH" for f in self.findings):
            console.print(Text(f"{self.name}: there is a derivative that no witness could check"))

    def __str__(self) -> str:
        from rich.console import Console

        text = io.StringIO()
        self.show(Console(file=text, width=120, color_system=None))
        return text.getvalue().rstrip()
