"""The pages of metrics on a socket, and something to see on them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from support.change_stories import ChangeStory
from support.improving import ago, move, registered, written
from support.incident_events import START, Story
from support.metrics import hear
from support.pages import Place, place

PRIORITIES = ("P1", "P2", "P3", "P3", "P4")
FACTOR = {"key": "quick", "name": "Trouble is over quickly", "owner": "mara"}
TARGET = {
    "success_factor": "quick",
    "kpi": "mttr",
    "period": "days",
    "days": 30,
    "amber": 90_000,
    "owner": "mara",
}
SERVICES = ("mail", "payroll", "shop")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """The pages, with nothing to see on them."""
    async with place(postgres_url, tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def told(empty: Place) -> Place:
    """Two months of a desk, up to now."""
    db = Database(empty.database, size=2)
    await db.open()
    await hear(db, [event for story in stories(clock.now()) for event in story.told], clock.now())
    await db.close()
    await improve(empty)
    return empty


async def improve(place: Place) -> None:
    """One improvement that has closed, one under way, one just proposed."""
    headers = {"authorization": f"Bearer {place.bearer('manager')}"}
    async with httpx2.AsyncClient(base_url=place.url, headers=headers) as client:
        about = {"kpi": "mttr", "filters": {"service": "mail"}, "direction": "down", "target": 3600}
        usual = {"benefit": "high", "effort": "low", "owner": "lena"}
        closed = await registered(client, title="Mail restarts itself", **about, **usual)
        begun = await registered(client, title="Fewer hands", objective="Less to and fro", **usual)
        await registered(client, title="A shorter form")
        for made, times in ((closed, 40), (begun, 3)):
            for to in ("accepted", "assessed", "approved"):
                await moved(client, made, to)
            await moved(client, made, "in_progress", started_at=written(ago(times)))
        await client.post("/v1/success-factors", json=FACTOR)
        for green, key in ((3600, "one"), (86_400, "other")):
            made = await client.post("/v1/targets", json=TARGET | {"key": key, "name": key, "green": green})
            assert made.status_code == 201, made.text
        await client.post("/v1/targets:evaluate")
        await moved(client, closed, "in_review", implemented_at=written(ago(36)))
        await moved(client, closed, "closed", outcome="It restarts.")


async def moved(client: httpx2.AsyncClient, made: Any, to: str, **fields: Any) -> None:
    answer = await move(client, made, to, **fields)
    assert answer.status_code == 200, answer.text


def stories(now: datetime) -> list[Story | ChangeStory]:
    """Incidents, their clocks, and changes."""
    found: list[Story | ChangeStory] = []
    for number in range(120):
        begun = (now - timedelta(days=58) - START) / timedelta(minutes=1) + number * 680.0
        story = Story(
            begun,
            number=f"INC-{number:06}",
            priority=PRIORITIES[number % 5],
            service=SERVICES[number % 3],
            assignment_group="desk",
        )
        if number % 9:
            story.then(begun + 5 + number % 40, "in_progress").then(begun + 60 + number * 3, "resolved")
        if number % 11 == 0:
            story.then(begun + 500, "in_progress")
        found.append(story)
    for number in range(14):
        begun = (now - timedelta(days=50) - START) / timedelta(minutes=1) + number * 4800.0
        change = ChangeStory(begun).then(begun + 600, "scheduled").then(begun + 2000, "implement")
        change.then(begun + 2100, "review")
        if number % 5 == 0:
            change.backed_out(begun + 2200)
        found.append(change)
    return found
