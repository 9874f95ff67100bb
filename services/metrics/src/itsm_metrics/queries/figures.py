"""Answering a question about a figure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from asyncpg import Record
from itsm_chassis.store.database import Database

from itsm_metrics.queries import statements
from itsm_metrics.rules.kpis import AGES, Kpi

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure, of [since, until), grouped how, of what; a filter of None asks for the absent."""

    kpi: Kpi
    since: datetime
    until: datetime
    group: str | None
    filters: Mapping[str, str | None]


class Result(NamedTuple):
    """One figure, of everything or of the group `key`."""

    key: str | None
    n: int
    value: float | int | None
    quantiles: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The answer; `fresh_as_of` is when the newest event behind it was recorded by its service."""

    whole: Result
    groups: Sequence[Result]
    excluded: Mapping[str, int]
    fresh_as_of: datetime | None


async def answer(db: Database, tenant: str, question: Question) -> Figures:
    """The figure from one statement, so that all its parts are of one moment."""
    kpi, names = question.kpi, tuple(sorted(question.filters))
    statement = statements.figure(kpi, question.group, names)
    values: dict[str, Any] = {f"only_{name}": value for name, value in question.filters.items()}
    values |= {"tenant": tenant, "since": question.since, "until": question.until}
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
    return Result(row["key"], n, value(kpi, n, Decimal(total)), quantiles)


def value(kpi: Kpi, n: int, total: Decimal) -> float | int | None:
    """By the figure's kind; exact until the last division."""
    if kpi.kind in ("count", "gauge"):
        return n
    if kpi.kind == "sum":
        return rounded(total) if kpi.in_seconds else int(total)
    if not n:
        return None
    return rounded(total / n) if kpi.in_seconds else float(total / n)


def rounded(microseconds: Decimal | float) -> float:
    """Seconds, to the microsecond."""
    return float(round(Decimal(microseconds) / MICROSECONDS, 6))


def order(key: str | None) -> tuple[bool, int, str]:
    """By key, ages by length, the absent last."""
    return key is None, AGES.get(key or "", 0), key or ""
