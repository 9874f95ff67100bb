"""The operator's door: serve, work, migrate, openapi, redrive; and import, a client of the API."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from itsm_chassis.run.main import main

from itsm_incident.app import service
from itsm_incident.importing import run


async def send_history(_: Any, arguments: Sequence[str]) -> int:
    """Send a history file to a running service."""
    return run(arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        # A client: it needs none of the settings that the other verbs cannot do without.
        sys.exit(run(sys.argv[2:]))
    main(replace(service, commands={"import": send_history}))
