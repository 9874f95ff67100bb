"""An offering as a manager sends it, and a service for it."""

from typing import Any, Final

from support.services import Running
from support.shop import LIVE

LAPTOP_FORM: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["model", "reason"],
    "additionalProperties": False,
    "properties": {
        "model": {
            "title": "Model",
            "oneOf": [
                {"const": "light", "title": "Light, 1.1 kg"},
                {"const": "strong", "title": "Strong, 2.3 kg"},
            ],
        },
        "reason": {"type": "string", "minLength": 3, "maxLength": 500, "x-widget": "textarea"},
        "needed_on": {"type": "string", "format": "date"},
        "screens": {"type": "integer", "minimum": 0, "maximum": 3, "default": 1},
    },
}
LAPTOP: Final[dict[str, Any]] = {
    "key": "laptop",
    "name": "A laptop",
    "service": "workplace",
    "description": "With a charger.",
    "category": "hardware",
    "price": 1450.5,
    "currency": "EUR",
    "delivery_time_s": 5 * 86_400,
    "calendar": None,
    "reopen_days": 14,
    "approval": [
        {"group": "managers", "rule": "percentage", "percentage": 60.0, "expires_after_s": 7 * 86_400},
        {"group": "finance", "rule": "any", "percentage": None, "expires_after_s": None},
    ],
    "tasks": [
        {"key": "buy", "name": "Buy it", "assignment_group": "purchasing", "after": []},
        {"key": "account", "name": "Prepare the account", "assignment_group": "desk", "after": []},
        {"key": "hand-over", "name": "Hand over", "assignment_group": "desk", "after": ["buy", "account"]},
    ],
    "form": LAPTOP_FORM,
    "business_units": [],
    "roles": [],
}
WORKPLACE: Final = {"key": "workplace", "name": "The workplace"}
SHORT: Final[dict[str, Any]] = {"name": "Something", "service": "workplace", "form": {"type": "object"}}


async def in_catalogue(catalog: Running, key: str) -> None:
    """A service that is live; nothing is offered of it yet."""
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", key=key, name=f"The {key} service")
    await catalog.db.execute(LIVE, key)
