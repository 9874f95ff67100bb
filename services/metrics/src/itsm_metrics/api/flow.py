"""How a process really runs: as figures, as a drawing, and as logs for process-mining tools."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, get_args

from fastapi import APIRouter, Request
from itsm_chassis.errors import Missing
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.query import wrong
from itsm_chassis.http.values import read_text

from itsm_metrics.api.flow_outgoing import FlowOut, presented
from itsm_metrics.api.questions import EARLIEST, PERIOD, moment, once
from itsm_metrics.queries import flow as queries
from itsm_metrics.queries.flow import Asked
from itsm_metrics.rules.flow.cases import Activity, Only
from itsm_metrics.rules.flow.lifecycles import LIFECYCLES

PATH: Final = "/v1/flow/{process}"
router = APIRouter(prefix=PATH, tags=["flow"])

TIME: Final = {"type": "string", "format": "date-time"}
ACTIVITIES: Final[tuple[Activity, ...]] = get_args(Activity)
PERIOD_PARAMETERS: Final = {
    "from": ("The period's first moment; default: 30 days before `to`", TIME),
    "to": ("The first moment after the period; default: now", TIME),
}
ACTIVITY: Final = {
    "activity": (
        "What a case goes through: states (default), states by their source's names, or groups",
        {"type": "string", "enum": list(ACTIVITIES)},
    )
}
ONLY: Final = {
    "service": ("Only cases whose last service is this", {"type": "string"}),
    "assignment_group": ("Only cases that this group has ever had", {"type": "string"}),
    "priority": ("Only cases opened with this priority", {"type": "string"}),
}


def documented(*parameters: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Query parameters, for an operation's documentation."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": what, "schema": schema}
            for each in parameters
            for name, (what, schema) in each.items()
        ]
    }


def asked(process: str, items: Iterable[tuple[str, str]], now: datetime, *also: str) -> Asked:
    """The question; `Missing` where there is no such process, `Invalid` names a parameter that is wrong."""
    given = once(items)
    until = moment("to", given.pop("to", None), now)
    since = moment("from", given.pop("from", None), max(until, EARLIEST + PERIOD) - PERIOD)
    if since >= until:
        raise wrong("from", "empty_period", "must be before to")
    activity = named(given.pop("activity", "status")) if "activity" in also else "status"
    for name in given:
        if name not in ONLY:
            known = ", ".join(("from", "to", *also, *ONLY))
            raise wrong(name, "unknown_parameter", f"is not known here. Known are: {known}")
    if process not in LIFECYCLES:
        raise Missing("process")
    return Asked(process, since, until, activity, Only(**{n: text(n, t) for n, t in given.items()}))


def named(text: str) -> Activity:
    """The activity of that name."""
    for each in ACTIVITIES:
        if each == text:
            return each
    raise wrong("activity", "invalid_parameter", f"must be one of {', '.join(ACTIVITIES)}")


def text(name: str, given: str) -> str:
    """The value of a filter."""
    try:
        return read_text(given)
    except ValueError as error:
        raise wrong(name, "invalid_parameter", str(error)) from None


@router.get(
    "",
    operation_id="read_flow",
    summary="How a process really runs",
    openapi_extra=documented(PERIOD_PARAMETERS, ACTIVITY, ONLY),
)
async def read_flow(process: str, request: Request, ctx: Call, db: Db) -> FlowOut:
    """Variants, transitions with waiting times, rework, the bottleneck, and what breaks the lifecycle.

    Told of at most 20,000 cases: 422 beyond, narrow the period.
    """
    question = asked(process, request.query_params.multi_items(), ctx.now, "activity")
    found = await queries.flow(db, ctx.tenant, question)
    return presented(
        found, process=process, activity=question.activity, from_=question.since, to=question.until
    )
