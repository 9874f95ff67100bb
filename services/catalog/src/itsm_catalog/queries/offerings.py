"""Versions of offerings, and whether answers fit their forms."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import Missing
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_catalog.queries import read
from itsm_catalog.rules.answers import check_answers
from itsm_catalog.rules.service_levels import invalid
from itsm_catalog.tables import offering

VERSION: Final = "SELECT (envelope::json -> 'data')::text FROM event WHERE subject = $1 AND sequence = $2"


async def version(db: Database, ctx: Context, reference: str, number: int | None = None) -> dict[str, Any]:
    """One version of an offering, the latest by default; raises Missing."""
    shown: dict[str, Any] = json.loads((await read(db, ctx, offering, reference)).text)
    identity = UUID(shown.pop("id"))
    del shown["versions"]
    if number in (None, shown["version"]):
        return shown
    text = await db.fetchval(VERSION, identity, number)
    if text is None:
        raise Missing("version of this offering")
    return dict(json.loads(text))


async def fitting(
    db: Database, ctx: Context, reference: str, number: int | None, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """The version, the latest by default, to whose form the answers fit. Raises Missing and Invalid."""
    found = await version(db, ctx, reference, number)
    if errors := check_answers(found["form"], answers):
        raise invalid(errors)
    return {"offering": found["key"], "version": found["version"]}
