"""Whether constants that hold functions are what their files say: the text is differentiated, the functions run.

Before: ``ACT = {"relu": relu, "sin": math.sin}`` in the file, and ``model.ACT["relu"] = other`` somewhere else.
After: it is refused.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Mapping
from typing import Any

from sct.uses import File, Use, alike, is_slice

_DISPLAYS = {ast.List: list, ast.Tuple: tuple, ast.Dict: dict}


def space_of(use: Use) -> Mapping[str, Any]:
    """The names of the module that makes a constant."""
    made = (vars(module) for module in list(sys.modules.values()) if _file(module) == use.file.file)
    return use.space if use.space.get("__file__") == use.file.file else next(made, use.space)


def _file(module: Any) -> str | None:
    return getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None


def is_stated(text: ast.expr, held: Any, said: File, known: Mapping[str, Any]) -> bool:
    """Whether something is what its text in a file says; ``known`` are the names of its module."""
    kind = _DISPLAYS.get(type(text))
    if kind is not None:
        if type(held) is not kind:
            return False
        parts, items = _parts(text), held if isinstance(held, dict) else dict(enumerate(held))
        if parts is None or parts.keys() != items.keys():
            return parts is None
        return all(is_stated(part, items[key], said, known) for key, part in parts.items())
    if isinstance(text, ast.Lambda):
        return isinstance(held, types.FunctionType) and alike(said.code_of(text), held.__code__)
    if isinstance(text, ast.Call) and is_slice(text):
        return repr(held) == repr(slice(*map(ast.literal_eval, text.args)))
    if isinstance(text, ast.Name | ast.Attribute):
        try:
            return eval(compile(ast.Expression(text), "", "eval"), dict(known)) is held  # it is no more than names
        except Exception:  # of a name that is deleted since
            return False
    try:
        return repr(ast.literal_eval(text)) == repr(held)
    except ValueError:  # which is refused where the text is read
        return True


def _parts(text: ast.expr) -> dict[Any, ast.expr] | None:
    """The items of what is written out; None where the text does not tell their keys."""
    if isinstance(text, ast.List | ast.Tuple):
        return None if any(isinstance(n, ast.Starred) for n in text.elts) else dict(enumerate(text.elts))
    assert isinstance(text, ast.Dict)
    keys = [key.value if isinstance(key, ast.Constant) else None for key in text.keys]
    return None if None in keys else dict(zip(keys, text.values, strict=True))
