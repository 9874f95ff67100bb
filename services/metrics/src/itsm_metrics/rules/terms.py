"""What was agreed about services, calendars and maintenance, written as facts and read back."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from itsm_sla.calendar import Calendar
from itsm_sla.calendar_form import calendar_from
from itsm_sla.form import Malformed
from itsm_sla.instant import micros

from itsm_metrics.rules.walk import moment

T = TypeVar("T")


class Terms(NamedTuple):
    """What was agreed about a service from `since` on; the target in per cent."""

    since: int
    business_unit: str | None
    calendar: str | None
    target: float | None
    yearly_cost: float | None
    currency: str | None


class Service(NamedTuple):
    """A service by its key: live in [live_at, retired_at), and its terms in the order of their time.

    `said` is false where incidents name it and the portfolio does not: it counts as live all the time.
    """

    key: str
    live_at: int | None
    retired_at: int | None
    terms: Sequence[Terms]
    said: bool = True

    def lives(self, since: int, until: int) -> tuple[int, int]:
        """The part of [since, until) in which it is live; empty (until, until) where it is not."""
        if not self.said:
            return since, until
        start = until if self.live_at is None else max(since, self.live_at)
        end = until if self.retired_at is None else min(until, self.retired_at)
        return (start, end) if start < end else (until, until)


class Maintenance(NamedTuple):
    """What was agreed about a window from `since` on; `services` None means all of them."""

    since: int
    services: frozenset[str] | None
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    zone: str
    takes_place: bool


def written(form: Mapping[str, Any]) -> str:
    """The one text of a form, whatever the order of its names."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@lru_cache(4096)
def calendar_of(form: str) -> Calendar | None:
    """The version in a stored form: one and the same object, so that its hours are worked out once.

    None where the engine takes it no more: the service then counts as one whose calendar is not known.
    """
    try:
        return calendar_from(json.loads(form))
    except Malformed:
        return None


def service_of(key: str, said: Sequence[tuple[datetime, str]]) -> Service:
    """A service from its stored terms, in the order of their time; there is at least one."""
    forms = [(micros(since), json.loads(form)) for since, form in said]
    last = forms[-1][1]
    live_at, retired_at = moment(last["live_at"]), moment(last["retired_at"])
    return Service(
        key,
        None if live_at is None else micros(live_at),
        None if retired_at is None else micros(retired_at),
        [
            Terms(
                since,
                form["business_unit"],
                form["availability_calendar"],
                form["availability_target"],
                form["yearly_cost"],
                form["currency"],
            )
            for since, form in forms
        ],
    )


def maintenance_of(since: datetime, form: str) -> Maintenance:
    """A window's terms from a stored form. One that names items alone says nothing of whole services."""
    said = json.loads(form)
    everywhere = not said["services"] and not said["configuration_items"]
    return Maintenance(
        micros(since),
        None if everywhere else frozenset(said["services"] or ()),
        datetime.fromisoformat(said["starts_at"]),
        datetime.fromisoformat(said["ends_at"]),
        said["recurrence"],
        said["zone"],
        said["status"] == "active",
    )


def in_force(
    versions: Sequence[T], valid_from: Callable[[T], int], since: int, until: int
) -> Iterator[tuple[int, int, T]]:
    """[since, until) cut by which version is in force; the first one holds for all time before it, too.

    They come in the order of `valid_from`; of several with the same the last one counts.
    """
    for index, each in enumerate(versions):
        start = since if index == 0 else max(since, valid_from(each))
        end = until if index + 1 == len(versions) else min(until, valid_from(versions[index + 1]))
        if start < end:
            yield start, end, each


def last_terms(service: Service, until: int) -> Terms | None:
    """The terms at the end of a period."""
    known = [terms for _, _, terms in in_force(service.terms, lambda terms: terms.since, until - 1, until)]
    return known[-1] if known else None


def by_validity(calendars: Iterable[Calendar]) -> list[Calendar]:
    """The versions of one calendar in the order in which they come into force."""
    return sorted(calendars, key=lambda each: (each.valid_from, each.version))
