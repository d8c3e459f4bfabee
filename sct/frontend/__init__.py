"""The front end: source text to structured SSA; never imports user code."""
