"""The head of a generated module: imports in the order in which a linter wants them, then constants.

Before: ``import numpy as np``, ``G = 9.81``, ``from __future__ import annotations``, ``import math``.
After: ``__future__``, the standard library, other packages and the author's own modules, a blank line between them, and
then ``G = 9.81``.  Within a group, ``import …`` comes before ``from … import``, each by the module's name.
"""

from __future__ import annotations

import ast
import sys
from itertools import groupby

from sct.errors import lines_of
from sct.frontend.modules import locate


def in_order(head: str, file: str) -> str:
    """The imports and constants of ``head``, which belong to the module in ``file``, in order."""
    head = head.strip("\n")
    lines, done = lines_of(head), 0
    imports: list[tuple[tuple[int, bool, str], str]] = []
    rest: list[str] = []
    for node in ast.parse(head).body:
        text = "\n".join(lines[done : node.end_lineno]).strip("\n")
        done = max(done, node.end_lineno or 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append((_place(node, file), text))
        elif text:
            rest.append(text)
    imports.sort(key=lambda entry: entry[0])
    groups = ["\n".join(text for _, text in group) for _, group in groupby(imports, key=lambda entry: entry[0][0])]
    return "\n\n".join([*groups, *(["\n".join(rest)] if rest else [])])


def _place(node: ast.Import | ast.ImportFrom, file: str) -> tuple[int, bool, str]:
    """The group of an import, and its place there."""
    is_from = isinstance(node, ast.ImportFrom)
    module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    top = module.split(".")[0]
    if not top:
        return 4, is_from, module
    known = ("__future__",), sys.stdlib_module_names
    group = next((k for k, names in enumerate(known) if top in names), 3 if file and locate(file, module) else 2)
    return group, is_from, module
