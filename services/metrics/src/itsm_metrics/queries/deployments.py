"""The SQL of DORA's figures: of production deployments, and of implemented changes where a service has none.

What is of one release or one change is one for its service: it counts when the last of it ended, and failed
if any of it did, or a change that it belongs to.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from itsm_metrics.queries.failures import MICROSECONDS, blame, failures, flag, incidents, of, recoveries
from itsm_metrics.rules.kpis.kpi import CHANGE_DETAIL, Kpi
from itsm_metrics.tables import deployed, measurement

OWN = ("subject", "at", "ordinal", "value")


class Period(NamedTuple):
    """Whose, the binds of [since, until), and whose months."""

    tenant: ColumnElement[str]
    since: ColumnElement[Any]
    until: ColumnElement[Any]
    zone: ColumnElement[str]

    def holds(self, row: Any) -> ColumnElement[bool]:
        """Whether a deployment ended within it."""
        return and_(row.c.tenant == self.tenant, row.c.at >= self.since, row.c.at < self.until)


def either(kpi: Kpi, changes: Select[Any], period: Period, *, over: bool = True) -> Select[Any]:
    """The facts of the figure; `deployed` says of which kind each is.

    `changes` are all that were implemented. Where not `over`, the failures that go on.
    """
    if kpi.kind == "failure":
        changes = failures(changes, period.tenant)
    elif kpi.kind == "recovery":
        changes = recoveries(changes, period.tenant, over=over)
    names = (*OWN, *kpi.dimensions, *(("possible",) if kpi.kind == "failure" else ()))
    its = changes.subquery("implemented")
    kept = select(*(its.c[name] for name in names), false().label("deployed"))
    made = units(kpi, period, over=over).subquery("made")
    both = union_all(
        kept.where(~deploys(its, period)),
        select(*(made.c[name] for name in names), true().label("deployed")),
    ).subquery("either")
    return select(*both.c)


def left_out(kpi: Kpi, measure: str, changes: Select[Any], period: Period) -> Select[Any]:
    """The facts that the figure leaves out and counts under this name."""
    if measure == "unrecovered":
        return either(kpi, changes, period, over=False)
    if measure == "commit_unknown":
        unknown = units(kpi, period, over=False).subquery("unknown")
        return select(*unknown.c)
    its, other = changes.subquery("implemented"), deployed.alias("other")
    belongs = exists().where(other.c.tenant == period.tenant, other.c.change == its.c.subject)
    return select(*its.c).where(deploys(its, period), ~belongs)


def deploys(its: Any, period: Period) -> ColumnElement[bool]:
    """Whether the service of a change had a production deployment in the period."""
    other = deployed.alias("other")
    return exists().where(period.holds(other), other.c.service == its.c.service)


def units(kpi: Kpi, period: Period, *, over: bool) -> Select[Any]:
    """What was deployed in the period, each release and each change once, where its last deployment ended.

    Where not `over`: failures that go on, or those whose commit is not known.
    """
    last, later, verdict = deployed.alias("last"), deployed.alias("later"), measurement.alias("word")
    joined: Any = last.outerjoin(verdict, of(verdict, period.tenant, last.c.change, "change_failed"))
    part = said_of_all(last, period) if kpi.kind in ("failure", "recovery") else said_by_all(last)
    if kpi.kind != "frequency":
        joined = joined.join(part, true())
    chosen = [period.holds(last), ~exists().where(same(later, last), order(later) > order(last))]
    value: ColumnElement[Any] = cast(null(), BigInteger)
    possible = []
    if kpi.kind == "rework":
        value = flag(part.c.reworks, "value")
    elif kpi.kind == "lead":
        value = length(part.c.committed_at, last.c.at)
        chosen.append(part.c.committed_at.is_not(None) if over else part.c.committed_at.is_(None))
    elif kpi.kind in ("failure", "recovery"):
        member = deployed.alias("blamed")
        its = select(member.c.change).where(same(member, last)).correlate(last)
        caused = incidents(period.tenant, blame.c.change.in_(its))
        joined = joined.join(caused, true())
        failed = or_(part.c.failed, func.coalesce(caused.c.confirmed, False))
        if kpi.kind == "failure":
            value = flag(failed, "value")
            possible = [flag(or_(failed, caused.c.confirmed.is_not(None)), "possible")]
        else:
            began = func.coalesce(caused.c.first, part.c.failed_at, last.c.at)
            end = func.least(restored(last, part, caused, began), case((caused.c.over, caused.c.last)))
            value = length(began, end)
            chosen += [failed, end.is_not(None) if over else end.is_(None)]
    found = [last.c.subject, last.c.at, literal(0).label("ordinal"), value.label("value")]
    dimensions = [place(name, last, verdict, period).label(name) for name in kpi.dimensions]
    return select(*found, *dimensions, *possible).select_from(joined).where(*chosen)


def said_by_all(last: Any) -> Any:
    """What the deployments that count as one say together."""
    each = deployed.alias("each")
    return (
        select(
            func.bool_or(each.c.mends.is_not(None)).label("reworks"),
            func.min(each.c.committed_at).label("committed_at"),
        )
        .where(same(each, last))
        .lateral("part")
    )


def said_of_all(last: Any, period: Period) -> Any:
    """Whether they or the changes they belong to failed, since when, and until when."""
    each, said, undone = deployed.alias("each"), measurement.alias("said"), measurement.alias("undone")
    failed = or_(each.c.failed, func.coalesce(said.c.value, 0) == 1)
    return (
        select(
            func.bool_or(failed).label("failed"),
            func.min(each.c.at).filter(failed).label("failed_at"),
            func.max(func.greatest(each.c.undone_at, undone.c.at)).label("undone_at"),
        )
        .select_from(
            each.outerjoin(said, of(said, period.tenant, each.c.change, "change_failed")).outerjoin(
                undone, of(undone, period.tenant, each.c.change, "change_backed_out")
            )
        )
        .where(same(each, last))
        .lateral("part")
    )


def restored(last: Any, part: Any, caused: Any, began: ColumnElement[Any]) -> ColumnElement[Any]:
    """When it was taken back, or one that reverts or fixes it succeeded; not before it hurt."""
    mended, fix = deployed.alias("mended"), deployed.alias("fix")
    fixed = (
        select(func.min(fix.c.at))
        .select_from(
            mended.join(fix, and_(fix.c.tenant == mended.c.tenant, fix.c.mends == mended.c.external_id))
        )
        .where(same(mended, last), ~fix.c.failed, fix.c.at >= began)
        .scalar_subquery()
    )
    hurt = or_(caused.c.first.is_(None), part.c.undone_at >= caused.c.first)
    return func.least(case((hurt, part.c.undone_at)), fixed)


def same(other: Any, this: Any) -> ColumnElement[bool]:
    """Whether two deployments are of the same unit."""
    columns = ("tenant", "service", "unit")
    return and_(*(other.c[name] == this.c[name] for name in columns))


def order(row: Any) -> ColumnElement[Any]:
    """Which of a unit's deployments was the last."""
    return tuple_(row.c.at, row.c.subject)


def length(began: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whole microseconds between."""
    return cast(extract("epoch", end - began) * MICROSECONDS, BigInteger)


def place(dimension: str, last: Any, verdict: Any, period: Period) -> Any:
    """A dimension of a deployment: what it does not say itself is that of its change."""
    if dimension == "service":
        return last.c.service
    if dimension == "month":
        return func.to_char(func.timezone(period.zone, last.c.at), "YYYY-MM")
    if dimension == "assignment_group":
        return verdict.c.assignment_group
    word = func.nullif(func.split_part(verdict.c.detail, " ", CHANGE_DETAIL.index(dimension) + 1), "")
    return func.coalesce(last.c.template, word) if dimension == "template" else word
