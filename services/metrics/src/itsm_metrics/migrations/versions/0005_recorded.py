"""Raw events by when their service stored them: how fresh a figure is, and how it was believed."""

from itsm_chassis.store import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RECORDED = "CREATE INDEX raw_event_recorded ON raw_event (recorded_at, tenant, resource);"


def upgrade() -> None:
    """Create it."""
    schema.execute(RECORDED)
