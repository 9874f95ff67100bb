"""The facts behind a figure, page by page: the same question, so exactly those that were counted."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from sqlalchemy import Integer, Uuid, bindparam, literal, select, tuple_

from itsm_metrics.queries import facts, services
from itsm_metrics.queries.facts import TENANT, one_of
from itsm_metrics.queries.question import Fact, Question
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.service_figures import SECOND
from itsm_metrics.tables import MOMENT, raw_event

Place = tuple[Any, UUID, int]


async def records(
    db: Database, tenant: str, question: Question, after: Place | None, limit: int
) -> list[Fact]:
    """At most `limit` facts behind `after`, in the order of time."""
    kpi = question.kpi
    if kpi.of_services:
        found = await services.behind(db, tenant, question)
        return [each for each in found if after is None or each.place > after][:limit]
    statement = page(kpi, tuple(sorted(question.filters)), after is not None)
    values: dict[str, Any] = {f"only_{name}": value for name, value in question.filters.items()}
    values |= {
        "tenant": tenant,
        "since": question.since,
        "until": question.until,
        "zone": question.zone,
        "most": limit,
    }
    if after is not None:
        values |= dict(zip(("after_at", "after_record", "after_ordinal"), after, strict=True))
    rows = await db.fetch(statement.sql, *statement.args(values))
    return [
        Fact(row["resource"], row["subject"], row["at"], row["ordinal"], shown(kpi, row["value"]))
        for row in rows
    ]


def shown(kpi: Kpi, value: int | None) -> float | int | None:
    """A fact's value in the figure's unit."""
    return value / SECOND if kpi.in_seconds and value is not None else value


@lru_cache(256)
def page(kpi: Kpi, filters: tuple[str, ...], goes_on: bool) -> Compiled:
    """Rows (resource, subject, at, ordinal, value) of the facts of a figure, in the order of time."""
    found = facts.asked(kpi, filters).subquery()
    place = tuple_(found.c.at, found.c.subject, found.c.ordinal)
    chosen = select(found.c.subject, found.c.at, found.c.ordinal, found.c.value)
    if goes_on:
        binds = (
            bindparam("after_at", type_=MOMENT),
            bindparam("after_record", type_=Uuid),
            bindparam("after_ordinal", type_=Integer),
        )
        chosen = chosen.where(place > tuple_(*binds))
    rows = (
        chosen.order_by(found.c.at, found.c.subject, found.c.ordinal)
        .limit(bindparam("most", type_=Integer))
        .subquery()
    )
    return Compiled(
        select(resource(kpi, rows.c.subject).label("resource"), *rows.c).order_by(
            rows.c.at, rows.c.subject, rows.c.ordinal
        )
    )


def resource(kpi: Kpi, subject: Any) -> Any:
    """Whose record a fact is of: where a figure has several kinds, the one of which there are events."""
    if len(kpi.resources) == 1:
        return literal(kpi.resources[0])
    heard = raw_event.c
    return (
        select(heard.resource)
        .where(heard.tenant == TENANT, one_of(heard.resource, kpi.resources), heard.subject == subject)
        .limit(1)
        .scalar_subquery()
    )
