"""The memberships of a group, kept beside its card in the same commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context, Key
from itsm_chassis.store.work import Work
from sqlalchemy import ARRAY, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from itsm_catalog.rules.groups import Group
from itsm_catalog.tables import membership

TENANT, GROUP = bindparam("tenant", type_=Text), bindparam("group", type_=Text)
NOW = bindparam("people", type_=ARRAY(Text))

gone = delete(membership).where(
    membership.c.tenant == TENANT, membership.c.group_key == GROUP, membership.c.person != func.all(NOW)
)
there = insert(membership).from_select(
    ["tenant", "group_key", "person"], select(TENANT, GROUP, func.unnest(NOW))
)
KEEP = Compiled(there.on_conflict_do_nothing().add_cte(gone.cte("gone")))


@dataclass(frozen=True, slots=True)
class Members(Work):
    """Who is in a group from now on; its row, which is written first, keeps other writers out."""

    group: str = ""
    people: Sequence[str] = field(default_factory=tuple)

    def statement(self, keyed: bool) -> Compiled:  # noqa: ARG002  # the answer is kept with the group's row
        """Drops who left and adds who came."""
        return KEEP

    def binds(self, ctx: Context, key: Key | None, answer: Answer) -> dict[str, Any]:  # noqa: ARG002  # as for statement
        """Values for it."""
        return {"tenant": self.tenant, "group": self.group, "people": list(self.people)}


def members(tenant: str, group: Group) -> list[Work]:
    """What to write beside a group."""
    return [Members("say", (), tenant=tenant, group=group.key, people=group.members)]
