"""What a generated module repeats of the author's: what is differentiated and what that calls, and classes, each once.

Before: ``f`` is asked for, which calls ``g`` and makes a ``Point``.
After: the texts of ``Point``, ``g`` and ``f``, as written; for Numba, ``g`` and ``f`` as their forward sweeps are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sct.analysis.alias import alias_problems
from sct.backend.functions import write_primal
from sct.backend.writer import Writer
from sct.errors import RefusedError
from sct.frontend.blueprints import class_names
from sct.frontend.head import is_constant
from sct.frontend.plain import defining_text, docstring, other_names, primal, used
from sct.frontend.prune import prune
from sct.ir.types import Type
from sct.prepared import named_values
from sct.stages import for_target
from sct.transform.hooks import drop_hooks
from sct.transform.temporaries import name_temporaries
from sct.typed import TypedFunctions


@dataclass
class Primals:
    """The functions and classes of the module that were repeated so far.

    Attributes
    ----------
    written : set of str
        What was.
    borrowed : dict of str to None
        The names of what cannot be, in order: a module is asked for it.
    """

    functions: TypedFunctions
    written: set[str] = field(default_factory=set)
    borrowed: dict[str, None] = field(default_factory=dict)

    def texts(self, name: str, writer: Writer, types: Sequence[Type] | None = None) -> list[str]:
        """The function as written, behind those of the module that it calls, each once a module."""
        functions, source = self.functions, self.functions.source
        if name in functions.opaque:
            return self.copied(name)
        if name in self.written:
            return []
        self.written.add(name)
        cls, is_method, _ = name.rpartition(".")
        own = "" if is_method else primal(source, name)
        classes = self._classes(cls if is_method else own)
        refs = functions.calls.get((source.file, name), ())  # of a function that was lowered in line, its caller's
        called = [text for ref in refs if ref.file == source.file for text in self.texts(ref.name, writer)]
        if is_method:  # it is written with its class
            return [*classes, *called]
        if writer.compiles and (types := types or functions.only_types(name)) is not None:
            own = self._fitted(name, types, writer)
        classes += self._classes(own)
        return [*classes, *called, *self._other_names("\n".join([*classes, own])), own]

    def copied(self, name: str) -> list[str]:
        """What is called but not differentiated, as written, behind what it uses of its module."""
        source = self.functions.source
        if name not in source.functions or name in source.rebound:
            self.borrowed[name.split(".")[0]] = None
            return []
        if name in self.written:
            return []
        self.written.add(name)
        own = primal(source, name)
        return [*self._classes(own), *self._copied_uses(name), own]

    def _copied_uses(self, name: str) -> list[str]:
        """What a function or a constant mentions of its module, but for what the head has."""
        others = [each for each in used(self.functions.source, name) if not is_constant(self.functions.source, each)]
        return [text for other in others if other not in self.written for text in self.copied(other)]

    def _other_names(self, text: str) -> list[str]:
        """The statements that give functions of the module the names that a text calls them by, each once a module."""
        source = self.functions.source
        found = [name for name in other_names(source, text) if name not in self.written and name in source.defined]
        self.written.update(found)
        held = [text for name in found for text in self._copied_uses(name)]
        return [*held, *(defining_text(source, name) for name in found)]

    def _fitted(self, name: str, types: Sequence[Type], writer: Writer) -> str:
        """A function as it is compiled: what it is made of is what the forward sweep is made of."""
        source = self.functions.source
        fn = self.functions.typed(source, name, types)
        if problems := alias_problems(fn):  # on paper, it does something else
            raise RefusedError(problems)
        drop_hooks(fn.body)
        prune(fn)
        authored = named_values(fn)
        name_temporaries(fn)
        for_target(fn, "numba")
        fn.doc = docstring(source, name)
        return write_primal(writer, fn, authored)

    def _classes(self, text: str, others: Collection[str] | None = None) -> list[str]:
        """The classes of the module that a text mentions, and ``others``, those of arguments; each once a module."""
        source = self.functions.source
        found, others = list[str](), self.functions.classes if others is None else others
        for name in class_names(source):
            if name not in self.written and (re.search(rf"\b{name}\b", text) or name in others):
                self.written.add(name)
                own = defining_text(source, name)
                found += [*self._classes(own, ()), own]  # what it inherits from comes before it
        return found
