"""One tenant on a stack: sends its history through the import and reads its figures."""

import asyncio
import json
from typing import Any, Self

import httpx2
from support.eventually import until
from support.stack import Stack, ask

PERIOD = "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"
RECOVERED_S = 120
WHEN = ("fresh_as_of", "freshness")
"""What tells how new the events behind a figure are, and nothing of the figure."""


class Desk:
    """A tenant with an administrator's clients for both services."""

    def __init__(self, stack: Stack, tenant: str) -> None:
        """Tokens are valid over any restart."""
        self.incident = stack.client("incident", "admin", tenant)
        self.metrics = stack.client("metrics", "admin", tenant)

    async def __aenter__(self) -> Self:
        """Ready to talk."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close both clients."""
        await self.incident.aclose()
        await self.metrics.aclose()

    async def send(self, history: list[bytes]) -> None:
        """Import the history, from the start again whenever something breaks, until every line is stored."""
        while True:
            try:
                answer = await self.incident.post(
                    "/v1/incidents:import",
                    content=b"".join(history),
                    headers={"Content-Type": "application/x-ndjson"},
                )
                results = (
                    [json.loads(line) for line in answer.text.splitlines()]
                    if answer.status_code == 200
                    else []
                )
            except (httpx2.HTTPError, ValueError):
                results = []
            if len(results) == len(history):
                assert {result["status"] for result in results} <= {"created", "unchanged"}
                return
            await asyncio.sleep(0.2)

    async def applied(self) -> int | None:
        """Events of this tenant that metrics has applied; None while it does not answer."""
        heard = await ask(self.metrics, "/v1/sources")
        return None if heard is None else sum(source["events"] for source in heard["items"])

    async def said(self) -> int | None:
        """Events of this tenant that stand in the incident service's feed."""
        feed = await ask(self.incident, "/v1/events?limit=1&count=exact")
        return None if feed is None else feed["count"]

    async def caught_up(self, events: int) -> None:
        """Wait until metrics has applied exactly so many events."""

        async def all_applied() -> bool:
            return await self.applied() == events

        await until(all_applied, within_s=RECOVERED_S, every_s=0.1)

    async def between(self, low: int, high: int) -> int:
        """Wait until metrics has applied more than `low` events, and see that it is not too late."""

        async def some() -> int:
            count = await self.applied() or 0
            return count if count > low else 0

        count: int = await until(some, every_s=0.01)
        assert count < high, (
            f"{count} events were applied before the fault could be made; wanted {low} to {high}"
        )
        return count

    async def figures(self) -> dict[tuple[str, str], Any]:
        """Every figure of the catalogue by priority, month and group, without when it was asked."""
        catalogue = await ask(self.metrics, "/v1/kpis")
        found = {}
        for kpi in catalogue["items"]:
            for group in {"priority", "month", "assignment_group"} & set(kpi["group_by"]):
                answer = await ask(self.metrics, f"/v1/kpis/{kpi['slug']}?{PERIOD}&group_by={group}")
                found[kpi["slug"], group] = {k: v for k, v in answer.items() if k not in WHEN}
        return found
