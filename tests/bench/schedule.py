"""`PYTHONPATH=tests python -m bench.schedule`: conflicts, the first free slot, the gate.

Asked of the application in process, on a PostgreSQL of its own: scheduled changes over the next 90 days,
and items in a tree of three levels below a service for each twenty. The limit is a read of one change.
Asserts only that a slot was found.
"""

import argparse
import asyncio
import json
import logging
import random
import time
from datetime import timedelta
from statistics import quantiles
from typing import Any, Final

import structlog
from bench.desk import servers
from itsm_change.app import service
from itsm_change.commands.recording import row
from itsm_change.projections.settling import settle
from itsm_change.rules import card
from itsm_chassis import clock
from itsm_chassis.store.copying import copy
from itsm_chassis.store.ids import new_id
from rich.progress import track
from support.changes import NEW
from support.services import Caller, Running, running

DAYS: Final = 90
ROUNDS: Final = 200
PER_SERVICE: Final = 20
WINDOWS: Final = 200
FREEZES: Final = 20
CHANGE_COLUMNS: Final = "INSERT INTO change ({names}) VALUES ({binds})"


async def fill(change: Running, changes: int, items: int, busiest: int) -> None:
    """The map, the windows and freezes, and the changes; one item in `busiest` is most changes' item."""
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    async with change.db.transaction() as conn:
        columns = ["id", "tenant", "sequence", "dependent_kind", "dependent_key", "dependency_kind"]
        columns += ["dependency_key", "present"]
        await copy(conn, "dependency", columns, (edge(n) for n in range(items)), 60)
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for number in track(range(WINDOWS), "windows", transient=True):
        start = now + timedelta(hours=number % 24)
        times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=8)).isoformat()}
        on = {"configuration_items": [f"i-{number * 7}"], "recurrence": "FREQ=DAILY"}
        await manager.creates("/v1/maintenance-windows", key=f"w{number}", name="W", **times | on)
    for number in range(FREEZES):
        start = now + timedelta(days=4 * number)
        times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=6)).isoformat()}
        await manager.creates("/v1/freezes", key=f"f{number}", name="F", services=[f"s-{number}"], **times)
    made = await agent.creates("/v1/changes", **NEW)
    told = json.loads((await agent.call("GET", f"/v1/changes/{made['id']}")).text)
    chance = random.Random(1)
    async with change.db.transaction() as conn:
        for number in track(range(changes), f"{changes:,} changes", transient=True):
            start = now + timedelta(minutes=chance.randrange(DAYS * 24 * 60))
            at = chance.randrange(items) // (busiest if number % 4 == 0 else 1)
            state = card.read(
                json.dumps(
                    told
                    | {"id": str(new_id()), "number": f"CHG-1{number:08d}", "status": "scheduled"}
                    | {"configuration_items": [f"i-{at}"], "service": f"s-{at // PER_SERVICE}"}
                    | {"planned_start": start.isoformat(), "assignee": f"person {number % 300}"}
                    | {"planned_end": (start + timedelta(hours=chance.randrange(1, 9))).isoformat()}
                )
            )
            values = row("acme", state)
            binds = ", ".join(f"${n + 1}" for n in range(len(values)))
            names = ", ".join(f'"{name}"' for name in values)
            await conn.execute(CHANGE_COLUMNS.format(names=names, binds=binds), *values.values())
    for table in ("change", "dependency"):
        await change.db.execute(f"VACUUM (ANALYZE) {table}")


def edge(number: int) -> tuple[Any, ...]:
    """What needs an item: the item ten times as near to the root of its service, or the service."""
    at, of = number % PER_SERVICE, number // PER_SERVICE
    above = ("service", f"s-{of}") if at == 0 else ("configuration_item", f"i-{number - at + at // 4}")
    return (new_id(), "acme", 1, *above, "configuration_item", f"i-{number}", True)


async def measured(agent: Caller, method: str, paths: list[str], body: Any = None) -> list[float]:
    """Milliseconds of each request."""
    found = []
    for path in paths:
        began = time.perf_counter()
        answer = await agent.call(method, path, body)
        found.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    return found


async def bench(change: Running, changes: int, items: int, busiest: int) -> None:
    """Fill, measure, print."""
    await fill(change, changes, items, busiest)
    agent = change.caller("agent")
    rows = await change.db.fetch(
        "SELECT id FROM change WHERE status = 'scheduled' ORDER BY random() LIMIT $1", ROUNDS
    )
    paths = [f"/v1/changes/{each['id']}" for each in rows]
    free = (await agent.get(f"{paths[0]}/first-free-slot?duration_s=3600"))["slot"]
    assert free is not None, "there is no free hour in 90 days"
    table: dict[str, list[float]] = {}
    gate = {"service": "s-3", "environment": "production"}
    for name, method, asked, body in (
        ("limit: read one change", "GET", paths, None),
        ("conflict check", "GET", [f"{path}/conflicts" for path in paths], None),
        ("risk", "GET", [f"{path}/risk" for path in paths], None),
        ("first free slot of an hour", "GET", [f"{p}/first-free-slot?duration_s=3600" for p in paths], None),
        (
            "first free slot of two days",
            "GET",
            [f"{p}/first-free-slot?duration_s=172800" for p in paths],
            None,
        ),
        ("gate of a change", "POST", [f"{path}/gate" for path in paths], None),
        ("gate of a service", "POST", ["/v1/gate"] * ROUNDS, gate),
    ):
        await measured(agent, method, asked[:20], body)
        table[name] = await measured(agent, method, asked, body)
    await change.db.execute(
        "INSERT INTO assessment (id, tenant, version, marks, due_at) "
        "SELECT id, tenant, 0, 1, 'epoch' FROM change ORDER BY random() LIMIT $1",
        ROUNDS,
    )
    table["settle one change (conflicts, risk, events)"] = await settled(change)
    limit = quantiles(table["limit: read one change"], n=20)[9]
    print(f"{f'{changes:,} scheduled changes, {items:,} items; ms':<48}{'p50':>9}{'p95':>9}{'x limit':>9}")
    for name, rounds in table.items():
        cut = quantiles(rounds, n=20)
        print(f"{name:<48}{cut[9]:>9.2f}{cut[18]:>9.2f}{cut[9] / limit:>9.1f}")


async def settled(change: Running) -> list[float]:
    """Milliseconds of each."""
    found: list[float] = []
    going = True
    while going and len(found) < ROUNDS:
        began = time.perf_counter()
        going = await settle(change.db, clock.now)
        found.append((time.perf_counter() - began) * 1000)
    return found


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Conflicts, slots and the gate of a busy calendar.")
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument(
        "--busiest", type=int, default=50, help="every fourth change is on one item in so many"
    )
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, issuer):
        async with running(service, postgres.url, issuer) as change:
            await bench(change, given.changes, given.items, given.busiest)


if __name__ == "__main__":
    asyncio.run(main())
