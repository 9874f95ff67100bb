"""The operator's door: serve, work, migrate, openapi, redrive; and import, a client of the API."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from itsm_chassis.run import importing
from itsm_chassis.run.main import main

from itsm_change.app import service
from itsm_change.settings import Client


async def send_history(_: Any, arguments: Sequence[str]) -> int:
    """Send a file of changes to a running service."""
    return send(arguments)


def send(arguments: Sequence[str]) -> int:
    """The same; it needs none of the settings that the other verbs cannot do without."""
    client = Client()
    prog, path = "python -m itsm_change import", "/v1/changes:import"
    return importing.run(arguments, prog=prog, path=path, url=client.change_url, token=client.token)


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        sys.exit(send(sys.argv[2:]))
    main(replace(service, commands={"import": send_history}))
