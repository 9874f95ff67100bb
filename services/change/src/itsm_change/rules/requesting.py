"""How a change begins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from itsm_chassis.errors import Refused

from itsm_change.rules.change import Change, Event, record
from itsm_change.rules.editing import shaped
from itsm_change.rules.lifecycle import check_times
from itsm_change.rules.templates import CONTENT

OWN: Final = frozenset({"title", "change_type"})
"""What a change always says itself."""


def requested(
    identity: str, number: str, given: Mapping[str, Any], *, requested_at: datetime, now: datetime
) -> Event:
    """The event that begins a change; `given` are fields as callers name them."""
    change = Change(
        id=identity,
        number=number,
        requested_at=requested_at,
        created_at=now,
        updated_at=now,
        **shaped(given),
    )
    check_times(change, now)
    return Event("requested", requested_at, change)


def from_template(given: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, and the template's for the others."""
    if not template["active"]:
        raise Refused("template_inactive", f"The template {template['key']} is not active.")
    return {name: template[name] for name in CONTENT if template[name]} | dict(given)


def detected(
    identity: str, number: str, given: Mapping[str, Any], *, requester: str, now: datetime
) -> list[Event]:
    """The events of filing an unauthorised change: an emergency one that is in authorize already."""
    fields = dict(given) | {"change_type": "emergency", "requester": requester, "unauthorized": True}
    first = requested(identity, number, fields, requested_at=now, now=now)
    effects = {"status": "authorize", "approval": "not_required"}
    return [first, record(first.state, "detected", now, now, effects)]
