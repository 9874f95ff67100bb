"""The question that a list is asked: parsed from the query string, nothing unknown let through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.http.values import Reader, read_text

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
MAX_SORTS, MAX_IN = 3, 100

Count = Literal["exact", "estimated"]


class Sort(NamedTuple):
    """One key of the order."""

    column: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Filters by parameter name (`opened_at__gte`), the order, and where to go on."""

    filters: Mapping[str, Any]
    texts: tuple[tuple[str, str], ...]
    """The filters as they were written, in order of name: what a cursor is bound to."""
    sort: tuple[Sort, ...]
    limit: int
    cursor: str | None
    count: Count | None


class Grammar(NamedTuple):
    """What one list may be asked."""

    readers: Mapping[str, Reader]
    """Parameter name -> how its value is read."""
    sorts: frozenset[str]
    default_sort: str


def parse(items: Iterable[tuple[str, str]], grammar: Grammar) -> Query:
    """The query; `Invalid` names the first parameter that is unknown, repeated or malformed."""
    given: dict[str, str] = {}
    for name, text in items:
        if name in given:
            raise wrong(name, "parameter_repeated", "was given more than once")
        given[name] = text
    limit = read_limit(given.pop("limit", None))
    cursor = given.pop("cursor", None)
    count = given.pop("count", None)
    if count not in (None, "exact", "estimated"):
        raise wrong("count", "invalid_parameter", "must be exact or estimated")
    sort = read_sort(given.pop("sort", grammar.default_sort), grammar.sorts)
    filters = {name: read_filter(name, text, grammar) for name, text in given.items()}
    texts = tuple(sorted(given.items()))
    return Query(filters, texts, sort, limit, cursor, cast("Count | None", count))


def read_limit(text: str | None) -> int:
    """1 to 200."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise wrong("limit", "invalid_parameter", f"must be 1 to {MAX_LIMIT}")
    return int(text)


def read_sort(text: str, allowed: frozenset[str]) -> tuple[Sort, ...]:
    """`-priority,opened_at`, with id added as the last key so that no two records tie."""
    keys = [Sort(part.removeprefix("-"), part.startswith("-")) for part in text.split(",")]
    names = [key.column for key in keys]
    unknown = [name for name in names if name not in allowed and name != "id"]
    if unknown or len(set(names)) != len(names) or len(names) > MAX_SORTS:
        raise wrong(
            "sort",
            "invalid_sort",
            f"must be up to {MAX_SORTS} different ones of {', '.join(sorted(allowed | {'id'}))}, "
            "separated by commas, each with - before it to descend",
        )
    if "id" in names:
        return tuple(keys[: names.index("id") + 1])
    return (*keys, Sort("id", keys[-1].descending))


def read_filter(name: str, text: str, grammar: Grammar) -> Any:
    """The value of one filter, a list of them for `__in`."""
    read = grammar.readers.get(name)
    if read is None:
        known = ", ".join(sorted(grammar.readers)) or "none"
        raise wrong(name, "unknown_parameter", f"is not known here. Filters are: {known}")
    try:
        if not name.endswith("__in"):
            return read(text)
        parts = text.split(",")
        if len(parts) > MAX_IN:
            raise ValueError(f"must have at most {MAX_IN} values")
        return [read(part) for part in parts]
    except ValueError as error:
        raise wrong(name, "invalid_parameter", str(error)) from None


def read_search(text: str) -> str:
    """`q` as a pattern in which % and _ and \\ stand for themselves."""
    if not read_text(text).strip():
        raise ValueError("must not be empty")
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def wrong(name: str, code: str, what: str) -> Invalid:
    """One parameter that is not as it should be."""
    shown = name if name.isprintable() else name.encode("unicode_escape").decode()
    message = f"{shown[:80]} {what}."
    return Invalid(code, message, (FieldError(shown[:80], code, message),))
