"""Which classes are no more than their fields."""

# Special methods that leave alone what the parts of an instance are and how one comes at them.
_HARMLESS = frozenset(
    {"__init__", "__new__", "__post_init__", "__repr__", "__str__", "__format__", "__hash__", "__doc__", "__sizeof__"}
    | {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__slots__", "__match_args__", "__replace__"}
    | {"__call__", "__getstate__", "__setstate__", "__getnewargs__", "__reduce__", "__reduce_ex__"}
    | {"__init_subclass__", "__class_getitem__", "__subclasshook__", "__annotate__", "__annotate_func__"}
)


def changes_parts(name: str) -> bool:
    """Whether a method of this name may make ``x.a``, ``x[0]``, ``for part in x`` or ``x + y`` something else."""
    return name.startswith("__") and name.endswith("__") and name not in _HARMLESS
