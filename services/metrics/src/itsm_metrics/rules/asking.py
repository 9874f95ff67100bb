"""Whom to ask about what was done: from an incident's resolution or a request's fulfilment to a survey."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from itsm_metrics.rules.survey import Survey
from itsm_metrics.rules.survey_policy import RecordType, SurveyPolicy

ABOUT: Final[dict[str, RecordType]] = {
    "itsm.incident.resolved.v1": "incident",
    "itsm.service_request.fulfilled.v1": "service_request",
}
"""What is heard, and what it is about."""
SHOWN: Final = (
    "number",
    "title",
    "service",
    "assignment_group",
    "priority",
    "offering",
    "business_unit",
)
WHOLE: Final = 2**64


class Served(NamedTuple):
    """Something was done for somebody: the record, by an opaque id the person, and when."""

    tenant: str
    record: UUID
    record_type: RecordType
    person: str
    at: datetime
    shown: Mapping[str, Any]


def served(said: Mapping[str, Any]) -> Served | None:
    """What an event's envelope tells of; None where nobody is to be asked.

    Imported history asks nobody, nor does a record that is for nobody, such as an alert's incident.
    """
    about, state = ABOUT.get(said["type"]), said["data"]
    person = state.get("caller") or state.get("requested_for") or state.get("requester")
    if about is None or person is None or said.get("imported"):
        return None
    shown = {name: state.get(name) for name in SHOWN}
    time = datetime.fromisoformat(said["time"])
    return Served(said["tenant"], UUID(said["subject"]), about, person, time, shown)


def asked(done: Served, policy: SurveyPolicy, last_asked: datetime | None, now: datetime) -> Survey | None:
    """The survey about what was done; None where the policy leaves the person in peace.

    `last_asked` is when the same person was last asked about anything.
    """
    if done.record_type not in policy.record_types or not drawn(done.record, policy.share):
        return None
    if now - done.at >= policy.valid or (last_asked is not None and now - last_asked < policy.quiet):
        return None
    return Survey(
        id=survey_of(done.tenant, done.record),
        record=done.record,
        record_type=done.record_type,
        person=done.person,
        sent_at=now,
        expires_at=now + policy.valid,
        change_within_s=policy.change_within_s,
        policy_edition=policy.edition,
        **done.shown,
    )


def survey_of(tenant: str, record: UUID) -> UUID:
    """The id of a record's one survey."""
    return uuid5(record, f"survey {tenant}")


def drawn(record: UUID, share: float) -> bool:
    """Whether the lot falls on a record: always the same for the same record, and as likely as the share."""
    return int.from_bytes(sha256(record.bytes).digest()[:8]) < share * WHOLE
