"""Issuing versions of the model by which risk is counted."""

from collections.abc import Mapping
from typing import Any, Final

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_events.risk_model import RiskModelIssued

from itsm_change.commands.issuing import issued, predecessor
from itsm_change.rules.risk_model import RiskModel, check
from itsm_change.tables import risk_model

PLACE: Final = "/v1/risk-models"
DEFAULT: Final = "default"


async def issue(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version."""
    form = dict(given) | {"key": DEFAULT}
    check(RiskModel.of(form | {"version": 1}))

    async def decide() -> Decision:
        before = await predecessor(db, ctx, risk_model, DEFAULT, succeeds=succeeds)
        return issued(ctx, risk_model, before, form, RiskModelIssued, PLACE)

    return await perform(db, ctx, decide)
