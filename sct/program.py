"""What a run knows of a program: its functions' types, their sweeps, and the texts of what they call.

``parse → lower → infer types → aliases → inline`` here, the passes of `sct.stages`, and then ``fold → names → emit``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sct.analysis.alias import (
    alias_problems,
    followed_views,
    lost_parameters,
    module_constant_problems,
    retyped_problems,
    updated_arguments,
    written_constants,
    written_parameters,
)
from sct.analysis.arrays import taken_for_arrays, tuples_of_indices
from sct.analysis.cached import cached_problems
from sct.analysis.containers import class_names
from sct.analysis.fitting import fit_types
from sct.analysis.literals import drop_literals, literal_parameters, literals
from sct.analysis.mixed import refuse_none
from sct.analysis.recursion import Summaries
from sct.analysis.summary import Summary
from sct.analysis.sums import sums_of_arrays
from sct.analysis.types import (
    as_float,
    consuming_calls,
    dict_keys,
    hook_problems,
    infer_types,
    lists,
    methods,
    tuple_lengths,
    writing_calls,
)
from sct.analysis.updates import updates_in_place, zero_dimensional_constants, zero_dimensional_problems
from sct.backend.checkpoint import write_checkpoint
from sct.backend.derivatives import Site, Sites, all_by_position, note_sites
from sct.backend.essence import COPIED_NOTE
from sct.backend.functions import write_adjoint, write_gradient, write_pair, write_primal, write_tangent
from sct.backend.hiding import names_made, refuse_clashes
from sct.backend.writer import Writer
from sct.errors import Diagnostic, RefusedError
from sct.frontend.annotations import may_be_none, parameter_types
from sct.frontend.blueprints import class_names as defined_classes
from sct.frontend.head import head_names, is_constant
from sct.frontend.hints import agreed, hinted_types
from sct.frontend.known import Known
from sct.frontend.lower import lower_function
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.ir.nodes import Block, Function, GlobalRef, Hook, Op, Type, Value, identifier
from sct.ir.text import format_function
from sct.requests import Mode, Piece, Request, Stage, positions
from sct.rules import VOCABULARY
from sct.stages import Target, for_target, forward_mode, passed, reverse_mode
from sct.transform.apart import read_parts, take_apart
from sct.transform.hoist import hoist
from sct.transform.hooks import drop_hooks
from sct.transform.inline import inline
from sct.transform.leaves import has_adjoint
from sct.transform.rebinding import rebind
from sct.transform.repeated import share_masks
from sct.transform.stated_sizes import check_sizes, relied_sizes
from sct.transform.temporaries import name_temporaries
from sct.transform.transpose import Adjoint


@dataclass(frozen=True)
class _Variant:
    """A callee's sweep for certain active arguments and types."""

    ref: GlobalRef
    wrt: tuple[int, ...]
    types: tuple[Type, ...]
    mode: str
    target: Target


