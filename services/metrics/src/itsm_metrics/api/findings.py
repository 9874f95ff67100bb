"""Findings: figures that contradict each other, or that somebody should look at."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Words
from pydantic import Field
from starlette.responses import Response

from itsm_metrics.api.improvements_out import ImprovementOut, Out
from itsm_metrics.commands import findings as commands
from itsm_metrics.queries import watching as queries
from itsm_metrics.rules.finding import Status
from itsm_metrics.rules.watching import Kind, Statistic
from itsm_metrics.tables import finding

LISTING: Final = Listing(
    finding,
    filters=(
        "kind",
        "service",
        "assignment_group",
        "status",
        "present",
        "sightings",
        "first_seen_at",
        "last_seen_at",
    ),
    sorts=("last_seen_at", "first_seen_at", "sightings", "kind"),
    default_sort="-last_seen_at",
)

router = APIRouter(prefix="/v1/findings", tags=["findings"])
scans = APIRouter(tags=["findings"])


class DismissIn(StrictModel):
    """Why nothing is to be done, and for how many days it is quiet; the policy's, unless said."""

    reason: Words
    quiet_days: Annotated[int, Field(ge=0, le=3660)] | None = None


class EvidenceOut(Out):
    """A figure against its threshold, of [since, until)."""

    kpi: str
    statistic: Statistic
    value: float
    n: int
    threshold: float
    since: datetime
    until: datetime
    records: str = Field(description="The address of the records behind it.")


class FindingOut(Out):
    """A finding; kind and service, or group, are found once."""

    id: UUID
    version: int
    kind: Kind
    service: str | None
    assignment_group: str | None
    status: Status
    present: bool = Field(description="Whether the last scan has seen it; a quiet one is not looked at.")
    sightings: int
    gap: float = Field(description="How far its figure lies beyond the threshold.")
    evidence: list[EvidenceOut]
    first_seen_at: datetime
    last_seen_at: datetime
    improvement: UUID | None = Field(description="What it was proposed as.")
    dismissed_by: str | None
    dismissed_at: datetime | None
    dismissed_gap: float | None
    quiet_until: datetime | None
    reason: str | None


class ScanOut(Out):
    """What a scan has changed."""

    raised: int
    seen: int
    cleared: int


@scans.post("/v1/findings:scan", operation_id="scan_findings", response_model=ScanOut)
async def scan_findings(ctx: Call, db: Db) -> Response:
    """Look at the figures now, and not only when the timer does."""
    return respond(await commands.record(db, ctx, await queries.look(db, ctx.tenant, ctx.now)))


@router.get(
    "",
    operation_id="list_findings",
    response_model=Page[FindingOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_findings(request: Request, ctx: Call, db: Db) -> Response:
    """Seen last, first, by default."""
    return await LISTING.page(db, ctx, request)


@router.get("/{finding_id}", operation_id="read_finding", response_model=FindingOut)
async def read_finding(finding_id: UUID, ctx: Call, db: Db) -> Response:
    """One finding with its evidence."""
    return card(await queries.one(db, ctx, finding, finding_id))


@router.post(
    "/{finding_id}/propose",
    operation_id="propose_finding",
    status_code=201,
    response_model=ImprovementOut,
)
async def propose_finding(finding_id: UUID, ctx: Call, db: Db) -> Response:
    """Register it as an improvement, with its figure and its evidence."""
    return respond(await commands.propose(db, ctx, finding_id))


@router.post("/{finding_id}/dismiss", operation_id="dismiss_finding", response_model=FindingOut)
async def dismiss_finding(finding_id: UUID, body: DismissIn, ctx: Versioned, db: Db) -> Response:
    """Nothing is to be done: it is quiet for a time, unless it becomes clearly worse."""
    return respond(await commands.dismiss(db, ctx, finding_id, body.reason, body.quiet_days))


@router.get("/{finding_id}/timeline", operation_id="read_finding_timeline", response_model=Page[HappeningOut])
async def read_finding_timeline(
    request: Request, finding_id: UUID, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Everything that happened to it, in the order it was stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, finding_id, limit, start))
