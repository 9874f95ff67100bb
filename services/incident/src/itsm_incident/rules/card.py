"""The incident as JSON text, byte for byte what GET answers, and back."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from itsm_incident.rules.incident import FIELDS, Incident, Outage

FLAG: Final = ("escalation_level", "escalated_at")
SLA: Final = ("sla_due_at", "sla_state")
BEHIND: Final = frozenset(FLAG + SLA)
"""Shown behind the card, and not part of it: cards that are stored need not change where a field is added."""
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
    """JSON text of all but what stands behind it."""
    return compact({name: value for name, value in values(incident).items() if name not in BEHIND})


def flag(incident: Incident) -> str:
    """JSON text of the escalation, as it continues a card."""
    told = values(incident)
    return f",{compact({name: told[name] for name in FLAG})[1:-1]}"


def shown(incident: Incident) -> str:
    """JSON text of the whole representation."""
    told = values(incident)
    told["sla_state"] = told["sla_state"] or "none"
    return compact(told)


def compact(told: dict[str, Any]) -> str:
    """An object as JSON text."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Incident:
    """The state behind a text that was read as `shown`; fields that it did not know yet are empty, and those
    of a later release are left aside.
    """
    told = json.loads(text)
    data: dict[str, Any] = {name: told.get(name) for name in FIELDS}
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
