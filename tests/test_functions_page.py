"""docs/functions.md is current, and names every function once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_is_current() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import functions; print(functions.page(), end='')"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == (ROOT / "docs" / "functions.md").read_text(encoding="utf-8"), "run scripts/functions"


def test_every_row_has_its_rule_there() -> None:
    page = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    lines = page.partition("## Elementwise")[2].splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ") and not line.startswith("| function")]
    names = [name for row in rows for name in row[0].strip("| ").split(", ")]
    assert len(names) == len(set(names)) > 200
    assert all(row[1] for row in rows)
