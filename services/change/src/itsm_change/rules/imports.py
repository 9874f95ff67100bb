"""One line of an import: from an untrusted JSON object to a `Line`, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsm_chassis.errors import FieldError

from itsm_change.rules.history import TIMES, Line

AHEAD: Final = timedelta(minutes=5)
"""How far another desk's clock may run before ours."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier times are the zero of some program's clock, or a slip."""

NAME, TITLE, MANY = 200, 1000, 200
"""Longest name and title in characters, most names in a list."""

Check = Callable[[Any], str | None]
"""What is wrong with a value, or None."""


def words(limit: int) -> Check:
    """Text with something in it."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not value.strip():
            return "must not be empty"
        return f"must not be longer than {limit} characters" if len(value) > limit else None

    return check


def one_of(*known: str) -> Check:
    """One of the known words."""

    def check(value: Any) -> str | None:
        return None if value in known else f"must be one of {', '.join(known)}"

    return check


def names(value: Any) -> str | None:
    """A list of names."""
    if not isinstance(value, list) or len(value) > MANY:
        return f"must be an array of at most {MANY} names"
    return next((wrong for each in value if (wrong := words(NAME)(each)) is not None), None)


def timed(value: Any) -> str | None:
    """Text; whether it is a time is told by reading it."""
    return None if isinstance(value, str) else "must be a time as RFC 3339 text"


def inputs(value: Any) -> str | None:
    """What the risk depends on, as far as the source knows."""
    if not isinstance(value, dict) or value.keys() - {"criticality", "dependents"}:
        return "must be an object of criticality and dependents"
    if value.get("criticality") not in (None, "low", "medium", "high", "critical"):
        return "criticality must be one of low, medium, high, critical"
    count = value.get("dependents")
    if count is not None and not (
        isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 10**6
    ):
        return "dependents must be a whole number from 0 to 1000000"
    return None


LINE: Final[dict[str, Check]] = {
    "external_id": words(NAME),
    "title": words(TITLE),
    "type": one_of("standard", "normal", "emergency"),
    "proposed_at": timed,
    "approved_at": timed,
    "implemented_at": timed,
    "closed_at": timed,
    "backed_out_at": timed,
    "close_code": one_of("successful", "successful_with_issues", "unsuccessful"),
    "reverts": words(NAME),
    "service": words(NAME),
    "configuration_items": names,
    "requester": words(NAME),
    "risk_inputs": inputs,
}
NEEDS: Final = ("external_id", "title", "type", "proposed_at")


def understood(value: Mapping[str, Any], now: datetime) -> tuple[Line | None, list[FieldError]]:
    """The line, or None and every finding; null is the same as absent where a field may be left out."""
    findings = [FieldError(f"/{name}", "missing", "is required") for name in NEEDS if name not in value]
    for name, given in value.items():
        check = LINE.get(name)
        if check is None:
            findings.append(FieldError(f"/{name}", "unknown_field", "is no field of an import"))
        elif given is None and name in NEEDS:
            findings.append(FieldError(f"/{name}", "invalid", "cannot be null"))
        elif given is not None and (wrong := check(given)) is not None:
            findings.append(FieldError(f"/{name}", "invalid", wrong))
    times = {name: timestamp(name, value.get(name), now, findings) for name in ("proposed_at", *TIMES)}
    proposed_at = times.pop("proposed_at")
    if findings or proposed_at is None:
        return None, findings
    aside = {"external_id", "type", "proposed_at", *TIMES}
    fields = {name: given for name, given in value.items() if given is not None and name not in aside}
    fields["change_type"] = value["type"]
    return Line(value["external_id"], proposed_at, fields, **times), []


def timestamp(name: str, given: Any, now: datetime, findings: list[FieldError]) -> datetime | None:
    """The time in UTC; an unreadable, naive or future one is a finding."""
    if not isinstance(given, str):
        return None
    wrong = None
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            wrong = ("naive_time", "has no offset; write Z or +02:00")
        else:
            moment = moment.astimezone(UTC)
            if moment < EARLIEST:
                wrong = ("too_early", "lies before 1970: no desk kept its changes then")
            elif moment - now > AHEAD:
                wrong = ("future_time", "lies more than 5 minutes ahead")
    except (ValueError, OverflowError):
        wrong = ("unreadable_time", "is no RFC 3339 time")
    if wrong is None:
        return moment
    findings.append(FieldError(f"/{name}", *wrong))
    return None
