"""`PYTHONPATH=tests python -m bench.timers`: how late clocks fire, and what firing costs.

Of the open clocks some are due at one moment, and as many one after another over some seconds: one
timekeeper settles them. Late is from the time due to the commit. The limit is a bare UPDATE of the same rows
in the same batches; the floor is a look that finds nothing. Asserts nothing but that each fired once.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from bench.desk import Copies, Desk, desk
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from itsm_incident.projections.settling import BATCH
from itsm_incident.projections.timekeeper import Timekeeper
from support.eventually import until

HOUR: Final = timedelta(hours=1)
LEAD: Final = timedelta(seconds=0.25)
LOOKS: Final = 200
ASLEEP_S: Final = 5.0

BARE: Final = """
UPDATE clock_set c SET next_at = c.next_at - interval '1 year' FROM (
    SELECT id FROM clock_set WHERE next_at >= $1 AND next_at < $2 AND recount_at IS NULL
    ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due WHERE c.id = due.id
"""
BACK: Final = "UPDATE clock_set SET next_at = next_at + interval '1 year' WHERE next_at < $1"
OVERDUE: Final = "SELECT EXISTS (SELECT FROM clock_set WHERE next_at < $1 AND recount_at IS NULL)"
LATE: Final = """
SELECT count(*), percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY late) AS late
FROM (
    SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - $2::interval - time)::float8 * 1000 AS late
    FROM event WHERE type = 'itsm.sla_clock.breached.v1' AND time >= $1
) AS fired
"""


class Cost(NamedTuple):
    """Seconds: on the wall, of this process's CPU, of the database's CPU."""

    wall: float
    app: float
    database: float

    def show(self, name: str, sets: int | None = None, ratio: str = "") -> None:
        """A line of the table; the time on the wall says something only of work that waits for nothing."""
        rate = f"{self.wall * 1000:>10.0f}{sets / self.wall:>10.0f}" if sets else " " * 20
        print(f"{name:<44}{rate}{self.app:>10.2f}{self.database:>10.2f}{ratio:>20}")


async def busy(db: Database) -> float:
    """CPU seconds so far of the database's own connections."""
    rows = await db.fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    return sum(cpu(row["pid"]) for row in rows)


def cpu(pid: int) -> float:
    """CPU seconds of a process."""
    try:
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except FileNotFoundError:
        return 0.0
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


async def measured(db: Database, work: Callable[[], Awaitable[object]]) -> Cost:
    """What some work takes."""
    database, app, began = await busy(db), time.process_time(), time.perf_counter()
    await work()
    took, app = time.perf_counter() - began, time.process_time() - app
    return Cost(took, app, await busy(db) - database)


async def bare(db: Database, since: datetime, before: datetime) -> None:
    """The limit: as many rows, locked and updated and committed, in as many batches."""
    while await db.execute(BARE, since, before, BATCH) != "UPDATE 0":
        pass


async def keeping(db: Database, behind: timedelta, seconds: float) -> None:
    """A timekeeper at work, whose time is behind ours, for so long and until nothing is overdue."""

    async def done() -> bool:
        return not await db.fetchval(OVERDUE, clock.now() - behind)

    task = asyncio.create_task(Timekeeper(lambda: clock.now() - behind).run(db))
    await asyncio.sleep(seconds)
    await until(done)
    task.cancel()


async def bench(made: Desk, clocks: int, due: int, seconds: float) -> None:
    """Load, measure, print."""
    db, every = made.incident.db, clocks // due
    at_once, in_turn, later = made.due + HOUR, made.due + 2 * HOUR, made.due + 25 * HOUR
    when = f"""CASE n % {every} WHEN 0 THEN {{first}} + interval '1h'
        WHEN 1 THEN {{first}} + interval '2h' + n * {seconds / clocks} * interval '1s'
        ELSE {{first}} + interval '25h' + n * interval '1s' END"""
    await made.copy(Copies(when), 0, clocks)
    await db.execute("UPDATE clock_set SET next_at = $2 WHERE id = $1", made.first, later)
    print(f"{clocks:,} open clocks, {due:,} of them due at one moment, {due:,} in turn over {seconds:g} s\n")
    print(f"{'what':<44}{'ms':>10}{'sets/s':>10}{'app CPU s':>10}{'db CPU s':>10}{'ratio':>20}")

    look = await nothing(db, at_once)
    print(f"{'a look that finds nothing, p50':<44}{look * 1000:>10.2f}")
    limit = await measured(db, lambda: bare(db, at_once, in_turn))
    limit.show("limit: a bare UPDATE of those at one moment", due)
    await db.execute(BACK, at_once - 1000 * HOUR)
    await db.execute("VACUUM clock_set")
    cost = await measured(db, lambda: settled(db, at_once + HOUR / 2))
    cost.show("those at one moment, settled", due, f"{limit.wall / cost.wall:.2f} of the limit")

    behind = clock.now() + LEAD - in_turn
    cost = await measured(db, lambda: keeping(db, behind, seconds + 1))
    cost.show("those in turn, settled as they fall due")
    fired, late = await db.fetchrow(LATE, in_turn, behind) or (0, [])
    for name, value in zip(("p50", "p99", "max"), late, strict=True):
        print(f"{'    late, ' + name:<44}{value:>10.1f}{f'{value / look / 1000:.1f} looks':>50}")
    behind = clock.now() - later + HOUR
    cost = await measured(db, lambda: keeping(db, behind, ASLEEP_S))
    cost.show(f"nothing due for {ASLEEP_S:g} s")
    assert fired == due, f"{fired:,} breaches of {due:,} were said"


async def nothing(db: Database, before: datetime) -> float:
    """Seconds of a look when nothing is due, the median of many."""
    looks = [await measured(db, lambda: settled(db, before)) for _ in range(LOOKS)]
    return median(look.wall for look in looks)


async def settled(db: Database, now: datetime) -> int:
    """Everything that is due, as of another time."""
    return await Timekeeper(lambda: now).settle(db)


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="How late SLA clocks fire, and what firing costs.")
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open clocks")
    parser.add_argument("--due", type=int, default=5_000, help="of them due at one moment, and again in turn")
    parser.add_argument("--seconds", type=float, default=10.0, help="over which the latter fall due")
    given = parser.parse_args()
    async with desk() as made:
        await bench(made, given.clocks - given.clocks % given.due, given.due, given.seconds)


if __name__ == "__main__":
    asyncio.run(main())
