"""The incident as JSON text, byte for byte what GET answers, and back."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from itsm_incident.rules.incident import FIELDS, Incident, Outage

SLA: Final = ("sla_due_at", "sla_state")
"""Shown behind the card, and not part of it."""
TIMES: Final = frozenset(name for name in FIELDS if name.endswith("_at"))


def written(moment: datetime) -> str:
    """RFC 3339 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def values(incident: Incident) -> dict[str, Any]:
    """The fields in JSON's types: times as text, the outage as an object."""
    data = {name: getattr(incident, name) for name in FIELDS}
    for name in TIMES:
        if data[name] is not None:
            data[name] = written(data[name])
    if incident.outage is not None:
        times = (incident.outage.started_at, incident.outage.ended_at)
        started, ended = (written(moment) if moment else None for moment in times)
        data["outage"] = {"degree": incident.outage.degree, "started_at": started, "ended_at": ended}
    return data


def write(incident: Incident) -> str:
    """JSON text of all but what the clocks show."""
    told = {name: value for name, value in values(incident).items() if name not in SLA}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def shown(incident: Incident) -> str:
    """JSON text of the whole representation."""
    told = values(incident)
    told["sla_state"] = told["sla_state"] or "none"
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Incident:
    """The state behind a card that `write` made; fields that it did not know yet are empty."""
    data = dict.fromkeys(FIELDS) | json.loads(text)
    for name in TIMES:
        data[name] = moment(data[name])
    if data["outage"] is not None:
        given = data["outage"]
        data["outage"] = Outage(given["degree"], moment(given["started_at"]), moment(given["ended_at"]))
    data["configuration_items"] = tuple(data["configuration_items"] or ())
    return Incident(**data)


def moment(text: str | None) -> datetime | None:
    """The time behind `written`."""
    return None if text is None else datetime.fromisoformat(text)
