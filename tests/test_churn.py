"""A small edit makes a small diff: ``scripts/churn`` on some samples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_small_edits_make_small_diffs() -> None:
    samples = [
        f"samples/{stem}.py" for stem in ("barrier", "bond", "cholesky", "huber", "lotka_volterra", "seed_notes")
    ]
    command = [sys.executable, "scripts/churn.py", *samples]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "renamed" not in found.stdout.replace("rename ", "")
