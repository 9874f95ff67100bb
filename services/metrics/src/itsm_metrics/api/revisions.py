"""What restated a figure after its period had ended."""

import asyncio
from collections import Counter, defaultdict
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from itsm_chassis.errors import Refused
from itsm_chassis.http import cursor as cursors
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.query import read_limit, wrong

from itsm_metrics.api.outgoing import PartOut, RevisionOut, RevisionsOut
from itsm_metrics.api.questions import figure, once, parameters, question
from itsm_metrics.api.records import PAGE
from itsm_metrics.projections.past import Past, Veil
from itsm_metrics.projections.revising import Late, Place, heard, late, versions
from itsm_metrics.queries.question import Question
from itsm_metrics.queries.records import records

router = APIRouter(tags=["kpis"])

LOOKED_AT: Final = 500
"""So many late events are looked at for one page, whatever they changed."""
ALL: Final = 1_000_000
FIRST: Final = UUID(int=0)
Value = tuple[datetime, float | int | None]
"""When a fact counts, and what it adds."""


@router.get(
    "/v1/kpis/{slug}/revisions",
    operation_id="list_kpi_revisions",
    summary="What restated a figure",
    openapi_extra={"parameters": [each for each in parameters() if each["name"] != "group_by"] + PAGE},
    responses={409: {"description": "Records make this figure together: no single event restated it."}},
)
async def list_kpi_revisions(
    slug: str, request: Request, response: Response, ctx: Call, db: Db
) -> RevisionsOut:
    """Each event recorded after `to` that changed the facts of the figure of the same question.

    The figure as_of `to`, without what was removed and with what was added, is the figure of now.
    """
    given = once(request.query_params.multi_items())
    limit, sealed = read_limit(given.pop("limit", None)), given.pop("cursor", None)
    if "group_by" in given:
        raise wrong("group_by", "unknown_parameter", "is not known here: ask for one group by its dimension")
    bound = f"revisions {ctx.tenant} {slug} {sorted(given.items())}"
    place = urlencode(given | {"limit": limit})
    asked = question(figure(slug), given, ctx.now)
    if not asked.kpi.is_of_each:
        raise Refused(
            "no_single_event", "Records make this figure together: ask for it as_of two moments instead."
        )
    key: bytes = request.app.state.cursor_key
    after: Place = (asked.until, FIRST)
    if sealed is not None:
        recorded_at, identity = cursors.unseal(key, bound, sealed)
        after = datetime.fromisoformat(recorded_at), UUID(identity)
    looked_at, found = await changes(db, ctx.tenant, asked, after)
    following = None
    if len(found) > limit or len(looked_at) == LOOKED_AT:
        last = found[limit - 1].event if len(found) > limit else looked_at[-1]
        recorded_at, identity = last.place
        following = cursors.seal(key, bound, [recorded_at.isoformat(), str(identity)])
        response.headers["Link"] = f'<{quote(request.scope["path"])}?{place}&cursor={following}>; rel="next"'
    return RevisionsOut(items=[told(each) for each in found[:limit]], next=following)


class Change(NamedTuple):
    """What an event changed."""

    event: Late
    removed: Counter[Value]
    added: Counter[Value]


async def changes(db: Db, tenant: str, asked: Question, after: Place) -> tuple[list[Late], list[Change]]:
    """The late events looked at, and what those of them that changed anything did change."""
    async with (
        db.connection() as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        resources = asked.kpi.resources
        events = await late(conn, tenant, resources, asked.until, after, asked.as_of, LOOKED_AT)
        if not events:
            return [], []
        known = await asyncio.to_thread(versions, events, await heard(conn, tenant, events))
        alone = Past(Veil(conn, tenant, asked.now, (), known.rows, alone=True))
        facts: dict[UUID, Counter[Value]] = defaultdict(Counter)
        for fact in await records(alone, tenant, asked, None, ALL):
            facts[fact.record][fact.at, fact.value] += 1
    found = []
    for event in events:
        before, then = (facts[name] for name in known.of[event.place])
        if before != then:
            found.append(Change(event, before - then, then - before))
    return events, found


def told(change: Change) -> RevisionOut:
    """One of them."""
    event = change.event
    recorded_at, identity = event.place
    return RevisionOut(
        recorded_at=recorded_at,
        event=identity,
        type=event.type,
        time=event.time,
        late_s=(recorded_at - event.time).total_seconds(),
        resource=event.subject.resource,
        record=event.subject.subject,
        removed=part(change.removed),
        added=part(change.added),
    )


def part(facts: Counter[Value]) -> PartOut:
    """How many, and what they add up to."""
    total = sum(count * (1 if value is None else value) for (_, value), count in facts.items())
    return PartOut(n=facts.total(), total=total)
