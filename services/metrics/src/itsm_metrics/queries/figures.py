"""Answering a question about a figure."""

import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from asyncpg import Record
from itsm_chassis.store.database import Database

from itsm_metrics.queries import rollups, services, statements
from itsm_metrics.queries.question import Basis, Figures, Question, Result, Share, order
from itsm_metrics.rules import buckets, margins
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.pieces import pieces

MICROSECONDS = 1_000_000
FEW = 25_000
"""Where a period has so many facts, or fewer, they are read one by one, to be exact: tens of milliseconds."""


async def answer(db: Database, tenant: str, question: Question) -> Figures:
    """The figure from one statement, so that all its parts are of one moment."""
    if question.kpi.of_services:
        return await services.answer(db, tenant, question)
    return await from_sums(db, tenant, question) or await from_facts(db, tenant, question)


async def from_sums(db: Database, tenant: str, question: Question) -> Figures | None:
    """The figure where sums are kept that it needs; None too where its facts are few, to be exact."""
    kpi, names = question.kpi, tuple(sorted(question.filters))
    margin = margins.asked(kpi, question.group, names)
    parts = pieces(question.since, question.until)
    months_differ = question.zone != "UTC" and "month" in (question.group, *names)
    if margin is None or parts is None or months_differ:
        return None
    statement = rollups.sums(kpi, margin, question.group, names)
    rows = await db.fetch(statement.sql, *statement.args(bound(tenant, question) | rollups.ends(parts)))
    if not rows[0]["in_force"] or (kpi.in_seconds and rows[0]["facts"] <= FEW):
        return None
    mine = [row for row in rows if row["measure"] in kpi.measures]
    by_key: dict[str | None, list[Record]] = defaultdict(list)
    for row in mine if question.group else ():
        by_key[row["key"]].append(row)
    groups = [summed(kpi, key, some) for key, some in by_key.items()]
    left_out = {name: sum(row["n"] for row in rows if row["measure"] == name) for name in kpi.excluded}
    found = [group for group in groups if group.n]
    return Figures(summed(kpi, None, mine), in_order(found), left_out, rows[0]["heard"])


def summed(kpi: Kpi, key: str | None, rows: Sequence[Record]) -> Result:
    """What these rows of sums come to."""
    return result(kpi, {"key": key, **rollups.totals(kpi, rows)}, buckets.ERROR)


async def from_facts(db: Database, tenant: str, question: Question) -> Figures:
    """The figure from each of its facts; its quantiles are exact."""
    kpi = question.kpi
    statement = statements.figure(kpi, question.group, tuple(sorted(question.filters)))
    rows = await db.fetch(statement.sql, *statement.args(bound(tenant, question)))
    whole = next(row for row in rows if not row["is_group"])
    groups = [result(kpi, row) for row in rows if row["is_group"]]
    counts = json.loads(whole["excluded"]) if whole["excluded"] else ()
    left_out = dict(zip(kpi.excluded, counts, strict=True))
    return Figures(result(kpi, whole), in_order(groups), left_out, whole["heard"])


def bound(tenant: str, question: Question) -> dict[str, Any]:
    """The binds of a question."""
    values: dict[str, Any] = {f"only_{name}": value for name, value in question.filters.items()}
    return values | {
        "tenant": tenant,
        "since": question.since,
        "until": question.until,
        "zone": question.zone,
    }


def in_order(groups: list[Result]) -> list[Result]:
    """By their keys."""
    return sorted(groups, key=lambda group: order(group.key))


def result(kpi: Kpi, row: Any, error: float = 0.0) -> Result:
    """n, value and quantiles in the figure's unit; `error` is that of the quantiles."""
    n, total = row["n"], row["total"] or 0
    spread = row["quantiles"]
    quantiles = (
        {name: rounded(us) for name, us in zip(statements.QUANTILES, spread, strict=True)} if spread else None
    )
    interval = (float(total / n), float(row["possible"] / n)) if kpi.kind == "failure" and n else None
    return Result(
        row["key"],
        n,
        value(kpi, n, Decimal(total)),
        quantiles,
        share(kpi, row),
        interval=interval,
        basis=basis(kpi, row),
        error=error,
    )


def basis(kpi: Kpi, row: Any) -> Basis | None:
    """What was counted; changes where there was nothing to count."""
    if not kpi.of_deployments:
        return None
    if not row["deployed"]:
        return "implemented_changes"
    return "production_deployments" if row["deployed"] == row["n"] else "mixed"


def share(kpi: Kpi, row: Any) -> Share | None:
    """What stands beside it, where the figure has that."""
    if kpi.share is None:
        return None
    return Share(row["shared"], row["share"] / row["shared"] if row["shared"] else None)


def value(kpi: Kpi, n: int, total: Decimal) -> float | int | None:
    """By the figure's kind; exact until the last division."""
    if kpi.kind in ("count", "gauge", "frequency"):
        return n
    if kpi.adds_up:
        return rounded(total) if kpi.in_seconds else int(total)
    if not n:
        return None
    return rounded(total / n) if kpi.in_seconds else float(total / n)


def rounded(microseconds: Decimal | float) -> float:
    """Seconds, to the microsecond."""
    return float(round(Decimal(microseconds) / MICROSECONDS, 6))
