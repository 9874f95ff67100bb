"""How an incident begins."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from itsm_incident.rules import outage, priority
from itsm_incident.rules.incident import FIELDS, Event, Incident


def opened(
    identity: str,
    number: str,
    given: Mapping[str, Any],
    *,
    opened_at: datetime,
    opened_by: str,
    now: datetime,
) -> Event:
    """The event that opens an incident; `given` are fields as callers name them, impact and urgency included.

    A person named at once acknowledges it; a group alone does not.
    """
    fields: dict[str, Any] = dict.fromkeys(FIELDS) | dict(given)
    fields |= priority.decide(given["impact"], given["urgency"])
    fields |= {"id": identity, "number": number, "version": 1, "status": "new", "reopen_count": 0}
    fields |= {"opened_at": opened_at, "opened_by": opened_by, "imported": False}
    fields |= {"created_at": now, "updated_at": now, "outage": None, "escalation_level": 0}
    fields["acknowledged_at"] = opened_at if fields["assignee"] is not None else None
    fields["configuration_items"] = tuple(given.get("configuration_items") or ())
    state = Incident(**fields)
    if given.get("outage") is not None:
        state = replace(state, outage=outage.stated(outage.merged(None, given["outage"]), state, now))
    return Event("opened", opened_at, state)


def following(ended: Incident, words: str, identity: str, number: str, now: datetime) -> Event:
    """The incident that a caller's reply to a closed one opens: the same trouble, linked, in no hands yet."""
    kept = ("impact", "urgency", "category", "service", "configuration_items", "location", "caller")
    given = {name: getattr(ended, name) for name in kept}
    given |= {"title": ended.title, "description": words, "follows_id": ended.id}
    given |= {"assignment_group": ended.assignment_group}
    return opened(identity, number, given, opened_at=now, opened_by=ended.caller or "", now=now)
