"""Why a clock shows what it shows: every interval with the event that opened and closed it, in words."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from itsm_sla.calendar import Calendar
from itsm_sla.clock import Clock, Ending
from itsm_sla.closed_days import closed_days
from itsm_sla.instant import between
from itsm_sla.interval import Interval
from itsm_sla.moment import Moment
from itsm_sla.policy import Kind
from itsm_sla.reading import Reading, breached, read
from itsm_sla.words import duration, local
from itsm_sla.zone import zone

KINDS: dict[Kind, str] = {"sla": "SLA", "ola": "OLA", "underpinning": "underpinning contract"}
ENDINGS: dict[Ending, str] = {
    "responded": "it was responded to",
    "resolved": "it was resolved",
    "fulfilled": "it was fulfilled",
    "group_changed": "it left the group",
    "target_changed": "another target, or none, took the place of this one",
    "record_cancelled": "the record was cancelled",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of a clock; durations in microseconds, `total` the business time up to its end.

    `until` is `now` and `ended_by` None where it lasts. The last row's `total` is what the clock shows.
    """

    interval: Interval
    until: datetime
    elapsed: int
    business: int
    total: int
    sentence: str

    @property
    def begun_by(self) -> Moment:
        """The event that opened it."""
        return self.interval.begun_by

    @property
    def ended_by(self) -> Moment | None:
        """The event that closed it."""
        return self.interval.ended_by


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock at a moment: what was agreed, each interval, and what follows."""

    agreed: str
    rows: tuple[Row, ...]
    result: str
    reading: Reading


def explain(clock: Clock, now: datetime) -> Explanation:
    """The explanation of what the clock shows at `now`, in the local time of its calendar."""
    place = zone(clock.calendar.zone)
    rows: list[Row] = []
    total = 0
    for each in clock.intervals:
        until = each.end or max(now, each.start)
        open_time = each.open_time(clock.calendar, now)
        total += open_time if each.kind == "running" else 0
        words = sentence(each, until, open_time, total, clock.calendar)
        rows.append(Row(each, until, each.elapsed(now), open_time, total, words))
    shown = read(clock, now)
    return Explanation(agreed(clock, place), tuple(rows), result(clock, shown, now, place), shown)


def agreed(clock: Clock, place: ZoneInfo) -> str:
    """What was agreed, by which versions, and from when it counts."""
    policy, target, calendar = clock.policy, clock.target, clock.calendar
    scope = [f"priority {target.priority}"] if target.priority else []
    scope += [f"service {target.service}"] if target.service else []
    told = (
        f"{KINDS[policy.kind]} {policy.name} (version {policy.version}): {clock.measure} within "
        f"{duration(target.us, days=False)} for {' and '.join(scope) or 'everything'}, counted in calendar "
        f"{calendar.name} (version {calendar.version}, {calendar.zone}) "
        f"from {local(clock.started_at, place)}."
    )
    if clock.attached_at > clock.started_at:
        told += f" In force since {event(clock.attached_by)} at {local(clock.attached_at, place)}."
    return told


def sentence(interval: Interval, until: datetime, open_time: int, total: int, calendar: Calendar) -> str:
    """One interval in words, with the days on which nothing of it was open."""
    place = zone(calendar.zone)
    state = "running" if interval.kind == "running" else f"paused ({interval.why})"
    where = f" in {interval.group}" if interval.group else ""
    end = f"until {event(interval.ended_by)}" if interval.ended_by else "lasting"
    counted = f"counted {duration(total, days=False)} so far" if interval.kind == "running" else "not counted"
    shut = closed_days(calendar, interval.start, until)
    return (
        f"{local(interval.start, place)} to {local(until, place)}: {state}{where}, from "
        f"{event(interval.begun_by)} {end}; {duration(open_time, days=False)} open of "
        f"{duration(between(interval.start, until))} elapsed{f' ({shut})' if shut else ''}, {counted}."
    )


def event(moment: Moment) -> str:
    """An event by its number within the record, the state it left, and its id."""
    return f"event {moment.sequence} ({moment.status}, {moment.event})"


def result(clock: Clock, shown: Reading, now: datetime, place: ZoneInfo) -> str:
    """Where the clock stands."""
    counted = duration(shown.business, days=False)
    limit = duration(clock.target.us, days=False)
    if clock.ended_at is None:
        told = f"{clock.state.capitalize()} at {local(now, place)} with {counted} of {limit}"
    else:
        why = ENDINGS[clock.ending] if clock.ending else "it ended"
        told = f"{clock.state.capitalize()} at {local(clock.ended_at, place)}, as {why}, "
        told += f"after {counted} of {limit}"
    if clock.due_at is None:
        return f"{told}; no due date while paused, {duration(shown.remaining, days=False)} left."
    verb = "was due" if clock.ended_at is not None or clock.due_at <= now else "is due"
    late = "breached" if breached(clock, now) else "not breached"
    return f"{told}; {verb} at {local(clock.due_at, place)}: {late}."
