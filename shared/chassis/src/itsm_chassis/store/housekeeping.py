"""What may be forgotten, in batches, so that no statement holds many locks."""

from itsm_chassis.store.database import Database

BATCH = 1000
OLD_ANSWERS = """
DELETE FROM idempotency WHERE ctid IN (
    SELECT ctid FROM idempotency WHERE created_at < now() - interval '24 hours'
    LIMIT $1 FOR UPDATE SKIP LOCKED)
"""


async def drop_old_answers(db: Database) -> None:
    """Forget the answers kept for Idempotency-Keys older than 24 hours."""
    while await db.execute(OLD_ANSWERS, BATCH) == f"DELETE {BATCH}":
        pass
