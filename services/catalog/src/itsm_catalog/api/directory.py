"""What people, groups and business units have in common at the door."""

from collections.abc import Callable, Mapping
from typing import Any

from itsm_chassis.errors import Invalid
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.failures import findings
from pydantic import ValidationError


def understood(form: type[StrictModel]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Reads a line of an import as the body of the same form; raises Invalid with every finding."""

    def read(value: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return form.model_validate(value).model_dump(exclude_unset=True)
        except ValidationError as error:
            found = findings([dict(each) | {"loc": ("body", *each["loc"])} for each in error.errors()])
            raise Invalid("invalid_request", "The line has errors.", found) from error

    return read
