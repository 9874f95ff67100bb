"""`PYTHONPATH=tests python -m bench.figures`: whether a figure with quantiles stays quick as its facts grow.

MTTR of a year of incidents on 20 services, in 10 groups, with five priorities: first few, then many in the
same year and the same database. Beside it the same figure from its facts, as it was before sums were kept.
Then the backlog at three moments, when all but few incidents are over. Asserts nothing.
"""

import argparse
import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any, Final

import structlog
from bench.desk import servers
from itsm_chassis.errors import Unavailable
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.projections.fact_table import PATIENT_S
from itsm_metrics.projections.rollup import Changes
from itsm_metrics.projections.summing import in_force, signed
from itsm_metrics.queries import figures
from itsm_metrics.queries.question import Question
from itsm_metrics.rules.kpis import KPIS
from rich.progress import track

CHUNK: Final = 50_000
ROUNDS: Final = 15
SECONDS: Final = 4.0
"""No more rounds after that."""
START: Final = datetime(2025, 1, 1, tzinfo=UTC)
FACTS: Final = """
INSERT INTO measurement (tenant, subject, measure, ordinal, at, value, priority, service, assignment_group)
SELECT 'acme', md5(n::text)::uuid, CASE n % 33 WHEN 0 THEN 'never_resolved' ELSE 'first_resolved' END, 0,
    $3::timestamptz + random() * interval '365 days',
    CASE n % 33 WHEN 0 THEN NULL ELSE
        1000000 * exp(9.5 + 1.6 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) END,
    'P' || 1 + n % 5, 'service ' || n / 5 % 20, 'group ' || n / 100 % 10
FROM generate_series($1::bigint + 1, $2::bigint) AS n
"""
SPANS: Final = """
INSERT INTO span (tenant, subject, kind, ordinal, started_at, ended_at, priority, service, opened_at)
SELECT 'acme', md5(n::text)::uuid, 'open', 0, began,
    CASE WHEN n % 1000 > 0 THEN began + interval '6 hours' END, 'P' || 1 + n % 5, 'mail', began
FROM generate_series($1::bigint + 1, $2::bigint) AS n,
    LATERAL (SELECT $3::timestamptz + n * interval '365 days' / $4::bigint AS began) AS time
"""
DAY: Final = timedelta(days=1)
MONTH: Final = START + 100 * DAY, START + 130 * DAY
YEAR: Final = START, START + 365 * DAY
SHIFTED: Final = MONTH[0] - timedelta(minutes=330), MONTH[1] - timedelta(minutes=330)
ASKED: Final = {
    "30 days": (MONTH, None, {}),
    "30 days of UTC+5:30": (SHIFTED, None, {}),
    "30 days by priority": (MONTH, "priority", {}),
    "30 days by service": (MONTH, "service", {}),
    "30 days of one service": (MONTH, None, {"service": "service 7"}),
    "a year": (YEAR, None, {}),
    "a year by month": (YEAR, "month", {}),
    "a year by service": (YEAR, "service", {}),
    "a year of one service, by month": (YEAR, "month", {"service": "service 7"}),
    "30 days of one service, by priority (no sums)": (MONTH, "priority", {"service": "service 7"}),
}


def question(
    slug: str, period: tuple[datetime, datetime], group: str | None, only: dict[str, Any]
) -> Question:
    """A figure of the year."""
    return Question(KPIS[slug], *period, group, only, YEAR[1])


async def took(db: Database, asked: Question, answer: Any = figures.answer) -> float:
    """Milliseconds of an answer, the median of some; infinite where it is cut off."""
    rounds: list[float] = []
    deadline = time.perf_counter() + SECONDS
    while len(rounds) < 2 or (len(rounds) < ROUNDS and time.perf_counter() < deadline):
        began = time.perf_counter()
        try:
            await answer(db, "acme", asked)
        except Unavailable:  # it takes longer than any statement may
            return math.inf
        rounds.append(time.perf_counter() - began)
    return median(rounds[1:]) * 1000


async def fill(db: Database, since: int, until: int) -> None:
    """The facts of these numbers, and their sums."""
    async with db.transaction() as conn:
        await in_force(conn)
    for first in track(range(since, until, CHUNK), f"{until:,} facts", transient=True):
        last = min(first + CHUNK, until)
        async with db.transaction() as conn:
            await conn.execute("SET LOCAL synchronous_commit = off")
            rows = await conn.fetch(FACTS + " RETURNING *", first, last, START, timeout=PATIENT_S)
            changes = Changes()
            changes.add(signed([tuple(row) for row in rows]))
            await changes.store(conn)
    async with db.connection() as conn:
        await conn.execute("VACUUM ANALYZE measurement", timeout=PATIENT_S)
        await conn.execute("VACUUM ANALYZE rollup", timeout=PATIENT_S)


async def spans(db: Database, _since: int, until: int) -> None:
    """So many incidents that were open for six hours, or are still."""
    async with db.connection() as conn:
        await conn.execute("TRUNCATE span")
        await conn.execute(SPANS, 0, until, START, until, timeout=PATIENT_S)
        await conn.execute("VACUUM ANALYZE span", timeout=PATIENT_S)


Made = Callable[[int, int], Awaitable[None]]


async def compare(db: Database, fill: Made, asked: dict[str, Question], few: int, many: int) -> None:
    """Fill, measure, fill more, measure again, print."""
    await fill(0, few)
    before = {name: await took(db, each) for name, each in asked.items()}
    await fill(few, many)
    print(f"{'ms':<48}{f'{few:,}':>12}{f'{many:,}':>12}{'ratio':>8}{'facts':>12}{'from facts':>12}")
    for name, each in asked.items():
        after, limit = await took(db, each), await took(db, each, figures.from_facts)
        n = (await figures.answer(db, "acme", each)).whole.n
        ratio = after / before[name]
        print(f"{name:<48}{before[name]:>12.1f}{after:>12.1f}{ratio:>8.2f}{n:>12,}{limit:>12.1f}")


async def bench(db: Database, few: int, many: int) -> None:
    """MTTR, then the age of the backlog."""
    asked = {f"MTTR, {name}": question("mttr", *rest) for name, rest in ASKED.items()}
    await compare(db, partial(fill, db), asked, few, many)
    for table in ("rollup", "measurement"):
        size = await db.fetchval("SELECT pg_total_relation_size($1::text::regclass)", table)
        n = await db.fetchval("SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass", table)
        print(f"{table}: {n:,.0f} rows, {size / 2**20:,.0f} MB")
    moments = {"now": YEAR[1], "half a year ago": START + 182 * DAY, "on the second day": START + DAY}
    ages = {
        f"age of the backlog by priority, {name}": question("backlog_age", (START, at), "priority", {})
        for name, at in moments.items()
    }
    await compare(db, partial(spans, db), ages, few, many)


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Figures of few facts and of many.")
    parser.add_argument("--few", type=int, default=50_000)
    parser.add_argument("--many", type=int, default=5_000_000)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, _issuer):
        await migrate(service.package, service.metadata, postgres.url, postgres.url)
        db = Database(postgres.url, size=1)
        await db.open()
        await bench(db, given.few, given.many)
        await db.close()


if __name__ == "__main__":
    asyncio.run(main())
