"""The sweeps of functions: those that are asked for, and those of what they call, written when a sweep calls them.

Before: ``%y, %r = call_forward g %x`` in the adjoint of ``f``.
After: it is a call of ``g_forward``, and there are the texts of ``g_forward`` and ``g_reverse``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sct.backend.checkpoint import write_checkpoint
from sct.backend.derivatives import all_by_position
from sct.backend.functions import write_pair, write_tangent
from sct.backend.writer import Writer
from sct.errors import Diagnostic, RefusedError
from sct.frontend.parse import Source
from sct.ir.names import GlobalRef, identifier
from sct.ir.nodes import Function, Op
from sct.ir.types import Type
from sct.prepared import Prepared, prepare
from sct.requests import Mode, Request
from sct.stages import Target, forward_mode, passed, reverse_mode
from sct.transform.stated_sizes import check_sizes, relied_sizes
from sct.transform.transpose import Adjoint
from sct.typed import TypedFunctions


@dataclass(frozen=True)
class _Variant:
    """A callee's sweep for certain active arguments and types."""

    ref: GlobalRef
    wrt: tuple[int, ...]
    types: tuple[Type, ...]
    mode: str
    target: Target


class Sweeps:
    """The sweeps of one module, for one target at a time.

    Attributes
    ----------
    texts : list of str
        The generated functions that were called since the target was last chosen.
    applied : dict of GlobalRef to None
        The rules of the user's that are called, in order.
    """

    def __init__(self, functions: TypedFunctions, requests: Sequence[Request]) -> None:
        self.functions = functions
        self.requests = requests
        self.applied: dict[GlobalRef, None] = {}
        self._variants: dict[_Variant, str] = {}
        self._open: list[_Variant] = []
        self._uncached: set[str] = set()
        self.choose("python")

    def choose(self, target: Target) -> None:
        """Start to write for a target."""
        self.target = target
        self.texts: list[str] = []
        self.writer = Writer(self.functions.source, self.callee, target == "numba", self._uncached)

    def prepared(
        self, source: Source, name: str, types: Sequence[Type], wrt: Sequence[int], is_callee: bool = False
    ) -> Prepared:
        return prepare(self.functions, source, name, types, wrt, self.writer.taken(), is_callee)

    def adjoint(self, fn: Function, wrt: Sequence[int], is_callee: bool = False, gives_value: bool = True) -> Adjoint:
        """The adjoint of a prepared function."""
        adjoint = reverse_mode(fn, wrt, self.target, is_callee, gives_value)
        self._note_rules(fn)
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
        self._note_rules(fn)

    def _note_rules(self, fn: Function) -> None:
        """Note which rules of the user's are called."""
        self.applied.update((op.attrs["callee"], None) for op in fn.body.walk() if op.name == "call_rule")

    # callees

    def callee(self, op: Op) -> str:
        """The generated function that a call of a callee's sweep calls; written when it is first asked for."""
        if op.attrs.get("checkpoint") and op.name != "call_tangent":
            return self._checkpointed(op)
        mode = ("tangents" if op.attrs.get("directions") else "tangent") if op.name == "call_tangent" else "pair"
        ref, wrt = op.attrs["callee"], op.attrs["wrt"]
        variant = _Variant(ref, wrt, self.functions.plain(ref, op.attrs["types"]), mode, self.target)
        if variant in self._open and mode == "pair" and self.target == "numba" and op.span is not None:
            reason = f"Numba does not compile the adjoint of the recursive function `{ref.spelling}`"
            help_ = "write it as a loop, or build for Python: what a call saves holds what its own calls saved"
            raise RefusedError([Diagnostic(op.span, reason, help_)])
        if variant not in self._variants:
            base = self._variants[variant] = self._base(ref, mode)
            self._open.append(variant)
            text = self._written(variant, base)
            self._open.pop()
            alike = text.replace(f"{base}_", f"{ref.identifier}_")
            if alike in self.texts:  # other types, the same text
                self._variants[variant] = ref.identifier
            else:
                self.texts.append(text)
        suffix = {"call_forward": "forward", "call_reverse": "reverse", "call_tangent": mode}[op.name]
        return f"{self._variants[variant]}_{suffix}"

    def _written(self, variant: _Variant, base: str) -> str:
        """The text of a callee's sweep, called after ``base``."""
        ref, wrt, source = variant.ref, variant.wrt, self.functions.source.modules[variant.ref.file]
        prepared = self.prepared(source, ref.name, variant.types, wrt, is_callee=True)
        fn = prepared.fn
        if source is not self.functions.source:
            fn.defaults, fn.annotations = {}, {}
        if any(variant.types[k].literal for k in self.functions.literal_parameters(ref)):
            fn.defaults = {}  # the literals are those of this variant's calls
        all_by_position(fn)
        if variant.mode == "pair":
            return write_pair(self.writer, self.adjoint(fn, wrt, is_callee=True), wrt, base, prepared.authored)
        directions = variant.mode == "tangents"
        self.tangent(fn, wrt, directions, is_callee=True)
        return write_tangent(self.writer, fn, wrt, base, prepared.authored, directions)

    def _checkpointed(self, op: Op) -> str:
        """The sweep of a callee that keeps its arguments alone; its reverse runs the callee's forward sweep again."""
        plain = Op("call_forward", op.operands, [], {**op.attrs, "checkpoint": False})
        name = self.callee(plain).removesuffix("_forward")
        text = write_checkpoint(self.writer, op, name) if op.name == "call_forward" else None
        if text is not None and text not in self.texts:
            self.texts.append(text)
        return f"{name}_again_{op.name.removeprefix('call_')}"

    def _base(self, ref: GlobalRef, mode: str) -> str:
        """What the generated functions of a callee's variant are called after."""
        used = {name for variant, name in self._variants.items() if variant.mode == mode}
        used |= {identifier(request.name) for request in self.requests if request.mode in _SAME_NAMES[mode]}
        used |= {f"{name}_again" for name in used}  # see `_checkpointed`
        suffixes = ("forward", "reverse", "again_forward", "again_reverse") if mode == "pair" else (mode,)
        taken = self.writer.taken()
        base, count = ref.identifier, 1
        while {base, f"{base}_again"} & used or any(f"{base}_{suffix}" in taken for suffix in suffixes):
            count += 1
            base = f"{ref.identifier}_{count}"
        return base


# What callees' functions are of a kind with those that a mode asks for, and may not have their names.
_SAME_NAMES: dict[str, tuple[Mode, ...]] = {
    "pair": ("pullback",),
    "tangent": ("tangent", "both"),
    "tangents": ("tangents",),
}
