"""The operator's door: serve, work, migrate, openapi, redrive; and import, a client of the API."""

import sys

from itsm_chassis.run.main import main

from itsm_incident.app import service
from itsm_incident.importing import run

if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        sys.exit(run(sys.argv[2:]))
    main(service)
