"""The derivatives that a function calls, ``sct.grad(g)(x)``, as functions of the module.

Before: ``x - rate * sct.grad(loss)(x, theta)``.
After: ``x - rate * loss_grad(x, theta)``, with ``loss_adjoint`` and ``loss_grad`` behind the module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sct.analysis.summary import Summary
from sct.backend.writer import Writer
from sct.errors import Diagnostic, RefusedError, Span
from sct.frontend.draft import Draft
from sct.frontend.nested import NAME
from sct.frontend.plain import primal
from sct.ir.names import identifier, tangent_names
from sct.ir.nodes import Function, Op
from sct.ir.types import Dim, Type, map_arrays

_SUFFIXES = ("adjoint", "grad", "tangent", "tangents", "forward", "reverse")


@dataclass(frozen=True)
class Site:
    """A call of a derivative.

    Attributes
    ----------
    span, place : Span
        The call; the part of it that is replaced.
    call : str
        By what: the name of the generated function is still to be put in.
    form : str
        ``grad``, ``value_and_grad``, ``jvp``, ``derivative`` or ``jacobian``.
    name : str
        The function.
    params, wrt, types
        Its parameters, those that are differentiated, and their types.
    summary : Summary
        Of the function.
    """

    span: Span
    place: Span
    call: str
    form: str
    name: str
    params: tuple[str, ...]
    wrt: tuple[int, ...]
    types: tuple[Type, ...]
    summary: Summary

    @property
    def x(self) -> Type:
        return self.types[self.wrt[0]]

    @property
    def is_gradient(self) -> bool:
        """Whether it is no more than a gradient."""
        return self.form == "grad" or (self.form == "jacobian" and self.x.is_array and self.summary.type.is_scalar)


Sites = dict[Span, Site]
"""The calls of derivatives, each behind those in the function that it is the derivative of."""


def note_sites(fn: Function, found: Sites) -> None:
    """Note the calls of derivatives in a typed function."""
    for op in fn.body.walk():
        if op.name == "nested":
            site = _site(op)
            known = found.setdefault(site.span, site)
            if _alike(known.types) != _alike(site.types):
                reason = f"the derivative of `{site.name}` is called here with arguments of several kinds"
                help_ = "call it in two functions, one for each kind"
                raise RefusedError([Diagnostic(site.span, reason, help_)])


def _site(op: Op) -> Site:
    attrs: dict[str, Any] = op.attrs
    assert op.span is not None
    types = tuple(map_arrays(type_, lambda dim, _: dim) for type_ in attrs["types"])
    span, params = replace(op.span, via=(), turns=()), tuple(attrs["params"])
    found = Site(
        span,
        attrs["place"],
        attrs["call"],
        attrs["form"],
        attrs["callee"].name,
        params,
        attrs["wrt"],
        types,
        attrs["summary"],
    )
    problem = _problem(found)
    if problem is not None:
        raise RefusedError([Diagnostic(span, *problem)])
    return found


def _problem(site: Site) -> tuple[str, str] | None:
    """Why a derivative is not taken, and what to do."""
    value = site.summary.type
    for k in site.wrt:
        if not site.types[k].is_differentiable:
            reason = f"`{site.params[k]}` of `{site.name}` is no number here, and the derivative is with respect to it"
            return reason, "name another parameter with `wrt`"
    if site.form in ("grad", "value_and_grad") and not value.is_scalar:
        return f"`{site.name}` returns no scalar, and `sct.{site.form}` needs one", "take `sct.jacobian`, or `sct.jvp`"
    if site.form in ("jacobian", "derivative"):
        if len(site.wrt) > 1 or value.rank is None or site.x.rank is None:
            reason = "this derivative is with respect to several parameters, or of what is no number or array"
            return reason, "take one derivative for each parameter, of a function that returns an array"
        if site.x.rank > (site.form == "jacobian"):
            what = "a number or a vector" if site.form == "jacobian" else "a number"
            return f"`sct.{site.form}` is with respect to {what} here", "take `sct.grad` or `sct.jvp`"
    return None


def _alike(types: Sequence[Type]) -> list[Type]:
    """Types whose dimensions have names by their order."""
    names: dict[Dim, Dim] = {}

    def renamed(dim: Dim, _: str) -> Dim:
        return dim if isinstance(dim, int) else names.setdefault(dim, f"{len(names)}{'+' * dim.endswith('+')}")

    return [map_arrays(type_, renamed) for type_ in types]


def mode_of(site: Site) -> Literal["adjoint", "tangent"]:
    """What has to be generated for it."""
    return "adjoint" if site.is_gradient or site.form == "value_and_grad" else "tangent"


def insert(draft: Draft, site: Site, text: str, writer: Writer, asked: Sequence[str]) -> None:
    """Put what was generated behind the module, where that does not have it, and its name into the call."""
    captured, _ = draft.lifted.get(site.name, (frozenset[str](), ""))
    lost = [site.params[k] for k in site.summary.writes if site.params[k] in captured]
    if lost:
        reason = f"`{site.name}` writes into `{lost[0]}`, which it captures, and its derivative is called here"
        raise RefusedError([Diagnostic(site.span, reason, "write into a copy of it")])
    source, made = writer.source, functions(text)
    for name, own in writer.helpers.items():
        if name in source.functions and primal(source, name) != own:
            reason = f"the derivative of `{site.name}` calls a function `{name}`, and the module has another one"
            raise RefusedError([Diagnostic(site.span, reason, "rename the module's")])
    made = {name: own for name, own in made.items() if name not in source.functions or own != primal(source, name)}
    base = identifier(site.name)
    if site.is_gradient:
        entry = f"{base}_grad"
    elif site.form in ("value_and_grad", "jvp"):
        entry = f"{base}_{'tangent' if site.form == 'jvp' else 'adjoint'}"
    else:
        entry = f"{base}_{site.form}"
        made[entry] = _wrapped(site, entry, writer)
    names = _names(draft, made, writer, asked)
    for name, own in made.items():
        if names[name] not in draft.added:
            draft.append(names[name], _renamed(own, names), site.place.line)
    for name, own in writer.helpers.items():
        if name not in source.functions:
            draft.append(name, own, site.place.line)
    for line in writer.needs:
        draft.append(line, line, site.place.line)
    # The functions were put behind: the place is where it was.
    draft.replace(site.place, site.call.replace(NAME, names.get(entry, entry)))


def _wrapped(site: Site, entry: str, writer: Writer) -> str:
    """A function of the parameters alone that gives a derivative, from that which takes a direction."""
    kwonly = writer.source.functions[site.name].params.kwonly_params
    by_name = {param.name.value for param in kwonly}
    (k,), (dot,) = site.wrt, tangent_names(site.params, site.wrt)
    positional = [name for name in site.params if name not in by_name]
    passed = [*positional, *(f"{name}={name}" for name in site.params if name in by_name)]
    tangent, x = f"{identifier(site.name)}_tangent", site.params[k]
    if site.x.is_array:
        direction = _fresh("direction", site.params)
        column = f"{tangent}({', '.join([*passed, f'{dot}={direction}'])})[1]"
        columns = _fresh("columns", site.params)
        stack = f"{writer.spell('numpy', 'array')}({columns})"
        lines = [
            f"{columns} = [{column} for {direction} in {writer.spell('numpy', 'eye')}(len({x}))]",
            f"return {stack}.T"
            if site.summary.type.rank == 1
            else f"return {writer.spell('numpy', 'moveaxis')}({stack}, 0, -1)",
        ]
    else:
        lines = [f"return {tangent}({', '.join([*passed, f'{dot}=1.0'])})[1]"]
    head = ", ".join([*positional, *(["*", *sorted(by_name, key=site.params.index)] if by_name else [])])
    what = "Jacobian" if site.form == "jacobian" else "derivative"
    doc = f'"""Return the {what} of ``{site.name}`` with respect to ``{x}``."""'
    return "\n    ".join([f"def {entry}({head}):", doc, *lines])


def _fresh(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else _fresh(f"{name}_", taken)


def functions(text: str) -> dict[str, str]:
    """The functions of a generated text."""
    lines = text.split("\n")
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    first = {node.name: min([node.lineno, *(d.lineno for d in node.decorator_list)]) for node in nodes}
    return {node.name: "\n".join(lines[first[node.name] - 1 : node.end_lineno]) for node in nodes}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"[^\W\d]\w*", lambda found: names.get(found[0], found[0]), text)


def _names(draft: Draft, made: Mapping[str, str], writer: Writer, asked: Sequence[str]) -> dict[str, str]:
    """New names for the functions whose names the module has, or will have, for others."""
    reserved = {f"{identifier(name)}_{suffix}" for name in asked for suffix in _SUFFIXES}
    gone = {name for name in writer.source.constants if len(re.findall(rf"\b{name}\b", draft.text)) == 1}
    taken = (writer.taken() | reserved) - set(draft.added) - gone  # a name for a derivative that was spelled out
    count = 1
    while True:
        names = {name: name if count == 1 else f"{name}_{count}" for name in made}
        texts = {names[name]: _renamed(text, names) for name, text in made.items()}
        if not any(name in taken or draft.added.get(name, text) != text for name, text in texts.items()):
            return names
        count += 1


def all_by_position(fn: Function) -> None:
    """Leave out the defaults of a callee where a parameter behind them has none: calls of it pass it by position."""
    defaults = [fn.defaults.get(name) is not None for name in fn.param_names]
    if defaults != sorted(defaults):
        fn.defaults = {}
