"""People, groups and business units: each kind in one value, and how a new state of one is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Generic, cast
from uuid import UUID

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import Event
from itsm_events import business_unit as said_of_units
from itsm_events import group as said_of_groups
from itsm_events import person as said_of_people
from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Table

from itsm_catalog.commands.members import members
from itsm_catalog.rules.business_units import BusinessUnit
from itsm_catalog.rules.directory import E, What, happened
from itsm_catalog.rules.groups import Group
from itsm_catalog.rules.people import Person
from itsm_catalog.tables import business_unit, people_group, person
from itsm_catalog.tables.people import identity


def fresh(_tenant: str, _key: str) -> UUID:
    """An id that tells nothing."""
    return new_id()


def nothing(_tenant: str, _record: Any) -> Sequence[Work]:
    """A kind that is its row and no more."""
    return ()


@dataclass(frozen=True)
class Kind(Generic[E]):
    """What tells the three apart: where they are kept, what is said of them, what a key makes its id."""

    record: type[E]
    table: Table
    place: str
    events: Mapping[What, type[Event]]
    identity: Callable[[str, str], UUID] = fresh
    beside: Callable[[str, E], Sequence[Work]] = nothing
    """What is written along with a state."""

    @cached_property
    def reader(self) -> TypeAdapter[E]:
        """From a card back to the record."""
        return TypeAdapter(self.record)

    def read(self, card: str) -> E:
        """The record that a card shows."""
        return self.reader.validate_json(card)

    def new(self, ctx: Context, given: Mapping[str, Any]) -> E:
        """A record that begins with these fields, `key` and `name` among them."""
        key, make = given["key"], cast("Any", self.record)
        known = {"id": self.identity(ctx.tenant, key), "key": key, "name": given["name"]}
        record: E = make(**known, registered_at=ctx.now, updated_at=ctx.now).changed(given)
        return record


PEOPLE = Kind(
    Person,
    person,
    "/v1/people",
    {
        "registered": said_of_people.PersonRegistered,
        "updated": said_of_people.PersonUpdated,
        "deactivated": said_of_people.PersonDeactivated,
    },
    identity,
)
GROUPS = Kind(
    Group,
    people_group,
    "/v1/groups",
    {
        "registered": said_of_groups.GroupRegistered,
        "updated": said_of_groups.GroupUpdated,
        "deactivated": said_of_groups.GroupDeactivated,
    },
    beside=members,
)
UNITS = Kind(
    BusinessUnit,
    business_unit,
    "/v1/business-units",
    {
        "registered": said_of_units.BusinessUnitRegistered,
        "updated": said_of_units.BusinessUnitUpdated,
        "deactivated": said_of_units.BusinessUnitDeactivated,
    },
)


def row(kind: Kind[E], tenant: str, record: E) -> dict[str, Any]:
    """The columns of a record."""
    values: dict[str, Any] = {"tenant": tenant, "card": to_json(record).decode()}
    return values | {c.name: getattr(record, c.name) for c in kind.table.columns if c.name not in values}


def stated(ctx: Context, kind: Kind[E], before: E | None, after: E) -> Fact:
    """The event that leads from one state to the next."""
    fields = asdict(after)  # type: ignore[call-overload]  # each entry is a dataclass
    said = kind.events[happened(before, after)](**fields, person=after.key)
    return fact(ctx, "catalog", said, subject=after.id, sequence=after.version)


def written(ctx: Context, kind: Kind[E], before: E | None, after: E) -> Decision:
    """The decision to store a state, to say so and to answer with it."""
    values = row(kind, ctx.tenant, after)
    work = Work(
        "update" if before else "insert",
        [stated(ctx, kind, before, after)],
        kind.table,
        after.id,
        ctx.tenant,
        values,
        before.version if before else 0,
    )
    place = None if before else f"{kind.place}/{after.id}"
    answer = Answer(200 if before else 201, values["card"], after.version, place)
    return [work, *kind.beside(ctx.tenant, after)], answer
