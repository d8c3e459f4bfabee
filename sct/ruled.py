"""Rules that were stated when modules were loaded: one that no text tells would be passed over, and is refused.

Before: ``sct.rule(f)(f_adjoint)``, a call; the decorator in an ``if`` or in a function, or in a third module.
After: what calls ``f`` is not differentiated; the refusal names the rule, and where it is looked for.
"""

from __future__ import annotations

import ast
import os
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sct.origin import SourceError
from sct.uses import File

_RULES: dict[tuple[types.CodeType, int], tuple[Callable[..., Any], Callable[..., Any]]] = {}
"""The rules, each with its function: one for each text, though a function may state it again and again."""


def note_rule(rule: Callable[..., Any], f: Callable[..., Any]) -> None:
    """Note that a rule was stated for ``f``."""
    rule.differentiates = f  # type: ignore[attr-defined]
    _RULES[(rule.__code__, id(f))] = rule, f


def refuse_untold(held: Any, name: str, files: Sequence[File]) -> None:
    """Refuse what has a rule that none of the files tells: the one that calls it, and the one that defines it.

    Raises
    ------
    SourceError
        With the place of the rule.
    """
    for rule, f in _RULES.values():
        if f is held and not any(_tells(file, rule) for file in files):
            where = f"{rule.__code__.co_filename}:{rule.__code__.co_firstlineno}"
            reason = f"a rule for {name} is stated here, where it is not looked for"
            how = f"write `@sct.rule({name})` above it, at the top of the module that calls or defines {name}"
            raise SourceError(f"{where}: {reason}; {how}")


def _tells(file: File, rule: Callable[..., Any]) -> bool:
    """Whether the text of a file (or of cells) decorates a function of the rule's name at its top."""
    own = rule.__code__.co_filename
    if Path(own).is_file() and os.path.realpath(own) != os.path.realpath(file.file):
        return False
    node = file.definitions.get(rule.__qualname__)
    calls = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call)] if node else []
    return file.tells(rule.__qualname__) and any(call.args for call in calls)
