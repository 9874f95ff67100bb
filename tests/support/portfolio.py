"""A service on its way through the portfolio."""

from typing import Any

from support.agreements import GOLD, OFFICE
from support.services import Caller

TO_DESIGN = ("under_evaluation", "chartered", "in_design")


async def moved(caller: Caller, key: str, *states: str) -> Any:
    """The service after these steps, each of which must be allowed."""
    shown: Any = None
    for state in states:
        path = f"/v1/services/{key}/transitions"
        answer = await caller.call("POST", path, {"to": state}, If_Match="*")
        assert answer.status_code == 200, answer.text
        shown = answer.json()
    return shown


async def live(caller: Caller, key: str = "mail", **fields: Any) -> Any:
    """A live service with a policy of gold and an offering."""
    if (await caller.call("GET", "/v1/sla-policies/gold")).status_code == 404:
        await caller.creates("/v1/calendars", **OFFICE)
        await caller.creates("/v1/sla-policies", **GOLD)
    await caller.creates("/v1/services", key=key, name=f"The {key}", sla_policy="gold", **fields)
    await moved(caller, key, *TO_DESIGN)
    form = {"type": "object"}
    await caller.creates("/v1/offerings", key=f"{key}-box", name="A box", service=key, form=form)
    return await moved(caller, key, "live")
