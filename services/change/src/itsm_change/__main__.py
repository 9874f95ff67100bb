"""The operator's door: `python -m itsm_change serve | work | migrate | openapi | redrive`."""

from itsm_chassis.run.main import main

from itsm_change.app import service

if __name__ == "__main__":
    main(service)
