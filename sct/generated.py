"""The generated functions of a function: those of the committed module, or ones that are generated at a call."""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sct.again import as_authored
from sct.arguments import key, type_of, types_of
from sct.backend.essence import NOTES
from sct.backend.module import parse, render
from sct.backend.sources import short_hash, source_hash
from sct.compiling import plain, quieten, run
from sct.errors import RefusedError
from sct.frontend.modules import read
from sct.ir.names import identifier, tangent_names
from sct.ir.types import Type, class_names
from sct.loaded import refuse_changed
from sct.loading import load, share_classes, stored
from sct.origin import READING, as_written, refuse_redefined, source_of
from sct.refusals import ASKS_FLOAT, Watched, refuse_narrow, refuse_strangers, refuse_wrapping
from sct.results import refuse_type
from sct.stated import Stated
from sct.version import VERSION

# For each mode, what the function is called that is called first, and the one whose docstring tells the parameters.
_ENTRIES = {
    "adjoint": ("adjoint", "adjoint"),
    "tangent": ("tangent", "tangent"),
    "tangents": ("tangents", "tangents"),
    "pullback": ("forward", "reverse"),
}


@dataclass(frozen=True)
class Asked:
    """What generated functions are asked for.

    Attributes
    ----------
    function, key : callable, str
        The author's function inside what he passed, and its name in its module.
    primal, authors : callable, callable or None
        What he passed; and what he wrote, where that was generated itself.
    names, positions : sequence
        The names of its parameters, and the places of those that the derivative is with respect to, in order.
    needs_scalar, compile : bool, str or None
        Whether its value has to be a number, and what compiles the generated module.
    """

    function: Callable[..., Any]
    key: str
    primal: Callable[..., Any]
    authors: Callable[..., Any] | None
    names: Sequence[str]
    positions: Sequence[int]
    needs_scalar: bool
    compile: str | None


