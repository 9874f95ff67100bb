"""From every figure there is a way down to exactly the records that it is made of."""

import random
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_metrics.rules.kpis import KPIS
from support.change_stories import ChangeStory, SuspicionStory
from support.clock_events import ClockStory
from support.deployment_stories import DeploymentStory
from support.improving import Life
from support.incident_events import Story, altered, at
from support.metrics import hear, kpi
from support.said_events import RequestStory, ServiceStory
from support.surveys import SurveyStory

DAY = 24 * 60
PLACES: list[dict[str, Any]] = [{"service": "mail"}, {"service": "web"}, {"service": None}]


async def tell(db: Database) -> None:
    """Something for every figure, some of it at the same moment."""
    dice = random.Random(7)
    stories: list[Any] = [
        ServiceStory("mail", -DAY, yearly_cost=100, currency="EUR", business_unit="sales"),
        ServiceStory("web", -DAY, yearly_cost=200, currency="EUR"),
    ]
    for number in range(30):
        minute = number // 3 * DAY
        outage = {"degree": "full", "started_at": at(minute), "ended_at": at(minute + 30)}
        incident = Story(minute, outage=outage, category="disk", **dice.choice(PLACES)).then(
            minute + 9, "on_hold"
        )
        incident.then(minute + 60, dice.choice(["resolved", "in_progress"]), assignment_group="a")
        incident.then(minute + 90, dice.choice(["in_progress", "closed"]), assignment_group="b")
        request = RequestStory(minute, **dice.choice(PLACES)).then(minute + 5, "awaiting_approval")
        request.then(minute + 65, "approved")
        if number % 3:
            request.then(minute + 95, "fulfilled", on_time=number % 2 == 0, business_s=60)
        measure = dice.choice(["respond", "resolve"])
        clock = ClockStory(minute, measure=measure, **dice.choice(PLACES)).then("completed", minute + 7, 5)
        change = ChangeStory(minute, **PLACES[number % 3]).then(minute + 5, "authorize")
        change.then(minute + 20, "scheduled").then(minute + 60, "review")
        if number % 4 == 0:
            change.backed_out(minute + 80)
        change.then(minute + 99, "closed")
        state = ("suspected", "confirmed", "rejected")[number % 3]
        stories += [incident, request, clock, change, SuspicionStory(change, incident, state=state)]
        survey = SurveyStory(minute, **PLACES[number % 3])
        stories.append(survey.answered(minute + 70, 1 + number % 5) if number % 4 else survey)
        if number % 5 == 0:
            stories.append(DeploymentStory(minute, "web", of=change).then(minute + 5, "succeeded"))
    stories += [Life(**place).closed(verdict) for place in PLACES for verdict in ("improved", None)]
    await hear(db, [event for story in stories for event in story.told])
    await hear(db, [altered(stories[3].told[-1])])


async def behind(client: httpx2.AsyncClient, link: str, limit: int = 200) -> list[dict[str, Any]]:
    """All pages of it, by the Link header."""
    found: list[dict[str, Any]] = []
    following: str | None = f"{link}&limit={limit}"
    while following:
        answer = await client.get(following)
        assert answer.status_code == 200, answer.text
        assert 0 < len(answer.json()["items"]) <= limit or not found
        found += answer.json()["items"]
        header = answer.headers.get("link")
        assert (header is None) == (answer.json()["next"] is None)
        following = header.partition(">")[0].lstrip("<") if header else None
    return found


def agree(slug: str, figure: dict[str, Any], records: list[dict[str, Any]]) -> None:
    """The records make the figure."""
    kind = KPIS[slug].kind
    values = [each["value"] for each in records]
    if kind in ("sum", "growth"):
        assert len({each["record"] for each in records}) == figure["n"]
        assert sum(values) == pytest.approx(figure["value"])
    elif kind == "availability":
        assert sum(values) >= figure["parts"]["downtime_s"] > 0, "they overlap"
    elif kind == "between_failures":
        assert len(records) >= figure["n"]
    else:
        assert len(records) == figure["n"]
        if kind in (
            "duration",
            "rate",
            "mean",
            "age",
            "stale",
            "recurrence",
            "lead",
            "failure",
            "recovery",
            "rework",
        ):
            assert sum(values) / len(values) == pytest.approx(figure["value"])
        if kind == "cost":
            assert sum(values) == pytest.approx(figure["value"])


async def test_every_figure_and_every_group_of_it_leads_to_what_it_is_made_of(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await tell(db)
    for slug in KPIS:
        figure = await kpi(manager, slug, group_by="service", from_=at(0), to=at(30 * DAY))
        assert figure["n"], slug
        whole = await behind(manager, figure["records"])
        agree(slug, figure, whole)
        assert {each["resource"] for each in whole} <= set(KPIS[slug].resources)
        assert whole == await behind(manager, figure["records"], limit=7)
        assert figure["groups"]
        for group in figure["groups"]:
            records = await behind(manager, group["records"])
            agree(slug, group, records)
            assert all(each in whole for each in records)


async def test_a_record_is_shown_with_what_it_adds(db: Database, manager: httpx2.AsyncClient) -> None:
    story = Story().then(10, "resolved")
    await hear(db, [*story.told, *Story(tenant="globex").then(10, "resolved").told])
    figure = await kpi(manager, "mttr", from_=at(0), to=at(60))
    assert figure["records"] == (
        "/v1/kpis/mttr/records?from=2026-03-02T08%3A00%3A00Z&to=2026-03-02T09%3A00%3A00Z"
    )
    [found] = await behind(manager, figure["records"])
    assert found == {
        "resource": "incident",
        "record": str(story.subject),
        "at": "2026-03-02T08:10:00Z",
        "value": 600.0,
    }


async def test_a_cursor_belongs_to_its_question(db: Database, manager: httpx2.AsyncClient) -> None:
    await tell(db)
    asked = "/v1/kpis/opened/records?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z&limit=2"
    cursor = (await manager.get(asked)).json()["next"]
    assert (await manager.get(f"{asked}&cursor={cursor}")).status_code == 200
    refused = {
        f"{asked}&cursor={cursor}&service=mail": "cursor",
        f"{asked.replace('opened', 'resolved')}&cursor={cursor}": "cursor",
        f"{asked}&cursor=x": "cursor",
        f"{asked}&group_by=service": "group_by",
        f"{asked}&limit=3": "limit",
        asked.replace("limit=2", "limit=201"): "limit",
        f"{asked}&colour=red": "colour",
    }
    for question, pointer in refused.items():
        answer = await manager.get(question)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), question
    foreign = {"authorization": "Bearer globex.x.manager"}
    assert (await manager.get(f"{asked}&cursor={cursor}", headers=foreign)).status_code == 422
    assert (await manager.get("/v1/kpis/happiness/records")).status_code == 404
