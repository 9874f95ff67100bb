"""Drafts of policies and calendars, for a what-if: as the engine reads them, numbered where they are not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.calendar import Calendar
from itsm_sla.form import Malformed
from itsm_sla.instant import rfc3339
from itsm_sla.policy import Policy

if TYPE_CHECKING:
    from datetime import datetime


class Versioned(Protocol):
    """A policy or a calendar."""

    @property
    def key(self) -> str:
        """What it is a version of."""

    @property
    def version(self) -> int:
        """Which one."""


V = TypeVar("V", bound=Versioned)


def drafted(
    forms: Sequence[Mapping[str, Any]], known: Iterable[V], read: Callable[[object], V], pointer: str
) -> tuple[V, ...]:
    """Each as the version after the latest of its key, made known in time; Invalid with every finding."""
    latest: dict[Any, int] = {}
    for each in known:
        latest[each.key] = max(each.version, latest.get(each.key, 0))
    found: list[V] = []
    errors: list[FieldError] = []
    for index, form in enumerate(forms):
        key = form.get("key")
        following = latest.get(key, 0) + 1 if isinstance(key, str) else 1
        try:
            known_early = {"issued_at": "0001-01-01T00:00:00Z", "name": key}
            found.append(read(known_early | dict(form) | {"version": following}))
        except Malformed as malformed:
            errors += [
                FieldError(
                    f"{pointer}/{index}{each.pointer}", each.code, f"{each.pointer or 'It'} {each.message}."
                )
                for each in malformed.findings
            ]
    if errors:
        raise Invalid("invalid_draft", "The draft is no such thing; errors says where.", tuple(errors))
    return tuple(found)


def check_calendars(policies: Sequence[Policy], calendars: Iterable[Calendar]) -> None:
    """Invalid where a drafted policy would silently give no clock: what was asked would have no answer."""
    since: dict[str, datetime] = {}
    for each in calendars:
        since[each.key] = min(each.valid_from, since.get(each.key, each.valid_from))
    errors: list[FieldError] = []
    for index, policy in enumerate(policies):
        begins = since.get(policy.calendar)
        if begins is None:
            message = (
                f"There is no calendar {policy.calendar}: give a draft of it in calendars, or name another."
            )
            errors.append(FieldError(f"/policies/{index}/calendar", "unknown_calendar", message))
        elif policy.valid_from < begins:
            message = (
                f"The calendar {policy.calendar} is valid from {rfc3339(begins)} on only: a record opened "
                "before would have no clock. Begin later, or give a draft of it that is valid earlier."
            )
            errors.append(FieldError(f"/policies/{index}/valid_from", "before_calendar", message))
    if errors:
        raise Invalid("invalid_draft", "The draft would give no clocks; errors says why.", tuple(errors))
