"""The SQL of a figure's sums, and what they come to: the cost goes by the period's days, not by its facts.

Whole months and days come from `rollup`, what is left at both ends from the facts, in one statement. n and
value are exact, quantiles within `buckets.ERROR`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from asyncpg import Record
from itsm_chassis.store.compiled import Compiled
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    LargeBinary,
    Select,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from itsm_metrics.queries.facts import STORED, TENANT, by_kind, measured, one_of, only, worded
from itsm_metrics.queries.statements import QUANTILES, SHAPES, heard
from itsm_metrics.rules.buckets import merged, quantiles
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.margins import SHAPE, Margin, asked, measures
from itsm_metrics.rules.pieces import Pieces
from itsm_metrics.tables import MOMENT, measurement, rolled, rollup, unsummed

GRAINS = {"months": "month", "days_before": "day", "days_after": "day"}
PARTS = ("histogram", "came", "went")
EDGES = ("edge_before", "edge_after")


@lru_cache(SHAPES)
def sums(kpi: Kpi, margin: Margin, group: str | None, filters: tuple[str, ...]) -> Compiled:
    """Rows (heard, in_force, facts, measure, key, flag, n, total, histogram, came, went), at least one.

    Several have the same measure and key, and add up. `came` and `went` are durations as they are, eight
    bytes each. Without a row of sums, `measure` is null. `facts` is how many there are before filters.
    """
    fewer = asked(kpi, None, filters) or ()
    parts = union_all(
        *(summed(kpi, kpi.measures, margin, group, filters, name) for name in GRAINS),
        *(summed(kpi, kpi.excluded, fewer, None, filters, name) for name in GRAINS if kpi.excluded),
        *(counted(kpi, group, filters, name) for name in EDGES),
        counted(kpi, group, filters, "inside", unsummed.c),
    ).subquery("parts")
    known = exists().where(rolled.c.shape == SHAPE)
    about = select(
        heard(kpi).label("heard"), known.label("in_force"), unfiltered(kpi).label("facts")
    ).subquery("about")
    return Compiled(select(*about.c, *parts.c).select_from(about.outerjoin(parts, true())))


def summed(
    kpi: Kpi,
    measures: tuple[str, ...],
    margin: Margin,
    group: str | None,
    filters: tuple[str, ...],
    piece: str,
) -> Select[Any]:
    """The sums of one grain in one stretch of it."""
    r = rollup.c
    places = dict(zip(margin, (r.first, r.second), strict=False))

    def dimension(name: str) -> ColumnElement[Any]:
        if name == "month":
            return func.to_char(r.start, "YYYY-MM")
        if name == "kind" and kpi.kinds:
            return by_kind(kpi, r.measure)
        return func.nullif(places[name], "") if name in STORED else worded(name, places["detail"])

    return select(
        r.measure,
        (dimension(group) if group else null()).label("key"),
        (dimension(kpi.share) if kpi.share else null()).label("flag"),
        r.n,
        r.total,
        r.histogram,
        cast(null(), LargeBinary).label("came"),
        cast(null(), LargeBinary).label("went"),
    ).where(*kept(margin, measures, piece), *(only(dimension(name), name) for name in filters))


def kept(margin: Margin, measures: tuple[str, ...], piece: str) -> list[ColumnElement[bool]]:
    """Which sums those of one grain in one stretch of it are."""
    r = rollup.c
    since, until = (bindparam(f"{piece}_{end}", type_=Date) for end in ("since", "until"))
    return [
        r.tenant == TENANT,
        one_of(r.measure, measures),
        r.margin == " ".join(margin),
        r.grain == GRAINS[piece],
        r.start >= since,
        r.start < until,
    ]


def unfiltered(kpi: Kpi) -> Any:
    """How many facts the whole days of the period have: so many would be read without sums."""
    margin = asked(kpi, None, ()) or ()
    parts = union_all(*(select(rollup.c.n).where(*kept(margin, kpi.measures, name)) for name in GRAINS))
    return select(func.coalesce(func.sum(parts.subquery("counts").c.n), 0)).scalar_subquery()


def counted(
    kpi: Kpi, group: str | None, filters: tuple[str, ...], piece: str, m: Any = measurement.c
) -> Select[Any]:
    """The same of the facts in a stretch of the period; those with a sign of -1 went."""
    since, until = (bindparam(f"{piece}_{end}", type_=MOMENT) for end in ("since", "until"))
    key, flag = (measured(kpi, name, m) if name else null() for name in (group, kpi.share))
    sign = m.sign if "sign" in m else literal_column("1")
    values = func.string_agg(func.int8send(m.value), literal_column("''::bytea"))
    nothing = cast(null(), LargeBinary)
    return (
        select(
            m.measure,
            key.label("key"),
            flag.label("flag"),
            cast(func.sum(sign), BigInteger),
            func.coalesce(func.sum(sign * m.value), 0),
            nothing,
            values.filter(sign == 1) if kpi.in_seconds else nothing,
            values.filter(sign == -1) if kpi.in_seconds and "sign" in m else nothing,
        )
        .where(
            m.tenant == TENANT,
            one_of(m.measure, measures(kpi)),
            m.at >= since,
            m.at < until,
            *(only(measured(kpi, name, m), name) for name in filters),
        )
        .group_by(m.measure, literal_column("key"), literal_column("flag"))
    )


def ends(of: Pieces) -> dict[str, date | datetime]:
    """The binds of a period."""
    return {
        f"{piece}_{end}": moment
        for piece, stretch in {**of._asdict(), "inside": of.inside}.items()
        for end, moment in zip(("since", "until"), stretch, strict=True)
    }


def totals(kpi: Kpi, rows: Sequence[Record]) -> dict[str, Any]:
    """What the rows of one figure come to, named as `statements.figure` does."""
    flagged = [row for row in rows if row["flag"] is not None]
    return {
        "n": sum(row["n"] for row in rows),
        "total": sum(row["total"] for row in rows),
        "quantiles": spread(rows) if kpi.in_seconds else None,
        "shared": sum(row["n"] for row in flagged),
        "share": sum(row["n"] for row in flagged if row["flag"] == "true"),
    }


def spread(rows: Sequence[Record]) -> list[float] | None:
    """The quantiles of all durations in these rows."""
    histograms, came, went = ([row[name] for row in rows if row[name]] for name in PARTS)
    return quantiles(merged(histograms, came, went), list(QUANTILES.values()))
