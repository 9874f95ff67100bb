"""The figures of changes and deployments, DORA's five among them."""

from typing import Final

from itsm_metrics.rules.kpis.kpi import CHANGE, CHANGE_DETAIL, Kpi

OF_CHANGES: Final = ("change",)
DEPLOYED: Final = ("change", "deployment")
WITH_SUSPECTS: Final = (*DEPLOYED, "suspect")
BASE: Final = (*CHANGE, *CHANGE_DETAIL)
BESIDE: Final = "changes_not_deployed"
UNITS: Final = (
    "; of services with production deployments in the period these are counted, when they ended, those of "
    "one release or one change once; of other services implemented changes; basis says which it was"
)
ASIDE: Final = (
    "; changes_not_deployed counts changes implemented for services with production deployments, which "
    "none of these belongs to"
)

CHANGES = (
    Kpi(
        "change_failure_rate",
        "Change failure rate",
        "ratio",
        "failure",
        "change_failed",
        "changes implemented in the period that failed / changes implemented in the period; a change fails "
        "if it was closed as unsuccessful, was backed out, or is confirmed to have caused an incident, a "
        "deployment if it failed, was rolled back, or its change failed; each fails once however many these "
        "are; interval is from that share to the share with those suspected of an incident that nobody has "
        "judged; a failure is dated by implemented_at, whenever it came to light" + UNITS + ASIDE,
        formula_version=2,
        excluded=(BESIDE,),
        base=BASE,
        resources=WITH_SUSPECTS,
        practice="Release and deployment management",
        direction="down",
    ),
    Kpi(
        "deployment_frequency",
        "Deployment frequency",
        "count",
        "frequency",
        "change_implemented",
        "changes implemented in the period: how many, not how many a day" + UNITS + ASIDE,
        formula_version=2,
        excluded=(BESIDE,),
        base=BASE,
        resources=DEPLOYED,
        practice="Release and deployment management",
        direction="up",
    ),
    Kpi(
        "change_lead_time",
        "Change lead time",
        "s",
        "lead",
        "change_implemented",
        "implemented_at - requested_at, over changes implemented in the period, or the end of a deployment - "
        "its first commit; one below zero stays in; commit_unknown counts deployments whose commit was not "
        "said" + UNITS + ASIDE,
        formula_version=2,
        excluded=("commit_unknown", BESIDE),
        base=BASE,
        resources=DEPLOYED,
        practice="Release and deployment management",
        direction="down",
    ),
    Kpi(
        "recovery_time",
        "Recovery time of failed changes",
        "s",
        "recovery",
        "change_failed",
        "from the failure until it was over, for the changes implemented in the period that failed; it began "
        "when the first confirmed incident was opened, else at implemented_at, or when the deployment that "
        "failed ended; it was over when the change was backed out, the deployment rolled back, or another "
        "that reverts or fixes it succeeded, or earlier, when the last of all its confirmed incidents was "
        "finally resolved; a back-out before the first of these incidents ended none of them; unrecovered "
        "counts the failures that are not over so far" + UNITS,
        formula_version=2,
        excluded=("unrecovered",),
        base=BASE,
        resources=(*WITH_SUSPECTS, "incident"),
        practice="Release and deployment management",
        direction="down",
    ),
    Kpi(
        "rework_rate",
        "Rework rate",
        "ratio",
        "rework",
        "change_reverts",
        "changes implemented in the period that revert an earlier one, or deployments that revert or fix an "
        "earlier one / changes implemented in the period" + UNITS + ASIDE,
        formula_version=2,
        excluded=(BESIDE,),
        base=BASE,
        resources=DEPLOYED,
        practice="Release and deployment management",
        direction="down",
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
        practice="Change management",
        direction="down",
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
        practice="Change management",
        direction="down",
    ),
)
