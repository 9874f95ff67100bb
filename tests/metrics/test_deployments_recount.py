"""DORA's five, counted again from what happened, by code that shares nothing with the product's."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.change_stories import ChangeStory, SuspicionStory
from support.deployment_stories import DeploymentStory
from support.incident_events import Story, at
from support.metrics import facts, hear, kpi, rebuild


@dataclass
class Made:
    """A deployment or a change, or all of those that count as one; minutes after the start."""

    service: str | None
    end: float
    begin: float | None
    failures: list[float] = field(default_factory=list)
    undone: list[float] = field(default_factory=list)
    fixed: list[float] = field(default_factory=list)
    rework: bool = False
    blamed: list[tuple[str, float, float | None]] = field(default_factory=list)
    change: Any = None

    @property
    def causes(self) -> list[tuple[float, float | None]]:
        return [(opened, resolved) for state, opened, resolved in self.blamed if state == "confirmed"]

    @property
    def failed(self) -> bool:
        return bool(self.failures or self.causes)

    @property
    def may_have(self) -> bool:
        return self.failed or any(state == "suspected" for state, *_ in self.blamed)

    def recovery(self) -> float | None:
        """Minutes from the failure to its end."""
        began = min(opened for opened, _ in self.causes) if self.causes else min(self.failures)
        ends = [max(self.undone)] if self.undone else []
        ends = [end for end in ends if not self.causes or end >= began]
        ends += [end for end in self.fixed if end >= began]
        if self.causes and all(resolved is not None for _, resolved in self.causes):
            ends.append(max(resolved for _, resolved in self.causes if resolved is not None))
        return min(ends) - began if ends else None


class World:
    """Changes and deployments at random, what they break, and all events of it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.told: list[Any] = []
        self.changes = [self.change() for _ in range(70)]
        self.units: dict[tuple[str, Any], list[Made]] = defaultdict(list)
        self.fixes: list[tuple[str, float]] = []
        self.names: dict[str, Made] = {}
        for _ in range(60):
            self.deployment()
        for name, end in self.fixes:
            self.names[name].fixed += [end]

    def change(self) -> Made:
        """An implemented change, and the incidents that it is blamed for."""
        dice = self.dice
        service, asked = dice.choice([None, "mail", "web", "web"]), float(dice.randrange(40_000))
        story = ChangeStory(asked, service=service, reverts="CHG-000009" if dice.random() < 0.2 else None)
        end = asked + dice.randrange(3_000)
        made = Made(service, end, asked, rework=story.state["reverts"] is not None, change=story)
        story.then(end, "review")
        if dice.random() < 0.2:
            made.undone, made.failures = [end + dice.randrange(500)], [end]
            story.backed_out(made.undone[0])
        for _ in range(dice.choice([0, 0, 0, 1, 2])):
            opened = end + dice.randrange(1, 600)
            incident, resolved = Story(opened), None
            if dice.random() < 0.8:
                resolved = opened + dice.randrange(1, 400)
                incident.then(resolved, "resolved")
            state = dice.choice(["suspected", "confirmed", "rejected"])
            made.blamed.append((state, opened, resolved))
            self.told += incident.told + SuspicionStory(story, incident, state=state).told
        self.told += story.told
        return made

    def deployment(self) -> None:
        """A deployment to production or elsewhere, mostly with a change of its service, or of a release."""
        dice = self.dice
        service = dice.choice(["mail", "chat"])
        of = dice.choice([None, *(made for made in self.changes if made.service == service)])
        release = dice.choice([None, None, "R1", "R2"])
        begin = of.end + dice.randrange(100) if of else float(dice.randrange(40_000))
        commit = begin - dice.randrange(900) if dice.random() < 0.8 else None
        mended = dice.choice([None, None, None, *self.names]) if self.names else None
        story = DeploymentStory(
            begin,
            service,
            of=of.change if of else None,
            release=release,
            first_commit_at=None if commit is None else at(commit),
            environment=dice.choice(["production"] * 4 + ["staging"]),
            fixes=mended,
        )
        ending = dice.choice(["succeeded", "succeeded", "failed", "rolled_back", "running"])
        made = Made(service, begin + dice.randrange(1, 60), commit, rework=mended is not None, change=of)
        if ending != "running":
            story.then(made.end, "failed" if ending == "failed" else "succeeded")
            if ending == "failed":
                made.failures = [made.end]
            if ending == "rolled_back":
                made.failures, made.undone = [made.end], [made.end + dice.randrange(60)]
                story.then(made.undone[0], "rolled_back")
        self.told += story.told
        if ending == "running" or story.state["environment"] != "production":
            return
        if mended and ending == "succeeded":
            self.fixes.append((mended, made.end))
        self.names[story.name] = made
        unit = release or (of and of.change.subject) or story.subject
        self.units[service, unit].append(made)

    def deployed(self, since: float, until: float) -> tuple[set[str], list[Made], set[int]]:
        """Services that have deployments in the period; what counts of them; the changes these are of."""
        some = [each for members in self.units.values() for each in members]
        services = {str(each.service) for each in some if since <= each.end < until}
        merged = [merge(members) for members in self.units.values()]
        return (
            services,
            [each for each in merged if since <= each.end < until],
            {id(each.change) for each in some if each.change},
        )


