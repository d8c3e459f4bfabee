"""A generated derivative at one point, held to the witnesses."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sct.contents import is_object
from sct.witnesses.differences import slope
from sct.witnesses.duals import DUALS, Dual
from sct.witnesses.overload import Inapplicable, Overloading, undecorated, wrap
from sct.witnesses.report import DOT_PRODUCT, Finding
from sct.witnesses.trees import numbers, places, rebuilt

_STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_MANY = 40
_LONG = 160
_PATIENCE = 5.0


@dataclass(frozen=True)
class Subject:
    """A function, its arguments, and the derivative that was generated for them.

    Attributes
    ----------
    primal : callable
        The author's function.
    args, names : sequence
        The arguments, and the parameters' names.
    wrt : tuple of int
        The positions of what is differentiated.
    adjoint, tangent : callable, optional
        The generated functions.
    gradient : callable, optional
        The one that returns the gradient alone, if it is no call of the adjoint.
    """

    primal: Callable[..., Any]
    name: str
    args: Sequence[Any]
    names: Sequence[str]
    wrt: tuple[int, ...]
    adjoint: Callable[..., Any] | None = None
    tangent: Callable[..., Any] | None = None
    gradient: Callable[..., Any] | None = None

    def copies(self) -> list[Any]:
        return [rebuilt(value, numbers(value)) for value in self.args]

    @property
    def active(self) -> list[Any]:
        """The arguments that are differentiated."""
        return [self.args[k] for k in self.wrt]

    @property
    def seed(self) -> str:
        """What the adjoint calls the adjoint of the value."""
        return self._added(self.adjoint, [f"{self.name}_bar"])[0]

    @property
    def dots(self) -> list[str]:
        """What the tangent calls the tangents of its parameters."""
        return self._added(self.tangent, [f"{self.names[k]}_dot" for k in self.wrt])

    def _added(self, function: Callable[..., Any] | None, usual: list[str]) -> list[str]:
        """The parameters that a generated function has besides the author's; those of a rule are the usual ones."""
        assert function is not None
        names = [p.name for p in inspect.signature(function).parameters.values() if p.kind not in _STARS]
        return names[len(self.names) :] or usual


def examine(subject: Subject, rng: np.random.Generator, proves: bool) -> Iterator[Finding]:
    """What each witness says of each generated function; sympy is asked if ``proves``."""
    value = subject.primal(*subject.copies())
    count = len(numbers(value))
    seeds = np.ones(1) if count == 1 else rng.normal(size=count)
    point = _Point(subject, value, seeds, rng)
    generated = [("adjoint", point.by_adjoint)] if subject.adjoint is not None else []
    generated += [("grad", point.by_gradient)] if subject.gradient is not None else []
    generated += [("tangent", point.by_tangent)] if subject.tangent is not None else []
    # Dual numbers come first: they see where a derivative is stopped.
    witnesses = [("dual numbers", point.by_duals), ("finite differences", point.by_differences)]
    said = [(name, *point.asked(witness)) for name, witness in witnesses]
    for mode, derivative in generated:
        title = f"{subject.name}_{mode}"
        ours = derivative()
        if mode == "adjoint" and subject.tangent is not None:
            yield point.compared(title, DOT_PRODUCT, ours, point.by_tangent())
        for name, theirs, reason in said:
            if theirs is None:
                yield Finding(title, name, "not applicable", where=reason)
            else:
                yield point.compared(title, name, ours, theirs)
    if proves and subject.adjoint is not None:
        yield _proof(subject, value)


