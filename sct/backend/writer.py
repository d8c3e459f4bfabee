"""How a module spells what its functions read: libraries, names of the author's, helpers.

Before: ``log`` of ``math``, in a module that has ``import math as m``, or none that imports it.
After: ``m.log``, or ``math.log`` and the line ``import math``.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable

from sct.backend import compiled
from sct.backend.names import added
from sct.frontend.modules import dotted
from sct.frontend.parse import Source
from sct.ir.names import GlobalRef
from sct.ir.nodes import Op
from sct.rules.helpers import HELPERS

_BUILTINS = frozenset(dir(builtins)) | frozenset(keyword.kwlist)
_IMPORTS = {
    "math": "import math",
    "numpy": "import numpy as np",
    "scipy.special": "from scipy import special",
    "scipy.linalg": "from scipy import linalg",
    "numba": "import numba",
}
_ALIASES = {library: line.split()[-1] for library, line in _IMPORTS.items()}


class Writer:
    """What the functions of one module share: how it spells libraries, what it needs besides, its callees.

    Attributes
    ----------
    needs, helpers : list of str, dict of str to str
        Import lines that the author's module does not have, and the helper functions that are called.
    read : set of str
        The names of the module that the function that is being written reads.
    asked : set of str
        The built-in functions that were called.
    brought : dict of str to str
        What import lines bring from modules of the author's, and the line.
    """

    def __init__(
        self, source: Source, callee: Callable[[Op], str], compiles: bool = False, uncached: set[str] | None = None
    ) -> None:
        self.source = source
        self.compiles = compiles
        self.uncached = set[str]() if uncached is None else uncached
        self.callee = callee
        self.needs: list[str] = []
        self.helpers: dict[str, str] = {}
        self.read: set[str] = set()
        self.asked: set[str] = set()
        self.brought: dict[str, str] = {}

    def spell(self, library: str, name: str) -> str:
        """The text that names a library's function in this module."""
        if library == "builtins":
            self.asked.add(name)
            return name
        return self.reading(self.spelled(library, name))

    def reading(self, text: str) -> str:
        """Note that a text is read."""
        self.read.add(text.split(".")[0])
        return text

    def spelled(self, library: str, name: str) -> str:
        source, full = self.source, f"{library}.{name}"
        known = [*source.aliases.items(), *((a, ".".join(path)) for a, path in source.imported.items())]
        # An import that something else of the same name hides.
        lost = {*source.functions, *source.classes, *source.constants, *source.rebound}
        for alias, path in sorted(known, key=lambda entry: -len(entry[1])):
            if (full == path or full.startswith(f"{path}.")) and alias.split(".")[0] not in lost:
                return alias + full[len(path) :]
        if library == "scipy":
            package, _, name = name.rpartition(".")
            library = f"scipy.{package}"
        usual = _ALIASES[library]
        alias = added(usual, lost | source.names)
        line = _IMPORTS[library]
        line = line if alias == usual else f"{line.removesuffix(f' as {usual}')} as {alias}"
        if line not in self.needs:
            self.needs.append(line)
        return f"{alias}.{name}"

    def reach(self, ref: GlobalRef) -> str:
        """The text that names a function or a constant in this module, though it may be another's."""
        return self.reading(self.reached(ref))

    def reached(self, ref: GlobalRef) -> str:
        if ref.home == self.source.file:
            return ref.spelling
        if ref.file in _IMPORTS:
            return self.spell(ref.file, ref.name)
        if ref.file == self.source.file:
            return ref.name
        for alias in sorted(self.source.names):
            for text in (alias, f"{alias}.{ref.name}"):
                origin = self.source.origin(text)
                if origin is not None and (origin.file, origin.name) == (ref.file, ref.name):
                    return text
        module = dotted(ref.file) if ref.file in self.source.modules else ref.file
        root, dot, rest = ref.name.partition(".")
        line, name = f"from {module} import {root}", root
        while name in self.taken():
            name += "_"
        line += f" as {name}" if name != root else ""
        self.brought[name] = line
        if line not in self.needs:
            self.needs.append(line)
        return f"{name}{dot}{rest}"

    @property
    def libraries(self) -> list[str]:
        """The import lines that bring libraries."""
        return [line for line in self.needs if line not in self.brought.values()]

    def hides(self, name: str) -> bool:
        """Whether the module has a name of its own for something."""
        source = self.source
        return any(name in group for group in (source.names, source.functions, source.classes, source.constants))

    def helper(self, name: str) -> str:
        known = compiled.HELPERS if self.compiles else HELPERS
        self.helpers[name] = self.decorated(known[name])
        if self.source.aliases.get("np") != "numpy" and _IMPORTS["numpy"] not in self.needs:
            self.needs.append(_IMPORTS["numpy"])
        return name

    def decorated(self, text: str) -> str:
        """The text of functions, with what the target needs over each."""
        if not self.compiles:
            return text
        return compiled.decorated(text, self.spell("numba", "njit"), self.uncached)

    def taken(self) -> set[str]:
        """The names that a local must not hide."""
        source = self.source
        used = {*source.aliases, *source.imported, *source.functions, *source.constants}
        return used | _BUILTINS | set(_ALIASES.values())
