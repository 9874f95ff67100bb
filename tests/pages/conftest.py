"""The pages of metrics on a socket, and something to see on them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from support.change_stories import ChangeStory
from support.incident_events import START, Story
from support.metrics import hear
from support.pages import Place, place

PRIORITIES = ("P1", "P2", "P3", "P3", "P4")
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
    return empty


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
