"""Edits that change no state: fields, links, and who works on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from itsm_chassis.errors import Refused

from itsm_incident.rules import outage, priority
from itsm_incident.rules.incident import ENDED, Event, Incident, record
from itsm_incident.rules.lifecycle import acknowledged

AFTER_THE_END: Final = frozenset({"related_change", "caused_by_change", "outage"})
"""What may still be learned about a closed or cancelled incident."""


def edit(incident: Incident, given: Mapping[str, Any], now: datetime) -> Event | None:
    """Change fields; None where every one has that value already. Priority follows impact and urgency.

    An outage is merged with what was stated before; one of null is taken back.
    """
    wanted = dict(given)
    if wanted.get("outage") is not None:
        wanted["outage"] = outage.stated(outage.merged(incident.outage, wanted["outage"]), incident, now)
    if "configuration_items" in wanted:
        wanted["configuration_items"] = tuple(wanted["configuration_items"] or ())
    changes = {name: value for name, value in wanted.items() if getattr(incident, name) != value}
    if not changes:
        return None
    if incident.status in ENDED and (locked := sorted(set(changes) - AFTER_THE_END)):
        raise Refused(
            "record_ended",
            f"The incident is {incident.status}: {', '.join(locked)} can no longer change, "
            f"only {', '.join(sorted(AFTER_THE_END))}.",
        )
    if "impact" in changes or "urgency" in changes:
        impact, urgency = changes.get("impact", incident.impact), changes.get("urgency", incident.urgency)
        changes |= priority.decide(impact, urgency)
    return record(incident, "updated", now, now, changes)


def assign(incident: Incident, given: Mapping[str, str | None], now: datetime) -> Event | None:
    """Change the group, the person or both; None where they are the same already."""
    changes = {name: value for name, value in given.items() if getattr(incident, name) != value}
    if not changes:
        return None
    if incident.status in ENDED:
        raise Refused("record_ended", f"The incident is {incident.status}: nobody can be assigned to it.")
    return record(incident, "assigned", now, now, acknowledged(incident, dict(changes), now))
