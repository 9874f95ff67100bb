"""JSON that may come in: what PostgreSQL, int64 and a later reader can hold, and nothing ambiguous."""

import json
import math
from typing import Any, NoReturn

from itsm_chassis.http.problem import Rejected

MAX_DEPTH = 64
INT64 = 2**63
LONGEST_INT = 20


def parse(raw: bytes) -> Any:
    """The value of a JSON document.

    Malformed JSON (also NaN, Infinity, invalid UTF-8, trailing text) is 400. Well-formed JSON that
    cannot be stored faithfully (duplicate names, NUL, lone surrogates, integers beyond 64 bits,
    numbers beyond a double, nesting deeper than 64) is 422.
    """
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=unique,
            parse_int=bounded_int,
            parse_float=finite,
            parse_constant=refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise malformed(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise too_deep() from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH or b"\\u" in raw:
        inspect(value)
    return value


def inspect(value: Any) -> None:
    """Walk a value level by level; only called where its bytes make a finding possible."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH and any(isinstance(item, dict | list) for item in level):
            raise too_deep()
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                storable(item)
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below


def storable(text: str) -> None:
    """Neither NUL nor half a surrogate pair: PostgreSQL stores neither."""
    if "\x00" in text:
        raise unprocessable("nul_character", "A text holds the character NUL, which cannot be stored.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise unprocessable("lone_surrogate", "A text holds half of a surrogate pair.") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        name = next(n for n, _ in pairs if n in seen or seen.add(n))  # type: ignore[func-returns-value]  # add() is called for its effect, its None is false
        raise unprocessable("duplicate_name", f"The name {json.dumps(name[:80])} stands twice in one object.")
    return made


def bounded_int(digits: str) -> int:
    """An integer that fits into 64 bits."""
    if len(digits) > LONGEST_INT or not -INT64 <= (number := int(digits)) < INT64:
        raise unprocessable("integer_too_large", "An integer does not fit into 64 bits.")
    return number


def finite(digits: str) -> float:
    """A number that a double can hold."""
    number = float(digits)
    if not math.isfinite(number):
        raise unprocessable("number_too_large", "A number is too large.")
    return number


def refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise malformed(f"{name} is not JSON")


def malformed(reason: str) -> Rejected:
    """Not JSON at all."""
    return Rejected(400, "malformed_json", f"The body is not valid JSON: {reason}.")


def too_deep() -> Rejected:
    """Nested beyond any use."""
    return unprocessable("nested_too_deep", f"The body is nested deeper than {MAX_DEPTH} levels.")


def unprocessable(code: str, detail: str) -> Rejected:
    """JSON, but nothing that can be stored faithfully."""
    return Rejected(422, code, detail)
