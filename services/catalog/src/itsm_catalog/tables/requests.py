"""Orders, the service requests in them, the approvals that they wait for and the tasks that fulfil them."""

from typing import get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import (
    ARRAY,
    Column,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
)

from itsm_catalog.rules.requests import approval as approval_rules
from itsm_catalog.rules.requests import fulfilment
from itsm_catalog.rules.requests.request import Status
from itsm_catalog.tables.metadata import metadata

service_order = record_table(
    "service_order",
    metadata,
    Column("number", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("ordered_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "number"),
    Index("service_order_ordered", "tenant", "ordered_at", "id"),
    Index("service_order_requester", "tenant", "requester", "ordered_at", "id"),
)
service_order_number = Sequence("service_order_number", metadata=metadata)

service_request = record_table(
    "service_request",
    metadata,
    Column("number", Text, nullable=False),
    Column("external_id", Text),
    Column("import_digest", LargeBinary, comment="of the imported line: tells unchanged from conflict"),
    Column("order", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("offering", Text, nullable=False),
    Column("service", Text),
    Column("requester", Text, nullable=False),
    Column("requested_for", Text, nullable=False),
    Column("business_unit", Text),
    Column("submitted_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("due_at", MOMENT),
    Column(
        "breach_at", MOMENT, comment="the deadline, until it is met, stands still or is said to be missed"
    ),
    Column("closing_from", MOMENT, comment="when the days to closing by itself began; null unless fulfilled"),
    Column("reopen_until", MOMENT, comment="it does not close by itself before"),
    UniqueConstraint("tenant", "number"),
    UniqueConstraint("tenant", "external_id"),
    Index("service_request_submitted", "tenant", "submitted_at", "id"),
    Index("service_request_updated", "tenant", "updated_at", "id"),
    Index("service_request_status", "tenant", "status", "submitted_at", "id"),
    Index("service_request_due", "tenant", "due_at", "id"),
    Index("service_request_order", "tenant", "order", "id"),
    Index("service_request_service", "tenant", "service", "status", "submitted_at", "id"),
    Index("service_request_offering", "tenant", "offering", "status", "submitted_at", "id"),
    Index("service_request_requester", "tenant", "requester", "submitted_at", "id"),
    Index("service_request_for", "tenant", "requested_for", "submitted_at", "id"),
    Index("service_request_unit", "tenant", "business_unit", "submitted_at", "id"),
)
Index(
    "service_request_breach",
    service_request.c.breach_at,
    postgresql_where=service_request.c.breach_at.isnot(None),
)
Index(
    "service_request_closing",
    service_request.c.closing_from,
    postgresql_where=service_request.c.closing_from.isnot(None),
)
service_request_number = Sequence("service_request_number", metadata=metadata)

approval = record_table(
    "approval",
    metadata,
    Column("record", Uuid, nullable=False),
    Column("number", Text, nullable=False, comment="the request's"),
    Column("step", Integer, nullable=False),
    Column("group", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(approval_rules.Status)}),
    Column("voters", ARRAY(Text), nullable=False),
    Column("waiting", ARRAY(Text), nullable=False, comment="who may still vote"),
    Column("asked_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Index("approval_record", "record", "step", "id"),
    Index("approval_asked", "tenant", "asked_at", "id"),
    Index("approval_status", "tenant", "status", "asked_at", "id"),
    Index("approval_voters", "voters", postgresql_using="gin"),
)
Index(
    "approval_waiting",
    approval.c.waiting,
    postgresql_using="gin",
    postgresql_where=approval.c.status == "pending",
)
Index("approval_expiry", approval.c.expires_at, postgresql_where=approval.c.status == "pending")

fulfilment_task = record_table(
    "fulfilment_task",
    metadata,
    Column("request", Uuid, nullable=False),
    Column("number", Text, nullable=False, comment="the request's"),
    Column("key", Text, nullable=False),
    Column("assignment_group", Text, nullable=False),
    Column("assignee", Text),
    Column("status", Text, nullable=False, info={"values": get_args(fulfilment.Status)}),
    Column("planned_at", MOMENT, nullable=False),
    Column("opened_at", MOMENT),
    UniqueConstraint("request", "key"),
    Index("fulfilment_task_planned", "tenant", "planned_at", "id"),
    Index("fulfilment_task_group", "tenant", "assignment_group", "status", "planned_at", "id"),
    Index("fulfilment_task_assignee", "tenant", "assignee", "status", "planned_at", "id"),
    Index("fulfilment_task_status", "tenant", "status", "planned_at", "id"),
)
