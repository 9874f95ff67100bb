"""The figures of service requests."""

import random
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from support.incident_events import Story, altered, at
from support.metrics import facts, hear, kpi, query, rebuild
from support.said_events import RequestStory


async def told(db: Database, *stories: RequestStory | Story) -> None:
    """Hear all of them at once."""
    await hear(db, [event for story in stories for event in story.told])


async def test_fulfilment_is_timed_until_the_last_and_its_promptness_stands_beside_it(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    quick = RequestStory().then(10, "in_fulfilment").then(60, "fulfilled", on_time=True, business_s=600)
    again = RequestStory().then(30, "fulfilled", on_time=True, business_s=1800)
    again.then(90, "in_fulfilment").then(120, "fulfilled", on_time=False, business_s=3600)
    undue = RequestStory(service="mail").then(180, "fulfilled").then(999, "closed")
    await told(db, quick, again, undue)
    answer = await kpi(manager, "request_fulfilment_time", group_by="service")
    assert (answer["n"], answer["value"], answer["quantiles"]["p50"]) == (3, 7200, 7200)
    assert answer["on_time"] == {"n": 2, "value": 0.5}, "one had no due date"
    assert [(g["key"], g["on_time"]) for g in answer["groups"]] == [
        ("mail", {"n": 0, "value": None}),
        (None, {"n": 2, "value": 0.5}),
    ]
    assert (await kpi(manager, "request_fulfilment_time", on_time="false"))["value"] == 7200
    business = await kpi(manager, "request_fulfilment_time_business")
    assert (business["n"], business["value"]) == (2, 2100)


async def test_those_that_ended_otherwise_are_counted_apart(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    asked = RequestStory().then(1, "awaiting_approval")
    await told(
        db,
        RequestStory().then(1, "awaiting_approval").then(5, "rejected"),
        RequestStory().then(7, "cancelled"),
        RequestStory(),
        asked,
        RequestStory().then(9, "closed"),
    )
    answer = await kpi(manager, "request_fulfilment_time")
    assert (answer["n"], answer["value"]) == (1, 540), "closed without a word before is fulfilled"
    assert answer["excluded"] == {
        "requests_rejected": 1,
        "requests_cancelled": 1,
        "requests_unfulfilled": 2,
    }
    assert (await kpi(manager, "requests_submitted"))["value"] == 5
    assert (await kpi(manager, "request_backlog", to=at(4)))["value"] == 5
    assert (await kpi(manager, "request_backlog", to=at(60)))["value"] == 2


async def test_the_wait_for_approval_is_counted_when_it_is_over(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    approved = RequestStory(offering="laptop").then(10, "awaiting_approval").then(70, "approved")
    refused = RequestStory(offering="phone").then(0, "awaiting_approval").then(30, "rejected")
    await told(db, approved, refused, RequestStory().then(1, "awaiting_approval"), RequestStory())
    answer = await kpi(manager, "approval_wait", group_by="offering", record_type="service_request")
    assert (answer["n"], answer["value"]) == (2, 2700)
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"laptop": 3600, "phone": 1800}
    assert (await kpi(manager, "approval_wait", record_type="change"))["n"] == 0


async def test_demand_is_of_requests_and_incidents(db: Database, manager: httpx2.AsyncClient) -> None:
    month = 31 * 24 * 60
    await told(
        db,
        Story(service="mail"),
        Story(month, service="mail").then(month + 5, "resolved"),
        RequestStory(service="mail"),
        RequestStory(service="web"),
    )
    answer = await kpi(manager, "demand", group_by="service")
    assert (answer["value"], {g["key"]: g["value"] for g in answer["groups"]}) == (4, {"mail": 3, "web": 1})
    answer = await kpi(manager, "demand", group_by="month", service="mail")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"2026-03": 2, "2026-04": 1}
    answer = await kpi(manager, "demand", group_by="kind")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"incident": 2, "request": 2}
    assert (await kpi(manager, "demand", kind="request", service="web"))["value"] == 1


async def test_oddities_of_requests_are_counted(db: Database, manager: httpx2.AsyncClient) -> None:
    lost = RequestStory().then(5, "in_fulfilment").then(6, "fulfilled")
    del lost.told[1]
    late = RequestStory().then(-5, "fulfilled", deviations=["closed_without_fulfilled"])
    await told(db, lost, late)
    await hear(db, [altered(late.told[1])])
    answer = await kpi(manager, "data_quality", group_by="code")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {
        "sequence_gap": 1,
        "sequence_conflict": 1,
        "time_before_predecessor": 1,
        "negative_interval": 1,
        "closed_without_fulfilled": 1,
    }


