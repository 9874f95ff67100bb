"""When the service was down: by default from the opening to the last resolution."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from itsm_chassis.errors import FieldError, Invalid

from itsm_incident.rules.incident import Incident, Outage


def merged(current: Outage | None, given: Mapping[str, Any]) -> Outage:
    """What is stated, laid over what was (RFC 7396); the degree must be known by then."""
    values: dict[str, Any] = asdict(current) if current is not None else {}
    if given.get("degree") == "none":
        values = {}
    values |= given
    if values.get("degree") is None:
        raise wrong("degree", "An outage needs its degree: none, partial or full.")
    return Outage(**values)


def stated(given: Outage, incident: Incident, now: datetime) -> Outage:
    """An outage as somebody stated it, its absent times filled with the defaults."""
    if given.degree == "none":
        if given.started_at or given.ended_at:
            raise wrong("degree", "An outage of degree none has no times.")
        return given
    started = given.started_at or incident.opened_at
    ended = given.ended_at or (incident.resolved_at if incident.status in ("resolved", "closed") else None)
    if max(started, ended or started) > now:
        raise wrong("ended_at" if started <= now else "started_at", "An outage cannot lie in the future.")
    if ended is not None and ended < started:
        raise wrong("ended_at", "The outage would end before it started.")
    return Outage(given.degree, started, ended)


def resolved(outage: Outage | None, at: datetime) -> Outage | None:
    """A resolution ends an outage whose end nobody has stated."""
    if outage is None or outage.degree == "none" or outage.ended_at is not None:
        return outage
    return replace(outage, ended_at=max(at, outage.started_at or at))


def reopened(outage: Outage | None, resolved_at: datetime | None) -> Outage | None:
    """An end that was only the resolution's is open again."""
    if outage is None or outage.ended_at is None or outage.ended_at != resolved_at:
        return outage
    return replace(outage, ended_at=None)


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a stated outage."""
    return Invalid("invalid_outage", sentence, (FieldError(f"/outage/{field}", "invalid", sentence),))
