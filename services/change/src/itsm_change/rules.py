"""What a change is and how it begins. Pure: no I/O, and the clock comes in as `now`."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Forbidden

ChangeType = Literal["standard", "normal", "emergency"]
Status = Literal["new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change, field by field as it is shown."""

    id: UUID
    number: str
    version: int = 1
    title: str
    description: str | None = None
    change_type: ChangeType
    status: Status = "new"
    service: str | None = None
    requester: str
    requested_at: datetime


def may_request_for(roles: Set[str], actor: str, requester: str) -> None:
    """A requester asks for nobody else."""
    if not is_staff(roles) and requester != actor:
        raise Forbidden(
            "forbidden_requester", "A requester asks for changes themselves; leave out `requester`."
        )
