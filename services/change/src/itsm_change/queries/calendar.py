"""What happens when: changes, freezes and the occurrences of maintenance windows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_change.rules.interval import LONGEST, Interval
from itsm_change.rules.windows import Window
from itsm_change.tables.scenery import TIME, freeze_of, window_of

MOST: Final = 5000

CHANGES: Final = f"""
SELECT id, number, title, change_type, status, services, configuration_items, planned_start, planned_end
FROM change
WHERE tenant = $1 AND planned_end IS NOT NULL AND {TIME} && tstzrange($2, $3) AND status <> 'cancelled'
    AND ($4::text IS NULL OR $4 = ANY(services)) AND ($5::text IS NULL OR $5 = ANY(configuration_items))
    AND ($6::text IS NULL OR change_type = $6)
ORDER BY planned_start, id LIMIT {MOST + 1}
"""  # noqa: S608  # made of constants alone
FITS: Final = """tenant = $1 AND status = 'active' AND starts_at < $3 AND (over_at IS NULL OR over_at > $2)
    AND (services = '{}' AND configuration_items = '{}'
        OR (($4::text IS NULL OR $4 = ANY(services)) AND ($5::text IS NULL OR $5 = ANY(configuration_items))))
"""
WINDOWS: Final = f"""
SELECT false AS freezes, card FROM maintenance_window WHERE {FITS}
UNION ALL SELECT true, card FROM change_freeze WHERE {FITS}
"""  # noqa: S608  # made of constants alone


class Wanted(NamedTuple):
    """Which part of the calendar: what names this service, this item; changes of this type."""

    period: Interval
    service: str | None = None
    configuration_item: str | None = None
    change_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happens; `reference` is a change's number, or the key of a window or freeze."""

    kind: str
    id: UUID
    reference: str
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    change_type: str | None = None
    services: tuple[str, ...] = ()
    configuration_items: tuple[str, ...] = ()


async def entries(db: Database, ctx: Context, wanted: Wanted) -> list[Entry]:
    """What happens in a time, in order; Invalid where that is more than anybody can look at."""
    if wanted.period.end - wanted.period.start > LONGEST:
        raise too_much(f"The calendar shows {LONGEST.days} days at once.")
    start, end = wanted.period
    filters = (wanted.service, wanted.configuration_item)
    rows = await db.fetch(CHANGES, ctx.tenant, start, end, *filters, wanted.change_type)
    found = [change(row) for row in rows]
    for row in await db.fetch(WINDOWS, ctx.tenant, start, end, *filters):
        kind, window = (
            ("freeze", freeze_of(row["card"])) if row["freezes"] else ("maintenance", window_of(row["card"]))
        )
        found += occurring(kind, window, wanted.period)
        if len(found) > MOST:
            break
    if len(found) > MOST:
        raise too_much(f"More than {MOST} things happen in that time.")
    return sorted(found, key=lambda each: (each.starts_at, each.kind, each.reference))


def change(row: Any) -> Entry:
    """A change at its planned time."""
    return Entry(
        kind="change",
        id=row["id"],
        reference=row["number"],
        title=row["title"],
        starts_at=row["planned_start"],
        ends_at=row["planned_end"],
        status=row["status"],
        change_type=row["change_type"],
        services=tuple(row["services"]),
        configuration_items=tuple(row["configuration_items"]),
    )


def occurring(kind: str, window: Window, period: Interval) -> Iterator[Entry]:
    """Each occurrence of a window."""
    for each in window.during(period):
        yield Entry(
            kind=kind,
            id=window.id,
            reference=window.key,
            title=window.name,
            starts_at=each.start,
            ends_at=each.end,
            status=window.status,
            services=window.services,
            configuration_items=window.configuration_items,
        )


def too_much(sentence: str) -> Invalid:
    """Ask for less."""
    message = f"{sentence} Ask for a shorter time, a service or an item."
    return Invalid("too_much", message, (FieldError("to", "too_much", message),))