@pytest.mark.parametrize(
    ("slug", "asked"),
    [
        ("request_fulfilment_time", {"priority": "P1"}),
        ("request_fulfilment_time", {"on_time": "maybe"}),
        ("requests_submitted", {"group_by": "assignment_group"}),
        ("demand", {"kind": "sla"}),
        ("demand", {"group_by": "offering"}),
        ("mttr", {"offering": "laptop"}),
        ("availability", {"group_by": "priority"}),
    ],
)
async def test_a_dimension_that_a_figure_has_not_is_refused(
    manager: httpx2.AsyncClient, slug: str, asked: dict[str, str]
) -> None:
    answer = await manager.get(f"/v1/kpis/{slug}?{query(asked.items())}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, next(iter(asked)))


STATES: list[str | None] = [
    "awaiting_approval",
    "approved",
    "rejected",
    "in_fulfilment",
    "in_fulfilment",
    "on_hold",
]
STATES += ["fulfilled", "fulfilled", "closed", "cancelled", None]
OPEN = {"submitted", "awaiting_approval", "approved", "in_fulfilment", "on_hold"}
Item = tuple[datetime, float, str | None, bool | None]
"""When it counts, its seconds, its service, whether it was on time."""


class Ledger:
    """Requests that live at random, and what they come to, written down as they live."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.stories: list[RequestStory] = []
        self.found: dict[str, list[Item]] = {}
        self.states: list[list[tuple[datetime, str, str | None]]] = []

    def live(self) -> None:
        """One request, step by step."""
        dice = self.dice
        begun = minute = dice.uniform(0, 60 * 24 * 60)
        place = dice.choice([None, "mail", "web"])
        story = RequestStory(minute, service=place)
        state, waited, since = "submitted", 0.0, minute
        states = [(at(minute), state, place)]
        fulfilled: Item | None = None
        business: Item | None = None
        ended: tuple[str, Item] | None = None
        wait: Item | None = None
        self.add("requests_submitted", (at(minute), 0, place, None))
        for _ in range(dice.randrange(7)):
            minute += dice.expovariate(1 / 500)
            place = dice.choice([place, place, "mail"])
            after = dice.choice(STATES)
            changes: dict[str, Any] = {"service": place}
            if after in ("fulfilled", "closed"):
                changes |= {"on_time": dice.choice([None, True, False]), "business_s": dice.randrange(9999)}
            story.then(minute, after, **changes)
            states.append((at(minute), after or state, place))
            if after is None or after == state:
                continue
            item: Item = (at(minute), 60 * (minute - begun), place, story.state.get("on_time"))
            if after == "fulfilled" or (after == "closed" and state in OPEN):
                fulfilled, business = item, (item[0], changes["business_s"], *item[2:])
            if after in ("rejected", "cancelled"):
                ended = after, item
            if after == "awaiting_approval":
                since = minute
            elif state == "awaiting_approval":
                waited += minute - since
                wait = (at(minute), 60 * waited, place, None)
            state = after
        if wait:
            self.add("approval_wait", wait)
        if fulfilled and business:
            self.add("request_fulfilment_time", fulfilled)
            self.add("request_fulfilment_time_business", business)
        else:
            unfulfilled: Item = (at(begun), 0, states[0][2], None)
            self.end(*(ended if ended and state not in OPEN else ("unfulfilled", unfulfilled)))
        self.states.append(states)
        self.stories.append(story)

    def end(self, how: str, item: Item) -> None:
        self.add(f"requests_{how}", item)

    def add(self, slug: str, item: Item) -> None:
        self.found.setdefault(slug, []).append(item)

    def within(self, slug: str, since: datetime, until: datetime, *only: str | None) -> list[Item]:
        """The items of a period, of one service where asked."""
        found = self.found.get(slug, [])
        return [each for each in found if since <= each[0] < until and (not only or each[2] == only[0])]

    def standing(self, until: datetime) -> int:
        """How many are open."""
        last = [[state for when, state, _ in states if when <= until][-1:] for states in self.states]
        return sum(state in OPEN for states in last for state in states)


@pytest.mark.parametrize("seed", [5, 55])
async def test_every_figure_agrees_with_a_recount_whatever_the_order_of_arrival(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    ledger = Ledger(seed)
    for _ in range(120):
        ledger.live()
    events = [event for story in ledger.stories for event in story.told]
    events += ledger.dice.sample(events, 80)
    ledger.dice.shuffle(events)
    for start in range(0, len(events), 60):
        await hear(db, events[start : start + 60])
    for since, until in ((at(0), at(100_000)), (at(20_000), at(20_000) + timedelta(days=21))):
        period = {"from_": since, "to": until}
        for slug in ("request_fulfilment_time", "request_fulfilment_time_business", "approval_wait"):
            answer = await kpi(manager, slug, group_by="service", **period)
            agree(answer, ledger.within(slug, since, until))
            for group in answer["groups"]:
                agree(group, ledger.within(slug, since, until, group["key"]))
        assert (await kpi(manager, "requests_submitted", **period))["value"] == len(
            ledger.within("requests_submitted", since, until)
        )
        answer = await kpi(manager, "request_fulfilment_time", **period)
        assert answer["excluded"] == {
            name: len(ledger.within(name, since, until))
            for name in ("requests_rejected", "requests_cancelled", "requests_unfulfilled")
        }
        assert (await kpi(manager, "request_backlog", **period))["value"] == ledger.standing(until)
    before = await facts(db, "acme")
    await rebuild(db)
    assert await facts(db, "acme") == before


def agree(answer: dict[str, Any], items: list[Item]) -> None:
    """n, mean and the share on time."""
    values = [value for _, value, _, _ in items]
    assert answer["n"] == len(values)
    assert answer["value"] == (pytest.approx(sum(values) / len(values), abs=1e-5) if values else None)
    due = [prompt for *_, prompt in items if prompt is not None]
    if "on_time" in answer:
        assert answer["on_time"] == {"n": len(due), "value": sum(due) / len(due) if due else None}
