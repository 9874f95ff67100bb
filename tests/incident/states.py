"""Incidents to decide about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsm_incident.rules.history import Line, Step, replayed
from itsm_incident.rules.incident import Event, Incident
from itsm_incident.rules.opening import opened

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPENED = datetime(2012, 5, 1, 6, 0, tzinfo=UTC)


def fresh(**fields: Any) -> Incident:
    """A new incident of Carl's."""
    given = {"title": "No mail", "impact": "high", "urgency": "medium", "caller": "carl"} | fields
    return opened("0197", "INC-000001", given, opened_at=NOW, opened_by="carl", now=NOW).state


def being(status: Any, **fields: Any) -> Incident:
    """One in some state, however it came there."""
    resolved = {"resolved_at": NOW, "first_resolved_at": NOW} if status in ("resolved", "closed") else {}
    return replace(fresh(), status=status, **(resolved | fields))


def step(hours: float, to: Any = None, comment: str | None = None, **fields: Any) -> Step:
    """An item of a history, so long after the opening."""
    return Step(OPENED + hours * HOUR, to, fields, comment)


def history(*steps: Step, **fields: Any) -> list[Event]:
    """The events of an imported incident."""
    given = {"title": "Old", "impact": "medium", "urgency": "medium"} | fields
    return replayed(Line("A-1", OPENED, given, steps), "0197", "INC-000001", "mover", NOW)


def told(*steps: Step, **fields: Any) -> list[str]:
    """What happened in it, in a word per event."""
    return [event.what for event in history(*steps, **fields)]
