"""Generation depends on the source and on nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples" / "gradbench"


@pytest.mark.parametrize("seed", ["4242"])
def test_any_hash_seed_gives_the_same_text(seed: str) -> None:
    """In its own process, for the seed is fixed when Python starts; ``sct check`` compares with the committed text.

    ``scripts/test`` checks all samples, with whatever seed there is.
    """
    command = [sys.executable, "-c", "from sct.cli import main; main()", "check", str(SAMPLES)]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
