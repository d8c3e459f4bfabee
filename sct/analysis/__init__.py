"""Facts about SSA: types, aliases, activity."""
