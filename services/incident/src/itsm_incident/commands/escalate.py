"""Carrying out escalation rules: what was reached comes in, and goes out as what was done about it.

Everything happens in the caller's transaction, with the incidents locked: an agent's edit waits and then
finds its version gone, or was first and is what the rules see. So neither overwrites the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID, uuid5

from itsm_chassis.bus.decoding import Received
from itsm_chassis.clock import text
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.perform import write
from itsm_chassis.store.tables import shown
from itsm_chassis.store.work import Fact, fact
from itsm_events.escalation import EscalationApplied
from itsm_events.notification import NotificationRequested
from itsm_events.sla_clock import SlaClockEvent
from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from itsm_incident.commands.recording import SOURCE, changed
from itsm_incident.rules import card, escalation
from itsm_incident.rules.escalation import Applied, Reached
from itsm_incident.rules.escalation_rule import Rule
from itsm_incident.rules.incident import Event, Incident
from itsm_incident.tables import active_rules, applied_to, incident

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ACTOR: Final = "system:escalation"
SHOWN: Final = ("title", "status", "priority", "service", "assignment_group", "escalation_level")
"""What a notification tells of the incident."""
BREACH: Final = 100
LOCK: Final = Compiled(
    select(incident.c.id, incident.c.tenant, shown(incident))
    .where(incident.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(incident.c.id)
    .with_for_update()
)


class Wanted(NamedTuple):
    """A threshold of an incident's clock, and the rules that are for it."""

    reached: Reached
    clock: SlaClockEvent
    rules: Sequence[Rule]
    due: datetime


async def carry_out(conn: "Connection[Any]", events: Iterable[Received], now: datetime) -> None:
    """Apply every rule that is for one of these thresholds, each once for each.

    The rules are as they stand now; one that was defined after a threshold was said is not for it.
    """
    said = [each for each in events if each.envelope.data["record_type"] == "incident"]
    rules = await active_rules(conn, sorted({each.envelope.tenant for each in said}))
    wanted: dict[tuple[str, UUID], list[Wanted]] = defaultdict(list)
    for each in said:
        want = asked(each, rules.get(each.envelope.tenant, ()))
        if want.rules:
            wanted[each.envelope.tenant, UUID(want.clock.record)].append(want)
    if not wanted:
        return
    ids = sorted({identity for _, identity in wanted})
    rows = await conn.fetch(LOCK.sql, *LOCK.args({"ids": ids}))
    incidents = {row["id"]: row for row in rows}
    applied = await applied_to(conn, ids)
    facts: list[Fact] = []
    for (tenant, identity), wants in wanted.items():
        row = incidents.get(identity)
        if row is None or row["tenant"] != tenant:
            continue
        desk = Desk(Context(tenant, ACTOR, frozenset({"service"}), now), card.read(row["card"]))
        for want in wants:
            desk.meet(want, applied)
        if desk.events:
            await write(conn, desk.ctx, changed(desk.ctx, desk.events), Answer(200, ""), None)
        facts += desk.facts
    await say(conn, facts)


def asked(received: Received, rules: Sequence[Rule]) -> Wanted:
    """What a threshold's event says, and which rules are for it."""
    envelope = received.envelope
    clock = SlaClockEvent.model_validate(envelope.data)
    reached = Reached(
        envelope.subject,
        clock.policy,
        clock.kind,
        clock.measure,
        clock.threshold or BREACH,
        clock.priority,
        clock.service,
        clock.assignment_group,
    )
    fit = [
        rule
        for rule in rules
        if rule.created_at <= envelope.recordedtime and escalation.matches(rule, reached)
    ]
    return Wanted(reached, clock, fit, clock.due or envelope.time)


class Desk:
    """One incident while rules are applied to it."""

    def __init__(self, ctx: Context, incident: Incident) -> None:
        """Nothing is applied yet."""
        self.ctx = ctx
        self.incident = incident
        self.events: list[Event] = []
        self.facts: list[Fact] = []

    def meet(self, want: Wanted, applied: dict[UUID, dict[str, Any]]) -> None:
        """Apply the rules for one threshold, in the order of their keys, unless they were before."""
        before = self.incident
        for rule in want.rules:
            subject = escalation.subject(rule.id, want.reached)
            if subject in applied:
                continue
            left = escalation.Left(
                escalation.moved_on(before, want.reached), overtaken(want.reached, applied)
            )
            done = escalation.apply(rule, self.incident, want.reached, left, self.ctx.now)
            self.incident = done.state
            self.events += done.events
            told = applied_event(want, rule, done)
            applied[subject] = told.model_dump(mode="json")
            self.state(subject, told)
            if done.notified == "done":
                self.state(uuid5(subject, "notification"), notification(want, rule, done))

    def state(self, subject: UUID, said: EscalationApplied | NotificationRequested) -> None:
        """A fact of its own, in the incident's timeline."""
        record = UUID(self.incident.id)
        self.facts.append(fact(self.ctx, SOURCE, said, subject=subject, sequence=1, record=record))


def overtaken(reached: Reached, applied: Mapping[UUID, Mapping[str, Any]]) -> str | None:
    """Why a threshold comes too late to put the incident into other hands: a higher one has done so."""
    higher = any(
        told["clock"] == str(reached.clock)
        and told["threshold"] > reached.threshold
        and told["reassigned"] == "done"
        for told in applied.values()
    )
    return "A higher threshold of the clock has reassigned it already." if higher else None


def applied_event(want: Wanted, rule: Rule, done: Applied) -> EscalationApplied:
    """The fact that a rule was applied, with its outcomes."""
    clock = want.clock
    return EscalationApplied(
        record=clock.record,
        record_type="incident",
        rule=rule.key,
        rule_version=rule.version,
        clock=str(want.reached.clock),
        policy=clock.policy,
        policy_version=clock.policy_version,
        kind=clock.kind,
        measure=clock.measure,
        threshold=want.reached.threshold,
        due=want.due,
        reassigned=done.reassigned,
        flagged=done.flagged,
        notified=done.notified,
        moved_on=done.moved_on,
    )


def notification(want: Wanted, rule: Rule, done: Applied) -> NotificationRequested:
    """The request to tell somebody, with the incident as it stands after the rule."""
    reached, state = want.reached, done.state
    context: dict[str, Any] = {name: getattr(state, name) for name in SHOWN}
    context |= {"rule": rule.key, "rule_name": rule.name, "rule_version": rule.version}
    context |= {"clock": str(reached.clock), "policy": reached.policy, "measure": reached.measure}
    context |= {"threshold": reached.threshold, "due_at": text(want.due), "reassigned": done.reassigned}
    people, groups = done.recipients or ((), ())
    return NotificationRequested(
        record=state.id,
        record_type="incident",
        number=state.number,
        people=list(people),
        groups=list(groups),
        reason="sla_breached" if reached.threshold == BREACH else "sla_threshold_reached",
        template=rule.actions["notify"]["template"],
        words=rule.actions["notify"]["words"],
        context=context,
    )
