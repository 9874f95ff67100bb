"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

from itsm_chassis.auth.permissions import ROLES, STAFF

from itsm_catalog.rules.directory import KEEPERS

DESIGN: Final = frozenset({"manager"})
"""They decide what is offered, and agree on service levels."""

KEEP: Final = frozenset({"agent", "manager", "service"})
"""They keep the record of what the services run on."""

STRATEGY: Final = frozenset({"manager", "change_manager"})
"""They decide which services there are."""

FIGURES: Final = frozenset({"manager", "change_manager", "service"})
"""They weigh what services cost and how they are asked for."""

DESK: Final = frozenset({"agent", "service"})
"""They fulfil requests. What requesters may do with theirs is decided by rules/requests/access."""

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
    "place_order": ROLES,
    "list_orders": ROLES,
    "read_order": ROLES,
    "submit_service_request": ROLES,
    "list_service_requests": ROLES,
    "read_service_request": ROLES,
    "edit_service_request": DESK | {"requester"},
    "list_service_request_transitions": ROLES,
    "transition_service_request": DESK | {"requester"},
    "comment_on_service_request": ROLES,
    "list_service_request_comments": ROLES,
    "read_service_request_comment": ROLES,
    "read_service_request_timeline": ROLES,
    "import_service_requests": frozenset({"service"}),
    "list_approvals": ROLES,
    "read_approval": ROLES,
    "vote": ROLES,
    "list_fulfilment_tasks": STAFF,
    "read_fulfilment_task": STAFF,
    "assign_fulfilment_task": DESK,
    "complete_fulfilment_task": DESK,
    "list_services": ROLES,
    "read_service": ROLES,
    "list_service_transitions": ROLES,
    "read_service_timeline": STAFF,
    "weigh_portfolio": FIGURES,
    "read_service_demand": FIGURES,
    "publish_offering": DESIGN,
    "retire_offering": DESIGN,
    "list_offerings": ROLES,
    "read_offering": ROLES,
    "list_offering_versions": ROLES,
    "read_offering_version": ROLES,
    "check_form": ROLES,
    "search_catalogue": ROLES,
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
    "publish_configuration_item_type": DESIGN,
    "list_configuration_item_types": STAFF,
    "read_configuration_item_type": STAFF,
    "list_configuration_item_type_versions": STAFF,
    "register_configuration_item": KEEP,
    "edit_configuration_item": KEEP,
    "transition_configuration_item": KEEP,
    "import_configuration_items": KEEP,
    "export_configuration_items": STAFF,
    "list_configuration_items": STAFF,
    "read_configuration_item": STAFF,
    "list_configuration_item_transitions": STAFF,
    "read_configuration_item_timeline": STAFF,
    "add_dependency": KEEP,
    "remove_dependency": KEEP,
    "list_dependencies": STAFF,
    "read_dependency": STAFF,
    "read_configuration_item_dependencies": STAFF,
    "read_service_dependencies": STAFF,
    "read_configuration_item_impact": STAFF,
    "read_service_impact": STAFF,
    "draw_service": STAFF,
    "draw_configuration_item": STAFF,
}
