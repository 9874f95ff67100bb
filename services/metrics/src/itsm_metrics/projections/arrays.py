"""Rows handed to one statement as arrays."""

from collections.abc import Iterable, Sequence
from typing import Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import ARRAY, Column, bindparam, column, func


def given(columns: Sequence[Column[Any]]) -> Any:
    """`unnest($1, $2, ...) AS given(...)`, one array per column."""
    arrays = [bindparam(f"given_{c.name}", type_=ARRAY(c.type)) for c in columns]
    rows = func.unnest(*arrays).table_valued(*(column(c.name, c.type) for c in columns))
    return rows.render_derived("given")


def bound(statement: Compiled, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]) -> list[Any]:
    """The statement's arguments for these rows, each in the order of `columns`."""
    return statement.args(arrays(columns, rows))


def arrays(columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """The binds of `given` for these rows."""
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return {f"given_{c.name}": list(each) for c, each in zip(columns, cells, strict=True)}
