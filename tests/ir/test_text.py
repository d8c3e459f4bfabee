"""Each stage as a person reads it: ``sct show`` on the README's function."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from sct.pipeline import Request, show
from tests.test_samples import SAMPLES


@pytest.mark.parametrize("stage", ["ssa", "types", "tangent", "adjoint", "module"])
def test_stage(stage: str, snapshot: SnapshotAssertion) -> None:
    path = SAMPLES / "loop_branch.py"
    assert show(path.read_text(encoding="utf-8"), "loop_branch.py", Request("wander", mode="both"), stage) == snapshot  # type: ignore[arg-type]
