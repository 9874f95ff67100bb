"""Categories of offerings, compared without case and accents."""

from itsm_chassis.store import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMN = r"""
ALTER TABLE offering ADD COLUMN category_words TEXT;
UPDATE offering SET category_words = trim(regexp_replace(
    regexp_replace(lower(normalize(category, NFKD)), '[\u0300-\u036f]', '', 'g'),
    '[[\:punct\:][\:space\:]]+', ' ', 'g'
));
CREATE INDEX offering_category ON offering (tenant, category_words, name, id);
"""


def upgrade() -> None:
    """Add the column; offerings that are there already have it as well."""
    schema.execute(COLUMN)


def downgrade() -> None:
    """Only what can be computed again goes."""
    schema.execute("ALTER TABLE offering DROP COLUMN category_words")
