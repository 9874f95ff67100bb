"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

from itsm_chassis.auth.permissions import ROLES

DESIGN: Final = frozenset({"manager"})
"""They decide what is offered, and agree on service levels."""

PERMISSIONS: Final = {
    "propose_service": frozenset({"manager", "change_manager"}),
    "list_services": ROLES,
    "read_service": ROLES,
    "publish_offering": DESIGN,
    "retire_offering": DESIGN,
    "list_offerings": ROLES,
    "read_offering": ROLES,
    "list_offering_versions": ROLES,
    "read_offering_version": ROLES,
    "check_form": ROLES,
    "publish_calendar": DESIGN,
    "import_holidays": DESIGN,
    "list_calendars": ROLES,
    "read_calendar": ROLES,
    "list_calendar_versions": ROLES,
    "activate_sla_policy": DESIGN,
    "retire_sla_policy": DESIGN,
    "list_sla_policies": ROLES,
    "read_sla_policy": ROLES,
    "list_sla_policy_versions": ROLES,
}
