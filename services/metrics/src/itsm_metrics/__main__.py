"""The operator's door: serve, work, migrate, openapi, redrive, rebuild."""

from itsm_chassis.run.main import main

from itsm_metrics.app import service

if __name__ == "__main__":
    main(service)
