"""SLA compliance and business times, from what is said of clocks."""

import random
from datetime import datetime
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.clock_events import ClockStory
from support.incident_events import at
from support.metrics import facts, hear, kpi, query, rebuild


async def told(db: Database, *stories: ClockStory) -> None:
    """Hear all of them at once."""
    await hear(db, [event for story in stories for event in story.told])


async def test_compliance_is_met_of_met_and_breached_with_the_others_apart(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await told(
        db,
        ClockStory().then("completed", 60, 3600),
        ClockStory().then("threshold_reached", 120, 7200).then("completed", 200, 12_000),
        ClockStory().then("paused", 10).then("resumed", 20).then("completed", 70, 3600),
        ClockStory().then("breached", 240, 14_400).then("completed", 300, 18_000),
        ClockStory().then("cancelled", 30),
        ClockStory().then("breached", 240).then("cancelled", 300),
        ClockStory().then("breached", 240),
        ClockStory().then("breached", 240).then("paused", 250),
        ClockStory(),
    )
    answer = await kpi(manager, "sla_compliance")
    assert (answer["unit"], answer["n"], answer["value"], answer["quantiles"]) == ("ratio", 4, 0.75, None)
    assert answer["excluded"] == {"cancelled": 1, "cancelled_after_breach": 1, "open_and_breached": 2}


async def test_a_clock_belongs_to_the_period_in_which_it_completes(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await told(db, ClockStory().then("completed", 60), ClockStory().then("breached", 240))
    for since, until, n, late in ((0, 60, 0, 0), (60, 61, 1, 0), (240, 241, 0, 1), (61, 240, 0, 0)):
        answer = await kpi(manager, "sla_compliance", from_=at(since), to=at(until))
        assert (answer["n"], answer["excluded"]["open_and_breached"]) == (n, late)


@pytest.mark.parametrize(
    ("dimension", "keys"),
    [
        ("priority", {"P1": 0.0, "P3": 1.0}),
        ("priority_at_opening", {"P3": 0.5}),
        ("service", {"mail": 0.0, None: 1.0}),
        ("assignment_group", {"a": 1.0, "b": 0.0}),
        ("month", {"2026-03": 0.5}),
        ("policy", {"gold": 0.0, "hours.of-web": 1.0}),
        ("measure", {"resolve": 0.0, "respond": 1.0}),
        ("kind", {"ola": 0.0, "sla": 1.0}),
    ],
)
async def test_compliance_goes_by_where_the_clock_stood_at_its_completion(
    db: Database, manager: httpx2.AsyncClient, dimension: str, keys: dict[str | None, float]
) -> None:
    raised = ClockStory(kind="ola", assignment_group="a").then("breached", 240)
    raised.then("completed", 300, priority="P1", service="mail", assignment_group="b")
    other = ClockStory(policy="hours.of-web", measure="respond", assignment_group="a")
    await told(db, raised, other.then("completed", 10))
    answer = await kpi(manager, "sla_compliance", group_by=dimension)
    assert {group["key"]: group["value"] for group in answer["groups"]} == keys
    key, value = next(iter(keys.items()))
    only: dict[str, Any] = {dimension: key}
    assert (await kpi(manager, "sla_compliance", **only))["value"] == value


async def test_a_reopening_takes_a_completion_back_until_the_next(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    story = ClockStory().then("completed", 60, 3600)
    await told(db, story)
    assert (await kpi(manager, "sla_compliance"))["value"] == 1
    story.then("resumed", 100, 3600).then("breached", 300, 14_400)
    await told(db, story)
    answer = await kpi(manager, "sla_compliance")
    assert (answer["n"], answer["value"], answer["excluded"]["open_and_breached"]) == (0, None, 1)
    await told(db, story.then("completed", 310, 15_000))
    answer = await kpi(manager, "sla_compliance")
    assert (answer["n"], answer["value"], answer["excluded"]["open_and_breached"]) == (1, 0, 0)
    assert (await kpi(manager, "mttr_business"))["value"] == 3600
    assert (await kpi(manager, "mtrs_business"))["value"] == 15_000
    assert (await kpi(manager, "mtrs_business", to=at(310)))["n"] == 0


async def test_business_times_are_those_of_sla_clocks(db: Database, manager: httpx2.AsyncClient) -> None:
    await told(
        db,
        ClockStory(measure="respond").then("completed", 5, 240.000002, ending="responded"),
        ClockStory(measure="respond").then("completed", 9, 480, ending="responded"),
        ClockStory(measure="respond", kind="ola").then("completed", 9, 9999, ending="responded"),
        ClockStory(priority="P1").then("completed", 90, 1800),
        ClockStory(kind="underpinning").then("completed", 90, 9999),
        ClockStory(measure="fulfil", record_type="request").then("completed", 90, 9999),
    )
    answer = await kpi(manager, "mtta_business", measure="respond", group_by="policy")
    assert (answer["n"], answer["value"]) == (2, 360.000001)
    assert answer["quantiles"]["p50"] == 360.000001
    assert answer["groups"][0]["key"] == "gold"
    for slug in ("mttr_business", "mtrs_business"):
        answer = await kpi(manager, slug, priority="P3")
        assert (answer["n"], answer["value"]) == (1, 1800), "by the priority at opening, as mttr"


async def test_a_target_that_took_anothers_place_is_counted_once(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    """Resolved after 1 h, reopened as P1, which counts from the start and is resolved after 3 h."""
    old = ClockStory().then("completed", 60, 3600)
    old.then("cancelled", 120, 3600, ending="target_changed")
    new = ClockStory(priority="P1", first_completed_at=at(60)).then("completed", 240, 10_800)
    await told(db, old, new)
    compliance = await kpi(manager, "sla_compliance")
    assert (compliance["n"], compliance["excluded"]["cancelled"]) == (1, 1)
    first, last = await kpi(manager, "mttr_business"), await kpi(manager, "mtrs_business")
    assert (first["n"], first["value"], last["n"], last["value"]) == (1, 3600, 1, 10_800)


async def test_a_withdrawn_clock_never_counted(db: Database, manager: httpx2.AsyncClient) -> None:
    story = ClockStory().then("completed", 60, 3600)
    await told(db, story.then("cancelled", 60, 3600, ending="withdrawn"))
    answer = await kpi(manager, "sla_compliance")
    assert (answer["n"], set(answer["excluded"].values())) == (0, {0})
    assert (await kpi(manager, "mttr_business"))["n"] == 0


async def test_tenants_are_apart_and_freshness_is_that_of_clocks(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    assert (await kpi(manager, "sla_compliance"))["fresh_as_of"] is None
    await told(db, ClockStory(tenant="other").then("completed", 60), ClockStory().then("completed", 90))
    answer = await kpi(manager, "sla_compliance")
    assert (answer["n"], answer["fresh_as_of"]) == (1, "2026-03-02T09:30:00Z")
    assert (await kpi(manager, "mttr"))["fresh_as_of"] is None


@pytest.mark.parametrize(
    ("slug", "asked", "name"),
    [
        ("sla_compliance", {"kind": "slo"}, "kind"),
        ("sla_compliance", {"measure": "close"}, "measure"),
        ("sla_compliance", {"priority_at_opening": "P9"}, "priority_at_opening"),
        ("sla_compliance", {"code": "x"}, "code"),
        ("mttr", {"policy": "gold"}, "policy"),
        ("mttr", {"group_by": "measure"}, "group_by"),
    ],
)
async def test_a_dimension_that_a_figure_has_not_is_refused(
    manager: httpx2.AsyncClient, slug: str, asked: dict[str, str], name: str
) -> None:
    answer = await manager.get(f"/v1/kpis/{slug}?{query(asked.items())}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, name)


class Ledger:
    """Clocks that live at random, and what they come to, written down as they live."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.stories: list[ClockStory] = []
        self.done: list[tuple[datetime, bool, dict[str, Any]]] = []
        self.apart: list[tuple[str, datetime]] = []
        self.first: list[tuple[datetime, float]] = []
        self.last: list[tuple[datetime, float]] = []

    def live(self) -> None:
        """One clock, from its attachment to wherever chance leaves it."""
        dice = self.dice
        place: dict[str, Any] = {
            "priority": dice.choice(["P1", "P2", "P3"]),
            "service": dice.choice([None, "mail", "web"]),
            "assignment_group": dice.choice([None, "a", "b"]),
            "policy": dice.choice(["gold", "silver"]),
        }
        minute = dice.randrange(80_000)
        due = minute + 240
        story = ClockStory(minute, **place)
        completions, late, state, ran = list[tuple[datetime, float]](), False, "running", 0
        for _ in range(dice.randrange(6)):
            minute += 1 + dice.randrange(150)
            ran += dice.randrange(9_000)
            if state == "running" and not late and minute > due:
                late = True
                story.then("breached", due, ran)
            if state in ("paused", "completed"):
                state = "running"
                story.then("resumed", minute, ran)
                continue
            state = dice.choice(["paused", "completed", "completed", "cancelled"])
            place["assignment_group"] = dice.choice([None, "a", "b"])
            story.then(state, minute, ran, assignment_group=place["assignment_group"])
            if state == "completed":
                completions.append((at(minute), float(ran)))
            if state == "cancelled":
                break
        if state == "completed":
            self.done.append((at(minute), not late, place | {"month": f"{at(minute):%Y-%m}"}))
        elif state == "cancelled":
            self.apart.append(("cancelled_after_breach" if late else "cancelled", at(minute)))
        elif late:
            self.apart.append(("open_and_breached", at(due)))
        self.first += completions[:1]
        self.last += completions[-1:]
        self.stories.append(story)


@pytest.mark.parametrize("seed", [3, 33])
async def test_every_figure_agrees_with_a_recount_whatever_the_order_of_arrival(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    ledger = Ledger(seed)
    for _ in range(150):
        ledger.live()
    events = [event for story in ledger.stories for event in story.told]
    events += ledger.dice.sample(events, 80)
    ledger.dice.shuffle(events)
    for start in range(0, len(events), 90):
        await hear(db, events[start : start + 90])
    for since, until in ((at(0), at(100_000)), (at(20_000), at(50_000))):
        period = {"from_": since, "to": until}
        done = [each for each in ledger.done if since <= each[0] < until]
        assert done
        for dimension in ("priority", "service", "assignment_group", "policy", "month"):
            answer = await kpi(manager, "sla_compliance", group_by=dimension, **period)
            assert answer["n"] == len(done)
            assert answer["value"] == pytest.approx(sum(met for _, met, _ in done) / len(done))
            keys = {place[dimension] for _, _, place in done}
            assert {group["key"] for group in answer["groups"]} == keys
            for group in answer["groups"]:
                mine = [met for _, met, place in done if place[dimension] == group["key"]]
                assert (group["n"], group["value"]) == (len(mine), pytest.approx(sum(mine) / len(mine)))
        apart = [name for name, when in ledger.apart if since <= when < until]
        assert answer["excluded"] == {
            name: apart.count(name) for name in ("cancelled", "cancelled_after_breach", "open_and_breached")
        }
        for slug, completions in (("mttr_business", ledger.first), ("mtrs_business", ledger.last)):
            took = [seconds for when, seconds in completions if since <= when < until]
            answer = await kpi(manager, slug, **period)
            assert (answer["n"], answer["value"]) == (len(took), pytest.approx(sum(took) / len(took)))
    before = await facts(db, "acme")
    await rebuild(db)
    assert await facts(db, "acme") == before
