"""`PYTHONPATH=tests python -m bench.catalogue`: whether the catalogue is searched as quickly as it grows.

Pages of 50, asked of the application in process, first with few offerings and then with many in the same
database. The limit is a page of the list of offerings without filters. One in seven of the offerings is for
units that the caller is not in. Asserts nothing but that each page holds something.
"""

import argparse
import asyncio
import logging
import time
from statistics import median
from typing import Final

import asyncpg
import structlog
from bench.desk import servers
from itsm_catalog.app import service
from support.offers import SHORT, in_catalogue
from support.services import Caller, Running, running

WARM: Final = 20
ROUNDS: Final = 200
SECONDS: Final = 3.0
NOUNS: Final = "laptop phone mailbox licence access server room badge monitor training"
KINDS: Final = "light strong shared private temporary secure remote new spare standard"
COPY: Final = """
INSERT INTO offering (id, tenant, version, card, key, name, service, description, category, price, currency,
    delivery_time_s, approved_by, business_units, roles, issued_at, retired, title_words, other_words)
SELECT overlay(first.id::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, tenant, version, card,
    'k' || n, name, service, 'Item ' || n || ' for ' || noun || ' users', noun, n, 'EUR', 3600, approved_by,
    CASE WHEN n % 7 = 0 THEN '{elsewhere}'::text[] ELSE business_units END, roles, issued_at, retired, name,
    'k' || n || ' ' || noun || ' item ' || n || ' for ' || noun || ' users'
FROM generate_series($1::int, $2::int) AS n,
    LATERAL (SELECT (string_to_array($3, ' '))[1 + n % 10] AS noun) AS nouns,
    LATERAL (SELECT (string_to_array($4, ' '))[1 + n / 10 % 10] AS kind) AS kinds,
    LATERAL (SELECT kind || ' ' || noun || ' ' || n AS name) AS names,
    (SELECT id, tenant, version, card, service, approved_by, business_units, roles, issued_at, retired
     FROM offering WHERE key = 'first') AS first
"""
QUESTIONS: Final = {
    "limit: the list of offerings": "/v1/offerings?limit=50",
    "the catalogue": "/v1/catalogue?limit=50",
    "one word that all have": "/v1/catalogue?limit=50&q=item",
    "one word of a tenth": "/v1/catalogue?limit=50&q=laptop",
    "two words": "/v1/catalogue?limit=50&q=shared%20lap",
    "the beginning of a word, one category": "/v1/catalogue?limit=50&q=sh&category=laptop",
}


async def pages(caller: Caller, path: str) -> float:
    """Milliseconds of a page, the median of many."""
    assert (await caller.get(path))["items"], path
    rounds: list[float] = []
    deadline = time.perf_counter() + SECONDS
    while len(rounds) < WARM + ROUNDS and time.perf_counter() < deadline:
        began = time.perf_counter()
        await caller.call("GET", path)
        rounds.append(time.perf_counter() - began)
    return median(rounds[WARM:] or rounds) * 1000


async def measured(catalog: Running, since: int, until: int) -> list[float]:
    """Every question, with so many offerings."""
    connection = await asyncpg.connect(catalog.db.url)
    await connection.execute(COPY, since + 1, until, NOUNS, KINDS)
    await connection.execute("VACUUM (ANALYZE) offering")
    await connection.close()
    requester = catalog.caller("requester", "rita")
    return [await pages(requester, path) for path in QUESTIONS.values()]


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="The catalogue, few offerings and many.")
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=10_000)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, issuer):
        async with running(service, postgres.url, issuer) as catalog:
            await in_catalogue(catalog, "workplace")
            await catalog.caller("manager").creates("/v1/offerings", **SHORT, key="first")
            before = await measured(catalog, 0, given.few)
            after = await measured(catalog, given.few, given.many)
    print(f"{'p50 of a page of 50, ms':<44}{given.few:>12,}{given.many:>12,}{'ratio':>10}{'x limit':>10}")
    for name, small, large in zip(QUESTIONS, before, after, strict=True):
        print(f"{name:<44}{small:>12.2f}{large:>12.2f}{large / small:>10.2f}{large / after[0]:>10.2f}")


if __name__ == "__main__":
    asyncio.run(main())
