"""A calendar and a policy as a manager sends them."""

from typing import Any, Final

DAY: Final = [{"opens": "08:00", "closes": "18:00"}]
OFFICE: Final[dict[str, Any]] = {
    "key": "office",
    "name": "Office hours Stockholm",
    "valid_from": "2012-01-01T00:00:00Z",
    "zone": "Europe/Stockholm",
    "weekly": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), DAY),
    "holidays": [
        {"on": "2012-12-24", "name": "Christmas Eve", "hours": [{"opens": "08:00", "closes": "12:00"}]}
    ],
}
GOLD: Final[dict[str, Any]] = {
    "key": "gold",
    "name": "Gold",
    "kind": "sla",
    "valid_from": "2012-01-01T00:00:00Z",
    "calendar": "office",
    "services": ["print", "mail"],
    "targets": [
        {"measure": "respond", "seconds": 1800},
        {"measure": "resolve", "seconds": 14400, "priority": "P1"},
        {"measure": "resolve", "seconds": 7200, "priority": "P1", "service": "mail"},
    ],
    "pauses": ["vendor", "caller"],
    "availability_target": 99.5,
}
