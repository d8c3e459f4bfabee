"""The generated functions' text: signature, docstring, sweeps, return."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Sequence

from sct.analysis.liveness import use_counts
from sct.backend.beginnings import name_beginnings
from sct.backend.emit import Emitter, Sweep
from sct.backend.essence import USED_UP
from sct.backend.expressions import Expressions
from sct.backend.fold import fold
from sct.backend.hiding import called, hidden_parameter
from sct.backend.names import added, assign_names
from sct.backend.narrow import narrow
from sct.backend.renames import bind_where_given
from sct.backend.webs import settle_webs
from sct.backend.wrapping import INDENT, WIDTH, fitted, indent, laid_out
from sct.backend.writer import Writer
from sct.frontend.hints import ONCE
from sct.ir.instead import Instead
from sct.ir.names import identifier, tangent_names
from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.derived import reverse_start
from sct.transform.leaves import has_adjoint
from sct.transform.transpose import Adjoint
from sct.transform.unbound import bound_everywhere

# What has no variable of its own: both sweeps write it where they use it.
_MOVED = frozenset({"const", "global", "slice", "step"})


def written(
    writer: Writer,
    fn: Function,
    fixed: dict[Value, str],
    authored: set[Value],
    text: Callable[[Emitter], str],
    ours: Collection[Value] = (),
) -> str:
    """What ``text`` makes of ``fn``, whose values are folded and named.

    No variable hides what is read of the module: it gets another name, as do those parameters that are ``ours``.
    """
    for op in fn.body.walk():
        if op.name in ("call_forward", "call_reverse", "call_tangent"):
            op.attrs["function"] = writer.callee(op)
            if op.name == "call_tangent":
                op.attrs["names"] = tangent_names(op.attrs["params"], op.attrs["wrt"])
    settle_webs(fn)
    authored = authored | bind_where_given(fn)
    name_beginnings(fn, authored)
    folded = fold(fn)
    makers = {result: op for op in fn.body.walk() for result in op.results}
    used = set(use_counts(fn.body))
    # A parameter keeps its name, though it may hide a global or a builtin.
    taken = writer.taken() - set(fixed.values()) - _locals(authored)
    while True:
        names = assign_names(fn, folded, fixed, taken, authored)
        write = Emitter(Expressions(names, makers, folded, writer), used)
        if narrow(write, fn.body):
            continue
        writer.read = set()
        found = text(write)
        own = set(names.values())
        hidden = (own & writer.read) | called(found, own)
        if not hidden:
            return found
        for value in ours:
            if fixed[value] in hidden:
                fixed[value] = added(fixed[value], hidden | set(fixed.values()))
        for name in hidden.intersection(fixed.values()):
            raise hidden_parameter(writer.source.modules, fn, name)
        taken |= hidden


def _locals(authored: set[Value]) -> set[str]:
    return {value.hint for value in authored if value.hint}


def write_primal(writer: Writer, fn: Function, authored: set[Value]) -> str:
    """The function itself."""

    def text(write: Emitter) -> str:
        lines = write.ops(fn.body.ops, Sweep(quotes=False))
        value = fn.body.yields[0]
        doc = [fn.doc] if fn.doc else []
        returned = [f"return {write.expr(value)}"] if value.type.kind != "none" else []
        return "\n".join([_signature(writer, fn, fn.name, []), *_body([*doc, *lines, *returned] or ["pass"])])

    return written(writer, fn, dict(zip(fn.params, fn.param_names, strict=True)), authored, text)


def write_adjoint(writer: Writer, adjoint: Adjoint, wrt: Sequence[int], authored: set[Value]) -> str:
    """``NAME_adjoint``, both sweeps."""
    fn, name = adjoint.fn, adjoint.fn.name
    entry = identifier(fn.spelling)
    usual = added(f"{name}_bar", fn.param_names)
    fixed = dict(zip(fn.params, [*fn.param_names, *(usual for _ in adjoint.seeds)], strict=True))

    def text(write: Emitter) -> str:
        forward, reverse = _sweeps(write, fn.body)
        value, *bar_texts = [write.expr(v) for v in fn.body.yields]
        seed_type = "float" if adjoint.value_type.is_scalar else None
        default = "1.0" if seed_type or adjoint.value_type.kind == "unknown" else None
        seeds = [fixed[seed] for seed in adjoint.seeds]
        head = _signature(writer, fn, f"{entry}_adjoint", [(seed, seed_type, default) for seed in seeds])
        wanted = ", ".join(f"{fn.param_names[k]}_bar" for k in wrt)
        wanted = wanted if len(wrt) == 1 else f"({wanted})"
        seeded = f"seeded with ``{[*seeds, usual][0]}``"
        doc = docstring(
            f"Return ``{fn.call}`` and its adjoint ``{wanted}``, {seeded}.",
            f"Return ``{fn.spelling}`` and its adjoint ``{wanted}``, {seeded}.",
        )
        body = [*doc, *_once(fn.body), *_section("forward", forward)]
        if reverse:
            body += ["", *_section("reverse", reverse)]
        return "\n".join([head, *_body([*body, f"return {value}, {_tuple(bar_texts)}"])])

    return written(writer, fn, fixed, authored, text, ours=adjoint.seeds)


def write_gradient(writer: Writer, adjoint: Adjoint, wrt: Sequence[int], authored: set[Value] | None = None) -> str:
    """``NAME_grad``: a call of ``NAME_adjoint``, or the sweeps of an ``adjoint`` that yields no value."""
    fn, entry = adjoint.fn, identifier(adjoint.fn.spelling)
    wanted = ", ".join(fn.param_names[k] for k in wrt)
    doc = docstring(f"Return the gradient of ``{fn.spelling}`` with respect to ``{wanted}``.")
    head = _signature(writer, fn, f"{entry}_grad", [])
    if authored is None:
        if f"{entry}_adjoint" in fn.param_names:
            raise hidden_parameter(writer.source.modules, fn, f"{entry}_adjoint")
        return "\n".join([head, *_body([*doc, f"return {entry}_adjoint({_passed_on(fn)})[1]"])])

    def text(write: Emitter) -> str:
        forward, reverse = _sweeps(write, fn.body)
        bars = [write.expr(value) for value in fn.body.yields[1:]]
        sections = [*_section("forward", forward), *([""] if forward else []), *_section("reverse", reverse)]
        lines = [*_once(fn.body), *sections]
        return "\n".join([head, *_body([*doc, *lines, f"return {_tuple(bars)}"])])

    return written(writer, fn, dict(zip(fn.params, fn.param_names, strict=True)), authored, text)


def _tuple(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def write_pair(
    writer: Writer, adjoint: Adjoint, wrt: Sequence[int], base: str, authored: set[Value], is_asked_for: bool = False
) -> str:
    """``NAME_forward``, which also returns residuals, and ``NAME_reverse``, which takes them.

    What a user asked for says whether its residuals can be used once only.
    """
    fn = adjoint.fn
    start = adjoint.boundary
    forward, reverse = fn.body.ops[:start], fn.body.ops[start:]
    value, *bars = fn.body.yields
    params = fn.params[: len(fn.param_names)]
    made = [*params, *(result for op in forward for result in op.results)]
    residuals = _crossing(made, adjoint.written, forward, reverse, bars)
    values = [value] if has_adjoint(value) else []
    first = Function(fn.name, Block(params, forward, [*values, *residuals]), fn.param_names, fn.span)
    first.body.yields = [*values, *bound_everywhere(first.body, residuals)]
    first.annotations, first.defaults, first.spelling = fn.annotations, fn.defaults, fn.spelling
    first.copies = fn.copies

    def forward_text(write: Emitter) -> str:
        lines = write.ops(first.body.ops, Sweep(quotes=False))
        texts = [write.expr(v) for v in first.body.yields]
        kept = texts[len(values) :]
        packed = kept[0] if len(kept) == 1 else f"({', '.join(kept)})"
        doc = docstring(
            *(f"Return ``{called}`` and what ``{base}_reverse`` needs." for called in (fn.call, fn.spelling))
        )
        returned = ", ".join([*texts[: len(values)], packed])
        return "\n".join(
            [
                _signature(writer, first, f"{base}_forward", []),
                *_body([*doc, *_once(first.body), *lines, f"return {returned}"]),
            ]
        )

    text = written(writer, first, dict(zip(params, fn.param_names, strict=True)), authored, forward_text)
    inner = [Value(v.type, v.hint, v.temp) for v in residuals]
    arrays = [Value(v.type, v.hint) for v in adjoint.written]
    second = Function(fn.name, Block([*inner, *arrays, *adjoint.seeds], reverse, bars), [], fn.span)
    Instead(zip([*residuals, *adjoint.written], [*inner, *arrays], strict=True)).substitute(second.body)
    usual = [*(fn.param_names[k] for k in fn.hands_back), *(seed.hint or "" for seed in adjoint.seeds)]
    fixed = dict(zip([*arrays, *adjoint.seeds], usual, strict=True))

    def reverse_text(write: Emitter) -> str:
        names = [write.expr(v) for v in inner]
        lines = write.ops(second.body.ops, Sweep(quotes=True))
        returned = ", ".join(write.expr(v) for v in second.body.yields)
        given = added("residuals", {*fixed.values(), *writer.read})
        unpack = [f"{', '.join(names)} = {given}"] if names not in ([], [given]) else []
        wanted = ", ".join(f"{fn.param_names[k]}_bar" for k in wrt)
        once = " " + USED_UP if is_asked_for and _uses_up(reverse) else ""
        restored, seeds = ([fixed[v] for v in group] for group in (arrays, adjoint.seeds))
        restores = f", and restore ``{', '.join(restored)}``" if restored else ""
        seeded = f"seeded with ``{', '.join(seeds)}``{restores}.{once}"
        doc = docstring(
            f"Return the adjoint ``{wanted}`` of ``{fn.call}``, {seeded}",
            f"Return the adjoint ``{wanted}`` of ``{fn.spelling}``, {seeded}",
        )
        head = _fit(f"{base}_reverse", [given, *restored, *seeds])
        return "\n".join([head, *_body([*doc, *unpack, *lines, f"return {returned}"])])

    return "\n\n\n".join([text, written(writer, second, fixed, authored, reverse_text, ours=list(fixed))])


def _uses_up(reverse: list[Op]) -> bool:
    """Whether a reverse sweep takes its residuals apart, or writes into them."""
    return any(op.name in ("pop", "restore", "shrink", "call_reverse") for op in Block(ops=reverse).walk())


def write_tangent(
    writer: Writer, fn: Function, wrt: Sequence[int], base: str, authored: set[Value], directions: bool
) -> str:
    """``NAME_tangent``, the value and its directional derivative; or ``NAME_tangents``, those along many directions."""
    dots = tangent_names(fn.param_names, wrt)
    fixed = dict(zip(fn.params, [*fn.param_names, *dots], strict=True))
    for value, suffix in zip(fn.body.yields, ("value", "dot"), strict=False):
        if value.hint is None and value not in fn.params:
            value.hint = f"{fn.name}_{suffix}"

    def text(write: Emitter) -> str:
        lines = write.ops(fn.body.ops, Sweep(quotes=False))
        along = "derivatives along the directions that these hold:" if directions else "derivative along"
        doc = docstring(
            f"Return ``{fn.call}`` and its {along} ``{', '.join(dots)}``.",
            f"Return ``{fn.spelling}`` and its {along} ``{', '.join(dots)}``.",
        )
        returned = ", ".join(write.expr(v) for v in fn.body.yields)
        head = _signature(writer, fn, f"{base}_tangent{'s' if directions else ''}", [(dot, None, None) for dot in dots])
        return "\n".join([head, *_body([*doc, *_once(fn.body), *lines, f"return {returned}"])])

    return written(writer, fn, fixed, authored, text)


def _once(body: Block) -> list[str]:
    """The mark of a function that has no right derivative itself: what was meant to be constant looks like the rest."""
    return [f"# sct: {ONCE}"] if any(op.name == "stop_gradient" for op in body.walk()) else []


def _sweeps(write: Emitter, body: Block) -> tuple[list[str], list[str]]:
    start = reverse_start(body.ops)
    sweep = Sweep(quotes=False, both=True)
    return write.ops(body.ops[:start], sweep), write.ops(body.ops[start:], Sweep(quotes=True))


def _body(lines: list[str]) -> list[str]:
    """The lines of a function below its header, broken and spaced."""
    return laid_out(indent(lines))


def docstring(*texts: str) -> list[str]:
    """The first of the texts that fits in a line, or else the last one, in several."""
    room = WIDTH - len(INDENT)
    for text in texts:
        if len(text) + (3 if text is texts[-1] else 6) <= room:  # a formatter lets the last quotes stand outside
            return [f'"""{text}"""']
    first, *rest = textwrap.wrap(f'"""{texts[-1]}', room, break_long_words=False, break_on_hyphens=False)
    return [first, *rest, '"""']


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"# {title}", *lines] if lines else []


