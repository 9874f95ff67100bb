"""The SQL of the facts behind a figure, each with the dimensions that the figure has."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Label,
    Select,
    Text,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    select,
)

from itsm_metrics.queries.failures import failures, recoveries
from itsm_metrics.rules.kpis.kpi import AGES, CHANGE_DETAIL, CLOCK, Kpi
from itsm_metrics.tables import MOMENT, measurement, span

DAY_S = 86_400
TENANT = bindparam("tenant", type_=Text)
SINCE = bindparam("since", type_=MOMENT)
UNTIL = bindparam("until", type_=MOMENT)
STORED = ("priority", "service", "assignment_group", "offering", "business_unit")
"""Dimensions that are columns of a fact; the others follow from its time, its name or its detail."""
WORDS = {name: place for names in (CLOCK, CHANGE_DETAIL) for place, name in enumerate(names, 1)}
"""Dimensions that are one word of a detail, and which."""


def asked(kpi: Kpi, filters: tuple[str, ...]) -> Select[Any]:
    """The facts of the figure that the filters leave."""
    return narrowed(behind(kpi), filters)


def behind(kpi: Kpi) -> Select[Any]:
    """The facts of the figure."""
    if kpi.at_moment:
        return standing(kpi)
    facts = completed(kpi, kpi.measures)
    if kpi.kind == "failure":
        return failures(facts, TENANT)
    return recoveries(facts, TENANT, over=True) if kpi.kind == "recovery" else facts


def left_out(kpi: Kpi, measure: str) -> Select[Any]:
    """The facts of one of those measures that the figure leaves out."""
    if kpi.kind == "recovery":
        return recoveries(completed(kpi, kpi.measures), TENANT, over=False)
    return completed(kpi, (measure,))


def narrowed(facts: Select[Any], filters: tuple[str, ...]) -> Select[Any]:
    """Only where each filtered dimension is as asked, or is absent as asked."""
    columns = facts.selected_columns
    return facts.where(*(only(columns[name], name) for name in filters))


def only(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a filtered dimension is as asked."""
    return column.is_not_distinct_from(bindparam(f"only_{name}", type_=Text))


def completed(kpi: Kpi, measures: tuple[str, ...]) -> Select[Any]:
    """Measurements of these names complete within the period, with the figure's dimensions."""
    m = measurement.c
    dimensions = [measured(kpi, name) for name in kpi.dimensions]
    return select(m.subject, m.at, m.ordinal, m.value, *dimensions).where(
        m.tenant == TENANT, one_of(m.measure, measures), m.at >= SINCE, m.at < UNTIL
    )


def one_of(column: ColumnElement[Any], values: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether it is one of these texts."""
    if len(values) == 1:
        return column == values[0]
    return column == func.any(literal(list(values), ARRAY(Text)))


def measured(kpi: Kpi, dimension: str, m: Any = measurement.c) -> ColumnElement[Any]:
    """A dimension of a measurement, or of what has its columns."""
    if dimension in STORED:
        stored: ColumnElement[Any] = m[dimension]
        return stored
    if dimension == "month":
        return month(m.at)
    if dimension == "kind" and kpi.kinds:
        return by_kind(kpi, m.measure).label(dimension)
    return worded(dimension, m.detail).label(dimension)


def by_kind(kpi: Kpi, measure: ColumnElement[str]) -> ColumnElement[Any]:
    """The kind that a measure stands for."""
    return case(*((measure == name, kind) for name, kind in kpi.kinds.items()))


def worded(dimension: str, detail: ColumnElement[Any]) -> ColumnElement[Any]:
    """A dimension that a fact has in its detail: all of it, or one word."""
    word = func.split_part(detail, " ", WORDS[dimension]) if dimension in WORDS else detail
    return func.nullif(word, "")


def standing(kpi: Kpi) -> Select[Any]:
    """Records in a state at the end of the period; value is their age, in whole days."""
    s = span.c
    days = func.floor(extract("epoch", UNTIL - s.opened_at) / DAY_S)
    bounds = sorted(AGES.items(), key=lambda bucket: -bucket[1])
    derived = {
        "month": month(s.opened_at),
        "age": case(*((days >= begin, name) for name, begin in bounds), else_=bounds[-1][0]).label("age"),
    }
    return select(
        s.subject,
        s.opened_at.label("at"),
        s.ordinal,
        cast(days * (DAY_S * 1_000_000), BigInteger).label("value"),
        *(s[name] if name in STORED else derived[name] for name in kpi.dimensions),
    ).where(
        s.tenant == TENANT,
        s.kind == kpi.measure,
        s.tenant + literal_column("' '") + s.kind == TENANT + f" {kpi.measure}",  # as span_at is indexed
        func.tstzrange(s.started_at, s.ended_at).op("@>")(UNTIL),
    )


def month(moment: ColumnElement[Any]) -> Label[str]:
    """2016-03, in UTC."""
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM").label("month")
