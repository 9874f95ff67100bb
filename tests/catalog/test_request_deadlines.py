"""Deadlines: what is late or expired is told once, dated when it was, whatever dies meanwhile."""

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

from itsm_catalog.commands.requests.timekeeper import Timekeeper
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from support.eventually import until
from support.services import Running
from support.shop import BY_TWO_OF_THREE, TASKS, Shop, code, counts
from support.tree import ROOT

REQUESTS = 60
HOUR = 3600
EXPIRING = BY_TWO_OF_THREE | {"expires_after_s": HOUR}
TOLD = """
SELECT split_part(type, '.', 2) || '.' || split_part(type, '.', 3), count(*)::int FROM event
WHERE type ~ 'breached|expired|rejected' GROUP BY 1
"""
TIMES = "SELECT time, actor FROM event WHERE type = 'itsm.' || $1 || '.v1'"
BROKEN = """
SELECT count(*) FROM (SELECT subject FROM event GROUP BY subject HAVING max(sequence) <> count(*)) AS gaps
"""


def settled(db: Database, hours: float) -> Any:
    moment = clock.now() + timedelta(hours=hours)
    return Timekeeper(lambda: moment).settle(db)


async def told(db: Database) -> dict[str, int]:
    return counts(await db.fetch(TOLD))


async def test_a_broken_promise_is_told_once_dated_at_the_deadline(shop: Shop, catalog: Running) -> None:
    await shop.offers(delivery_time_s=HOUR)
    request = await shop.orders()
    assert await settled(catalog.db, 0.9) == 0
    assert await settled(catalog.db, 5) == 1
    assert await settled(catalog.db, 6) == 0
    [row] = await catalog.db.fetch(TIMES, "service_request.breached")
    assert row["time"] == datetime.fromisoformat(request["due_at"])
    assert row["actor"] == "system:timekeeper"
    late = await shop.request(request)
    assert (late["delivery"]["breached"], late["due_at"]) == (True, request["due_at"])
    await shop.moved(request, "in_fulfilment")
    held = await shop.moved(request, "on_hold", reason="vendor")
    assert held["due_at"] is None
    assert await settled(catalog.db, 50) == 0


async def test_a_hold_moves_the_deadline_and_an_end_lifts_it(shop: Shop, catalog: Running) -> None:
    await shop.offers(delivery_time_s=HOUR, tasks=TASKS)
    held, gone, done = [await shop.orders() for _ in range(3)]
    await shop.moved(held, "on_hold", reason="vendor")
    await shop.moved(gone, "cancelled")
    await shop.moved(done, "fulfilled", fulfilment_note="Here.")
    assert await settled(catalog.db, 5) == 0
    await shop.moved(held, "in_fulfilment")
    assert await settled(catalog.db, 5) == 1


async def test_a_step_expires_once_and_rejects_its_request(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[EXPIRING])
    request = await shop.orders()
    await shop.vote(request, "anna")
    [step] = await shop.approvals(request)
    assert await settled(catalog.db, 0.9) == 0
    assert await settled(catalog.db, 2) == 1
    assert await settled(catalog.db, 3) == 0
    [after] = await shop.approvals(request)
    assert (after["status"], after["decided_at"]) == ("expired", step["expires_at"])
    rejected = await shop.request(request)
    assert (rejected["status"], rejected["rejected_at"]) == ("rejected", step["expires_at"])
    assert "expired" in rejected["rejection_reason"]
    assert code(await shop.vote(request, "ben"), 409) == "approval_decided"
    assert rejected["approval_wait_s"] == HOUR


async def test_a_step_decided_in_time_or_voided_does_not_expire(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[EXPIRING])
    decided, voided = await shop.orders(), await shop.orders()
    for name in ("anna", "ben"):
        await shop.vote(decided, name)
    await shop.moved(voided, "cancelled")
    assert await settled(catalog.db, 2) == 0
    assert (await shop.request(decided))["status"] == "approved"


async def test_the_running_timekeeper_is_on_time(shop: Shop, catalog: Running) -> None:
    await shop.offers(delivery_time_s=1)
    running = asyncio.create_task(Timekeeper().run(catalog.db))
    try:
        request = await shop.orders()

        async def breached() -> bool:
            return bool((await shop.request(request))["delivery"]["breached"])

        await until(breached)
    finally:
        running.cancel()
    [row] = await catalog.db.fetch(TIMES, "service_request.breached")
    assert row["time"] == datetime.fromisoformat(request["due_at"])


async def test_timekeepers_at_once_tell_everything_once(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[EXPIRING], delivery_time_s=2 * HOUR)
    for _ in range(10):
        await shop.orders()
    settlings = await asyncio.gather(*(settled(catalog.db, 3) for _ in range(4)))
    assert await told(catalog.db) == {"approval.expired": 10, "service_request.rejected": 10}
    assert sum(settlings) == 10
    assert await catalog.db.fetchval(BROKEN) == 0


def timekeeper(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "support.request_deadlines", url, "9"]
    return subprocess.Popen(command, cwd=ROOT / "tests")


async def test_killed_in_the_middle_everything_is_told_once(shop: Shop, catalog: Running) -> None:
    await shop.offers(delivery_time_s=HOUR)
    await shop.offers(key="phone", approval=[EXPIRING], delivery_time_s=None)
    for _ in range(REQUESTS):
        await shop.orders()
        await shop.orders(offering="phone")
    killed = 0
    running = [timekeeper(catalog.db.url), timekeeper(catalog.db.url)]
    try:
        for share in (0.1, 0.4, 0.7):

            async def so_far(least: float = share * 3 * REQUESTS) -> bool:
                return sum((await told(catalog.db)).values()) >= least

            await until(so_far, within_s=60)
            running[0].kill()
            killed += running[0].wait() == -9
            running = [running[1], timekeeper(catalog.db.url)]

        async def done() -> bool:
            return sum((await told(catalog.db)).values()) >= 3 * REQUESTS

        await until(done, within_s=60)
    finally:
        for each in running:
            each.kill()
            each.wait()
    assert killed == 3
    await settled(catalog.db, 9)
    assert await told(catalog.db) == dict.fromkeys(
        ("service_request.breached", "approval.expired", "service_request.rejected"), REQUESTS
    )
    assert await catalog.db.fetchval(BROKEN) == 0
