"""An interpreter of the IR: an independent witness of every pass.

It runs a function as it stands after a pass, with NumPy, so that what a pass hands on can be compared with the
original function.  One dictionary holds all values: a name that stands in a block and is used outside it finds what it
was last, which is what an array that is written in place relies on.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.rules.spelling import spelling


def _recurrence(a: Any, b: Any) -> Any:
    y = b.copy()
    for k in range(1, len(y)):
        y[k] = a[k] * y[k - 1] + b[k]
    return y


_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "neg": operator.neg,
    "pos": operator.pos,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "not": operator.not_,
    "is": operator.is_,
    "is_not": operator.is_not,
    "matmul": operator.matmul,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "left_shift": operator.lshift,
    "right_shift": operator.rshift,
    "invert": operator.invert,
    "in": lambda x, items: x in items,
    "not_in": lambda x, items: x not in items,
    "abs": abs,
    "int": int,
    "float": float,
    "round": round,
    "len": len,
    "erf": np.vectorize(math.erf),
    "erfc": np.vectorize(math.erfc),
    "flatten": lambda x: np.asarray(x).flatten(),
    "array": lambda *xs: np.array(xs),
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis=axis),
    "stack": lambda *xs, axis: np.stack(xs, axis=axis),
    "others_prod": lambda x: np.array([np.prod(np.delete(x.ravel(), k)) for k in range(x.size)]).reshape(x.shape),
    "recurrence": _recurrence,
    "astype_like": lambda x, like: np.asarray(x).astype(like.dtype),
    "copy": lambda x: np.array(x) if isinstance(x, np.ndarray) else x,
    "slice": lambda *parts: slice(*parts),
    "append": lambda xs, value: xs.append(value) or xs,
    "shorten": lambda xs, _: (xs.pop() and xs) or xs,
    "shrink": lambda xs: xs.pop() and None,
    "listed": list,
    "total": sum,
    "array_of": np.array,
    "spread": lambda x, xs: [x] * len(xs),
    "concat": operator.add,
    "tape": list,
    "push": list.append,
    "pop": list.pop,
    "bind": lambda x: x,
    "stop_gradient": lambda x: x,
    "undef": lambda: None,
    "format": lambda *xs: str(xs),
    "print": lambda *xs: None,
}
_STATICS = ("axis", "keepdims", "axes", "dtype")


class NotInterpreted(Exception):
    """The function calls another one's generated sweep."""


class Raised(Exception):
    """The function raises, or an assertion fails."""


class Interpreter:
    """Runs functions of a module.

    Parameters
    ----------
    module : mapping
        The original module's names: its constants and the functions that are called.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.module = module
        self.values: dict[Value, Any] = {}

    def run(self, fn: Function, *args: Any) -> list[Any]:
        """What the function yields."""
        for value, arg in zip(fn.params, args, strict=True):
            self.values[value] = arg.copy() if isinstance(arg, np.ndarray) else arg
        return self.block(fn.body)

    def block(self, block: Block) -> list[Any]:
        for op in block.ops:
            results = self.op(op)
            for value, found in zip(op.results, results, strict=True):
                self.values[value] = found
        return [self.values[value] for value in block.yields]

    def enter(self, block: Block, *args: Any) -> list[Any]:
        for value, arg in zip(block.args, args, strict=True):
            self.values[value] = arg
        return self.block(block)

    def op(self, op: Op) -> list[Any]:
        operands = [self.values[value] for value in op.operands]
        match op:
            case If():
                return self.enter(op.then if operands[0] else op.orelse)
            case For():
                start, stop, step, *carried = operands
                turns = range(start, stop, step)
                for i in reversed(turns) if op.attrs.get("reversed") else turns:
                    stopped, carried = self.turn(op, [i, *carried])
                    if stopped:
                        break
                return carried
            case While():
                carried = operands
                while self.enter(op.test, *carried)[0]:
                    stopped, carried = self.turn(op, carried)
                    if stopped:
                        break
                return carried
        match op.name:
            case "const":
                return [... if op.attrs["text"] == "..." else op.attrs["value"]]
            case "global":
                return [eval(op.attrs["name"], {**self.module})]
            case "tuple":
                return [list(operands) if op.attrs.get("list") else tuple(operands)]
            case "item":
                return [operands[0][op.attrs["index"]]]
            case "written":
                return operands[:1]
            case "exchange":
                return operands
            case "getitem":
                return [operands[0][_index(operands[1:])]]
            case "store" if op.attrs.get("adds"):
                np.add.at(operands[0], _index(operands[2:]), operands[1])
                return operands[:1]
            case "store" | "restore":
                operands[0][_index(operands[2:])] = operands[1]
                return operands[: len(op.results)]
            case "index_add":
                buffer = operands[0] if op.attrs.get("in_place", True) else operands[0].copy()
                np.add.at(buffer, _index(operands[2:]), operands[1])
                return [buffer]
            case "accumulate":
                before, bar = operands
                if op.attrs.get("in_place") and isinstance(before, np.ndarray):
                    before += bar
                    return [before]
                return [before + bar]
            case "unbroadcast":
                return [_sum_to(operands[0], np.shape(operands[1]))]
            case "assert":
                if not operands[0]:
                    raise Raised
                return []
            case "raise":
                raise Raised
            case "call":
                return [self.module[op.attrs["callee"].spelling](*operands)]
            case "call_forward" | "call_reverse" | "call_tangent" | "call_rule":
                raise NotInterpreted
        statics = {k: v for k, v in op.attrs.items() if k in _STATICS and v is not None}
        if op.name in ("zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like"):
            statics = {k: eval(str(v), {"np": np}) for k, v in statics.items() if k == "dtype"}
        found = _function(op.name)(*operands, **statics)
        return [found] if op.results else []

    def turn(self, op: For | While, args: list[Any]) -> tuple[bool, list[Any]]:
        found = self.enter(op.body, *args)
        return (bool(found[0]), found[1:]) if op.stops else (False, found)


def _function(name: str) -> Callable[..., Any]:
    if name in _OPERATORS:
        return _OPERATORS[name]
    found: Callable[..., Any] = getattr(np, spelling(name, "numpy") or name)
    return found


def _index(indices: list[Any]) -> Any:
    return indices[0] if len(indices) == 1 else tuple(indices)


def _sum_to(bar: Any, shape: tuple[int, ...]) -> Any:
    bar = np.asarray(bar)
    while bar.ndim > len(shape):
        bar = bar.sum(axis=0)
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and bar.shape[k] != 1)
    return np.broadcast_to(bar.sum(axis=axes, keepdims=True), shape)[()]
