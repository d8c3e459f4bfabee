"""The front end: source text to structured SSA; never imports user code.

`parse` reads a module and knows what its names stand for, and `lower` lowers a function of it: by one object, whose
class grows by an idea a module, each on top of the one before.

``phis → operations → views → global_names → expressions → primitives → arguments → library_calls → function_calls →
methods → calls → containers → flow → iterables → loops → comprehensions → inline → deciding → objects →
object_values → hooks → nested → assignments → lower``
"""
