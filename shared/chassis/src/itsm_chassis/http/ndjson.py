"""NDJSON through one request: lines out of its body, results into its answer, both in bounded memory."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Final

from starlette.types import Receive, Send

from itsm_chassis.store.lines import Raw

LONGEST_LINE: Final = 1024 * 1024
CHUNK_LINES: Final = 500
CHUNK_BYTES: Final = 8 * LONGEST_LINE
"""A chunk holds fewer than 500 lines where they are this long together."""

PIECE: Final = 64 * 1024
SILENCE_S: Final = 60.0
"""A client that sends nothing for so long has gone."""

TOO_LONG: Final = "The line is longer than 1 MiB."


class Gone(Exception):
    """The client went away; what is not stored by now never will be."""


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it arrives."""
    more = True
    while more:
        try:
            message = await asyncio.wait_for(receive(), SILENCE_S)
        except TimeoutError:
            raise Gone from None
        if message["type"] == "http.disconnect":
            raise Gone
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def lines(receive: Receive) -> AsyncIterator[Raw]:
    """The lines that are not blank; one that is too long is skipped as it comes and reported."""
    number, rest, skipping = 1, b"", False
    async for piece in pieces(receive):
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            if skipping or len(text) > LONGEST_LINE:
                yield Raw(number, b"", TOO_LONG)
            elif text.strip():
                yield Raw(number, text)
            number, skipping = number + 1, False
        if len(rest) > LONGEST_LINE:
            rest, skipping = b"", True
    if skipping:
        yield Raw(number, b"", TOO_LONG)
    elif rest.strip():
        yield Raw(number, rest)


async def chunked(raws: AsyncIterator[Raw]) -> AsyncIterator[list[Raw]]:
    """Lines in chunks, each for one transaction."""
    chunk: list[Raw] = []
    size = 0
    async for raw in raws:
        chunk.append(raw)
        size += len(raw.text)
        if len(chunk) >= CHUNK_LINES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class Mailbox:
    """Results on their way to a client that may take them late: they wait in a file, not in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        """`file` is empty and ours alone."""
        self._file = file
        self._sent = self._put = 0
        self._closed = False
        self._news = asyncio.Event()

    def put(self, results: bytes) -> None:
        """Add results."""
        self._file.seek(self._put)
        self._put += self._file.write(results)
        self._news.set()

    def close(self) -> None:
        """There will be no more."""
        self._closed = True
        self._news.set()

    async def deliver(self, send: Send) -> None:
        """Send everything until it is closed and empty."""
        while not self._closed or self._sent < self._put:
            if self._sent == self._put:
                await self._news.wait()
            self._news.clear()
            self._file.seek(self._sent)
            if piece := self._file.read(PIECE):
                self._sent += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
