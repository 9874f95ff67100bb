"""Deployments: pipelines tell of them, and of what became of them."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.incoming import ABSENT
from itsm_change.api.outgoing import ObstacleOut, Out
from itsm_change.commands import deploying
from itsm_change.rules.deployment import Environment, Outcome
from itsm_change.tables import deployment

LISTING: Final = Listing(
    deployment,
    filters=(
        "external_id",
        "service",
        "environment",
        "commit",
        "outcome",
        "unauthorized",
        "change_id",
        "release_id",
        "started_at",
        "finished_at",
    ),
    sorts=("started_at", "finished_at"),
    default_sort="-started_at",
)

router = APIRouter(prefix="/v1/deployments", tags=["deployments"])

Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[!-~]+$")]


class DeploymentIn(StrictModel):
    """What a pipeline knows. `external_id` is its own name for the deployment, the same in each call about
    it; `change` an id, number or external_id; `reverts` and `fixes` the external_id of an earlier deployment.
    finished_at and rolled_back_at are now where they are left out.
    """

    external_id: Name
    service: Name
    environment: Environment
    commit: Name
    commit_times: Annotated[list[datetime], Field(min_length=1, max_length=1000)] = ABSENT
    first_commit_at: datetime = ABSENT
    started_at: datetime
    finished_at: datetime = ABSENT
    rolled_back_at: datetime = ABSENT
    outcome: Outcome
    release: Name = ABSENT
    change: Name = ABSENT
    template: Name = ABSENT
    reverts: Name = ABSENT
    fixes: Name = ABSENT
    url: Link = ABSENT

    @model_validator(mode="after")
    def fits(self) -> "DeploymentIn":
        """Fields that contradict one another are refused."""
        given = self.model_fields_set
        if {"commit_times", "first_commit_at"} <= given:
            raise ValueError("commit_times holds first_commit_at: send one of them.")
        if {"change", "template"} <= given:
            raise ValueError("A named change is not opened from a template: send change or template.")
        if "finished_at" in given and self.outcome == "running":
            raise ValueError("What is running has no finished_at.")
        if "rolled_back_at" in given and self.outcome != "rolled_back":
            raise ValueError("rolled_back_at belongs to the outcome rolled_back.")
        return self


class DeploymentOut(Out):
    """A deployment and the change that it belongs to. `unauthorized`: nothing had approved it, `obstacles`
    say why. `opened_change`: the change was opened for it, and its outcome ends it.
    """

    id: UUID
    version: int
    external_id: str
    service: str
    environment: Environment
    commit: str
    commit_times: list[datetime]
    first_commit_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    rolled_back_at: datetime | None
    outcome: Outcome
    change: str | None
    template: str | None
    change_id: UUID | None
    change_number: str | None
    opened_change: bool
    unauthorized: bool
    obstacles: list[ObstacleOut]
    release: str | None
    release_id: UUID | None
    release_number: str | None
    reverts: str | None
    fixes: str | None
    url: str | None


@router.post(
    "",
    operation_id="tell_deployment",
    status_code=201,
    response_model=DeploymentOut,
    responses={200: {"model": DeploymentOut, "description": "It was told of before; this is its outcome."}},
)
async def tell_deployment(body: DeploymentIn, ctx: Call, db: Db) -> Response:
    """Tell of a deployment when it starts, and again with its outcome; or once, when it has ended.

    One in production belongs to a change: the named one, which it brings from scheduled to implement; else a
    standard one, opened from the service's pre-approved template and closed with the outcome; else, where
    nothing has approved it, an unauthorised one that waits for its review. It is recorded in each case.
    """
    return respond(await deploying.tell(db, ctx, body.model_dump(exclude_unset=True)))


@router.get("/{reference:path}", operation_id="read_deployment", response_model=DeploymentOut)
async def read_deployment(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its external_id, which may hold slashes."""
    return card(await queries.named(db, ctx, deployment, reference, "external_id"))


@router.get(
    "",
    operation_id="list_deployments",
    response_model=Page[DeploymentOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_deployments(request: Request, ctx: Call, db: Db) -> Response:
    """The latest first by default."""
    return await LISTING.page(db, ctx, request)
