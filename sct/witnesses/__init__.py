"""Witnesses of a derivative that share nothing with the transformation.

Differences of the function's values, dual numbers pushed through the original function by operator overloading, and
sympy's derivative of what the function computes from symbols.
"""
