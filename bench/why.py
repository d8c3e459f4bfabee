"""Why a row does not reach a bar: by the bar's title, or ``""`` for all bars, and by the row's name."""

from __future__ import annotations

WHY: dict[str, dict[str, str]] = {"": {}}
