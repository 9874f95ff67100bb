"""Whether a JSON Schema can serve as a form, beyond what makes any schema sound here.

A front end renders the form and the service checks the answers, both from the same text. So what one of
them would pass over in silence is refused: a keyword that is none (`requierd`), and a format that nobody
checks. What is meant for the front end alone begins with `x-`; it is kept and never read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from itsm_chassis.errors import FieldError
from jsonschema import FormatChecker

from itsm_catalog.rules.json_schema import MANY, NAMED, ONE, SHOWN, parts, pointer, unsound

ANNOTATION: Final = "x-"
ABOUT: Final = ("$schema", "$ref", "$comment", "title", "description", "default", "examples", "deprecated")
ACCESS: Final = ("readOnly", "writeOnly")
ANY: Final = ("type", "enum", "const")
TEXT: Final = ("minLength", "maxLength", "pattern", "format")
NUMBER: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
LIST: Final = ("minItems", "maxItems", "uniqueItems", "minContains", "maxContains")
OBJECT: Final = ("required", "dependentRequired", "minProperties", "maxProperties")
KEYWORDS: Final = frozenset((*ABOUT, *ACCESS, *ANY, *TEXT, *NUMBER, *LIST, *OBJECT, *ONE, *MANY, *NAMED))

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)


class Format(NamedTuple):
    """What a text can be asked to be: in words for people, and the check, which may raise ValueError."""

    words: str
    check: Callable[[str], bool]


FORMATS: Final = {
    "date-time": Format(
        "a time with its offset, such as 2026-12-24T14:30:00Z",
        lambda text: MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text)),
    ),
    "time": Format("a time of day such as 14:30", lambda text: TIME_OF_DAY.fullmatch(text) is not None),
    "uri": Format("an address such as https://example.org/", lambda text: bool(address(text))),
}
"""Those that the library checks only with further packages, or otherwise than a browser's field."""

WORDS: Final = {
    "date": "a date such as 2026-12-24",
    "email": "an e-mail address",
    "ipv4": "an IPv4 address such as 192.0.2.1",
    "ipv6": "an IPv6 address such as 2001:db8::1",
    "uuid": "a UUID",
} | {name: each.words for name, each in FORMATS.items()}
"""Every format that is checked."""


def address(text: str) -> str:
    """The scheme of an absolute address, empty where the text is none."""
    parts = urlsplit(text)
    return parts.scheme if (parts.netloc or parts.path) and not re.search(r"\s", text) else ""


def formats() -> FormatChecker:
    """The library's checker of all these formats."""
    checker = FormatChecker(WORDS.keys() - FORMATS.keys())
    for name, each in FORMATS.items():
        checker.checks(name, raises=ValueError)(only_texts(each.check))
    return checker


def only_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """A format says nothing of what is no text."""
    return lambda value: not isinstance(value, str) or check(value)


def check_form(form: Mapping[str, Any], at: str = "/form") -> list[FieldError]:
    """Why a form is not taken, with pointers into it, at most 20; nothing where it is sound."""
    found = unsound(form) or list(islice(unknown(form), SHOWN))
    return [replace(each, pointer=at + each.pointer) for each in found]


def unknown(form: Mapping[str, Any]) -> Iterator[FieldError]:
    """Each keyword and format that would be passed over."""
    for path, part in parts(form):
        for name in part:
            if name not in KEYWORDS and not name.startswith(ANNOTATION):
                message = f"{name[:80]} is no keyword of forms; one for the front end begins with x-."
                yield FieldError(pointer((*path, name)), "unknown_keyword", message)
        if (wanted := part.get("format")) is not None and wanted not in WORDS:
            message = f"Nobody would check {wanted[:80]}; formats are {', '.join(sorted(WORDS))}."
            yield FieldError(pointer((*path, "format")), "unknown_format", message)
