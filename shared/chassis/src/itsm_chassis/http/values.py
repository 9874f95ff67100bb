"""Values in a query string, read as the column that they are compared with demands."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Integer, SmallInteger, Uuid

from itsm_chassis.http.body import MOMENT, to_utc

MAX_TEXT = 500
INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
RANGES = ("gte", "gt", "lte", "lt")

Reader = Callable[[str], Any]
"""Turns text into a value, or raises ValueError with a sentence."""


def read_text(text: str) -> str:
    """Any text of bounded length."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"must be at most {MAX_TEXT} characters")
    return text


def read_moment(text: str) -> datetime:
    """RFC 3339; a plus sign left unescaped arrives as a space, which is the usual mistake."""
    try:
        if not MOMENT.fullmatch(text):
            raise ValueError
        return to_utc(datetime.fromisoformat(text.upper()))
    except (ValueError, PydanticCustomError):
        raise ValueError("must be a time such as 2026-03-01T09:30:00Z (write + as %2B)") from None


def read_flag(text: str) -> bool:
    """true or false."""
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def read_mark(text: str) -> bool:
    """true, or else the parameter is left out."""
    if text != "true":
        raise ValueError("must be true, or left out")
    return True


def read_uuid(text: str) -> UUID:
    """A UUID in its usual form."""
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("must be a UUID") from None


def read_number(text: str) -> float:
    """A finite number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def integer_reader(bits: int) -> Reader:
    """Reads what fits into the column."""

    def read_integer(text: str) -> int:
        if not INTEGER.fullmatch(text) or not -(2 ** (bits - 1)) <= (number := int(text)) < 2 ** (bits - 1):
            raise ValueError(f"must be an integer of at most {bits} bits")
        return number

    return read_integer


def reader(column: Column[Any]) -> Reader:
    """How values for this column are written."""
    kinds: tuple[tuple[type, Reader], ...] = (
        (DateTime, read_moment),
        (Boolean, read_flag),
        (Uuid, read_uuid),
        (BigInteger, integer_reader(64)),
        (SmallInteger, integer_reader(16)),
        (Integer, integer_reader(32)),
        (Float, read_number),
    )
    return next((read for kind, read in kinds if isinstance(column.type, kind)), read_text)


def operators(column: Column[Any]) -> tuple[str, ...]:
    """Which comparisons make sense; "" is equality."""
    if isinstance(column.type, Boolean):
        return ("",)
    ordered = isinstance(column.type, DateTime | Integer | Float)
    return ("", "in", *RANGES) if ordered else ("", "in")


def schema(column: Column[Any]) -> dict[str, Any]:
    """JSON Schema of one value."""
    kinds: tuple[tuple[type, dict[str, Any]], ...] = (
        (DateTime, {"type": "string", "format": "date-time"}),
        (Boolean, {"type": "boolean"}),
        (Uuid, {"type": "string", "format": "uuid"}),
        (Integer, {"type": "integer"}),
        (Float, {"type": "number"}),
    )
    text = {"type": "string", "maxLength": MAX_TEXT}
    return next((found for kind, found in kinds if isinstance(column.type, kind)), text)
