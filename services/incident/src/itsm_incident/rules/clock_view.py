"""A clock as a person reads it, at a moment: times as text, durations in seconds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from itsm_sla.clock import Clock
from itsm_sla.explanation import Row, explain
from itsm_sla.instant import SECOND
from itsm_sla.moment import Moment
from itsm_sla.reading import read

from itsm_incident.rules.clock import subject
from itsm_incident.rules.clock_text import text


def seconds(us: int) -> float:
    """Microseconds as seconds, exact to the microsecond."""
    return us / SECOND


def head(record: UUID, clock: Clock) -> dict[str, Any]:
    """Which clock it is, and by which versions."""
    return {
        "id": str(subject(record, clock.identity)),
        "policy": clock.policy.key,
        "policy_name": clock.policy.name,
        "policy_version": clock.policy.version,
        "kind": clock.policy.kind,
        "measure": clock.measure,
        "calendar": clock.calendar.key,
        "calendar_version": clock.calendar.version,
        "zone": clock.calendar.zone,
    }


def shown(record: UUID, clock: Clock, now: datetime) -> dict[str, Any]:
    """Where the clock stands."""
    reading = read(clock, now)
    return head(record, clock) | {
        "state": clock.state,
        "verdict": reading.verdict,
        "breached": reading.breached,
        "target_s": clock.target.seconds,
        "elapsed_s": seconds(reading.elapsed),
        "business_s": seconds(reading.business),
        "paused_s": seconds(reading.paused),
        "remaining_s": seconds(reading.remaining),
        "started_at": text(clock.started_at),
        "attached_at": text(clock.attached_at),
        "due_at": text(clock.due_at),
        "ended_at": text(clock.ended_at),
        "ending": clock.ending,
        "first_completed_at": text(clock.first_completed_at),
        "thresholds": [
            {"percent": mark.percent, "due_at": text(mark.due_at), "reached": mark.percent in reading.reached}
            for mark in clock.thresholds
        ],
        "groups": [
            {
                "group": each.group,
                "elapsed_s": seconds(each.elapsed),
                "business_s": seconds(each.business),
                "paused_s": seconds(each.paused),
            }
            for each in reading.groups
        ],
    }


def explained(record: UUID, clock: Clock, now: datetime) -> dict[str, Any]:
    """Why it stands there: every interval, with the event that opened and closed it."""
    told = explain(clock, now)
    return head(record, clock) | {
        "agreed": told.agreed,
        "result": told.result,
        "intervals": [interval(row) for row in told.rows],
    }


def interval(row: Row) -> dict[str, Any]:
    """One interval; `until` is the time of asking while it lasts, `total_s` what has counted by its end."""
    return {
        "kind": row.interval.kind,
        "reason": row.interval.why,
        "group": row.interval.group,
        "start": text(row.interval.start),
        "until": text(row.until),
        "begun_by": event(row.begun_by),
        "ended_by": event(row.ended_by) if row.ended_by else None,
        "elapsed_s": seconds(row.elapsed),
        "business_s": seconds(row.business),
        "total_s": seconds(row.total),
        "sentence": row.sentence,
    }


def event(moment: Moment) -> dict[str, Any]:
    """The event behind a moment."""
    return {"id": moment.event, "sequence": moment.sequence, "status": moment.status}
