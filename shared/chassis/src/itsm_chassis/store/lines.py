"""Lines of an import: from untrusted bytes to a JSON object, and what became of each."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, TypedDict
from uuid import UUID

from itsm_chassis.errors import FieldError

NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON escapes it, and not a backslash that happens to stand before those letters."""
SHOWN: Final = 20
"""The most findings that are told of one line."""

Status = Literal["created", "updated", "unchanged", "conflict", "invalid"]


class Result(TypedDict, total=False):
    """What became of a line; `id` except where it is invalid, `errors` only there and on conflict.

    `remarks` are the codes of what is odd about it, and is stored all the same.
    """

    line: int
    external_id: str | None
    status: Status
    id: str
    errors: list[dict[str, str]]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Raw:
    """A line as it came: its number in the body (from 1), and its bytes or why there are none."""

    number: int
    text: bytes
    fault: str | None = None


class Malformed(ValueError):
    """The line is no JSON object that a service can store; the message says why."""


def parsed(text: bytes) -> tuple[dict[str, Any], bytes]:
    """The line's object and a digest of its content (order of keys and spacing do not matter).

    Raises Malformed for what is no JSON object, or holds NaN, a NUL, a lone surrogate or a key twice.
    """
    try:
        decoded = text.decode()
        value = json.loads(decoded, parse_constant=constant, object_pairs_hook=unique)
    except UnicodeDecodeError:
        raise Malformed("The line is not UTF-8.") from None
    except RecursionError:
        raise Malformed("The line is nested too deeply.") from None
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        raise Malformed(f"The line is not JSON: {error}.") from None
    except ValueError:
        raise Malformed("The line holds a number of too many digits.") from None
    if not isinstance(value, dict):
        raise Malformed("The line is not a JSON object.")
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if NUL.search(canonical):
        raise Malformed("The line holds a NUL character, which cannot be stored.")
    try:
        return value, hashlib.sha256(canonical.encode()).digest()
    except UnicodeEncodeError:
        raise Malformed("The line holds half of a surrogate pair, which is no character.") from None


def constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise Malformed(f"The line holds {name}, which is no JSON.")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys occur once."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("The line holds an object with a key twice.")
    return value


def outcome(number: int, external_id: str, status: Status, identity: UUID | None = None) -> Result:
    """A line's result, without an id in a dry run."""
    result = Result(line=number, external_id=external_id, status=status)
    if identity is not None:
        result["id"] = str(identity)
    return result


def invalid(number: int, external_id: str | None, findings: Sequence[FieldError]) -> Result:
    """The result of a refused line; at most 20 findings are shown."""
    return Result(line=number, external_id=external_id, status="invalid", errors=shown(findings[:SHOWN]))


def shown(findings: Sequence[FieldError]) -> list[dict[str, str]]:
    """Findings as JSON objects."""
    return [{"pointer": f.pointer, "code": f.code, "message": f.message} for f in findings]
