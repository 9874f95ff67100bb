"""Closing by itself: some days after the resolution, unless somebody objects."""

from datetime import datetime, timedelta

from itsm_incident.rules.incident import Event, Incident
from itsm_incident.rules.lifecycle import Transition, move


def counts_from(incident: Incident) -> datetime | None:
    """When the days to closing begin: at the resolution, for history at its import; None unless resolved."""
    if incident.status != "resolved" or incident.resolved_at is None:
        return None
    return max(incident.resolved_at, incident.created_at)


def due(incident: Incident, days: float, now: datetime) -> Event | None:
    """The closing event where the time is up; `days` = 0 means never."""
    begun = counts_from(incident)
    if not days or begun is None or begun + timedelta(days=days) > now:
        return None
    return move(incident, Transition("closed"), now)
