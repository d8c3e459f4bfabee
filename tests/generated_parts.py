"""What the parts of ``tests/generator.py`` ask it for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random


class Parts(ABC):
    """The names that a random program has so far, and the expressions that are made of them."""

    random: Random
    scalars: list[str]
    vectors: list[str]
    indices: list[str]

    @abstractmethod
    def new(self, stem: str) -> str: ...

    @abstractmethod
    def scalar(self, depth: int) -> str: ...

    @abstractmethod
    def vector(self) -> str: ...

    @abstractmethod
    def vector_expr(self, depth: int) -> str: ...

    @abstractmethod
    def tame(self, expr: str) -> str: ...

    @abstractmethod
    def index(self) -> str: ...
