"""One line of an import: from an untrusted JSON object to a `Line`, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsm_chassis.errors import FieldError

from itsm_incident.rules.history import Line, Step
from itsm_incident.rules.priority import LEVELS, PRIORITIES

AHEAD: Final = timedelta(minutes=5)
"""How far another desk's clock may run before ours."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier times are the zero of some program's clock, or a slip."""

NAME, TEXT = 200, 100_000
"""Longest name (it is indexed) and longest free text, in characters."""

HOLD_REASONS: Final = ("caller", "vendor", "change", "problem", "scheduled")
STATES: Final = ("in_progress", "on_hold", "resolved", "closed", "cancelled")

Check = Callable[[Any], str | None]
"""What is wrong with a value, or None."""


def words(limit: int) -> Check:
    """Text that PostgreSQL can hold, with something in it."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not value.strip():
            return "must not be empty"
        if len(value) > limit:
            return f"must not be longer than {limit} characters"
        return None

    return check


def one_of(*known: str) -> Check:
    """One of the known words."""

    def check(value: Any) -> str | None:
        return None if value in known else f"must be one of {', '.join(known)}"

    return check


def listed(value: Any) -> str | None:
    """An array; its items are checked one by one."""
    return None if isinstance(value, list) else "must be an array"


def timed(value: Any) -> str | None:
    """Text; whether it is a time is told by reading it."""
    return None if isinstance(value, str) else "must be a time as RFC 3339 text"


LINE: Final[dict[str, Check]] = {
    "external_id": words(NAME),
    "title": words(NAME * 5),
    "opened_at": timed,
    "impact": one_of(*LEVELS),
    "urgency": one_of(*LEVELS),
    "history": listed,
    "priority": one_of(*PRIORITIES),
    "service": words(NAME),
    "category": words(NAME),
    "caller": words(NAME),
    "location": words(NAME),
}
LINE_NEEDS: Final = ("external_id", "title", "opened_at", "impact", "urgency", "history")

STEP: Final[dict[str, Check]] = {
    "at": timed,
    "impact": one_of(*LEVELS),
    "urgency": one_of(*LEVELS),
    "to": one_of(*STATES),
    "source_state": words(NAME),
    "reason": one_of(*HOLD_REASONS),
    "resolution_code": words(NAME),
    "assignment_group": words(NAME),
    "assignee": words(NAME),
    "priority": one_of(*PRIORITIES),
    "comment": words(TEXT),
    "related_change": words(NAME),
    "caused_by_change": words(NAME),
}
STEP_NEEDS: Final = ("at",)
NEVER_NULL: Final = frozenset({"external_id", "title", "opened_at", "impact", "urgency", "history", "at"})


def understood(value: Mapping[str, Any], now: datetime) -> tuple[Line | None, list[FieldError]]:
    """The line, or None and every finding. Absent fields are left out, null ones are None."""
    findings = checked("", value, LINE, LINE_NEEDS)
    items = value.get("history")
    steps = []
    for index, item in enumerate(items if isinstance(items, list) else ()):
        steps.append(stepped(f"/history/{index}", item, now, findings))
    opened_at = timestamp("/opened_at", value.get("opened_at"), now, findings)
    if findings or opened_at is None:
        return None, findings
    fields = {name: value[name] for name in LINE if name in value and name not in ("history", "opened_at")}
    external_id = fields.pop("external_id")
    return Line(external_id, opened_at, fields, tuple(step for step in steps if step)), []


def stepped(pointer: str, item: Any, now: datetime, findings: list[FieldError]) -> Step | None:
    """One item of the history; its findings are appended."""
    if not isinstance(item, dict):
        findings.append(FieldError(pointer, "invalid", "must be an object"))
        return None
    wrong = checked(pointer, item, STEP, STEP_NEEDS)
    at = timestamp(f"{pointer}/at", item.get("at"), now, wrong)
    if wrong or at is None:
        findings += wrong
        return None
    fields = {name: item[name] for name in item if name not in ("at", "to", "comment", "reason")}
    if "reason" in item:
        fields["hold_reason"] = item["reason"]
    return Step(at, item.get("to"), fields, item.get("comment"))


def checked(
    pointer: str, value: Mapping[str, Any], known: Mapping[str, Check], needed: tuple[str, ...]
) -> list[FieldError]:
    """Unknown fields, missing ones, and values that are not what they should be."""
    findings = [
        FieldError(f"{pointer}/{name}", "missing", "is required") for name in needed if name not in value
    ]
    for name, given in value.items():
        check = known.get(name)
        if check is None:
            findings.append(FieldError(f"{pointer}/{name}", "unknown_field", "is no field of an import"))
        elif given is None:
            if name in NEVER_NULL:
                findings.append(FieldError(f"{pointer}/{name}", "invalid", "cannot be cleared"))
        elif (wrong := check(given)) is not None:
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
        findings.append(FieldError(pointer, "too_early", "lies before 1970: no desk kept its incidents then"))
        return None
    if moment - now > AHEAD:
        findings.append(FieldError(pointer, "future_time", "lies more than 5 minutes ahead"))
        return None
    return moment
