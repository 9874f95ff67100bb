"""Bodies about offerings that come in."""

from typing import Annotated, Any, Final

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Words
from itsm_events.offering import Role
from itsm_sla.policy_form import LONGEST_S
from pydantic import Field, StringConstraints

from itsm_catalog.api.key import Key
from itsm_catalog.rules.requests.quorum import Rule

MOST_STEPS: Final = 10
MOST_TASKS: Final = 50
MOST_KEYS: Final = 100

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Duration = Annotated[int, Field(ge=1, le=LONGEST_S)]
Share = Annotated[float, Field(gt=0, le=100)]


class StepIn(StrictModel):
    """An approval step; the steps are asked one after the other.

    - percentage: of the group, that has to accept; for the rule of that name
    - expires_after_s: how long it waits before it is refused; for ever where absent
    """

    group: Key
    rule: Rule
    percentage: Share | None = None
    expires_after_s: Duration | None = None


class TaskIn(StrictModel):
    """A fulfilment task; it opens once those in `after` are done; tasks without it run in parallel."""

    key: Key
    name: Name
    assignment_group: Key
    after: Annotated[tuple[Key, ...], Field(max_length=MOST_TASKS)] = ()


class NewOffering(StrictModel):
    """A version of an offering.

    - delivery_time_s: of the calendar's open time, from submission; nothing is due where absent
    - calendar: 24x7 where absent
    - reopen_days: for how many days after fulfilment a request may be reopened
    - approval: none where empty
    - form: JSON Schema (2020-12) of the answers, an object
    - business_units: who may order it, the units below them included; everybody where empty
    - roles: who may order it; everybody where empty
    """

    key: Key
    name: Name
    service: Key
    description: Words | None = None
    category: Name | None = None
    price: Annotated[float, Field(ge=0, le=1e12)] | None = None
    currency: Currency | None = None
    delivery_time_s: Duration | None = None
    calendar: Key | None = None
    reopen_days: Annotated[int, Field(ge=0, le=365)] = 0
    approval: Annotated[tuple[StepIn, ...], Field(max_length=MOST_STEPS)] = ()
    tasks: Annotated[tuple[TaskIn, ...], Field(max_length=MOST_TASKS)] = ()
    form: dict[str, Any]
    business_units: Annotated[tuple[Key, ...], Field(max_length=MOST_KEYS)] = ()
    roles: Annotated[tuple[Role, ...], Field(max_length=MOST_KEYS)] = ()


class Answers(StrictModel):
    """Answers to the form of a version."""

    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    answers: dict[str, Any]
