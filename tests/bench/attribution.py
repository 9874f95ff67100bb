"""`PYTHONPATH=tests python -m bench.attribution`: how long it takes to find what may have caused incidents.

100,000 changes of two years on 1,000 services, each of which needs another; 1,000 incidents of the last
days. The limit looks up the same incidents' own services in the same index: what it would cost if nobody
had to walk, score or store.
"""

import argparse
import asyncio
import logging
import time
from typing import Any, Final

import structlog
from bench.desk import servers
from itsm_change.app import service
from itsm_change.commands.attributing import attribute, read
from itsm_chassis import clock
from support.services import Running, running

ROUNDS: Final = 5
SERVICES: Final = 1_000
CHANGES: Final = """
INSERT INTO change (id, tenant, version, card, number, title, change_type, status, requested_at,
    implemented_at, services, updated_at)
SELECT gen_random_uuid(), 'acme', 1, '{"risk_score":50,"imported":false}', 'CHG-' || n, 'Change', 'normal',
    'closed', at, at, ARRAY['s-' || n % $2], at
FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - n * interval '2 years' / $1::int AS at) AS past
"""
TOUCHED: Final = """
INSERT INTO touched (change_id, tenant, kind, key, implemented_at)
SELECT id, tenant, 'service', services[1], implemented_at FROM change
"""
EDGES: Final = """
INSERT INTO dependency (id, tenant, sequence, dependent_kind, dependent_key, dependency_kind,
    dependency_key, present)
SELECT gen_random_uuid(), 'acme', 1, 'service', 's-' || n, 'service', 's-' || n + 1, true
FROM generate_series(0, $1::int - 2) AS n
"""
INCIDENTS: Final = """
INSERT INTO incident (id, tenant, sequence, number, service, opened_at, imported)
SELECT gen_random_uuid(), 'acme', 1, 'INC-' || n, 's-' || n % $2, now() - n * interval '1 minute', false
FROM generate_series(1, $1::int) AS n
"""
AFFECTED: Final = """
INSERT INTO affected (incident_id, tenant, kind, key, opened_at)
SELECT id, tenant, 'service', service, opened_at FROM incident
"""
LIMIT: Final = """
SELECT a.incident_id, t.change_id FROM affected a JOIN touched t ON t.tenant = a.tenant AND t.kind = a.kind
    AND t.key = a.key AND t.implemented_at <= a.opened_at
    AND t.implemented_at > a.opened_at - interval '3 days'
WHERE a.incident_id = ANY($1::uuid[])
"""


async def fill(change: Running, changes: int, incidents: int) -> list[Any]:
    """The history; the incidents' ids."""
    async with change.db.transaction() as conn:
        await conn.execute(CHANGES, changes, SERVICES, timeout=600)
        await conn.execute(TOUCHED, timeout=600)
        await conn.execute(EDGES, SERVICES)
        await conn.execute(INCIDENTS, incidents, SERVICES)
        await conn.execute(AFFECTED)
    await change.db.execute("ANALYZE")
    return [row["id"] for row in await change.db.fetch("SELECT id FROM incident ORDER BY id")]


async def timed(work: Any) -> float:
    """Seconds, the least of some rounds."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        found.append(time.perf_counter() - began)
    return min(found)


async def bench(changes: int, incidents: int) -> None:
    """Fill, measure, print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, issuer):
        async with running(service, postgres.url, issuer) as change:
            ids = await fill(change, changes, incidents)

            async def limit() -> None:
                await change.db.fetch(LIMIT, ids)

            async def look() -> None:
                async with change.db.connection() as conn:
                    await read(conn, ids)

            plain, looked = await timed(limit), await timed(look)
            began = time.perf_counter()
            async with change.db.transaction() as conn:
                await attribute(conn, ids, clock.now())
            stored = time.perf_counter() - began
            suspects = await change.db.fetchval("SELECT count(*) FROM suspect")
            print(f"{incidents:,} incidents against {changes:,} changes; {suspects:,} suspects")
            print(f"{'what':<44}{'ms':>10}{'us/incident':>14}{'ratio':>10}")
            for name, took in (
                ("limit: their own services, by index", plain),
                ("found, through the service map", looked),
                ("found, scored, stored and said", stored),
            ):
                each = took / incidents * 1e6
                print(f"{name:<44}{took * 1000:>10.1f}{each:>14.1f}{took / plain:>10.2f}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Attribution of incidents to past changes.")
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--incidents", type=int, default=1_000)
    given = parser.parse_args()
    asyncio.run(bench(given.changes, given.incidents))


if __name__ == "__main__":
    main()
