"""`PYTHONPATH=tests python -m bench.lists`: whether a list by due date stays as quick as the desk grows.

Pages of 50, asked of the application in process, first with few incidents and then with many in the same
database. The limit is the same page without filters. One in ten incidents is open. Asserts nothing but
that each page is full.
"""

import argparse
import asyncio
import time
from statistics import median
from typing import Final

from bench.desk import Copies, Desk, desk
from rich.progress import track

LIMIT: Final = 50
WARM: Final = 20
ROUNDS: Final = 300
SECONDS: Final = 3.0
"""No more rounds after that."""
COPIES: Final = Copies(
    due="{first} + n % 1000003 * 37 % 1000003 * interval '1s'",
    status="""CASE WHEN n % 10 > 0 THEN 'closed'
        ELSE (ARRAY['new', 'in_progress', 'on_hold'])[1 + n / 10 % 3] END""",
    priority="'P' || 1 + n / 30 % 4",
    group="'group ' || n / 120 % 5",
)
FILTERS: Final = {
    "limit: no filter": {},
    "state and priority": {"status": "in_progress", "priority": "P3"},
    "group and state": {"assignment_group": "group 3", "status": "in_progress"},
    "group and priority": {"assignment_group": "group 3", "priority": "P3"},
    "service and due before": {"service": "mail", "sla_due_at__lt": "9999-01-01T00:00:00Z"},
    "closed and priority (all due never)": {"status": "closed", "priority": "P3"},
    "sla state and priority": {"sla_state": "running", "priority": "P3"},
}


async def pages(made: Desk, filters: dict[str, str]) -> float:
    """Milliseconds of a page by due date, the median of many."""
    agent = made.incident.caller("agent")
    asked = "&".join(f"{name}={value}" for name, value in filters.items())
    path = f"/v1/incidents?sort=sla_due_at&limit={LIMIT}&{asked}".rstrip("&")
    found = await agent.get(path)
    assert len(found["items"]) == LIMIT, f"{path}: {len(found['items'])} items"
    rounds: list[float] = []
    deadline = time.perf_counter() + SECONDS
    while len(rounds) < WARM + ROUNDS and time.perf_counter() < deadline:
        began = time.perf_counter()
        await agent.call("GET", path)
        rounds.append(time.perf_counter() - began)
    return median(rounds[WARM:] or rounds) * 1000


async def all_pages(made: Desk) -> list[float]:
    """The same of every question."""
    asked = track(FILTERS.values(), "pages", transient=True)
    return [await pages(made, filters) for filters in asked]


async def bench(made: Desk, few: int, many: int) -> None:
    """Load, measure, load more, measure again, print."""
    await made.copy(COPIES, 0, few)
    before = await all_pages(made)
    await made.copy(COPIES, few, many)
    after = await all_pages(made)
    print(
        f"{'p50 of a page by due date, ms':<44}{f'{few:,}':>12}{f'{many:,}':>12}{'ratio':>10}{'x limit':>10}"
    )
    for name, small, large in zip(FILTERS, before, after, strict=True):
        print(f"{name:<44}{small:>12.2f}{large:>12.2f}{large / small:>10.2f}{large / after[0]:>10.2f}")


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Lists by due date, few incidents and many.")
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    given = parser.parse_args()
    async with desk() as made:
        await bench(made, given.few, given.many)


if __name__ == "__main__":
    asyncio.run(main())
