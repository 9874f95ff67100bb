"""The agreed time of a service, and what became of it: a pure function of terms, windows and outages.

agreed    = open(calendar) ∩ live ∩ [from, to) \\ planned maintenance
downtime  = union(full outages) ∩ agreed
available = (agreed - downtime) / agreed
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from itsm_sla.calendar import Calendar
from itsm_sla.instant import DAY, instant, micros

from itsm_metrics.rules.recurrence import occurrences
from itsm_metrics.rules.stretches import Stretch, both, union, without
from itsm_metrics.rules.terms import Maintenance, Service, in_force

LONGEST = 3_660 * DAY
"""Ten years: how long a period may be, and how far before it a failure is sought that goes on in it."""


class Agreement(NamedTuple):
    """What all services of a tenant share: the versions of each calendar and window, in order."""

    calendars: Mapping[str, Sequence[Calendar]]
    windows: Sequence[Sequence[Maintenance]]


class Course(NamedTuple):
    """What happened to a service: its agreed time, the downtime in it, and when it failed."""

    agreed: Sequence[Stretch]
    down: Sequence[Stretch]
    failures: Sequence[int]


def course(
    service: Service, agreement: Agreement, outages: Iterable[Stretch], since: int, until: int
) -> Course:
    """The course of a service in [since, until).

    `outages` reach as far back as one without a gap goes on at `since`, and end at `until` at the latest.
    """
    runs = union(outages)
    agreed = agreed_time(service, agreement, since, until)
    failures = []
    for run in runs:
        hurt = both(agreed, [run])
        earlier = run[0] < since and agreed_time(service, agreement, max(run[0], since - LONGEST), since)
        if hurt and not (earlier and both(earlier, [run])):
            failures.append(hurt[0][0])
    return Course(agreed, both(agreed, runs), failures)


def agreed_time(service: Service, agreement: Agreement, since: int, until: int) -> list[Stretch]:
    """When the service was to be there, within [since, until)."""
    start, end = service.lives(since, until)
    if not service.terms:
        opened = [(start, end)] if start < end else []
    else:
        opened = [
            each
            for begin, stop, terms in in_force(service.terms, lambda terms: terms.since, start, end)
            for each in opening_hours(agreement.calendars.get(terms.calendar or "", ()), begin, stop)
        ]
    return without(union(opened), planned(service.key, agreement.windows, start, end))


def opening_hours(versions: Sequence[Calendar], since: int, until: int) -> list[Stretch]:
    """The open time of a calendar; all of it where there is none, or none that is known."""
    if not versions:
        return [(since, until)]
    return [
        each
        for begin, stop, calendar in in_force(versions, valid_from, since, until)
        for each in calendar.openings.between(begin, stop)
    ]


def valid_from(calendar: Calendar) -> int:
    """From when on a version is in force."""
    return micros(calendar.valid_from)


def planned(key: str, windows: Iterable[Sequence[Maintenance]], since: int, until: int) -> list[Stretch]:
    """The maintenance of a service in [since, until).

    Whatever was agreed last before an occurrence begins says whether it takes place: a window that was
    announced after it began was not planned, and one that is cancelled took place until then.
    """
    found = []
    for window in windows:
        for index, terms in enumerate(window):
            if not terms.takes_place or (terms.services is not None and key not in terms.services):
                continue
            changed = window[index + 1].since if index + 1 < len(window) else until
            for starts_at, ends_at in occurring(terms, min(until, changed)):
                if starts_at >= terms.since and ends_at > since:
                    found.append((max(starts_at, since), min(ends_at, until)))
    return union(found)


def occurring(terms: Maintenance, until: int) -> list[Stretch]:
    """The occurrences of a window that begin before `until`."""
    within = occurrences(terms.starts_at, terms.ends_at, terms.recurrence, terms.zone, instant(until))
    return [(micros(starts), micros(ends)) for starts, ends in within]
