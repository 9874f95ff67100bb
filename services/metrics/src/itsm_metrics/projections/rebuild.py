"""The operator's verb `rebuild`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from itertools import count
from typing import Any

from itsm_chassis import clock
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database

from itsm_metrics.projections.rebuilding import ask, carry_out

LOOKED_EVERY_S = 0.5
SAID_EVERY = 4
SHOWN = 200
"""After an upgrade every month of a new measure differs; a screen has an end."""
READ = "SELECT * FROM rebuild WHERE id = $1"
COMPARED = "SELECT count(*) FROM proof WHERE rebuild = $1"
DIFFERING = """
SELECT * FROM proof WHERE rebuild = $1 AND before IS DISTINCT FROM after
ORDER BY tenant, facts, measure, month
"""


async def rebuild(settings: Settings, arguments: Sequence[str]) -> int:
    """Compute every figure again from the raw events, in a shadow; the old ones are served until then.

    Prints a proof: every measure and month whose facts were others than the events say. Where a rebuild is
    waiting or running already, it is that one which is followed.
    """
    argparse.ArgumentParser(prog="python -m itsm_metrics rebuild", description=rebuild.__doc__).parse_args(
        arguments
    )
    db = Database(settings.database_url, size=3)
    await db.open()
    try:
        job = await ask(db, clock.now())
        working = asyncio.create_task(carry_out(db))
        for looked in count():
            await asyncio.wait([working], timeout=LOOKED_EVERY_S)
            found = await db.fetchrow(READ, job)
            if found is None or found["state"] in ("done", "failed"):
                break
            if looked % SAID_EVERY == 0:
                say(f"{found['state']}, {found['done']} of {found['total']} events folded")
            if working.done():
                await working
                await asyncio.sleep(LOOKED_EVERY_S)
                working = asyncio.create_task(carry_out(db))
        await working
        return await told(db, found)
    finally:
        await db.close()


async def told(db: Database, found: Any) -> int:
    """Say how it ended, and what the proof shows."""
    if found is None or found["state"] == "failed":
        say(f"failed: {found and found['error']}. The old figures are in force")
        return 1
    say(f"all {found['done']} events folded; the new figures are in force")
    rows = await db.fetch(DIFFERING, found["id"])
    compared = await db.fetchval(COMPARED, found["id"])
    print(f"{compared} measures and months compared, {len(rows)} differed")  # noqa: T201  # a verb's answer
    for row in rows[:SHOWN]:
        print(line(row))  # noqa: T201  # a verb's answer
    if rows[SHOWN:]:
        more = f"and {len(rows) - SHOWN} more: GET /v1/rebuilds/{found['id']}/proof?differing=true"
        print(more)  # noqa: T201  # a verb's answer
    return 0


def line(row: Any) -> str:
    """One measure and month that was not as the events say."""
    where = f"{row['tenant']} {row['facts']} {row['measure']} {row['month']:%Y-%m}"
    hashes = f"{row['rows_before']} facts {row['before']} -> {row['rows_after']} facts {row['after']}"
    return f"{where}: {hashes}; records {', '.join(map(str, row['records']))}"


def say(what: str) -> None:
    """One line of progress."""
    print(f"rebuild: {what}", file=sys.stderr)  # noqa: T201  # a verb speaks to whoever typed it
