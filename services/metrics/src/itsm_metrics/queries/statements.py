"""The SQL of a figure: one statement per figure and shape of question, compiled once."""

from functools import lru_cache
from typing import Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import (
    Boolean,
    ColumnElement,
    cast,
    false,
    func,
    literal_column,
    select,
    tuple_,
)

from itsm_metrics.queries.facts import TENANT, asked, left_out, narrowed, one_of
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.tables import source

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
SHAPES = 256
"""How many statements are kept compiled; there are more shapes than anybody asks."""
NAMES = (
    *("is_group", "key", "n", "total", "quantiles", "shared", "share", "possible", "deployed"),
    *("excluded", "heard"),
)


@lru_cache(SHAPES)
def figure(kpi: Kpi, group: str | None, filters: tuple[str, ...]) -> Compiled:
    """Rows of `NAMES`: one for the whole, one per group.

    n counts facts, or distinct records where the figure is a sum; `quantiles` is in microseconds; `share`
    of `shared` facts are true of the dimension whose share is said beside; `possible` counts changes
    that failed or may have, `deployed` the facts that are deployments. Each of `filters` is compared with
    the bind of its name, absent with null.
    """
    facts = asked(kpi, filters).cte("facts")
    key = facts.c[group] if group else None
    n = func.count(facts.c.subject.distinct()) if kpi.adds_up else func.count()
    flag = facts.c[kpi.share] if kpi.share else None
    columns: list[ColumnElement[Any]] = [
        cast(func.grouping(key) == 0, Boolean) if key is not None else false(),
        key if key is not None else literal_column("NULL"),
        n,
        func.sum(facts.c.value),
        quantiles(facts.c.value) if kpi.in_seconds else literal_column("NULL"),
        func.count(flag) if flag is not None else literal_column("NULL"),
        func.count().filter(flag == "true") if flag is not None else literal_column("NULL"),
        func.sum(facts.c.possible) if kpi.kind == "failure" else literal_column("NULL"),
        func.count().filter(facts.c.deployed) if kpi.of_deployments else literal_column("NULL"),
        excluded(kpi, filters),
        heard(kpi),
    ]
    whole = select(*(c.label(name) for c, name in zip(columns, NAMES, strict=True))).select_from(facts)
    if key is None:
        return Compiled(whole)
    return Compiled(whole.group_by(func.grouping_sets(tuple_(), key)))


def heard(kpi: Kpi) -> Any:
    """When the newest event behind a figure was recorded."""
    return (
        select(func.max(source.c.last_recorded_at))
        .where(source.c.tenant == TENANT, one_of(source.c.resource, kpi.resources))
        .scalar_subquery()
    )


def excluded(kpi: Kpi, filters: tuple[str, ...]) -> Any:
    """How many facts of each excluded measure the same question finds, in their order; null: none."""
    if not kpi.excluded:
        return literal_column("NULL")
    counts = []
    for measure in kpi.excluded:
        facts = narrowed(left_out(kpi, measure), filters).subquery()
        counts.append(select(func.count()).select_from(facts).scalar_subquery())
    return func.json_build_array(*counts)


def quantiles(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """p50, p90 and p95, interpolated linearly between neighbours."""
    wanted = ", ".join(map(str, QUANTILES.values()))
    return func.percentile_cont(literal_column(f"ARRAY[{wanted}]::float8[]")).within_group(value)
