"""The golden functions with inputs: of the samples, the kernels and GradBench's, each as its author wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sct.pipeline import marked
from tests.gradbench_inputs import INPUTS as GRADBENCH_INPUTS
from tests.modules import load_module
from tests.sample_inputs import INPUTS
from tests.test_gradbench import FOLDER as GRADBENCH
from tests.test_kernels import INPUTS as KERNEL_INPUTS
from tests.test_kernels import KERNELS
from tests.test_samples import SAMPLES


@dataclass(frozen=True)
class Golden:
    """A function of a sample, its ``wrt``, and arguments."""

    path: Path
    name: str
    wrt: tuple[int | str, ...]
    args: tuple[Any, ...]

    @property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def committed(self) -> ModuleType:
        """The generated module beside the source."""
        return load_module(self.path.with_name(f"{self.path.stem}_grad.py"))

    def __str__(self) -> str:
        return f"{self.path.stem}-{self.name}"


def every() -> list[Golden]:
    """All of them; the value of one of GradBench's may be an array."""
    problems = GRADBENCH_INPUTS.items()
    return [
        *golden(),
        *(Golden(GRADBENCH / f"{stem}.py", name, wrt, args[0]) for (stem, name), (wrt, args) in problems),
    ]


def golden() -> list[Golden]:
    """The samples and the kernels, whose value is a number."""
    found = []
    for (stem, name), inputs in [*INPUTS.items(), *(((f"kernels/{k}", ""), [v]) for k, v in KERNEL_INPUTS.items())]:
        path = (KERNELS.parent if "/" in stem else SAMPLES) / f"{stem}.py"
        for request in marked(path.read_text(encoding="utf-8"), str(path)):
            if name in ("", request.name):
                found.append(Golden(path, request.name, request.wrt, inputs[0]))
    return found
