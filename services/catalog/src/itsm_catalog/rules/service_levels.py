"""What makes a calendar or policy sound beyond its form, which itsm_sla checks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.form import Malformed
from itsm_sla.instant import rfc3339
from itsm_sla.policy import Policy

Version = TypeVar("Version")
Line = Mapping[str, Any]
"""One of a record's `versions`: its number, valid_from, issued_at and whether it is retired."""


def sound(read: Callable[[object], Version], form: object) -> Version:
    """The version that a form describes; Invalid with every finding where it is none."""
    try:
        return read(form)
    except Malformed as malformed:
        raise invalid(FieldError(*finding) for finding in malformed.findings) from malformed


def check_policy(policy: Policy, calendar: Sequence[Line] | None) -> None:
    """Invalid where the policy would silently give no clock: `calendar` are the versions of its calendar."""
    found = [
        FieldError(
            f"/targets/{index}/service",
            "service_not_covered",
            f"The policy is not for {target.service}: add it to services, or leave the target out.",
        )
        for index, target in enumerate(policy.targets)
        if target.service is not None and policy.services and target.service not in policy.services
    ]
    if calendar is None:
        message = f"There is no calendar {policy.calendar}: publish it first."
        found.append(FieldError("/calendar", "unknown_calendar", message))
    elif policy.valid_from < (since := min(map(valid_from, calendar))):
        message = (
            f"The calendar {policy.calendar} is valid from {rfc3339(since)} on only: without it a record "
            "opened before would have no clock. Publish an earlier version of it, or begin later."
        )
        found.append(FieldError("/valid_from", "before_calendar", message))
    if found:
        raise invalid(found)


def check_retirement(at: datetime, versions: Sequence[Line]) -> None:
    """Invalid where a version that is valid from later on would undo the retirement."""
    last = max(versions, key=valid_from)
    if at < valid_from(last):
        message = (
            f"Version {last['version']} is valid from {last['valid_from']} and would outlive a retirement "
            "before that: retire from then on, or later."
        )
        raise invalid([FieldError("/valid_from", "before_version", message)])


def valid_from(line: Line) -> datetime:
    """From when on a version governs."""
    return datetime.fromisoformat(line["valid_from"])


def invalid(found: Iterable[FieldError]) -> Invalid:
    """The refusal that lists these findings."""
    errors = tuple(found)
    count = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
    return Invalid("invalid_request", f"The request has {count}; see errors.", errors)
