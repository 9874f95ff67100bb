"""A figure as it was believed: the one that whoever had heard only so much would have been told."""

import random
from datetime import timedelta
from typing import Any

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_metrics.rules.kpis import KPIS
from support.change_stories import ChangeStory, SuspicionStory
from support.clock_events import ClockStory
from support.incident_events import Story, altered, at
from support.metrics import hear, kpi, query
from support.said_events import CalendarStory, RequestStory, ServiceStory, WindowStory

DAY = 24 * 60


def told(dice: random.Random, count: int) -> list[Received]:
    """Something for every figure, each event recorded when it happened or days later."""
    stories: list[Any] = [
        ServiceStory("mail", -DAY, yearly_cost=100, currency="EUR", availability_calendar="days")
        .then(4 * DAY, yearly_cost=200)
        .then(6 * DAY, business_unit="sales"),
        CalendarStory("days").version(
            at(-9 * DAY), zone="UTC", weekly={"monday": [{"opens": "06:00", "closes": "20:00"}]}
        ),
        WindowStory(at(5 * DAY), at(5 * DAY + 60), services=["mail"]).then(3 * DAY, status="cancelled"),
    ]
    for _ in range(count):
        minute = dice.uniform(0, 8 * DAY)
        place: dict[str, Any] = {"service": dice.choice(["mail", "web", None])}
        outage = {"degree": "full", "started_at": at(minute), "ended_at": at(minute + 30)}
        incident = Story(minute, outage=outage, category="disk", **place).then(minute + 9, "on_hold")
        incident.then(minute + DAY, dice.choice(["resolved", "in_progress"]), assignment_group="a")
        incident.then(minute + 2 * DAY, dice.choice(["in_progress", "closed"]), assignment_group="b")
        request = RequestStory(minute, **place).then(minute + 5, "awaiting_approval")
        request.then(minute + 65, "approved").then(minute + DAY, "fulfilled", on_time=True, business_s=60)
        clock = ClockStory(minute, measure="resolve", **place).then("completed", minute + 7, 5)
        change = ChangeStory(minute, **place).then(minute + 5, "authorize").then(minute + 20, "scheduled")
        change.then(minute + 60, "review").backed_out(minute + 80).then(minute + 99, "closed")
        suspect = SuspicionStory(change, incident, state=dice.choice(["suspected", "confirmed"]))
        stories += [incident, request, clock, change, suspect]
    events = [event for story in stories for event in story.told]
    late = [dice.choice([0, dice.uniform(0, 6), dice.uniform(2, 6)]) for _ in events]
    return [
        altered(event, recordedtime=(event.envelope.time + timedelta(days=days)).isoformat())
        for event, days in zip(events, late, strict=True)
    ]


async def ask(client: httpx2.AsyncClient, tenant: str, slug: str, **asked: Any) -> Any:
    """The answer that a tenant gets, without what differs by when it was asked."""
    headers = {"authorization": f"Bearer {tenant}.mara.manager"}
    answer = await client.get(f"/v1/kpis/{slug}?{query(asked.items())}", headers=headers)
    assert answer.status_code == 200, answer.text
    return plain(answer.json())


def plain(value: Any) -> Any:
    """Without addresses, as_of, and how late events were applied."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("records", "as_of", "lag_s", "revisions")}
    return value


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
async def test_it_is_the_figure_of_whoever_heard_only_what_was_recorded_by_then(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    dice = random.Random(seed)
    all_heard, heard_then = f"all-{new_id()}", f"then-{new_id()}"
    events = told(dice, 10)
    as_of = at(dice.uniform(4, 9) * DAY)
    known = [event for event in events if event.envelope.recordedtime <= as_of]
    await hear(db, [altered(event, tenant=all_heard) for event in events])
    await hear(db, [altered(event, tenant=heard_then) for event in known])
    until = as_of - timedelta(days=dice.choice([0, dice.uniform(0, 2)]))
    restated = 0
    for slug, declared in KPIS.items():
        group = dice.choice(declared.dimensions)
        asked: dict[str, Any] = {"from_": until - timedelta(days=5), "to": until, "group_by": group}
        if dice.random() < 0.3:
            asked |= {"bucket": "day", "compare": "previous", "zone": "America/New_York"}
        was = await ask(manager, all_heard, slug, as_of=as_of, **asked)
        restated += was["value"] != (await ask(manager, all_heard, slug, **asked))["value"]
        assert was == await ask(manager, heard_then, slug, **asked), slug
        if dice.random() < 0.2:
            asked.pop("group_by"), asked.pop("bucket", None), asked.pop("compare", None)
            behind = [
                await ask(manager, t, f"{slug}/records", **asked, **o)
                for t, o in ((all_heard, {"as_of": as_of}), (heard_then, {}))
            ]
            assert behind[0] == behind[1], slug
    assert restated > 2, "what came later makes other figures"


async def test_what_was_recorded_since_is_not_believed_yet(db: Database, manager: httpx2.AsyncClient) -> None:
    story = Story(service="mail").then(10, "resolved").then(20, "in_progress").then(30, "resolved")
    later = Story(40, service="web")
    await hear(db, [*story.told, *later.told])
    values = [
        (await kpi(manager, "mtrs", as_of=at(minute), to=at(60)))["value"] for minute in (9, 10, 29, 30)
    ]
    assert values == [None, 600, 600, 1800]
    before = await kpi(manager, "opened", as_of=at(-1), to=at(60), group_by="service")
    assert (before["value"], before["groups"], before["fresh_as_of"], before["freshness"]) == (
        0,
        [],
        None,
        [],
    )
    after = await kpi(manager, "opened", as_of=at(39), to=at(60), group_by="service")
    assert [(g["key"], g["value"]) for g in after["groups"]] == [("mail", 1)]
    assert after["as_of"] == at(39).isoformat().replace("+00:00", "Z")
    assert [each["recorded_at"] for each in after["freshness"]] == ["2026-03-02T08:30:00Z"]
    found = (await manager.get(after["groups"][0]["records"])).json()["items"]
    assert [each["record"] for each in found] == [str(story.subject)]


async def test_a_moment_that_has_not_come_or_is_too_long_ago_is_refused(
    db: Database, manager: httpx2.AsyncClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr("itsm_metrics.projections.past.MOST", 2)
    await hear(db, [event for n in range(3) for event in Story(n).told])
    for as_of, code in (
        ("2099-01-01T00:00:00Z", "not_yet"),
        ("x", "invalid_parameter"),
        ("2026-01-01T00:00:00Z", "too_long_ago"),
    ):
        answer = await manager.get(f"/v1/kpis/opened?as_of={as_of}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["pointer"] == "as_of"
    assert (await kpi(manager, "opened", as_of=at(0), to=at(9)))["value"] == 1, "two have changed since"
    assert (await kpi(manager, "mtta_business", as_of=at(-9), to=at(9)))["n"] == 0, "no clock has"
