"""Escalation rules: what happens by itself when a clock reaches a threshold."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.store import records
from starlette.responses import Response

from itsm_incident.api import escalation_in
from itsm_incident.api.outgoing import Out
from itsm_incident.commands import escalation_rules
from itsm_incident.tables import escalation_rule

LISTING: Final = Listing(
    escalation_rule,
    filters=("key", "active", "threshold"),
    sorts=("name", "key"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/escalation-rules", tags=["escalation rules"])


class MatchOut(Out):
    """At which thresholds of which clocks; null or empty stands for any."""

    measure: Literal["respond", "resolve"] | None
    kind: Literal["sla", "ola", "underpinning"] | None
    threshold: int
    priorities: list[str]
    services: list[str]
    assignment_groups: list[str]
    policies: list[str]


class ReassignOut(Out):
    """Into whose hands."""

    assignment_group: str | None
    assignee: str | None


class FlagOut(Out):
    """To which escalation level."""

    level: int


class NotifyOut(Out):
    """Whom to tell what."""

    people: list[str]
    groups: list[str]
    roles: list[Literal["assignee", "assignment_group", "caller"]]
    template: str | None
    words: str | None


class ActionsOut(Out):
    """What is done; null: not that."""

    reassign: ReassignOut | None
    flag: FlagOut | None
    notify: NotifyOut | None


class RuleOut(Out):
    """A rule in its latest version, which every escalation names."""

    id: UUID
    key: str
    version: int
    name: str
    active: bool
    match: MatchOut
    actions: ActionsOut
    created_at: datetime
    updated_at: datetime


@router.post(
    "",
    operation_id="define_escalation_rule",
    summary="Define a rule",
    status_code=201,
    response_model=RuleOut,
)
async def define_escalation_rule(body: escalation_in.NewRule, ctx: Call, db: Db) -> Response:
    """It acts on what is reached from now on: once for each threshold of each clock."""
    return respond(await escalation_rules.define(db, ctx, body.given()))


@router.get(
    "/{reference}", operation_id="read_escalation_rule", summary="Read a rule", response_model=RuleOut
)
async def read_escalation_rule(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await records.find(db, ctx, escalation_rule, reference, name="key"))


@router.patch(
    "/{reference}",
    operation_id="change_escalation_rule",
    summary="Change, retire or reactivate a rule",
    response_model=RuleOut,
)
async def change_escalation_rule(
    reference: str, body: escalation_in.RulePatch, ctx: Versioned, db: Db
) -> Response:
    """A merge patch. `{"active": false}` retires the rule: it stays, and acts no more."""
    return respond(await escalation_rules.change(db, ctx, reference, body.given()))


@router.get(
    "",
    operation_id="list_escalation_rules",
    summary="List rules",
    openapi_extra={"parameters": LISTING.parameters},
    response_model=Page[RuleOut],
)
async def list_escalation_rules(request: Request, ctx: Call, db: Db) -> Any:
    """By name by default."""
    return await LISTING.page(db, ctx, request)
