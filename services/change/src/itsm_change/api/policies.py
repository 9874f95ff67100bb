"""Approval policies: who has to approve which change, in versions."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import Field, model_validator
from starlette.responses import Response, StreamingResponse

from itsm_change import queries
from itsm_change.api.approvals import StepOut
from itsm_change.api.key import Key
from itsm_change.api.outgoing import Out
from itsm_change.api.versions import IF_MATCH, succession
from itsm_change.commands import policies
from itsm_change.queries.what_if import what_if
from itsm_change.rules.approval import Rule
from itsm_change.rules.change import ChangeType, Criticality, RiskBand
from itsm_change.rules.policies import Policy, check
from itsm_change.tables import approval_policy

LISTING: Final = Listing(
    approval_policy,
    filters=("key", "rank", "retired"),
    sorts=("rank", "name", "key"),
    search=("name", "key"),
    default_sort="rank",
)

router = APIRouter(prefix="/v1/approval-policies", tags=["approval policies"])

YEAR_S: Final = 366 * 86_400
NDJSON: Final = "application/x-ndjson"
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A line per change: what was asked and came of it, what would have been, whether that "
        "differs. The last line holds the totals; without it the answer is not complete.",
        "content": {NDJSON: {}},
    }
}


class StepIn(StrictModel):
    """A group, and how many of its members have to accept; refused when that cannot happen any more, or
    when the time is over.
    """

    group: Name
    rule: Rule = "any"
    percentage: Annotated[float, Field(gt=0, le=100)] | None = None
    expires_after_s: Annotated[int, Field(ge=1, le=YEAR_S)] | None = None


class PolicyIn(StrictModel):
    """A version of a policy. The matching one of the lowest rank decides; an empty list matches all. Its
    steps are asked one after the other; without any nobody has to approve.
    """

    key: Key
    name: Name
    rank: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    change_types: list[ChangeType] = Field(default_factory=list, max_length=3)
    risk_bands: list[RiskBand] = Field(default_factory=list, max_length=4)
    criticalities: list[Criticality] = Field(default_factory=list, max_length=4)
    steps: Annotated[list[StepIn], Field(max_length=20)]


class DryRunIn(StrictModel):
    """Drafts, each in the place of the policy of its key; the others stay in force."""

    policies: Annotated[list[PolicyIn], Field(min_length=1, max_length=50)]
    requested_from: datetime | None = None
    requested_until: datetime | None = None

    @model_validator(mode="after")
    def sensible(self) -> "DryRunIn":
        """Each key once, and a time that is one."""
        if len({each.key for each in self.policies}) < len(self.policies):
            raise ValueError("Each policy is drafted once: a key stands twice.")
        if self.requested_from and self.requested_until and self.requested_until <= self.requested_from:
            raise ValueError("requested_until must lie after requested_from.")
        return self


class PolicyOut(Out):
    """A policy in its latest version."""

    id: UUID
    key: str
    name: str
    version: int
    rank: int
    change_types: list[ChangeType]
    risk_bands: list[RiskBand]
    criticalities: list[Criticality]
    steps: list[StepOut]
    retired: bool


@router.post(
    "",
    operation_id="issue_approval_policy",
    status_code=201,
    response_model=PolicyOut,
    openapi_extra=IF_MATCH,
)
async def issue_approval_policy(body: PolicyIn, request: Request, ctx: Call, db: Db) -> Response:
    """Issue a policy or, with If-Match, its next version. It decides for changes that enter authorize from
    now on; what was asked already stays asked.
    """
    ctx, succeeds = succession(request, ctx)
    return respond(await policies.issue(db, ctx, body.model_dump(), succeeds=succeeds))


@router.post("/{reference}/retire", operation_id="retire_approval_policy", response_model=PolicyOut)
async def retire_approval_policy(reference: str, ctx: Versioned, db: Db) -> Response:
    """Let it decide no more."""
    return respond(await policies.retire(db, ctx, reference))


@router.post(":dry-run", operation_id="dry_run_approval_policy", response_class=Response, responses=STREAMED)
async def dry_run_approval_policy(body: DryRunIn, ctx: Call, db: Db) -> Response:
    """What would these policies have asked of past changes, and come to by the votes that were cast? Stores
    nothing. What is known of services and risk today is what counts.
    """
    drafts = [Policy.of(each.model_dump() | {"version": 0, "retired": False}) for each in body.policies]
    for draft in drafts:
        check(draft.steps)
    lines = what_if(db, ctx, drafts, body.requested_from, body.requested_until)

    async def texts() -> AsyncIterator[str]:
        async for line in lines:
            yield f"{json.dumps(line, ensure_ascii=False)}\n"

    return StreamingResponse(texts(), media_type=NDJSON)


@router.get("/{reference}", operation_id="read_approval_policy", response_model=PolicyOut)
async def read_approval_policy(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key: the latest version."""
    return card(await queries.named(db, ctx, approval_policy, reference))


@router.get(
    "",
    operation_id="list_approval_policies",
    response_model=Page[PolicyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_approval_policies(request: Request, ctx: Call, db: Db) -> Response:
    """By rank by default."""
    return await LISTING.page(db, ctx, request)
