"""A record's clocks as JSON text, and back."""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from itsm_incident.rules.card import moment, written
from itsm_incident.rules.clock import Mark, Row

NAMES: Final = tuple(field.name for field in fields(Row))
TIMES: Final = frozenset(name for name in NAMES if name.endswith("_at")) | {"running_since"}


def write(rows: Iterable[Row]) -> str:
    """The rows, in the order of their identity."""
    ordered = sorted(rows, key=lambda row: row.identity)
    return json.dumps([values(row) for row in ordered], ensure_ascii=False, separators=(",", ":"))


def values(row: Row) -> dict[str, Any]:
    """One row in JSON's types."""
    data = {name: getattr(row, name) for name in NAMES}
    for name in TIMES:
        data[name] = text(data[name])
    data["marks"] = [[mark.percent, text(mark.fires_at), mark.business_us] for mark in row.marks]
    return data


def text(at: datetime | None) -> str | None:
    """A time as text."""
    return None if at is None else written(at)


def read(stored: str) -> tuple[Row, ...]:
    """The rows behind `write`."""
    return tuple(row(data) for data in json.loads(stored))


def row(data: dict[str, Any]) -> Row:
    """One row."""
    times = {name: moment(data[name]) for name in TIMES}
    marks = tuple(
        Mark(percent, datetime.fromisoformat(at), business) for percent, at, business in data["marks"]
    )
    return Row(**(data | times | {"marks": marks, "said": tuple(data["said"])}))
