"""The SQL of the facts behind a figure, each with the dimensions that the figure has."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Label,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from itsm_metrics.queries import deployments
from itsm_metrics.rules.kpis.kpi import AGES, CHANGE_DETAIL, CLOCK, Kpi
from itsm_metrics.tables import MOMENT, measurement, span

DAY_S = 86_400
TENANT = bindparam("tenant", type_=Text)
SINCE = bindparam("since", type_=MOMENT)
UNTIL = bindparam("until", type_=MOMENT)
ZONE = bindparam("zone", value="UTC", type_=Text)
PERIOD = deployments.Period(TENANT, SINCE, UNTIL, ZONE)
STORED = ("priority", "service", "assignment_group", "offering", "business_unit")
"""Dimensions that are columns of a fact; the others follow from its time, its name or its detail."""
WORDS = {name: place for names in (CLOCK, CHANGE_DETAIL) for place, name in enumerate(names, 1)}
"""Dimensions that are one word of a detail, and which."""


def asked(kpi: Kpi, filters: tuple[str, ...]) -> Select[Any]:
    """The facts of the figure that the filters leave."""
    return narrowed(behind(kpi), filters)


def behind(kpi: Kpi) -> Select[Any]:
    """The facts of the figure."""
    if kpi.kind == "recurrence":
        return recurring(kpi)
    if kpi.kind == "growth":
        return grown(kpi)
    if kpi.at_moment:
        return standing(kpi, UNTIL, idle(kpi) if kpi.kind == "stale" else None)
    facts = completed(kpi, kpi.measures)
    return deployments.either(kpi, facts, PERIOD) if kpi.of_deployments else facts


def left_out(kpi: Kpi, measure: str) -> Select[Any]:
    """The facts of one of those measures that the figure leaves out."""
    if kpi.of_deployments:
        return deployments.left_out(kpi, measure, completed(kpi, kpi.measures), PERIOD)
    if kpi.kind == "recurrence":
        return completed(kpi, kpi.measures).where(~alike())
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


def recurring(kpi: Kpi) -> Select[Any]:
    """Records that may recur: 1 in `value` where one like it came less than the figure's days before."""
    m = measurement.c
    within = timedelta(days=kpi.days)
    before = func.lag(m.at).over(partition_by=(m.service, m.detail), order_by=(m.at, m.subject))
    dimensions = [measured(kpi, name) for name in kpi.dimensions]
    every = (
        select(m.subject, m.at, m.ordinal, before.label("before"), *dimensions)
        .where(m.tenant == TENANT, one_of(m.measure, kpi.measures), alike())
        .where(m.at >= SINCE - within, m.at < UNTIL)
        .subquery("every")
    )
    again = cast(case((every.c.before > every.c.at - within, 1), else_=0), BigInteger).label("value")
    return select(*(c for c in every.c if c.name != "before"), again).where(every.c.at >= SINCE)


def alike() -> ColumnElement[bool]:
    """Whether it is said of a record what others may be like it in."""
    return and_(measurement.c.service.is_not(None), measurement.c.detail.is_not(None))


def grown(kpi: Kpi) -> Select[Any]:
    """1 in `value` for what is in the state at the end and was not at the start, -1 for the reverse."""
    other = span.alias("other")
    place = (other.c[name].is_not_distinct_from(span.c[name]) for name in STORED)
    same = and_(*(other.c[name] == span.c[name] for name in ("tenant", "subject", "kind")), *place)
    more = standing(kpi, UNTIL, literal(1)).where(~exists().where(same, lasts(other, SINCE)))
    less = standing(kpi, SINCE, literal(-1)).where(~exists().where(same, lasts(other, UNTIL)))
    return select(*union_all(more, less).subquery("grown").c)


def idle(kpi: Kpi) -> ColumnElement[Any]:
    """1 where nothing has told of an open record for the figure's days."""
    other = span.alias("idle")
    same = and_(other.c.tenant == span.c.tenant, other.c.subject == span.c.subject)
    known = exists().where(same, other.c.kind == f"stale_{kpi.days}", lasts(other, UNTIL))
    return cast(case((known, 1), else_=0), BigInteger)


def standing(kpi: Kpi, moment: ColumnElement[Any], value: ColumnElement[Any] | None = None) -> Select[Any]:
    """Records in a state at a moment; value is their age in whole days, unless it is given."""
    s = span.c
    days = func.floor(extract("epoch", moment - s.opened_at) / DAY_S)
    bounds = sorted(AGES.items(), key=lambda bucket: -bucket[1])
    derived = {
        "month": month(s.opened_at),
        "age": case(*((days >= begin, name) for name, begin in bounds), else_=bounds[-1][0]).label("age"),
    }
    age = cast(days * (DAY_S * 1_000_000), BigInteger)
    return select(
        s.subject,
        s.opened_at.label("at"),
        s.ordinal,
        (age if value is None else value).label("value"),
        *(s[name] if name in STORED else derived[name] for name in kpi.dimensions),
    ).where(
        s.tenant == TENANT,
        s.kind == kpi.measure,
        s.tenant + literal_column("' '") + s.kind == TENANT + f" {kpi.measure}",  # as span_at is indexed
        func.tstzrange(s.started_at, s.ended_at).op("@>")(moment),
    )


def lasts(state: Any, moment: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether it is in that state then."""
    return and_(state.c.started_at <= moment, or_(state.c.ended_at.is_(None), state.c.ended_at > moment))


def month(moment: ColumnElement[Any]) -> Label[str]:
    """2016-03, in the zone that is asked for."""
    return func.to_char(func.timezone(ZONE, moment), "YYYY-MM").label("month")
