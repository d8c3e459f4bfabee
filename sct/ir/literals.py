"""Constants as text, in the form that a formatter leaves alone: strings in double quotes."""

from __future__ import annotations

OF_STRINGS = {
    "lower": "str",
    "upper": "str",
    "strip": "str",
    "startswith": "bool",
    "endswith": "bool",
}
"""The methods of strings that may be called, and what they give."""


def quoted(text: str) -> str:
    """A string's literal: in double quotes, unless single ones take fewer backslashes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{escaped(text, quote)}{quote}"


def escaped(text: str, quote: str) -> str:
    """A string's characters, as they stand between quotes of a kind."""
    inside = repr(f'{text}"')[1:-2]  # the quotation mark lets it stand in single quotes in any case
    return inside.replace("\\'", "'").replace(quote[0], f"\\{quote[0]}")


def literal(value: object) -> str:
    """A constant's text."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    return quoted(value) if isinstance(value, str) else repr(value)
