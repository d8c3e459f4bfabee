"""Adjoints as an expert writes them by hand, one for each row; ``f(*args)`` returns the value and the gradient."""
