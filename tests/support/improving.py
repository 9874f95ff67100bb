"""Improvements over HTTP, and a desk whose times change on a day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final, Self

import httpx2
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from itsm_events.improvement import ImprovementClosed, ImprovementIdentified
from support.incident_events import START, Story, at
from support.metrics import hear_stories
from support.said_events import Told

ANY: Final = {"if-match": "*"}
AGENT: Final = {"authorization": "Bearer acme.lena.agent"}
TODAY: Final = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
"""Effects are measured up to now, so that these stories are told of the days before this one."""


def ago(days: float) -> datetime:
    """So many days before today began."""
    return TODAY - timedelta(days=days)


def written(moment: datetime) -> str:
    """As it is sent."""
    return moment.isoformat().replace("+00:00", "Z")


async def registered(client: httpx2.AsyncClient, **fields: Any) -> Any:
    """A new improvement."""
    answer = await client.post("/v1/improvements", json={"title": "Faster mail"} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def move(client: httpx2.AsyncClient, made: Any, to: str, **fields: Any) -> httpx2.Response:
    """The answer to a transition."""
    path = f"/v1/improvements/{made['id']}/transitions"
    return await client.post(path, json={"to": to} | fields, headers=ANY)


async def grown(client: httpx2.AsyncClient, status: str, **fields: Any) -> Any:
    """An improvement that has come to this state on the usual way."""
    usual = {"objective": "Less noise", "benefit": "high", "effort": "low", "owner": "lena"}
    made = await registered(client, **usual | fields)
    way = ["accepted", "assessed", "approved", "in_progress", "in_review", "closed"]
    if status in ("on_hold", "cancelled"):
        way = [*way[:4], status]
    for to in way[: way.index(status) + 1] if status != "identified" else ():
        needs: dict[str, Any] = {"on_hold": {"reason": "Waiting"}, "cancelled": {"reason": "No use"}}
        answer = await move(client, made, to, **needs.get(to, {"outcome": "Quiet"} if to == "closed" else {}))
        assert answer.status_code == 200, answer.text
        made = answer.json()
    return made


async def desk(db: Database, hours: Callable[[float], float], days: int = 200, service: str = "mail") -> None:
    """Four incidents a day until today, each resolved after about so many hours; `hours` of days ago."""
    rng = Random(f"desk {service}")
    stories = []
    for day in range(days, 0, -1):
        for _ in range(4 if ago(day).weekday() < 5 else 2):
            opened = (ago(day) - START) / timedelta(minutes=1) + rng.uniform(0, 600)
            took = hours(day) * 60 * exp(rng.gauss(0, 0.4))
            stories.append(Story(opened, service=service).then(opened + took, "resolved"))
    await hear_stories(db, *stories)


class Life(Told):
    """An improvement as metrics hears of it: registered, and closed perhaps."""

    def __init__(self, **state: Any) -> None:
        super().__init__("acme", "/itsm/metrics")
        windows = {"longest_days": 90, "settle_days": 7, "zone": "UTC"}
        self.state = {"number": "IMP-000001", "title": "Faster", "source": "person", "steps": []}
        self.state |= {"windows": windows, "identified_at": at(0), **state}
        self.say(ImprovementIdentified, at(0), status="identified")

    def closed(self, verdict: str | None) -> Self:
        """With this verdict, or none as it was about an objective alone."""
        side: dict[str, Any] = {"since": at(0), "until": at(1), "days": 0, "n": 0}
        effect: dict[str, Any] = {
            "verdict": verdict,
            "kpi": "mttr",
            "direction": "down",
            "method": "m",
            "method_version": 1,
        }
        effect |= {"confidence": 0.95, "before": side, "after": side, "measured_at": at(9)}
        after = effect if verdict else None
        return self.say(ImprovementClosed, at(9), status="closed", closed_at=at(9), effect=after)
