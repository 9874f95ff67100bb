"""A line of an import of configuration items, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError

SHOWN = 20
"""The most findings that are told of one line."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A line as it was understood: its number in the file, the fields that it gives, or why it is none.

    `cells` says that it was a line of a table, whose attributes are texts until their type is known.
    """

    number: int
    key: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] | None = None
    cells: bool = False
    findings: Sequence[FieldError] = ()


@dataclass(slots=True)
class Line:
    """What became of a line, as far as the import has come."""

    number: int
    key: str | None
    status: Literal["created", "updated", "unchanged", "conflict", "invalid"]
    id: UUID | None = None
    depends_on: tuple[str, ...] | None = None
    """Keys of what it is to depend on; None where the line leaves that alone."""
    retires: bool = False
    findings: list[FieldError] = field(default_factory=list)

    def stored(self) -> None:
        """Something of a line changed that was unchanged so far."""
        if self.status == "unchanged":
            self.status = "updated"

    def refuse(self, pointer: str, code: str, message: str) -> None:
        """Something of it cannot be; the rest is stored all the same."""
        self.status = "conflict"
        self.findings.append(FieldError(pointer, code, message))

    def result(self, dry_run: bool) -> dict[str, Any]:
        """As it is told."""
        told: dict[str, Any] = {"line": self.number, "key": self.key, "status": self.status}
        if self.id is not None and not (dry_run and self.status == "created"):
            told["id"] = str(self.id)
        if self.findings:
            shown = self.findings[:SHOWN]
            told["errors"] = [{"pointer": f.pointer, "code": f.code, "message": f.message} for f in shown]
        return told
