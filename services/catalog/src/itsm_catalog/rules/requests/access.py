"""What a requester may do; everybody else on the desk sees and moves all of the tenant."""

from collections.abc import Set

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Forbidden

from itsm_catalog.rules.requests.request import ServiceRequest


def owns(actor: str, request: ServiceRequest) -> bool:
    """Whether the request is theirs: they ordered it, or it is for them."""
    return actor in (request.requester, request.requested_for)


def may_say(roles: Set[str], visibility: str) -> None:
    """Internal comments are the desk's."""
    if visibility == "internal" and not is_staff(roles):
        raise Forbidden("forbidden_visibility", "Internal comments belong to the desk; yours are public.")


def may_edit(roles: Set[str], actor: str, request: ServiceRequest) -> None:
    """What was ordered is changed by whose it is, or by the desk; not by who only approves."""
    if not is_staff(roles) and not owns(actor, request):
        raise Forbidden(
            "forbidden_edit", "You approve this request; only its requester or the desk edits it."
        )


def may_move(roles: Set[str], actor: str, request: ServiceRequest, to: str) -> str | None:
    """Why the actor may not make this transition, or None.

    Who ordered owns the need: they may withdraw it, accept the delivery (closed), and say that it is not as
    ordered (fulfilled to in_fulfilment). The rest is the desk's work.
    """
    reopening = to == "in_fulfilment" and request.status == "fulfilled"
    if is_staff(roles) or (owns(actor, request) and (reopening or to in ("cancelled", "closed"))):
        return None
    return "Requesters can cancel, close or reopen their own request; the rest is the desk's."