class _Point:
    """Directional derivatives of the values' weighted sum, by all means."""

    def __init__(self, subject: Subject, value: Any, seeds: np.ndarray, rng: np.random.Generator) -> None:
        self.subject, self.value, self.seeds = subject, value, seeds
        self.stops = self.is_hooked = False
        self.start = np.array(numbers(subject.active), dtype=float)
        self.labels = [place for k in subject.wrt for place in places(subject.args[k], subject.names[k])]
        count = len(self.start)
        self.directions = np.eye(count) if count <= _MANY else rng.normal(size=(_MANY // 4, count)) / math.sqrt(count)
        # The generated code computes in the precision of its arguments.
        leaves = [value for value in numbers(list(subject.args)) if isinstance(value, np.floating)]
        self.is_single = any(leaf.dtype.itemsize < 8 for leaf in leaves)

    def args(self, given: Sequence[Any], **how: Any) -> list[Any]:
        """The arguments with other numbers for those that are differentiated."""
        active = iter(rebuilt(self.subject.active, given, **how))
        return [
            next(active) if k in self.subject.wrt else rebuilt(value, list(map(float, numbers(value))), **how)
            for k, value in enumerate(self.subject.args)
        ]

    def total(self, value: Any) -> float:
        return float(np.dot(self.seeds, np.array(numbers(value, self.value), dtype=float)))

    def by_adjoint(self) -> list[tuple[float, float]]:
        assert self.subject.adjoint is not None
        seed = rebuilt(self.value, list(map(float, self.seeds)), other=lambda _: None)
        return self._along(self.subject.adjoint(*self.subject.copies(), **{self.subject.seed: seed})[1])

    def by_gradient(self) -> list[tuple[float, float]]:
        assert self.subject.gradient is not None
        return self._along(self.subject.gradient(*self.subject.copies()))

    def _along(self, bars: Any) -> list[tuple[float, float]]:
        found = numbers([bars] if len(self.subject.wrt) == 1 else list(bars), self.subject.active)
        return [(float(np.dot(direction, np.array(found, dtype=float))), 0.0) for direction in self.directions]

    def by_tangent(self) -> list[tuple[float, float]]:
        assert self.subject.tangent is not None
        found = []
        names = self.subject.dots
        for direction in self.directions:
            dots = rebuilt(self.subject.active, list(map(float, direction)), other=lambda _: None)
            dot = self.subject.tangent(*self.subject.copies(), **dict(zip(names, dots, strict=True)))[1]
            found.append((self.total(dot), 0.0))
        return found

    def stopped(self, value: Any) -> Any:
        self.stops = True
        return DUALS.stopped(value)

    def by_differences(self) -> list[tuple[float, float]]:
        if self.stops:
            raise Inapplicable("sct.stop_gradient hides a dependence that differences see")

        def along(direction: np.ndarray) -> Callable[[float], float]:
            return lambda t: self.total(self.subject.primal(*self.args(list(map(float, self.start + t * direction)))))

        return [slope(along(direction)) for direction in self.directions]

    def by_duals(self) -> list[tuple[float, float]]:
        algebra = dataclasses.replace(DUALS, stopped=self.stopped)
        world = Overloading(algebra)
        f = world.function(undecorated(self.subject.primal))
        found = []
        for direction in self.directions:
            duals = [Dual(value, dot) for value, dot in zip(self.start, direction, strict=True)]
            value = f(*map(world.argument, self.args(duals, array=lambda array: wrap(array, algebra))))
            dots = [part.dot if isinstance(part, Dual) else 0.0 for part in numbers(value, self.value)]
            found.append((float(np.dot(self.seeds, dots)), 0.0))
        self.is_hooked = world.is_hooked
        return found

    def asked(self, witness: Callable[[], list[tuple[float, float]]]) -> tuple[list[tuple[float, float]] | None, str]:
        """What a witness says, or None and the reason why it cannot say anything."""
        try:
            with np.errstate(all="ignore"):
                return witness(), ""
        except Inapplicable as problem:
            return None, str(problem)
        except Exception as problem:  # of the user's code, which was written for floats
            return None, f"{type(problem).__name__}: {problem}"

    def compared(
        self, title: str, name: str, ours: list[tuple[float, float]], theirs: list[tuple[float, float]]
    ) -> Finding:
        """The finding for the direction that is off most."""
        worst, error, where = -1.0, 0.0, ""
        loosest = 1e-3 if self.is_single else 1e-6 if name == "finite differences" else 1e-9
        size = max((abs(value) for value, _ in theirs), default=0.0)
        for k, ((value, _), (expected, doubt)) in enumerate(zip(ours, theirs, strict=True)):
            off = abs(value - expected) if not (math.isnan(value) and math.isnan(expected)) else 0.0
            allowed = loosest * (1 + size) + 10 * doubt
            badness = math.inf if math.isnan(off) else off / allowed
            if badness > worst:
                worst, error = badness, off
                where = f"{self.place(k)}: {value:.6g}, not {expected:.6g}; " if badness > 1 else f"{self.place(k)}, "
                where += f"at {self.inputs()}" + (f" (±{doubt:.0e})" if doubt > 1e-9 else "")
        if worst <= 1 and any(doubt > 1e-2 * (1 + size) for _, doubt in theirs):
            return Finding(title, name, "not applicable", where="the differences do not settle")
        if worst > 1 and self.is_hooked and not title.endswith("_tangent"):
            return Finding(title, name, "not applicable", where=f"sct.adjoint_of changes the adjoint; {where}")
        return Finding(title, name, "MISMATCH" if worst > 1 else "agrees", error, where, worst)

    def place(self, k: int) -> str:
        return f"d/d{self.labels[k]}" if len(self.directions) == len(self.labels) else "along a random direction"

    def inputs(self) -> str:
        subject = self.subject
        text = ", ".join(f"{name}={_short(value)}" for name, value in zip(subject.names, subject.args, strict=True))
        return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, precision=4, threshold=8).split())
    if is_object(value):
        return f"{type(value).__name__}({', '.join(f'{name}={_short(part)}' for name, part in vars(value).items())})"
    return repr(value)


