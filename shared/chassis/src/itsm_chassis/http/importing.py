"""The door of an import: lines in, NDJSON out, while they are being read or once all are there."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from itsm_chassis import clock
from itsm_chassis.http.ndjson import LONGEST_LINE, Gone, Mailbox, chunked, lines, pieces
from itsm_chassis.http.problem import Rejected
from itsm_chassis.store.context import Context
from itsm_chassis.store.lines import Raw

NDJSON: Final = "application/x-ndjson"
RESULTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "One result per line, in order.", "content": {NDJSON: {}}}
}
"""The `responses` of an import operation."""
LINES: Final = {"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}}
"""The `openapi_extra` of an import operation."""

CarryOut = Callable[[Context, Sequence[Raw]], Awaitable[Sequence[Mapping[str, Any]]]]
"""Stores a chunk of lines together or not at all; a result per line, in their order."""


LARGEST_BODY: Final = 64 * LONGEST_LINE
MOST_LINES: Final = 100_000
"""The most that `Gathered` takes."""


def told(results: Sequence[Mapping[str, Any]]) -> bytes:
    """Results as lines."""
    return "".join(f"{json.dumps(result, ensure_ascii=False)}\n" for result in results).encode()


class Streamed(Response):
    """Reads the body and answers at the same time; a client that reads nothing before it has sent
    everything cannot stop the import.
    """

    def __init__(self, ctx: Context, carry_out: CarryOut) -> None:
        """`carry_out` stores one chunk, given the context of its own moment. Nothing is read yet."""
        super().__init__(media_type=NDJSON)
        self._ctx, self._carry_out = ctx, carry_out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 once the first lines are stored; a fault before that has its own status, one
        after it cuts the answer short, so that nobody takes it for complete.
        """
        del scope
        sending: asyncio.Task[None] | None = None
        with SpooledTemporaryFile(max_size=LONGEST_LINE) as file:
            mailbox = Mailbox(file)
            try:
                async for chunk in chunked(lines(receive)):
                    ctx = replace(self._ctx, now=clock.now())
                    results = await self._carry_out(ctx, chunk)
                    mailbox.put(told(results))
                    sending = sending or asyncio.create_task(self._answer(mailbox, send))
                mailbox.close()
                await (sending or self._answer(mailbox, send))
            except Gone:
                return
            finally:
                if sending is not None and not sending.done():
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)

    async def _answer(self, mailbox: Mailbox, send: Send) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await mailbox.deliver(send)


class Gathered(Response):
    """Reads the whole body into a file before it is carried out: a line may refer to a later one."""

    def __init__(self, carry_out: Callable[[IO[bytes]], AsyncIterator[Sequence[Mapping[str, Any]]]]) -> None:
        """`carry_out` is given the body and yields results, chunk by chunk. Nothing is read yet."""
        super().__init__(media_type=NDJSON)
        self._carry_out = carry_out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 with the first results; a fault before that has its own status, one after it cuts the
        answer short, so that nobody takes it for complete.
        """
        del scope
        with SpooledTemporaryFile(max_size=LONGEST_LINE) as file:
            try:
                await spooled(receive, file)
            except Gone:
                return
            begun = False
            async for results in self._carry_out(file):
                if not begun:
                    await self._begin(send)
                begun = True
                await send({"type": "http.response.body", "body": told(results), "more_body": True})
            if not begun:
                await self._begin(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, send: Send) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def spooled(receive: Receive, file: IO[bytes]) -> None:
    """The body into a file, from whose start it can be read; 413 where it is too large for one import."""
    size = lines = 0
    async for piece in pieces(receive):
        size, lines = size + len(piece), lines + piece.count(b"\n")
        if size > LARGEST_BODY or lines > MOST_LINES:
            detail = f"An import takes up to {LARGEST_BODY} bytes and {MOST_LINES} lines: send it in parts."
            raise Rejected(413, "body_too_large", detail, Connection="close")
        file.write(piece)
    file.seek(0)
