"""What is said of names that are not found: where they should be, and what to write instead."""

from __future__ import annotations

import sys

from sct.frontend.instead import instead_of
from sct.frontend.modules import LIBRARIES, submodule
from sct.frontend.parse import Source

_OF_SCT = "of sct, a function may call `sct.stop_gradient(x)`, `sct.checkpoint(g)(x)`, `sct.grad(g)(x)` and its like"
_USUAL = "write it out in this function, or call it outside and pass what it gives as an argument"


def absent(source: Source, text: str) -> tuple[str, str] | None:
    """Why what an import should bring is not known, and what to do; None where that is not why."""
    head, _, rest = text.partition(".")
    module, own = source.imported.get(head, (source.aliases.get(head, ""), ""))
    if not module or module.split(".")[0] in LIBRARIES:
        return None
    if module.split(".")[0] == "sct":
        return f"`{text}` is not known in this place, or in this form", _OF_SCT
    full, part = submodule(module, own) if own else module, rest.partition(".")[0]
    is_imported = f"{head}.{part}" in source.aliases
    if part and not is_imported and source.imports(submodule(full, part)) is not None:
        return f"the module `{head}.{part}` is not imported", f"import it by name: `from {full} import {part}`"
    named = full if module.strip(".") == "" else module
    if source.imports(named) is not None:
        return None
    if module.split(".")[0] in sys.stdlib_module_names:
        reason = f"`{text}` is not supported: it is of Python's own module `{module}`, which is not looked into"
        return reason, instead_of(module, own or rest, _USUAL)
    reason = f"`{text}` is not known: there is no module `{named}` beside this one"
    return reason, "define it in this module, or import it from one beside it"


def class_attribute(source: Source, name: str) -> tuple[str, str] | None:
    """What is said of an attribute that a class of the module has; None if none has it."""
    if name not in source.class_attributes:
        return None
    reason = f"`.{name}` is an attribute of a class, and these are not read"
    return reason, "make it a field, as in `k: float = 3.0`, or a constant of the module"
