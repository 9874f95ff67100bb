"""Reading plain data that others wrote: every finding is collected, with a pointer to the field."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

MOST = 1000
"""Items in one array: more targets, groups or holidays than anybody has agreed on."""


class Finding(NamedTuple):
    """What is wrong with one field: a JSON pointer (RFC 6901), a code, and a sentence."""

    pointer: str
    code: str
    message: str


class Malformed(ValueError):
    """The data is no policy or calendar; `findings` says of each field what is wrong."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(f"{each.pointer or '/'} {each.message}" for each in findings))
        self.findings = tuple(findings)


class Form:
    """An object being read field by field; what is missing, wrong or unknown becomes a finding.

    A field that cannot be read answers with its fallback, so that the others are read all the same;
    `check` raises Malformed once at the end.
    """

    def __init__(self, value: object, pointer: str = "", findings: list[Finding] | None = None) -> None:
        self.pointer = pointer
        self.findings: list[Finding] = [] if findings is None else findings
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.known: set[str] = set()
        if not isinstance(value, Mapping):
            self.refuse("", "must be an object")

    def refuse(self, name: str, message: str, code: str = "invalid") -> None:
        """Note a finding about a field, or about the object itself."""
        self.findings.append(Finding(f"{self.pointer}/{name}" if name else self.pointer, code, message))

    def given(self, name: str, *, needed: bool) -> Any:
        """The raw value, None where it is absent or null; a needed one must be there."""
        self.known.add(name)
        value = self.value.get(name)
        if needed and value is None:
            self.refuse(name, "is required", "missing")
        return value

    def text(self, name: str, *, needed: bool = True) -> str:
        """Text that is not blank; the empty text where it is absent."""
        value = self.given(name, needed=needed)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, "must be text that is not blank")
            return ""
        return value

    def option(self, name: str, options: tuple[str, ...]) -> str:
        """One of the known words; the first of them where it is not."""
        value = self.given(name, needed=True)
        if value is not None and value not in options:
            self.refuse(name, f"must be one of {', '.join(options)}")
        return value if value in options else options[0]

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number in [low, high]; low where it is not."""
        value = self.given(name, needed=True)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            self.refuse(name, f"must be a whole number from {low} to {high}")
        return low

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self.given(name, needed=False)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "must be true or false")
        return value is True

    def time(self, name: str) -> datetime:
        """An instant in UTC from RFC 3339 text with an offset."""
        value = self.given(name, needed=True)
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
            if at is not None and at.tzinfo is not None:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        if value is not None:
            self.refuse(name, "must be a time as RFC 3339 text with its offset, such as 2026-01-01T00:00:00Z")
        return datetime.min.replace(tzinfo=UTC)

    def day(self, name: str) -> date:
        """A date such as 2026-12-25."""
        value = self.given(name, needed=True)
        try:
            if isinstance(value, str):
                return date.fromisoformat(value)
        except ValueError:
            pass
        if value is not None:
            self.refuse(name, "must be a date such as 2026-12-25")
        return date.min

    def items(self, name: str, *, needed: bool = False) -> list[Any]:
        """An array; empty where it is absent."""
        value = self.given(name, needed=needed)
        if value is not None and not isinstance(value, list | tuple):
            self.refuse(name, "must be an array")
        if not isinstance(value, list | tuple):
            return []
        if len(value) > MOST:
            self.refuse(name, f"must have at most {MOST} items, not {len(value)}", "too_many")
            return []
        return list(value)

    def words(self, name: str) -> frozenset[str]:
        """An array of texts, none of them blank or twice; empty where it is absent."""
        found: set[str] = set()
        for index, each in enumerate(self.items(name)):
            if not isinstance(each, str) or not each.strip():
                self.refuse(f"{name}/{index}", "must be text that is not blank")
            elif each in found:
                self.refuse(f"{name}/{index}", "is there twice", "duplicate")
            else:
                found.add(each)
        return frozenset(found)

    def forms(self, name: str, *, needed: bool = False) -> Iterator["Form"]:
        """An array of objects, each to be read and sealed by the caller."""
        for index, each in enumerate(self.items(name, needed=needed)):
            yield Form(each, f"{self.pointer}/{name}/{index}", self.findings)

    def seal(self) -> None:
        """Note every field that nobody has asked for."""
        for name in self.value:
            if name not in self.known:
                self.refuse(str(name), "is no field of this", "unknown_field")

    def check(self) -> None:
        """Malformed where anything was found."""
        self.seal()
        if self.findings:
            raise Malformed(self.findings)