def merge(members: list[Made]) -> Made:
    """What they are together, their changes included."""
    begins = [each.begin for each in members if each.begin is not None]
    whole = Made(members[0].service, max(each.end for each in members), min(begins) if begins else None)
    for each in members:
        whole.failures += each.failures
        whole.undone += each.undone
        whole.fixed += each.fixed
        whole.rework = whole.rework or each.rework
        of = each.change
        if of is not None:
            whole.undone += of.undone
            whole.failures += [each.end] if of.failures else []
    for of in {id(each.change): each.change for each in members if each.change}.values():
        whole.blamed += of.blamed
    return whole


def agrees(answer: Any, values: list[float]) -> None:
    assert answer["n"] == len(values)
    assert answer["value"] == (pytest.approx(fmean(values)) if values else None)


@pytest.mark.parametrize("seed", [5, 55, 555])
async def test_doras_five_agree_with_a_recount_whatever_the_order_of_arrival(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    world = World(seed)
    events = world.told + world.dice.sample(world.told, 60)
    world.dice.shuffle(events)
    for start in range(0, len(events), 90):
        await hear(db, events[start : start + 90])
    for since, until in ((0, 200_000), (9_000, 22_000)):
        period: dict[str, Any] = {"from_": at(since), "to": at(until)}
        services, made, deployed = world.deployed(since, until)
        implemented = [each for each in world.changes if since <= each.end < until]
        beside = [each for each in implemented if each.service not in services]
        both = made + beside
        left = sum(each.service in services and id(each) not in deployed for each in implemented)
        answer = await kpi(manager, "deployment_frequency", **period)
        assert (answer["value"], answer["basis"]) == (len(both), "mixed")
        assert answer["excluded"] == {"changes_not_deployed": left}
        answer = await kpi(manager, "change_failure_rate", group_by="service", **period)
        agrees(answer, [each.failed for each in both])
        assert answer["interval"][1] == pytest.approx(fmean(each.may_have for each in both))
        for group in answer["groups"]:
            agrees(group, [each.failed for each in both if each.service == group["key"]])
        answer = await kpi(manager, "change_lead_time", **period)
        agrees(answer, [60 * (each.end - each.begin) for each in both if each.begin is not None])
        assert answer["excluded"]["commit_unknown"] == sum(each.begin is None for each in both)
        agrees(await kpi(manager, "rework_rate", **period), [each.rework for each in both])
        lengths = [each.recovery() for each in both if each.failed]
        answer = await kpi(manager, "recovery_time", **period)
        agrees(answer, [60 * length for length in lengths if length is not None])
        assert answer["excluded"] == {"unrecovered": lengths.count(None)}
    before = await facts(db, "acme")
    assert before["deployed"]
    await rebuild(db)
    assert await facts(db, "acme") == before
