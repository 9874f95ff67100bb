"""Incidents: open, list, read, edit, assign, move."""

from typing import Any, Final

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import JSONResponse, Response

from itsm_incident import queries
from itsm_incident.api import incoming, outgoing
from itsm_incident.commands import edit, open, transition  # noqa: A004  # the command's name is the verb
from itsm_incident.rules.lifecycle import Transition
from itsm_incident.tables import incident, own

LISTING: Final = Listing(
    incident,
    filters=(
        "number",
        "external_id",
        "status",
        "priority",
        "category",
        "service",
        "assignment_group",
        "assignee",
        "caller",
        "opened_by",
        "parent_id",
        "follows_id",
        "opened_at",
        "updated_at",
        "escalation_level",
        "escalated_at",
        "sla_due_at",
        "sla_state",
    ),
    sorts=(
        "opened_at",
        "updated_at",
        "priority",
        "number",
        "escalation_level",
        "escalated_at",
        "sla_due_at",
        "sla_state",
    ),
    search=("title", "number"),
    scopes={"own": lambda _: incident.c.id.in_(own())},
    default_sort="-opened_at",
)

router = APIRouter(tags=["incidents"])


@router.post(
    "/v1/incidents",
    operation_id="open_incident",
    summary="Open an incident",
    status_code=201,
    response_model=outgoing.IncidentOut,
)
async def open_incident(body: incoming.NewIncident, ctx: Call, db: Db) -> Response:
    """Title, impact and urgency are required; the matrix gives the priority, the caller is you by default."""
    return respond(await open.open_incident(db, ctx, body.given()))


@router.get(
    "/v1/incidents/{reference}",
    operation_id="read_incident",
    summary="Read an incident",
    response_model=outgoing.IncidentOut,
)
async def read_incident(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (INC-000123)."""
    return card(await queries.read(db, ctx, reference))


@router.patch(
    "/v1/incidents/{reference}",
    operation_id="edit_incident",
    summary="Edit fields",
    response_model=outgoing.IncidentOut,
)
async def edit_incident(reference: str, body: incoming.IncidentPatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch. After the end only related_change, caused_by_change and outage can still change."""
    return respond(await edit.edit(db, ctx, reference, body.given()))


@router.post(
    "/v1/incidents/{reference}/assign",
    operation_id="assign_incident",
    summary="Assign to a group, a person or both",
    response_model=outgoing.IncidentOut,
)
async def assign_incident(reference: str, body: incoming.AssignmentIn, ctx: Call, db: Db) -> Response:
    """A person assigned acknowledges the incident; a group alone does not."""
    return respond(await edit.assign(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/v1/incidents/{reference}/transitions",
    operation_id="list_transitions",
    summary="The next states, and why not",
    response_model=outgoing.NextStates,
)
async def list_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether you can enter it now, why not, and which fields it needs."""
    return JSONResponse(await queries.transitions(db, ctx, reference))


@router.post(
    "/v1/incidents/{reference}/transitions",
    operation_id="transition_incident",
    summary="Move to another state",
    response_model=outgoing.IncidentOut,
)
async def transition_incident(
    reference: str, body: incoming.TransitionIn, ctx: Versioned, db: Db
) -> Response:
    """on_hold needs a reason (caller: also a public comment), resolved a resolution code and note.

    A parent's in_progress, on_hold (but not for the caller) and resolved are copied to its children.
    """
    told = body.comment is not None and body.visibility == "public"
    asked = Transition(body.to, body.reason, body.resolution_code, body.resolution_note, told)
    return respond(await transition.transition(db, ctx, reference, asked, body.comment, body.visibility))


@router.get(
    "/v1/incidents",
    operation_id="list_incidents",
    summary="List incidents",
    openapi_extra={"parameters": LISTING.parameters},
    response_model=Page[outgoing.IncidentOut],
)
async def list_incidents(request: Request, ctx: Call, db: Db) -> Any:
    """Newest first by default; requesters find only their own."""
    return await LISTING.page(db, ctx, request, scope=None if is_staff(ctx.roles) else "own")
