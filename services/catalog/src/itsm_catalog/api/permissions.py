"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

from itsm_chassis.auth.permissions import ROLES, STAFF

from itsm_catalog.rules.directory import KEEPERS

DESIGN: Final = frozenset({"manager"})
"""They agree on service levels."""

STRATEGY: Final = frozenset({"manager", "change_manager"})
"""They decide which services there are."""

FIGURES: Final = frozenset({"manager", "change_manager", "service"})
"""They weigh what services cost and how they are asked for."""

PERMISSIONS: Final = {
    "register_person": KEEPERS,
    "import_people": KEEPERS,
    "edit_person": ROLES,
    "list_people": ROLES,
    "read_person": ROLES,
    "read_me": ROLES,
    "list_groups_of_person": ROLES,
    "register_group": KEEPERS,
    "import_groups": KEEPERS,
    "edit_group": KEEPERS,
    "list_groups": ROLES,
    "read_group": ROLES,
    "list_members": ROLES,
    "register_business_unit": KEEPERS,
    "import_business_units": KEEPERS,
    "edit_business_unit": KEEPERS,
    "list_business_units": ROLES,
    "read_business_unit": ROLES,
    "propose_service": STRATEGY,
    "edit_service": STRATEGY,
    "transition_service": STRATEGY,
    "list_services": ROLES,
    "read_service": ROLES,
    "list_service_transitions": ROLES,
    "read_service_timeline": STAFF,
    "weigh_portfolio": FIGURES,
    "read_service_demand": FIGURES,
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
