"""A process of its own for each measurement: what was measured before leaves nothing behind, a crash ends only it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch


class Failed(Exception):
    """Why there is no result."""


def apart(limit: float, call: Callable[..., Any], *args: Any, environment: Mapping[str, str] | None = None) -> Any:
    """What ``call(*args)`` returns in a fresh process, which has ``environment`` besides.

    Raises
    ------
    Failed
        If it raises, ends the process, or takes longer than ``limit`` seconds.
    """
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(writer, call, *args))
    with patch.dict(os.environ, environment or {}):
        process.start()
    writer.close()
    try:
        if not reader.poll(limit):
            raise Failed(f"takes longer than {limit:g} s")
        found, reason = reader.recv()
    except EOFError:
        process.join()
        code = process.exitcode or 0
        raise Failed(f"the process ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}") from None
    finally:
        reader.close()
        process.kill()
        process.join()
    if reason:
        raise Failed(reason)
    return found


def _send(writer: Connection, call: Callable[..., Any], *args: Any) -> None:
    try:
        sent = call(*args), ""
    except Exception as error:
        sent = None, f"{type(error).__name__}: {error}".splitlines()[0][:200]
    writer.send(sent)
