"""What the front end asks about the operations that exist; the rules answer it."""

from __future__ import annotations

from typing import Any, Protocol


class Row(Protocol):
    """A primitive's signature: operands are values (some have defaults), statics literals with defaults."""

    @property
    def name(self) -> str: ...
    @property
    def operands(self) -> tuple[str, ...]: ...
    @property
    def variadic(self) -> bool: ...
    @property
    def is_sequence(self) -> bool: ...
    @property
    def positional(self) -> tuple[str, ...]: ...
    @property
    def defaults(self) -> dict[str, Any]: ...
    @property
    def statics(self) -> dict[str, Any]: ...
    @property
    def elementwise(self) -> bool: ...


class Vocabulary(Protocol):
    """The primitives by neutral name, and by what a library calls them.

    ``definitions`` is the file that writes other functions out.
    """

    definitions: str

    def lookup(self, name: str) -> Row | None: ...

    def resolve(self, library: str, name: str) -> Row | None: ...

    def helper(self, name: str, text: str) -> Row | None: ...
