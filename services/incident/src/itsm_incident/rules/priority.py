"""Priority from impact and urgency: never set by hand, and every record keeps the matrix that decided."""

from typing import Final, cast

from itsm_incident.rules.incident import Level

DEFAULT: Final = "default.1"
IMPORTED: Final = "imported"
"""Named as the matrix where the history's source decided the priority."""

LEVELS: Final[tuple[Level, ...]] = ("high", "medium", "low")
PRIORITIES: Final = ("P1", "P2", "P3", "P4", "P5")

MATRICES: Final[dict[str, dict[tuple[Level, Level], str]]] = {
    DEFAULT: {
        ("high", "high"): "P1",
        ("high", "medium"): "P2",
        ("high", "low"): "P3",
        ("medium", "high"): "P2",
        ("medium", "medium"): "P3",
        ("medium", "low"): "P4",
        ("low", "high"): "P3",
        ("low", "medium"): "P4",
        ("low", "low"): "P5",
    },
}
"""Versioned: a matrix that has decided is never edited, a new one gets a new name."""


def decide(impact: str, urgency: str, matrix: str = DEFAULT) -> dict[str, str]:
    """The four fields that belong together: impact, urgency, priority and the matrix that decided."""
    priority = MATRICES[matrix][cast("Level", impact), cast("Level", urgency)]
    return {"impact": impact, "urgency": urgency, "priority": priority, "priority_matrix": matrix}
