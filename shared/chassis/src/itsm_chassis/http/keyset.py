"""Going on after the last row of a page, in any mix of directions, nulls always last."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Table,
    UnaryExpression,
    Uuid,
    and_,
    bindparam,
    or_,
    tuple_,
)

from itsm_chassis.http.query import Sort


def order(table: Table, sort: Sequence[Sort]) -> list[UnaryExpression[Any]]:
    """ORDER BY; NULLS LAST is only written where a plain index would not have it."""
    keys = []
    for name, descending in sort:
        column = table.c[name]
        key = column.desc() if descending else column.asc()
        keys.append(key.nulls_last() if descending and column.nullable else key)
    return keys


def after(table: Table, sort: Sequence[Sort], nulls: Sequence[bool]) -> ColumnElement[bool]:
    """Rows behind the cursor, whose values are the binds `after_0`, `after_1`, ...

    `nulls` says which of them are null. Where every key goes the same way and none can be null it
    is a row comparison, which a multicolumn index answers in one descent. Else it is spelled out,
    with the first key's bound repeated in front so that an index on it still helps.
    """
    columns = [table.c[key.column] for key in sort]
    binds = [bindparam(f"after_{i}", type_=column.type) for i, column in enumerate(columns)]
    if len({key.descending for key in sort}) == 1 and not any(column.nullable for column in columns):
        here, there = tuple_(*columns), tuple_(*binds)
        return here < there if sort[0].descending else here > there
    cases = []
    for i, key in enumerate(sort):
        behind = beyond(columns[i], binds[i], key.descending, nulls[i])
        if behind is not None:
            cases.append(and_(*(same(columns[j], binds[j], nulls[j]) for j in range(i)), behind))
    spelled = or_(*cases)
    if columns[0].nullable:
        return spelled
    first = columns[0] <= binds[0] if sort[0].descending else columns[0] >= binds[0]
    return and_(first, spelled)


def beyond(
    column: Column[Any], bind: ColumnElement[Any], descending: bool, null: bool
) -> ColumnElement[bool] | None:
    """Strictly behind in one key; nothing is behind null."""
    if null:
        return None
    strictly = column < bind if descending else column > bind
    return or_(strictly, column.is_(None)) if column.nullable else strictly


def same(column: Column[Any], bind: ColumnElement[Any], null: bool) -> ColumnElement[bool]:
    """Equal in one key, null being equal to null."""
    return column.is_(None) if null else column == bind


def place(sort: Sequence[Sort], row: Any) -> list[Any]:
    """The cursor's values, as JSON has them, of the last row of a page."""
    values = (row[key.column] for key in sort)
    return [
        v.isoformat() if isinstance(v, datetime) else str(v) if isinstance(v, UUID) else v for v in values
    ]


def binds(table: Table, sort: Sequence[Sort], values: Sequence[Any]) -> dict[str, Any]:
    """The cursor's values as PostgreSQL takes them."""
    return {f"after_{i}": typed(table.c[key.column], values[i]) for i, key in enumerate(sort)}


def typed(column: Column[Any], value: Any) -> Any:
    """One value back from its JSON form."""
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(column.type, Uuid) else value
