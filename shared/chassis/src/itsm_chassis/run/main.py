"""The operator's door: `python -m itsm_<service> serve | work | migrate | openapi | redrive | ...`."""

import argparse
import asyncio
import json
import sys

from pydantic import ValidationError

from itsm_chassis.bus.parking import redrive
from itsm_chassis.errors import SuiteError
from itsm_chassis.run import logs, serve
from itsm_chassis.run.health import Health
from itsm_chassis.run.migrate import migrate
from itsm_chassis.run.service import Service
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database


def main(service: Service) -> None:
    """Parse the command line and exit with the verb's status: 0 done, 1 failed, 2 wrongly asked."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}", description=service.title)
    verbs = parser.add_subparsers(dest="verb", required=True)
    serving = verbs.add_parser("serve", help="HTTP, relay, consumers and timers in this process")
    serving.add_argument("--http-only", action="store_true", help="leave relay, consumers, timers to `work`")
    verbs.add_parser("work", help="relay, consumers and timers; HTTP answers health and metrics only")
    verbs.add_parser(
        "migrate", help="bring the database to this version, and grant the runtime role's rights"
    )
    verbs.add_parser("openapi", help="print the OpenAPI document")
    verbs.add_parser("redrive", help="apply the parked messages again")
    for name, command in service.commands.items():
        verbs.add_parser(name, help=(command.__doc__ or "").partition("\n")[0], add_help=False)
    args, rest = parser.parse_known_args()
    if rest and args.verb not in service.commands:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if args.verb == "openapi":
        print(openapi(service))
        sys.exit(0)
    sys.exit(carry_out(service, args, rest))


def carry_out(service: Service, args: argparse.Namespace, rest: list[str]) -> int:
    """Run one verb with the environment's settings."""
    try:
        settings = service.settings()
    except ValidationError as error:
        names = ", ".join(f"ITSM_{'_'.join(map(str, e['loc'])).upper()} ({e['msg']})" for e in error.errors())
        print(
            f"Settings are missing or wrong: {names}. See the service's README, section Needs.",
            file=sys.stderr,
        )
        return 2
    logs.configure(settings.log_format, service.name)
    try:
        match args.verb:
            case "serve":
                return serve.start(service, settings, work=not args.http_only)
            case "work":
                return serve.start(service, settings, http=False)
            case "migrate":
                owner = settings.migration_database_url or settings.database_url
                asyncio.run(migrate(service.package, service.metadata, owner, settings.database_url))
            case "redrive":
                asyncio.run(redriven(settings))
            case verb:
                return asyncio.run(service.commands[verb](settings, rest))
    except (SuiteError, OSError) as error:
        print(f"{args.verb} failed: {error}", file=sys.stderr)
        return 1
    return 0


async def redriven(settings: Settings) -> None:
    """Make parked messages due and say how many."""
    db = Database(settings.database_url, size=1)
    await db.open()
    try:
        count = await redrive(db)
    finally:
        await db.close()
    print(f"{count} parked messages are due now; the running consumer applies them.")


def openapi(service: Service) -> str:
    """The OpenAPI document, stable to the byte."""
    settings = service.settings(
        database_url="postgresql://nobody@localhost/none", jwt_issuer="https://issuer.invalid"
    )
    db = Database(settings.database_url)
    app = serve.application(service, settings, db, Health(db, service.package))
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True)
