"""The door of the history import: NDJSON in, NDJSON out, while it is being read."""

import asyncio
import json
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from itsm_chassis import clock
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from itsm_incident.api.ndjson import LONGEST_LINE, Gone, Mailbox, chunked, lines
from itsm_incident.commands.import_history import Chunk

NDJSON: Final = "application/x-ndjson"

router = APIRouter(tags=["import"])


@router.post(
    "/v1/incidents:import",
    operation_id="import_history",
    summary="Import incidents with their history",
    response_class=Response,
    responses={200: {"description": "One result per line, in order.", "content": {NDJSON: {}}}},
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}},
)
async def import_history(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One incident with its history per line; one result per line {line, external_id, status, id, errors}.

    `external_id` is unique: the same line again is `unchanged`, with other content `conflict`.
    Stored in transactions of up to 500 lines; whatever interrupts it, sending the file again completes it.
    """
    return Streamed(db, ctx, dry_run)


class Streamed(Response):
    """Reads the body and answers at the same time; a client that reads nothing before it has sent
    everything cannot stop the import.
    """

    def __init__(self, db: Database, ctx: Context, dry_run: bool) -> None:
        """Nothing is read yet."""
        super().__init__(media_type=NDJSON)
        self._db, self._ctx, self._dry_run = db, ctx, dry_run

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
                    results = await Chunk(self._db, ctx, self._dry_run).carry_out(chunk)
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
