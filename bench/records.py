"""What has been measured, kept as lines of JSON: a long run is done in parts, and the page is written from all."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "autograd", "jax", "torch")


@dataclass(frozen=True)
class Record:
    """One measurement.

    Attributes
    ----------
    part, name : str
        What was measured, as `bench.parts.PARTS` names it.
    found : JSON
        The result, None if there is none.
    failed : str
        Why there is no result.
    small : bool
        Whether it was made to test the suite, on small arguments.
    date, machine : str
        When and where.
    """

    part: str
    name: str
    found: Any
    failed: str
    small: bool
    date: str
    machine: str


class Records:
    """The records of a file, if one is named, and those that are added; of a name the last one counts."""

    def __init__(self, path: Path | None, small: bool) -> None:
        self.path, self.small = path, small
        self.known: dict[tuple[str, str], Record] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                record = Record(**json.loads(line))
                if record.small is small:
                    self.known[record.part, record.name] = record

    def __iter__(self) -> Iterator[Record]:
        return iter(self.known.values())

    def get(self, part: str, name: str) -> Record | None:
        return self.known.get((part, name))

    def add(self, part: str, name: str, found: Any, failed: str) -> Record:
        today = datetime.date.today().isoformat()
        record = Record(part, name, found, failed, self.small, today, machine())
        self.known[part, name] = record
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(record)) + "\n")
        return record

    def made(self) -> str:
        """When and where."""
        dates = sorted({record.date for record in self})
        return "; ".join([" to ".join(dict.fromkeys((*dates[:1], *dates[-1:]))), *sorted({r.machine for r in self})])


def machine() -> str:
    """The kind of machine and the versions."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    versions = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    return f"{os.cpu_count()} cores ({platform.system()}, {model}); {', '.join(versions)}"
