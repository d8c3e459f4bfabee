"""Every structural row: the dot-product law, and differences, over ranks, axes and shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Request, differentiate
from sct.rules.helpers import HELPERS
from sct.rules.table import all_rules
from tests.rules.laws import check, numbers

BATCHED = {
    "matmul": [
        ((2, 3, 4), (2, 4, 2)),
        ((2, 3, 4), (4, 2)),
        ((3, 4), (2, 4, 2)),
        ((2, 1, 3, 4), (3, 4, 2)),
        ((4,), (2, 4, 3)),
        ((2, 3, 4), (4,)),
    ],
    "dot": [((2, 3, 4), (4, 2)), ((2, 3, 4), (4,)), ((3, 4), (2, 4, 3)), ((4,), (2, 4, 3)), ((), (3, 4)), ((3,), ())],
}
SHAPES = {0: (), 1: (4,), 2: (3, 4), 3: (2, 3, 4)}


def _cases() -> list[tuple[str, str, tuple[Any, ...]]]:
    """(row, expression in a and b, shapes of a and b)."""
    found: list[tuple[str, str, tuple[Any, ...]]] = []
    for name in ("sum", "mean", "max", "min"):
        for rank in (1, 2, 3):
            for axis in [None, *range(rank), -1]:
                for keep in ("", ", keepdims=True"):
                    found.append((name, f"np.{name}(a, axis={axis}{keep})", (SHAPES[rank],)))
        found.append((name, f"a.{name}()", (SHAPES[2],)))
    for name in ("var", "std"):
        for arguments in ("", ", ddof=1", ", axis=1", ", axis=0, ddof=1", ", axis=-1, keepdims=True", ", axis=(-1, 0)"):
            found.append((name, f"np.{name}(a{arguments})", (SHAPES[3],)))
        found.append((name, f"a.{name}(axis=0)", (SHAPES[2],)))
        found.append((name, f"np.{name}(a)", (SHAPES[1],)))
    found.append(("sum", "np.sum(a, axis=(0, 2))", (SHAPES[3],)))
    found.append(("sum", "np.sum(a, axis=(0, -1))", (SHAPES[3],)))
    found.append(("prod", "np.prod(a)", (SHAPES[2],)))
    for function in ("np.matmul", "np.dot"):
        name = function.split(".")[1]
        for shapes in (((4,), (4,)), ((3, 4), (4,)), ((3,), (3, 4)), ((3, 4), (4, 2)), *BATCHED[name]):
            found.append((name, f"{function}(a, b)", shapes))
    found += [
        ("outer", "np.outer(a, b)", ((3,), (4,))),
        ("outer", "np.outer(a, b)", ((3, 2), (4,))),
        ("vdot", "np.vdot(a, b)", ((3, 4), (3, 4))),
        ("delete", "np.delete(a, [0, 2])", ((4,),)),
        ("delete", "np.delete(a, -1, axis=1)", ((2, 3, 4),)),
        ("delete", "np.delete(a, np.arange(3) != 1, axis=1)", ((2, 3, 4),)),
        ("insert", "np.insert(a, 1, b)", ((4,), ())),
        ("insert", "np.insert(a, -1, b)", ((4,), (3,))),
        ("insert", "np.insert(a, 2, b, axis=-1)", ((3, 4), (3,))),
        ("insert", "np.insert(a, 2, b, axis=0)", ((3, 4), (1,))),
        ("take_along_axis", "np.take_along_axis(a, np.argsort(b, axis=0), 0)", ((3, 4), (2, 4))),
        ("pad", "np.pad(a, ((1, 2), (0, 1)), 'edge')", ((3, 4),)),
        ("pad", "np.pad(a, 5, 'wrap')", ((3,),)),
        ("pad", "np.pad(a, 2, constant_values=3)", ((3, 4),)),
        ("vecdot", "np.vecdot(a, b)", ((4,), (4,))),
        ("vecdot", "np.vecdot(a, b)", ((3, 4), (4,))),
        ("vecdot", "np.vecdot(a, b)", ((2, 3, 4), (3, 4))),
        ("nansum", "np.nansum(a * b)", ((4,), ())),
        ("nansum", "np.nansum(a, axis=-1)", ((3, 4),)),
        ("nansum", "np.nansum(a, axis=(0, 2), keepdims=True)", ((2, 3, 4),)),
        ("inner", "np.inner(a, b)", ((4,), (4,))),
        ("inner", "np.inner(a, b)", ((3, 4), (4,))),
        ("inner", "np.inner(a, b)", ((4,), (3, 4))),
        ("inner", "np.inner(a, b)", ((3, 4), (2, 4))),
        ("inner", "np.inner(a, b)", ((2, 3, 4), (5, 4))),
        ("inner", "np.inner(a, b)", ((), (5, 4))),
        ("tensordot", "np.tensordot(a, b)", ((2, 3, 4), (3, 4, 5))),
        ("tensordot", "np.tensordot(a, b, axes=1)", ((2, 3, 4), (4, 5))),
        ("tensordot", "np.tensordot(a, b, axes=0)", ((2, 3), (4,))),
        ("tensordot", "np.tensordot(a, b, axes=((0, 2), (1, 0)))", ((2, 3, 4), (4, 2, 5))),
        ("tensordot", "np.tensordot(a, b, axes=((1, -1), (1, 2)))", ((2, 3, 4), (5, 3, 4))),
        ("einsum", "np.einsum('ij,jk->ik', a, b)", ((2, 3), (3, 4))),
        ("einsum", "np.einsum('ij,jk', a, b)", ((2, 3), (3, 4))),
        ("einsum", "np.einsum('ij,ij->', a, b)", ((2, 3), (2, 3))),
        ("einsum", "np.einsum('bij, j -> bi', a, b)", ((2, 3, 4), (4,))),
        ("einsum", "np.einsum('ij->j', a)", ((2, 3),)),
        ("einsum", "np.einsum('i,jk->i', a, b)", ((3,), (3, 4))),
        ("einsum", "np.einsum('ij,ik,il->jkl', a, b, a)", ((2, 3), (2, 4))),
        ("kron", "np.kron(a, b)", ((3,), (4,))),
        ("kron", "np.kron(a, b)", ((3, 2), (2, 4))),
        ("cross", "np.cross(a, b)", ((3,), (3,))),
        ("cross", "np.cross(a, b)", ((4, 3), (3,))),
        ("inv", "np.linalg.inv(a)", ((3, 3),)),
        ("inv", "np.linalg.inv(a)", ((2, 3, 3),)),
        ("pinv", "np.linalg.pinv(a)", ((3, 3),)),
        ("pinv", "np.linalg.pinv(a)", ((4, 2),)),
        ("pinv", "np.linalg.pinv(a)", ((2, 2, 4),)),
        ("pinv", "np.linalg.pinv(np.outer(a, b), rcond=0.001)", ((3,), (4,))),
        ("slogdet", "np.linalg.slogdet(a)[1]", ((3, 3),)),
        ("slogdet", "np.linalg.slogdet(a).logabsdet * b", ((2, 3, 3), (2,))),
        ("eigh", "np.linalg.eigh(a)[0]", ((3, 3),)),
        ("eigh", "np.linalg.eigh(a).eigenvectors**2", ((3, 3),)),
        ("eigh", "np.linalg.eigh(a, 'U')[1] ** 2 * b", ((2, 3, 3), (2, 1, 3))),
        ("eigh", "np.linalg.eigh(a)[0]", ((2, 3, 3),)),
        ("eigvalsh", "np.linalg.eigvalsh(a)", ((4, 4),)),
        ("eigvalsh", "np.linalg.eigvalsh(a, 'U')", ((2, 3, 3),)),
        ("svd", "np.linalg.svd(a, full_matrices=False)[0] ** 2", ((4, 3),)),
        ("svd", "np.linalg.svd(a, full_matrices=False).U ** 2", ((2, 3, 4),)),
        ("svd", "np.linalg.svd(a, full_matrices=False)[2] ** 2", ((4, 3),)),
        ("svd", "np.linalg.svd(a, full_matrices=False)[2] ** 2", ((2, 2, 4),)),
        ("svd", "np.linalg.svd(np.outer(a, b), full_matrices=False)[1][0]", ((3,), (4,))),
        ("svd", "np.linalg.svd(a @ a.T)[1]", ((3, 3),)),
        ("svdvals", "np.linalg.svdvals(a)", ((3, 4),)),
        ("svdvals", "np.linalg.svdvals(a)", ((2, 4, 3),)),
        ("qr", "np.linalg.qr(a)[0]", ((4, 3),)),
        ("qr", "np.linalg.qr(a).R", ((4, 3),)),
        ("qr", "np.linalg.qr(a)[0] @ np.linalg.qr(a)[1]", ((4, 3),)),
        ("qr", "np.linalg.qr(a)[0] * b", ((2, 3, 3), (3,))),
        ("lstsq", "np.linalg.lstsq(a, b)[0]", ((5, 3), (5,))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[0]", ((5, 3), (5, 2))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[0]", ((3, 5), (3,))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[0]", ((3, 3), (3, 2))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[1]", ((5, 3), (5,))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[1]", ((5, 3), (5, 2))),
        ("lstsq", "np.linalg.lstsq(a, b, rcond=None)[3] * b", ((3, 3), (3,))),
        ("matrix_norm", "np.linalg.matrix_norm(a)", ((2, 3, 4),)),
        ("matrix_norm", "np.linalg.matrix_norm(a, keepdims=True)", ((3, 4),)),
        ("vector_norm", "np.linalg.vector_norm(a)", ((3, 4),)),
        ("vector_norm", "np.linalg.vector_norm(a, axis=0, ord=3)", ((3, 4),)),
        ("vector_norm", "np.linalg.vector_norm(a, axis=-1, keepdims=True)", ((2, 3, 4),)),
        ("matrix_power", "np.linalg.matrix_power(a, 3)", ((3, 3),)),
        ("matrix_power", "np.linalg.matrix_power(a, -2)", ((2, 3, 3),)),
        ("matrix_power", "np.linalg.matrix_power(a, 0)", ((3, 3),)),
        ("multi_dot", "np.linalg.multi_dot([a, b, a])", ((3, 4), (4, 3))),
        ("multi_dot", "np.linalg.multi_dot([a, b, b, a])", ((3,), (3, 3))),
        ("multi_dot", "np.linalg.multi_dot([a, b, b.T])", ((3,), (3, 4))),
        ("multi_dot", "np.linalg.multi_dot((b, b.T, b, a))", ((3,), (4, 3))),
        ("det", "np.linalg.det(a)", ((3, 3),)),
        ("det", "np.linalg.det(a)", ((2, 3, 3),)),
        ("solve", "np.linalg.solve(a, b)", ((3, 3), (3,))),
        ("solve", "np.linalg.solve(a, b)", ((3, 3), (3, 2))),
        ("solve", "np.linalg.solve(a, b)", ((2, 3, 3), (2, 3, 1))),
        ("cholesky", "np.linalg.cholesky(np.dot(a, a.T) + 2 * np.diag(np.exp(b)))", ((3, 3), (3,))),
        ("norm", "np.linalg.norm(a)", ((4,),)),
        ("norm", "np.linalg.norm(a)", ((2, 3, 4),)),
        ("norm", "np.linalg.norm(a, 'fro')", ((3, 4),)),
        ("norm", "np.linalg.norm(a, axis=1)", ((3, 4),)),
        ("norm", "np.linalg.norm(a, ord=1, axis=0)", ((3, 4),)),
        ("norm", "np.linalg.norm(a, 3)", ((4,),)),
        ("norm", "np.linalg.norm(a, ord=3, axis=-1, keepdims=True)", ((3, 4),)),
        ("norm", "np.linalg.norm(a, axis=(1, 2))", ((2, 3, 4),)),
        ("reshape", "np.reshape(a, (4, 3))", ((3, 4),)),
        ("reshape", "a.reshape(2, -1)", ((3, 4),)),
        ("ravel", "a.ravel()", ((3, 4),)),
        ("only", "a.item()", ((1, 1),)),
        ("ravel", "a.ravel()", ((4,),)),
        ("flatten", "a.flatten()", ((2, 3),)),
        ("transpose", "a.T", ((3, 4),)),
        ("transpose", "np.transpose(a, (2, 0, 1))", ((2, 3, 4),)),
        ("expand_dims", "np.expand_dims(a, 1)", ((3, 4),)),
        ("copy", "a.copy()", ((3, 4),)),
        ("concatenate", "np.concatenate([a, b])", ((3,), (2,))),
        ("concatenate", "np.concatenate((a, b), axis=1)", ((3, 2), (3, 4))),
        ("stack", "np.stack([a, b])", ((3,), (3,))),
        ("stack", "np.stack([a, b], axis=1)", ((3, 2), (3, 2))),
        ("array", "np.array([a[0], b[1], a[1]])", ((3,), (3,))),
        ("total", "sum([a, b][:])", ((3,), (3,))),
        ("total_from", "sum([a[0], b[1]][:], a[2])", ((3,), (3,))),
        ("filled", "np.array([a[0] * b[1]] * 3)", ((3,), (3,))),
        ("array_of_list", "np.array([a, b][:])", ((3,), (3,))),
        ("concat", "np.array([a, b] + [b])", ((3,), (3,))),
        ("array", "np.array([[a[0], b[1]], [a[1], a[2]]])", ((3,), (3,))),
        ("array", "np.array((a[0], b), dtype=a.dtype)", ((3,), ())),
        ("full", "np.full((2, 3), a)", ((),)),
        ("full_like", "np.full_like(b, a)", ((), (3, 2))),
        ("linspace", "np.linspace(a, b, 5)", ((), ())),
        ("arange", "np.arange(a, a + 3.5, b)", ((), ())),
        ("arange", "np.arange(a, 4.3)", ((),)),
        ("squeeze", "np.squeeze(a, axis=1)", ((3, 1, 4),)),
        ("squeeze", "np.squeeze(a)", ((3, 1, 4),)),
        ("squeeze", "a.squeeze(axis=(0, 2))", ((1, 3, 1),)),
        ("expand_dims", "np.expand_dims(a, (0, 2))", ((3, 4),)),
        ("expand_dims", "np.expand_dims(a, 0)", ((),)),
        ("transpose", "np.transpose(a, (-1, 0, 1))", ((2, 3, 4),)),
        ("swapaxes", "np.swapaxes(a, 0, -1)", ((2, 3, 4),)),
        ("swapaxes", "a.swapaxes(0, 1)", ((3, 4),)),
        ("moveaxis", "np.moveaxis(a, 0, -1)", ((2, 3, 4),)),
        ("moveaxis", "np.moveaxis(a, (0, 1), (2, 0))", ((2, 3, 4),)),
        ("flip", "np.flip(a)", ((3, 4),)),
        ("flip", "np.flip(a, axis=1)", ((3, 4),)),
        ("flip", "np.flip(a, 0)", ((4,),)),
        ("fliplr", "np.fliplr(a)", ((3, 4),)),
        ("flipud", "np.flipud(a)", ((3, 4),)),
        ("roll", "np.roll(a, 1)", ((4,),)),
        ("roll", "np.roll(a, 1)", ((3, 4),)),
        ("roll", "np.roll(a, -2, axis=1)", ((3, 4),)),
        ("roll", "np.roll(a, (1, 2), axis=(0, 1))", ((3, 4),)),
        ("repeat", "np.repeat(a, 3)", ((4,),)),
        ("repeat", "np.repeat(a, 3)", ((),)),
        ("repeat", "np.repeat(a, 2)", ((3, 4),)),
        ("repeat", "np.repeat(a, 2, axis=0)", ((3, 4),)),
        ("repeat", "a.repeat(2, axis=-1)", ((3, 4),)),
        ("tile", "np.tile(a, 3)", ((4,),)),
        ("tile", "np.tile(a, 2)", ((),)),
        ("tile", "np.tile(a, 2)", ((3, 4),)),
        ("tile", "np.tile(a, (2, 3))", ((4,),)),
        ("tile", "np.tile(a, (2, 3))", ((3, 4),)),
        ("cumsum", "np.cumsum(a)", ((4,),)),
        ("cumsum", "a.cumsum()", ((3, 4),)),
        ("cumsum", "np.cumsum(a, axis=0)", ((3, 4),)),
        ("cumsum", "np.cumsum(a, axis=-1)", ((2, 3, 4),)),
        ("tril", "np.tril(a)", ((3, 4),)),
        ("tril", "np.tril(a, -1)", ((3, 3),)),
        ("triu", "np.triu(a, k=1)", ((3, 4),)),
        ("triu", "np.triu(a)", ((2, 3, 3),)),
        ("diag", "np.diag(a)", ((4,),)),
        ("diag", "np.diag(a, k=-1)", ((3,),)),
        ("diag", "np.diag(a)", ((3, 3),)),
        ("diag", "np.diag(a)", ((3, 4),)),
        ("diag", "np.diag(a, 1)", ((4, 3),)),
        ("diag", "np.diag(a, k=-1)", ((4, 3),)),
        ("diagonal", "np.diagonal(a)", ((3, 4),)),
        ("diagonal", "a.diagonal(-1)", ((3, 4),)),
        ("trace", "np.trace(a)", ((3, 4),)),
        ("trace", "a.trace(offset=1)", ((3, 3),)),
        ("hstack", "np.hstack([a, b])", ((3,), (2,))),
        ("hstack", "np.hstack((a, b, a))", ((3, 2), (3, 4))),
        ("hstack", "np.hstack([a, b])", ((3,), ())),
        ("vstack", "np.vstack([a, b, a])", ((3,), (3,))),
        ("vstack", "np.vstack((a, b, b))", ((3,), (2, 3))),
        ("column_stack", "np.column_stack([a, b])", ((3,), (3,))),
        ("column_stack", "np.column_stack((a, b, a))", ((3, 2), (3,))),
        ("diff", "np.diff(a)", ((4,),)),
        ("diff", "np.diff(a, axis=0)", ((3, 4),)),
        ("gradient", "np.gradient(a)", ((5,),)),
        ("gradient", "np.gradient(a, 0.5)", ((2,),)),
        ("gradient", "np.gradient(a, b**2 + 1, axis=1)", ((3, 4), ())),
        ("trapezoid", "np.trapezoid(a)", ((4,),)),
        ("trapezoid", "np.trapezoid(a, dx=b)", ((4,), ())),
        ("trapezoid", "np.trapezoid(a, b)", ((4,), (4,))),
        ("interp", "np.interp(a, np.cumsum(np.exp(b)) - 3, b)", ((5,), (4,))),
        ("interp", "np.interp(np.mean(b) + 0.01 * a, np.sort(b), b)", ((), (4,))),
        ("asarray", "np.asarray(a) * a", ((4,),)),
        ("ascontiguousarray", "np.ascontiguousarray(a.T)", ((3, 4),)),
        ("real", "np.real(a)", ((3, 4),)),
        ("array_of", "np.array(a) * b", ((3, 4), (4,))),
        ("array_of", "np.array(a, copy=True)", ((3,),)),
        ("astype", "a.astype(float)", ((3,),)),
        ("astype_like", "a.astype(b.dtype)", ((3,), (1,))),
        ("atleast_1d", "np.atleast_1d(a)", ((),)),
        ("atleast_2d", "np.atleast_2d(a)", ((3,),)),
        ("atleast_3d", "np.atleast_3d(a)", ((3, 4),)),
        ("atleast_3d", "np.atleast_3d(a)", ((3,),)),
        ("rot90", "np.rot90(a)", ((3, 4),)),
        ("rot90", "np.rot90(a, k=2)", ((3, 4, 2),)),
        ("broadcast_to", "np.broadcast_to(a, (2, 3, 4))", ((3, 1),)),
        ("broadcast_to", "np.broadcast_to(a, b.shape)", ((), (3, 4))),
        ("split", "np.split(a, 2)[1] * np.split(a, 2)[0]", ((4,),)),
        ("split", "np.split(a, [1, 3], axis=1)[2]", ((3, 4),)),
        ("meshgrid", "np.meshgrid(a, b)[0] * np.meshgrid(a, b)[1]", ((3,), (4,))),
        ("meshgrid", "np.meshgrid(a, b, indexing='ij')[1]", ((3,), (4,))),
        ("pad", "np.pad(a, 1)", ((3,),)),
        ("pad", "np.pad(a, ((0, 2), (1, 0)))", ((3, 4),)),
        ("pad", "np.pad(a, len(a))", ((3,),)),
        ("pad", "np.pad(a, (len(a), 0))", ((3, 4),)),
        ("pad", "np.pad(a, ((0, len(a)), (len(a), 1), (1, len(a))))", ((2, 3, 2),)),
        ("pad", "np.pad(a, (2, len(a)), mode='wrap')", ((3,),)),
        ("pad", "np.pad(a, 2, 'edge')", ((2, 3),)),
        ("pad", "np.pad(a, ((1, 0), (2, 5)), mode='reflect')", ((3, 3),)),
        ("pad", "np.pad(a, ((1, 1), (0, 0), (2, 2)), mode='symmetric')", ((2, 3, 2),)),
        ("sort", "np.sort(a)", ((4,),)),
        ("sort", "np.sort(a, axis=0)", ((3, 4),)),
        ("median", "np.median(a)", ((4,),)),
        ("median", "np.median(a)", ((3, 3),)),
        ("median", "np.median(a, axis=1)", ((3, 4),)),
        ("quantile", "np.quantile(a, 0.3)", ((5,),)),
        ("quantile", "np.quantile(a, 0.7, axis=0, keepdims=True)", ((3, 4),)),
        ("percentile", "np.percentile(a, 30)", ((5,),)),
        ("percentile", "np.percentile(a, q=100, axis=1)", ((3, 4),)),
        ("take", "np.take(a, np.array([0, 2, 0]))", ((3,),)),
        ("take", "np.take(a, np.array([0, 2, 0]), axis=1)", ((2, 3),)),
        ("take", "a.take(1, axis=0)", ((2, 3),)),
        ("take_along_axis", "np.take_along_axis(a, np.argsort(b), 0)", ((3,), (3,))),
        ("ptp", "np.ptp(a)", ((4,),)),
        ("ptp", "np.ptp(a, axis=1)", ((3, 4),)),
        ("average", "np.average(a)", ((4,),)),
        ("average", "np.average(a, axis=1)", ((3, 4),)),
        ("average", "np.average(a, weights=b**2 + 1)", ((4,), (4,))),
        ("average", "np.average(a, axis=1, weights=b**2 + 1)", ((2, 3, 4), (3,))),
        ("average", "np.average(a, axis=0, weights=b**2 + 1)", ((3, 4), (3, 4))),
        ("cov", "np.cov(a)", ((3, 5),)),
        ("prod", "np.prod(a, axis=1)", ((3, 4),)),
        ("prod", "a.prod(axis=0, keepdims=True)", ((3, 4),)),
        ("multigammaln", "special.multigammaln(5 + a**2, 3)", ((),)),
        ("multigammaln", "special.multigammaln(5 + a**2, 3)", ((4,),)),
        *(
            ("solve_triangular", f"linalg.solve_triangular(a + 4 * np.eye(3, dtype=a.dtype), b{arguments})", shapes)
            for arguments in ("", ", lower=True", ", trans=1", ", trans='T', lower=True", ", unit_diagonal=True")
            for shapes in (((3, 3), (3,)), ((3, 3), (3, 2)))
        ),
        *(
            (row, f"linalg.cho_{text.format('a @ a.T + np.eye(3, dtype=a.dtype)')}", ((3, 3), shape))
            for row, text in [
                ("cho_factor", "factor({})[0] @ b"),
                ("cho_factor", "factor({}, lower=True)[0] @ b"),
                ("cho_solve", "solve(linalg.cho_factor({}), b)"),
                ("cho_solve", "solve(linalg.cho_factor({}, lower=True), b)"),
                ("cho_solve", "solve((a + 3 * np.eye(3, dtype=a.dtype), len(b) > 0), b)"),
                ("cho_solve", "solve((a + 3 * np.eye(3, dtype=a.dtype), len(b) < 1), b)"),
            ]
            for shape in ((3,), (3, 2))
        ),
        ("solve_banded", "linalg.solve_banded((1, 1), 3 + a, b)", ((3, 5), (5,))),
        ("solve_banded", "linalg.solve_banded((2, 0), 3 + a, b)", ((3, 5), (5,))),
        ("solve_banded", "linalg.solve_banded((0, 1), 3 + a, b)", ((2, 5), (5,))),
        ("solve_banded", "linalg.solve_banded((1, 2), a + np.exp(2 * a), b)", ((4, 5), (5,))),
        ("solve_sylvester", "linalg.solve_sylvester(a, b, a)", ((3, 3), (3, 3))),
        ("solve_sylvester", "linalg.solve_sylvester(a @ a.T, b.T @ b + np.eye(2, dtype=a.dtype), b)", ((3, 3), (3, 2))),
        ("expm", "linalg.expm(a)", ((3, 3),)),
        ("expm_frechet", "linalg.expm_frechet(a, b, compute_expm=False)", ((3, 3), (3, 3))),
        ("sqrtm", "linalg.sqrtm(a @ a.T + np.eye(3, dtype=a.dtype))", ((3, 3),)),
        ("block_diag", "linalg.block_diag(a, b, a)", ((2, 3), (4,))),
        ("block_diag", "linalg.block_diag(a, b)", ((3,), (2, 2))),
        ("toeplitz", "linalg.toeplitz(a)", ((4,),)),
        ("toeplitz", "linalg.toeplitz(a, b)", ((4,), (3,))),
        ("logsumexp", "special.logsumexp(a)", ((4,),)),
        ("logsumexp", "special.logsumexp(a, axis=1)", ((3, 4),)),
        ("logsumexp", "special.logsumexp(a, axis=-1, keepdims=True)", ((2, 3, 4),)),
        ("logaddexp_reduce", "np.logaddexp.reduce(a)", ((4,),)),
        ("logaddexp_reduce", "np.logaddexp.reduce(a)", ((3, 4),)),
        ("logaddexp_reduce", "np.logaddexp.reduce(a, axis=-1, keepdims=True)", ((2, 3, 4),)),
        ("logaddexp_reduce", "np.logaddexp.reduce(a, axis=None)", ((3, 4),)),
        ("softmax", "special.softmax(a)", ((4,),)),
        ("softmax", "special.softmax(a, axis=1)", ((3, 4),)),
        ("log_softmax", "special.log_softmax(a)", ((4,),)),
        ("log_softmax", "special.log_softmax(a, axis=0)", ((3, 4),)),
        ("cumprod", "np.cumprod(a)", ((4,),)),
        ("cumprod", "np.cumprod(a)", ((3, 4),)),
        ("cumprod", "np.cumprod(a)", ((),)),
        ("cumprod", "a.cumprod(axis=0)", ((3, 4),)),
        ("running_max", "np.maximum.accumulate(a)", ((5,),)),
        ("running_min", "np.minimum.accumulate(a)", ((5,),)),
        ("running_min", "np.minimum.accumulate(a, axis=-1)", ((1,),)),
        ("cumprod", "np.cumprod(a * np.array([1.0, 0.0, 1.0, 0.0], dtype=a.dtype), axis=-1)", ((2, 3, 4),)),
        *(
            (name, f"np.{name}(a{arguments})", (SHAPES[rank],))
            for name in ("nanmax", "nanmin", "nanmean", "nanprod", "nanvar", "nanstd")
            for rank, arguments in ((1, ""), (3, ""), (2, ", axis=1"), (3, ", axis=-1, keepdims=True"))
        ),
        ("nanmean", "np.nanmean(np.where(a > 0, a, np.nan), axis=(0, 2))", ((2, 3, 4),)),
        ("nanvar", "np.nanvar(np.where(a > 0, a, np.nan), ddof=1)", ((3, 4),)),
        ("nanstd", "np.nanstd(np.where(a > -1, a, np.nan), axis=1, ddof=1)", ((3, 4),)),
        ("nanprod", "np.nanprod(np.where(a > -1, a, np.nan), axis=1)", ((3, 4),)),
        ("nanmin", "np.nanmin(np.where(a > -1, a, np.nan), axis=1)", ((3, 4),)),
        ("nancumsum", "np.nancumsum(np.where(a > -1, a, np.nan), axis=1)", ((3, 4),)),
        ("nancumsum", "np.nancumsum(a)", ((3, 4),)),
        ("nancumsum", "np.nancumsum(a)", ((4,),)),
        ("cov", "np.cov(a, b)", ((5,), (5,))),
        ("corrcoef", "np.corrcoef(a, b)", ((5,), (5,))),
        ("corrcoef", "np.corrcoef(a)", ((3, 5),)),
        *(
            (name, f"np.{name}(a, b{mode})", shapes)
            for name in ("convolve", "correlate")
            for mode in ("", ", mode='full'", ", mode='same'", ", mode='valid'")
            for shapes in (((5,), (3,)), ((3,), (6,)), ((4,), (4,)))
        ),
        ("polyval", "np.polyval(a, b)", ((4,), ())),
        ("polyval", "np.polyval(a, b)", ((1,), ())),
        ("polyval", "np.polyval(a, b)", ((4,), (3,))),
        ("polyval", "np.polyval(a, b)", ((4,), (2, 3))),
        ("polyadd", "np.polyadd(a, b)", ((4,), (2,))),
        ("polysub", "np.polysub(a, b)", ((2,), (4,))),
        ("polymul", "np.polymul(a, b)", ((4,), (2,))),
        ("polymul", "np.polymul(a * np.array([0.0, 0.0, 1.0], dtype=a.dtype), b)", ((3,), (2,))),
        ("polyder", "np.polyder(a)", ((4,),)),
        ("polyder", "np.polyder(a, 2)", ((4,),)),
        ("polyint", "np.polyint(a)", ((4,),)),
        ("polyint", "np.polyint(a, m=2)", ((3,),)),
        ("polyfit", "np.polyfit(a, b, 2)", ((6,), (6,))),
        ("polyfit", "np.polyfit(a, b, 0)", ((6,), (6,))),
        ("vander", "np.vander(a)", ((4,),)),
        ("vander", "np.vander(a, 3, increasing=True)", ((4,),)),
        ("appended", "np.append(a, b)", ((4,), ())),
        ("appended", "np.append(a, b)", ((3, 4), (2,))),
        ("appended", "np.append(a, b, axis=0)", ((3, 4), (2, 4))),
        ("appended", "np.append(a, b, axis=-1)", ((3, 2), (3, 4))),
        ("appended", "np.append(a, b)", ((), ())),
        ("dstack", "np.dstack((a, b, a))", ((3, 4), (3, 4))),
        ("dstack", "np.dstack([a, b])", ((3,), (3,))),
        ("dstack", "np.dstack([a, b])", ((3, 4, 2), (3, 4))),
        ("dstack", "np.dstack([a, b])", ((), ())),
        ("array_split", "np.array_split(a, 3)[0]", ((7,),)),
        ("array_split", "np.array_split(a, 2, axis=1)[1] * b", ((2, 3), ())),
        ("hsplit", "np.hsplit(a, 2)[1]", ((3, 4),)),
        ("hsplit", "np.hsplit(a, [1])[1]", ((4,),)),
        ("vsplit", "np.vsplit(a, 3)[1]", ((3, 4),)),
        ("dsplit", "np.dsplit(a, 2)[0]", ((2, 3, 4),)),
        ("row_pieces", "np.r_[a, 1.0, b]", ((3,), ())),
        ("row_pieces", "np.r_[a, b]", ((3, 4), (2, 4))),
        ("column_pieces", "np.c_[a, b]", ((3,), (3, 4))),
        ("column_pieces", "np.c_[a, b, a]", ((3,), (3,))),
        ("broadcast_arrays", "np.broadcast_arrays(a, b)[0] * np.broadcast_arrays(a, b)[1]", ((3, 1), (4,))),
        ("broadcast_arrays", "np.broadcast_arrays(a, b)[1]", ((3, 4), ())),
        ("rollaxis", "np.rollaxis(a, 2)", ((2, 3, 4),)),
        ("rollaxis", "np.rollaxis(a, 0, 2)", ((2, 3, 4),)),
        ("rollaxis", "np.rollaxis(a, -1, 1)", ((2, 3, 4),)),
        ("logspace", "np.logspace(a, b, 5)", ((), ())),
        ("logspace", "np.logspace(a, b, num=4, base=2.0)", ((), ())),
        ("diagflat", "np.diagflat(a)", ((2, 3),)),
        ("diagflat", "np.diagflat(a, -1)", ((3,),)),
        ("diagflat", "np.diagflat(a, k=1)", ((),)),
        ("partition", "np.partition(a, 2)", ((7,),)),
        ("partition", "np.partition(a, 1, axis=0)", ((5, 4),)),
        ("compress", "np.compress(b > 0, a)", ((5,), (5,))),
        ("compress", "np.compress(b[:2] > -9, a, axis=1)", ((3, 4), (4,))),
        ("ediff1d", "np.ediff1d(a)", ((4,),)),
        ("unwrap", "np.unwrap(9 * a)", ((4,),)),
        ("unwrap", "np.unwrap(9 * a, axis=0, period=3.0)", ((5, 2),)),
        ("where", "np.select([a > 1, b > 0], [a * b, b], 2.0)", ((3, 4), (4,))),
        ("where", "np.where(a > 0, a * b, b)", ((3, 4), (3, 4))),
        ("where", "np.where(a > 0, a, b)", ((3, 4), (4,))),
        ("clip", "np.clip(a, -0.5, b)", ((3, 4), ())),
        ("maximum", "np.maximum(a, b)", ((3, 1), (1, 4))),
        ("minimum", "np.minimum(a, b)", ((3, 4), ())),
        ("add", "a + b", ((2, 3, 4), (3, 1))),
        ("mul", "a * b", ((3, 4), ())),
        ("div", "a / (2 + b**2)", ((4,), (3, 1))),
        ("sub", "a - b", ((), (3, 4))),
    ]
    for name in ("stack", "concatenate", "vstack", "hstack", "column_stack"):
        of_list, of_tuple = (
            "[a * b[k] for k in range(3)]",
            "(lambda t: NAME(t))((a, 2 * a))".replace("NAME", f"np.{name}"),
        )
        found += [(f"{name}_of", f"np.{name}({of_list})", (shape, (3,))) for shape in ((4,), (3, 4))]
        found += [(f"{name}_of", of_tuple, ((3, 4),))]
    found += [
        ("split_like", "np.concatenate([a[: k + 1] for k in range(3)], axis=0)", ((3, 4),)),
        ("split_like", "np.hstack([a[:, k:] for k in range(3)])", ((3, 4),)),
        ("stack_of", "np.stack([a[k] for k in range(3)], axis=-1)", ((3, 4, 2),)),
        ("vstack_of", "np.vstack([x * x for x in a])", ((4,),)),
        ("array_of_tuple", "np.array(tuple_of(a, b))".replace("tuple_of", "(lambda x, y: (x, (y * y)))"), ((), ())),
        ("bincount", "np.bincount(np.array([0, 2, 2, 1]), a)", ((4,),)),
    ]
    return found


CASES = _cases()


def test_every_structural_row_is_tested() -> None:
    linear = {row.name for row in all_rules() if row.transposed is not None} - {"trapz"}  # NumPy 1's name
    assert linear - {"spread", "listed", "unbroadcast", "others_prod", "recurrence"} <= {name for name, _, _ in CASES}


def generated(text: str, shapes: tuple[Any, ...]) -> dict[str, Any]:
    """The module that is generated for the expression, executed."""
    types = tuple(
        Type("array", tuple(1 if n == 1 else f"{k}.{axis}+" for axis, n in enumerate(shape)))
        if shape
        else Type("float")
        for k, shape in enumerate(shapes)
    )
    head = "import numpy as np\nfrom scipy import linalg, special\n\n\n"
    source = f"{head}def f({', '.join('ab'[: len(shapes)])}):\n    return {text}\n"
    (piece,) = differentiate(source, "row.py", [Request("f", tuple(range(len(shapes))), "both", types)])
    module: dict[str, Any] = {}
    exec("\n".join([head, *piece.needs, piece.text, *(HELPERS[helper] for helper in piece.helpers)]), module)
    return module


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "text", "shapes"), CASES, ids=[f"{text}-{shapes}" for _, text, shapes in CASES])
def test_row(name: str, text: str, shapes: tuple[Any, ...], dtype: Any) -> None:
    check(generated(text, shapes), numbers(np.random.default_rng(len(text)), shapes, dtype), seed=len(text))
