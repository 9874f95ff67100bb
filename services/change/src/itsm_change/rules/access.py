"""What a requester may do; staff does the work."""

from collections.abc import Set

from itsm_chassis.auth.permissions import ADMIN, is_staff
from itsm_chassis.errors import Forbidden

from itsm_change.rules.change import Change, Status

REJECTING = frozenset({"change_manager", ADMIN, "service"})


def may_request_for(roles: Set[str], actor: str, requester: str) -> None:
    """A requester asks for nobody else."""
    if not is_staff(roles) and requester != actor:
        raise Forbidden(
            "forbidden_requester", "A requester asks for changes themselves; leave out `requester`."
        )


def may_say(roles: Set[str], visibility: str) -> None:
    """Internal comments are the staff's."""
    if visibility == "internal" and not is_staff(roles):
        raise Forbidden("forbidden_visibility", "Internal comments belong to the staff; yours are public.")


def may_move(roles: Set[str], actor: str, change: Change, to: Status) -> str | None:
    """Why the actor may not make this transition, or None.

    Requesters may withdraw what they asked for until work begins; a rejection past the approvers is the
    change manager's.
    """
    if not is_staff(roles):
        if to == "cancelled" and actor == change.requester and change.status != "implement":
            return None
        return "Requesters can cancel their own change until it is implemented; the rest is the staff's."
    if to == "new" and REJECTING.isdisjoint(roles):
        return "Approvers reject by their votes; past them only a change manager does."
    return None
