"""Critical success factors and targets of figures, said by the metrics service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal["active", "retired"]


class Evaluation(BaseModel):
    """What the figure was of [since, until), and in which band it is since when."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    value: float | None = None
    n: int
    since: AwareDatetime
    until: AwareDatetime
    records: str
    """The address of the records behind it."""
    band: Literal["green", "amber", "red", "unknown"]
    band_since: AwareDatetime
    evaluated_at: AwareDatetime


class SuccessFactorEvent(Event):
    """The full state of a critical success factor: something that must go right."""

    key: str
    name: str
    description: Annotated[str | None, PRIVATE] = None
    owner: Annotated[str, PERSON]
    status: Status


class SuccessFactorDefined(SuccessFactorEvent):
    """There is a new one."""

    type: ClassVar[str] = "itsm.success_factor.defined.v1"


class SuccessFactorUpdated(SuccessFactorEvent):
    """Its fields have changed."""

    type: ClassVar[str] = "itsm.success_factor.updated.v1"


class SuccessFactorRetired(SuccessFactorEvent):
    """It counts no more."""

    type: ClassVar[str] = "itsm.success_factor.retired.v1"


class KpiTargetEvent(Event):
    """The full state of a target.

    - success_factor: the key of the critical success factor that it serves
    - filters: the dimensions of the figure that it is about; empty where one is absent
    - period: the last whole month or week of the zone, or the last `days` days
    - green, amber: from where on the figure is in that band, in its unit; beyond it is red
    - breached_at: since when it is breached; null: it is not
    - evaluation: the last one; null: none since it was defined, or since what it is judged by changed
    """

    key: str
    name: str
    success_factor: str
    kpi: str
    filters: dict[str, str] = Field(default_factory=dict)
    period: Literal["month", "week", "days"]
    days: int | None = None
    zone: str
    green: float
    amber: float
    owner: Annotated[str, PERSON]
    status: Status
    breached_at: AwareDatetime | None = None
    evaluation: Evaluation | None = None


class KpiTargetDefined(KpiTargetEvent):
    """There is a new one."""

    type: ClassVar[str] = "itsm.kpi_target.defined.v1"


class KpiTargetUpdated(KpiTargetEvent):
    """Its fields have changed; where it is judged by something else now, it is judged anew."""

    type: ClassVar[str] = "itsm.kpi_target.updated.v1"


class KpiTargetRetired(KpiTargetEvent):
    """It is evaluated no more."""

    type: ClassVar[str] = "itsm.kpi_target.retired.v1"


class KpiTargetBreached(KpiTargetEvent):
    """It has turned red."""

    type: ClassVar[str] = "itsm.kpi_target.breached.v1"


class KpiTargetRecovered(KpiTargetEvent):
    """It is green again, after it was breached."""

    type: ClassVar[str] = "itsm.kpi_target.recovered.v1"
