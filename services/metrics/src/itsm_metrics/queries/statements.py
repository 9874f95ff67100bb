"""The SQL of a figure: one statement per figure and shape of question, compiled once."""

from functools import lru_cache
from typing import Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Label,
    Select,
    Text,
    bindparam,
    case,
    cast,
    extract,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from itsm_metrics.rules.kpis import AGES, CLOCK, Kpi
from itsm_metrics.tables import MOMENT, measurement, source, span

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
SHAPES = 256
"""How many statements are kept compiled; there are more shapes than anybody asks."""

DAY_S = 86_400
TENANT = bindparam("tenant", type_=Text)
SINCE = bindparam("since", type_=MOMENT)
UNTIL = bindparam("until", type_=MOMENT)


@lru_cache(SHAPES)
def figure(kpi: Kpi, group: str | None, filters: tuple[str, ...]) -> Compiled:
    """Rows (is_group, key, n, total, quantiles, excluded, heard): one for the whole, one per group.

    n counts facts, or distinct records where the figure is a sum; `quantiles` is in microseconds.
    Each of `filters` is compared with the bind of its name, absent with null.
    """
    facts = asked(kpi, filters).cte("facts")
    key = facts.c[group] if group else None
    n = func.count(facts.c.subject.distinct()) if kpi.kind == "sum" else func.count()
    columns: list[ColumnElement[Any]] = [
        cast(func.grouping(key) == 0, Boolean) if key is not None else false(),
        key if key is not None else literal_column("NULL"),
        n,
        func.sum(facts.c.value),
        quantiles(facts.c.value) if kpi.in_seconds else literal_column("NULL"),
        excluded(kpi, filters),
        select(func.max(source.c.last_recorded_at))
        .where(source.c.tenant == TENANT, source.c.resource == kpi.resource)
        .scalar_subquery(),
    ]
    names = ("is_group", "key", "n", "total", "quantiles", "excluded", "heard")
    whole = select(*(c.label(name) for c, name in zip(columns, names, strict=True))).select_from(facts)
    if key is None:
        return Compiled(whole)
    return Compiled(whole.group_by(func.grouping_sets(tuple_(), key)))


def asked(kpi: Kpi, filters: tuple[str, ...]) -> Select[Any]:
    """The facts of the figure that the filters leave."""
    facts = standing(kpi.measure) if kpi.at_moment else completed(kpi.measure, kpi.extra)
    return narrowed(facts, filters)


def narrowed(facts: Select[Any], filters: tuple[str, ...]) -> Select[Any]:
    """Only where each filtered dimension is as asked, or is absent as asked."""
    columns = facts.selected_columns
    return facts.where(
        *(columns[name].is_not_distinct_from(bindparam(f"only_{name}", type_=Text)) for name in filters)
    )


def completed(measure: str, extra: tuple[str, ...]) -> Select[Any]:
    """Measurements complete within the period, with a figure's extra dimensions."""
    m = measurement.c
    further = [detailed(name) for name in extra]
    return select(m.subject, m.value, m.priority, m.service, m.assignment_group, month(m.at), *further).where(
        m.tenant == TENANT, m.measure == measure, m.at >= SINCE, m.at < UNTIL
    )


def detailed(dimension: str) -> Label[str]:
    """A dimension that a fact has in its detail: all of it, or the word of a clock's."""
    detail = measurement.c.detail
    if dimension not in CLOCK:
        return detail.label(dimension)
    word = func.split_part(detail, " ", CLOCK.index(dimension) + 1)
    return func.nullif(word, "").label(dimension)


def standing(kind: str) -> Select[Any]:
    """Records in a state at the end of the period; value is their age, in whole days."""
    s = span.c
    days = func.floor(extract("epoch", UNTIL - s.opened_at) / DAY_S)
    bounds = sorted(AGES.items(), key=lambda bucket: -bucket[1])
    return select(
        s.subject,
        cast(days * (DAY_S * 1_000_000), BigInteger).label("value"),
        s.priority,
        s.service,
        s.assignment_group,
        month(s.opened_at),
        case(*((days >= begin, name) for name, begin in bounds), else_=bounds[-1][0]).label("age"),
    ).where(
        s.tenant == TENANT,
        s.kind == kind,
        s.started_at <= UNTIL,
        or_(s.ended_at.is_(None), s.ended_at > UNTIL),
    )


def excluded(kpi: Kpi, filters: tuple[str, ...]) -> Any:
    """How many facts of each excluded measure the same question finds, in their order; null: none."""
    if not kpi.excluded:
        return literal_column("NULL")
    counts = []
    for measure in kpi.excluded:
        facts = narrowed(completed(measure, kpi.extra), filters).subquery()
        counts.append(select(func.count()).select_from(facts).scalar_subquery())
    return func.json_build_array(*counts)


def month(moment: ColumnElement[Any]) -> Label[str]:
    """2016-03, in UTC."""
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM").label("month")


def quantiles(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """p50, p90 and p95, interpolated linearly between neighbours."""
    wanted = ", ".join(map(str, QUANTILES.values()))
    return func.percentile_cont(literal_column(f"ARRAY[{wanted}]::float8[]")).within_group(value)
