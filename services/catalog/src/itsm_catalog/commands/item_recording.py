"""From an item to what the store writes: the row, the event, the answer."""

from typing import Any, Final

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import configuration_item as said
from pydantic_core import to_json

from itsm_catalog.rules.configuration_items import ConfigurationItem
from itsm_catalog.tables import configuration_item

SOURCE: Final = "catalog"
SAID: Final = tuple(said.ConfigurationItemEvent.model_fields)


def item_fact(
    ctx: Context, item: ConfigurationItem, before: ConfigurationItem | None, *, imported: bool = False
) -> Fact:
    """The event row of an item: that it became known, changed, or is out of use."""
    event: type[said.ConfigurationItemEvent] = said.ConfigurationItemUpdated
    if before is None:
        event = said.ConfigurationItemRegistered
    elif item.status == "retired":
        event = said.ConfigurationItemRetired
    spoken = event.model_construct(**{name: getattr(item, name) for name in SAID})
    return fact(ctx, SOURCE, spoken, subject=item.id, sequence=item.version, imported=imported)


def row(tenant: str, item: ConfigurationItem) -> dict[str, Any]:
    """The columns of an item: the card, and what lists filter and sort by."""
    values: dict[str, Any] = {"tenant": tenant, "card": to_json(item).decode()}
    return values | {
        c.name: getattr(item, c.name) for c in configuration_item.columns if c.name not in values
    }


def changed(ctx: Context, item: ConfigurationItem, before: ConfigurationItem) -> tuple[list[Work], Answer]:
    """The decision to store an item that has moved on from `before`."""
    values, happened = row(ctx.tenant, item), item_fact(ctx, item, before)
    work = Work("update", [happened], configuration_item, item.id, ctx.tenant, values, before.version)
    return [work], Answer(200, values["card"], item.version)
