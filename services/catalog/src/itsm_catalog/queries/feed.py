"""What a caller's event feed shows."""

from typing import Final

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.store.context import Context
from itsm_chassis.store.tables import event
from sqlalchemy import ColumnElement, or_

from itsm_catalog.queries.requests import OWN_EVENTS

EVERYBODYS: Final = (
    "itsm.service.",
    "itsm.offering.",
    "itsm.calendar.",
    "itsm.sla_policy.",
    "itsm.person.",
    "itsm.group.",
    "itsm.business_unit.",
)
"""What requesters may read at its own address as well. Whatever else is said stays with staff, but for their
own requests.
"""

NARROWED: Final = or_(
    OWN_EVENTS, *(event.c.type.startswith(prefix, autoescape=True) for prefix in EVERYBODYS)
)


def feed_scope(ctx: Context) -> ColumnElement[bool] | None:
    """Everything to staff; to requesters what they can read elsewhere."""
    return None if is_staff(ctx.roles) else NARROWED
