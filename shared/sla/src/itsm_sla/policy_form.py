"""A policy version as plain data, as it travels in events and is stored."""

from typing import Any, cast

from itsm_sla.form import Form
from itsm_sla.instant import rfc3339
from itsm_sla.policy import KINDS, MEASURES, THRESHOLDS, Kind, Measure, Policy, Target

LONGEST_S = 366 * 86_400
"""No target is longer than a year of open time."""


def policy_dict(policy: Policy) -> dict[str, Any]:
    """The policy as JSON types; `policy_from` reads it back to an equal one."""
    return {
        "key": policy.key,
        "version": policy.version,
        "name": policy.name,
        "kind": policy.kind,
        "valid_from": rfc3339(policy.valid_from),
        "issued_at": rfc3339(policy.issued_at),
        "retired": policy.retired,
        "calendar": policy.calendar,
        "services": sorted(policy.services),
        "groups": sorted(policy.groups),
        "targets": [
            {
                "measure": each.measure,
                "seconds": each.seconds,
                "priority": each.priority,
                "service": each.service,
            }
            for each in policy.targets
        ],
        "pauses": None if policy.pauses is None else sorted(policy.pauses),
        "thresholds": list(policy.thresholds),
    }


def policy_from(value: object) -> Policy:
    """The policy version that the data describes; Malformed with every finding where it is none.

    Needed are key, version, name, kind, valid_from, issued_at, calendar and targets. `pauses` absent or
    null: every hold pauses; an empty array: none does.
    """
    form = Form(value)
    policy = Policy(
        form.text("key"),
        form.whole("version", 1, 2**31 - 1),
        form.text("name"),
        cast("Kind", form.option("kind", KINDS)),
        form.time("valid_from"),
        form.time("issued_at"),
        form.text("calendar"),
        targets(form),
        form.words("services"),
        form.words("groups"),
        None if form.given("pauses", needed=False) is None else form.words("pauses"),
        thresholds(form),
        form.flag("retired"),
    )
    form.check()
    return policy


def targets(form: Form) -> tuple[Target, ...]:
    """The targets, at least one, none of which stands for the same as another."""
    found: list[Target] = []
    scopes: set[tuple[str, str | None, str | None]] = set()
    for each in form.forms("targets", needed=True):
        target = Target(
            cast("Measure", each.option("measure", MEASURES)),
            each.whole("seconds", 1, LONGEST_S),
            each.text("priority", needed=False) or None,
            each.text("service", needed=False) or None,
        )
        each.seal()
        scope = (target.measure, target.priority, target.service)
        if scope in scopes:
            each.refuse("", "is for the same measure, priority and service as another target", "duplicate")
        scopes.add(scope)
        found.append(target)
    if form.value.get("targets") == []:
        form.refuse("targets", "must have at least one target")
    return tuple(found)


def thresholds(form: Form) -> tuple[int, ...]:
    """Per cent of the target, rising, the last 100, which is the breach."""
    found = form.items("thresholds")
    if not found and form.value.get("thresholds") is None:
        return THRESHOLDS
    fit = all(isinstance(each, int) and not isinstance(each, bool) and 1 <= each <= 100 for each in found)
    if not found or not fit or found != sorted(set(found)) or found[-1] != 100:
        form.refuse("thresholds", "must be whole per cents from 1 to 100, rising, the last one 100")
        return THRESHOLDS
    return tuple(found)
