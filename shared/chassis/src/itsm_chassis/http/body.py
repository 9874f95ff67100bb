"""The base of request bodies: no unknown field, no coercion, nothing that cannot be stored."""

import re
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

STRICT = frozenset({"str", "int", "float", "bool"})
NO_NUL = r"^[^\x00]*$"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
YEARS = range(1970, 2200)
"""In which what a body tells happened or is planned. Beyond it PostgreSQL, or adding an hour, gives way."""

TIGHT = {"tight": True}
"""Marks a leaf already wrapped, as that of a nested model is."""

ASIDE = frozenset({"metadata", "serialization", "ref", "default", "cls", "config"})
"""Parts of a core schema that hold no schema."""


def written_moment(value: object) -> object:
    """A time is written out; a number is no time."""
    if isinstance(value, datetime) or (isinstance(value, str) and MOMENT.fullmatch(value)):
        return value
    raise PydanticCustomError(
        "datetime_written", "A time is written as RFC 3339 with an offset, such as 2026-03-01T09:30:00Z"
    )


def written_day(value: object) -> object:
    """A day is written out; a number is no day."""
    if isinstance(value, date) or (isinstance(value, str) and DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_written", "A day is written as 2026-03-01")


def to_utc(moment: datetime) -> datetime:
    """The moment in UTC, where the calendar still reaches."""
    if moment.tzinfo is None:
        raise PydanticCustomError("datetime_written", "A time needs its offset: 2026-03-01T09:30:00Z")
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise PydanticCustomError(
            "datetime_range", "The time is outside the years 0001 to 9999 in UTC"
        ) from None


def to_kept(moment: datetime) -> datetime:
    """The moment in UTC, in a year in which something can happen."""
    kept = to_utc(moment)
    if kept.year not in YEARS:
        raise PydanticCustomError(
            "datetime_range", f"The time must lie in the years {YEARS[0]} to {YEARS[-1]}, in UTC"
        )
    return kept


def tighten(node: Any) -> None:
    """Make the leaves of a core schema strict, in place.

    `strict=True` on the model would be too much: it refuses a text where an enum, a UUID or a time
    is meant, which is all that JSON has for them.
    """
    if isinstance(node, list | tuple):
        for item in node:
            tighten(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if not isinstance(kind, str):
            tighten(list(node.values()))  # fields by name, one of which may be called type
        elif kind in STRICT:
            node["strict"] = True
            if kind == "str":
                node.setdefault("pattern", NO_NUL)
        elif kind in ("datetime", "date"):
            wrap(node, kind)
        else:
            tighten([value for key, value in node.items() if key not in ASIDE])


def wrap(node: dict[str, Any], kind: str) -> None:
    """Let only a written time or day reach this leaf, and only a UTC time leave it."""
    if node.get("metadata") == TIGHT:
        return
    inner: Any = node | {"metadata": TIGHT}
    if kind == "datetime":
        inner = core_schema.no_info_after_validator_function(to_kept, inner)
    written = written_moment if kind == "datetime" else written_day
    node.clear()
    node.update(core_schema.no_info_before_validator_function(written, inner))


class StrictModel(BaseModel):
    """A request body. Unknown fields are refused, `"1"` is no number and 1 no text, and a time is
    an RFC 3339 text with an offset, kept as UTC, and lies in YEARS.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Pydantic's schema for the model, its leaves tightened."""
        schema = handler(source)
        tighten(schema)
        return schema
