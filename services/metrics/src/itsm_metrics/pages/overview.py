"""The first page: the figures that matter to whoever is signed in."""

import asyncio
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import ADMIN
from itsm_chassis.http.deps import Db, SignedIn
from itsm_chassis.http.query import wrong
from starlette.responses import Response

from itsm_metrics.api.questions import once
from itsm_metrics.pages import periods
from itsm_metrics.pages.figuring import Asker
from itsm_metrics.pages.render import page
from itsm_metrics.rules.kpis import KPIS

router = APIRouter(include_in_schema=False)

SECTIONS: Final = {
    "agent": (
        "The desk",
        (
            "backlog",
            "backlog_age",
            "mtta",
            "mttr",
            "sla_compliance",
            "reopen_rate",
            "first_contact_resolution",
            "stale_5_days",
        ),
    ),
    "manager": (
        "Services",
        ("availability", "opened", "request_fulfilment_time", "recurrence", "cost_per_service", "mtbf"),
    ),
    "change_manager": (
        "Changes",
        (
            "change_failure_rate",
            "deployment_frequency",
            "change_lead_time",
            "recovery_time",
            "emergency_ratio",
            "unauthorised_ratio",
        ),
    ),
}
"""By role: what its holder looks at first. A manager sees the desk as well, an admin everything."""
SEES: Final = {"manager": ("manager", "agent"), ADMIN: tuple(SECTIONS), "service": tuple(SECTIONS)}


@router.get("/pages", operation_id="show_overview")
async def show_overview(request: Request, ctx: SignedIn, db: Db) -> Response:
    """A card per figure."""
    given = once(request.query_params.multi_items())
    period = periods.read(given, ctx.now)
    for name in given:
        raise wrong(name, "unknown_parameter", "is not known here. Known are: days, last")
    asker = Asker(db, ctx.tenant, ctx.now)
    roles = {seen for role in ctx.roles for seen in SEES.get(role, (role,))}
    sections = [
        (title, await asyncio.gather(*(asker.see(KPIS[slug], period, None, {}) for slug in slugs)))
        for role, (title, slugs) in SECTIONS.items()
        if role in roles
    ]
    return page(
        "overview.html",
        ctx,
        sections=sections,
        period=period,
        choices=periods.CHOICES,
        query=urlencode(period.query),
        here="/pages",
    )