class Generated:
    """The generated functions of one that is differentiated; what they take of its module is ``watched``.

    Attributes
    ----------
    writes : frozenset of str
        What of its arguments the function writes into (see `NOTES`), as far as it was looked into.
    """

    def __init__(self, asked: Asked, watched: Watched) -> None:
        self._asked = asked
        self._watched = watched
        self._package = str(asked.function.__globals__.get("__package__") or "")  # type: ignore[attr-defined]
        self._known: dict[Any, Callable[..., Any]] = {}
        self._modules: dict[Any, types.ModuleType] = {}
        self._committed: dict[str, Callable[..., Any]] = {}
        self._stated = Stated(asked.function, asked.key)
        self._looked = False
        self._asks_float = False
        self._counts: frozenset[str] = frozenset()
        self.writes: frozenset[str] = frozenset()

    def committed(self, mode: str, values: Sequence[Any]) -> Callable[..., Any] | None:
        """The function of the committed module, if that is current, and was generated for such arguments."""
        fits = mode in self._committed and self._stated.fits(values, self._asked.names)
        return self._committed[mode] if fits else None

    def at_call(self, mode: str, values: Sequence[Any]) -> Callable[..., Any]:
        """The function that is generated for such arguments."""
        called = (mode, *key(values, self._asked.names))
        if called not in self._known:
            with READING:
                self._known[called] = self._known.get(called) or self._find(mode, values)
        if self._asks_float:
            refuse_narrow(self._asked.key, self._asked.names, values)
        if self._counts:
            refuse_wrapping(self._asked.key, self._asked.names, values, self._counts)
        return self._known[called]

    def path(self, captured: dict[str, Any]) -> str:
        """Before a call, the file of what is generated for what annotations say, and for what is captured."""
        self.look()
        if not self._modules:
            from sct.pipeline import parameter_types

            known = {name: type_of(value, name) for name, value in captured.items()}
            try:
                found = parameter_types(*source_of(self._asked.function), self._asked.key, known)
            except RefusedError as problem:
                raise self._as_written(problem) from None
            self._generate("adjoint", tuple(found))
        return str(next(reversed(self._modules.values())).__file__)

    # the committed module

    def look(self) -> None:
        """Look for a committed module, once."""
        with READING:
            if not self._looked:
                self._look_for_committed()
                self._looked = True

    def _look_for_committed(self) -> None:
        """Use ``model_grad.py`` beside the source if it is current; neither libcst nor sympy is needed to tell."""
        f, key = self._asked.function, self._asked.key
        file = f.__code__.co_filename
        beside = Path(file).with_name(f"{Path(file).stem}_grad.py")
        if not beside.is_file():
            return
        generated = parse(read(beside))
        section = next((s for s in generated.sections if s.name == key), None) if generated else None
        if generated is None or section is None or not generated.is_intact:
            return
        try:
            text = read(Path(file))
            current = source_hash(text, key, file)
        except (OSError, KeyError, SyntaxError):
            return
        if current != section.source:
            return
        uses = refuse_changed(f, text)
        module = load(beside, self._package)
        built = dict(itertools.pairwise(generated.command)).get("--mode", "adjoint")
        base = identifier(key)
        for mode in ("adjoint", "tangent") if built == "both" else (built,):
            entry, told = (getattr(module, f"{base}_{suffix}", None) for suffix in _ENTRIES[mode])
            if entry is None or (self._asked.compile is not None and plain(entry) is entry):
                continue
            if mode == "adjoint" and self._asked.needs_scalar and not hasattr(module, f"{base}_grad"):
                continue  # it is generated, and refused: a gradient is of a scalar
            if self._same_parameters(mode, " ".join((told.__doc__ or "").split())):
                self._watched.add(module, uses, base)
                self._modules["committed"] = module
                self.writes = frozenset(kind for kind, note in NOTES.items() if note in section.text)
                self._stated.read(section.text, plain(entry).__name__)
                self._committed[mode] = entry

    def _same_parameters(self, mode: str, doc: str) -> bool:
        """Whether a committed function is with respect to the parameters that are wanted here."""
        wrt = self._asked.positions
        dots = ", ".join(tangent_names(self._asked.names, wrt))
        if mode == "tangents":
            return f"that these hold: ``{dots}``" in doc
        if mode == "tangent":
            return f"its derivative along ``{dots}``" in doc
        bars = ", ".join(f"{self._asked.names[k]}_bar" for k in wrt)
        if mode == "pullback":
            return doc.startswith(f"Return the adjoint ``{bars}`` of ")
        return f"its adjoint ``{bars if len(wrt) == 1 else f'({bars})'}``" in doc

    # generating

    def _find(self, mode: str, values: Sequence[Any]) -> Callable[..., Any]:
        found = types_of(values, self._asked.names)
        refuse_strangers(self._asked.function, self._asked.names, values)
        made = self._generate(mode, found)
        share_classes(self._modules[(mode, found)], self._asked.primal, values)
        return made

    def _generate(self, mode: str, found: tuple[Type, ...]) -> Callable[..., Any]:
        from sct.pieces import piece_of
        from sct.pipeline import Request

        f, name = self._asked.function, self._asked.key
        text, file = source_of(f)
        refuse_redefined(f, text)
        uses = refuse_changed(f, text, class_names(found))
        target = self._asked.compile or "python"
        wanted = Request(name, self._asked.positions, mode, found, target)  # type: ignore[arg-type]
        try:
            piece, head = piece_of(text, file, wanted)
        except RefusedError as problem:
            raise self._as_written(problem) from None
        refuse_type(f, name, piece.result, self._asked.needs_scalar)
        self.writes = piece.writes
        self._counts |= piece.counts
        self._asks_float |= ASKS_FLOAT.search(piece.text) is not None
        head = "\n".join([head, *piece.needs])
        head = f"from __future__ import annotations\n{head}" if "from __future__" not in head else head
        parts = [(name, "00000000", piece.text)]
        body = render(Path(file).name, [Path(file).name, "-f", name], head, parts, piece.helpers, file)
        # Named so that no tool takes it for a module of tests, which a function may be defined in.
        path = stored(file, f"sct_{identifier(name)}_{short_hash(VERSION + body)}.py", body)
        if self._asked.compile is not None:
            quieten(path)
        known = f.__globals__  # type: ignore[attr-defined]
        module = load(path, self._package, {name: known[name] for name in piece.borrowed})
        self._watched.add(module, uses, identifier(name))
        self._modules[(mode, found)] = module
        made: Callable[..., Any] = getattr(module, f"{identifier(name)}_{_ENTRIES[mode][0]}")
        return made

    def _as_written(self, problem: RefusedError) -> RefusedError:
        """A refusal, about what the author wrote."""
        told, authors = as_written(self._asked.function, problem), self._asked.authors
        return told if authors is None else as_authored(told, self._asked.function, authors)


def gradient_of(adjoint: Callable[..., Any]) -> Callable[..., Any] | None:
    """``NAME_grad`` beside ``NAME_adjoint``; there is none where the value is not known to be a scalar."""
    function = plain(adjoint)
    found: Callable[..., Any] | None = function.__globals__.get(f"{function.__name__.removesuffix('_adjoint')}_grad")
    return found


def call(generated: Callable[..., Any], values: Sequence[Any], **extra: Any) -> Any:
    """Call a generated function with the arguments in the order of its parameters, and others by name."""
    code = generated.__code__
    if code.co_kwonlyargcount:
        extra.update(zip(code.co_varnames[code.co_argcount :], values[code.co_argcount :], strict=False))
        values = values[: code.co_argcount]
    return run(generated, values, extra)
