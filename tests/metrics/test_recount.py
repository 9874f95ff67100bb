"""Every figure, counted again from the stories themselves by code that shares nothing with the product's."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.incident_events import Story, at
from support.metrics import hear, kpi

Item = tuple[datetime, float, dict[str, Any]]
"""When it was complete, its seconds or its number, and where it stood."""

PRIORITIES = ("P1", "P2", "P3")
SERVICES = (None, "mail", "web")
GROUPS = (None, "a", "b", "c")
STATES = (None, "in_progress", "in_progress", "on_hold", "resolved", "closed", "cancelled")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"priority": "P1"},
    {"service": "mail"},
    {"assignment_group": "b", "service": None},
)


def stories(seed: int, count: int) -> list[Story]:
    """Lives of all kinds: wandering, on hold, reopened, cancelled, unfinished."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        minute = dice.uniform(0, 90 * 24 * 60)
        story = Story(minute, priority=dice.choice(PRIORITIES), service=dice.choice(SERVICES))
        for _ in range(dice.randrange(9)):
            minute += dice.choice([0, dice.expovariate(1 / 600)])
            story.then(minute, dice.choice(STATES), assignment_group=dice.choice(GROUPS))
        made.append(story)
    return made


class Life:
    """What happened to one incident, walked through once, step by step."""

    def __init__(self, story: Story) -> None:
        self.found: dict[str, list[Item]] = {}
        self.states: list[tuple[datetime, str, dict[str, Any]]] = []
        status, held_at, last_group, moves = "new", None, None, 0
        opened = story.told[0].envelope.time
        resolutions: list[tuple[datetime, dict[str, Any]]] = []
        back = 0
        for event in story.told:
            data, time = event.envelope.data, event.envelope.time
            place = {
                "priority": story.told[0].envelope.data["priority"],
                "service": data["service"],
                "assignment_group": data["assignment_group"],
            }
            self.opened = opened
            if event is story.told[0]:
                self.add("opened", time, 1, place)
            if data["acknowledged_at"] and "mtta" not in self.found:
                acknowledged = datetime.fromisoformat(data["acknowledged_at"])
                self.add("mtta", acknowledged, (acknowledged - opened).total_seconds(), place)
            before, status = status, data["status"]
            if before in ("resolved", "closed", "cancelled") and status in ("new", "in_progress", "on_hold"):
                self.add("reopenings", time, 1, place)
                back += 1
            if status == "on_hold" and before != "on_hold":
                held_at = time
            if before == "on_hold" and status != "on_hold" and held_at is not None:
                self.add("time_on_hold", time, (time - held_at).total_seconds(), place)
            if (status == "resolved" and before != "resolved") or (
                status == "closed" and before in ("new", "in_progress", "on_hold", "cancelled")
            ):
                resolutions.append((time, place))
            group = data["assignment_group"]
            if group is not None:
                moves += last_group not in (None, group)
                last_group = group
            self.states.append((time, status, place))
        if resolutions:
            (first, place), (last, last_place) = resolutions[0], resolutions[-1]
            self.add("mttr", first, (first - opened).total_seconds(), place)
            self.add("resolved", first, 1, place)
            self.add("mtrs", last, (last - opened).total_seconds(), last_place)
            self.add("reopen_rate", first, back > 0, place)
            self.add("reassignment", first, moves, place)
            self.add("first_contact_resolution", first, not back and not moves, place)

    def add(self, slug: str, when: datetime, value: float, place: dict[str, Any]) -> None:
        self.found.setdefault(slug, []).append((when, value, place | {"month": f"{when:%Y-%m}"}))

    def standing(self, moment: datetime) -> list[Item]:
        """The incident, where it is open at a moment, with its age in whole days."""
        last = None
        for time, status, place in self.states:
            if time <= moment:
                last = (status, place)
        if last is None or last[0] not in ("new", "in_progress", "on_hold"):
            return []
        days = (moment - self.opened) // timedelta(days=1)
        return [(moment, days * 86_400.0, last[1] | {"month": f"{self.opened:%Y-%m}"})]


def quantile(values: list[float], share: float) -> float:
    """Linear between neighbours."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


Aggregate = Callable[[list[list[float]]], Any]


def mean(records: list[list[float]]) -> Any:
    values = [value for record in records for value in record]
    return sum(values) / len(values) if values else None


def total(records: list[list[float]]) -> Any:
    return sum(value for record in records for value in record)


def number(records: list[list[float]]) -> Any:
    return len(records)


AGGREGATES: dict[str, Aggregate] = {
    "mtta": mean,
    "mttr": mean,
    "mtrs": mean,
    "reopen_rate": mean,
    "reassignment": mean,
    "first_contact_resolution": mean,
    "backlog_age": mean,
    "reopenings": total,
    "time_on_hold": total,
    "opened": number,
    "resolved": number,
    "backlog": number,
}
SPREAD = {"mtta", "mttr", "mtrs", "time_on_hold", "backlog_age"}


def recount(
    lives: list[Life], slug: str, since: datetime, until: datetime, only: dict[str, Any]
) -> dict[str, Any]:
    """n, value and quantiles."""
    records = []
    for life in lives:
        items = life.standing(until) if slug.startswith("backlog") else life.found.get(slug, [])
        inside = [i for i in items if slug.startswith("backlog") or since <= i[0] < until]
        kept = [v for _, v, place in inside if all(place[name] == value for name, value in only.items())]
        if kept:
            records.append(kept)
    values = [value for record in records for value in record]
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
    return {
        "n": len(records),
        "value": AGGREGATES[slug](records),
        "quantiles": {name: quantile(values, share) for name, share in shares.items()}
        if slug in SPREAD and values
        else None,
    }


def questions(dice: random.Random) -> Iterator[tuple[datetime, datetime, dict[str, Any]]]:
    """The whole time, then parts of it, of parts of the incidents."""
    yield at(-1), at(200 * 24 * 60), {}
    for _ in range(4):
        since = at(dice.uniform(0, 60 * 24 * 60))
        yield since, since + timedelta(days=dice.uniform(1, 40)), dice.choice(FILTERS)


def same(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    assert answer["n"] == expected["n"]
    assert answer["value"] == pytest.approx(expected["value"], abs=2e-6)
    spread = expected["quantiles"]
    exact = {**spread, "error": 0} if spread else None
    assert answer["quantiles"] == (pytest.approx(exact, abs=2e-6) if exact else None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_figure_equals_a_recount(manager: httpx2.AsyncClient, db: Database, seed: int) -> None:
    dice = random.Random(seed)
    told = stories(seed, 80)
    events = [event for story in told for event in story.told]
    dice.shuffle(events)
    for start in range(0, len(events), 50):
        await hear(db, events[start : start + 50])
    lives = [Life(story) for story in told]
    for since, until, only in questions(dice):
        for slug in AGGREGATES:
            group = dice.choice(["priority", "service", "assignment_group", "month"])
            asked = {name: value or "" for name, value in only.items()}
            answer = await kpi(manager, slug, from_=since, to=until, group_by=group, **asked)
            same(answer, recount(lives, slug, since, until, only))
            for each in answer["groups"]:
                same(each, recount(lives, slug, since, until, only | {group: each["key"]}))
            assert sum(each["n"] for each in answer["groups"]) >= answer["n"]
