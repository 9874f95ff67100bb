"""From what was told of a record's clocks to what is to be told now: the one place that decides it.

The facts about a clock are those of walking its record's history event by event, with the thresholds that
fall due between them. So neither the batches in which events come in, nor when a policy arrives, decide
what is said; and each fact is said once, because what was said is kept.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from itsm_sla.calendar import Calendar
from itsm_sla.clock import Clock, clocks, lines
from itsm_sla.moment import History, Moment
from itsm_sla.policy import Policy
from itsm_sla.version import pinned

from itsm_incident.rules.clock import BREACH, ENTERED, Happened, Identity, Mark, Row, What, told, unsaid

Pin = tuple[int, str, int]
"""The versions that govern a record by one policy: of the policy, and which calendar in which version."""
Agreed = Mapping[str, tuple[Policy, Calendar]]
Bound = tuple[History, Iterable[Policy], Iterable[Calendar]]

WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a record's clocks: the events that they know, the versions behind them, the rows."""

    through: int = 0
    pins: Mapping[str, Pin] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


def agreements(history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]) -> Agreed:
    """The policies that govern a record, with their calendars; without a known calendar none does."""
    open_times = pinned(calendars, history.opened_at, history.known_at)
    found = pinned(policies, history.opened_at, history.known_at)
    return {
        key: (policy, open_times[policy.calendar])
        for key, policy in found.items()
        if policy.calendar in open_times
    }


def pin(policy: Policy, calendar: Calendar) -> Pin:
    """Names two versions."""
    return policy.version, calendar.key, calendar.version


def counted(history: History, agreed: Agreed, keys: Iterable[str]) -> tuple[Clock, ...]:
    """The clocks by some of the policies that govern a record."""
    return clocks(*bound(history, agreed, keys))


def bound(history: History, agreed: Agreed, keys: Iterable[str]) -> Bound:
    """The record with some of the versions that govern it, as the engine is asked."""
    chosen = [agreed[key] for key in keys]
    policies = [policy for policy, _ in chosen]
    return replace(history, known_at=None), policies, {c.key: c for _, c in chosen}.values()


def fold(
    record: UUID, history: History, kept: Kept, agreed: Agreed, now: datetime
) -> tuple[Kept, list[Happened]]:
    """What is to be kept and what is to be said, given everything that is known of the record at `now`."""
    book = Telling(record, history, kept.rows, agreed)
    pins = {key: pin(*agreement) for key, agreement in agreed.items()}
    spoken = {row.policy for row in kept.rows}
    same = {key for key in pins if kept.pins.get(key) == pins[key]}
    fresh = {key for key in pins if key not in same and key not in spoken}
    book.walk(fresh, same, kept.through)
    book.correct(pins.keys() - same - fresh, spoken - pins.keys(), now)
    book.pass_thresholds(now, spoken | pins.keys())
    through = book.moments[-1].sequence if book.moments else kept.through
    return Kept(through, pins, tuple(book.rows.values())), book.happened


def fire(kept: Kept, now: datetime) -> tuple[Kept, list[Happened]]:
    """The same where nothing has come in: only thresholds that fell due before `now`."""
    happened: list[Happened] = []
    rows = []
    for row in kept.rows:
        for mark in due_marks(row, now):
            row = passed(row, mark)
            happened.append(crossed(row, mark))
        rows.append(row)
    return replace(kept, rows=tuple(rows)), happened


def next_at(rows: Iterable[Row]) -> datetime | None:
    """When the next threshold fires, as far as is known now."""
    return min((mark.fires_at for row in rows for mark in row.pending), default=None)


def due_marks(row: Row, until: datetime) -> tuple[Mark, ...]:
    """Thresholds to say before `until`; an event at that very moment may still end the clock in time."""
    return tuple(mark for mark in row.pending if mark.fires_at < until)


def passed(row: Row, mark: Mark) -> Row:
    """The row once a threshold was said."""
    return replace(row, version=row.version + 1, said=(*row.said, mark.percent))


def crossed(row: Row, mark: Mark) -> Happened:
    """The fact of a threshold; the row has it already."""
    what: What = "breached" if mark.percent == BREACH else "threshold_reached"
    at = mark.fires_at
    late = row.due_at is not None and row.due_at <= at
    return Happened(what, at, row, row.elapsed(at), mark.business_us, late, mark.percent)


def alike(one: Moment, other: Moment) -> bool:
    """Whether two moments in succession are the same to every clock."""
    return replace(one, event=other.event, sequence=other.sequence, at=other.at) == other


