"""Growth, staleness, recurrence and ping-pong, counted again by code of the test alone."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.incident_events import Story, at
from support.metrics import hear, kpi
from support.said_events import RequestStory

DAY = 24 * 60
OPEN = ("new", "in_progress", "on_hold")
STATES = (None, None, "in_progress", "on_hold", "resolved", "closed", "cancelled")


class Step(NamedTuple):
    """An incident from one event to the next."""

    since: datetime
    until: datetime | None
    status: str
    group: str | None


class Life:
    """One incident, whose steps may be weeks apart."""

    def __init__(self, dice: random.Random) -> None:
        minute = dice.uniform(0, 60 * DAY)
        self.opened = at(minute)
        self.service = dice.choice([None, "mail", "mail", "web"])
        self.category = dice.choice([None, "disk", "disk", "login"])
        self.story = Story(minute, service=self.service, category=self.category)
        starts: list[tuple[datetime, str, str | None]] = [(at(minute), "new", None)]
        for _ in range(dice.randrange(9)):
            minute += dice.choice([0, 60, 3 * DAY, 5 * DAY, 6 * DAY, 31 * DAY])
            changed, group = dice.choice(STATES), dice.choice([None, "a", "b", "c"])
            self.story.then(minute, changed, assignment_group=group, category="told later")
            starts.append((at(minute), changed or starts[-1][1], group))
        ends = [*(when for when, *_ in starts[1:]), None]
        self.steps = [
            Step(when, end, state, group) for (when, state, group), end in zip(starts, ends, strict=True)
        ]

    def standing(self, moment: datetime) -> Step | None:
        """The step that it is in, if it is open then."""
        for step in self.steps:
            if step.since <= moment and (step.until is None or moment < step.until):
                return step if step.status in OPEN else None
        return None

    def resolved(self) -> datetime | None:
        """When first."""
        before = "new"
        for step in self.steps:
            if step.status != before and (
                step.status == "resolved" or (step.status == "closed" and before != "resolved")
            ):
                return step.since
            before = step.status
        return None

    def returns(self) -> int:
        """How often a group got it back."""
        had: list[str] = []
        back = 0
        for step in self.steps:
            if step.group is None or (had and had[-1] == step.group):
                continue
            back += step.group in had
            had.append(step.group)
        return back


def growth(lives: Iterable[Life], since: datetime, until: datetime, *groups: str | None) -> tuple[int, int]:
    """How many came or went, and the difference; of a group, if one is given."""
    moved = value = 0
    for life in lives:
        steps = life.standing(since), life.standing(until)
        was, will = (step is not None and (not groups or step.group in groups) for step in steps)
        value += will - was
        moved += was != will
    return moved, value


def agrees(answer: Any, values: list[bool] | list[int]) -> None:
    assert answer["n"] == len(values)
    assert answer["value"] == (pytest.approx(sum(values) / len(values)) if values else None)


@pytest.mark.parametrize("seed", [3, 33, 333])
async def test_states_and_returns_agree_with_a_recount_whatever_the_order_of_arrival(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    dice = random.Random(seed)
    lives = [Life(dice) for _ in range(120)]
    events = [event for life in lives for event in life.story.told]
    dice.shuffle(events)
    for start in range(0, len(events), 80):
        await hear(db, events[start : start + 80])
    for since, until in ((at(-1), at(400 * DAY)), (at(20 * DAY), at(50 * DAY)), (at(9 * DAY), at(10 * DAY))):
        period: dict[str, Any] = {"from_": since, "to": until}
        for service in ("mail", "web", ""):
            of = [life for life in lives if (life.service or "") == service]
            _, value = growth(of, since, until)
            answer = await kpi(
                manager, "backlog_growth", service=service, group_by="assignment_group", **period
            )
            assert answer["value"] == value
            for group in answer["groups"]:
                assert (group["n"], group["value"]) == growth(of, since, until, group["key"])
            standing = [step for life in of if (step := life.standing(until))]
            for days in (5, 30):
                idle = [until - step.since >= timedelta(days) for step in standing]
                agrees(await kpi(manager, f"stale_{days}_days", service=service, **period), idle)
        opened = sorted(
            (life for life in lives if since <= life.opened < until), key=lambda life: life.opened
        )
        known = [life for life in opened if life.service and life.category]
        again = [
            any(
                other is not life
                and (other.service, other.category) == (life.service, life.category)
                and timedelta() <= life.opened - other.opened < timedelta(30)
                for other in lives
            )
            for life in known
        ]
        answer = await kpi(manager, "recurrence", group_by="category", **period)
        agrees(answer, again)
        assert answer["excluded"] == {"uncategorised": len(opened) - len(known)}
        for group in answer["groups"]:
            agrees(group, [a for a, life in zip(again, known, strict=True) if life.category == group["key"]])
        back = [life.returns() for life in lives if (when := life.resolved()) and since <= when < until]
        agrees(await kpi(manager, "ping_pong", **period), back)


async def test_the_backlog_of_requests_grows_too(db: Database, manager: httpx2.AsyncClient) -> None:
    told = [RequestStory(0), RequestStory(0).then(90, "fulfilled"), RequestStory(90), RequestStory(95)]
    await hear(db, [event for story in told for event in story.told])
    answer = await kpi(manager, "request_backlog_growth", from_=at(50), to=at(100))
    assert (answer["n"], answer["value"]) == (3, 1)


async def test_an_incident_at_the_end_of_the_calendar_is_never_stale(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    last = (datetime(9999, 12, 30, tzinfo=at(0).tzinfo) - at(0)).total_seconds() / 60
    await hear(db, Story(last).told)
    assert (await kpi(manager, "stale_5_days", to="9999-12-31T00:00:00Z"))["value"] == 0
