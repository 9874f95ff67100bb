"""One line of an import: from an untrusted JSON object to a `Line`, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

from itsm_chassis.errors import FieldError

from itsm_catalog.rules.requests.history import Line, Step
from itsm_catalog.rules.requests.request import HoldReason, Status

AHEAD: Final = timedelta(minutes=5)
"""How far another desk's clock may run before ours."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier times are the zero of some program's clock, or a slip."""

NAME, TEXT = 200, 100_000
"""Longest name (it is indexed) and longest free text, in characters."""

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


def one_of(kind: Any) -> Check:
    """One of the words of a Literal."""
    known = get_args(kind)

    def check(value: Any) -> str | None:
        return None if value in known else f"must be one of {', '.join(known)}"

    return check


def listed(value: Any) -> str | None:
    """An array; its items are checked one by one."""
    return None if isinstance(value, list) else "must be an array"


def timed(value: Any) -> str | None:
    """Text; whether it is a time is told by reading it."""
    return None if isinstance(value, str) else "must be a time as RFC 3339 text"


def numbered(value: Any) -> str | None:
    """The number of a version."""
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
    return None if whole else "must be the number of a version"


LINE: Final[dict[str, Check]] = {
    "external_id": words(NAME),
    "offering": words(NAME),
    "offering_version": numbered,
    "service": words(NAME),
    "requester": words(NAME),
    "requested_for": words(NAME),
    "business_unit": words(NAME),
    "submitted_at": timed,
    "history": listed,
}
LINE_NEEDS: Final = frozenset({"external_id", "offering", "requester", "submitted_at", "history"})
STEP: Final[dict[str, Check]] = {
    "at": timed,
    "to": one_of(Status),
    "reason": one_of(HoldReason),
    "source_state": words(NAME),
    "comment": words(TEXT),
}
STEP_NEEDS: Final = frozenset({"at", "to"})


def understood(value: Mapping[str, Any], now: datetime) -> tuple[Line | None, list[FieldError]]:
    """The line, or None and every finding."""
    findings = checked("", value, LINE, LINE_NEEDS)
    items = value.get("history")
    steps = [
        stepped(f"/history/{index}", item, now, findings)
        for index, item in enumerate(items if isinstance(items, list) else ())
    ]
    submitted_at = timestamp("/submitted_at", value.get("submitted_at"), now, findings)
    if findings or submitted_at is None:
        return None, findings
    fields = {name: value[name] for name in LINE if name in value and name not in ("history", "submitted_at")}
    return Line(**fields, submitted_at=submitted_at, steps=tuple(step for step in steps if step)), []


def stepped(pointer: str, item: Any, now: datetime, findings: list[FieldError]) -> Step | None:
    """One item of the history; its findings are appended."""
    if not isinstance(item, dict):
        findings.append(FieldError(pointer, "invalid", "must be an object"))
        return None
    wrong = checked(pointer, item, STEP, STEP_NEEDS)
    at = timestamp(f"{pointer}/at", item.get("at"), now, wrong)
    findings += wrong
    return None if wrong or at is None else Step(**{**item, "at": at})


def checked(
    pointer: str, value: Mapping[str, Any], known: Mapping[str, Check], needed: frozenset[str]
) -> list[FieldError]:
    """Unknown fields, missing ones, and values that are not what they should be."""
    findings = [
        FieldError(f"{pointer}/{name}", "missing", "is required") for name in needed if name not in value
    ]
    for name, given in value.items():
        check = known.get(name)
        if check is None:
            findings.append(FieldError(f"{pointer}/{name}", "unknown_field", "is no field of an import"))
        elif given is None and name in needed:
            findings.append(FieldError(f"{pointer}/{name}", "invalid", "cannot be empty"))
        elif given is not None and (wrong := check(given)) is not None:
            findings.append(FieldError(f"{pointer}/{name}", "invalid", wrong))
    return findings


def timestamp(pointer: str, given: Any, now: datetime, findings: list[FieldError]) -> datetime | None:
    """The time in UTC; an unreadable, naive or future one is a finding."""
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            findings.append(FieldError(pointer, "naive_time", "has no offset; write Z or +02:00"))
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        findings.append(FieldError(pointer, "unreadable_time", "is no RFC 3339 time"))
        return None
    if moment < EARLIEST:
        findings.append(FieldError(pointer, "too_early", "lies before 1970: no desk kept its requests then"))
        return None
    if moment - now > AHEAD:
        findings.append(FieldError(pointer, "future_time", "lies more than 5 minutes ahead"))
        return None
    return moment