@dataclass
class Program:
    """What a run knows: the sources, the functions' summaries, the callees' generated functions."""

    source: Source
    requests: Sequence[Request]
    summaries: Summaries = field(default_factory=Summaries)
    calls: dict[tuple[str, str], tuple[GlobalRef, ...]] = field(default_factory=dict)
    variants: dict[_Variant, str] = field(default_factory=dict)
    read: dict[tuple[GlobalRef, tuple[Type, ...]], Function] = field(default_factory=dict)
    told: dict[GlobalRef, frozenset[int]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    applied: dict[GlobalRef, None] = field(default_factory=dict)
    borrowed: dict[str, None] = field(default_factory=dict)
    authored: set[Value] = field(default_factory=set)
    nested: Sites = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    target: Target = "python"
    opened: list[_Variant] = field(default_factory=list)
    uncached: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    writes: bool = False
    exact: bool = True  # whether what is something else than None by its type surely is

    def __post_init__(self) -> None:
        self.writer = self.new_writer()

    def new_writer(self) -> Writer:
        return Writer(self.source, self.callee, self.target == "numba", self.uncached)

    # the stages

    def typed(self, source: Source, name: str, types: Sequence[Type], is_callee: bool = False) -> Function:
        """Parse, lower and infer types; again as long as the types tell more of what is written where."""
        types = agreed(source, name, types) if name in source.functions else types
        self.classes |= class_names(types)
        known = Known()
        while True:
            fn = passed("lower", lower_function(source, name, VOCABULARY, known))
            try:
                infer_types(fn, types, self.summary, self.exact)
                found = Known(
                    updates_in_place(fn, is_callee), followed_views(fn), writing_calls(fn), in_line=consuming_calls(fn)
                )
                found |= Known(sums=sums_of_arrays(fn))
                if is_callee:
                    found |= Known(hands_back=frozenset(written_parameters(fn)))
            except RefusedError:
                found = Known()
                if known | _asked(fn) == known:
                    found = Known(sums=sums_of_arrays(fn))
                    if known | found == known:
                        raise
            if known | _asked(fn) != known:
                found = _asked(fn)  # what else was found may be wrong: the loops were not unrolled
            if known | found == known:
                self.calls[(source.file, name)] = fn.callees
                ruled = [op.attrs["callee"] for op in fn.body.walk() if "rule" in op.attrs]
                self.opaque |= {ref.name for ref in ruled if ref.file == self.source.file}
                note_sites(fn, self.nested)
                problems = module_constant_problems(fn) if name in source.functions else zero_dimensional_constants(fn)
                problems += cached_problems(fn)
                problems += updated_arguments(fn) + retyped_problems(fn) if is_callee else []
                if is_callee and any(type_.is_scalar and type_.shape == () for type_ in types):
                    problems += zero_dimensional_problems(fn, is_callee)
                if problems:
                    raise RefusedError(problems)
                drop_literals(fn.body)
                take_apart(fn)
                fit_types(fn)
                return passed("types", fn)
            known |= found

    def prepared(
        self, source: Source, name: str, types: Sequence[Type], wrt: Sequence[int], is_callee: bool = False
    ) -> Function:
        """A typed function whose arrays can be followed, whose parameters are its own, and its small callees too."""
        fn = self.typed(source, name, types, is_callee)
        problems = (
            hook_problems(fn)
            or alias_problems(fn)
            or zero_dimensional_problems(fn, is_callee)
            or lost_parameters(fn)
            or written_constants(fn)
        )
        if problems:
            raise RefusedError(problems)
        written = [] if is_callee else [k for k in written_parameters(fn) if fn.params[k].type.is_buffer]
        self.writes |= bool(written)
        prune(fn, stores=True)
        passed("prune", fn)
        inline(fn, wrt, self.writer.taken(), self.looked_into)
        read_parts(fn)
        rebind(fn)
        prune(fn, stores=True)
        passed("inline", fn)
        hoist(fn)
        passed("hoist", fn)
        share_masks(fn)
        passed("masks", fn)
        self.authored = {v for v in _values(fn.body) if v.hint is not None}
        for position in reversed(written):  # each is put before the others
            _own_parameter(fn, position)
        name_temporaries(fn)
        return passed("prepare", fn)

    def adjoint(self, fn: Function, wrt: Sequence[int], is_callee: bool = False, gives_value: bool = True) -> Adjoint:
        """The adjoint of a prepared function."""
        adjoint = reverse_mode(fn, wrt, self.target, is_callee, gives_value)
        self.note_rules(fn)
        return adjoint

    def checked_adjoint(
        self, fn: Function, wrt: Sequence[int], is_callee: bool = False, gives_value: bool = True
    ) -> Adjoint:
        """The adjoint of a function that is asked for: nothing but itself checks what its arguments are."""
        relied = relied_sizes(fn)
        adjoint = self.adjoint(fn, wrt, is_callee, gives_value)
        if is_callee or not any(op.attrs.get("fused") for op in fn.body.walk()):  # fused loops come with their own
            adjoint.boundary += check_sizes(fn, relied)
        passed("sizes", fn)
        return adjoint

    def tangent(self, fn: Function, wrt: Sequence[int], directions: bool = False, is_callee: bool = False) -> None:
        """Add the tangents to a prepared function."""
        forward_mode(fn, wrt, self.target, directions, is_callee)
        self.note_rules(fn)

    def note_rules(self, fn: Function) -> None:
        """Note which rules of the user's are called."""
        self.applied.update((op.attrs["callee"], None) for op in fn.body.walk() if op.name == "call_rule")

    # requests

    def types(self, source: Source, request: Request, wrt: Sequence[int]) -> list[Type]:
        found = request.types
        if found is None:
            found = tuple(parameter_types(source, request.name, hinted_types(source, request.name)))
            self.exact &= not may_be_none(source, request.name)
        return [as_float(type_) if k in wrt else type_ for k, type_ in enumerate(found)]

    def sites(self) -> list[Site]:
        """The calls of derivatives, each behind those in the function that it is the derivative of."""
        for request in self.requests:
            wrt = positions(self.source, request)
            self.typed(self.source, request.name, self.types(self.source, request, wrt))
        return list(self.nested.values())

    def piece(self, request: Request) -> Piece:
        source = self.source
        wrt = positions(source, request)
        types = self.types(source, request, wrt)
        self.target = request.target
        writer = self.writer = self.new_writer()
        self.texts = []
        parts = []
        if request.mode in ("adjoint", "both"):
            fn = self.asked_for(source, request.name, types, wrt)
            adjoint = self.checked_adjoint(fn, wrt)
            result = adjoint.value_type
            parts.append(write_adjoint(writer, adjoint, wrt, self.authored))
            if result.is_scalar:
                parts.append(self.gradient(source, request.name, types, wrt, adjoint))
        if request.mode in ("tangent", "both", "tangents"):
            fn = self.asked_for(source, request.name, types, wrt)
            result = fn.result.type
            self.tangent(fn, wrt, request.mode == "tangents")
            parts.append(
                write_tangent(writer, fn, wrt, identifier(request.name), self.authored, request.mode == "tangents")
            )
        if request.mode == "pullback":
            fn = self.asked_for(source, request.name, types, wrt)
            adjoint = self.checked_adjoint(fn, wrt, is_callee=True)
            result = adjoint.value_type
            parts.append(write_pair(writer, adjoint, wrt, identifier(request.name), self.authored, is_asked_for=True))
        if "SimpleNamespace(" in "".join([*self.texts, *parts]) and "SimpleNamespace" not in source.names:
            writer.needs.append("from types import SimpleNamespace")
        primals = self.primals(request.name, types)
        rules = [text for ref in self.applied if ref.file == source.file for text in self.copied(ref.name)]
        self.mentioned.update(re.findall(r"[^\W\d]\w*", "\n".join([*primals, *rules])))
        made = [*self.texts, *parts]
        authors = {*head_names(source), *source.functions, *source.classes, *self.borrowed}
        self.made |= names_made(request.name, made, primals, writer.libraries, writer.helpers, writer.asked, authors)
        own = {*(head_names(source) & self.mentioned), *self.written, *self.borrowed, *writer.brought}
        refuse_clashes(source, request.name, own, self.made)
        text = writer.decorated("\n\n\n".join([*primals, *rules, *self.texts, *parts]))
        return Piece(request.name, text, tuple(writer.needs), writer.helpers, result, tuple(self.borrowed), self.writes)

    def asked_for(self, source: Source, name: str, types: Sequence[Type], wrt: Sequence[int]) -> Function:
        """A prepared function whose value has a derivative."""
        fn = self.prepared(source, name, types, wrt)
        refuse_none(fn)
        if not has_adjoint(fn.result):
            raise RefusedError([Diagnostic(fn.span, f"`{fn.name}` returns no number", "return what it computes")])
        return fn

    def gradient(self, source: Source, name: str, types: Sequence[Type], wrt: Sequence[int], adjoint: Adjoint) -> str:
        """``NAME_grad``: a call of the adjoint; or sweeps of its own, if loops are there for the value alone."""
        if not adjoint.has_idle:
            return write_gradient(self.writer, adjoint, wrt)
        fn = self.prepared(source, name, types, wrt)
        alone = self.checked_adjoint(fn, wrt, gives_value=False)
        return write_gradient(self.writer, alone, wrt, self.authored if alone.has_idle else None)

    def primals(self, name: str, types: Sequence[Type] | None = None) -> list[str]:
        """The function as written, behind those of the module that it calls, each once a module."""
        if name in self.opaque:
            return self.copied(name)
        if name in self.written:
            return []
        self.written.add(name)
        cls, is_method, _ = name.rpartition(".")
        primal = "" if is_method else self.source.primal(name)
        classes = self.class_texts(cls if is_method else primal)
        refs = self.calls.get((self.source.file, name), ())  # of a function that was lowered in line, its caller's
        called = [text for ref in refs if ref.file == self.source.file for text in self.primals(ref.name)]
        if is_method:  # it is written with its class
            return [*classes, *called]
        if self.target == "numba" and (types := types or self.only_types(name)) is not None:
            primal = self.fitted_primal(name, types)
        classes += self.class_texts(primal)
        return [*classes, *called, *self.other_names("\n".join([*classes, primal])), primal]

    def other_names(self, text: str) -> list[str]:
        """The statements that give functions of the module the names that a text calls them by, each once a module."""
        found = [
            name for name in self.source.other_names(text) if name not in self.written and name in self.source.defined
        ]
        self.written.update(found)
        return [self.source.defining_text(name) for name in found]

    def copied(self, name: str) -> list[str]:
        """What is called but not differentiated, as written, behind what it uses of its module."""
        source = self.source
        if name not in source.functions or name in source.rebound:
            self.borrowed[name.split(".")[0]] = None
            return []
        if name in self.written:
            return []
        self.written.add(name)
        found = self.class_texts(source.primal(name))
        for used in source.used(name):
            if used not in self.written and not is_constant(source, used):
                found += self.copied(used)
        return [*found, source.primal(name)]

    def only_types(self, name: str) -> tuple[Type, ...] | None:
        """The types of a function's arguments, if all its calls agree in them."""
        found = self.summaries.types_of(self.source.file, name)
        return found[0] if len(found) == 1 else None

    def fitted_primal(self, name: str, types: Sequence[Type]) -> str:
        """A function as it is compiled: what it is made of is what the forward sweep is made of."""
        fn = self.typed(self.source, name, types)
        if problems := alias_problems(fn):  # on paper, it does something else
            raise RefusedError(problems)
        drop_hooks(fn.body)
        prune(fn)
        authored = {v for v in _values(fn.body) if v.hint is not None}
        name_temporaries(fn)
        for_target(fn, self.target)
        fn.doc = self.source.docstring(name)
        return write_primal(self.writer, fn, authored)

    def class_texts(self, text: str, others: Collection[str] | None = None) -> list[str]:
        """The classes of the module that a text mentions, and ``others``, those of arguments; each once a module."""
        found, others = list[str](), self.classes if others is None else others
        for name in defined_classes(self.source):
            if name not in self.written and (re.search(rf"\b{name}\b", text) or name in others):
                self.written.add(name)
                own = self.source.defining_text(name)
                found += [*self.class_texts(own, ()), own]  # what it inherits from comes before it
        return found

    # callees

    def summary(self, ref: GlobalRef, types: Sequence[Type]) -> Summary:
        """What a call means."""
        types = self.plain(ref, types)
        key = (ref.file, ref.name, types)
        return self.summaries.of(key, lambda: self.typed(self.source.modules[ref.file], ref.name, types, True))

    def plain(self, ref: GlobalRef, types: Sequence[Type]) -> tuple[Type, ...]:
        """The types of a call's arguments, with the values of those that stand for literals in the callee."""
        told = self.literal_parameters(ref) if any(type_.literal for type_ in types) else ()
        return tuple(type_ if k in told and type_.literal else _plain(type_) for k, type_ in enumerate(types))

    def literal_parameters(self, ref: GlobalRef) -> frozenset[int]:
        """The parameters of a function that stand for literals in it."""
        if ref not in self.told:
            self.told[ref] = frozenset()  # what a function hands on to itself
            try:
                fn = lower_function(self.source.modules[ref.file], ref.name, VOCABULARY)
                self.told[ref] = literal_parameters(fn, self.literal_parameters)
            except RefusedError:  # it is refused again where it is read
                pass
        return self.told[ref]

    def looked_into(self, op: Op) -> Function:
        """The typed function that a call calls."""
        key = op.attrs["callee"], self.plain(op.attrs["callee"], [value.type for value in op.operands])
        if key not in self.read:
            ref, types = key
            fn = self.read[key] = self.typed(self.source.modules[ref.file], ref.name, types, True)
            prune(fn, stores=True)
            name_temporaries(fn)
        return self.read[key]

    def callee(self, op: Op) -> str:
        """The generated function that a call of a callee's sweep calls; written when it is first asked for."""
        if op.attrs.get("checkpoint") and op.name != "call_tangent":
            return self.checkpointed(op)
        mode = ("tangents" if op.attrs.get("directions") else "tangent") if op.name == "call_tangent" else "pair"
        variant = _Variant(
            op.attrs["callee"], op.attrs["wrt"], self.plain(op.attrs["callee"], op.attrs["types"]), mode, self.target
        )
        if variant in self.opened and mode == "pair" and self.target == "numba" and op.span is not None:
            reason = f"Numba does not compile the adjoint of the recursive function `{variant.ref.spelling}`"
            help_ = "write it as a loop, or build for Python: what a call saves holds what its own calls saved"
            raise RefusedError([Diagnostic(op.span, reason, help_)])
        if variant not in self.variants:
            ref = variant.ref
            self.opened.append(variant)
            base = self.variants[variant] = self.base(ref, mode)
            authored = self.authored
            source = self.source.modules[ref.file]
            fn = self.prepared(source, ref.name, variant.types, variant.wrt, is_callee=True)
            fn.defaults, fn.annotations = ({}, {}) if source is not self.source else (fn.defaults, fn.annotations)
            if any(variant.types[k].literal for k in self.literal_parameters(ref)):
                fn.defaults = {}  # the literals are those of this variant's calls
            all_by_position(fn)
            writer = self.writer
            if mode != "pair":
                self.tangent(fn, variant.wrt, mode == "tangents", is_callee=True)
                text = write_tangent(writer, fn, variant.wrt, base, self.authored, mode == "tangents")
            else:
                text = write_pair(
                    writer, self.adjoint(fn, variant.wrt, is_callee=True), variant.wrt, base, self.authored
                )
            self.opened.pop()
            self.authored = authored
            alike = text.replace(f"{base}_", f"{ref.identifier}_")
            if alike in self.texts:  # other types, the same text
                self.variants[variant] = ref.identifier
            else:
                self.texts.append(text)
        base = self.variants[variant]
        suffix = {"call_forward": "forward", "call_reverse": "reverse", "call_tangent": mode}[op.name]
        return f"{base}_{suffix}"

    def checkpointed(self, op: Op) -> str:
        """The sweep of a callee that keeps its arguments alone; its reverse runs the callee's forward sweep again."""
        plain = Op("call_forward", op.operands, [], {**op.attrs, "checkpoint": False})
        name = self.callee(plain).removesuffix("_forward")
        text = write_checkpoint(self.writer, op, name) if op.name == "call_forward" else None
        if text is not None and text not in self.texts:
            self.texts.append(text)
        return f"{name}_again_{op.name.removeprefix('call_')}"

    def base(self, ref: GlobalRef, mode: str) -> str:
        """What the generated functions of a callee's variant are called after."""
        used = {name for variant, name in self.variants.items() if variant.mode == mode}
        used |= {identifier(request.name) for request in self.requests if request.mode in _SAME_NAMES[mode]}
        used |= {f"{name}_again" for name in used}  # see `checkpointed`
        suffixes = ("forward", "reverse", "again_forward", "again_reverse") if mode == "pair" else (mode,)
        taken = self.writer.taken()
        base, count = ref.identifier, 1
        while {base, f"{base}_again"} & used or any(f"{base}_{suffix}" in taken for suffix in suffixes):
            count += 1
            base = f"{ref.identifier}_{count}"
        return base

    def show(self, request: Request, stage: Stage) -> str:
        source, self.target = self.source, request.target
        wrt = positions(source, request)
        if stage == "cst":
            return source.primal(request.name)
        if stage == "ssa":
            return format_function(lower_function(source, request.name, VOCABULARY))
        types = self.types(source, request, wrt)
        if stage == "types":
            return format_function(self.typed(source, request.name, types), types=True)
        if stage == "module":
            return self.piece(request).text
        fn = self.prepared(source, request.name, types, wrt)
        if stage == "adjoint":
            self.adjoint(fn, wrt)
        else:
            self.tangent(fn, wrt, request.mode == "tangents")
        return format_function(fn)


# What callees' functions are of a kind with those that a mode asks for, and may not have their names.
_SAME_NAMES: dict[str, tuple[Mode, ...]] = {
    "pair": ("pullback",),
    "tangent": ("tangent", "both"),
    "tangents": ("tangents",),
}


def _asked(fn: Function) -> Known:
    """The containers whose length is asked for, as far as types are known."""
    return Known(
        lengths=tuple_lengths(fn),
        lists=lists(fn),
        keys=dict_keys(fn),
        methods=methods(fn),
        arrays=taken_for_arrays(fn),
        indices=tuples_of_indices(fn),
        literals=literals(fn),
    )


def _plain(type_: Type) -> Type:
    """A type without the known value of a number: two calls that differ only in it share their sweeps."""
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_


def _values(block: Block) -> set[Value]:
    """What the forward sweep computes."""
    found = set(block.args)
    for op in block.ops:
        found.update(op.results)
        for owned in op.blocks if not isinstance(op, Hook) else ():
            found |= _values(owned)
    return found


def _own_parameter(fn: Function, position: int) -> None:
    """Copy a parameter that the function writes into: the caller's array is left alone."""
    value = fn.params[position]
    own = Value(value.type, value.hint)
    for op in fn.body.walk():
        op.operands = [own if operand is value else operand for operand in op.operands]
        for owned in op.blocks:
            owned.yields = [own if operand is value else operand for operand in owned.yields]
    fn.body.yields = [own if operand is value else operand for operand in fn.body.yields]
    attrs = {"style": "method", "lib": "numpy", "note": COPIED_NOTE, "own": True}
    fn.body.ops.insert(0, Op("copy", [value], [own], attrs, fn.span, None))
