"""Passes from SSA to SSA."""
