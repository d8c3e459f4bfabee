"""What a module puts something else in the place of: it is no longer what its definition says.

Before: ``import helpers`` and ``helpers.step = faster``; ``np.sin = lambda x: x``; ``step.__code__ = …``.
After: ``step`` of the file of ``helpers``, and ``sin`` of NumPy, each with its place; a call of one is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.frontend.bindings import Binding
from sct.frontend.class_doubts import Doubt, note
from sct.frontend.modules import LIBRARIES

if TYPE_CHECKING:
    from sct.frontend.parse import Source


def replaced(source: Source) -> dict[tuple[str, str], Binding]:
    """The functions and classes that a module changes, or parts of which it does.

    Each by its library or file, and its name there; ``*`` is any name.
    """
    found = {}
    for bound in source.bindings:
        head, dot, _ = bound.name.partition(".")
        key = _changed(source, bound.name) if dot and source.doubt(head) is None else None
        found.update({} if key is None else {key: bound})
    return found


def replacement(source: Source, file: str, name: str) -> Doubt | None:
    """What is said of a function or a class that a module which was read puts something else in the place of."""
    for home in list(source.modules.values()):
        for (changed_file, changed), bound in home.replaced.items():
            # The derivative of a library's function may call any other one of it.
            if changed_file == file and (file in LIBRARIES or changed in (name.partition(".")[0], "*")):
                reason = f"`{bound.name}` is assigned to, and no longer what its definition says"
                help_ = "call a function of your own, under another name"
                return Doubt(reason, help_, note(home, bound.node, "it is assigned to here"))
    return None


def _changed(source: Source, dotted: str) -> tuple[str, str] | None:
    """What an assignment to ``dotted`` changes: a name of a module, or what has such a part there."""
    origin = source.origin(dotted)
    if origin is not None:
        return origin.library or origin.file, origin.name
    owner, _, part = dotted.rpartition(".")
    if part == "*" and source.is_module(owner):
        library, module = source.library_function(f"{owner}.f"), source.imports_as(owner)
        return library[0] if library else module.file if module else "", "*"
    origin = source.origin(owner)
    while origin is None and "." in owner:
        owner, _, part = owner.rpartition(".")
        origin = source.origin(owner)
    home = origin.source if origin is not None else None
    if origin is None or home is None:
        return None
    is_code = part == "*" or part.startswith("__")  # what else a function has is no part of what it does
    is_changed = origin.name in home.classes or (origin.name in home.functions and is_code)
    return (home.file, origin.name) if is_changed else None
