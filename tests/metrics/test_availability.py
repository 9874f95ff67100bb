"""Availability and failures, recomputed minute by minute by code that shares nothing with the product's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_sla.zone import zone
from support.incident_events import START, Story
from support.metrics import facts, hear, query, rebuild
from support.said_events import CalendarStory, ServiceStory, Told, WindowStory

MINUTE = timedelta(minutes=1)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SPRING, AUTUMN, PLAIN = (datetime(2025, *day, tzinfo=UTC) for day in ((3, 29), (10, 25), (6, 10)))
BEFORE, SPELL = timedelta(days=2), timedelta(days=5)


def minutes_after(at: datetime) -> float:
    """As the stories count."""
    return (at - START) / MINUTE


@dataclass
class World:
    """One service and all that happens to it, told as events and kept to be looked at minute by minute."""

    tenant: str
    first: datetime
    """From here on everything happens; the period begins two days later."""
    dice: Random
    events: list[Told | Story] = field(default_factory=list)
    weeks: list[tuple[datetime, str, dict[str, list[tuple[int, int]]]]] = field(default_factory=list)
    windows: list[tuple[datetime, datetime]] = field(default_factory=list)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)

    def moment(self) -> datetime:
        """Any minute."""
        return self.first + self.dice.randrange(7 * 24 * 60) * MINUTE

    def build(self) -> None:
        """Everything, at random."""
        dice = self.dice
        self.live = self.first - MINUTE if dice.random() < 0.6 else self.moment()
        self.calendar = dice.choice([None, "hours"])
        story = CalendarStory("hours", tenant=self.tenant)
        for valid_from in sorted([self.first - SPELL, *(self.moment() for _ in range(dice.randrange(3)))]):
            place = dice.choice(["UTC", "Europe/Berlin"])
            week = {
                day: sorted({dice.randrange(0, 12): dice.randrange(13, 25) for _ in range(1)}.items())
                for day in DAYS
                if dice.random() < 0.8
            } or {"monday": [(0, 24)]}
            self.weeks.append((valid_from, place, week))
            told = {
                day: [{"opens": f"{opens:02}:00", "closes": f"{closes:02}:00"} for opens, closes in hours]
                for day, hours in week.items()
            }
            story.version(valid_from, zone=place, weekly=told)
        service = ServiceStory(
            "mail", minutes_after(self.live), tenant=self.tenant, availability_calendar=self.calendar
        )
        self.changes = self.live + dice.randrange(4 * 24 * 60) * MINUTE
        self.then = dice.choice([None, "hours"])
        service.then(minutes_after(self.changes), availability_calendar=self.then)
        self.events += [story, service]
        for _ in range(dice.randrange(4)):
            self.maintain()
        for _ in range(dice.randrange(7)):
            self.fail()

    def maintain(self) -> None:
        """A window, announced before or after it begins, and perhaps cancelled."""
        dice = self.dice
        place = dice.choice(["UTC", "Europe/Berlin", "America/New_York"])
        starts = self.moment()
        ends = starts + dice.randrange(1, 400) * MINUTE
        rule, falls = dice.choice([(None, never), every(2), on({0, 2, 6}), ("FREQ=SECONDLY", never)])
        announced = starts + dice.choice([-9, -1, 0, 1, 2000]) * MINUTE
        cancelled = announced + dice.randrange(5 * 24 * 60) * MINUTE if dice.random() < 0.4 else None
        ours = dice.random() < 0.8
        story = WindowStory(
            starts,
            ends,
            minutes_after(announced),
            tenant=self.tenant,
            zone=place,
            recurrence=rule,
            services=dice.choice([["mail", "web"], []]) if ours else ["web"],
        )
        if cancelled:
            story.then(minutes_after(cancelled), status="cancelled")
        self.events.append(story)
        if not ours:
            return
        there = zone(place)
        local, length = starts.astimezone(there), wall(ends, there) - wall(starts, there)
        held = [(starts, ends)]
        for days in range(1, 14):
            day = local.date() + timedelta(days=days)
            if falls(local.date(), day):
                begins = datetime.combine(day, local.time())
                held.append((begins.replace(tzinfo=there), (begins + length).replace(tzinfo=there)))
        for since, until in held:
            at, after = since.astimezone(UTC), until.astimezone(UTC)
            if at >= announced and not (cancelled and at >= cancelled):
                self.windows.append((at, after))

    def fail(self) -> None:
        """An incident with an outage that counts, or with one that does not."""
        dice = self.dice
        started = self.moment()
        ended = started + dice.randrange(1, 1500) * MINUTE if dice.random() < 0.8 else None
        outage = {"degree": "full", "started_at": started, "ended_at": ended}
        story = Story(minutes_after(started), tenant=self.tenant, service="mail", outage=outage)
        what = dice.choice(["counts", "counts", "counts", "partial", "cancelled", "moved"])
        if what == "partial":
            story.then(minutes_after(started) + 1, outage=outage | {"degree": "partial"})
        if what == "cancelled":
            story.then(minutes_after(started) + 1, "cancelled")
        if what == "moved":
            story.then(minutes_after(started) + 1, service="web")
        if what == "counts":
            self.outages.append((started, ended or self.first + timedelta(days=99)))
        self.events.append(story)

    def agreed(self, minute: datetime) -> bool:
        """Whether the service is to be there."""
        if minute < self.live or any(starts <= minute < ends for starts, ends in self.windows):
            return False
        if (self.calendar if minute < self.changes else self.then) is None:
            return True
        [*_, (place, week)] = [(p, w) for since, p, w in self.weeks if since <= minute]
        local = minute.astimezone(zone(place))
        return any(opens <= local.hour < closes for opens, closes in week.get(DAYS[local.weekday()], ()))

    def down(self, minute: datetime) -> bool:
        """Whether it is not."""
        return any(started <= minute < ended for started, ended in self.outages)


def wall(at: datetime, there: Any) -> datetime:
    return at.astimezone(there).replace(tzinfo=None)


def never(first: date, day: date) -> bool:
    return False


def every(days: int) -> tuple[str, Callable[[date, date], bool]]:
    """Each second day, say."""
    return f"FREQ=DAILY;INTERVAL={days}", lambda first, day: (day - first).days % days == 0


def on(weekdays: set[int]) -> tuple[str, Callable[[date, date], bool]]:
    """Each Monday, Wednesday and Sunday, say."""
    names = ",".join(CODES[each] for each in sorted(weekdays))
    return f"FREQ=WEEKLY;BYDAY={names}", lambda _first, day: day.weekday() in weekdays


def recount(world: World, since: datetime, until: datetime) -> tuple[int, int, int]:
    """Minutes agreed and minutes down among them in the period, and the failures dated in it."""
    agreed = down = failures = 0
    running = hurt = False
    minute = world.first
    while minute < until:
        due, gone = world.agreed(minute), world.down(minute)
        if not gone or not running:
            hurt = False
        running = gone
        first_pain = due and gone and not hurt
        hurt = hurt or first_pain
        if minute >= since:
            agreed, down, failures = agreed + due, down + (due and gone), failures + first_pain
        minute += MINUTE
    return agreed, down, failures


async def asked(client: httpx2.AsyncClient, world: World, slug: str, **question: Any) -> Any:
    answer = await client.get(
        f"/v1/kpis/{slug}?{query(question.items())}",
        headers={"authorization": f"Bearer {world.tenant}.mara.manager"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([SPRING, AUTUMN, PLAIN]), st.integers(0, 2**32))
async def test_availability_equals_a_look_at_every_minute(
    manager: httpx2.AsyncClient, db: Database, first: datetime, seed: int
) -> None:
    world = World(f"tenant-{new_id()}", first - BEFORE, Random(seed))
    world.build()
    since, until = first, first + SPELL
    events = [event for story in world.events for event in story.told]
    heard = events + world.dice.sample(events, len(events) // 2)
    world.dice.shuffle(heard)
    for start in range(0, len(heard), 7):
        await hear(db, heard[start : start + 7])
    agreed, down, failures = recount(world, since, until)
    period = {"from_": since, "to": until, "service": "mail"}
    answer = await asked(manager, world, "availability", **period)
    if not agreed:
        assert (answer["n"], answer["value"]) == (0, None)
        return
    assert answer["parts"] == {
        "agreed_s": agreed * 60,
        "downtime_s": down * 60,
        "failures": failures,
        "services_unknown": 0,
        "calendars_unknown": 0,
    }
    assert answer["value"] == (agreed - down) / agreed
    for slug, lasted in (("mtbf", agreed - down), ("mtbsi", agreed)):
        answer = await asked(manager, world, slug, **period)
        assert answer["n"] == failures
        assert answer["value"] == (pytest.approx(lasted * 60 / failures) if failures else None)
    before = await facts(db, world.tenant)
    await rebuild(db)
    assert await facts(db, world.tenant) == before


def test_the_recount_counts_time_of_day() -> None:
    """A spring day in Berlin has 23 hours, so that the recount above has seen what it should."""
    day = datetime.combine(date(2025, 3, 30), time(), tzinfo=zone("Europe/Berlin")).astimezone(UTC)
    world = World("", day, Random(0), weeks=[(day, "Europe/Berlin", {"sunday": [(0, 24)]})])
    world.live, world.calendar, world.changes, world.then = day, "hours", day, "hours"
    assert recount(world, day, day + timedelta(hours=30))[0] == 23 * 60
