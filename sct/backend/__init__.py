"""From SSA to source text, and to files."""
