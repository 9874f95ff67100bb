"""The figures of changes, DORA's five among them."""

from typing import Final

from itsm_metrics.rules.kpis.kpi import CHANGE, CHANGE_DETAIL, Kpi

OF_CHANGES: Final = ("change",)
WITH_SUSPECTS: Final = ("change", "suspect")
IMPLEMENTED: Final = "implemented_changes"
"""What stands for production deployments where a service has none."""
BASE: Final = (*CHANGE, *CHANGE_DETAIL)

CHANGES = (
    Kpi(
        "change_failure_rate",
        "Change failure rate",
        "ratio",
        "failure",
        "change_failed",
        "changes implemented in the period that failed / changes implemented in the period; a change fails "
        "if it was closed as unsuccessful, was backed out, or is confirmed to have caused an incident, and "
        "fails once however many these are; interval is from that share to the share with those suspected of "
        "an incident that nobody has judged; a failure is dated by implemented_at, whenever it came to light",
        base=BASE,
        resources=WITH_SUSPECTS,
        basis=IMPLEMENTED,
    ),
    Kpi(
        "deployment_frequency",
        "Deployment frequency",
        "count",
        "count",
        "change_implemented",
        "changes implemented in the period: how many, not how many a day",
        base=BASE,
        resources=OF_CHANGES,
        basis=IMPLEMENTED,
    ),
    Kpi(
        "change_lead_time",
        "Change lead time",
        "s",
        "duration",
        "change_implemented",
        "implemented_at - requested_at, over changes implemented in the period; one below zero stays in",
        base=BASE,
        resources=OF_CHANGES,
        basis=IMPLEMENTED,
    ),
    Kpi(
        "recovery_time",
        "Recovery time of failed changes",
        "s",
        "recovery",
        "change_failed",
        "from the failure until it was over, for the changes implemented in the period that failed; it began "
        "when the first confirmed incident was opened, else at implemented_at; it was over when the change "
        "was backed out, or earlier, when the last of all its confirmed incidents was finally resolved; a "
        "back-out before the first of these incidents ended none of them; unrecovered counts the failures "
        "that are not over so far",
        excluded=("unrecovered",),
        base=BASE,
        resources=(*WITH_SUSPECTS, "incident"),
        basis=IMPLEMENTED,
    ),
    Kpi(
        "rework_rate",
        "Rework rate",
        "ratio",
        "rate",
        "change_reverts",
        "changes implemented in the period that revert an earlier one / changes implemented in the period",
        base=BASE,
        resources=OF_CHANGES,
        basis=IMPLEMENTED,
    ),
    Kpi(
        "emergency_ratio",
        "Emergency ratio",
        "ratio",
        "rate",
        "change_emergency",
        "emergency changes closed in the period, unauthorised ones aside / all changes closed in the period",
        base=BASE,
        resources=OF_CHANGES,
    ),
    Kpi(
        "unauthorised_ratio",
        "Ratio of unauthorised changes",
        "ratio",
        "rate",
        "change_unauthorized",
        "unauthorised changes closed in the period / all changes closed in the period",
        base=BASE,
        resources=OF_CHANGES,
    ),
)
