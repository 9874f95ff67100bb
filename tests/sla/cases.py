"""Calendars, policies and histories in the words of the tests. Times are RFC 3339 text or minutes."""

from datetime import UTC, date, datetime
from typing import Any

from itsm_sla.calendar import ALWAYS, Calendar, Holiday, Hours, weekdays
from itsm_sla.clock import Clock, clocks
from itsm_sla.instant import HOUR
from itsm_sla.moment import History, Moment
from itsm_sla.policy import Policy, Target

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
H = HOUR


def at(text: str) -> datetime:
    """An instant; the offset is spelled out."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.astimezone(UTC)


def hours(opens: int, closes: int) -> Hours:
    """Whole hours of the wall clock."""
    return Hours(opens * 60, closes * 60)


def office(
    zone: str = "Europe/Berlin",
    *,
    opens: int = 8,
    closes: int = 18,
    days: int = 5,
    closed: tuple[str, ...] = (),
) -> Calendar:
    """Monday to Friday, 08:00 to 18:00, without the given dates."""
    week = weekdays({day: [hours(opens, closes)] for day in range(days)})
    shut = tuple(Holiday(date.fromisoformat(day), "holiday") for day in closed)
    return Calendar("office", 1, "Office hours", LONG_AGO, LONG_AGO, zone, week, shut)


def always() -> Calendar:
    """24x7."""
    return Calendar("always", 1, "Around the clock", LONG_AGO, LONG_AGO, "UTC", ALWAYS)


def policy(*targets: Target, **changes: Any) -> Policy:
    """A policy in calendar `office`; resolve within 8 h unless targets are given."""
    given: dict[str, Any] = {
        "key": "gold",
        "version": 1,
        "name": "Gold",
        "kind": "sla",
        "valid_from": LONG_AGO,
        "issued_at": LONG_AGO,
        "calendar": "office",
        "targets": targets or (resolve(8),),
    }
    return Policy(**given | changes)


def resolve(within: float, priority: str | None = None, service: str | None = None) -> Target:
    """Resolve within so many hours."""
    return Target("resolve", int(within * 3600), priority, service)


def respond(within: float, priority: str | None = None) -> Target:
    """Respond within so many hours."""
    return Target("respond", int(within * 3600), priority)


def told(*steps: tuple[str, dict[str, Any]], **first: Any) -> History:
    """A history: (time, what changed) one after another; the first is the opening."""
    state: dict[str, Any] = {"status": "new", "priority": "P3", "assignment_group": "desk"} | first
    moments = []
    for number, (time, changes) in enumerate(steps, 1):
        state |= changes
        if state["status"] != "on_hold":
            state["hold_reason"] = None
        moments.append(Moment(f"e{number}", number, at(time), **state))
    return History(moments[0].at, tuple(moments))


def only(history: History, agreed: Policy, calendar: Calendar | None = None) -> Clock:
    """The one clock that there is."""
    (clock,) = clocks(history, [agreed], [calendar or office()])
    return clock
