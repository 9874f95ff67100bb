"""The SQL of changes that failed: what is known of a change itself, joined with what others say of it."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    or_,
    select,
    true,
)

from itsm_metrics.tables import measurement, suspicion

MICROSECONDS = 1_000_000
blame = suspicion.alias("blame")
"""A suspicion, by which `incidents` are chosen."""


def failures(changes: Select[Any], tenant: ColumnElement[str]) -> Select[Any]:
    """Each of these facts of a change: 1 in `value` where it failed, in `possible` where it may have, too."""
    its = changes.subquery("changes")
    caused = incidents(tenant, blame.c.change == its.c.subject)
    failed = or_(its.c.value == 1, func.coalesce(caused.c.confirmed, False))
    suspected = or_(failed, caused.c.confirmed.is_not(None))
    found = select(*others(its), flag(failed, "value"), flag(suspected, "possible"))
    return found.select_from(its.join(caused, true()))


def recoveries(changes: Select[Any], tenant: ColumnElement[str], *, over: bool) -> Select[Any]:
    """Those that failed: in `value` how long in microseconds; or, where not `over`, those that still do."""
    its = changes.subquery("changes")
    caused = incidents(tenant, blame.c.change == its.c.subject)
    undone = measurement.alias("undone")
    ended = case((or_(caused.c.first.is_(None), undone.c.at >= caused.c.first), undone.c.at))
    end = func.least(ended, case((caused.c.over, caused.c.last)))
    length = extract("epoch", end - func.coalesce(caused.c.first, its.c.at)) * MICROSECONDS
    failed = or_(its.c.value == 1, caused.c.confirmed)
    back = of(undone, tenant, its.c.subject, "change_backed_out")
    return (
        select(*others(its), cast(length, BigInteger).label("value"))
        .select_from(its.join(caused, true()).outerjoin(undone, back))
        .where(failed, end.is_not(None) if over else end.is_(None))
    )


def others(its: Subquery) -> list[ColumnElement[Any]]:
    """What is kept of a fact as it is."""
    return [column for column in its.c if column.name != "value"]


def flag(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """1 or 0."""
    return cast(case((condition, 1), else_=0), BigInteger).label(name)


def of(fact: Any, tenant: ColumnElement[str], subject: ColumnElement[Any], measure: str) -> Any:
    """The fact of this name, of a record that has at most one."""
    return and_(fact.c.tenant == tenant, fact.c.subject == subject, fact.c.measure == measure)


def incidents(tenant: ColumnElement[str], blamed: ColumnElement[bool]) -> Any:
    """What incidents say of one change, or of those so blamed: a row of nulls where there is none.

    `first` was opened first of those that are confirmed, `last` resolved last; `over` is whether all were.
    """
    resolved = measurement.alias("resolved")
    sure = blame.c.confirmed
    return (
        select(
            func.bool_or(sure).label("confirmed"),
            func.min(blame.c.opened_at).filter(sure).label("first"),
            func.bool_and(resolved.c.at.is_not(None)).filter(sure).label("over"),
            func.max(resolved.c.at).filter(sure).label("last"),
        )
        .select_from(blame.outerjoin(resolved, of(resolved, tenant, blame.c.incident, "last_resolved")))
        .where(blame.c.tenant == tenant, blamed)
        .lateral("caused")
    )
