"""The door of an import: NDJSON in, NDJSON out, while it is being read."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from itsm_chassis import clock
from itsm_chassis.http.ndjson import LONGEST_LINE, Gone, Mailbox, chunked, lines
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
                    texts = (json.dumps(result, ensure_ascii=False) for result in results)
                    mailbox.put("".join(f"{text}\n" for text in texts).encode())
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
