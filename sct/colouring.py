"""Colours for the columns of a sparse matrix: those of one colour have no row in common, and are found by one product.

Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices, 1974; the order of the columns is that of Welsh
and Powell, An upper bound for the chromatic number of a graph, 1967.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct.arguments import ArgumentError


class PatternError(ArgumentError):
    """A pattern that leaves out an entry of the matrix."""


def colours(pattern: Any) -> Any:
    """A colour for each column of a matrix of booleans, counted from 0."""
    rows, columns = pattern.shape
    found = np.zeros(columns, int)
    taken = np.zeros((rows, 1), bool)  # whether a row has an entry in a column of a colour
    for k in np.argsort(-pattern.sum(axis=0), kind="stable"):
        inside = pattern[:, k]
        free = np.flatnonzero(~taken[inside].any(axis=0))
        if not free.size:
            free = np.array([taken.shape[1]])
            taken = np.column_stack([taken, np.zeros(rows, bool)])
        found[k] = free[0]
        taken[inside, free[0]] = True
    return found


def seeds(colour: Any, dtype: Any) -> Any:
    """For each colour the sum of the unit vectors of its columns."""
    found = np.zeros((int(colour.max(initial=-1)) + 1, len(colour)), dtype)
    found[colour, np.arange(len(colour))] = 1.0
    return found


def spread(products: Any, colour: Any, pattern: Any) -> Any:
    """The matrix of a pattern from its products with the seeds, a row each."""
    return np.where(pattern, products[colour].T, 0)


def checked(pattern: Any, rows: int, columns: int) -> Any:
    """The pattern as booleans, of this shape."""
    found = np.asarray(pattern, bool)
    if found.shape != (rows, columns):
        wanted = f"{rows} rows (the entries of the value) and {columns} columns (those of the argument)"
        raise ArgumentError(f"sparsity is a matrix of {wanted}, not of shape {found.shape}")
    return found


def agree(matrix: Any, direction: Any, product: Any) -> None:
    """Refuse a pattern that leaves out an entry: the matrix times a direction is another product then."""
    scale = np.abs(matrix) @ np.abs(direction) + np.abs(product)
    tolerance = np.sqrt(np.finfo(np.result_type(matrix, np.float32)).eps) * (1e-30 + scale)
    if not np.all((np.abs(matrix @ direction - product) <= tolerance) | ~np.isfinite(scale)):
        raise PatternError("sparsity leaves out an entry of the matrix that is not zero here")
