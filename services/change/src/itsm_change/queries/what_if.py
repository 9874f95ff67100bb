"""A dry run of approval policies over past changes: nothing is stored."""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_change.rules import card
from itsm_change.rules.approval import Step
from itsm_change.rules.policies import Policy, highest
from itsm_change.rules.what_if import Totals, compared
from itsm_change.tables.finding import policies

CHUNK: Final = 200
CHANGES: Final = """
SELECT id, card, ARRAY(
    SELECT criticality FROM service WHERE service.tenant = change.tenant AND key = ANY(services)
) AS criticalities
FROM change WHERE tenant = $1 AND requested_at >= $2 AND requested_at < $3
AND change_type <> 'standard' AND NOT unauthorized AND (requested_at, id) > ($4, $5)
ORDER BY requested_at, id LIMIT $6
"""
STEPS: Final = """
SELECT change_id, card FROM approval WHERE tenant = $1 AND change_id = ANY($2::uuid[]) ORDER BY asked_at, step
"""
FIRST: Final = UUID(int=0)


async def what_if(
    db: Database, ctx: Context, drafts: Sequence[Policy], since: datetime | None, until: datetime | None
) -> AsyncGenerator[dict[str, Any], None]:
    """A line per change that was requested in [since, until), oldest first, and the totals.

    A draft stands in the place of the policy of its key; the others stay in force.
    """
    replaced = {draft.key for draft in drafts}
    known = [each for each in await policies(db, ctx) if each.key not in replaced] + list(drafts)
    totals = Totals()
    begin, end = since or datetime.min.replace(tzinfo=UTC), until or datetime.max.replace(tzinfo=UTC)
    place = (begin, FIRST)
    while rows := await db.fetch(CHANGES, ctx.tenant, begin, end, *place, CHUNK):
        steps = defaultdict[UUID, list[Step]](list)
        for found in await db.fetch(STEPS, ctx.tenant, [row["id"] for row in rows]):
            steps[found["change_id"]].append(Step.of(json.loads(found["card"])))
        for row in rows:
            change = card.read(row["card"])
            line = compared(change, steps[row["id"]], known, highest(row["criticalities"], change))
            totals.count(line)
            yield line
        place = (change.requested_at, rows[-1]["id"])
    yield {"totals": totals.form()}
