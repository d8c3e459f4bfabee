"""From a module's requests to the texts of its generated functions.

``parse → lower → infer types`` (`sct.typed`), ``aliases → inline`` (`sct.prepared`), the passes of `sct.stages`, and
then ``fold → names → emit`` (`sct.backend`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sct.analysis.differentiated import as_float
from sct.analysis.mixed import refuse_none
from sct.backend.derivatives import Site
from sct.backend.functions import write_adjoint, write_gradient, write_pair, write_tangent
from sct.backend.hiding import names_made, refuse_clashes
from sct.backend.writer import Writer
from sct.errors import Diagnostic, RefusedError
from sct.frontend.annotations import may_be_none, parameters, stated_types
from sct.frontend.head import head_names
from sct.frontend.hints import hinted_types
from sct.frontend.lower import lower_function
from sct.frontend.parse import Source
from sct.frontend.plain import primal
from sct.ir.names import identifier
from sct.ir.text import format_function
from sct.ir.types import UNTOLD, Type, forms
from sct.prepared import Prepared
from sct.primals import Primals
from sct.requests import Piece, Request, Stage, positions
from sct.rules import VOCABULARY
from sct.sweeps import Sweeps
from sct.transform.leaves import has_adjoint
from sct.transform.transpose import Adjoint
from sct.typed import TypedFunctions


class Program:
    """A module and what is asked for of it: what one request makes, the next ones know."""

    def __init__(self, source: Source, requests: Sequence[Request], exact: bool = True) -> None:
        self.source = source
        self.requests = requests
        self.functions = TypedFunctions(source, exact)
        self.sweeps = Sweeps(self.functions, requests)
        self.primals = Primals(self.functions)
        self._told: dict[str, dict[str, str]] = {}
        self._made: dict[str, str] = {}
        self._mentioned: set[str] = set()
        self._writes: frozenset[str] = frozenset()
        self._counts: frozenset[str] = frozenset()

    @property
    def writer(self) -> Writer:
        return self.sweeps.writer

    def types(self, request: Request, wrt: Sequence[int]) -> list[Type]:
        """The types of the parameters: those that a request states, or else those of annotations and hints."""
        found = self._stated(request.name, {}) if request.types is None else request.types
        return [as_float(type_) if k in wrt else type_ for k, type_ in enumerate(found)]

    def parameter_types(self, name: str, known: Mapping[str, Type]) -> list[Type]:
        """The types of a function's parameters, as far as annotations, hints, defaults and uses tell them."""
        found = self._stated(name, known)
        is_open = any(type_.is_array and type_.shape is None for type_ in found)
        return self.functions.told(name, found) if is_open else found

    def _stated(self, name: str, known: Mapping[str, Type]) -> list[Type]:
        """The types of a function's parameters, of which some are ``known``: an array's rank is left to be asserted."""
        found, untold = stated_types(self.source, name, {**hinted_types(self.source, name), **known})
        has_dicts = any(form.kind == "dict" for form in forms(found))  # of which one may lack keys, or have others
        self.functions.exact &= not (untold or may_be_none(self.source, name) or has_dicts)
        return self._completed(name, found, untold) if untold else found

    def _completed(self, name: str, stated: Sequence[Type], untold: Mapping[int, Diagnostic]) -> list[Type]:
        """The types of the parameters, where those ``untold`` are told by their uses; numbers are annotated as such."""
        try:
            told = self.functions.told(name, stated)
        except RefusedError:
            told = list(stated)
        left = [problem for k, problem in untold.items() if told[k] == UNTOLD]
        if left:
            raise RefusedError(left, {self.source.file: self.source.text})
        numbers = [k for k in untold if told[k].is_scalar]
        names = [param.name.value for param in parameters(self.source.functions[name])]
        self._told[name] = {names[k]: told[k].kind for k in numbers}
        # The rank of an array is asserted, as one of those of which an annotation does not state it.
        return [replace(told[k], shape=None) if k in untold else type_ for k, type_ in enumerate(stated)]

    def sites(self) -> list[Site]:
        """The calls of derivatives, each behind those in the function that it is the derivative of."""
        for request in self.requests:
            types = self.types(request, positions(self.source, request))
            self.functions.typed(self.source, request.name, types)
        return list(self.functions.nested.values())

    def piece(self, request: Request) -> Piece:
        """The text that a request asks for, and what it needs."""
        source, sweeps = self.source, self.sweeps
        wrt = positions(source, request)
        types = self.types(request, wrt)
        self._refuse_constants(request, types, wrt)
        sweeps.choose(request.target)
        writer = sweeps.writer
        result, parts = self._derivatives(request, types, wrt)
        made = [*sweeps.texts, *parts]
        if "SimpleNamespace(" in "".join(made) and "SimpleNamespace" not in source.names:
            writer.needs.append("from types import SimpleNamespace")
        borrowed, written = self.primals.borrowed, self.primals.written
        primals = self.primals.texts(request.name, writer, types)
        rules = [text for ref in sweeps.applied if ref.file == source.file for text in self.primals.copied(ref.name)]
        self._mentioned.update(re.findall(r"[^\W\d]\w*", "\n".join([*primals, *rules])))
        authors = {*head_names(source), *source.functions, *source.classes, *borrowed}
        self._made |= names_made(request.name, made, primals, writer.libraries, writer.helpers, writer.asked, authors)
        own = {*(head_names(source) & self._mentioned), *written, *borrowed, *writer.brought}
        refuse_clashes(source, request.name, own, self._made)
        text = writer.decorated("\n\n\n".join([*primals, *rules, *made]))
        of_caller = self._writes, self._counts
        return Piece(request.name, text, tuple(writer.needs), writer.helpers, result, tuple(borrowed), *of_caller)

    def _refuse_constants(self, request: Request, types: Sequence[Type], wrt: Sequence[int]) -> None:
        """Refuse a derivative with respect to what carries none: a string, None, a tuple without floats."""
        params = parameters(self.source.functions[request.name])
        for k in wrt:
            if not types[k].is_differentiable and types[k].kind in ("str", "none", "tuple"):
                others = [p.name.value for p, type_ in zip(params, types, strict=True) if type_.is_differentiable]
                help_ = f"name another parameter: --wrt {others[0]}" if others else "differentiate another function"
                reason = f"there is no float and no array of floats in `{params[k].name.value}`"
                raise RefusedError([Diagnostic(self.source.span(params[k].name), reason, help_)])

    def _derivatives(self, request: Request, types: Sequence[Type], wrt: Sequence[int]) -> tuple[Type, list[str]]:
        """The type of the function's value, and the texts of the functions that a request's mode asks for."""
        sweeps, mode, parts = self.sweeps, request.mode, list[str]()
        if mode in ("adjoint", "both"):
            prepared = self._asked_for(request.name, types, wrt)
            adjoint = sweeps.checked_adjoint(prepared.fn, wrt)
            result = adjoint.value_type
            parts.append(write_adjoint(self.writer, adjoint, wrt, prepared.authored))
            if result.is_scalar:
                parts.append(self._gradient(request.name, types, wrt, adjoint))
        if mode in ("tangent", "both", "tangents"):
            prepared, directions = self._asked_for(request.name, types, wrt), mode == "tangents"
            fn, base = prepared.fn, identifier(request.name)
            result = fn.result.type
            sweeps.tangent(fn, wrt, directions)
            parts.append(write_tangent(self.writer, fn, wrt, base, prepared.authored, directions))
        if mode == "pullback":
            prepared, base = self._asked_for(request.name, types, wrt), identifier(request.name)
            adjoint = sweeps.checked_adjoint(prepared.fn, wrt, is_callee=True)
            result = adjoint.value_type
            parts.append(write_pair(self.writer, adjoint, wrt, base, prepared.authored, is_asked_for=True))
        return result, parts

    def _asked_for(self, name: str, types: Sequence[Type], wrt: Sequence[int]) -> Prepared:
        """A prepared function whose value has a derivative."""
        prepared = self._prepared(name, types, wrt)
        self._writes |= prepared.writes
        self._counts |= prepared.counts
        fn = prepared.fn
        refuse_none(fn)
        if not has_adjoint(fn.result):
            raise RefusedError([Diagnostic(fn.span, f"`{fn.name}` returns no number", "return what it computes")])
        return prepared

    def _prepared(self, name: str, types: Sequence[Type], wrt: Sequence[int]) -> Prepared:
        """A prepared function, whose signature says what its uses tell."""
        prepared = self.sweeps.prepared(self.source, name, types, wrt)
        prepared.fn.annotations |= self._told.get(name, {})
        return prepared

    def _gradient(self, name: str, types: Sequence[Type], wrt: Sequence[int], adjoint: Adjoint) -> str:
        """``NAME_grad``: a call of the adjoint; or sweeps of its own, if loops are there for the value alone."""
        if not adjoint.has_idle:
            return write_gradient(self.writer, adjoint, wrt)
        prepared = self._prepared(name, types, wrt)
        alone = self.sweeps.checked_adjoint(prepared.fn, wrt, gives_value=False)
        return write_gradient(self.writer, alone, wrt, prepared.authored if alone.has_idle else None)

    def show(self, request: Request, stage: Stage) -> str:
        """What a function looks like after a stage."""
        source, sweeps = self.source, self.sweeps
        sweeps.choose(request.target)
        wrt = positions(source, request)
        if stage == "cst":
            return primal(source, request.name)
        if stage == "ssa":
            return format_function(lower_function(source, request.name, VOCABULARY))
        types = self.types(request, wrt)
        if stage == "types":
            return format_function(self.functions.typed(source, request.name, types), types=True)
        if stage == "module":
            return self.piece(request).text
        fn = sweeps.prepared(source, request.name, types, wrt).fn
        if stage == "adjoint":
            sweeps.adjoint(fn, wrt)
        else:
            sweeps.tangent(fn, wrt, request.mode == "tangents")
        return format_function(fn)
