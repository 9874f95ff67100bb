"""The figures of changes, counted again from the stories, by code that shares nothing with the product's."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any, NamedTuple

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.change_stories import ChangeStory, SuspicionStory
from support.incident_events import Story, at
from support.metrics import facts, hear, kpi, rebuild

WORDS = ("suspected", "confirmed", "confirmed", "rejected", "withdrawn")


class Life(NamedTuple):
    """What became of one change, in minutes after the start."""

    service: str | None
    requested: float
    implemented: float | None
    unsuccessful: bool
    undone: float | None
    reverts: bool
    incidents: list[tuple[str, float, float | None]]
    """State of the suspicion; when the incident was opened, and last resolved."""

    @property
    def causes(self) -> list[tuple[float, float | None]]:
        return [(opened, resolved) for state, opened, resolved in self.incidents if state == "confirmed"]

    @property
    def failed(self) -> bool:
        return self.unsuccessful or self.undone is not None or bool(self.causes)

    @property
    def may_have_failed(self) -> bool:
        return self.failed or any(state == "suspected" for state, *_ in self.incidents)

    def recovery(self) -> float | None:
        """Minutes from the failure to its end."""
        assert self.implemented is not None
        if not self.causes:
            return None if self.undone is None else self.undone - self.implemented
        began = min(opened for opened, _ in self.causes)
        ends = [] if self.undone is None or self.undone < began else [self.undone]
        resolved = [when for _, when in self.causes if when is not None]
        if len(resolved) == len(self.causes):
            ends.append(max(resolved))
        return min(ends) - began if ends else None


class World:
    """Changes that live at random, what they break, and all events of it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.told: list[Any] = []
        self.lives = [self.life() for _ in range(80)]

    def life(self) -> Life:
        """One change and its incidents."""
        dice = self.dice
        requested = float(dice.randrange(60 * 24 * 60))
        service, reverts = dice.choice([None, "mail", "web"]), dice.random() < 0.2
        story = ChangeStory(requested, service=service, reverts="CHG-000009" if reverts else None)
        implemented = requested + dice.randrange(-5, 9999) if dice.random() < 0.85 else None
        undone, unsuccessful = None, False
        if implemented is not None:
            story.then(implemented, "review")
            if dice.random() < 0.3:
                undone = implemented + dice.randrange(500)
                story.backed_out(undone)
            unsuccessful = dice.random() < 0.2
            code = "unsuccessful" if unsuccessful else "successful"
            story.then(implemented + 600, "closed", close_code=code)
        self.told += story.told
        begin = requested if implemented is None else implemented
        caused = [self.trouble(story, begin) for _ in range(dice.choice([0, 0, 1, 2, 3]))]
        return Life(service, requested, implemented, unsuccessful, undone, reverts, caused)

    def trouble(self, story: ChangeStory, begin: float) -> tuple[str, float, float | None]:
        """An incident, and what is said of it and the change, again and again."""
        dice = self.dice
        opened, resolved = begin + dice.randrange(600), None
        incident = Story(opened)
        minute = opened
        for status in ("resolved", "in_progress", "resolved")[: dice.choice([0, 1, 1, 3])]:
            minute += dice.randrange(1, 300)
            incident.then(minute, status)
            resolved = minute if status == "resolved" else resolved
        said = SuspicionStory(story, incident)
        for _ in range(dice.randrange(3)):
            said.then(opened + 1, dice.choice(WORDS))
        self.told += incident.told + said.told
        return said.state["state"], opened, resolved

    def within(self, since: datetime, until: datetime) -> list[Life]:
        """Those implemented in the period."""
        return [
            life
            for life in self.lives
            if life.implemented is not None and since <= at(life.implemented) < until
        ]


def agrees(answer: Any, values: Iterable[float]) -> None:
    """n and mean, whatever the figure."""
    counted = list(values)
    assert answer["n"] == len(counted)
    assert answer["value"] == (pytest.approx(fmean(counted)) if counted else None)


def failure_rate_agrees(answer: Any, lives: list[Life]) -> None:
    """The share, and the interval."""
    agrees(answer, [life.failed for life in lives])
    high = fmean(life.may_have_failed for life in lives) if lives else None
    assert answer["interval"] == ([answer["value"], pytest.approx(high)] if lives else None)


@pytest.mark.parametrize("seed", [6, 66])
async def test_every_figure_of_changes_agrees_with_a_recount_whatever_the_order_of_arrival(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    world = World(seed)
    events = world.told + world.dice.sample(world.told, 60)
    world.dice.shuffle(events)
    for start in range(0, len(events), 70):
        await hear(db, events[start : start + 70])
    for since, until in ((at(0), at(200_000)), (at(20_000), at(20_000) + timedelta(days=14))):
        period: dict[str, Any] = {"from_": since, "to": until}
        lives = world.within(since, until)
        rate = await kpi(manager, "change_failure_rate", group_by="service", **period)
        failure_rate_agrees(rate, lives)
        for group in rate["groups"]:
            failure_rate_agrees(group, [life for life in lives if life.service == group["key"]])
        lengths = [life.recovery() for life in lives if life.failed]
        answer = await kpi(manager, "recovery_time", **period)
        agrees(answer, [60 * length for length in lengths if length is not None])
        assert answer["excluded"] == {"unrecovered": lengths.count(None)}
        took = [60 * (life.implemented - life.requested) for life in lives if life.implemented is not None]
        agrees(await kpi(manager, "change_lead_time", **period), took)
        agrees(await kpi(manager, "rework_rate", **period), [life.reverts for life in lives])
        assert (await kpi(manager, "deployment_frequency", **period))["value"] == len(lives)
    before = await facts(db, "acme")
    assert before["suspicion"]
    await rebuild(db)
    assert await facts(db, "acme") == before
