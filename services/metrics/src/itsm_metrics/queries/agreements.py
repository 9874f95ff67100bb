"""Reading what was agreed about services, and when they were down."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from itsm_sla.instant import instant, micros

from itsm_metrics.rules.agreed_time import Agreement
from itsm_metrics.rules.stretches import Stretch
from itsm_metrics.rules.terms import Service, by_validity, calendar_of, maintenance_of, service_of

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

TERMS = """
SELECT kind, key, subject, since, form FROM term WHERE tenant = $1 AND kind = ANY($2::text[])
ORDER BY kind, key, subject, ordinal
"""
OUTAGES = """
SELECT service, subject, started_at, least(coalesce(ended_at, 'infinity'), $3) AS ended_at FROM span
WHERE tenant = $1 AND kind = 'outage' AND (ended_at IS NULL OR ended_at > $2) AND started_at < $3
    AND tenant || ' ' || kind = $1 || ' outage'
    AND tstzrange(started_at, ended_at) && tstzrange($2::timestamptz, $3::timestamptz, '[]')
"""
DEMAND = """
SELECT service, to_char(timezone($4, at), 'YYYY-MM') AS month,
       CASE measure WHEN 'opened' THEN 'incident' ELSE 'request' END AS kind, count(*) AS n
FROM measurement
WHERE tenant = $1 AND measure IN ('opened', 'request_submitted') AND at >= $2 AND at < $3
GROUP BY 1, 2, 3
"""


class Outage(NamedTuple):
    """A full outage that an incident states, at most until the end of the period; in microseconds."""

    incident: UUID
    start: int
    end: int

    @property
    def stretch(self) -> Stretch:
        """When it was down."""
        return self.start, self.end


class Agreed(NamedTuple):
    """What a tenant has agreed, by the services' keys, and the records of these."""

    services: dict[str, Service]
    records: dict[str, UUID]
    agreement: Agreement


async def agreed(conn: "Connection[Any]", tenant: str, *kinds: str) -> Agreed:
    """All terms of these kinds."""
    rows = await conn.fetch(TERMS, tenant, list(kinds))
    services: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    calendars: dict[str, list[str]] = defaultdict(list)
    records: dict[str, UUID] = {}
    windows = []
    for (kind, key, subject), group in groupby(rows, lambda row: (row["kind"], row["key"], row["subject"])):
        forms = [(row["since"], row["form"]) for row in group]
        if kind == "service":
            services[key] += forms
            records[key] = subject
        elif kind == "calendar":
            calendars[key] += [form for _, form in forms]
        else:
            windows.append([maintenance_of(*each) for each in forms])
    known = {key: by_validity(filter(None, map(calendar_of, forms))) for key, forms in calendars.items()}
    return Agreed(
        {key: service_of(key, sorted(said)) for key, said in services.items()},
        records,
        Agreement({key: versions for key, versions in known.items() if versions}, windows),
    )


async def outages(
    conn: "Connection[Any]", tenant: str, since: int, until: int
) -> dict[str | None, list[Outage]]:
    """The full outages in [since, until) by service, and those before that one of them goes on from."""
    reach = since
    while True:
        found: dict[str | None, list[Outage]] = defaultdict(list)
        for row in await conn.fetch(OUTAGES, tenant, instant(reach), instant(until)):
            began, ended = micros(row["started_at"]), micros(row["ended_at"])
            found[row["service"]].append(Outage(row["subject"], began, ended))
        earliest = min((one.start for each in found.values() for one in each), default=reach)
        if earliest >= reach:
            return found
        reach = earliest


async def demand(
    conn: "Connection[Any]", tenant: str, since: datetime, until: datetime, zone: str
) -> Sequence[tuple[str | None, str, str, int]]:
    """(service, month, request or incident, how many) of the period."""
    return [tuple(row) for row in await conn.fetch(DEMAND, tenant, since, until, zone)]
