"""Which escalations a threshold has brought, and which it will bring."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from itsm_sla.clock import Clock
from itsm_sla.moment import Moment

from itsm_incident.rules.clock import subject
from itsm_incident.rules.escalation import Reached, matches
from itsm_incident.rules.escalation_rule import Rule

OUTCOMES: Final = ("applied_at", "reassigned", "flagged", "notified", "moved_on")

Told = Mapping[str, Any]
"""What was said of an escalation, and when it was applied."""


def escalations(
    record: UUID,
    clock: Clock,
    percent: int,
    latest: Moment,
    rules: Iterable[Rule],
    applied: Iterable[Told],
    *,
    reached: bool,
) -> list[dict[str, Any]]:
    """Those of one threshold: as they were applied; and the rules that will be, as things stand."""
    identity = subject(record, clock.identity)
    at = clock.attached_by if clock.policy.by_group else latest
    asked = Reached(
        identity,
        clock.policy.key,
        clock.policy.kind,
        clock.measure,
        percent,
        latest.priority,
        latest.service,
        at.assignment_group,
    )
    done = [told for told in applied if told["clock"] == str(identity) and told["threshold"] == percent]
    over = reached or clock.ended_at is not None
    known = {told["rule"] for told in done}
    will = [rule for rule in rules if not over and rule.key not in known and matches(rule, asked)]
    return [shown(told["rule"], told["rule_version"], told) for told in done] + [
        shown(rule.key, rule.version, {}) for rule in will
    ]


def shown(rule: str, version: int, told: Told) -> dict[str, Any]:
    """One of them; without `applied_at` it is still to come."""
    return {"rule": rule, "rule_version": version} | {name: told.get(name) for name in OUTCOMES}
