"""Waiting for something observed, with a bound; never for luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def until(
    condition: Callable[[], Awaitable[Any]], *, within_s: float = 20.0, every_s: float = 0.02
) -> Any:
    """The first true value of `condition`; fails with its last value when the time is over."""
    deadline = time.monotonic() + within_s
    while not (value := await condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s; last seen: {value!r}"
        await asyncio.sleep(every_s)
    return value
