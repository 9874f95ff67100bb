"""The parts that run beside HTTP: relay, consumers, timers and others; each started again when it breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog

from itsm_chassis.bus.consumer import Consumer
from itsm_chassis.bus.relay import Relay
from itsm_chassis.errors import Unavailable
from itsm_chassis.run.health import Health
from itsm_chassis.run.service import Service, Timer
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database
from itsm_chassis.store.housekeeping import drop_old_answers

PAUSES_S = (0.1, 0.3, 0.5, 1.0, 2.0)
HOUSEKEEPING_S = 300.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def working(
    service: Service, settings: Settings, db: Database, health: Health, *, beside_http: bool
) -> AsyncIterator[None]:
    """Run every part of a service until the block ends, then stop them all.

    `beside_http`: the writers are in this process, and wake the relay.
    """
    relay = Relay(db, settings.amqp_url, service.name, woken=beside_http)
    health.parts["relay"] = relay
    runs: dict[str, Callable[[], Awaitable[None]]] = {"relay": relay.run}
    for subscription in service.subscriptions:
        consumer = Consumer(db, settings.amqp_url, subscription)
        health.parts[subscription.queue], runs[subscription.queue] = consumer, consumer.run
    for timer in (*service.timers, Timer("housekeeping", HOUSEKEEPING_S, drop_old_answers)):
        runs[timer.name] = ticking(timer, db)
    for part in service.parts:
        runs[part.name] = partial(part.run, db)
    tasks = [asyncio.create_task(kept_running(name, run, health), name=name) for name, run in runs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def kept_running(name: str, run: Callable[[], Awaitable[None]], health: Health) -> None:
    """Start a part once the database is migrated, and again whenever it ends or fails."""
    failures = 0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            if await health.migrated():
                await run()
        except Exception as error:
            detail = str(error) if isinstance(error, Unavailable) else repr(error)
            log.warning("a part broke off and starts again by itself", part=name, error=detail)
        if asyncio.get_running_loop().time() - started > 10:
            failures = 0
        await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
        failures += 1


def ticking(timer: Timer, db: Database) -> Callable[[], Awaitable[None]]:
    """A timer as a part that runs for ever."""

    async def run() -> None:
        while True:
            await timer.run(db)
            await asyncio.sleep(timer.every_s)

    return run
