"""Who calls, as their token says."""

from dataclasses import dataclass

from itsm_chassis.errors import SuiteError


@dataclass(frozen=True, slots=True)
class Principal:
    """The subject, tenant and roles of a verified token."""

    subject: str
    tenant: str
    roles: frozenset[str]


class Unauthenticated(SuiteError):
    """There is no bearer token, or it is not valid (401); `detail` says which and why."""

    def __init__(self, detail: str, *, missing: bool = False) -> None:
        """`missing` where no token came at all."""
        super().__init__("unauthenticated" if missing else "invalid_token", detail)
        self.missing = missing
