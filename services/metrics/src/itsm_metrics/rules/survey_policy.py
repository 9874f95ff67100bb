"""Who is asked how content they are, how often, and for how long: data, in editions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Self

RecordType = Literal["incident", "service_request"]
RECORD_TYPES: Final[tuple[RecordType, ...]] = ("incident", "service_request")
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPolicy:
    """One edition; 0 is what counts until another is issued.

    - share: of records, about which somebody is asked; 0 asks nobody
    - quiet_s: whoever was asked is not asked again for so long
    - valid_s: how long a survey may be answered; what was resolved longer ago is not asked about
    - change_within_s: how long after the first answer it may be changed
    """

    edition: int = 0
    share: float = 1
    record_types: tuple[RecordType, ...] = RECORD_TYPES
    quiet_s: int = 7 * DAY_S
    valid_s: int = 30 * DAY_S
    change_within_s: int = DAY_S

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Self:
        """From what a record shows of it."""
        told = {name: form[name] for name in cls.__slots__}
        return cls(**told | {"record_types": tuple(told["record_types"])})

    @property
    def quiet(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(seconds=self.quiet_s)

    @property
    def valid(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(seconds=self.valid_s)