def _signature(writer: Writer, fn: Function, name: str, extra: Sequence[tuple[str, str | None, str | None]]) -> str:
    """``def name(…):`` with the author's annotations and defaults."""
    entries = [(param, fn.annotations.get(param), fn.defaults.get(param)) for param in fn.param_names]
    entries += extra
    star = _by_keyword([default for _, _, default in entries])
    if writer.compiles:  # Numba has no parameters that go by keyword only; one that is None compiles to nothing
        return _fit(name, [_parameter(*p[:2], p[2] or (None if k < star else "None")) for k, p in enumerate(entries)])
    parts = [_parameter(*entry) for entry in entries]
    return _fit(name, [*parts[:star], *(["*"] if star < len(parts) else []), *parts[star:]])


def _by_keyword(defaults: Sequence[str | None]) -> int:
    """Where the parameters begin that go by keyword: one without a default stands behind one with one."""
    first = next((k for k, default in enumerate(defaults) if default is not None), len(defaults))
    return next((k for k in range(first, len(defaults)) if defaults[k] is None), len(defaults))


def _passed_on(fn: Function) -> str:
    """The parameters as the arguments of another function with the same signature."""
    star = _by_keyword([fn.defaults.get(param) for param in fn.param_names])
    return ", ".join(param if k < star else f"{param}={param}" for k, param in enumerate(fn.param_names))


def _parameter(name: str, annotation: str | None, default: str | None) -> str:
    text = f"{name}: {annotation}" if annotation else name
    if default is None:
        return text
    return f"{text} = {default}" if annotation else f"{text}={default}"


def _fit(name: str, parts: list[str]) -> str:
    return "\n".join(fitted(f"def {name}({', '.join(parts)}):", WIDTH))


def _crossing(
    made: list[Value], written: list[Value], forward: list[Op], reverse: list[Op], bars: list[Value]
) -> list[Value]:
    """The values of ``made`` that the reverse sweep uses, in that order, but what it is handed anyway."""
    used = set(use_counts(Block([], reverse, bars)))
    makers = {result: op for op in forward for result in op.results}
    moved: list[Op] = []
    for value in reversed(made):  # an operand stands before what is made of it
        op = makers.get(value)
        if value in used and op is not None and op.name in _MOVED and value.hint is None:
            moved.insert(0, op)
            used.update(op.operands)
    reverse[:0] = moved
    again = {op.result for op in moved}
    return [value for value in made if value in used and value not in again and value not in written]
