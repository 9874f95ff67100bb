"""What can go wrong, in words that know no transport; http gives each its status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input: where (JSON pointer, or a parameter's name), and what."""

    pointer: str
    code: str
    message: str


class SuiteError(Exception):
    """The base of all below. `code` is for programs and stable, `detail` is for people.

    `extra` are members of its own that one kind of problem has, such as the circle that it would close.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the stable code, the sentence, the single findings, and what else is data."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.extra = extra or {}


class Missing(SuiteError):
    """There is no such record for this tenant and caller (404)."""

    def __init__(self, what: str = "record") -> None:
        """Never tells whether it exists for somebody else."""
        super().__init__("not_found", f"There is no such {what}.")


class Gone(SuiteError):
    """It was here, and its time is over (410)."""


class Forbidden(SuiteError):
    """The caller's roles do not allow this operation (403)."""


class Refused(SuiteError):
    """The record's state does not allow this (409)."""


class Invalid(SuiteError):
    """The input is understood but wrong (422); `errors` says where."""


class Stale(SuiteError):
    """The record has changed since the caller read it (412)."""

    def __init__(self, current: int | None = None) -> None:
        """`current` is the version it has now, where known."""
        now = f" It is at version {current} now." if current else ""
        super().__init__(
            "stale", f"The record has changed since you read it.{now} Read it again, then retry."
        )


class Unavailable(SuiteError):
    """Something this service needs does not answer (503); nothing was stored, retry soon."""

    def __init__(self, detail: str, code: str = "unavailable") -> None:
        """`detail` names what is away."""
        super().__init__(code, detail)
