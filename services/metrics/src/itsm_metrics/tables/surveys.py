"""Surveys, and the policies that say who is asked."""

from typing import Any

from itsm_chassis.store.tables import record_table
from pydantic_core import to_json
from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Text, UniqueConstraint, Uuid

from itsm_metrics.rules.survey import Survey
from itsm_metrics.rules.survey_policy import RECORD_TYPES
from itsm_metrics.tables.metadata import metadata

MOMENT = DateTime(timezone=True)

survey = record_table(
    "survey",
    metadata,
    Column("external_id", Text),
    Column("import_digest", LargeBinary, comment="of the imported line: tells unchanged from conflict"),
    Column("record", Uuid, comment="null: it is known by its number alone"),
    Column("record_type", Text, nullable=False, info={"values": RECORD_TYPES}),
    Column("number", Text, nullable=False),
    Column("person", Text, nullable=False, comment="an opaque id, as it came over the bus"),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("priority", Text),
    Column("status", Text, nullable=False, info={"values": ("open", "answered", "expired")}),
    Column("score", Integer),
    Column("sent_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("answered_at", MOMENT),
    UniqueConstraint("tenant", "record"),
    UniqueConstraint("tenant", "external_id"),
    Index("survey_sent", "tenant", "sent_at", "id"),
    Index("survey_answered", "tenant", "answered_at", "id"),
    Index("survey_person", "tenant", "person", "sent_at"),
    Index("survey_due", "status", "expires_at"),
)

survey_policy = record_table(
    "survey_policy",
    metadata,
    Column("edition", Integer, nullable=False),
    UniqueConstraint("tenant", "edition"),
)

SURVEY_COLUMNS = [c for c in survey.columns if c.name != "import_digest"]


def survey_row(tenant: str, state: Survey) -> dict[str, Any]:
    """The columns of a survey: the card, and what lists filter and sort by."""
    own = {"tenant": tenant, "card": to_json(state).decode()}
    return own | {c.name: getattr(state, c.name) for c in SURVEY_COLUMNS if c.name not in own}
