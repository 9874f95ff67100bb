"""Which roles may do which operation: one table per service, read here and nowhere else."""

from collections.abc import Mapping, Set

from itsm_chassis.auth.principal import Principal
from itsm_chassis.errors import Forbidden

ADMIN = "admin"
"""May do every operation within its own tenant, so no row needs to name it."""

ROLES = frozenset({"requester", "agent", "manager", "change_manager", ADMIN, "service"})

STAFF = ROLES - {"requester"}
"""They work for the tenant and see its records; who is only a requester sees just their own."""

Permissions = Mapping[str, frozenset[str]]
"""operation_id -> the roles that may call it."""


def is_staff(roles: Set[str]) -> bool:
    """Whether one of these roles is more than a requester's."""
    return not STAFF.isdisjoint(roles)


def row(permissions: Permissions, operation: str) -> frozenset[str]:
    """The roles of one operation; raises LookupError where the table has no row for it, or a wrong one."""
    try:
        roles = permissions[operation]
    except KeyError:
        raise LookupError(
            f"The operation {operation!r} has no row in the permissions table, so nobody could be let in. "
            f'Add one beside the service\'s other rows: "{operation}": frozenset({{"agent", ...}}).'
        ) from None
    if unknown := roles - ROLES:
        raise LookupError(
            f"The permissions row of {operation!r} names {', '.join(sorted(unknown))}, "
            f"which is no role. Roles are: {', '.join(sorted(ROLES))}."
        )
    return roles | {ADMIN}


def check(operation: str, allowed: frozenset[str], principal: Principal) -> None:
    """Raise `Forbidden`, saying what is needed, unless one of the caller's roles is allowed."""
    if allowed.isdisjoint(principal.roles):
        held = ", ".join(sorted(principal.roles & ROLES)) or "none"
        raise Forbidden(
            "forbidden",
            f"{operation} needs one of the roles {', '.join(sorted(allowed))}; this token has: {held}.",
        )
