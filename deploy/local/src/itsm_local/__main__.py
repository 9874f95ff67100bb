"""`python -m itsm_local COMMAND`: what the Makefile calls."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from itsm_local import commands
from itsm_local.clone import Clone
from itsm_local.failure import LauncherError

COMMANDS: dict[str, Callable[[Clone], int]] = {
    "run": commands.run,
    "up": commands.up,
    "supervise": commands.supervise,
    "down": commands.down,
    "ps": commands.ps,
    "logs": commands.logs,
    "reset": commands.reset,
    "token": commands.token,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m itsm_local")
    parser.add_argument("command", choices=[*COMMANDS, "service"])
    parser.add_argument("words", nargs="*", help="of `service`: its name and command, as in metrics rebuild")
    parsed = parser.parse_intermixed_args(arguments)
    try:
        clone = Clone.here()
        if parsed.command == "service":
            return commands.service(clone, parsed.words)
        return COMMANDS[parsed.command](clone)
    except LauncherError as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        sys.stderr.write(
            "Interrupted. What has been started goes on in the background: `make ps`, `make down`.\n"
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    except PermissionError as error:
        sys.stderr.write(
            f"{error.filename} belongs to another user: use that one, who may also drop it (`make reset`).\n"
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
