"""Answering a question about a figure."""

import json
from decimal import Decimal
from typing import Any

from asyncpg import Record
from itsm_chassis.store.database import Database

from itsm_metrics.queries import services, statements
from itsm_metrics.queries.question import Basis, Figures, Question, Result, Share, order
from itsm_metrics.rules.kpis.kpi import Kpi

MICROSECONDS = 1_000_000


async def answer(db: Database, tenant: str, question: Question) -> Figures:
    """The figure from one statement, so that all its parts are of one moment."""
    kpi, names = question.kpi, tuple(sorted(question.filters))
    if kpi.of_services:
        return await services.answer(db, tenant, question)
    statement = statements.figure(kpi, question.group, names)
    values: dict[str, Any] = {f"only_{name}": value for name, value in question.filters.items()}
    values |= {"tenant": tenant, "since": question.since, "until": question.until, "zone": question.zone}
    rows = await db.fetch(statement.sql, *statement.args(values))
    whole = next(row for row in rows if not row["is_group"])
    groups = [result(kpi, row) for row in rows if row["is_group"]]
    counts = json.loads(whole["excluded"]) if whole["excluded"] else ()
    return Figures(
        result(kpi, whole),
        sorted(groups, key=lambda group: order(group.key)),
        dict(zip(kpi.excluded, counts, strict=True)),
        whole["heard"],
    )


def result(kpi: Kpi, row: Record) -> Result:
    """n, value and quantiles in the figure's unit."""
    n, total = row["n"], row["total"] or 0
    spread = row["quantiles"]
    quantiles = (
        {name: rounded(us) for name, us in zip(statements.QUANTILES, spread, strict=True)} if spread else None
    )
    interval = (float(total / n), float(row["possible"] / n)) if kpi.kind == "failure" and n else None
    worth = value(kpi, n, Decimal(total))
    return Result(row["key"], n, worth, quantiles, share(kpi, row), interval=interval, basis=basis(kpi, row))


def basis(kpi: Kpi, row: Record) -> Basis | None:
    """What was counted; changes where there was nothing to count."""
    if not kpi.of_deployments:
        return None
    if not row["deployed"]:
        return "implemented_changes"
    return "production_deployments" if row["deployed"] == row["n"] else "mixed"


def share(kpi: Kpi, row: Record) -> Share | None:
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
