"""Releases: changes that go into operation together."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import Field, model_validator
from starlette.responses import JSONResponse, Response

from itsm_change.api.incoming import ABSENT, Names
from itsm_change.api.outgoing import ObstacleOut, Out
from itsm_change.commands import releases
from itsm_change.queries import releases as queries
from itsm_change.rules.release import Status
from itsm_change.tables import release

LISTING: Final = Listing(
    release,
    filters=(
        "number",
        "status",
        "service",
        "assignment_group",
        "manager",
        "planned_start",
        "planned_at",
        "deployed_at",
    ),
    sorts=("planned_at", "planned_start", "deployed_at", "number", "name"),
    search=("name", "number"),
    default_sort="-planned_at",
)

router = APIRouter(prefix="/v1/releases", tags=["releases"])


class ReleasePatch(StrictModel):
    """A merge patch (RFC 7396); state and changes have verbs of their own."""

    name: Title = ABSENT
    description: Words | None = None
    service: Name | None = None
    assignment_group: Name | None = None
    manager: Name | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None


class ReleaseIn(ReleasePatch):
    """A release to be planned; its changes by id, number or external_id. The manager is you by default."""

    name: Title
    changes: Names = Field(default_factory=list)


class MemberIn(StrictModel):
    """A change to be grouped, by id, number or external_id."""

    change: Name


class ReleaseMove(StrictModel):
    """The state to enter; rolled_back needs a reason."""

    to: Status
    reason: Words | None = None

    @model_validator(mode="after")
    def kept(self) -> "ReleaseMove":
        """A reason that the state would not keep is refused, not dropped."""
        if self.reason is not None and self.to not in ("rolled_back", "cancelled"):
            raise ValueError("reason belongs to rolled_back or cancelled.")
        return self


class GroupedOut(Out):
    """A change of the release."""

    id: UUID
    number: str


class ReleaseOut(Out):
    """A release; the window is half-open, its changes stand in the order in which they were added."""

    id: UUID
    number: str
    version: int
    name: str
    description: str | None
    status: Status
    service: str | None
    assignment_group: str | None
    manager: str | None
    planned_start: datetime | None
    planned_end: datetime | None
    changes: list[GroupedOut]
    planned_at: datetime
    deployment_started_at: datetime | None
    deployed_at: datetime | None
    rolled_back_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    reason: str | None


class NextStateOut(Out):
    """A state, and whether the release can enter it now."""

    to: Status
    allowed: bool
    why: str | None
    obstacles: list[ObstacleOut]
    requires: list[str]


class NextStatesOut(Out):
    """The state it is in, and the others."""

    status: Status
    items: list[NextStateOut]


@router.post("", operation_id="plan_release", status_code=201, response_model=ReleaseOut)
async def plan_release(body: ReleaseIn, ctx: Call, db: Db) -> Response:
    """Plan a release."""
    given: dict[str, Any] = body.model_dump(exclude_unset=True)
    return respond(await releases.plan(db, ctx, given | {"changes": body.changes}))


@router.get(
    "",
    operation_id="list_releases",
    response_model=Page[ReleaseOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_releases(request: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default."""
    return await LISTING.page(db, ctx, request)


@router.get("/{reference}", operation_id="read_release", response_model=ReleaseOut)
async def read_release(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (REL-000001)."""
    return card(await queries.read(db, ctx, reference))


@router.patch("/{reference}", operation_id="edit_release", response_model=ReleaseOut)
async def edit_release(reference: str, body: ReleasePatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch, until it has ended."""
    return respond(await releases.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.post("/{reference}/changes", operation_id="add_release_change", response_model=ReleaseOut)
async def add_release_change(reference: str, body: MemberIn, ctx: Call, db: Db) -> Response:
    """Group a change that has not ended and is in no other release, until the release is being deployed."""
    return respond(await releases.add(db, ctx, reference, body.change))


@router.delete(
    "/{reference}/changes/{change}", operation_id="remove_release_change", response_model=ReleaseOut
)
async def remove_release_change(reference: str, change: str, ctx: Versioned, db: Db) -> Response:
    """Take a change out, by id, number or external_id; If-Match is the release's."""
    return respond(await releases.remove(db, ctx, reference, change))


@router.get("/{reference}/transitions", operation_id="list_release_transitions", response_model=NextStatesOut)
async def list_release_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether it can be entered now, why not, and what it needs."""
    return JSONResponse(await queries.transitions(db, ctx, reference))


@router.post("/{reference}/transitions", operation_id="transition_release", response_model=ReleaseOut)
async def transition_release(reference: str, body: ReleaseMove, ctx: Versioned, db: Db) -> Response:
    """deploying needs every change scheduled or in implement, deployed every one implemented or cancelled,
    closed every one closed or cancelled; rolled_back needs a reason. `errors` names each obstacle.
    """
    return respond(await releases.transition(db, ctx, reference, body.to, body.reason))


@router.get("/{reference}/timeline", operation_id="read_release_timeline", response_model=Page[HappeningOut])
async def read_release_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the release, in the order they were stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))
