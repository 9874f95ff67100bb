"""`PYTHONPATH=tests python -m bench.applying`: how fast metrics applies events, and rebuilds from them.

Incidents of a month on 20 services, in 10 groups, five events each, told in the order of time, in batches of
200, each in its own durable transaction. The limit is keeping the same events raw, in the same batches.
Asserts nothing.
"""

import argparse
import asyncio
import gc
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from bench.desk import servers
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.projections.apply import apply
from itsm_metrics.projections.raw import keep
from itsm_metrics.projections.rebuilding import ask, carry_out
from rich.progress import track
from support.incident_events import Story

BATCH: Final = 200
DAYS: Final = 30
LIFE: Final = ("in_progress", "on_hold", "resolved", "closed")


def told(incidents: int) -> list[Received]:
    """Their events, by time."""
    dice = random.Random(1)
    events: list[Received] = []
    for _ in track(range(incidents), "incidents", transient=True):
        minute = dice.uniform(0, DAYS * 24 * 60)
        story = Story(
            minute,
            priority=f"P{dice.randrange(1, 6)}",
            service=f"service {dice.randrange(20)}",
            assignment_group=f"group {dice.randrange(10)}",
        )
        for status in LIFE:
            minute += dice.lognormvariate(5, 1.6)
            story.then(minute, status)
        events += story.told
    return sorted(events, key=lambda event: event.envelope.time)


async def rate(db: Database, events: Sequence[Received], work: Callable[[Any, Any], Awaitable[Any]]) -> float:
    """Events per second."""
    await db.execute("TRUNCATE " + ", ".join(service.metadata.tables))
    began = time.perf_counter()
    for first in track(range(0, len(events), BATCH), "events", transient=True):
        async with db.transaction() as conn:
            await work(conn, events[first : first + BATCH])
    return len(events) / (time.perf_counter() - began)


async def bench(db: Database, incidents: int) -> None:
    """Tell, apply, rebuild, print."""
    events = told(incidents)
    gc.collect()
    gc.freeze()  # as the worker is after its start: the events are the bench's
    kept = await rate(db, events, keep)
    applied = await rate(db, events, lambda conn, batch: apply(conn, batch, clock.now()))
    await db.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    await ask(db, clock.now())
    await carry_out(db)
    rebuilt = len(events) / (time.perf_counter() - began)
    title = f"{len(events):,} events of {incidents:,} incidents"
    print(f"{title:<44}{'events/s':>10}{'us each':>10}{'share':>8}")
    for name, per_s in (
        ("limit: kept raw", kept),
        ("applied: kept, folded, summed", applied),
        ("rebuilt", rebuilt),
    ):
        print(f"{name:<44}{per_s:>10,.0f}{1e6 / per_s:>10.1f}{per_s / kept:>8.2f}")


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Applying events, and rebuilding from them.")
    parser.add_argument("--incidents", type=int, default=10_000)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, _issuer):
        await migrate(service.package, service.metadata, postgres.url, postgres.url)
        db = Database(postgres.url, size=2)
        await db.open()
        await bench(db, given.incidents)
        await db.close()


if __name__ == "__main__":
    asyncio.run(main())
