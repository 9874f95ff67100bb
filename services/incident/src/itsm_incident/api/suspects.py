"""Which changes may have caused an incident: the change service decides, this shows what it has said."""

from uuid import UUID

from fastapi import APIRouter
from itsm_chassis.http.deps import Call, Db
from itsm_events.suspect import SuspectEvent
from pydantic import BaseModel
from starlette.responses import Response

from itsm_incident import queries

router = APIRouter(prefix="/v1/incidents/{reference}/suspects", tags=["attribution"])


class SuspectOut(SuspectEvent):
    """A suspicion as it was last said; `id` is the pair's own."""

    id: UUID


class SuspectList(BaseModel):
    """All of them; there are never so many as to need pages."""

    items: list[SuspectOut]


@router.get("", operation_id="list_suspects", response_model=SuspectList)
async def list_suspects(reference: str, ctx: Call, db: Db) -> Response:
    """Confirmed ones first, then by score. The verdict is given at the change:
    `POST /v1/changes/{change}/caused-incidents/{incident}`.
    """
    return Response(await queries.suspects(db, ctx, reference), media_type="application/json")
