"""The functions of a run as typed SSA, and what a call of one means.

Before: ``def f(x, n): …`` in a source, with a ``float`` and an ``int``.
After: its SSA, each value with a type: lowered again as long as the types tell more of what is written where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sct.analysis.alias import (
    followed_views,
    module_constant_problems,
    rewritten_arguments,
    updated_arguments,
    written_parameters,
)
from sct.analysis.arrays import taken_for_arrays, tuples_of_indices
from sct.analysis.asked import (
    consuming_calls,
    dict_keys,
    doubtful_calls,
    lists,
    methods,
    reached,
    tuple_lengths,
    vectors,
    writing_calls,
)
from sct.analysis.cached import cached_problems
from sct.analysis.called import only_sizes, with_sizes
from sct.analysis.fitting import fit_types
from sct.analysis.literals import drop_literals, literal_parameters, literals
from sct.analysis.recursion import EndlessError, Summaries
from sct.analysis.summary import Summary
from sct.analysis.sums import sums_of_arrays
from sct.analysis.told import assert_number, assert_ranks, completed, told_types
from sct.analysis.types import infer_types
from sct.analysis.updates import updates_in_place, zero_dimensional_constants, zero_dimensional_problems
from sct.analysis.windows import note_lengths
from sct.backend.derivatives import Sites, note_sites
from sct.errors import RefusedError
from sct.frontend.hints import agreed
from sct.frontend.known import Known
from sct.frontend.lower import lower_function
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.ir.names import GlobalRef
from sct.ir.nodes import Function, Op
from sct.ir.types import Dim, Type, class_names
from sct.owning import own_structures
from sct.rules import VOCABULARY
from sct.stages import passed
from sct.transform.apart import take_apart
from sct.transform.entered import enter
from sct.transform.flattened import copy_flattened
from sct.transform.temporaries import name_temporaries


class TypedFunctions:
    """The functions that were read so far.

    Attributes
    ----------
    source : Source
        The module that is differentiated.
    exact : bool
        Whether what is something else than None by its type surely is, and dicts have the keys that theirs say.
    calls : dict
        The functions that each function calls, by its file and name.
    opaque : set of str
        The functions of the module that are called by their rules, and not looked into.
    nested : dict
        The calls of derivatives that were found.
    classes : frozenset of str
        Those of the arguments.
    """

    def __init__(self, source: Source, exact: bool = True) -> None:
        self.source = source
        self.exact = exact
        self.calls: dict[tuple[str, str], tuple[GlobalRef, ...]] = {}
        self.opaque: set[str] = set()
        self.nested: Sites = {}
        self.classes: frozenset[str] = frozenset()
        self._summaries = Summaries()
        self._callees: dict[tuple[GlobalRef, tuple[Type, ...]], Function] = {}
        self._told: dict[GlobalRef, frozenset[int]] = {}

    def typed(self, source: Source, name: str, types: Sequence[Type], is_callee: bool = False) -> Function:
        """A function for arguments of certain types."""
        types = agreed(source, name, types) if name in source.functions else types
        self.classes |= class_names(types)
        fn = self._lowered(source, name, types, is_callee)
        self.calls[(source.file, name)] = fn.callees
        ruled = [op.attrs["callee"] for op in fn.body.walk() if "rule" in op.attrs]
        self.opaque |= {ref.name for ref in ruled if ref.file == self.source.file}
        note_sites(fn, self.nested)
        problems = module_constant_problems(fn) if name in source.functions else zero_dimensional_constants(fn)
        problems += cached_problems(fn) + (updated_arguments(fn) + rewritten_arguments(fn) if is_callee else [])
        summaries = [op.attrs["summary"] for op in fn.body.walk() if op.name == "call" and "summary" in op.attrs]
        problems += dict.fromkeys(problem for summary in summaries for problem in summary.unseen)
        if is_callee and any(type_.is_scalar and type_.shape == () for type_ in types):
            problems += zero_dimensional_problems(fn, is_callee)
        if problems:
            raise RefusedError(problems)
        assert_ranks(fn, types)
        if not is_callee:
            assert_number(fn)
        drop_literals(fn.body)
        copy_flattened(fn, is_callee)
        if is_callee:
            take_apart(fn)
        else:
            own_structures(fn)
        fit_types(fn)
        return passed("types", fn)

    def told(self, name: str, types: Sequence[Type]) -> list[Type]:
        """The types of a function's parameters, of which some are unknown, with what the uses of these tell."""
        return [param.type for param in self._lowered(self.source, name, types, is_callee=False).params]

    def _lowered(self, source: Source, name: str, types: Sequence[Type], is_callee: bool) -> Function:
        """A function lowered with all that its types tell of its text."""
        known = Known()
        while True:
            fn = passed("lower", lower_function(source, name, VOCABULARY, known))
            if enter(fn):
                prune(fn)
            more = known | self._found(fn, types, known, is_callee)
            if more == known:
                if note_lengths(fn):
                    infer_types(fn, completed(types, known.told), self.summary, self.exact)
                return fn
            known = more

    def _found(self, fn: Function, types: Sequence[Type], known: Known, is_callee: bool) -> Known:
        """What the types tell of a function that was lowered with what was ``known``."""
        try:
            infer_types(fn, completed(types, known.told), self.summary, self.exact)
            found = Known(
                updates_in_place(fn, is_callee),
                followed_views(fn),
                writing_calls(fn.body.walk()),
                in_line=consuming_calls(fn),
                sums=sums_of_arrays(fn),
                hands_back=frozenset(written_parameters(fn)) if is_callee else frozenset(),
            )
        except RefusedError:
            found = Known()
            if known | _asked(fn, known) == known:
                found = Known(sums=sums_of_arrays(fn, is_refused=True))
                if known | found == known:
                    raise
        asked = _asked(fn, known)
        return asked if known | asked != known else found  # what else was found may be wrong: no loop was unrolled

    # callees

    def summary(self, ref: GlobalRef, types: Sequence[Type]) -> Summary:
        """What a call means."""
        plain, stand_for = self._plain(ref, types)
        key = (ref.file, ref.name, plain)
        try:
            found = self._summaries.of(key, lambda: self.typed(self.source.modules[ref.file], ref.name, plain, True))
        except EndlessError as problem:
            if self._summaries.is_busy:
                raise  # what is not settled yet was found without this
            self._summaries.of_any_size.add(problem.function)
            return self.summary(ref, types)
        return replace(found, type=with_sizes(found.type, stand_for))

    def only_types(self, name: str) -> tuple[Type, ...] | None:
        """The types of a function's arguments, if all its calls agree in them."""
        found = self._summaries.types_of(self.source.file, name)
        return found[0] if len(found) == 1 else None

    def plain(self, ref: GlobalRef, types: Sequence[Type]) -> tuple[Type, ...]:
        """The types of a call's arguments, as the callee is told them."""
        return self._plain(ref, types)[0]

    def _plain(self, ref: GlobalRef, types: Sequence[Type]) -> tuple[tuple[Type, ...], dict[Dim, Dim]]:
        """The same, with the values of those that stand for literals in it; and what its names of sizes stand for."""
        told = self.literal_parameters(ref) if any(type_.literal for type_ in types) else ()
        found = tuple(type_ if k in told and type_.literal else _plain(type_) for k, type_ in enumerate(types))
        return only_sizes(found) if (ref.file, ref.name) in self._summaries.of_any_size else (found, {})

    def literal_parameters(self, ref: GlobalRef) -> frozenset[int]:
        """The parameters of a function that stand for literals in it."""
        if ref not in self._told:
            self._told[ref] = frozenset()  # what a function hands on to itself
            try:
                fn = lower_function(self.source.modules[ref.file], ref.name, VOCABULARY)
                self._told[ref] = literal_parameters(fn, self.literal_parameters)
            except RefusedError:  # it is refused again where it is read
                pass
        return self._told[ref]

    def called(self, op: Op) -> Function:
        """The typed function that a call calls."""
        ref, types = key = op.attrs["callee"], self.plain(op.attrs["callee"], [value.type for value in op.operands])
        if key not in self._callees:
            fn = self._callees[key] = self.typed(self.source.modules[ref.file], ref.name, types, True)
            prune(fn, stores=True)
            name_temporaries(fn)
        return self._callees[key]


def _asked(fn: Function, known: Known) -> Known:
    """The containers whose length is asked for, as far as types are known."""
    ops = reached(fn, known.writes)
    return Known(
        writes=writing_calls(ops),
        lengths=tuple_lengths(fn, ops),
        lists=lists(ops),
        vectors=vectors(ops),
        keys=dict_keys(ops),
        methods=methods(ops),
        arrays=taken_for_arrays(fn),
        indices=tuples_of_indices(fn),
        literals=literals(fn),
        told=told_types(fn),
        in_line=doubtful_calls(fn) | consuming_calls(fn),
    )


def _plain(type_: Type) -> Type:
    """A type without the known value of a number: two calls that differ only in it share their sweeps."""
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_