class Telling:
    """One record's facts being told; `rows` is as told so far."""

    def __init__(self, record: UUID, history: History, rows: Iterable[Row], agreed: Agreed) -> None:
        """Nothing is said yet."""
        self.record = record
        self.history = history
        self.agreed = agreed
        steps = history.steps()
        started = len(steps) > 1 and steps[0].sequence == steps[1].sequence
        self.before, self.moments = (steps[:1], steps[1:]) if started else ((), steps)
        """One per event; `before` it may have been new for a while, which no event tells."""
        self.rows: dict[Identity, Row] = {}
        self.waiting: dict[Identity, None] = {}
        """The rows with thresholds that were not said yet: few, however many clocks have ended."""
        self.happened: list[Happened] = []
        for row in rows:
            self.keep(row)

    def keep(self, row: Row) -> None:
        """The row as it is now."""
        self.rows[row.identity] = row
        if row.pending:
            self.waiting[row.identity] = None
        else:
            self.waiting.pop(row.identity, None)

    def walk(self, fresh: set[str], same: set[str], through: int) -> None:
        """Event by event: policies that are new to the record from its first, the others from the next."""
        found = lines(*bound(self.history, self.agreed, fresh | same))
        for line in found:
            for moment in self.before:
                line.then(moment)
        previous: Moment | None = None
        for moment in self.moments:
            keys = fresh | same if moment.sequence > through else fresh
            ended = [(line, len(line.ended)) for line in found if line.policy.key in keys]
            for line in found:
                line.then(moment)
            if keys and (previous is None or not alike(previous, moment)):
                self.pass_thresholds(moment.at, keys)
                for line, count in ended:
                    for clock in line.clocks(count):
                        self.meet(clock, moment)
            previous = moment

    def meet(self, clock: Clock, moment: Moment) -> None:
        """Say what an event did to a clock: it attached, or entered another state."""
        row = told(self.record, clock, moment, self.moments[0])
        before = self.rows.get(clock.identity)
        if before is None:
            row = self.say("attached", row, clock.attached_at)
            if row.state != "running":
                self.say(ENTERED[row.state], row, clock.ended_at or clock.attached_at)
            return
        row = replace(row, version=before.version, said=before.said)
        if row.state != before.state:
            row = self.say(ENTERED[row.state], row, clock.ended_at or moment.at)
        self.keep(row)

    def correct(self, changed: Iterable[str], gone: set[str], now: datetime) -> None:
        """Other versions govern the record now: say how each clock stands by them."""
        keys = set(changed)
        after = {clock.identity: clock for clock in counted(self.history, self.agreed, keys)}
        for row in [row for row in self.rows.values() if row.policy in keys | gone]:
            if row.identity not in after and row.ending != WITHDRAWN:
                self.withdraw(row, now)
        for identity, clock in after.items():
            row = told(self.record, clock, self.moments[-1], self.moments[0])
            before = self.rows.get(identity)
            if before is None:
                self.meet(clock, self.moments[-1])
            elif unsaid(row) != unsaid(before):
                row = replace(row, version=before.version, said=before.said)
                what: What = "attached" if row.state == "running" else ENTERED[row.state]
                self.say(what, row, clock.ended_at or now)
            self.only_highest(self.rows[identity], now)

    def only_highest(self, row: Row, now: datetime) -> None:
        """Of the thresholds that other versions passed already, only the highest is still to be said."""
        late = [mark.percent for mark in row.pending if mark.fires_at < now]
        self.keep(replace(row, said=(*row.said, *late[:-1])))

    def withdraw(self, row: Row, now: datetime) -> None:
        """A clock that nothing governs any more."""
        calendar = self._calendar(row)
        end = row.ended_at or now
        gone = replace(
            row,
            state="cancelled",
            ending=WITHDRAWN,
            ended_at=end,
            elapsed_us=row.elapsed(end),
            business_us=row.business(end, calendar),
            running_since=None,
            marks=(),
        )
        self.say("cancelled", gone, end)

    def pass_thresholds(self, until: datetime, keys: Container[str]) -> None:
        """Say the thresholds of some policies' clocks that fall due before `until`."""
        for row in [self.rows[identity] for identity in self.waiting]:
            for mark in due_marks(row, until) if row.policy in keys else ():
                said = passed(self.rows[row.identity], mark)
                self.keep(said)
                self.happened.append(crossed(said, mark))

    def say(self, what: What, row: Row, at: datetime) -> Row:
        """Note a fact, and keep the row as it is told."""
        row = replace(row, version=row.version + 1)
        self.keep(row)
        business = row.business(at, self._calendar(row))
        self.happened.append(Happened(what, at, row, row.elapsed(at), business, row.breached(at)))
        return row

    def _calendar(self, row: Row) -> Calendar | None:
        agreement = self.agreed.get(row.policy)
        return agreement[1] if agreement else None
