"""Asking people how content they are, without a broker, and looking at what was said of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import httpx2
from itsm_chassis import clock
from itsm_chassis.auth.links import Links
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_events.survey import SurveyAnswered, SurveySent
from itsm_metrics.projections import inviting
from itsm_metrics.rules.asking import survey_of
from support.incident_events import START, Story, at
from support.metrics import hear
from support.said_events import RequestStory, Told

SAID = """
SELECT envelope FROM event WHERE tenant = $1 AND type LIKE 'itsm.survey.%' ORDER BY sequence, recorded_at, id
"""
BY_LINK = "/v1/surveys/by-link"


class SurveyStory(Told):
    """A survey as metrics hears of its own: sent so many minutes after the stories' start."""

    def __init__(self, sent: float = 0, **state: Any) -> None:
        super().__init__(source="/itsm/metrics")
        self.state = {"record_type": "incident", "number": "INC-000001", "person": "carl", "status": "open"}
        self.state |= {"sent_at": at(sent), "expires_at": at(sent + 30 * 24 * 60), **state}
        self.say(SurveySent, at(sent))

    def answered(self, minute: float, score: int) -> Self:
        """It was answered."""
        return self.say(SurveyAnswered, at(minute), status="answered", score=score, answered_at=at(minute))


def minutes(moment: datetime) -> float:
    """The moment as the stories count time."""
    return (moment - START).total_seconds() / 60


def resolved(caller: str | None = "carl", when: datetime | None = None, **state: Any) -> Story:
    """An incident that was resolved for somebody, just now unless told otherwise."""
    end = minutes(when or clock.now())
    return Story(end - 60, caller=caller, **state).then(end, "resolved")


def fulfilled(requester: str = "rita", when: datetime | None = None, **state: Any) -> RequestStory:
    """A request that was fulfilled for somebody."""
    end = minutes(when or clock.now())
    return RequestStory(end - 60, requester=requester, **state).then(end, "fulfilled")


async def invite(db: Database, events: Sequence[Received], now: datetime | None = None) -> None:
    """One batch of the consumer that asks people."""
    async with db.transaction() as conn:
        await inviting.invite(conn, events, now or clock.now())


async def asked(db: Database, *stories: Story | RequestStory, now: datetime | None = None) -> list[UUID]:
    """The surveys about what the last event of each story tells; there must be one of each."""
    await invite(db, [story.told[-1] for story in stories], now)
    made = [survey_of(story.tenant, story.subject) for story in stories]
    there = {row["id"] for row in await db.fetch("SELECT id FROM survey")}
    assert there.issuperset(made)
    return made


async def said(db: Database, tenant: str = "acme") -> list[Received]:
    """What was said of surveys, each in its order, as it comes off the bus."""
    rows = await db.fetch(SAID, tenant)
    return [decode(row["envelope"].encode(), None) for row in rows]


async def hear_surveys(db: Database, tenant: str = "acme") -> list[Received]:
    """Let the figures hear it."""
    told = await said(db, tenant)
    await hear(db, told)
    return told


async def answer(
    client: httpx2.AsyncClient, links: Links, survey: UUID, *, tenant: str = "acme", **body: Any
) -> httpx2.Response:
    """Answer a survey by its link."""
    token = links.token(tenant, survey)
    return await client.post(f"{BY_LINK}/answer?token={token}", json=body)
