"""What may be said of critical success factors and targets."""

from typing import Annotated

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import Field, StringConstraints

from itsm_metrics.api.improvements_in import ABSENT, Filters, Number
from itsm_metrics.rules.target_period import Period

Key = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Stands in paths as it is, and is too short to be taken for a UUID."""
Days = Annotated[int, Field(ge=1, le=366)]


class SuccessFactorPatch(StrictModel):
    """A merge patch (RFC 7396); the key stays."""

    name: Title = ABSENT
    description: Words | None = None
    owner: Name = ABSENT


class SuccessFactorIn(SuccessFactorPatch):
    """Something that must go right for the business, and who answers for it."""

    key: Key
    name: Title
    owner: Name


class TargetPatch(StrictModel):
    """A merge patch (RFC 7396); the key stays. What it is judged by changed, it is judged anew.

    - kpi: the slug of a figure that has a good side; filters: its dimensions, empty where one is absent
    - period: the last whole month or week of the zone, or the last `days` days
    - green, amber: from where on the figure is in that band, in its unit; beyond amber it is red
    """

    name: Title = ABSENT
    success_factor: Key = ABSENT
    kpi: Name = ABSENT
    filters: Filters = ABSENT
    period: Period = ABSENT
    days: Days | None = None
    zone: Name = ABSENT
    green: Number = ABSENT
    amber: Number = ABSENT
    owner: Name = ABSENT


class TargetIn(TargetPatch):
    """What a figure should be, and who answers for it. `success_factor` is a key."""

    key: Key
    name: Title
    success_factor: Key
    kpi: Name
    period: Period
    green: Number
    amber: Number
    owner: Name