def _proof(subject: Subject, value: Any) -> Finding:
    """What sympy says of the adjoint, of all arguments of this shape."""
    title = f"{subject.name}_adjoint"
    try:
        from sct.witnesses.symbolic import within

        with within(_PATIENCE):
            return _proved(subject, value, title)
    except Inapplicable as problem:
        return Finding(title, "sympy", "not applicable", where=str(problem))
    except Exception as problem:  # of the user's code, which was written for floats
        return Finding(title, "sympy", "not applicable", where=f"{type(problem).__name__}: {problem}")


def _proved(subject: Subject, value: Any, title: str) -> Finding:
    import sympy  # type: ignore[import-untyped]

    from sct.witnesses import symbolic

    if len(numbers(list(subject.args))) + len(numbers(value)) > _MANY:
        raise Inapplicable("there are too many numbers")
    args, groups = symbolic.symbols(subject.args, subject.names)
    (seed,), (bars,) = symbolic.symbols([value], [subject.seed])
    values = symbolic.expressions(undecorated(subject.primal), args, value)
    assert subject.adjoint is not None
    like = (value, subject.active[0] if len(subject.wrt) == 1 else tuple(subject.active))
    made = symbolic.expressions(subject.adjoint, args, like, **{subject.seed: seed})[len(values) :]
    total = sum((bar * one for bar, one in zip(bars, values, strict=True)), sympy.Integer(0))
    all_symbols = [symbol for group in groups for symbol in group]
    point = dict(zip(all_symbols, map(float, numbers(list(subject.args))), strict=True))
    point.update({bar: 0.5 + 0.25 * k for k, bar in enumerate(bars)})
    active = [s for k in subject.wrt for s in groups[k]]
    fixed = [f"{n}={v!r}" for n, v in zip(subject.names, subject.args, strict=True) if not numbers(v)]
    for symbol, ours in zip(active, made, strict=True):
        difference = sympy.diff(total, symbol) - ours
        if not symbolic.is_zero(difference):
            off = symbolic.at(difference, point)
            if abs(off) > 1e-9:
                text = f"d/d{symbol} is {sympy.simplify(sympy.diff(total, symbol))}, not {sympy.simplify(ours)}"
                return Finding(title, "sympy", "MISMATCH", abs(off), text, math.inf)
            raise Inapplicable(f"sympy does not decide d/d{symbol}")
    return Finding(title, "sympy", "proved", where=", ".join(["for all real arguments of this shape", *fixed]))
